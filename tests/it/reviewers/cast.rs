//! Who plays: people of two sites who send real sentences and say "me too", and two reviewers.

use std::collections::BTreeMap;

use entity::id::{PersonId, TypedId as _};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;

const COMMENTS: &str = include_str!("../../fixtures/patient_comments_200.csv");
const IDEAS: &str = include_str!("../../fixtures/employee_ideas_65.csv");

const SEND: &str = "mutation($in: SubmissionSendInput!) { submissionSend(input: $in) {
  submission { id } userErrors { field code message } } }";
const VOTE: &str = "mutation($in: SubmissionVoteInput!) { submissionVote(input: $in) {
  userErrors { code message } } }";
const HIRE: &str = "mutation($in: PersonCreateInput!) { personCreate(input: $in) {
  person { id } userErrors { field code message } } }";

/// One after the other, so that the queue has one order on both databases.
const MILLISECOND: i64 = 1_000;

/// What one row of the fixtures becomes.
#[derive(Clone, Debug)]
pub struct Sent {
    pub id: String,
    pub kind: &'static str,
    /// Which of the people sent it.
    pub author: usize,
    pub text: String,
    /// Why it happens, as readers of the comments have said; none for ideas.
    pub labels: Vec<String>,
    /// What it was split off from.
    pub part_of: Option<String>,
}

/// One person of the play.
pub struct Player {
    pub id: PersonId,
    pub client: Client,
    /// Number of the site: they read each other's ideas.
    pub site: usize,
}

/// Everybody, and everything that was sent.
pub struct Cast {
    pub people: Vec<Player>,
    pub sent: Vec<Sent>,
}

fn rows(csv: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let heads = reader.headers().expect("a header").clone();
    reader
        .records()
        .map(|row| {
            let row = row.expect("a row");
            heads.iter().map(String::from).zip(row.iter().map(String::from)).collect()
        })
        .collect()
}

impl Cast {
    /// Hires the people, lets them send all rows and say "me too".
    pub async fn perform(app: &TestApp) -> Self {
        let people = hire(app).await;
        let mut cast = Self { people, sent: Vec::new() };
        for row in rows(COMMENTS) {
            app.house.clock.advance(MILLISECOND);
            let labels = row["labels"].split('|').map(String::from).collect();
            cast.send("OBSERVATION", (&row["text"], None), labels).await;
        }
        for row in rows(IDEAS) {
            app.house.clock.advance(MILLISECOND);
            cast.send("IDEA", (&row["description"], Some(&row["title"])), Vec::new()).await;
        }
        cast.agree().await;
        cast
    }

    async fn send(&mut self, kind: &'static str, words: (&str, Option<&str>), labels: Vec<String>) {
        let number = self.sent.len();
        let author = (number * 7) % self.people.len();
        let (text, title) = words;
        let payload = self.people[author]
            .client
            .done(
                "submissionSend",
                SEND,
                json!({"in": {"text": text, "title": title, "kind": kind}}),
            )
            .await;
        let id = payload["submission"]["id"].as_str().expect("an id").to_owned();
        self.sent.push(Sent { id, kind, author, text: text.to_owned(), labels, part_of: None });
    }

    /// Colleagues of the site say "me too" to two ideas of three, in different numbers.
    async fn agree(&self) {
        for (number, sent) in self.sent.iter().enumerate() {
            if sent.kind != "IDEA" || number % 3 == 0 {
                continue;
            }
            let site = self.people[sent.author].site;
            let colleagues = self.people.iter().enumerate();
            let colleagues = colleagues.filter(|(who, it)| it.site == site && *who != sent.author);
            for (_, voter) in colleagues.skip(number % 4).take(number % 7) {
                voter
                    .client
                    .done("submissionVote", VOTE, json!({"in": {"submissionId": sent.id}}))
                    .await;
            }
        }
    }
}

/// Twenty-four people at three teams of two sites.
async fn hire(app: &TestApp) -> Vec<Player> {
    let org = &app.organisation;
    let admin = app.sign_in(org.admin).await;
    let mut people = Vec::new();
    for number in 0..24 {
        let (unit, site) = [(org.ward, 0), (org.desk, 0), (org.kitchen, 1)][number % 3];
        let locale = if number % 5 == 0 { "es" } else { "en" };
        let mail = (number % 6 != 0).then(|| format!("player{number}@harbour.example"));
        let payload = admin
            .done(
                "personCreate",
                HIRE,
                json!({"in": {
                    "name": format!("Player {number}"), "homeUnitId": unit.to_string(), "language": locale,
                    "email": mail, "staffCode": format!("PLAYER-{number}"),
                }}),
            )
            .await;
        let id = id_of(&payload["person"]["id"]);
        people.push(Player { id, client: app.sign_in(id).await, site });
    }
    people
}

fn id_of(value: &Value) -> PersonId {
    PersonId::parse(value.as_str().expect("an id")).expect("a person's id")
}

//! What the two reviewers do, over the API alone, as the console would.

use std::collections::{BTreeMap, BTreeSet};

use entity::instant::MINUTE;
use serde_json::{Value, json};

use super::cast::{Cast, Sent};
use super::recount::World;
use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::dump::changed;

const QUEUE: &str = "{ triageQueue(first: 20, orderBy: OLDEST) { nodes { id version kind } } }";
const TRIAGE: &str = "mutation($in: SubmissionTriageInput!) { submissionTriage(input: $in) {
  submission { id phase } named { id name } userErrors { field code message allowed } } }";
const NAME: &str = "mutation($in: CauseCreateInput!) { causeCreate(input: $in) {
  cause { id } userErrors { field code message } } }";
const ANSWER: &str = "mutation($in: QuestionAnswerInput!) { questionAnswer(input: $in) {
  submission { phase } userErrors { field code message } } }";
const MERGE: &str = "mutation($in: SubmissionMergeInput!) { submissionMerge(input: $in) {
  decision { id } userErrors { field code message } } }";
const UNMERGE: &str = "mutation($in: SubmissionUnmergeInput!) { submissionUnmerge(input: $in) {
  decision { id } userErrors { field code message } } }";
const UNDO: &str = "mutation($in: DecisionUndoInput!) { decisionUndo(input: $in) { userErrors { code message } } }";

const REJECT: &str = "mutation($in: CauseUpdateInput!) { causeUpdate(input: $in) {
  cause { status } userErrors { field code message } } }";

/// The desks of the two, and what they know.
pub struct Desk<'a> {
    app: &'a TestApp,
    cast: &'a Cast,
    /// What was sent, and behind it what was split off.
    rows: Vec<Sent>,
    pub reviewers: [Client; 2],
    pub head: Client,
    /// Causes by the words of the readers of the comments.
    causes: BTreeMap<String, String>,
    /// Which rows were answered how, by their number.
    answered: BTreeMap<usize, Answer>,
    /// Ids of twins that stay joined.
    pub twins: BTreeSet<String>,
    requests: usize,
}

/// Tables that an undo does not turn back: what happened, what is to do and who is signed in.
/// The rows with versions are compared one by one ([`World::assert_same`]).
const LOGS: [&str; 14] = [
    "fact",
    "decision",
    "cause_merge",
    "submission",
    "root_cause",
    "client_key",
    "reader_cursor",
    "counter",
    "job",
    "notification",
    "login_code",
    "refresh_token",
    "session",
    "known_device",
];

/// How many are split.
const SPLITS: usize = 5;
/// The wider cause of all that is said of the staff.
const STAFF: &str = "What staff do and leave undone";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Accepted,
    Declined,
    Asked,
}

/// Ishikawa category of a label, by its place in the order of appearance.
const CATEGORIES: [&str; 6] = ["PEOPLE", "PROCESS", "POLICY", "PRODUCT", "PLACE", "TECHNOLOGY"];

impl<'a> Desk<'a> {
    pub async fn open(app: &'a TestApp, cast: &'a Cast) -> Self {
        let org = &app.organisation;
        Self {
            app,
            cast,
            rows: cast.sent.clone(),
            reviewers: [app.sign_in(org.reviewer).await, app.sign_in(org.second_reviewer).await],
            head: app.sign_in(org.head).await,
            causes: BTreeMap::new(),
            answered: BTreeMap::new(),
            twins: BTreeSet::new(),
            requests: 0,
        }
    }

    /// Tokens live minutes: after a break everybody signs in again.
    pub async fn back_again(&self) -> Self {
        let fresh = Self::open(self.app, self.cast).await;
        Self {
            rows: self.rows.clone(),
            causes: self.causes.clone(),
            answered: self.answered.clone(),
            twins: self.twins.clone(),
            requests: self.requests,
            ..fresh
        }
    }

    fn row(&self, id: &str) -> (usize, Sent) {
        let found = self.rows.iter().enumerate().find(|(_, sent)| sent.id == id);
        let (number, sent) = found.expect("the queue holds what was sent");
        (number, sent.clone())
    }

    async fn page(&mut self, reviewer: &Client) -> Vec<Value> {
        self.requests += 1;
        let page = reviewer.ask(QUEUE, json!({})).await;
        page["triageQueue"]["nodes"].as_array().expect("a page").clone()
    }

    /// Page after page, each reviewer in turn, until nothing is left.
    pub async fn empty_the_queue(&mut self) {
        for turn in 0.. {
            assert!(turn < 40, "the queue does not empty");
            let reviewer = self.reviewers[turn % 2].clone();
            let nodes = self.page(&reviewer).await;
            if nodes.is_empty() {
                break;
            }
            for node in nodes {
                self.answer(&reviewer, &node).await;
            }
        }
        let items = self.rows.len();
        assert_eq!(items, self.cast.sent.len() + SPLITS);
        assert_eq!(self.answered.len(), items, "each was answered");
        assert!(self.requests <= 2 * items, "{} requests for {items} items", self.requests);
    }

    async fn answer(&mut self, reviewer: &Client, node: &Value) {
        let (number, sent) = self.row(node["id"].as_str().expect("an id"));
        if number < self.cast.sent.len() && self.splits(number, &sent) {
            return self.split(reviewer, &sent).await;
        }
        if sent.labels.first().is_some_and(|label| label.starts_with("Staff")) {
            self.name_the_wider_cause(reviewer).await;
        }
        let (answer, mut input) = self.decision(number, &sent);
        input["id"] = json!(sent.id);
        input["expectedVersion"] = node["version"].clone();
        let payload = reviewer.done("submissionTriage", TRIAGE, json!({"in": input})).await;
        self.requests += 1;
        for named in payload["named"].as_array().into_iter().flatten() {
            let name = named["name"].as_str().expect("a name").to_owned();
            self.causes.insert(name, named["id"].as_str().expect("an id").to_owned());
        }
        let before = self.answered.insert(number, answer);
        assert_eq!(before, None, "once each");
    }

    async fn name_the_wider_cause(&mut self, reviewer: &Client) {
        if self.causes.contains_key(STAFF) {
            return;
        }
        let input = json!({"in": {"name": STAFF, "category": "PEOPLE"}});
        let made = reviewer.done("causeCreate", NAME, input).await;
        self.requests += 1;
        let id = made["cause"]["id"].as_str().expect("an id").to_owned();
        self.causes.insert(String::from(STAFF), id);
    }

    /// Whether it says two things, and nobody has taken them apart yet.
    fn splits(&self, number: usize, sent: &Sent) -> bool {
        let chosen = sent.kind == "OBSERVATION" && number % 40 == 7;
        chosen && !self.rows.iter().any(|row| row.part_of.as_ref() == Some(&sent.id))
    }

    /// The first half of the words stays, the other half becomes a submission of its own; both
    /// come up in the queue again.
    async fn split(&mut self, reviewer: &Client, sent: &Sent) {
        let words: Vec<&str> = sent.text.split_whitespace().collect();
        let (first, second) = words.split_at(words.len() / 2);
        let parts = json!([{"text": first.join(" ")}, {"text": second.join(" ")}]);
        let input = json!({"in": {"id": sent.id, "parts": parts, "clientKey": sent.id}});
        let payload = reviewer.done("submissionSplit", SPLIT, input).await;
        self.requests += 1;
        let parts = payload["parts"].as_array().expect("parts");
        assert_eq!(parts.len(), 1, "the first stays under the reference of the whole");
        let id = parts[0]["id"].as_str().expect("an id").to_owned();
        let part =
            Sent { id, text: second.join(" "), part_of: Some(sent.id.clone()), ..sent.clone() };
        self.rows.push(part);
    }

    /// The choice depends on the row alone, so both databases see the same play.
    fn decision(&self, number: usize, sent: &Sent) -> (Answer, Value) {
        let why_not = json!({"to": "DECLINED", "reason": "COST", "message": "This lies outside of what we can change."});
        let severity = ["LOW", "MEDIUM", "HIGH"][number % 3];
        let correct = json!({"severity": severity, "tags": [format!("lot-{}", number % 4)]});
        match (sent.kind, number % 11) {
            (_, 0) => (Answer::Declined, json!({"move": why_not})),
            (_, 5) => {
                let question =
                    json!({"to": "NEEDS_INFO", "message": "Where did it happen, and when?"});
                (Answer::Asked, json!({"correct": correct, "move": question}))
            }
            ("IDEA", rest) if rest % 2 == 1 => {
                let yes = json!({"to": "ACCEPTED", "message": "Yes, we want to do this."});
                (Answer::Accepted, json!({"correct": {"impact": "M", "effort": "S"}, "move": yes}))
            }
            _ => {
                let label = sent.labels.first().map_or("Unspecified wish", String::as_str);
                let link = match self.causes.get(label) {
                    Some(id) => json!({"causeIds": [id]}),
                    None => json!({"newCause": self.new_cause(label)}),
                };
                let yes = json!({"to": "ACCEPTED"});
                (Answer::Accepted, json!({"correct": correct, "move": yes, "link": link}))
            }
        }
    }

    fn new_cause(&self, label: &str) -> Value {
        let parent = if label.starts_with("Staff") { self.causes.get(STAFF) } else { None };
        json!({"name": label, "category": CATEGORIES[label.len() % 6], "parentId": parent})
    }

    /// Whoever was asked answers, some without mail, and the second look at them comes.
    pub async fn cases_are_answered(&mut self) {
        self.app.pass(2 * MINUTE).await;
        let asked: Vec<usize> =
            self.answered.iter().filter(|it| *it.1 == Answer::Asked).map(|it| *it.0).collect();
        assert!(asked.len() > 15, "too few questions");
        for number in &asked {
            let sent = &self.rows[*number];
            let author = self.app.sign_in(self.cast.people[sent.author].id).await;
            let input = json!({"in": {"id": sent.id, "text": "On the second floor, on Monday."}});
            author.done("questionAnswer", ANSWER, input).await;
        }
        *self = self.back_again().await;
        let mut again = 0;
        for turn in 0..4 {
            let reviewer = self.reviewers[turn % 2].clone();
            for node in self.page(&reviewer).await {
                let input = json!({"id": node["id"], "expectedVersion": node["version"], "move": {"to": "ACCEPTED"}});
                reviewer.done("submissionTriage", TRIAGE, json!({"in": input})).await;
                self.requests += 1;
                let (number, _) = self.row(node["id"].as_str().expect("an id"));
                let before = self.answered.insert(number, Answer::Accepted);
                assert_eq!(before, Some(Answer::Asked), "back in the queue is what was answered");
                again += 1;
            }
        }
        assert_eq!(again, asked.len());
    }

    /// Accepted ones of a kind, in the order in which they were sent.
    fn accepted(&self, kind: &str) -> Vec<Sent> {
        let accepted = self.answered.iter().filter(|it| *it.1 == Answer::Accepted);
        let rows = accepted.map(|(number, _)| &self.rows[*number]);
        rows.filter(|it| it.kind == kind).cloned().collect()
    }

    async fn merge(&mut self, pair: (&str, &str)) -> String {
        let input = json!({"id": pair.0, "intoId": pair.1});
        let payload = self.reviewers[0].done("submissionMerge", MERGE, json!({"in": input})).await;
        self.twins.insert(pair.0.to_owned());
        payload["decision"]["id"].as_str().expect("a decision").to_owned()
    }

    /// Twenty joinings, two of them in a chain; one is undone in its hold, two after it.
    pub async fn join_twenty_and_take_back_three(&mut self) {
        let seen = self.accepted("OBSERVATION");
        let ideas = self.accepted("IDEA");
        let mut pairs: Vec<(String, String)> = Vec::new();
        for pair in seen.chunks_exact(2).skip(4).take(14) {
            pairs.push((pair[0].id.clone(), pair[1].id.clone()));
        }
        for pair in ideas.chunks_exact(2).take(5) {
            pairs.push((pair[0].id.clone(), pair[1].id.clone()));
        }
        // What others were joined into is joined itself.
        pairs.push((pairs[0].1.clone(), pairs[1].1.clone()));
        assert_eq!(pairs.len(), 20);
        // One is undone in its hold: nothing at all is left of it.
        let before = World::read(self.app).await;
        let kept = self.app.dump(&LOGS).await;
        let decision = self.merge((&pairs[3].0, &pairs[3].1)).await;
        assert!(World::read(self.app).await != before);
        self.undo(&decision, &pairs[3].0).await;
        World::read(self.app).await.assert_same(&before, "undone in its hold");
        assert_eq!(changed(&kept, &self.app.dump(&LOGS).await), Vec::<String>::new());
        for (number, (twin, into)) in pairs.iter().enumerate() {
            if number != 3 {
                self.merge((twin, into)).await;
            }
        }
        self.app.pass(2 * MINUTE).await;
        *self = self.back_again().await;
        for number in [4, 15] {
            let input = json!({"id": pairs[number].0});
            self.reviewers[1].done("submissionUnmerge", UNMERGE, json!({"in": input})).await;
            self.twins.remove(&pairs[number].0);
        }
        self.app.pass(2 * MINUTE).await;
        *self = self.back_again().await;
        let after = World::read(self.app).await;
        for number in [4, 15] {
            let pair = [pairs[number].0.as_str(), pairs[number].1.as_str()];
            after.assert_pair(&before, pair, "taken back after its announcement");
        }
    }

    async fn undo(&mut self, decision: &str, twin: &str) {
        self.reviewers[0].done("decisionUndo", UNDO, json!({"in": {"id": decision}})).await;
        self.twins.remove(twin);
    }
}

const SPLIT: &str = "mutation($in: SubmissionSplitInput!) { submissionSplit(input: $in) {
  parts { id } userErrors { field code message } } }";
const HAND_OVER: &str = "mutation($in: SubmissionHandOverInput!) { submissionHandOver(input: $in) {
  submission { id } userErrors { field code message } } }";
const TAKE: &str =
    "mutation($in: SubmissionHandOverAcceptInput!) { submissionHandOverAccept(input: $in) {
  submission { id } userErrors { field code message } } }";
const RETURN: &str =
    "mutation($in: SubmissionHandOverReturnInput!) { submissionHandOverReturn(input: $in) {
  submission { id } userErrors { field code message } } }";
const MERGE_CAUSES: &str = "mutation($in: CauseMergeInput!) { causeMerge(input: $in) {
  cause { id name aliases } userErrors { field code message } } }";
const UNMERGE_CAUSES: &str = "mutation($in: CauseUnmergeInput!) { causeUnmerge(input: $in) {
  cause { id name } userErrors { field code message } } }";

impl Desk<'_> {
    /// Accepted observations that nobody joined, from the end of the list.
    fn untouched(&self, count: usize) -> Vec<String> {
        let all = self.accepted("OBSERVATION").into_iter().rev().map(|sent| sent.id);
        all.filter(|id| !self.twins.contains(id)).take(count).collect()
    }

    /// Ten go to IT, which takes six and gives four back.
    pub async fn hand_over_ten(&mut self) {
        let org = &self.app.organisation;
        let it = self.app.sign_in(org.it_reviewer).await;
        let chosen: Vec<String> = self.untouched(10);
        for (number, id) in chosen.iter().enumerate() {
            let reviewer = &self.reviewers[number % 2];
            let input = json!({"id": id, "functionId": org.it.to_string()});
            reviewer.done("submissionHandOver", HAND_OVER, json!({"in": input})).await;
            if number < 6 {
                it.done("submissionHandOverAccept", TAKE, json!({"in": {"id": id}})).await;
            } else {
                let input = json!({"id": id, "note": "This is about the building, not about us."});
                it.done("submissionHandOverReturn", RETURN, json!({"in": input})).await;
            }
        }
    }

    /// Two causes that are one, and then are two again.
    pub async fn merge_two_causes_and_take_it_back(&mut self) {
        let rows = World::read(self.app).await;
        let before = self.app.dump(&LOGS).await;
        let (twin, into) = ("Staff responsiveness", "Staff manner & personal attributes");
        let (twin, into) = (self.causes[twin].clone(), self.causes[into].clone());
        let input = json!({"in": {"id": twin, "intoId": into}});
        let merged = self.reviewers[0].done("causeMerge", MERGE_CAUSES, input).await;
        assert_eq!(merged["cause"]["aliases"], json!(["Staff responsiveness"]));
        assert_ne!(changed(&before, &self.app.dump(&LOGS).await), Vec::<String>::new());
        let input = json!({"in": {"id": twin}});
        self.reviewers[1].done("causeUnmerge", UNMERGE_CAUSES, input).await;
        World::read(self.app).await.assert_same(&rows, "two causes again");
        assert_eq!(changed(&before, &self.app.dump(&LOGS).await), Vec::<String>::new());
        self.reviewers[0]
            .done(
                "causeMerge",
                MERGE_CAUSES,
                json!({"in": {"id": self.causes["Unspecified communication"], "intoId": self.causes["Contacting services"]}}),
            )
            .await;
    }

    /// One of the causes below the wider one turns out not to be so: it counts nowhere any more.
    pub async fn reject_a_cause(&self) {
        let input = json!({"in": {"id": self.causes["Staff continuity"], "status": "REJECTED"}});
        self.reviewers[1].done("causeUpdate", REJECT, input).await;
    }
}

//! Telling people: exactly the right mails, notifications in the app, and a mail server that is
//! away or says no.

use earshot::kit::scope::Scope;
use earshot::workflow::service::{Move, move_to};
use earshot::workflow::undo::undo;
use entity::engagement::follow;
use entity::engagement::values::FollowSource;
use entity::id::{DecisionId, PersonId, SubmissionId};
use entity::instant::{MINUTE, SECOND};
use entity::submissions::hold::Announce;
use entity::submissions::phase::Phase;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::mail::Behaviour;
use crate::kit::people::mail_of;
use crate::on_both;

/// What everybody here is about.
pub struct Idea {
    pub id: SubmissionId,
    pub reference: String,
}

impl TestApp {
    /// A scope of `person` with the rights of now, for verbs whose surface is another test's story.
    pub async fn acting(&self, person: PersonId) -> Scope {
        let system = self.system();
        let actor = earshot::notify::rights::actor_of(&system, person).await.expect("an answer");
        system.acting_as(actor.expect("a person"))
    }

    /// Somebody sends an idea.
    pub async fn idea_of(&self, person: PersonId, text: &str) -> Idea {
        send_idea(&self.sign_in(person).await, text).await
    }

    /// Somebody follows it.
    pub async fn follow(&self, idea: &Idea, person: PersonId) {
        let scope = self.system();
        let tx = scope.begin().await.expect("a transaction");
        let row = follow::ActiveModel {
            submission_id: Set(idea.id),
            person_id: Set(person),
            source: Set(FollowSource::Asked),
            created_at: Set(scope.now),
        };
        row.insert(&tx).await.expect("a follower");
        tx.commit(()).await.expect("committed");
    }

    /// A reviewer decides.
    pub async fn decide(&self, idea: &Idea, to: Phase, message: &str) -> DecisionId {
        let reason = (to == Phase::Declined).then(|| String::from("COST"));
        let cmd = Move {
            id: idea.id,
            to,
            expected_version: None,
            reason,
            message: Some(message.to_owned()),
            reply: Default::default(),
            status: None,
            wake_on: None,
            announce: Announce::AfterHold,
            promised_on: None,
        };
        let scope = self.acting(self.organisation.reviewer).await;
        move_to(&scope, cmd).await.expect("a decision").decision.id
    }
}

/// Sends an idea and reads what it is called.
pub async fn send_idea(client: &Client, text: &str) -> Idea {
    let query = "mutation($t: String!) { ideaSubmit(input: {text: $t}) { idea { id reference } userErrors { code message } } }";
    let payload = client.done("ideaSubmit", query, json!({"t": text})).await;
    let idea = &payload["idea"];
    Idea {
        id: idea["id"].as_str().expect("an id").parse().expect("a submission's id"),
        reference: idea["reference"].as_str().expect("a reference").to_owned(),
    }
}

/// The mail log as administrators see it: person, state, why; newest first.
async fn mail_log(app: &TestApp) -> Vec<(String, String, String)> {
    let admin = app.sign_in(app.organisation.admin).await;
    let data = admin
        .ask("{ mails(first: 50) { nodes { personId state why attempts } } }", json!({}))
        .await;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = data["mails"]["nodes"].as_array().expect("rows").iter();
    rows.map(|row| (text(&row["personId"]), text(&row["state"]), text(&row["why"]))).collect()
}

const HOLD: i64 = MINUTE + SECOND;

on_both! {
    async fn author_and_followers_get_exactly_the_right_mails(app) {
        let o = &app.organisation;
        let idea = app.idea_of(o.colleague, "Put hooks on the doors of the staff toilets").await;
        for person in [o.cook, o.nurse, o.reviewer, o.colleague] {
            app.follow(&idea, person).await;
        }
        // Who follows hears once a week, unless they want it at once.
        app.wants(&[o.cook, o.nurse], "FOLLOWED", "IMMEDIATE").await;
        app.settle().await;
        assert!(app.mails.mails().is_empty(), "nothing was decided");

        // A wrong decline, taken back within the hold: nobody ever hears of it.
        let wrong = app.decide(&idea, Phase::Declined, "No, sorry.").await;
        app.pass(30 * SECOND).await;
        let reviewer = app.acting(o.reviewer).await;
        undo(&reviewer, wrong, None).await.expect("undone");
        app.pass(HOLD).await;
        assert!(app.mails.mails().is_empty(), "an undone decision left a mail");

        app.decide(&idea, Phase::Accepted, "Good idea, <b>we</b> order them.").await;
        app.settle().await;
        assert!(app.mails.mails().is_empty(), "the hold is not over");
        app.pass(HOLD).await;

        let mails = app.mails.wait_for(2).await;
        let mut to: Vec<&str> = mails.iter().flat_map(|mail| &mail.to).map(String::as_str).collect();
        to.sort_unstable();
        let (cook, colleague) = (mail_of("Carla Cook"), mail_of("Colin Colleague"));
        assert_eq!(to, [cook.as_str(), colleague.as_str()]);
        let link = format!("https://earshot.example/s/{}", idea.reference);
        for mail in &mails {
            assert!(mail.subject().starts_with(&format!("{}: ", idea.reference)), "{}", mail.subject());
            assert!(mail.links().contains(&link), "{:?}", mail.links());
            assert!(mail.text().contains("Good idea, <b>we</b> order them."), "{}", mail.text());
            assert!(mail.html().contains("Good idea, &lt;b&gt;we&lt;"), "{}", mail.html());
            // Slashes are written as entities in HTML; a reader shows them as they are.
            assert!(mail.html().replace("&#x2f;", "/").contains(&link));
            assert!(mail.header("Message-ID").is_some_and(|id| id.ends_with("@earshot.example>")));
            assert_eq!(mail.header("Auto-Submitted").as_deref(), Some("auto-generated"));
            assert_eq!(mail.header("List-Unsubscribe-Post").as_deref(), Some("List-Unsubscribe=One-Click"));
        }
        let author = &app.mails.mails_to(&colleague)[0];
        assert!(author.subject().contains("Yes, we want to do this"), "{}", author.subject());
        assert!(author.text().contains("Hello Colin Colleague"), "{}", author.text());
        assert_eq!(author.header("Content-Language").as_deref(), Some("en"));
        let follower = &app.mails.mails_to(&cook)[0];
        assert!(follower.text().contains("Hola, Carla Cook"), "{}", follower.text());
        assert_eq!(follower.header("Content-Language").as_deref(), Some("es, en"));
        assert_eq!(author.header("References"), follower.header("References"));

        let log = mail_log(app).await;
        assert_eq!(log.len(), 3, "{log:?}");
        let nurse = log.iter().find(|(person, ..)| *person == o.nurse.to_string()).expect("a reason");
        assert_eq!((nurse.1.as_str(), nurse.2.contains("no e-mail address")), ("SKIPPED", true));
    }

    async fn the_app_tells_too(app) {
        let o = &app.organisation;
        let nurse = app.sign_in(o.nurse).await;
        let idea = send_idea(&nurse, "A second kettle on the ward").await;
        app.decide(&idea, Phase::Accepted, "We buy one.").await;
        app.pass(HOLD).await;
        let query = "{ notificationsUnreadCount notifications(unreadOnly: true) { totalCount nodes { id kind reference title phase message readAt } } }";
        let data = nurse.ask(query, json!({})).await;
        assert_eq!(data["notificationsUnreadCount"], 1);
        let note = &data["notifications"]["nodes"][0];
        assert_eq!(note["kind"], "OWN_DECISION");
        assert_eq!((&note["phase"], &note["message"]), (&json!("ACCEPTED"), &json!("We buy one.")));
        assert_eq!(note["reference"], json!(idea.reference));
        let id = note["id"].clone();
        let stranger = app.sign_in(o.colleague).await;
        let node = stranger.ask("query($id: ID!) { node(id: $id) { id } }", json!({"id": id})).await;
        assert_eq!(node["node"], Value::Null, "somebody else's notification");
        let mark = "mutation($ids: [ID!]) { notificationsMarkRead(input: {ids: $ids}) { marked unreadCount userErrors { code } } }";
        let done = stranger.done("notificationsMarkRead", mark, json!({"ids": [id]})).await;
        assert_eq!(done["marked"], 0);
        let done = nurse.done("notificationsMarkRead", mark, json!({"ids": [id]})).await;
        assert_eq!((&done["marked"], &done["unreadCount"]), (&json!(1), &json!(0)));
        assert!(app.mails.mails().is_empty());
    }

    async fn a_mail_server_that_is_away_loses_nothing(app) {
        let o = &app.organisation;
        let author = app.sign_in(o.colleague).await;
        let idea = send_idea(&author, "Label the drawers").await;
        app.mails.always(Behaviour::HangUpAtOnce);
        app.decide(&idea, Phase::Accepted, "Yes.").await;
        app.pass(HOLD).await;
        let log = mail_log(app).await;
        assert_eq!(log[0].1, "WAITING", "{log:?}");
        assert!(!log[0].2.is_empty(), "a mail that waits says why");
        send_idea(&author, "Serving goes on").await;

        // The answer to the content is lost: the mail may have arrived, and comes again as the same.
        app.mails.always(Behaviour::CutAfterContent);
        app.pass(20 * SECOND).await;
        assert_eq!(app.mails.attempts(), 1);
        app.mails.always(Behaviour::Accept);
        app.pass(40 * SECOND).await;
        let mails = app.mails.wait_for(1).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mail_log(app).await[0].1, "SENT");
        app.pass(100 * MINUTE).await;
        assert_eq!(app.mails.mails().len(), 1, "delivered once");
    }

    async fn a_dead_address_gets_no_more_mails(app) {
        let o = &app.organisation;
        let author = app.sign_in(o.colleague).await;
        let idea = send_idea(&author, "More light at the stairs").await;
        app.mails.next([Behaviour::AnswerRecipient("550 5.1.1 no such user".to_owned())]);
        app.decide(&idea, Phase::Accepted, "Yes.").await;
        app.pass(HOLD).await;
        let log = mail_log(app).await;
        assert_eq!(log[0].1, "FAILED", "{log:?}");
        app.decide(&idea, Phase::InProgress, "We begin.").await;
        app.pass(HOLD).await;
        let log = mail_log(app).await;
        assert_eq!((log[0].1.as_str(), log[0].2.contains("refused mail for good")), ("SKIPPED", true), "{log:?}");
        assert!(app.mails.mails().is_empty());
    }

    async fn one_click_stops_a_sort_of_mail(app) {
        let o = &app.organisation;
        let author = app.sign_in(o.colleague).await;
        let idea = send_idea(&author, "A bench at the bus stop").await;
        app.decide(&idea, Phase::Accepted, "Yes.").await;
        app.pass(HOLD).await;
        let mail = app.mails.wait_for(1).await.remove(0);
        let header = mail.header("List-Unsubscribe").expect("an address").replace(['\t', ' '], "");
        let path = header.trim_matches(['<', '>']).strip_prefix("https://earshot.example").expect("ours").to_owned();
        let at = |method| app.anybody().request(method, &path).send();
        let page = at(reqwest::Method::GET).await.expect("a page");
        assert_eq!(page.status().as_u16(), 200);
        assert!(page.text().await.expect("a page").contains("<form method=\"post\">"));
        let preference = "{ notificationPreferences { kind email } }";
        let chosen = |data: &Value| {
            let all = data["notificationPreferences"].as_array().expect("choices").clone();
            all.into_iter().find(|it| it["kind"] == "OWN_DECISION").expect("a choice")["email"].clone()
        };
        assert_eq!(chosen(&author.ask(preference, json!({})).await), "IMMEDIATE", "GET changes nothing");
        assert_eq!(at(reqwest::Method::POST).await.expect("an answer").status().as_u16(), 200);
        assert_eq!(chosen(&author.ask(preference, json!({})).await), "OFF");
        let forged = app.anybody().request(reqwest::Method::POST, &path.replace("OWN", "FOLLOWED")).send().await;
        assert_eq!(forged.expect("an answer").status().as_u16(), 404);

        app.decide(&idea, Phase::InProgress, "We begin.").await;
        app.pass(HOLD).await;
        assert_eq!(app.mails.mails().len(), 1, "no mail of this sort any more");
        let unread = author.ask("{ notificationsUnreadCount }", json!({})).await;
        assert_eq!(unread["notificationsUnreadCount"], 2, "the app still tells");
    }
}

on_both! {
    async fn whoever_is_given_the_work_hears_of_it(app) {
        let o = &app.organisation;
        let idea = app.idea_of(o.colleague, "Put a clock in the waiting room").await;
        let reviewer = app.sign_in(o.reviewer).await;
        let assign = "mutation($i: ID!, $p: ID!) { submissionAssign(input: {id: $i, assigneeId: $p}) { userErrors { code message } } }";
        let given = json!({"i": idea.id.to_string(), "p": o.second_reviewer.to_string()});
        reviewer.done("submissionAssign", assign, given).await;
        app.pass(HOLD).await;
        let told = "{ notifications(first: 10) { nodes { kind reference } } }";
        let second = app.sign_in(o.second_reviewer).await.ask(told, json!({})).await;
        assert_eq!(second["notifications"]["nodes"], json!([{"kind": "ASSIGNED", "reference": idea.reference}]));
        // Who takes a thing for themselves knows it already.
        let own = app.idea_of(o.colleague, "Put a second clock there").await;
        let taken = json!({"i": own.id.to_string(), "p": o.reviewer.to_string()});
        reviewer.done("submissionAssign", assign, taken).await;
        app.pass(HOLD).await;
        assert_eq!(reviewer.ask(told, json!({})).await["notifications"]["nodes"], json!([]));
    }
}

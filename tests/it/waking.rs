//! What comes back by the clock: what was put off to a day, what was set aside for hours, a day that
//! was promised. Nobody touches any of it.

use entity::instant::{DAY, HOUR, MINUTE, SECOND};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::people::mail_of;
use crate::on_both;
use crate::plans::done;
use crate::telling::send_idea;

async fn waiting(client: &Client) -> Value {
    let query = "{ waits: triageQueue(first: 10) { totalCount nodes { reference } } aside: triageQueue(first: 10, filter: {snoozed: true}) { totalCount } }";
    client.ask(query, json!({})).await
}

async fn counts(client: &Client) -> (i64, i64) {
    let seen = waiting(client).await;
    let count = |list: &str| seen[list]["totalCount"].as_i64().expect("a count");
    (count("waits"), count("aside"))
}

async fn phases(app: &TestApp, id: &str) -> Value {
    let query = "query($id: ID!) { submission(by: {id: $id}) { phase shownPhase } }";
    let head = app.sign_in(app.organisation.head).await;
    head.ask(query, json!({"id": id})).await["submission"].clone()
}

on_both! {
    async fn set_aside_for_hours_it_is_back_without_anybody_at_work(app) {
        let o = &app.organisation;
        let nurse = app.sign_in(o.nurse).await;
        let (id, _) = (send_idea(&nurse, "Hooks on the doors").await.id.to_string(), send_idea(&nurse, "A bench").await);
        let reviewer = app.sign_in(o.reviewer).await;
        assert_eq!(counts(&reviewer).await, (2, 0));
        let until = json!({"id": id, "until": "2026-03-02T12:00:00Z"});
        done(&reviewer, "submissionSnooze", until, "submission { id }").await;
        assert_eq!(counts(&reviewer).await, (1, 1));
        app.house.clock.advance(3 * HOUR - SECOND);
        let reviewer = app.sign_in(o.reviewer).await;
        assert_eq!(counts(&reviewer).await, (1, 1));
        // The clock alone: no worker has looked at it.
        app.house.clock.advance(SECOND);
        assert_eq!(counts(&reviewer).await, (2, 0));
        assert_eq!(phases(app, &id).await["phase"], "SUBMITTED");
    }

    async fn put_off_to_a_day_it_wakes_on_that_day_once(app) {
        let o = &app.organisation;
        let id = send_idea(&app.sign_in(o.cook).await, "Hooks on the doors").await.id.to_string();
        let reviewer = app.sign_in(o.reviewer).await;
        let reason = reviewer.ask("{ reasons(phases: [DEFERRED]) { code } }", json!({})).await["reasons"][0]["code"].clone();
        let later = json!({"id": id, "to": "DEFERRED", "reason": reason, "message": "After the move.", "wakeOn": "2026-04-10", "announce": "NOW"});
        done(&reviewer, "submissionMove", later, "submission { id }").await;
        app.settle().await;
        // A clock that jumps a day short, and then over it.
        app.pass(38 * DAY).await;
        assert_eq!(phases(app, &id).await, json!({"phase": "DEFERRED", "shownPhase": "DEFERRED"}));
        assert_eq!(counts(&app.sign_in(o.reviewer).await).await.0, 0, "it waits for its day");
        app.forget_mails();
        app.pass(DAY).await;
        app.pass(DAY).await;
        assert_eq!(phases(app, &id).await, json!({"phase": "UNDER_REVIEW", "shownPhase": "UNDER_REVIEW"}));
        assert_eq!(counts(&app.sign_in(o.reviewer).await).await.0, 1);
        let told = app.sign_in(o.cook).await.ask("{ notifications(first: 10) { nodes { kind phase } } }", json!({})).await;
        assert_eq!(told["notifications"]["nodes"][0], json!({"kind": "OWN_DECISION", "phase": "UNDER_REVIEW"}));
        assert_eq!(told["notifications"]["nodes"].as_array().expect("a list").len(), 2, "put off, and back");
        assert_eq!(app.mails.taken(), 0, "in the app: it is on the way to an answer");
    }

    async fn a_promise_that_has_passed_reminds_its_owner_and_nobody_else(app) {
        let o = &app.organisation;
        let id = send_idea(&app.sign_in(o.cook).await, "Hooks on the doors").await.id.to_string();
        let (admin, reviewer) = (app.sign_in(o.admin).await, app.sign_in(o.reviewer).await);
        done(&admin, "serviceLevelsUpdate", json!({"escalation": true}), "serviceLevels { escalation }").await;
        let yes = json!({"id": id, "to": "ACCEPTED", "message": "Yes.", "promisedOn": "2026-03-05"});
        done(&reviewer, "submissionMove", yes, "submission { id }").await;
        let owner = json!({"id": id, "ownerId": o.hill_manager.to_string()});
        done(&reviewer, "submissionSetOwner", owner, "submission { id }").await;
        app.pass(MINUTE + SECOND).await;
        app.forget_mails();
        // Over the day in one jump: reminded once, whoever looks how often.
        app.pass(9 * DAY).await;
        app.pass(DAY).await;
        app.settle().await;
        let reminders: Vec<_> = app.mails.mails().into_iter().filter(|mail| mail.subject().contains("promised day")).collect();
        assert_eq!(reminders.iter().map(|mail| mail.to[0].clone()).collect::<Vec<_>>(), [mail_of("Hugo Hill")]);
    }
}

//! What the clock does by itself: each thing once, whoever keeps time and however the clock jumps.

use std::collections::BTreeMap;
use std::sync::Arc;

use earshot::kit::scope::House;
use entity::instant::{DAY, HOUR, MINUTE, SECOND};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;

use crate::kit::app::{On, TestApp};
use crate::kit::client::Client;
use crate::on_both;
use crate::plans::{done, to_phase};
use crate::telling::send_idea;

/// How many rows a query counts.
async fn count(app: &TestApp, from: &str) -> i64 {
    let db = app.system().db();
    let sql = format!("SELECT count(*) AS n FROM {from}");
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    row.expect("a look").expect("a row").try_get("", "n").expect("a number")
}

async fn stated(app: &TestApp, kind: &str) -> i64 {
    count(app, &format!("fact WHERE kind = '{kind}'")).await
}

async fn idea(nurse: &Client, text: &str) -> String {
    send_idea(nurse, text).await.id.to_string()
}

async fn moved(client: &Client, input: serde_json::Value) {
    done(client, "submissionMove", input, "submission { phase }").await;
}

/// One thing of every kind that waits for the clock: all due twelve days from now.
async fn furnish(app: &TestApp) {
    let o = &app.organisation;
    let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
    let admin = app.sign_in(o.admin).await;
    done(
        &admin,
        "serviceLevelsUpdate",
        json!({"escalation": true}),
        "serviceLevels { escalation }",
    )
    .await;
    let planned = idea(&nurse, "Hooks on the doors").await;
    to_phase(&reviewer, &planned, "ACCEPTED").await;
    let item = json!({"submissionId": planned, "title": "Order hooks", "dueOn": "2026-03-04", "assigneeId": o.colleague.to_string()});
    done(&reviewer, "actionItemAdd", item, "item { id }").await;
    let deferred = idea(&nurse, "A bench at the bus stop").await;
    let reasons = reviewer.ask("{ reasons { code phase } }", json!({})).await;
    let reason =
        reasons["reasons"].as_array().expect("reasons").iter().find(|it| it["phase"] == "DEFERRED");
    let reason = reason.expect("a reason")["code"].clone();
    moved(&reviewer, json!({"id": deferred, "to": "DEFERRED", "message": "Later.", "wakeOn": "2026-03-06", "reason": reason})).await;
    let asked = idea(&nurse, "More light at the stairs").await;
    moved(&reviewer, json!({"id": asked, "to": "NEEDS_INFO", "message": "Which stairs?"})).await;
    let promised = idea(&nurse, "Label the drawers").await;
    moved(
        &reviewer,
        json!({"id": promised, "to": "ACCEPTED", "message": "Yes.", "promisedOn": "2026-03-05"}),
    )
    .await;
    done(
        &reviewer,
        "submissionSetOwner",
        json!({"id": promised, "ownerId": o.manager.to_string()}),
        "submission { id }",
    )
    .await;
    // Done 55 days ago, and measured: asked about after 60.
    let done_long_ago = idea(&nurse, "Hooks in the hall").await;
    to_phase(&reviewer, &done_long_ago, "IMPLEMENTED").await;
    let outcome = json!({"submissionId": done_long_ago, "kind": "SAFETY", "title": "Falls", "unitOfMeasure": "falls a month", "direction": "LOWER"});
    done(&reviewer, "outcomeAdd", outcome, "outcome { id }").await;
    // Nobody answers this one.
    idea(&nurse, "A second kettle on the ward").await;
    app.pass(MINUTE + SECOND).await;
    let tx = app.system().begin().await.expect("a transaction");
    let sql = format!(
        "UPDATE submission SET implemented_shown_at = implemented_shown_at - {} WHERE shown_phase = 'IMPLEMENTED'",
        55 * DAY
    );
    tx.execute_unprepared(&sql).await.expect("a statement");
    tx.commit_silently(()).await.expect("a commit");
    // Held, and told by the clock alone.
    let held = idea(&nurse, "Bigger signs at the desk").await;
    to_phase(&reviewer, &held, "ACCEPTED").await;
    app.settle().await;
}

/// Two processes look at the clock at once, three times each, and work until nothing is left.
async fn keep_time_together(app: &TestApp, other: &Arc<House>) {
    let ticks = (0..6).map(|number| {
        let house = if number % 2 == 0 { app.house.clone() } else { other.clone() };
        tokio::spawn(async move {
            let scope = earshot::kit::scope::Scope::system(house);
            earshot::jobs::schedule::tick(&scope).await
        })
    });
    for tick in futures_util::future::join_all(ticks).await {
        tick.expect("a look at the clock").expect("a look without a fault");
    }
    let (here, there) = tokio::join!(
        earshot::jobs::worker::settle(&app.house),
        earshot::jobs::worker::settle(other),
    );
    here.expect("work");
    there.expect("work");
}

on_both! {
    async fn two_processes_do_everything_once(app) {
        furnish(app).await;
        // Monday morning to Saturday of the next week: the clock jumps.
        let other = app.another_process().await;
        let jump = 11 * DAY + 2 * HOUR;
        app.house.clock.advance(jump);
        if app.on == On::Postgres {
            other.clock.advance(jump);
        }
        keep_time_together(app, &other).await;
        for (kind, times) in [("plan.item_reminded", 1), ("question.timed_out", 1), ("promise.passed", 1), ("sustain.asked", 1)] {
            assert_eq!(stated(app, kind).await, times, "{kind}");
        }
        assert_eq!(count(app, "decision WHERE state = 'PENDING'").await, 0, "what was held is told");
        assert_eq!(count(app, "sustain_question").await, 1);
        assert_eq!(count(app, "notification WHERE kind = 'STILL_FIXED'").await, 1);
        // The question ran out and the deferred one woke: each one decision of the scheduler.
        let by_clock = count(app, "decision WHERE letter = 'S'").await;
        assert_eq!(by_clock, 2);
        let listed = stated(app, "escalation.listed").await;
        let people = count(app, "(SELECT DISTINCT subject_id FROM fact WHERE kind = 'escalation.listed') AS told").await;
        assert_eq!((listed, listed > 0), (people, true), "one list a person");
        let mut mails: BTreeMap<(String, String), u32> = BTreeMap::new();
        for mail in app.mails.mails() {
            *mails.entry((mail.to[0].clone(), mail.subject())).or_default() += 1;
        }
        assert!(mails.values().all(|times| *times == 1), "{mails:?}");
        // The ledger says what was done, and nothing is done again.
        let done = count(app, "timed_work").await;
        let facts = count(app, "fact").await;
        app.settle().await;
        earshot::jobs::worker::settle(&other).await.expect("work");
        assert_eq!((count(app, "timed_work").await, count(app, "fact").await), (done, facts));
        // SUSTAIN: that the day was looked at to its end.
        for (kind, rows) in [("REMIND", 1), ("WAKE", 1), ("EXPIRE", 1), ("PROMISE", 1), ("ESCALATE", 1), ("SUSTAIN", 1)] {
            assert_eq!(count(app, &format!("timed_work WHERE kind = '{kind}'")).await, rows, "{kind}");
        }

        // A month later nobody has answered: the question is flagged once, and the day is done once.
        let month = 31 * DAY;
        app.house.clock.advance(month);
        if app.on == On::Postgres {
            other.clock.advance(month);
        }
        keep_time_together(app, &other).await;
        assert_eq!(stated(app, "sustain.flagged").await, 1);
        assert_eq!(stated(app, "sustain.asked").await, 1);
        assert_eq!(count(app, "sustain_question WHERE flagged_at IS NOT NULL").await, 1);
        let looked = "timed_work WHERE kind = 'SUSTAIN'";
        assert_eq!(count(app, looked).await, 1, "the row of the day before is forgotten, that of today stands once");
        keep_time_together(app, &other).await;
        assert_eq!((stated(app, "sustain.flagged").await, count(app, looked).await), (1, 1));
    }

    async fn what_was_done_is_not_done_again_after_a_crash(app) {
        furnish(app).await;
        app.pass(DAY + HOUR).await;
        app.pass(2 * DAY).await;
        assert_eq!(stated(app, "plan.item_reminded").await, 2, "the day before, and the day after");
        // As if the time of the reminder had come back with an old copy of the row.
        let tx = app.system().begin().await.expect("a transaction");
        tx.execute_unprepared("UPDATE action_item SET remind_at = 1").await.expect("a statement");
        tx.commit_silently(()).await.expect("a commit");
        app.settle().await;
        assert_eq!(stated(app, "plan.item_reminded").await, 2);
        // Rounds of the escalation are forgotten after a week; what is done once is kept.
        app.pass(9 * DAY).await;
        app.pass(HOUR).await;
        let kept = count(app, "timed_work WHERE kind = 'REMIND'").await;
        assert_eq!(kept, 2);
        assert!(count(app, "timed_work WHERE kind = 'ESCALATE'").await <= 2);
    }

    async fn nothing_due_costs_a_few_statements(app) {
        furnish(app).await;
        app.pass(MINUTE + SECOND).await;
        let scope = app.system();
        let ticked = earshot::jobs::schedule::tick(&scope).await.expect("a look");
        assert!(ticked.next.is_some_and(|at| at > scope.now));
        assert!(scope.statements() <= 11, "{} statements", scope.statements());
    }
}

//! One idea from the decision to the day on which it works at two sites: plan, overdue item, trial,
//! outcome, copy. Who hears what on the way is counted at the end.

use std::collections::BTreeMap;

use entity::instant::{DAY, HOUR, MINUTE, SECOND};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::people::mail_of;
use crate::on_both;
use crate::plans::{done, to_phase};
use crate::telling::send_idea;

const PLAN: &str = "query($id: ID!) { submission(by: {id: $id}) { shownPhase
  plan { progress { done total overdue } items { id title status isOverdue } }
  trials { state learned } outcomes { title isConfirmed actual { value } }
  adoptions { state site { name } outcomes { actual { value } } } } }";

/// The mails that were sent: to whom, how many.
fn sent(app: &TestApp) -> BTreeMap<String, usize> {
    let mut sent = BTreeMap::new();
    for mail in app.mails.mails() {
        *sent.entry(mail.to[0].clone()).or_default() += 1;
    }
    sent
}

async fn id_of(made: impl Future<Output = Value>, field: &str) -> Value {
    made.await[field]["id"].clone()
}

on_both! {
    async fn an_idea_is_done_and_copied(app) {
        let o = &app.organisation;
        let id = send_idea(&app.sign_in(o.cook).await, "Hooks on the doors of the changing rooms").await.id.to_string();
        let reviewer = app.sign_in(o.reviewer).await;
        to_phase(&reviewer, &id, "ACCEPTED").await;
        app.pass(MINUTE + SECOND).await;
        app.mails.wait_for(1).await;
        app.mails.clear();

        // Two items: one is done in time, the other passes its day.
        let hill = app.sign_in(o.hill_manager).await;
        let order = json!({"submissionId": id, "title": "Order hooks", "dueOn": "2026-03-03", "assigneeId": o.hill_manager.to_string()});
        let order = id_of(done(&hill, "actionItemAdd", order, "item { id }"), "item").await;
        let put_up = json!({"submissionId": id, "title": "Put them up", "dueOn": "2026-03-04", "assigneeId": o.cook.to_string(), "waitsFor": [order]});
        let put_up = id_of(done(&hill, "actionItemAdd", put_up, "item { id }"), "item").await;
        done(&hill, "actionItemMove", json!({"id": order, "status": "DONE"}), "item { id }").await;
        app.pass(DAY).await;
        app.pass(2 * DAY + HOUR).await;
        assert_eq!(sent(app), BTreeMap::from([(mail_of("Carla Cook"), 2)]), "the day before, and the day after");
        let cook = app.sign_in(o.cook).await;
        let seen = cook.ask(PLAN, json!({"id": id})).await["submission"].clone();
        assert_eq!(seen["plan"]["progress"], json!({"done": 1, "total": 2, "overdue": 1}), "{seen}");
        assert_eq!(seen["plan"]["items"][1]["isOverdue"], true, "whoever has an item sees the plan");
        done(&cook, "actionItemMove", json!({"id": put_up, "status": "IN_PROGRESS"}), "item { id }").await;

        // Tried out, and it works.
        let reviewer = app.sign_in(o.reviewer).await;
        to_phase(&reviewer, &id, "IN_PROGRESS").await;
        let trial = json!({"submissionId": id, "guess": "Fewer coats on the floor", "measure": "Count at noon"});
        let trial = id_of(done(&reviewer, "trialStart", trial, "trial { id }"), "trial").await;
        let adopt = json!({"id": trial, "result": "None on the floor", "learned": "Four hooks a door"});
        done(&reviewer, "trialAdopt", adopt, "trial { state }").await;
        done(&cook, "actionItemMove", json!({"id": put_up, "status": "DONE"}), "item { id }").await;
        let outcome = json!({"submissionId": id, "kind": "SAFETY", "title": "Falls over coats", "unitOfMeasure": "falls a month", "direction": "LOWER"});
        let outcome = id_of(done(&reviewer, "outcomeAdd", outcome, "outcome { id }"), "outcome").await;
        for (stage, value) in [("TARGET", 1), ("ACTUAL", 0)] {
            let figure = json!({"outcomeId": outcome, "stage": stage, "value": value, "evidence": "The book of falls"});
            done(&reviewer, "outcomeRecord", figure, "outcome { id }").await;
        }
        to_phase(&reviewer, &id, "IMPLEMENTED").await;
        let second = app.sign_in(o.second_reviewer).await;
        done(&second, "outcomeConfirm", json!({"id": outcome}), "outcome { isConfirmed }").await;
        app.pass(MINUTE + SECOND).await;

        // Another site does it too, and measures for itself.
        let offer = json!({"submissionId": id, "siteIds": [o.harbour.to_string()]});
        let made = done(&app.sign_in(o.executive).await, "adoptionOffer", offer, "adoptions { id }").await;
        let offer = made["adoptions"][0]["id"].clone();
        app.settle().await;
        let manager = app.sign_in(o.manager).await;
        done(&manager, "adoptionAccept", json!({"id": offer}), "adoption { state }").await;
        let there = json!({"adoptionId": offer, "kind": "SAFETY", "title": "Falls over coats", "unitOfMeasure": "falls a month", "direction": "LOWER"});
        let there = id_of(done(&manager, "outcomeAdd", there, "outcome { id }"), "outcome").await;
        let figure = json!({"outcomeId": there, "stage": "ACTUAL", "value": 2, "evidence": "The book of falls"});
        done(&manager, "outcomeRecord", figure, "outcome { id }").await;
        done(&manager, "adoptionComplete", json!({"id": offer}), "adoption { state }").await;
        done(&app.sign_in(o.second_reviewer).await, "outcomeConfirm", json!({"id": there}), "outcome { isConfirmed }").await;
        app.settle().await;

        // Somebody who only reads it sees what became of it, in numbers.
        let seen = app.sign_in(o.chemist).await.ask(PLAN, json!({"id": id})).await["submission"].clone();
        assert_eq!(seen["shownPhase"], "IMPLEMENTED", "{seen}");
        assert_eq!(seen["plan"], json!({"progress": {"done": 2, "total": 2, "overdue": 0}, "items": null}));
        assert_eq!(seen["trials"], json!([]));
        assert_eq!(seen["outcomes"], json!([{"title": "Falls over coats", "isConfirmed": true, "actual": {"value": 0.0}}]));
        assert_eq!(seen["adoptions"], json!([{"state": "ADOPTED", "site": {"name": "Harbour"}, "outcomes": [{"actual": {"value": 2.0}}]}]));
        // The cook: two reminders and two answers (in progress, done). The other site's manager: the offer.
        let expected = BTreeMap::from([(mail_of("Carla Cook"), 3), (mail_of("Mona Manager"), 1)]);
        assert_eq!(sent(app), expected, "in progress and done were told in one word");
    }
}

//! From decision to done, over HTTP: plans and reminders, who helps, trials, outcomes; and what those
//! who only read are shown of it.

use entity::id::PersonId;
use entity::implementation::item;
use entity::instant::{DAY, HOUR, MINUTE, SECOND};
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::people::mail_of;
use crate::on_both;
use crate::telling::send_idea;

const LOOK: &str = "query($id: ID!) { submission(by: {id: $id}) {
  plan { id isFilled progress { done total overdue }
    items { id title status isOverdue dueOn stage waitsFor assignee { name } function { name } version
      checklist { id text tickedAt tickedBy { name } } } }
  help { count viewerHelps viewerIsCoOwner offers { person { name } } coOwners { person { name } } }
  trials { id number guess measure result learned state version }
  outcomes { id title unitOfMeasure isConfirmed version
    target { value } forecast { value } actual { value evidence confirmedBy { name } confirmedAt }
    history { stage value reason } }
  history(first: 100) { nodes { kind } } } }";

const ITEM: &str =
    "id title status version isOverdue checklist { id text tickedAt tickedBy { name } }";

/// What a mutation is called with, in one form for all.
pub fn mutation(name: &str, selection: &str) -> String {
    let proper = name[..1].to_uppercase() + &name[1..];
    format!(
        "mutation($in: {proper}Input!) {{ {name}(input: $in) {{ {selection} userErrors {{ field code message allowed }} }} }}"
    )
}

pub async fn done(client: &Client, name: &str, input: Value, selection: &str) -> Value {
    client.done(name, &mutation(name, selection), json!({"in": input})).await
}

pub async fn refused(client: &Client, name: &str, input: Value) -> (String, String, Value) {
    let error = client.refused(name, &mutation(name, ""), json!({"in": input})).await;
    let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
    let field = error["field"].as_array().and_then(|it| it.last()?.as_str()).unwrap_or_default();
    (text("code"), field.to_owned(), error)
}

async fn look(client: &Client, id: &str) -> Value {
    client.ask(LOOK, json!({"id": id})).await["submission"].clone()
}

async fn add(client: &Client, input: Value) -> String {
    let item = done(client, "actionItemAdd", input, &format!("item {{ {ITEM} }}")).await;
    item["item"]["id"].as_str().expect("an id").to_owned()
}

pub async fn to_phase(client: &Client, id: &str, to: &str) {
    let input = json!({"id": id, "to": to, "message": "We do this."});
    done(client, "submissionMove", input, "submission { phase }").await;
}

pub fn kinds(seen: &Value) -> Vec<&str> {
    let nodes = seen["history"]["nodes"].as_array().expect("a history");
    nodes.iter().map(|it| it["kind"].as_str().expect("a kind")).collect()
}

/// An idea of the nurse that the reviewer has accepted, told to everybody.
async fn accepted(app: &TestApp) -> String {
    let nurse = app.sign_in(app.organisation.nurse).await;
    let id = send_idea(&nurse, "Hooks on the doors of the changing rooms").await.id.to_string();
    to_phase(&app.sign_in(app.organisation.reviewer).await, &id, "ACCEPTED").await;
    app.pass(MINUTE + SECOND).await;
    id
}

/// Every item as the table has it.
async fn stored(app: &TestApp) -> Vec<item::Model> {
    let rows = item::Entity::find().order_by_asc(item::Column::Id);
    rows.all(&app.system().db()).await.expect("items")
}

async fn cause(client: &Client, input: Value) -> String {
    let made = done(client, "causeCreate", input, "cause { id }").await;
    made["cause"]["id"].as_str().expect("an id").to_owned()
}

on_both! {
    async fn a_plan_from_the_first_item_to_the_last(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let id = send_idea(&nurse, "Hooks on the doors of the changing rooms").await.id.to_string();
        let manager = app.sign_in(o.manager).await;
        let early = refused(&manager, "actionItemAdd", json!({"submissionId": id, "title": "Order hooks"})).await;
        assert_eq!(early.0, "FORBIDDEN", "a manager plans from ACCEPTED on: {early:?}");
        to_phase(&reviewer, &id, "ACCEPTED").await;
        let order = add(&manager, json!({"submissionId": id, "title": "Order hooks", "dueOn": "2026-03-03"})).await;

        // Still held: a plan would tell that the answer is yes.
        assert!(look(&nurse, &id).await["plan"].is_null());
        app.pass(MINUTE + SECOND).await;
        let seen = look(&nurse, &id).await;
        assert_eq!(seen["plan"]["progress"], json!({"done": 0, "total": 1, "overdue": 0}));
        assert!(seen["plan"]["items"].is_null(), "readers see numbers: {seen}");
        assert!(!kinds(&seen).iter().any(|kind| kind.starts_with("plan.")), "{seen}");

        // Bad days, bad lines, bad waits.
        for (day, cure) in [("2026-03-01", "2026-03-02"), ("2026-03-07", "2026-03-09")] {
            let input = json!({"submissionId": id, "title": "Too late", "dueOn": day});
            let (code, field, error) = refused(&manager, "actionItemAdd", input).await;
            assert_eq!((code.as_str(), field.as_str()), ("INVALID", "dueOn"), "{error}");
            assert!(error["message"].as_str().expect("words").contains(cure), "{error}");
        }
        let lines: Vec<String> = (0..21).map(|n| format!("Line {n}")).collect();
        let many = refused(&manager, "actionItemAdd", json!({"submissionId": id, "title": "Many", "checklist": lines})).await;
        assert_eq!((many.0.as_str(), many.1.as_str()), ("INVALID", "checklist"));
        let none = refused(&manager, "actionItemAdd", json!({"title": "Nowhere"})).await;
        assert_eq!(none.0, "REQUIRED");

        let put_up = add(&manager, json!({
            "submissionId": id, "title": "Put them up", "assigneeId": o.colleague.to_string(),
            "waitsFor": [order], "checklist": ["Rooms 1 to 4", "Rooms 5 to 8"],
        })).await;
        let circle = refused(&manager, "actionItemUpdate", json!({"id": order, "waitsFor": [put_up]})).await;
        assert_eq!((circle.0.as_str(), circle.1.as_str()), ("INVALID", "waitsFor"), "{circle:?}");
        let itself = refused(&manager, "actionItemUpdate", json!({"id": order, "waitsFor": [order]})).await;
        assert_eq!(itself.0, "INVALID");

        // Whoever has an item sees the plan and works on it, but does not plan.
        let colleague = app.sign_in(o.colleague).await;
        let seen = look(&colleague, &id).await;
        assert_eq!(seen["plan"]["items"].as_array().expect("items").len(), 2);
        let (code, _, error) = refused(&colleague, "actionItemMove", json!({"id": put_up, "status": "IN_PROGRESS"})).await;
        assert_eq!(code, "STEP_NOT_ALLOWED", "{error}");
        assert_eq!(refused(&colleague, "actionItemMove", json!({"id": put_up, "status": "DROPPED"})).await.0, "FORBIDDEN");
        assert_eq!(refused(&colleague, "actionItemMove", json!({"id": order, "status": "DONE"})).await.0, "FORBIDDEN");
        assert_eq!(refused(&colleague, "actionItemUpdate", json!({"id": put_up, "title": "Mine"})).await.0, "FORBIDDEN");
        assert_eq!(refused(&nurse, "actionItemMove", json!({"id": order, "status": "DONE"})).await.0, "NOT_FOUND");
        done(&manager, "actionItemMove", json!({"id": order, "status": "DONE", "expectedVersion": 1}), "item { doneAt }").await;
        assert_eq!(refused(&manager, "actionItemMove", json!({"id": order, "status": "DROPPED", "expectedVersion": 1})).await.0, "STALE_VERSION");
        done(&colleague, "actionItemMove", json!({"id": put_up, "status": "IN_PROGRESS"}), "item { status }").await;
        let line = seen["plan"]["items"][1]["checklist"][0]["id"].clone();
        let ticked = done(&colleague, "checklistTick", json!({"id": line, "ticked": true}), &format!("item {{ {ITEM} }}")).await;
        assert_eq!(ticked["item"]["checklist"][0]["tickedBy"]["name"], "Colin Colleague", "{ticked}");
        // Lines that stay word for word keep their ticks.
        let lines = json!({"id": put_up, "checklist": ["Rooms 9 to 12", "Rooms 1 to 4"]});
        let changed = done(&manager, "actionItemUpdate", lines, &format!("item {{ {ITEM} }}")).await;
        assert!(changed["item"]["checklist"][0]["tickedAt"].is_null(), "{changed}");
        assert!(changed["item"]["checklist"][1]["tickedAt"].is_string(), "{changed}");
        done(&colleague, "actionItemMove", json!({"id": put_up, "status": "DONE"}), "item { status }").await;
        assert_eq!(refused(&colleague, "actionItemMove", json!({"id": put_up, "status": "DONE"})).await.0, "STEP_NOT_ALLOWED");
        assert_eq!(look(&nurse, &id).await["plan"]["progress"], json!({"done": 2, "total": 2, "overdue": 0}));
        let inside = look(&reviewer, &id).await;
        for kind in ["plan.item_added", "plan.item_changed", "plan.item_moved", "plan.line_ticked"] {
            assert!(kinds(&inside).contains(&kind), "{kind}: {inside}");
        }
    }

    async fn the_change_checklist_fills_a_plan_once(app) {
        let o = &app.organisation;
        let id = accepted(app).await;
        let (reviewer, cook) = (app.sign_in(o.reviewer).await, app.sign_in(o.cook).await);
        let list = cook.ask("{ changeChecklist { stage title } }", json!({})).await;
        assert_eq!(list["changeChecklist"][0]["stage"], "STAKEHOLDERS", "{list}");
        assert!(list["changeChecklist"][0]["title"].as_str().expect("words").starts_with("Haz una lista"), "{list}");
        let input = json!({"submissionId": id, "stages": ["EVALUATE", "PLAN"]});
        let filled = done(&reviewer, "actionPlanFill", input.clone(), "plan { isFilled items { stage } progress { total } }").await;
        assert_eq!(filled["plan"]["progress"]["total"], 4, "{filled}");
        assert_eq!(refused(&reviewer, "actionPlanFill", input.clone()).await.0, "TAKEN");
        assert_eq!(refused(&cook, "actionPlanFill", input).await.0, "FORBIDDEN");
    }

    async fn an_item_goes_to_nobody_who_may_not_read(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let id = send_idea(&nurse, "Hooks on the doors of the changing rooms").await.id.to_string();
        // Not opened: the chemist of the south does not read it.
        let input = |who: PersonId| json!({"submissionId": id, "title": "Help", "assigneeId": who.to_string()});
        let (code, field, error) = refused(&reviewer, "actionItemAdd", input(o.chemist)).await;
        assert_eq!((code.as_str(), field.as_str()), ("INVALID", "assigneeId"), "{error}");
        assert!(error["message"].as_str().expect("words").contains("Choose somebody who may"), "{error}");
        let function = json!({"submissionId": id, "title": "Help", "functionId": o.it.to_string()});
        let (code, field, error) = refused(&reviewer, "actionItemAdd", function).await;
        assert_eq!((code.as_str(), field.as_str()), ("INVALID", "functionId"), "{error}");
        let both = json!({"submissionId": id, "title": "Help", "assigneeId": o.colleague.to_string(), "functionId": o.it.to_string()});
        assert_eq!(refused(&reviewer, "actionItemAdd", both).await.0, "INVALID");
        let named = json!({"submissionId": id, "personId": o.chemist.to_string()});
        let (code, field, _) = refused(&reviewer, "coOwnerName", named).await;
        assert_eq!((code.as_str(), field.as_str()), ("INVALID", "personId"));
        add(&reviewer, input(o.colleague)).await;
        // Nothing of it lets anybody read more.
        let chemist = app.sign_in(o.chemist).await;
        let seen = chemist.ask("query($id: ID!) { submission(by: {id: $id}) { id } myActionItems { totalCount } }", json!({"id": id})).await;
        assert!(seen["submission"].is_null() && seen["myActionItems"]["totalCount"] == 0, "{seen}");
        // An observation has no plan; its cause has.
        let observation = done(&nurse, "submissionSend", json!({"text": "The lift is out.", "kind": "OBSERVATION"}), "submission { id }").await;
        let input = json!({"submissionId": observation["submission"]["id"], "title": "Mend it"});
        let (code, field, _) = refused(&reviewer, "actionItemAdd", input).await;
        assert_eq!((code.as_str(), field.as_str()), ("INVALID", "submissionId"));
    }

    async fn what_cannot_be_is_refused_with_the_cure(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let idea = send_idea(&nurse, "Hooks on the doors of the changing rooms").await.id.to_string();
        let of_cause = cause(&reviewer, json!({"name": "No hooks on the doors", "category": "PLACE"})).await;
        let (of_idea, of_cause) = (json!({"submissionId": idea}), json!({"causeId": of_cause}));
        let mut items = Vec::new();
        // Reviewers see every cause: of facilities only a manager answers.
        let grant = json!({"personId": o.chemist.to_string(), "role": "MANAGER", "unitId": o.facilities.to_string()});
        done(&app.sign_in(o.admin).await, "grantAdd", grant, "grant { id }").await;
        for (subject, words, function, to_function) in [
            (&of_idea, "read this idea", o.it, "or open it"),
            (&of_cause, "see this cause", o.facilities, "its owner"),
        ] {
            let mut new = subject.clone();
            new["title"] = json!("Order hooks");
            new["assigneeId"] = json!(o.second_reviewer.to_string());
            new["dueOn"] = json!("2026-03-05");
            let item = add(&reviewer, new.clone()).await;
            let before = stored(app).await;
            // The same is refused of a new item and of a changed one, at the same field, with the same words.
            let mut said: Vec<(String, String, Value)> = Vec::new();
            for (field, value) in [
                ("dueOn", json!("2026-03-01")),
                ("dueOn", json!("2026-03-07")),
                ("dueOn", json!("2036-04-01")),
                ("assigneeId", json!(o.chemist.to_string())),
                ("functionId", json!(function.to_string())),
                ("assigneeId", json!("person_00000000000000000000000000")),
                ("functionId", json!(o.ward.to_string())),
            ] {
                let mut fresh = new.clone();
                fresh["assigneeId"] = Value::Null;
                fresh[field] = value.clone();
                let added = refused(&reviewer, "actionItemAdd", fresh).await;
                let mut change = json!({"id": item, "assigneeId": null});
                change[field] = value;
                let updated = refused(&reviewer, "actionItemUpdate", change).await;
                assert_eq!(added, updated, "{field}");
                assert_eq!(updated.1, field, "{updated:?}");
                said.push(updated);
            }
            let told = |at: usize| said[at].2["message"].as_str().expect("words").to_owned();
            let codes: Vec<&str> = said.iter().map(|it| it.0.as_str()).collect();
            assert_eq!(codes, ["INVALID", "INVALID", "INVALID", "INVALID", "INVALID", "NOT_FOUND", "NOT_FOUND"]);
            assert!(told(0).contains("has passed. Choose 2026-03-02 or a later day"), "{}", told(0));
            assert!(told(1).contains("2026-03-09") && told(2).contains("Choose a nearer day"), "{} {}", told(1), told(2));
            assert!(told(3).contains(&format!("They may not {words}")) && told(3).contains("Choose somebody who may"), "{}", told(3));
            assert!(told(4).contains(&format!("Nobody who answers for this function may {words}")), "{}", told(4));
            assert!(told(4).contains(to_function), "{}", told(4));
            assert_eq!(stored(app).await, before, "nothing of it was kept");
            items.push(item);
        }

        // The cures work: whoever owns a cause sees it, and so does a function that has the owner.
        let cause = of_cause["causeId"].clone();
        done(&reviewer, "causeUpdate", json!({"id": cause, "ownerId": o.chemist.to_string()}), "cause { id }").await;
        for (field, value) in [("assigneeId", o.chemist.to_string()), ("functionId", o.facilities.to_string())] {
            let mut item = json!({"causeId": cause, "title": "Choose hooks"});
            item[field] = json!(value);
            add(&reviewer, item).await;
        }
        done(&reviewer, "submissionOpen", json!({"id": idea}), "submission { id }").await;
        add(&reviewer, json!({"submissionId": idea, "title": "Note hooks", "functionId": o.it.to_string()})).await;
        // A day that has passed may stay, as long as nobody sets another one that has.
        app.pass(4 * DAY + HOUR).await;
        let reviewer = app.sign_in(o.reviewer).await;
        for item in items {
            let renamed = json!({"id": item, "title": "Order four hooks", "dueOn": "2026-03-05"});
            done(&reviewer, "actionItemUpdate", renamed, "item { title }").await;
            let past = refused(&reviewer, "actionItemUpdate", json!({"id": item, "dueOn": "2026-03-04"})).await;
            assert_eq!((past.0.as_str(), past.1.as_str()), ("INVALID", "dueOn"), "{past:?}");
        }
    }

    async fn whoever_has_an_item_is_reminded_and_nobody_else(app) {
        let o = &app.organisation;
        let id = accepted(app).await;
        let reviewer = app.sign_in(o.reviewer).await;
        let input = json!({"submissionId": id, "title": "Call the workshop", "dueOn": "2026-03-04", "assigneeId": o.cook.to_string()});
        let item = add(&reviewer, input).await;
        add(&reviewer, json!({"submissionId": id, "title": "Nobody's", "dueOn": "2026-03-04"})).await;
        let finished = json!({"submissionId": id, "title": "Done in time", "dueOn": "2026-03-04", "assigneeId": o.colleague.to_string()});
        let finished = add(&reviewer, finished).await;
        done(&reviewer, "actionItemMove", json!({"id": finished, "status": "DONE"}), "item { id }").await;
        app.settle().await;
        app.mails.clear();
        let cook = mail_of("Carla Cook");
        app.pass(23 * HOUR).await;
        assert!(app.mails.mails().is_empty(), "08:01 of the day before: nobody is at work yet");
        app.pass(HOUR).await;
        let mails = app.mails.wait_for(1).await;
        assert_eq!(mails[0].to, [cook.as_str()]);
        assert!(mails[0].subject().contains("Para el 4 de marzo de 2026"), "{}", mails[0].subject());
        assert!(mails[0].text().contains("Call the workshop"), "{}", mails[0].text());
        assert_eq!(mails[0].header("Content-Language").as_deref(), Some("es"));
        app.pass(HOUR).await;
        app.pass(DAY).await;
        assert_eq!(app.mails.mails().len(), 1, "once");
        app.pass(DAY).await;
        let mails = app.mails.wait_for(2).await;
        assert_eq!(mails[1].to, [cook.as_str()]);
        assert!(mails[1].subject().contains("Era para el 4 de marzo de 2026"), "{}", mails[1].subject());
        app.pass(3 * DAY).await;
        assert_eq!(app.mails.mails().len(), 2, "once");
        let cook = app.sign_in(o.cook).await;
        let told = cook.ask("{ notifications { nodes { kind message itemId reference } } myActionItems { nodes { id isOverdue submission { id } } } }", json!({})).await;
        assert_eq!(told["notifications"]["nodes"][0]["kind"], "ACTION_REMINDER", "{told}");
        assert_eq!(told["notifications"]["nodes"][0]["message"], "Call the workshop");
        assert_eq!(told["notifications"]["nodes"][0]["itemId"], item);
        assert_eq!(told["myActionItems"]["nodes"][0]["isOverdue"], true);
        assert_eq!(told["myActionItems"]["nodes"][0]["submission"]["id"], id);
        // Read by numbers of everybody who reads the idea.
        let nurse = app.sign_in(o.nurse).await;
        assert_eq!(look(&nurse, &id).await["plan"]["progress"], json!({"done": 1, "total": 3, "overdue": 2}));
        // Another day is another reminder; done is silence.
        let reviewer = app.sign_in(o.reviewer).await;
        done(&reviewer, "actionItemUpdate", json!({"id": item, "dueOn": "2026-03-12"}), "item { id }").await;
        app.pass(3 * DAY).await;
        assert_eq!(app.mails.wait_for(3).await.len(), 3, "the day before the new day");
        let reviewer = app.sign_in(o.reviewer).await;
        done(&reviewer, "actionItemMove", json!({"id": item, "status": "DONE"}), "item { id }").await;
        app.pass(7 * DAY).await;
        assert_eq!(app.mails.mails().len(), 3);
    }

    async fn a_function_is_reminded_by_those_who_answer_for_it(app) {
        let o = &app.organisation;
        let reviewer = app.sign_in(o.reviewer).await;
        let id = cause(&reviewer, json!({"name": "No hooks on the doors", "category": "PLACE", "ownerId": o.it_reviewer.to_string()})).await;
        // The cause's owner answers for IT, and sees the cause.
        let input = json!({"causeId": id, "title": "Change the order form", "functionId": o.it.to_string(), "dueOn": "2026-03-03"});
        let item = add(&reviewer, input).await;
        app.pass(2 * DAY).await;
        let mails = app.mails.wait_for(1).await;
        assert_eq!(mails.len(), 1, "one for the day that passed; the one before it was never due");
        assert_eq!(mails[0].to, [mail_of("Ivo It")]);
        assert!(mails[0].text().contains("why this happens: No hooks on the doors"), "{}", mails[0].text());
        let ivo = app.sign_in(o.it_reviewer).await;
        let told = ivo.ask("{ notifications { nodes { kind submissionId reference message itemId } } }", json!({})).await;
        let note = &told["notifications"]["nodes"][0];
        assert!(note["submissionId"].is_null() && note["reference"] == "", "{note}");
        assert_eq!((note["itemId"].as_str(), note["message"].as_str()), (Some(item.as_str()), Some("Change the order form")));
        let of_cause = ivo.ask("query($id: ID!) { cause(id: $id) { plan { progress { overdue } items { title } } } }", json!({"id": id})).await;
        assert_eq!(of_cause["cause"]["plan"]["progress"]["overdue"], 1, "{of_cause}");
        done(&ivo, "actionItemMove", json!({"id": item, "status": "DONE"}), "item { id }").await;
    }

    async fn who_offers_help_sees_no_more_than_before(app) {
        let o = &app.organisation;
        let id = accepted(app).await;
        let (cook, reviewer) = (app.sign_in(o.cook).await, app.sign_in(o.reviewer).await);
        add(&reviewer, json!({"submissionId": id, "title": "Order hooks"})).await;
        let input = json!({"submissionId": id});
        for _ in 0..2 {
            done(&cook, "helpOffer", input.clone(), "submission { id }").await;
        }
        let seen = look(&cook, &id).await;
        assert_eq!(seen["help"]["count"], 1);
        assert_eq!(seen["help"]["viewerHelps"], true);
        assert!(seen["help"]["offers"].is_null() && seen["plan"]["items"].is_null(), "{seen}");
        assert_eq!(look(&reviewer, &id).await["help"]["offers"][0]["person"]["name"], "Carla Cook");

        let named = json!({"submissionId": id, "personId": o.cook.to_string()});
        assert_eq!(refused(&cook, "coOwnerName", named.clone()).await.0, "FORBIDDEN");
        done(&reviewer, "coOwnerName", named.clone(), "submission { id }").await;
        let seen = look(&cook, &id).await;
        assert_eq!(seen["help"]["viewerIsCoOwner"], true);
        assert_eq!(seen["plan"]["items"][0]["title"], "Order hooks");
        add(&cook, json!({"submissionId": id, "title": "Measure the doors"})).await;
        // Sharing the work is not steering it.
        assert_eq!(refused(&cook, "coOwnerRemove", named).await.0, "FORBIDDEN");
        let outcome = json!({"submissionId": id, "kind": "QUALITY", "title": "t", "unitOfMeasure": "u", "direction": "HIGHER"});
        assert_eq!(refused(&cook, "outcomeAdd", outcome).await.0, "FORBIDDEN");
        done(&cook, "helpTakeBack", input, "submission { id }").await;
        assert!(look(&cook, &id).await["plan"]["items"].is_null());
        assert_eq!(look(&reviewer, &id).await["help"]["count"], 0);
    }

    async fn days_follow_the_calendar_of_the_unit(app) {
        let o = &app.organisation;
        let id = accepted(app).await;
        let (admin, reviewer) = (app.sign_in(o.admin).await, app.sign_in(o.reviewer).await);
        // Closed on Tuesday, and on Thursday they begin at noon: the ward follows the whole north.
        let open = |weekday: &str, opens: &str| json!({"weekday": weekday, "opens": opens, "closes": "18:00"});
        let openings = json!([open("MONDAY", "09:00"), open("TUESDAY", "09:00"), open("WEDNESDAY", "09:00"), open("THURSDAY", "12:00"), open("FRIDAY", "09:00")]);
        let calendar = json!({"unitId": o.north.to_string(), "zone": "Etc/UTC", "openings": openings, "holidays": [{"date": "2026-03-03"}]});
        done(&admin, "calendarSet", calendar, "calendar { version }").await;
        app.settle().await;
        let item = |due: &str| json!({"submissionId": id, "title": "Call the workshop", "dueOn": due, "assigneeId": o.colleague.to_string()});
        let (code, field, error) = refused(&reviewer, "actionItemAdd", item("2026-03-03")).await;
        assert_eq!((code.as_str(), field.as_str()), ("INVALID", "dueOn"), "{error}");
        assert!(error["message"].as_str().expect("words").contains("2026-03-04"), "{error}");
        assert_eq!(error["allowed"], json!(["2026-03-04"]));
        let item = add(&reviewer, item("2026-03-04")).await;
        app.settle().await;
        app.mails.clear();
        // The working day before Wednesday is Monday, and its morning has passed: the next word is on
        // Thursday at noon.
        app.pass(3 * DAY).await;
        let reviewer = app.sign_in(o.reviewer).await;
        assert!(app.mails.mails().is_empty(), "Thursday 09:01: {:?}", app.mails.mails().len());
        assert_eq!(look(&reviewer, &id).await["plan"]["progress"]["overdue"], 1);
        app.pass(3 * HOUR).await;
        let mails = app.mails.wait_for(1).await;
        assert_eq!(mails[0].to, [mail_of("Colin Colleague")]);
        assert!(mails[0].subject().contains("Was due on 4 March 2026"), "{}", mails[0].subject());
        let reviewer = app.sign_in(o.reviewer).await;
        // Another day: overdue no more, and reminded anew.
        done(&reviewer, "actionItemUpdate", json!({"id": item, "dueOn": "2026-03-10"}), "item { isOverdue }").await;
        assert_eq!(look(&reviewer, &id).await["plan"]["items"][0]["isOverdue"], false);
        app.pass(4 * DAY).await;
        app.settle().await;
        assert_eq!(app.mails.wait_for(2).await.len(), 2, "Monday: due tomorrow");
        let told = app.sign_in(o.colleague).await.ask("{ notifications { nodes { kind itemId } } }", json!({})).await;
        let kinds: Vec<&str> = told["notifications"]["nodes"].as_array().expect("rows").iter().filter_map(|it| it["kind"].as_str()).collect();
        assert_eq!(kinds, ["ACTION_REMINDER", "ACTION_REMINDER"], "{told}");
        let reviewer = app.sign_in(o.reviewer).await;
        done(&reviewer, "actionItemMove", json!({"id": item, "status": "DONE"}), "item { id }").await;
    }

    async fn words_have_their_limits(app) {
        let o = &app.organisation;
        let id = accepted(app).await;
        let reviewer = app.sign_in(o.reviewer).await;
        to_phase(&reviewer, &id, "IN_PROGRESS").await;
        let long = |length: usize| "a".repeat(length);
        let item = add(&reviewer, json!({"submissionId": id, "title": long(200)})).await;
        let outcome = |unit: String| json!({"submissionId": id, "kind": "QUALITY", "title": "Coats", "unitOfMeasure": unit, "direction": "LOWER"});
        let made = done(&reviewer, "outcomeAdd", outcome(long(60)), "outcome { id }").await["outcome"]["id"].clone();
        for (name, input, at) in [
            ("actionItemAdd", json!({"submissionId": id, "title": long(201)}), "title"),
            ("actionItemUpdate", json!({"id": item, "title": long(201)}), "title"),
            ("actionItemAdd", json!({"submissionId": id, "title": "t", "checklist": [long(201)]}), "checklist"),
            ("trialStart", json!({"submissionId": id, "guess": long(2_001), "measure": "m"}), "guess"),
            ("trialStart", json!({"submissionId": id, "guess": "g", "measure": long(2_001)}), "measure"),
            ("outcomeAdd", outcome(long(61)), "unitOfMeasure"),
            ("outcomeRecord", json!({"outcomeId": made, "stage": "ACTUAL", "value": 1, "evidence": long(2_001)}), "evidence"),
            ("outcomeRecord", json!({"outcomeId": made, "stage": "TARGET", "value": 1, "reason": long(501)}), "reason"),
        ] {
            let (code, field, error) = refused(&reviewer, name, input).await;
            assert_eq!((code.as_str(), field.as_str()), ("TOO_LONG", at), "{name}: {error}");
        }
        for (name, input, at) in [
            ("actionItemAdd", json!({"submissionId": id, "title": " "}), "title"),
            ("outcomeRecord", json!({"outcomeId": made, "stage": "ACTUAL", "value": 1, "evidence": " "}), "evidence"),
        ] {
            let (code, field, error) = refused(&reviewer, name, input).await;
            assert_eq!((code.as_str(), field.as_str()), ("REQUIRED", at), "{name}: {error}");
        }
        // An outcome is of one thing.
        let two = json!({"submissionId": id, "adoptionId": "adoption_x", "kind": "QUALITY", "title": "t", "unitOfMeasure": "u", "direction": "LOWER"});
        assert_eq!(refused(&reviewer, "outcomeAdd", two).await.0, "REQUIRED");
        app.pass(MINUTE + SECOND).await;
    }

    async fn trials_follow_one_another(app) {
        let o = &app.organisation;
        let id = accepted(app).await;
        let reviewer = app.sign_in(o.reviewer).await;
        let begin = json!({"submissionId": id, "guess": "Fewer coats on the floor", "measure": "Count at noon"});
        let (code, _, error) = refused(&reviewer, "trialStart", begin.clone()).await;
        assert_eq!(code, "STEP_NOT_ALLOWED", "{error}");
        to_phase(&reviewer, &id, "IN_PROGRESS").await;
        let lacking = json!({"submissionId": id, "guess": " ", "measure": "Count"});
        let (code, field, _) = refused(&reviewer, "trialStart", lacking).await;
        assert_eq!((code.as_str(), field.as_str()), ("REQUIRED", "guess"));
        let reversed = json!({"submissionId": id, "guess": "g", "measure": "m", "startsOn": "2026-03-05", "endsOn": "2026-03-04"});
        assert_eq!(refused(&reviewer, "trialStart", reversed).await.1, "endsOn");
        let first = done(&reviewer, "trialStart", begin.clone(), "trial { id state number }").await["trial"]["id"].clone();
        assert_eq!(refused(&reviewer, "trialStart", begin.clone()).await.0, "TAKEN");
        let (code, field, _) = refused(&reviewer, "trialStop", json!({"id": first, "result": "Nothing changed"})).await;
        assert_eq!((code.as_str(), field.as_str()), ("REQUIRED", "learned"));
        done(&reviewer, "trialUpdate", json!({"id": first, "result": "Nothing changed"}), "trial { id }").await;
        let stopped = done(&reviewer, "trialStop", json!({"id": first, "learned": "Two hooks are too few"}), "trial { state result endedAt }").await;
        assert_eq!(stopped["trial"]["state"], "STOPPED", "{stopped}");
        assert_eq!(refused(&reviewer, "trialAdopt", json!({"id": first})).await.0, "TOO_LATE");
        let second = done(&reviewer, "trialStart", begin, "trial { id number }").await["trial"].clone();
        assert_eq!(second["number"], 2);
        let input = json!({"id": second["id"], "result": "No coats on the floor", "learned": "Four hooks do"});
        done(&reviewer, "trialAdopt", input.clone(), "trial { state }").await;
        // Those who only read see nothing of it.
        let nurse = app.sign_in(o.nurse).await;
        assert_eq!(look(&nurse, &id).await["trials"], json!([]));
        assert_eq!(refused(&nurse, "trialAdopt", input).await.0, "NOT_FOUND");
        assert_eq!(look(&reviewer, &id).await["trials"][1]["state"], "ADOPTED");
        app.pass(MINUTE + SECOND).await;
    }

    async fn an_outcome_is_shown_once_somebody_else_stands_for_it(app) {
        let o = &app.organisation;
        let id = accepted(app).await;
        let (nurse, reviewer, manager) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await, app.sign_in(o.manager).await);
        let outcome = json!({"submissionId": id, "kind": "SOFT_SAVING", "title": "Time looking for coats", "unitOfMeasure": " ", "direction": "LOWER"});
        let (code, field, error) = refused(&manager, "outcomeAdd", outcome).await;
        assert_eq!((code.as_str(), field.as_str()), ("REQUIRED", "unitOfMeasure"), "{error}");
        let outcome = json!({"submissionId": id, "kind": "SOFT_SAVING", "title": "Time looking for coats", "unitOfMeasure": "hours a month", "direction": "LOWER"});
        let made = done(&manager, "outcomeAdd", outcome, "outcome { id }").await["outcome"]["id"].clone();
        assert_eq!(refused(&reviewer, "outcomeConfirm", json!({"id": made})).await.0, "INVALID", "nothing was measured");

        // The organisation wants a target first.
        let admin = app.sign_in(o.admin).await;
        done(&admin, "settingsUpdate", json!({"outcomeOrder": "TARGET_FIRST"}), "settings { outcomeOrder }").await;
        let actual = json!({"outcomeId": made, "stage": "ACTUAL", "value": 12.5, "evidence": "Counted in the week of 23 February"});
        let (code, field, error) = refused(&manager, "outcomeRecord", actual.clone()).await;
        assert_eq!((code.as_str(), field.as_str()), ("INVALID", "stage"), "{error}");
        let record = "outcome { version isConfirmed }";
        done(&manager, "outcomeRecord", json!({"outcomeId": made, "stage": "TARGET", "value": 10, "day": "2026-06-30"}), record).await;
        let again = json!({"outcomeId": made, "stage": "TARGET", "value": 8, "day": "2026-06-30"});
        assert_eq!(refused(&manager, "outcomeRecord", again).await.1, "reason");
        done(&manager, "outcomeRecord", json!({"outcomeId": made, "stage": "FORECAST", "value": 11}), record).await;
        for (value, field) in [(json!(1e12), "value"), (json!(0.00001), "value")] {
            let input = json!({"outcomeId": made, "stage": "ACTUAL", "value": value, "evidence": "e"});
            assert_eq!(refused(&manager, "outcomeRecord", input).await.1, field);
        }
        let bare = json!({"outcomeId": made, "stage": "ACTUAL", "value": 12.5});
        assert_eq!(refused(&manager, "outcomeRecord", bare).await.1, "evidence");
        let early = json!({"outcomeId": made, "stage": "ACTUAL", "value": 12.5, "evidence": "e", "day": "2026-03-03"});
        assert_eq!(refused(&manager, "outcomeRecord", early).await.1, "day");
        done(&manager, "outcomeRecord", actual, record).await;
        assert_eq!(look(&nurse, &id).await["outcomes"], json!([]), "nobody stands for it yet");

        // Not the writer, not the author, not somebody without the right.
        let (code, _, error) = refused(&manager, "outcomeConfirm", json!({"id": made})).await;
        assert_eq!(code, "FORBIDDEN");
        assert!(error["message"].as_str().expect("words").contains("their own work"), "{error}");
        assert_eq!(refused(&nurse, "outcomeConfirm", json!({"id": made})).await.0, "NOT_FOUND");
        done(&reviewer, "outcomeConfirm", json!({"id": made}), record).await;
        assert_eq!(refused(&reviewer, "outcomeConfirm", json!({"id": made})).await.0, "TAKEN");
        let seen = look(&nurse, &id).await;
        let shown = &seen["outcomes"][0];
        assert_eq!((&shown["actual"]["value"], &shown["target"]["value"]), (&json!(12.5), &json!(10.0)), "{shown}");
        assert!(shown["forecast"].is_null() && shown["history"].is_null() && shown["actual"]["evidence"].is_null(), "{shown}");
        assert!(kinds(&seen).contains(&"outcome.confirmed") && !kinds(&seen).contains(&"outcome.recorded"), "{seen}");

        // A correction keeps the one before, and shows once it is confirmed too.
        let second = json!({"outcomeId": made, "stage": "ACTUAL", "value": 13, "evidence": "Counted again", "reason": "One ward was left out"});
        done(&reviewer, "outcomeRecord", second, record).await;
        assert_eq!(look(&nurse, &id).await["outcomes"][0]["actual"]["value"], 12.5);
        assert_eq!(refused(&reviewer, "outcomeConfirm", json!({"id": made})).await.0, "FORBIDDEN", "now it is the reviewer's own");
        let other = app.sign_in(o.second_reviewer).await;
        done(&other, "outcomeConfirm", json!({"id": made}), record).await;
        assert_eq!(look(&nurse, &id).await["outcomes"][0]["actual"]["value"], 13.0);
        let history = look(&reviewer, &id).await["outcomes"][0]["history"].clone();
        let values: Vec<f64> = history.as_array().expect("a history").iter().map(|it| it["value"].as_f64().expect("a number")).collect();
        assert_eq!(values, [10.0, 11.0, 12.5, 13.0]);
    }

    async fn an_owner_does_not_confirm(app) {
        let o = &app.organisation;
        let id = accepted(app).await;
        let reviewer = app.sign_in(o.reviewer).await;
        done(&reviewer, "submissionSetOwner", json!({"id": id, "ownerId": o.manager.to_string()}), "submission { id }").await;
        let outcome = json!({"submissionId": id, "kind": "SAFETY", "title": "Falls", "unitOfMeasure": "falls a month", "direction": "LOWER"});
        let made = done(&reviewer, "outcomeAdd", outcome, "outcome { id }").await["outcome"]["id"].clone();
        let actual = json!({"outcomeId": made, "stage": "ACTUAL", "value": 0, "evidence": "The book of falls"});
        done(&reviewer, "outcomeRecord", actual, "outcome { id }").await;
        let manager = app.sign_in(o.manager).await;
        assert_eq!(refused(&manager, "outcomeConfirm", json!({"id": made})).await.0, "FORBIDDEN");
        // Of a cause: a reviewer who neither owns it nor wrote the figure down.
        let id = cause(&reviewer, json!({"name": "Smooth floors", "category": "PLACE", "ownerId": o.manager.to_string()})).await;
        let outcome = json!({"causeId": id, "kind": "SAFETY", "title": "Falls", "unitOfMeasure": "falls a month", "direction": "LOWER"});
        let made = done(&manager, "outcomeAdd", outcome, "outcome { id }").await["outcome"]["id"].clone();
        let actual = json!({"outcomeId": made, "stage": "ACTUAL", "value": 1, "evidence": "The book of falls"});
        done(&manager, "outcomeRecord", actual, "outcome { id }").await;
        assert_eq!(refused(&manager, "outcomeConfirm", json!({"id": made})).await.0, "FORBIDDEN");
        let other = app.sign_in(o.second_reviewer).await;
        done(&other, "outcomeConfirm", json!({"id": made}), "outcome { isConfirmed }").await;
    }

    async fn a_page_of_plans_takes_the_same_statements_whatever_its_length(app) {
        let o = &app.organisation;
        let nurse = app.sign_in(o.nurse).await;
        let reviewer = app.sign_in(o.reviewer).await;
        for number in 0..6 {
            let id = send_idea(&nurse, &format!("Hooks on door {number}")).await.id.to_string();
            for item in 0..3 {
                let input = json!({"submissionId": id, "title": format!("Item {item}"), "assigneeId": o.colleague.to_string(), "checklist": ["a", "b"], "dueOn": "2026-03-10"});
                add(&reviewer, input).await;
            }
            let outcome = json!({"submissionId": id, "kind": "QUALITY", "title": "t", "unitOfMeasure": "u", "direction": "HIGHER"});
            done(&reviewer, "outcomeAdd", outcome, "outcome { id }").await;
        }
        let query = "query($n: Int!) { submissions(first: $n) { nodes { plan { progress { done total overdue } items { title isOverdue assignee { name } checklist { text } waitsFor } }
          trials { id } outcomes { title actual { value } } help { count } adoptions { id site { name } } } } }";
        let few = reviewer.fewest(query, json!({"n": 2})).await;
        let many = reviewer.fewest(query, json!({"n": 6})).await;
        assert_eq!(many.data()["submissions"]["nodes"].as_array().expect("rows").len(), 6);
        // Batches of items may fall in two.
        assert!(many.statements <= few.statements + 2, "{} then {}", few.statements, many.statements);
        assert!(many.statements <= 24, "{} statements", many.statements);
        let colleague = app.sign_in(o.colleague).await;
        let mine = "query($n: Int!) { myActionItems(first: $n) { nodes { title isOverdue submission { reference } cause { name } } } }";
        let few = colleague.fewest(mine, json!({"n": 2})).await;
        let many = colleague.fewest(mine, json!({"n": 18})).await;
        assert_eq!(many.data()["myActionItems"]["nodes"].as_array().expect("rows").len(), 18);
        // Batches of items may fall in two.
        assert!(many.statements <= few.statements + 2, "{} then {}", few.statements, many.statements);
    }
}

//! What a console shows and does beside the queue: how something is handled, reports, hand-overs
//! taken by deciding, links by rules and models, and that words which go are gone everywhere.

use entity::id::PersonId;
use entity::instant::{DAY, MINUTE, SECOND};
use sea_orm::{ConnectionTrait, FromQueryResult, JsonValue, Statement};
use serde_json::{Value, json};

use crate::authz::integration;
use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::dump::changed;
use crate::on_both;

fn document(mutation: &str, selection: &str) -> String {
    let proper = mutation[..1].to_uppercase() + &mutation[1..];
    format!(
        "mutation($in: {proper}Input!) {{ {mutation}(input: $in) {{ {selection} userErrors {{ field code message allowed }} }} }}"
    )
}

async fn verb(client: &Client, mutation: &str, input: Value, selection: &str) -> Value {
    client.done(mutation, &document(mutation, selection), json!({"in": input})).await
}

/// Code and field of a refusal, and what it says.
async fn refused(client: &Client, mutation: &str, input: Value) -> (String, Value, String) {
    let query = document(mutation, "__typename");
    let refused = client.refused(mutation, &query, json!({"in": input})).await;
    let text = |key: &str| refused[key].as_str().unwrap_or_default().to_owned();
    (text("code"), refused["field"].clone(), text("message"))
}

async fn sent(client: &Client, input: Value) -> String {
    let done = verb(client, "submissionSend", input, "submission { id }").await;
    done["submission"]["id"].as_str().expect("an id").to_owned()
}

async fn idea(client: &Client, text: &str) -> String {
    sent(client, json!({"text": text, "kind": "IDEA"})).await
}

async fn observation(client: &Client, text: &str) -> String {
    sent(client, json!({"text": text, "kind": "OBSERVATION"})).await
}

async fn cause(client: &Client, name: &str) -> String {
    let input = json!({"name": name, "category": "PLACE"});
    let made = verb(client, "causeCreate", input, "cause { id }").await;
    made["cause"]["id"].as_str().expect("an id").to_owned()
}

async fn of(client: &Client, id: &str, selection: &str) -> Value {
    let query = format!("query($id: ID!) {{ submission(by: {{id: $id}}) {{ {selection} }} }}");
    client.ask(&query, json!({"id": id})).await["submission"].clone()
}

async fn rows(app: &TestApp, sql: &str) -> Vec<JsonValue> {
    let scope = app.system();
    let db = scope.db();
    let found = Statement::from_string(db.get_database_backend(), sql.to_owned());
    JsonValue::find_by_statement(found).all(&db).await.expect("rows")
}

fn id(person: PersonId) -> String {
    person.to_string()
}

const HANDLING: &str = "id snoozedUntil handover { function { name } state by { name } since }
  hidden { reason note by { name } since } locked { reason note by { name } }
  splitFrom { reference } parts { reference } reports { reason note commentId resolution }";

on_both! {
    async fn a_console_sees_how_something_is_handled(app) {
        let o = &app.organisation;
        let (nurse, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        let (reviewer, it, moderator) = (app.sign_in(o.reviewer).await, app.sign_in(o.it_reviewer).await, app.sign_in(o.moderator).await);
        let id = idea(&nurse, "Hooks on the doors. A faster printer.").await;
        verb(&reviewer, "submissionSnooze", json!({"id": id, "until": "2026-03-05T09:00:00Z"}), "submission { id }").await;
        verb(&moderator, "submissionLock", json!({"id": id, "reason": "OFF_TOPIC", "note": "Enough."}), "submission { id }").await;
        verb(&reviewer, "submissionHide", json!({"id": id, "reason": "OTHER", "note": "Names a customer."}), "submission { id }").await;
        verb(&reviewer, "submissionHandOver", json!({"id": id, "functionId": o.it.to_string()}), "submission { id }").await;
        let since = of(&reviewer, &id, HANDLING).await;
        for inside in [&reviewer, &it] {
            let seen = of(inside, &id, HANDLING).await;
            assert_eq!(seen["snoozedUntil"], "2026-03-05T09:00:00Z");
            assert_eq!((&seen["handover"]["function"]["name"], &seen["handover"]["state"], &seen["handover"]["by"]["name"]),
                (&json!("IT"), &json!("OFFERED"), &json!("Rita Reviewer")));
            assert_eq!((&seen["hidden"]["reason"], &seen["hidden"]["note"], &seen["hidden"]["by"]["name"]),
                (&json!("OTHER"), &json!("Names a customer."), &json!("Rita Reviewer")));
            assert_eq!((&seen["locked"]["reason"], seen["locked"]["by"]["name"].is_string()), (&json!("OFF_TOPIC"), true));
        }
        assert!(since["handover"]["since"].is_string());
        // Its author learns nothing of it; a moderator why it is hidden and locked, not who did that.
        let seen = of(&nurse, &id, HANDLING).await;
        for field in ["snoozedUntil", "handover", "hidden", "locked", "reports", "splitFrom"] {
            assert_eq!(seen[field], Value::Null, "{field}");
        }
        let seen = of(&moderator, &id, HANDLING).await;
        assert_eq!((&seen["snoozedUntil"], &seen["handover"]), (&Value::Null, &Value::Null));
        assert_eq!((&seen["hidden"]["reason"], &seen["hidden"]["by"]), (&json!("OTHER"), &Value::Null));
        assert_eq!(of(&colleague, &id, "id").await, Value::Null);
        // Over, and lifted, there is nothing to show.
        verb(&it, "submissionUnhide", json!({"id": id}), "submission { id }").await;
        app.pass(4 * DAY).await;
        let (reviewer, nurse, colleague, it) = (app.sign_in(o.reviewer).await, app.sign_in(o.nurse).await, app.sign_in(o.colleague).await, app.sign_in(o.it_reviewer).await);
        let seen = of(&reviewer, &id, HANDLING).await;
        assert_eq!((&seen["snoozedUntil"], &seen["hidden"]), (&Value::Null, &Value::Null));

        // Parts, for its author and those who work on it, in their order.
        let whole = idea(&nurse, "One. Two. Three.").await;
        verb(&reviewer, "submissionOpen", json!({"id": whole}), "submission { id }").await;
        verb(&reviewer, "submissionHide", json!({"id": whole, "reason": "CONFIDENTIAL"}), "submission { id }").await;
        let parts = json!([{"text": "One."}, {"text": "Two."}, {"text": "Three."}]);
        let split = verb(&reviewer, "submissionSplit", json!({"id": whole, "parts": parts, "clientKey": "w"}), "submission { reference } parts { id reference }").await;
        let second = split["parts"][0]["id"].as_str().unwrap().to_owned();
        let references = json!([{"reference": split["parts"][0]["reference"]}, {"reference": split["parts"][1]["reference"]}]);
        for client in [&reviewer, &nurse] {
            assert_eq!(of(client, &whole, HANDLING).await["parts"], references);
            assert_eq!(of(client, &second, HANDLING).await["splitFrom"], split["submission"]);
        }
        assert_eq!(of(&reviewer, &second, HANDLING).await["hidden"]["reason"], "CONFIDENTIAL", "hidden like the whole, and why");
        for part in [&whole, &second] {
            verb(&reviewer, "submissionUnhide", json!({"id": part}), "submission { id }").await;
        }
        let seen = of(&colleague, &second, HANDLING).await;
        assert_eq!((&seen["splitFrom"], &seen["parts"]), (&Value::Null, &json!([])), "others learn of no split");
        // However long the list, the same statements.
        let page = |first: usize| format!("{{ triageQueue(first: {first}, filter: {{snoozed: false}}) {{ nodes {{ {HANDLING} }} }} }}");
        for number in 0..6 {
            let id = idea(&nurse, &format!("Number {number}.")).await;
            verb(&reviewer, "submissionHide", json!({"id": id, "reason": "OTHER"}), "submission { id }").await;
            verb(&reviewer, "submissionHandOver", json!({"id": id, "functionId": o.it.to_string()}), "submission { id }").await;
            verb(&it, "submissionReport", json!({"id": id, "reason": "OFF_TOPIC"}), "alreadyReported").await;
        }
        let it = app.sign_in(o.it_reviewer).await;
        let (few, many) = (it.fewest(&page(2), json!({})).await, it.fewest(&page(50), json!({})).await);
        assert!(few.data()["triageQueue"]["nodes"][0]["handover"]["by"].is_object() && many.data()["triageQueue"]["nodes"].as_array().unwrap().len() > 5);
        assert_eq!(few.statements, many.statements);
        app.settle().await;
    }

    async fn who_decides_on_what_was_offered_has_taken_it(app) {
        let o = &app.organisation;
        let nurse = app.sign_in(o.nurse).await;
        let (reviewer, it) = (app.sign_in(o.reviewer).await, app.sign_in(o.it_reviewer).await);
        let state = async |id: &str| of(&it, id, "handover { state }").await["handover"]["state"].clone();
        let offered = async |id: &str| {
            verb(&reviewer, "submissionHandOver", json!({"id": id, "functionId": o.it.to_string()}), "submission { id }").await;
            assert_eq!(state(id).await, "OFFERED");
        };
        let id = idea(&nurse, "A faster printer.").await;
        offered(&id).await;
        let before = rows(app, "SELECT phase, handover, function_id, opened_at, entered_at, assignee_id FROM submission").await;
        let done = verb(&it, "submissionMove", json!({"id": id, "to": "ACCEPTED", "message": "Yes."}), "decision { id }").await;
        assert_eq!(state(&id).await, "ACCEPTED");
        let kinds = of(&it, &id, "history(first: 50) { nodes { kind } }").await.to_string();
        assert_eq!(kinds.matches("submission.hand_over_accepted").count(), 1, "{kinds}");
        verb(&it, "decisionUndo", json!({"id": done["decision"]["id"]}), "submission { id }").await;
        let after = rows(app, "SELECT phase, handover, function_id, opened_at, entered_at, assignee_id FROM submission").await;
        assert_eq!(before, after, "undone, it is an offer again");
        // Taken by taking it up, and offered again when that is undone.
        let done = verb(&it, "submissionTriage", json!({"id": id, "assigneeId": o.it_reviewer.to_string()}), "decisions { id }").await;
        assert_eq!(state(&id).await, "ACCEPTED");
        verb(&it, "decisionUndo", json!({"id": done["decisions"][0]["id"]}), "submission { id }").await;
        assert_eq!(rows(app, "SELECT phase, handover, function_id, opened_at, entered_at, assignee_id FROM submission").await, before);
        // A link that moves nothing takes it too; so does any step in many at once.
        let why = cause(&reviewer, "Old printers").await;
        verb(&it, "submissionMove", json!({"id": id, "to": "ACCEPTED", "announce": "NOW"}), "decision { id }").await;
        verb(&it, "submissionHandOverReturn", json!({"id": id, "note": "Not ours."}), "submission { id }").await;
        offered(&id).await;
        verb(&it, "causeLink", json!({"submissionId": id, "causeIds": [why]}), "links { source }").await;
        assert_eq!(state(&id).await, "ACCEPTED");
        let other = observation(&nurse, "The printer is out.").await;
        offered(&other).await;
        let many = json!({"ids": [other], "link": {"causeIds": [why]}});
        let done = verb(&it, "submissionsTriage", many, "results { decision { id } userErrors { message } }").await;
        assert_eq!(state(&other).await, "ACCEPTED");
        verb(&it, "decisionUndo", json!({"id": done["results"][0]["decision"]["id"]}), "submission { id }").await;
        assert_eq!(state(&other).await, "OFFERED");
        // What the unit's reviewers do with it, and what its author says, takes nothing.
        verb(&nurse, "commentAdd", json!({"submissionId": other, "text": "Since Monday."}), "comment { id }").await;
        assert_eq!(state(&other).await, "OFFERED");
        // Given back during the hold, undoing the decision brings no hand-over back.
        let third = observation(&nurse, "The scanner is out.").await;
        offered(&third).await;
        let done = verb(&it, "submissionMove", json!({"id": third, "to": "ACCEPTED"}), "decision { id }").await;
        verb(&it, "submissionHandOverReturn", json!({"id": third, "note": "Not ours."}), "submission { id }").await;
        verb(&reviewer, "decisionUndo", json!({"id": done["decision"]["id"]}), "submission { id }").await;
        assert_eq!(of(&reviewer, &third, "phase handover { state }").await, json!({"phase": "SUBMITTED", "handover": null}));
        app.pass(2 * MINUTE).await;
    }

    async fn staff_report_and_moderators_see_to_it(app) {
        let o = &app.organisation;
        let (nurse, colleague, manager) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await, app.sign_in(o.manager).await);
        let (reviewer, moderator) = (app.sign_in(o.reviewer).await, app.sign_in(o.moderator).await);
        let seen = observation(&nurse, "Jane Miller of bed four shouted.").await;
        let plain = idea(&nurse, "Hooks, please.").await;
        app.settle().await;
        app.mails.clear();
        // Only what one reads, never one's own, and with what is wrong.
        for (client, input, code, field) in [
            (&colleague, json!({"id": seen, "reason": "OFFENSIVE"}), "NOT_FOUND", json!(["id"])),
            (&nurse, json!({"id": seen, "reason": "OFFENSIVE"}), "INVALID", json!(["id"])),
            (&manager, json!({"id": seen, "reason": "OTHER"}), "REQUIRED", json!(["note"])),
            (&manager, json!({"id": seen, "reason": "OTHER", "note": "x".repeat(501)}), "TOO_LONG", json!(["note"])),
            (&manager, json!({"id": seen, "commentId": "comment_00000000000000000000000000", "reason": "OFFENSIVE"}), "NOT_FOUND", json!(["commentId"])),
        ] {
            let found = refused(client, "submissionReport", input).await;
            assert_eq!((found.0.as_str(), found.1), (code, field), "{}", found.2);
        }
        assert_eq!(of(&moderator, &seen, "id").await, Value::Null, "not reported, not a moderator's");
        let before = app.dump(&[]).await;
        let input = json!({"id": seen, "reason": "PERSONAL_DATA", "note": "Jane Miller is a customer."});
        assert_eq!(verb(&manager, "submissionReport", input.clone(), "alreadyReported").await["alreadyReported"], false);
        let after = app.dump(&[]).await;
        let again = json!({"id": seen, "reason": "OFFENSIVE"});
        assert_eq!(verb(&manager, "submissionReport", again, "alreadyReported").await["alreadyReported"], true);
        assert_eq!(changed(&after, &app.dump(&[]).await), Vec::<String>::new(), "once for each person");
        assert!(!changed(&before, &after).is_empty());
        // The moderator reads it from now on, and is told once, in the app alone. Nobody learns who it was.
        app.settle().await;
        let note = "{ notifications(first: 9) { nodes { kind submissionId } } }";
        let told = moderator.ask(note, json!({})).await["notifications"]["nodes"].clone();
        assert_eq!(told, json!([{"kind": "REPORTED", "submissionId": seen}]));
        assert!(app.mails.mails().is_empty());
        let reports = "{ reports(first: 10) { totalCount nodes { id reason note commentId resolution submission { id text } } } }";
        for client in [&moderator, &reviewer] {
            let found = client.ask(reports, json!({})).await["reports"].clone();
            assert_eq!((&found["totalCount"], &found["nodes"][0]["note"]), (&json!(1), &json!("Jane Miller is a customer.")));
            assert_eq!(found["nodes"][0]["submission"]["text"], "Jane Miller of bed four shouted.");
            assert_eq!(of(client, &seen, HANDLING).await["reports"][0]["reason"], "PERSONAL_DATA");
        }
        for client in [&nurse, &colleague, &manager] {
            assert_eq!(client.ask(reports, json!({})).await["reports"]["totalCount"], 0);
            assert_eq!(of(client, &seen, HANDLING).await["reports"], Value::Null);
        }
        let history = of(&reviewer, &seen, "history(first: 50) { nodes { kind actor { name } } }").await.to_string();
        assert!(history.contains(r#"{"actor":null,"kind":"submission.reported"}"#), "{history}");
        assert!(!of(&nurse, &seen, "history(first: 50) { nodes { kind } }").await.to_string().contains("reported"));
        // A redaction takes the words out of the report too.
        verb(&moderator, "submissionRedact", json!({"id": seen, "passages": ["Jane Miller"], "reason": "PERSONAL_DATA"}), "places").await;
        let found = moderator.ask(reports, json!({})).await["reports"]["nodes"][0]["note"].clone();
        assert_eq!(found, "[removed by the CX team] is a customer.");
        // Looked at and closed, the moderator reads it no more.
        verb(&moderator, "submissionReportsClose", json!({"id": seen}), "submission { id }").await;
        assert_eq!(of(&moderator, &seen, "id").await, Value::Null);
        assert_eq!(moderator.ask(reports, json!({})).await["reports"]["totalCount"], 0);
        let closed = "{ reports(first: 10, filter: {resolved: true}) { nodes { resolution resolvedAt } } }";
        assert_eq!(reviewer.ask(closed, json!({})).await["reports"]["nodes"][0]["resolution"], "CLOSED");
        assert_eq!(refused(&colleague, "submissionReportsClose", json!({"id": plain})).await.0, "FORBIDDEN");

        // A comment: hiding the submission settles it, and the moderator keeps reading what was hidden.
        let rude = verb(&nurse, "commentAdd", json!({"submissionId": plain, "text": "You are all fools."}), "comment { id }").await["comment"]["id"].clone();
        verb(&colleague, "submissionReport", json!({"id": plain, "commentId": rude, "reason": "OFFENSIVE"}), "alreadyReported").await;
        verb(&manager, "submissionReport", json!({"id": plain, "commentId": rude, "reason": "OFFENSIVE"}), "alreadyReported").await;
        assert_eq!(refused(&nurse, "submissionReport", json!({"id": plain, "commentId": rude, "reason": "OFFENSIVE"})).await.0, "INVALID");
        app.settle().await;
        let told = moderator.ask(note, json!({})).await["notifications"]["nodes"].clone();
        assert_eq!(told.as_array().map(Vec::len), Some(2), "the second report of the same tells nobody again: {told}");
        verb(&moderator, "submissionHide", json!({"id": plain, "reason": "OFFENSIVE"}), "submission { id }").await;
        let seen = of(&moderator, &plain, HANDLING).await;
        assert_eq!((&seen["reports"][0]["commentId"], &seen["reports"][1]["resolution"]), (&rude, &json!("HIDDEN")));
        app.settle().await;

        // Twenty a day.
        let mut refusals = 0;
        for number in 0..22 {
            let id = idea(&nurse, &format!("Idea number {number}.")).await;
            let input = json!({"in": {"id": id, "reason": "OFF_TOPIC"}});
            let answer = colleague.send(&document("submissionReport", "alreadyReported"), input).await;
            let errors = answer.data()["submissionReport"]["userErrors"].clone();
            refusals += usize::from(errors[0]["code"] == "TOO_MANY_ATTEMPTS");
        }
        assert_eq!(refusals, 3, "one of the twenty was used before");
        app.settle().await;
    }

    async fn the_one_request_verb_warns_and_fills_templates(app) {
        let o = &app.organisation;
        let nurse = app.sign_in(o.nurse).await;
        let (reviewer, second) = (app.sign_in(o.reviewer).await, app.sign_in(o.second_reviewer).await);
        verb(&second, "loadLimitSet", json!({"personId": id(o.second_reviewer), "limit": 1}), "limited").await;
        let mut warned = Vec::new();
        let mut ids = Vec::new();
        for number in 0..2 {
            let one = observation(&nurse, &format!("The lift is out for the {number}. time.")).await;
            let input = json!({"id": one, "assigneeId": id(o.second_reviewer)});
            let done = verb(&reviewer, "submissionTriage", input, "warnings { code openCount limit message }").await;
            warned.push(done["warnings"].clone());
            ids.push(one);
        }
        assert_eq!(warned[0], json!([]));
        assert_eq!((&warned[1][0]["code"], &warned[1][0]["openCount"], &warned[1][0]["limit"]), (&json!("OVER_LIMIT"), &json!(2), &json!(1)));
        let input = json!({"ids": ids, "assigneeId": id(o.second_reviewer)});
        let done = verb(&reviewer, "submissionsTriage", input, "warnings { code } results { userErrors { message } }").await;
        assert_eq!(done["warnings"], json!([{"code": "OVER_LIMIT"}]));
        let done = verb(&reviewer, "submissionTriage", json!({"id": ids[0], "correct": {"severity": "LOW"}}), "warnings { code }").await;
        assert_eq!(done["warnings"], json!([]), "nobody was given anything");
        // Who is away is refused, and who stands in is named.
        let away = json!({"from": "2026-03-02", "to": "2026-03-03", "delegateId": id(o.head)});
        verb(&second, "absenceCreate", away, "absence { id }").await;
        let input = json!({"in": {"id": ids[0], "assigneeId": id(o.second_reviewer)}});
        let found = reviewer.refused("submissionTriage", &document("submissionTriage", "__typename"), input).await;
        assert_eq!((&found["code"], &found["field"], &found["allowed"]), (&json!("INVALID"), &json!(["assigneeId"]), &json!([id(o.head)])));

        // A template with the cause that the same call links, in every verb that links.
        let template = async |name: &str, text: &str| {
            let input = json!({"name": name, "texts": [{"language": "en", "text": text}, {"language": "es", "text": format!("ES {text}")}]});
            verb(&reviewer, "replyTemplateCreate", input, "replyTemplate { id }").await["replyTemplate"]["id"].clone()
        };
        let because = template("Because", "It happens because of: {cause}.").await;
        let where_ = template("Where", "It happens at {touchpoint}.").await;
        let why = cause(&reviewer, "Old lifts").await;
        let (a, b, c) = (observation(&nurse, "A").await, observation(&nurse, "B").await, observation(&nurse, "C").await);
        verb(&reviewer, "causeLink", json!({"submissionId": a, "causeIds": [why], "replyTemplateId": because}), "submission { phase }").await;
        let words = "pendingDecision { message messageLanguage }";
        assert_eq!(of(&reviewer, &a, words).await["pendingDecision"], json!({"message": "It happens because of: Old lifts.", "messageLanguage": "en"}));
        let link = json!({"newCause": {"name": "No spare parts", "category": "PROCESS"}});
        verb(&reviewer, "submissionTriage", json!({"id": b, "move": {"to": "ACCEPTED", "replyTemplateId": because}, "link": link}), "submission { id }").await;
        assert_eq!(of(&reviewer, &b, words).await["pendingDecision"]["message"], "It happens because of: No spare parts.");
        verb(&reviewer, "submissionTriage", json!({"id": c, "link": {"causeIds": [why], "replyTemplateId": because}}), "submission { id }").await;
        assert_eq!(of(&reviewer, &c, words).await["pendingDecision"]["message"], "It happens because of: Old lifts.");
        let d = observation(&nurse, "D").await;
        let before = app.dump(&[]).await;
        for (mutation, input, field) in [
            ("causeLink", json!({"submissionId": d, "causeIds": [why], "replyTemplateId": where_}), json!(["replyTemplateId"])),
            ("causeLink", json!({"submissionId": d, "causeIds": [why], "replyTemplateId": because, "message": "Both."}), json!(["replyTemplateId"])),
            ("submissionTriage", json!({"id": d, "link": {"causeIds": [why], "replyTemplateId": where_}}), json!(["link", "replyTemplateId"])),
            ("submissionTriage", json!({"id": d, "move": {"to": "ACCEPTED", "replyTemplateId": where_}, "link": {"causeIds": [why]}}), json!(["move", "replyTemplateId"])),
            ("causeLink", json!({"submissionId": a, "newCause": {"name": "Another", "category": "PLACE"}, "replyTemplateId": because}), json!(["replyTemplateId"])),
        ] {
            let found = refused(&reviewer, mutation, input.clone()).await;
            assert_eq!((found.0.as_str(), found.1), ("INVALID", field), "{input}: {}", found.2);
            assert!(!input.to_string().contains(where_.as_str().unwrap()) || found.2.contains("{touchpoint}"), "{}", found.2);
        }
        assert_eq!(changed(&before, &app.dump(&[]).await), Vec::<String>::new());
        app.pass(2 * MINUTE).await;
    }

    async fn rules_and_models_link_and_move_nothing(app) {
        let o = &app.organisation;
        let (nurse, head, admin) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await, app.sign_in(o.admin).await);
        let why = cause(&head, "Old lifts").await;
        let (gone, into) = (cause(&head, "Worn lifts").await, cause(&head, "Lifts").await);
        verb(&head, "causeMerge", json!({"id": gone, "intoId": into}), "cause { id }").await;
        let rule = |cause: &str| json!({"name": "Lifts", "conditions": {"words": ["lift"]}, "actions": {"causeId": cause}});
        let query = document("routingRuleCreate", "routingRule { id }");
        let found = head.refused("routingRuleCreate", &query, json!({"in": rule(&gone)})).await;
        assert_eq!((&found["code"], &found["field"], &found["allowed"]), (&json!("INVALID"), &json!(["actions", "causeId"]), &json!([into])));
        let early = observation(&nurse, "The lift was out.").await;
        let made = verb(&head, "routingRuleCreate", rule(&why), "routingRule { id state actions { cause { name } } }").await["routingRule"].clone();
        assert_eq!((&made["state"], &made["actions"]["cause"]["name"]), (&json!("ACTIVE"), &json!("Old lifts")));
        let preview = "query($in: RoutingPreviewInput!) { routingPreview(input: $in) { count linkCount } }";
        let look = async |input: Value| head.ask(preview, json!({"in": input})).await["routingPreview"].clone();
        assert_eq!(look(json!({"ruleId": made["id"]})).await, json!({"count": 1, "linkCount": 1}));
        assert_eq!(look(json!({"conditions": {"kind": "OBSERVATION"}, "causeId": into})).await, json!({"count": 1, "linkCount": 1}));
        assert_eq!(look(json!({"conditions": {"kind": "OBSERVATION"}})).await, json!({"count": 1, "linkCount": 0}));
        app.house.clock.advance(SECOND);
        let late = observation(&nurse, "The lift is out again.").await;
        app.settle().await;
        let links = "phase shownPhase version causes { source createdBy { name } cause { name reach } } history(first: 50) { nodes { kind byRule actorKind } }";
        let seen = of(&head, &late, links).await;
        assert_eq!((&seen["phase"], &seen["causes"]), (&json!("SUBMITTED"), &json!([{"source": "RULE", "createdBy": null, "cause": {"name": "Old lifts", "reach": 1}}])));
        assert!(seen["history"]["nodes"].to_string().contains(r#""actorKind":"SYSTEM","byRule":"Lifts","kind":"cause.linked""#), "{seen}");
        assert_eq!(of(&head, &early, links).await["causes"], json!([]), "what came before is none of its business");
        assert_eq!(look(json!({"ruleId": made["id"]})).await, json!({"count": 2, "linkCount": 1}));

        // A person says the same: that is a decision, and undone it is the rule's word again.
        let before = app.dump(&["fact", "submission", "decision", "clock"]).await;
        let done = verb(&head, "causeLink", json!({"submissionId": late, "causeIds": [why], "note": "Asked."}), "links { source note } submission { phase pendingDecision { id } }").await;
        assert_eq!((&done["links"], &done["submission"]["phase"]), (&json!([{"source": "PERSON", "note": "Asked."}]), &json!("ACCEPTED")));
        verb(&head, "decisionUndo", json!({"id": done["submission"]["pendingDecision"]["id"]}), "submission { id }").await;
        assert_eq!(changed(&before, &app.dump(&["fact", "submission", "decision", "clock"]).await), Vec::<String>::new());
        assert_eq!(of(&head, &late, links).await["causes"][0]["source"], "RULE");
        // Taken away, it says who had made it.
        let done = verb(&head, "causeUnlink", json!({"submissionId": late, "causeId": why}), "source submission { phase }").await;
        assert_eq!(done, json!({"source": "RULE", "submission": {"phase": "SUBMITTED"}, "userErrors": []}));
        // Its cause merged away, the rule rests.
        verb(&head, "causeMerge", json!({"id": why, "intoId": into}), "cause { id }").await;
        let listed = head.ask("{ routingRules(first: 9) { nodes { state flaws } } }", json!({})).await;
        assert_eq!(listed["routingRules"]["nodes"], json!([{"state": "BROKEN", "flaws": ["CAUSE_GONE"]}]));
        observation(&nurse, "The lift, the third time.").await;
        app.settle().await;

        // A model: with the scope for it, what it reads, and nothing else.
        let model = integration(app, &admin, "Model", json!(["CONTENT", "LINK"])).await.2;
        let blind = integration(app, &admin, "Blind", json!(["LINK"])).await.2;
        let reader = integration(app, &admin, "Reader", json!(["CONTENT"])).await.2;
        verb(&head, "causeLink", json!({"submissionId": early, "causeIds": [into]}), "links { source }").await;
        app.pass(2 * MINUTE).await;
        let south = observation(&app.sign_in(o.chemist).await, "The lift of the lab is out.").await;
        let link = json!({"submissionId": late, "causeIds": [into], "note": "0.93"});
        for (client, input, code, field) in [
            (&reader, link.clone(), "FORBIDDEN", json!([])),
            (&blind, link.clone(), "NOT_FOUND", json!(["submissionId"])),
            (&model, json!({"submissionId": south, "causeIds": [into]}), "NOT_FOUND", json!(["submissionId"])),
            (&model, json!({"submissionId": late, "causeIds": []}), "REQUIRED", json!(["causeIds"])),
            (&model, json!({"submissionId": late, "causeIds": [into], "message": "Because."}), "INVALID", json!(["message"])),
            (&model, json!({"submissionId": late, "newCause": {"name": "Ropes", "category": "PLACE"}}), "INVALID", json!(["newCause"])),
        ] {
            let query = document("causeLink", "__typename");
            let answer = client.send(&query, json!({"in": input})).await;
            let error = answer.data()["causeLink"]["userErrors"][0].clone();
            assert_eq!((&error["code"], &error["field"]), (&json!(code), &field), "{input}: {}", answer.body);
        }
        let done = verb(&model, "causeLink", link.clone(), "links { source }").await;
        assert_eq!(done["links"], json!([{"source": "MODEL"}]));
        assert_eq!(verb(&model, "causeLink", link, "links { source }").await["links"], json!([]));
        let head = app.sign_in(o.head).await;
        let seen = of(&head, &late, "phase causes { source note }").await;
        assert_eq!(seen, json!({"phase": "SUBMITTED", "causes": [{"source": "MODEL", "note": "0.93"}]}));
        app.settle().await;
    }
}

//! Splits and redactions to the last copy, twins that hear of the canonical one, and what people
//! leave behind.

use entity::instant::{DAY, MINUTE, SECOND};
use sea_orm::{ConnectionTrait, FromQueryResult, JsonValue, Statement};
use serde_json::{Value, json};

use crate::following::{STEPS, Socket};
use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::mail::Behaviour;
use crate::kit::people::mail_of;
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

async fn refused(client: &Client, mutation: &str, input: Value) -> (Value, Value) {
    let query = document(mutation, "__typename");
    let refused = client.refused(mutation, &query, json!({"in": input})).await;
    (refused["code"].clone(), refused["field"].clone())
}

async fn sent(client: &Client, kind: &str, text: &str) -> String {
    let input = json!({"text": text, "kind": kind});
    let done = verb(client, "submissionSend", input, "submission { id }").await;
    done["submission"]["id"].as_str().expect("an id").to_owned()
}

async fn of(client: &Client, id: &str, selection: &str) -> Value {
    let query = format!("query($id: ID!) {{ submission(by: {{id: $id}}) {{ {selection} }} }}");
    client.ask(&query, json!({"id": id})).await["submission"].clone()
}

/// Ids of the new parts.
async fn split(client: &Client, id: &str, texts: &[&str]) -> Vec<String> {
    let parts: Vec<Value> = texts.iter().map(|text| json!({"text": text})).collect();
    let version = of(client, id, "version").await["version"].clone();
    let input = json!({"id": id, "parts": parts, "expectedVersion": version});
    let done = verb(client, "submissionSplit", input, "parts { id }").await;
    let parts = done["parts"].as_array().expect("parts");
    parts.iter().map(|part| part["id"].as_str().expect("an id").to_owned()).collect()
}

async fn join(client: &Client, id: &str, into: &str) {
    let input = json!({"id": id, "intoId": into, "announce": "NOW"});
    verb(client, "submissionMerge", input, "submission { id }").await;
}

async fn rows(app: &TestApp, sql: &str) -> Vec<JsonValue> {
    let scope = app.system();
    let db = scope.db();
    let found = Statement::from_string(db.get_database_backend(), sql.to_owned());
    JsonValue::find_by_statement(found).all(&db).await.expect("rows")
}

async fn found(client: &Client, text: &str) -> Vec<String> {
    let query =
        "query($t: String!) { submissions(first: 50, filter: {text: $t}) { nodes { id } } }";
    let found = client.ask(query, json!({"t": text})).await;
    let nodes = found["submissions"]["nodes"].as_array().expect("nodes").clone();
    nodes.iter().map(|node| node["id"].as_str().expect("an id").to_owned()).collect()
}

const SECRET: &str = "Zacharias Quennell";

on_both! {
    async fn splitting_and_correcting_the_kind_open_nothing(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let id = sent(&nurse, "OBSERVATION", "She shouted. Put up a sign.").await;
        verb(&reviewer, "submissionHandOver", json!({"id": id, "functionId": o.it.to_string()}), "submission { id }").await;
        verb(&app.sign_in(o.it_reviewer).await, "submissionHandOverReturn", json!({"id": id, "note": "Not ours."}), "submission { id }").await;
        for (at, kinds) in [("0", ["IDEA", "OBSERVATION"]), ("1", ["OBSERVATION", "IDEA"])] {
            let parts = json!([{"text": "She shouted.", "kind": kinds[0]}, {"text": "A sign.", "kind": kinds[1]}]);
            let found = refused(&reviewer, "submissionSplit", json!({"id": id, "parts": parts, "clientKey": at})).await;
            assert_eq!(found, (json!("INVALID"), json!(["parts", at, "kind"])));
        }
        let part = split(&reviewer, &id, &["She shouted.", "Put up a sign."]).await.remove(0);
        // Put right afterwards, it is an idea that nobody has opened yet.
        verb(&reviewer, "submissionUpdateTriage", json!({"id": part, "kind": "IDEA"}), "submission { id }").await;
        let (colleague, cook) = (app.sign_in(o.colleague).await, app.sign_in(o.cook).await);
        assert!(of(&colleague, &part, "id").await.is_object() && of(&cook, &part, "id").await.is_null());
        // Also when its author does it.
        let own = sent(&nurse, "OBSERVATION", "Put up a sign.").await;
        verb(&reviewer, "submissionOpen", json!({"id": own}), "submission { id }").await;
        verb(&nurse, "submissionCorrectKind", json!({"id": own, "kind": "IDEA"}), "submission { id }").await;
        assert!(of(&colleague, &own, "id").await.is_object() && of(&cook, &own, "id").await.is_null());
        verb(&reviewer, "submissionOpen", json!({"id": own}), "submission { id }").await;
        assert!(of(&cook, &own, "id").await.is_object());
        app.settle().await;
    }

    async fn parts_go_on_from_where_the_whole_stood(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let rule = json!({"name": "Printers", "conditions": {"words": ["printer"]}, "actions": {"functionId": o.it.to_string(), "tags": ["it"]}});
        verb(&head, "routingRuleCreate", rule, "routingRule { id }").await;
        app.house.clock.advance(SECOND);
        let id = sent(&nurse, "IDEA", "The printer is out. The printer is loud.").await;
        app.settle().await;
        let it = app.sign_in(o.it_reviewer).await;
        verb(&it, "submissionHandOverReturn", json!({"id": id, "note": "Not ours."}), "submission { id }").await;
        app.pass(DAY).await;
        let reviewer = app.sign_in(o.reviewer).await;
        verb(&reviewer, "commentAdd", json!({"submissionId": id, "text": "We look at it."}), "comment { id }").await;
        app.pass(4 * DAY).await;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let clocks = "SELECT c.kind, c.round, c.state, c.started_at, c.due_at, c.stopped_at, c.took, c.met FROM clock c JOIN submission s ON s.id = c.submission_id WHERE s.split_from IS";
        let of_whole = rows(app, &format!("{clocks} NULL ORDER BY 1, 2")).await;
        assert!(of_whole.iter().any(|clock| clock["state"] == "STOPPED"), "the author was answered");
        let part = split(&reviewer, &id, &["The printer is out.", "The printer is loud."]).await.remove(0);
        app.settle().await;
        assert_eq!(rows(app, &format!("{clocks} NOT NULL ORDER BY 1, 2")).await, of_whole, "answered is answered, and waited is waited");
        let due = rows(app, "SELECT due_at FROM submission").await;
        assert_eq!(due[0], due[1]);
        // No rule sends a part where the whole came back from.
        let seen = of(&reviewer, &part, "version tags handover { state }").await;
        assert_eq!((&seen["version"], &seen["handover"], &seen["tags"]), (&json!(1), &Value::Null, &json!(["it"])));
        // On the daily list of somebody, it can be undone all the same.
        let scope = app.system();
        let tx = scope.begin().await.expect("a transaction");
        tx.execute_unprepared("INSERT INTO escalated (person_id, day, submission_id, created_at) SELECT p.id, '2026-03-02', s.id, 0 FROM submission s, (SELECT id FROM person ORDER BY name LIMIT 1) p WHERE s.split_from IS NOT NULL").await.expect("a line of a list");
        // So it can in the next digest of somebody.
        for sql in [
            "INSERT INTO notification (id, person_id, submission_id, kind, fact_seq, created_at) SELECT s.id, p.id, s.id, 'PROMISE_PASSED', 1, 0 FROM submission s, (SELECT id FROM person ORDER BY name LIMIT 1) p WHERE s.split_from IS NOT NULL",
            "INSERT INTO digest_line (notification_id, person_id, due_at) SELECT id, person_id, 4102444800000000 FROM notification WHERE kind = 'PROMISE_PASSED'",
        ] {
            tx.execute_unprepared(sql).await.expect("a line of a digest");
        }
        tx.commit(()).await.expect("written");
        verb(&reviewer, "submissionSplitUndo", json!({"id": id}), "submission { id }").await;
        assert!(rows(app, "SELECT notification_id FROM digest_line WHERE due_at = 4102444800000000").await.is_empty(), "nobody is told of a part that is none");
        assert!(of(&reviewer, &part, "id").await.is_null() && of(&nurse, &id, "id").await.is_object());
        // What is planned for a part keeps it.
        let part = split(&reviewer, &id, &["The printer is out.", "The printer is loud."]).await.remove(0);
        verb(&reviewer, "outcomeAdd", json!({"submissionId": part, "kind": "QUALITY", "title": "Noise", "unitOfMeasure": "dB", "direction": "LOWER"}), "outcome { id }").await;
        assert_eq!(refused(&reviewer, "submissionSplitUndo", json!({"id": id})).await.0, "TOO_LATE");
        app.settle().await;
    }

    async fn a_split_is_undone_while_a_digest_waits(app) {
        let o = &app.organisation;
        let (colleague, reviewer) = (app.sign_in(o.colleague).await, app.sign_in(o.reviewer).await);
        let id = sent(&colleague, "IDEA", "One. Two.").await;
        verb(&reviewer, "commentAdd", json!({"submissionId": id, "text": "We look at both."}), "comment { id }").await;
        app.settle().await;
        let waits = "SELECT notification_id FROM digest_line WHERE mail_id IS NULL";
        assert_eq!(rows(app, waits).await.len(), 1, "the comment comes with the digest of the next morning");
        let part = split(&reviewer, &id, &["One.", "Two."]).await.remove(0);
        app.settle().await;
        let told = rows(app, "SELECT id FROM notification WHERE kind = 'SPLIT'").await;
        assert_eq!(told.len(), 1, "the author hears of the split");
        // Whatever tells of it, and of a part, may wait for a digest too.
        let tx = app.system().begin().await.expect("a transaction");
        for sql in [
            "INSERT INTO notification (id, person_id, submission_id, kind, fact_seq, created_at) SELECT s.id, s.author_id, s.id, 'REDACTED', 1, 0 FROM submission s WHERE s.split_from IS NOT NULL",
            "INSERT INTO digest_line (notification_id, person_id, due_at) SELECT id, person_id, (SELECT MIN(due_at) FROM digest_line) FROM notification WHERE kind IN ('SPLIT', 'REDACTED')",
        ] {
            tx.execute_unprepared(sql).await.expect("a line of a digest");
        }
        tx.commit_silently(()).await.expect("written");
        assert_eq!(rows(app, waits).await.len(), 3);
        verb(&reviewer, "submissionSplitUndo", json!({"id": id}), "submission { id }").await;
        assert_eq!(rows(app, waits).await.len(), 1, "what is so still waits, and nothing of what is not");
        assert!(rows(app, "SELECT id FROM notification WHERE kind IN ('SPLIT', 'REDACTED')").await.is_empty());
        assert!(of(&colleague, &part, "id").await.is_null());
        app.pass(DAY).await;
        let mails = app.mails.mails();
        assert_eq!(mails.len(), 1, "one digest");
        let words = mails[0].text();
        assert!(words.contains("EAR-1") && words.contains("We look at both.") && !words.contains("EAR-2"), "{words}");
        app.pass(DAY).await;
        assert_eq!(app.mails.mails().len(), 1, "and no other one");
        assert!(rows(app, "SELECT notification_id FROM digest_line").await.is_empty());
    }

    async fn splits_are_undone_one_after_the_other(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let id = sent(&nurse, "IDEA", "One. Two. Three. Four.").await;
        let parts = json!([{"text": "One."}, {"text": "Two."}]);
        assert_eq!(refused(&reviewer, "submissionSplit", json!({"id": id, "parts": parts})).await, (json!("REQUIRED"), json!(["expectedVersion"])));
        let part = split(&reviewer, &id, &["One. Two.", "Three. Four."]).await.remove(0);
        split(&reviewer, &part, &["Three.", "Four."]).await;
        split(&reviewer, &id, &["One.", "Two."]).await;
        let undo = document("submissionSplitUndo", "submission { text }");
        let found = reviewer.refused("submissionSplitUndo", &undo, json!({"in": {"id": "sub_00000000000000000000000000"}})).await;
        assert_eq!(found["code"], "NOT_FOUND");
        for (one, text) in [(&id, "One. Two."), (&part, "Three. Four."), (&id, "One. Two. Three. Four.")] {
            let done = verb(&reviewer, "submissionSplitUndo", json!({"id": one}), "submission { text }").await;
            assert_eq!(done["submission"]["text"], text);
        }
        // What happened is said: to the whole, or to a part.
        split(&reviewer, &id, &["One. Two.", "Three. Four."]).await;
        verb(&reviewer, "submissionTake", json!({"id": id}), "submission { id }").await;
        let found = reviewer.refused("submissionSplitUndo", &undo, json!({"in": {"id": id}})).await;
        assert!(found["code"] == "TOO_LATE" && found["message"].as_str().unwrap().starts_with("Something happened to it since"), "{found}");
        app.settle().await;
    }

    async fn search_and_reach_follow_a_split(app) {
        let o = &app.organisation;
        let (nurse, colleague, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await, app.sign_in(o.reviewer).await);
        let id = sent(&nurse, "IDEA", "Hooks are missing. The elevator is slow.").await;
        verb(&colleague, "submissionVote", json!({"submissionId": id}), "submission { id }").await;
        let documents = "SELECT submission_id FROM search_document";
        let before = rows(app, documents).await.len();
        for _ in 0..2 {
            let part = split(&reviewer, &id, &["Hooks are missing.", "The elevator is slow."]).await.remove(0);
            assert_eq!((found(&nurse, "hooks").await, found(&nurse, "elevator").await), (vec![id.clone()], vec![part.clone()]));
            assert_eq!(found(&nurse, "elevator hooks").await, Vec::<String>::new());
            assert_eq!(rows(app, documents).await.len(), before + 1);
            // The vote stays with the whole, the author counts for each.
            assert_eq!((of(&reviewer, &id, "reach voteCount").await, of(&reviewer, &part, "reach voteCount").await),
                (json!({"reach": 2, "voteCount": 1}), json!({"reach": 1, "voteCount": 0})));
            verb(&reviewer, "submissionSplitUndo", json!({"id": id}), "submission { id }").await;
            assert_eq!(found(&nurse, "elevator hooks").await, vec![id.clone()]);
            assert_eq!((found(&nurse, "elevator").await.len(), rows(app, documents).await.len()), (1, before));
        }
        // Both parts linked to one cause: one author, two submissions, as a recount says.
        let part = split(&reviewer, &id, &["Hooks are missing.", "The elevator is slow."]).await.remove(0);
        let cause = verb(&reviewer, "causeCreate", json!({"name": "Nobody orders", "category": "PROCESS"}), "cause { id }").await["cause"]["id"].clone();
        for one in [&id, &part] {
            verb(&reviewer, "causeLink", json!({"submissionId": one, "causeIds": [cause]}), "links { source }").await;
        }
        let counted = rows(app, "SELECT reach, submission_count FROM root_cause").await;
        let people = "SELECT s.author_id AS person FROM cause_link l JOIN submission s ON s.id = l.submission_id
            UNION SELECT v.person_id FROM cause_link l JOIN vote v ON v.submission_id = l.submission_id";
        let linked = rows(app, "SELECT DISTINCT submission_id FROM cause_link").await.len();
        assert_eq!(counted[0], json!({"reach": rows(app, people).await.len(), "submission_count": linked}));
        assert_eq!(counted[0]["reach"], 2);
        app.settle().await;
    }

    async fn words_go_from_every_generation_of_a_split(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        for from in 0..3 {
            let text = format!("One. {SECRET} is loud. Three.");
            let whole = sent(&nurse, "IDEA", &text).await;
            let part = split(&reviewer, &whole, &["One.", &format!("{SECRET} is loud. Three.")]).await.remove(0);
            let last = split(&reviewer, &part, &["Three.", &format!("{SECRET} is loud.")]).await.remove(0);
            let family = [whole, part, last];
            // Each of them knows the words, at least from what it once was.
            verb(&reviewer, "submissionRedact", json!({"id": family[from], "passages": [SECRET], "reason": "PERSONAL_DATA"}), "places").await;
            for id in &family {
                let seen = of(&reviewer, id, "text title ... on Idea { revisions { text title } }").await.to_string();
                assert!(!seen.contains("Quennell"), "redacted from {from}: {seen}");
            }
            assert_eq!(found(&reviewer, "Quennell").await, Vec::<String>::new());
        }
        app.settle().await;
    }

    async fn words_go_from_what_twins_say_and_hear(app) {
        let o = &app.organisation;
        let (nurse, colleague, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await, app.sign_in(o.reviewer).await);
        let root = sent(&nurse, "IDEA", "Hooks on the doors.").await;
        let twin = sent(&colleague, "IDEA", "Please put up hooks.").await;
        join(&reviewer, &twin, &root).await;
        let ask = json!({"id": root, "to": "NEEDS_INFO", "message": "Which door?", "announce": "NOW"});
        verb(&reviewer, "submissionMove", ask, "decision { id }").await;
        verb(&colleague, "questionAnswer", json!({"id": twin, "text": format!("Ask {SECRET}.")}), "submission { id }").await;
        let comments = "comments(first: 9) { nodes { text } }";
        assert!(of(&reviewer, &root, comments).await.to_string().contains("Quennell"));
        let outcome = json!({"submissionId": root, "kind": "QUALITY", "title": format!("What {SECRET} counts"), "unitOfMeasure": "coats", "direction": "LOWER"});
        verb(&reviewer, "outcomeAdd", outcome, "outcome { id }").await;
        app.settle().await;
        // A mail to the people of the twin is rendered, and cannot be sent.
        app.mails.clear();
        app.mails.always(Behaviour::HangUpAtOnce);
        verb(&reviewer, "submissionMove", json!({"id": root, "to": "UNDER_REVIEW", "announce": "NOW"}), "decision { id }").await;
        let step = json!({"id": root, "to": "ACCEPTED", "message": format!("{SECRET} brings them."), "announce": "NOW"});
        verb(&reviewer, "submissionMove", step, "decision { id }").await;
        app.pass(2 * MINUTE).await;
        let (nurse, colleague, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await, app.sign_in(o.reviewer).await);
        // From the twin: the copy on the canonical one goes too.
        verb(&reviewer, "submissionRedact", json!({"id": twin, "passages": [format!("Ask {SECRET}")], "reason": "PERSONAL_DATA"}), "places").await;
        for id in [&root, &twin] {
            let seen = of(&reviewer, id, comments).await.to_string();
            assert!(seen.contains("[removed") && !seen.contains("Quennell"), "{seen}");
            assert!(of(&reviewer, id, "history(first: 50) { nodes { kind } }").await.to_string().contains("submission.redacted"));
        }
        // From the canonical one: words to its author, mirrored on the twin, in the app and by mail.
        verb(&reviewer, "submissionRedact", json!({"id": root, "passages": [SECRET], "reason": "PERSONAL_DATA"}), "places").await;
        let told = "{ notifications(first: 20) { nodes { kind message } } }";
        for client in [&nurse, &colleague] {
            let told = client.ask(told, json!({})).await.to_string();
            assert!(told.contains("[removed") && !told.contains("Quennell"), "{told}");
        }
        let history = of(&colleague, &twin, "history(first: 50) { nodes { kind message } }").await.to_string();
        assert!(history.contains("[removed") && !history.contains("Quennell"), "{history}");
        let outcomes = of(&reviewer, &root, "outcomes { title }").await.to_string();
        assert!(!outcomes.contains("Quennell"), "{outcomes}");
        app.mails.always(Behaviour::Accept);
        app.pass(10 * MINUTE).await;
        let mails = app.mails.wait_until(|mails| mails.iter().any(|mail| mail.text().contains("brings them"))).await;
        assert!(!app.mails.mails_to(&mail_of("Colin Colleague")).is_empty() || !mails.is_empty());
        assert!(mails.iter().all(|mail| !mail.text().contains("Quennell") && !mail.html().contains("Quennell")));
        app.settle().await;
    }

    async fn taking_words_out_leaves_decisions_on_kin_alone(app) {
        let o = &app.organisation;
        let (nurse, reviewer, second) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await, app.sign_in(o.second_reviewer).await);
        for round in 0..6 {
            let whole = sent(&nurse, "IDEA", &format!("Hooks {round}. {SECRET} is loud.")).await;
            let part = split(&reviewer, &whole, &["Hooks.", &format!("{SECRET} is loud.")]).await.remove(0);
            let redact = json!({"in": {"id": part, "passages": [SECRET], "reason": "PERSONAL_DATA"}});
            let decline = json!({"in": {"id": whole, "to": "DECLINED", "reason": "COST", "message": "No.", "announce": "LATER"}});
            let (one, other) = (document("submissionRedact", "places"), document("submissionMove", "decision { id }"));
            let (redacted, declined) = tokio::join!(reviewer.send(&one, redact), second.send(&other, decline));
            assert_eq!(redacted.data()["submissionRedact"]["userErrors"], json!([]), "{}", redacted.body);
            assert_eq!(declined.data()["submissionMove"]["userErrors"], json!([]), "{}", declined.body);
            let seen = of(&second, &whole, "phase pendingDecision { id }").await;
            assert_eq!((&seen["phase"], &seen["pendingDecision"]), (&json!("DECLINED"), &declined.data()["submissionMove"]["decision"]));
        }
        app.settle().await;
    }

    async fn twins_hear_of_the_steps_of_the_canonical_one(app) {
        let o = &app.organisation;
        let (nurse, colleague, chemist, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await, app.sign_in(o.chemist).await, app.sign_in(o.head).await);
        // Far away from the twin's author, who does not read it.
        let root = sent(&chemist, "IDEA", "Lamps in the corridor.").await;
        let twin = sent(&nurse, "IDEA", "Light in the corridor, please.").await;
        verb(&colleague, "submissionFollow", json!({"submissionId": twin}), "submission { id }").await;
        join(&reviewer, &twin, &root).await;
        app.settle().await;
        let steps = STEPS.replace("reference", "reference idea { text shownPhase }");
        let mut sockets = Vec::new();
        for client in [&nurse, &colleague] {
            let mut socket = Socket::admitted(app, client).await;
            socket.subscribe("1", &steps, json!({"ids": [twin]})).await;
            sockets.push(socket);
        }
        let cook = app.sign_in(o.cook).await;
        let mut outside = Socket::admitted(app, &cook).await;
        outside.subscribe("1", &steps, json!({"ids": [twin]})).await;
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        let step = json!({"id": root, "to": "DEFERRED", "reason": "BUDGET", "message": "Later.", "wakeOn": "2026-06-01", "announce": "NOW"});
        let reasons = reviewer.ask("{ reasons { code phase } }", json!({})).await["reasons"].clone();
        let reason = reasons.as_array().unwrap().iter().find(|it| it["phase"] == "DEFERRED").unwrap()["code"].clone();
        let mut step = step;
        step["reason"] = reason;
        verb(&reviewer, "submissionMove", step, "decision { id }").await;
        app.settle().await;
        let reference = of(&nurse, &twin, "reference").await["reference"].clone();
        let mut cursor = Value::Null;
        for socket in &mut sockets {
            let told = socket.step().await;
            assert_eq!((&told["reference"], &told["from"], &told["to"]), (&reference, &json!("SUBMITTED"), &json!("DEFERRED")));
            assert_eq!(told["idea"], json!({"text": "Light in the corridor, please.", "shownPhase": "DEFERRED"}), "mirrored, never its text");
            assert!(socket.is_quiet().await, "once");
            cursor = told["cursor"].clone();
        }
        assert!(outside.is_quiet().await, "told to somebody who may not read the twin");
        // Who reads both hears both, and goes on between them.
        let second_twin = sent(&cook, "IDEA", "Lamps, also mine.").await;
        join(&reviewer, &second_twin, &root).await;
        app.settle().await;
        let mut both = Socket::admitted(app, &cook).await;
        both.subscribe("1", &steps, json!({"ids": [root, second_twin], "after": cursor})).await;
        let joined = both.step().await;
        assert_eq!(joined["to"], "MERGED");
        verb(&reviewer, "submissionMove", json!({"id": root, "to": "UNDER_REVIEW", "announce": "NOW"}), "decision { id }").await;
        app.settle().await;
        let (first, second) = (both.step().await, both.step().await);
        assert_eq!((&first["to"], &second["to"]), (&json!("UNDER_REVIEW"), &json!("UNDER_REVIEW")));
        assert_ne!(first["reference"], second["reference"]);
        drop(both);
        let mut again = Socket::admitted(app, &cook).await;
        again.subscribe("1", &steps, json!({"ids": [root, second_twin], "after": first["cursor"]})).await;
        assert_eq!(again.step().await["reference"], second["reference"]);
        assert!(again.is_quiet().await);
    }

    async fn a_mail_says_in_which_languages_it_is(app) {
        let o = &app.organisation;
        let (cook, reviewer) = (app.sign_in(o.cook).await, app.sign_in(o.reviewer).await);
        let id = sent(&cook, "OBSERVATION", "Hace frío en la cocina.").await;
        let step = json!({"id": id, "to": "ACCEPTED", "message": "We know why.", "messageLanguage": "en-GB", "announce": "NOW"});
        app.mails.clear();
        verb(&reviewer, "submissionMove", step, "decision { id }").await;
        app.settle().await;
        let mail = app.mails.wait_for(1).await.remove(0);
        assert_eq!(mail.header("Content-Language").as_deref(), Some("es, en-GB"));
        let html = mail.html();
        assert!(html.contains(r#"<html lang="es""#) && html.contains(r#" lang="en-GB""#), "{html}");
        let step = json!({"id": id, "to": "IMPLEMENTED", "message": "Ya está.", "messageLanguage": "es", "announce": "NOW"});
        app.mails.clear();
        verb(&reviewer, "submissionMove", step, "decision { id }").await;
        app.settle().await;
        let mail = app.mails.wait_for(1).await.remove(0);
        assert_eq!(mail.header("Content-Language").as_deref(), Some("es"));
    }

    async fn views_of_who_left_are_taken_over(app) {
        let o = &app.organisation;
        let (leaver, second, south, admin) = (app.sign_in(o.reviewer).await, app.sign_in(o.second_reviewer).await, app.sign_in(o.south_reviewer).await, app.sign_in(o.admin).await);
        let save = async |name: &str, with: &str, unit: Option<String>| {
            let input = json!({"name": name, "sharedWith": with, "unitId": unit});
            verb(&leaver, "triageViewCreate", input, "view { id }").await["view"]["id"].clone()
        };
        let of_unit = save("Lifts", "UNIT", Some(o.north.to_string())).await;
        let of_all = save("Everything", "REVIEWERS", None).await;
        let private = save("Mine", "PRIVATE", None).await;
        let more = save("More", "REVIEWERS", None).await;
        for (client, code) in [(&second, "FORBIDDEN"), (&south, "NOT_FOUND"), (&app.sign_in(o.nurse).await, "FORBIDDEN"), (&admin, "FORBIDDEN")] {
            assert_eq!(refused(client, "triageViewTakeOver", json!({"id": of_unit})).await.0, code);
        }
        verb(&admin, "personDeactivate", json!({"id": o.reviewer.to_string()}), "person { id }").await;
        for (client, view, code) in [(&south, &of_unit, "NOT_FOUND"), (&second, &private, "NOT_FOUND"), (&admin, &of_all, "FORBIDDEN")] {
            assert_eq!(refused(client, "triageViewTakeOver", json!({"id": view})).await.0, code);
        }
        let taken = verb(&second, "triageViewTakeOver", json!({"id": of_unit, "expectedVersion": 1}), "view { isMine owner { name } name version }").await;
        assert_eq!(taken["view"], json!({"isMine": true, "owner": {"name": "Rob Reviewer"}, "name": "Lifts", "version": 2}));
        verb(&second, "triageViewCreate", json!({"name": "everything"}), "view { id }").await;
        assert_eq!(refused(&second, "triageViewTakeOver", json!({"id": of_all})).await.0, "TAKEN");
        verb(&south, "triageViewTakeOver", json!({"id": of_all}), "view { id }").await;
        verb(&admin, "triageViewDelete", json!({"id": more}), "id").await;
        assert_eq!(refused(&admin, "triageViewDelete", json!({"id": of_all})).await.0, "FORBIDDEN", "its new owner is here");
        app.settle().await;
    }
}

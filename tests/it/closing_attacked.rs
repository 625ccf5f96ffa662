//! Resolving causes while everything around it changes: what crosses, what is taken back halfway, who
//! leaves, and words that were written to break something.

use entity::closing::told;
use entity::id::PersonId;
use entity::instant::{DAY, MINUTE, SECOND};
use entity::notify::notification;
use sea_orm::{ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::people::mail_of;
use crate::on_both;
use crate::plans::{done, mutation, refused};

const HOLD: i64 = MINUTE + SECOND;

async fn send(client: &Client, kind: &str, words: &str) -> String {
    let input = json!({"text": words, "kind": kind});
    let made = done(client, "submissionSend", input, "submission { id }").await;
    made["submission"]["id"].as_str().expect("an id").to_owned()
}

async fn cause(client: &Client, name: &str) -> String {
    let input = json!({"name": name, "category": "PLACE", "status": "CONFIRMED"});
    let made = done(client, "causeCreate", input, "cause { id }").await;
    made["cause"]["id"].as_str().expect("an id").to_owned()
}

async fn link(client: &Client, id: &str, causes: &[&str]) {
    let input = json!({"submissionId": id, "causeIds": causes, "announce": "NOW"});
    done(client, "causeLink", input, "submission { id }").await;
}

async fn phases(app: &TestApp, id: &str) -> (String, String) {
    let query = "query($id: ID!) { submission(by: {id: $id}) { phase shownPhase } }";
    let head = app.sign_in(app.organisation.head).await;
    let seen = head.ask(query, json!({"id": id})).await["submission"].clone();
    let text = |key: &str| seen[key].as_str().expect("a phase").to_owned();
    (text("phase"), text("shownPhase"))
}

async fn resolution(app: &TestApp, id: &Value) -> Value {
    let query = "query($id: ID!) { causeResolution(id: $id) { state total done moved told stays { reason count } } }";
    let head = app.sign_in(app.organisation.head).await;
    head.ask(query, json!({"id": id})).await["causeResolution"].clone()
}

async fn resolve(client: &Client, input: Value) -> Value {
    done(client, "causeResolve", input, "resolution { id }").await["resolution"]["id"].clone()
}

async fn told_of_decisions(app: &TestApp, person: PersonId) -> u64 {
    let rows = notification::Entity::find()
        .filter(notification::Column::DecisionId.is_not_null())
        .filter(notification::Column::PersonId.eq(person));
    rows.count(&app.system().db()).await.expect("counted")
}

on_both! {
    async fn taken_back_while_it_is_being_decided(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let hooks = cause(&head, "No hooks").await;
        let mut sent = Vec::new();
        for number in 0..60 {
            let id = send(&nurse, "OBSERVATION", &format!("No hook in room {number}")).await;
            link(&head, &id, &[&hooks]).await;
            sent.push(id);
        }
        app.pass(HOLD).await;
        let before = told_of_decisions(app, o.nurse).await;
        let id = resolve(&head, json!({"id": hooks})).await;
        // One worker decides, another one and a person take it back meanwhile.
        let other = app.another_process().await;
        let query = mutation("causeResolutionUndo", "resolution { id }");
        let (one, two, undone) = tokio::join!(
            earshot::jobs::worker::settle(&app.house),
            earshot::jobs::worker::settle(&other),
            head.send(&query, json!({"in": {"id": id}})),
        );
        one.expect("work");
        two.expect("work");
        assert_eq!(undone.data()["causeResolutionUndo"]["userErrors"], json!([]), "{}", undone.body);
        app.settle().await;
        app.pass(HOLD).await;
        assert_eq!(resolution(app, &id).await["state"], "UNDONE");
        for id in &sent {
            assert_eq!(phases(app, id).await, ("ACCEPTED".into(), "ACCEPTED".into()));
        }
        assert_eq!(told_of_decisions(app, o.nurse).await, before);
        // And once more, for good: one message about sixty.
        let id = resolve(&app.sign_in(o.head).await, json!({"id": hooks, "announce": "NOW"})).await;
        app.settle().await;
        let seen = resolution(app, &id).await;
        assert_eq!((&seen["total"], &seen["done"], &seen["moved"], &seen["told"]), (&json!(60), &json!(60), &json!(60), &json!(1)), "{seen}");
        assert_eq!(told_of_decisions(app, o.nurse).await, before + 1);
    }

    async fn taking_back_many_takes_one_statement_for_each(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let hooks = cause(&head, "No hooks").await;
        for number in 0..12 {
            let id = send(&nurse, "OBSERVATION", &format!("No hook in room {number}")).await;
            link(&head, &id, &[&hooks]).await;
        }
        app.pass(HOLD).await;
        resolve(&head, json!({"id": hooks, "announce": "LATER"})).await;
        app.settle().await;
        let moved = entity::closing::item::Entity::find().all(&app.system().db()).await.expect("rows");
        assert_eq!(moved.len(), 12);
        let mut counts = Vec::new();
        for some in [&moved[..2], &moved[..]] {
            let scope = app.system();
            let mut tx = scope.begin().await.expect("a transaction");
            let ids: Vec<_> = some.iter().map(|it| it.submission_id).collect();
            let rows = earshot::workflow::resolving::lock(&tx, &ids).await.expect("locked");
            let before = scope.statements();
            let decided = |id| some.iter().find(|it| it.submission_id == id).and_then(|it| it.decision_id);
            let pairs: Vec<_> = rows.into_iter().map(|row| { let decision = decided(row.id).expect("a decision"); (row, decision) }).collect();
            earshot::workflow::resolving::take_back_within(&mut tx, &scope, pairs).await.expect("taken back");
            counts.push(scope.statements() - before);
        }
        // Beside the row of each: reading, counting, closing and the words, once for all.
        assert!(counts[1] <= counts[0] + 10 && counts[0] <= 24, "{counts:?}");
    }

    async fn not_again_before_all_of_it_is_taken_back(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let hooks = cause(&head, "No hooks").await;
        let id = send(&nurse, "OBSERVATION", "No hook").await;
        link(&head, &id, &[&hooks]).await;
        let made = resolve(&head, json!({"id": hooks, "announce": "LATER"})).await;
        app.settle().await;
        done(&head, "causeResolutionUndo", json!({"id": made}), "resolution { state }").await;
        let (code, field, error) = refused(&head, "causeResolve", json!({"id": hooks})).await;
        assert_eq!((code.as_str(), field.as_str()), ("CONFLICT", "id"), "{error}");
        app.settle().await;
        let made = resolve(&head, json!({"id": hooks, "announce": "NOW"})).await;
        app.settle().await;
        assert_eq!(resolution(app, &made).await["moved"], 1);
    }

    async fn a_cause_is_not_merged_while_it_is_being_resolved(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let (hooks, doors, old) = (cause(&head, "No hooks").await, cause(&head, "Doors").await, cause(&head, "Coats").await);
        done(&head, "causeMerge", json!({"id": old, "intoId": hooks}), "cause { id }").await;
        let id = send(&nurse, "OBSERVATION", "No hook").await;
        link(&head, &id, &[&hooks]).await;
        let made = resolve(&head, json!({"id": hooks, "announce": "LATER"})).await;
        app.settle().await;
        for (verb, input, at) in [
            ("causeMerge", json!({"id": hooks, "intoId": doors}), "id"),
            ("causeMerge", json!({"id": doors, "intoId": hooks}), "intoId"),
            ("causeUnmerge", json!({"id": old}), "id"),
        ] {
            let (code, field, error) = refused(&head, verb, input).await;
            assert_eq!((code.as_str(), field.as_str()), ("INVALID", at), "{verb}: {error}");
            assert!(error["message"].as_str().expect("words").contains("causeResolutionUndo"), "{error}");
        }
        done(&head, "causeResolutionAnnounce", json!({"id": made}), "resolution { state }").await;
        app.settle().await;
        done(&head, "causeUnmerge", json!({"id": old}), "cause { id }").await;
        assert_eq!(phases(app, &id).await.1, "IMPLEMENTED");
    }

    async fn two_resolvings_cross(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let reviewer = app.sign_in(o.reviewer).await;
        let (hooks, doors) = (cause(&head, "No hooks").await, cause(&head, "Doors").await);
        let (both, one) = (send(&nurse, "OBSERVATION", "No hook on the door").await, send(&nurse, "OBSERVATION", "No hook").await);
        link(&head, &both, &[&hooks, &doors]).await;
        link(&head, &one, &[&hooks]).await;
        app.pass(HOLD).await;
        let before = told_of_decisions(app, o.nurse).await;
        // At the same moment, each sees the other or is seen by it.
        let query = mutation("causeResolve", "resolution { id total }");
        let (first, second) = tokio::join!(
            head.send(&query, json!({"in": {"id": hooks}})),
            reviewer.send(&query, json!({"in": {"id": doors}})),
        );
        let made = [first, second].map(|it| it.data()["causeResolve"]["resolution"].clone());
        let totals: i64 = made.iter().map(|it| it["total"].as_i64().expect("a number")).sum();
        assert_eq!(totals, 2, "the one that has both goes by the second of the two: {made:?}");
        app.settle().await;
        app.pass(HOLD).await;
        for id in [&both, &one] {
            assert_eq!(phases(app, id).await, ("IMPLEMENTED".into(), "IMPLEMENTED".into()));
        }
        // Two causes were resolved, by two people: at most one message for each.
        let told = told_of_decisions(app, o.nurse).await - before;
        assert!((1..=2).contains(&told), "{told}");
        assert_eq!(told::Entity::find().count(&app.system().db()).await.expect("counted"), told);
    }

    async fn one_of_two_that_cross_is_taken_back(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let (hooks, doors) = (cause(&head, "No hooks").await, cause(&head, "Doors").await);
        let (both, one) = (send(&nurse, "OBSERVATION", "No hook on the door").await, send(&nurse, "OBSERVATION", "The door sticks").await);
        link(&head, &both, &[&hooks, &doors]).await;
        link(&head, &one, &[&doors]).await;
        app.pass(HOLD).await;
        let first = resolve(&head, json!({"id": hooks, "announce": "LATER"})).await;
        let second = resolve(&head, json!({"id": doors, "announce": "LATER"})).await;
        app.settle().await;
        assert_eq!(resolution(app, &first).await["moved"], 0);
        assert_eq!(resolution(app, &second).await["moved"], 2);
        // One of its causes is not put right after all: what has both is not done.
        done(&head, "causeResolutionUndo", json!({"id": first}), "resolution { state }").await;
        app.settle().await;
        assert_eq!(phases(app, &both).await, ("ACCEPTED".into(), "ACCEPTED".into()));
        let state = resolution(app, &second).await;
        assert_eq!((&state["moved"], &state["stays"]), (&json!(1), &json!([{"reason": "OTHER_CAUSE", "count": 1}])), "{state}");
        done(&head, "causeResolutionAnnounce", json!({"id": second}), "resolution { state }").await;
        app.settle().await;
        assert_eq!(phases(app, &both).await.1, "ACCEPTED");
        assert_eq!(phases(app, &one).await.1, "IMPLEMENTED");
    }

    async fn who_resolved_it_leaves_in_the_middle(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let hooks = cause(&reviewer, "No hooks").await;
        let (seen, idea) = (send(&nurse, "OBSERVATION", "No hook").await, send(&nurse, "IDEA", "Hooks").await);
        for id in [&seen, &idea] {
            link(&reviewer, id, &[&hooks]).await;
        }
        let yes = json!({"id": idea, "to": "ACCEPTED", "message": "Yes.", "announce": "NOW"});
        done(&reviewer, "submissionMove", yes, "submission { id }").await;
        let made = resolve(&reviewer, json!({"id": hooks, "ideas": "UNDER_WAY"})).await;
        app.by_hand("UPDATE person SET deactivated_at = 1 WHERE name = 'Rita Reviewer'").await;
        app.settle().await;
        app.pass(HOLD).await;
        // What the cause does goes on; what was theirs to say is not said in their name.
        let state = resolution(app, &made).await;
        assert_eq!((&state["state"], &state["done"], &state["moved"]), (&json!("ANNOUNCED"), &json!(2), &json!(1)), "{state}");
        assert_eq!(state["stays"], json!([{"reason": "NO_RIGHT", "count": 1}]));
        assert_eq!(phases(app, &seen).await.1, "IMPLEMENTED");
        assert_eq!(phases(app, &idea).await.1, "ACCEPTED");
    }

    async fn one_decision_of_many_is_taken_back_by_itself(app) {
        let o = &app.organisation;
        let (colleague, chemist) = (app.sign_in(o.colleague).await, app.sign_in(o.chemist).await);
        let head = app.sign_in(o.head).await;
        let hooks = cause(&head, "No hooks").await;
        let (one, two) = (send(&colleague, "OBSERVATION", "No hook").await, send(&chemist, "OBSERVATION", "No hook in the lab").await);
        for id in [&one, &two] {
            link(&head, id, &[&hooks]).await;
        }
        app.pass(HOLD).await;
        app.forget_mails();
        let made = resolve(&head, json!({"id": hooks, "announce": "LATER"})).await;
        // Told as soon as it is decided, says somebody before it is.
        done(&head, "causeResolutionAnnounce", json!({"id": made}), "resolution { state announce }").await;
        done(&head, "causeResolutionUndo", json!({"id": made}), "resolution { state }").await;
        app.settle().await;
        assert_eq!(app.mails.taken(), 0);
        let made = resolve(&head, json!({"id": hooks, "announce": "LATER"})).await;
        app.settle().await;
        let held = "query($id: ID!) { submission(by: {id: $id}) { pendingDecision { id } } }";
        let held = head.ask(held, json!({"id": one})).await["submission"]["pendingDecision"]["id"].clone();
        done(&head, "decisionUndo", json!({"id": held}), "submission { id }").await;
        // A unit that is closed meanwhile keeps nobody from hearing.
        app.by_hand("UPDATE org_unit SET active_to = '2026-03-01' WHERE name = 'Lab'").await;
        done(&head, "causeResolutionAnnounce", json!({"id": made}), "resolution { state }").await;
        app.settle().await;
        let mails = app.delivered(1).await;
        assert_eq!(mails.iter().map(|mail| mail.to[0].clone()).collect::<Vec<_>>(), [mail_of("Cher Chemist")]);
        assert_eq!(phases(app, &one).await, ("ACCEPTED".into(), "ACCEPTED".into()));
        assert_eq!(resolution(app, &made).await["told"], 1);
    }

    async fn without_a_hold_it_is_told_when_the_last_one_is_decided(app) {
        let o = &app.organisation;
        let (admin, head) = (app.sign_in(o.admin).await, app.sign_in(o.head).await);
        done(&admin, "settingsUpdate", json!({"holdSeconds": 0}), "settings { holdSeconds }").await;
        let colleague = app.sign_in(o.colleague).await;
        let hooks = cause(&head, "No hooks").await;
        let mut sent = Vec::new();
        for number in 0..30 {
            let id = send(&colleague, "OBSERVATION", &format!("No hook {number}")).await;
            link(&head, &id, &[&hooks]).await;
            sent.push(id);
        }
        app.settle().await;
        let before = told_of_decisions(app, o.colleague).await;
        app.forget_mails();
        let made = resolve(&head, json!({"id": hooks})).await;
        app.settle().await;
        assert_eq!(told_of_decisions(app, o.colleague).await, before + 1, "thirty in one");
        assert_eq!(app.delivered(1).await.len(), 1);
        let state = resolution(app, &made).await;
        assert_eq!((&state["state"], &state["moved"], &state["told"]), (&json!("ANNOUNCED"), &json!(30), &json!(1)), "{state}");
        assert_eq!(refused(&head, "causeResolutionUndo", json!({"id": made})).await.0, "TOO_LATE");
    }

    async fn who_was_to_hear_leaves_in_the_middle(app) {
        let o = &app.organisation;
        let (colleague, chemist) = (app.sign_in(o.colleague).await, app.sign_in(o.chemist).await);
        let head = app.sign_in(o.head).await;
        let hooks = cause(&head, "No hooks").await;
        for client in [&colleague, &chemist] {
            let id = send(client, "OBSERVATION", "No hook").await;
            link(&head, &id, &[&hooks]).await;
        }
        app.pass(HOLD).await;
        app.forget_mails();
        resolve(&head, json!({"id": hooks})).await;
        app.settle().await;
        app.by_hand("UPDATE person SET deactivated_at = 1 WHERE name = 'Colin Colleague'").await;
        app.pass(HOLD).await;
        let mails = app.delivered(1).await;
        assert_eq!(mails.iter().map(|mail| mail.to[0].clone()).collect::<Vec<_>>(), [mail_of("Cher Chemist")]);
    }

    async fn what_is_for_the_cx_team_is_told_to_its_readers_alone(app) {
        let o = &app.organisation;
        let (colleague, cook) = (app.sign_in(o.colleague).await, app.sign_in(o.cook).await);
        let (head, reviewer) = (app.sign_in(o.head).await, app.sign_in(o.reviewer).await);
        let hooks = cause(&head, "No hooks").await;
        let (one, two) = (send(&colleague, "IDEA", "Hooks on the doors").await, send(&colleague, "IDEA", "A bench").await);
        for id in [&one, &two] {
            let yes = json!({"id": id, "to": "ACCEPTED", "message": "Yes.", "announce": "NOW"});
            done(&head, "submissionMove", yes, "submission { id }").await;
            link(&head, id, &[&hooks]).await;
            for follower in [&cook, &reviewer] {
                done(follower, "submissionFollow", json!({"submissionId": id}), "submission { id }").await;
            }
            let only = json!({"id": id, "audience": "CX_TEAM_ONLY"});
            done(&head, "submissionUpdateTriage", only, "submission { id }").await;
        }
        app.pass(HOLD).await;
        let before = [o.colleague, o.cook, o.reviewer].map(|person| told_of_decisions(app, person));
        let before = futures_util::future::join_all(before).await;
        let input = json!({"id": hooks, "ideas": "UNDER_WAY", "announce": "NOW"});
        let preview = "query($in: CauseResolveInput!) { causeResolvePreview(input: $in) { tells moves } }";
        let seen = head.ask(preview, json!({"in": input})).await["causeResolvePreview"].clone();
        assert_eq!(seen, json!({"tells": 2, "moves": 2}), "the author, and the reviewer who follows");
        let made = resolve(&head, input).await;
        app.settle().await;
        assert_eq!(resolution(app, &made).await["told"], 2);
        let after = [o.colleague, o.cook, o.reviewer].map(|person| told_of_decisions(app, person));
        let after = futures_util::future::join_all(after).await;
        let news: Vec<u64> = after.iter().zip(&before).map(|(after, before)| after - before).collect();
        assert_eq!(news, [1, 0, 1], "each once, and who may not read it nothing");
    }

    async fn joined_linked_and_unlinked_meanwhile(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let (hooks, doors) = (cause(&head, "No hooks").await, cause(&head, "Doors").await);
        let mut sent = Vec::new();
        for number in 0..5 {
            let id = send(&nurse, "OBSERVATION", &format!("No hook {number}")).await;
            link(&head, &id, &[&hooks]).await;
            sent.push(id);
        }
        let elsewhere = send(&nurse, "OBSERVATION", "No hook elsewhere").await;
        app.pass(HOLD).await;
        let made = resolve(&head, json!({"id": hooks})).await;
        // Before the worker comes: one is joined elsewhere, one has another cause now, one none.
        done(&head, "submissionMerge", json!({"id": sent[0], "intoId": elsewhere, "announce": "NOW"}), "submission { id }").await;
        link(&head, &sent[1], &[&doors]).await;
        done(&head, "causeUnlink", json!({"submissionId": sent[2], "causeId": hooks}), "submission { id }").await;
        let asked = json!({"id": sent[3], "to": "NEEDS_INFO", "message": "Where?", "announce": "NOW"});
        done(&head, "submissionMove", asked, "submission { id }").await;
        app.settle().await;
        app.pass(HOLD).await;
        let state = resolution(app, &made).await;
        assert_eq!((&state["total"], &state["done"], &state["moved"]), (&json!(5), &json!(5), &json!(1)), "{state}");
        let reasons: Vec<&str> = state["stays"].as_array().expect("a list").iter().map(|it| it["reason"].as_str().expect("a reason")).collect();
        assert_eq!(reasons.len(), 4, "{state}");
        for (number, phase) in [(0, "MERGED"), (1, "ACCEPTED"), (2, "ACCEPTED"), (3, "NEEDS_INFO"), (4, "IMPLEMENTED")] {
            assert_eq!(phases(app, &sent[number]).await.0, phase, "{number}");
        }
    }

    async fn words_written_to_break_something(app) {
        let o = &app.organisation;
        app.by_hand("UPDATE person SET name = '{reference} <script>alert(1)</script>' WHERE name = 'Colin Colleague'").await;
        let (colleague, head) = (app.sign_in(o.colleague).await, app.sign_in(o.head).await);
        let hooks = cause(&head, "<b>{name}</b> & \"hooks\"").await;
        let id = send(&colleague, "OBSERVATION", "No hook").await;
        link(&head, &id, &[&hooks]).await;
        app.pass(HOLD).await;
        app.forget_mails();
        for (text, code) in [
            ("{date} it was put right", "INVALID"),
            ("{touchpoint}", "INVALID"),
            ("{name", "INVALID"),
            ("{{name}} {", "INVALID"),
            ("\u{200b} \u{2060}", "REQUIRED"),
            ("", "REQUIRED"),
        ] {
            let input = json!({"id": hooks, "messages": [{"language": "en", "text": text}]});
            let (found, field, error) = refused(&head, "causeResolve", input).await;
            assert_eq!((found.as_str(), field.as_str()), (code, "messages"), "{text:?}: {error}");
        }
        for (language, code) in [("not a language", "INVALID"), ("", "INVALID"), ("en\r\nBcc: a@b.example", "INVALID")] {
            let input = json!({"id": hooks, "messages": [{"language": language, "text": "Done"}]});
            let (found, field, error) = refused(&head, "causeResolve", input).await;
            assert_eq!((found.as_str(), field.as_str()), (code, "messages"), "{language:?}: {error}");
        }
        // Held back without measure.
        let query = mutation("causeResolve", "resolution { id }");
        for (key, count) in [("holdBackIds", 501), ("subCauseIds", 51)] {
            let mut input = json!({"id": hooks});
            input[key] = json!(vec![id.clone(); count]);
            let answer = head.send(&query, json!({"in": input})).await;
            assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.body);
            assert_eq!(answer.body["errors"][0]["extensions"]["field"], json!([key]), "{}", answer.body);
        }
        // What people are called is never read again, and never a tag.
        let words = "<img src=x onerror=alert(2)> {name}: {cause} is put right.\n.\nSubject: x";
        resolve(&head, json!({"id": hooks, "announce": "NOW", "messages": [{"language": "en", "text": words}]})).await;
        app.settle().await;
        let mail = app.delivered(1).await.remove(0);
        assert!(!mail.html().contains("<script>") && !mail.html().contains("<img src=x"), "{}", mail.html());
        assert!(!mail.html().contains("<b>{name}</b>"), "{}", mail.html());
        let text = mail.text();
        assert!(text.contains("{reference} <script>alert(1)</script>"), "read once: {text}");
        assert!(mail.subject().starts_with("EAR-"), "{}", mail.subject());
    }

    async fn words_are_taken_out_before_they_are_told(app) {
        let o = &app.organisation;
        let (colleague, head) = (app.sign_in(o.colleague).await, app.sign_in(o.head).await);
        let hooks = cause(&head, "No hooks").await;
        let (one, two) = (send(&colleague, "OBSERVATION", "No hook").await, send(&app.sign_in(o.chemist).await, "OBSERVATION", "No hook in the lab").await);
        for id in [&one, &two] {
            link(&head, id, &[&hooks]).await;
        }
        app.pass(HOLD).await;
        app.forget_mails();
        let words = "Dr Secret has hung it up, {name}.";
        let input = json!({"id": hooks, "announce": "LATER", "messages": [{"language": "en", "text": words}]});
        let made = resolve(&head, input).await;
        app.settle().await;
        // One of the two is cleaned while it is held: its reader meets the name nowhere.
        let redact = json!({"id": one, "passages": ["Dr Secret"], "reason": "PERSONAL_DATA"});
        done(&head, "submissionRedact", redact, "places").await;
        done(&head, "causeResolutionAnnounce", json!({"id": made}), "resolution { id }").await;
        app.settle().await;
        let mails = app.delivered(2).await;
        let to = |name: &str| mails.iter().find(|mail| mail.to == [mail_of(name)]).expect("a mail").text();
        assert!(!to("Colin Colleague").contains("Secret"), "{}", to("Colin Colleague"));
        assert!(to("Colin Colleague").contains("has hung it up"), "{}", to("Colin Colleague"));
        assert!(to("Cher Chemist").contains("Dr Secret has hung it up, Cher Chemist."), "{}", to("Cher Chemist"));
        let notes = app.sign_in(o.colleague).await.ask("{ notifications(first: 9) { nodes { message } } }", json!({})).await;
        assert!(!notes.to_string().contains("Secret"), "{notes}");
    }

    async fn words_are_taken_out_while_it_is_being_decided(app) {
        let o = &app.organisation;
        let (colleague, head) = (app.sign_in(o.colleague).await, app.sign_in(o.head).await);
        let hooks = cause(&head, "No hooks").await;
        let (one, two) = (send(&colleague, "OBSERVATION", "Dr Secret saw no hook").await, send(&app.sign_in(o.chemist).await, "OBSERVATION", "No hook in the lab").await);
        for id in [&one, &two] {
            link(&head, id, &[&hooks]).await;
        }
        app.pass(HOLD).await;
        app.forget_mails();
        let words = "Dr Secret has hung it up, {name}.";
        let input = json!({"id": hooks, "messages": [{"language": "en", "text": words}]});
        resolve(&head, input).await;
        // Before the worker comes: what it will say of this one may have the name.
        app.house.clock.advance(SECOND);
        let redact = json!({"id": one, "passages": ["Dr Secret"], "reason": "PERSONAL_DATA"});
        done(&head, "submissionRedact", redact, "places").await;
        app.settle().await;
        app.pass(HOLD).await;
        assert_eq!(phases(app, &one).await.1, "IMPLEMENTED");
        let mails = app.delivered(2).await;
        let to = |name: &str| mails.iter().find(|mail| mail.to == [mail_of(name)]).expect("a mail").text();
        assert!(!to("Colin Colleague").contains("Secret") && to("Colin Colleague").contains("Colin Colleague"), "{}", to("Colin Colleague"));
        assert!(to("Cher Chemist").contains("Dr Secret has hung it up, Cher Chemist."), "{}", to("Cher Chemist"));
        let all = "query($id: ID!) { notifications(first: 9) { nodes { message } } submission(by: {id: $id}) { title text decisions(first: 9) { nodes { response } } } }";
        let answer = app.sign_in(o.colleague).await.send(all, json!({"id": one})).await;
        assert!(!answer.body.to_string().contains("Secret"), "{}", answer.body);
        let notes = app.sign_in(o.colleague).await.ask("{ notifications(first: 9) { nodes { message } } }", json!({})).await;
        assert!(!notes.to_string().contains("Secret") && notes["notifications"]["nodes"][0]["message"].is_string(), "{notes}");
    }

    async fn what_is_listed_takes_the_same_statements_whatever_its_length(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let hooks = cause(&head, "No hooks").await;
        for number in 0..8 {
            let id = send(&nurse, "OBSERVATION", &format!("No hook in room {number}")).await;
            link(&head, &id, &[&hooks]).await;
            let idea = send(&nurse, "IDEA", &format!("A hook in room {number}")).await;
            let works = json!({"id": idea, "to": "IMPLEMENTED", "message": "It hangs.", "announce": "NOW"});
            done(&head, "submissionMove", works, "submission { id }").await;
        }
        resolve(&head, json!({"id": hooks, "announce": "NOW"})).await;
        app.pass(60 * DAY).await;
        let (nurse, manager) = (app.sign_in(o.nurse).await, app.sign_in(o.manager).await);
        let asked = "query($n: Int!) { sustainQuestions(first: $n) { totalCount nodes { askedAt shownAt answer submission { reference title shownPhase } } } }";
        let sheet = format!("query($n: Int!) {{ peopleWithoutChannel(unitId: \"{}\", first: $n) {{ totalCount nodes {{ person {{ name }} reference also alsoCount shownPhase response announcedAt }} }} }}", o.harbour);
        let here = "query($n: Int!) { whatChangedHere { site { name } causes { name status } ideas(first: $n) { totalCount nodes { reference title shownPhase } } } }";
        let told = "query($n: Int!) { notifications(first: $n) { totalCount nodes { kind reference title phase message also alsoCount } } }";
        // The first notifications are the questions: from the tenth on there are words of decisions.
        for (client, query, (short, long, most)) in [(&nurse, asked, (2, 8, 18)), (&manager, sheet.as_str(), (2, 8, 20)), (&nurse, here, (2, 8, 22)), (&nurse, told, (11, 24, 20))] {
            let few = client.fewest(query, json!({"n": short})).await;
            let many = client.fewest(query, json!({"n": long})).await;
            // Batches close by time and may fall in two; a statement a row would be one for each row more.
            assert!(many.statements <= few.statements + (long - short) / 2, "{} then {}: {query}", few.statements, many.statements);
            assert!(many.statements <= most, "{} statements: {query}", many.statements);
        }
        let news = "{ viewer { whatCameOfIt { sent done inWords } } }";
        let answer = nurse.fewest(news, json!({})).await;
        assert!(answer.statements <= 8, "{} statements", answer.statements);
    }
}

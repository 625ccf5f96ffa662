//! Closing the loop, over HTTP: a resolved cause closes what is behind it and tells everybody once;
//! later it is asked whether it holds.

use std::collections::BTreeMap;

use entity::closing::{item, told};
use entity::id::PersonId;
use entity::instant::{DAY, HOUR, MINUTE, SECOND};
use entity::notify::notification;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::people::mail_of;
use crate::loop_story::hears_at_once;
use crate::on_both;

const RESOLUTION: &str = "id state total done moved told announcesAt stays { reason count }";

fn mutation(name: &str, selection: &str) -> String {
    let proper = name[..1].to_uppercase() + &name[1..];
    format!(
        "mutation($in: {proper}Input!) {{ {name}(input: $in) {{ {selection} userErrors {{ field code message allowed }} }} }}"
    )
}

async fn done(client: &Client, name: &str, input: Value, selection: &str) -> Value {
    client.done(name, &mutation(name, selection), json!({"in": input})).await
}

async fn refused(client: &Client, name: &str, input: Value) -> (String, String, String) {
    let error = client.refused(name, &mutation(name, ""), json!({"in": input})).await;
    let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
    let field = error["field"].as_array().and_then(|it| it.first()?.as_str()).unwrap_or_default();
    (text("code"), field.to_owned(), text("message"))
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// Something that was sent: its id and its reference.
#[derive(Clone, Debug)]
struct Sent(String, String);

async fn send(client: &Client, kind: &str, words: &str) -> Sent {
    let input = json!({"text": words, "kind": kind});
    let made = done(client, "submissionSend", input, "submission { id reference }").await;
    Sent(text(&made["submission"]["id"]), text(&made["submission"]["reference"]))
}

async fn cause(client: &Client, name: &str, parent: Option<&str>) -> String {
    let input =
        json!({"name": name, "category": "PLACE", "parentId": parent, "status": "CONFIRMED"});
    text(&done(client, "causeCreate", input, "cause { id }").await["cause"]["id"])
}

async fn link(client: &Client, sent: &Sent, causes: &[&str]) {
    let input = json!({"submissionId": sent.0, "causeIds": causes, "announce": "NOW"});
    done(client, "causeLink", input, "submission { id }").await;
}

async fn phases(client: &Client, sent: &Sent) -> (String, String) {
    let query = "query($id: ID!) { submission(by: {id: $id}) { phase shownPhase } }";
    let seen = client.ask(query, json!({"id": sent.0})).await["submission"].clone();
    let word = |key: &str| seen[key].as_str().unwrap_or_default().to_owned();
    (word("phase"), word("shownPhase"))
}

async fn status(client: &Client, cause: &str) -> String {
    let query = "query($id: ID!) { cause(id: $id) { status } }";
    text(&client.ask(query, json!({"id": cause})).await["cause"]["status"])
}

async fn resolution(client: &Client, id: &Value) -> Value {
    let query = format!("query($id: ID!) {{ causeResolution(id: $id) {{ {RESOLUTION} }} }}");
    client.ask(&query, json!({"id": id})).await["causeResolution"].clone()
}

async fn preview(client: &Client, input: &Value) -> Value {
    let query = "query($in: CauseResolveInput!) { causeResolvePreview(input: $in) {
      tells withoutChannel onSheet moves ideas stays { reason count }
      languages { language people inPlaceOfAnother example } } }";
    client.ask(query, json!({"in": input})).await["causeResolvePreview"].clone()
}

/// How many notifications of decisions everybody has, by person.
async fn told_of_decisions(app: &TestApp) -> BTreeMap<PersonId, usize> {
    let rows = notification::Entity::find()
        .filter(notification::Column::DecisionId.is_not_null())
        .all(&app.system().db())
        .await
        .expect("notifications");
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.person_id).or_default() += 1;
    }
    counts
}

fn reasons(stays: &Value) -> BTreeMap<String, i64> {
    let list = stays.as_array().expect("a list").iter();
    list.map(|it| (text(&it["reason"]), it["count"].as_i64().expect("a number"))).collect()
}

/// What stands behind one cause in the story.
struct Behind {
    head: Client,
    hooks: String,
    of_nurse: Sent,
    of_cook: Sent,
    of_colleague: Sent,
    twin: Sent,
    held_back: Sent,
    two_causes: Sent,
    asked: Sent,
    idea: Sent,
}

impl Behind {
    async fn make(app: &TestApp) -> Self {
        let o = &app.organisation;
        let (nurse, cook) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await);
        let (colleague, chemist) = (app.sign_in(o.colleague).await, app.sign_in(o.chemist).await);
        let (manager, head) = (app.sign_in(o.manager).await, app.sign_in(o.head).await);
        let hooks = cause(&head, "No hooks on the doors", None).await;
        let lifts = cause(&head, "Old lifts", None).await;
        let saw = "OBSERVATION";
        let made = Self {
            of_nurse: send(&nurse, saw, "Coats lie on the floor of room 4").await,
            of_cook: send(&cook, saw, "No hay donde colgar el abrigo").await,
            of_colleague: send(&colleague, saw, "A visitor asked me to hold the coat").await,
            twin: send(&chemist, saw, "Coats on the floor again").await,
            held_back: send(&nurse, saw, "Bags lie on the floor").await,
            two_causes: send(&colleague, saw, "Coats in the lift").await,
            asked: send(&nurse, saw, "Coats somewhere").await,
            idea: send(&nurse, "IDEA", "Hooks on the doors").await,
            head,
            hooks,
        };
        let head = &made.head;
        let all = [&made.of_nurse, &made.of_cook, &made.of_colleague, &made.held_back, &made.asked];
        for sent in all {
            link(head, sent, &[&made.hooks]).await;
        }
        link(head, &made.two_causes, &[&made.hooks, &lifts]).await;
        let accept =
            json!({"id": made.idea.0, "to": "ACCEPTED", "message": "Yes.", "announce": "NOW"});
        done(head, "submissionMove", accept, "submission { id }").await;
        link(head, &made.idea, &[&made.hooks]).await;
        let ask =
            json!({"id": made.asked.0, "to": "NEEDS_INFO", "message": "Where?", "announce": "NOW"});
        done(head, "submissionMove", ask, "submission { id }").await;
        let join = json!({"id": made.twin.0, "intoId": made.of_nurse.0, "announce": "NOW"});
        done(head, "submissionMerge", join, "submission { id }").await;
        for client in [&manager, &colleague] {
            hears_at_once(client).await;
            done(
                client,
                "submissionVote",
                json!({"submissionId": made.idea.0}),
                "submission { id }",
            )
            .await;
        }
        // Who votes hears once a week, unless they want it at once.
        app.wants(&[o.manager, o.colleague], "FOLLOWED", "IMMEDIATE").await;
        app.pass(MINUTE + SECOND).await;
        app.forget_mails();
        made
    }

    fn input(&self) -> Value {
        json!({"id": self.hooks, "ideas": "UNDER_WAY", "holdBackIds": [self.held_back.0], "messages": [
            {"language": "en", "text": "{name}: {reference} is put right ({cause})."},
            {"language": "es", "text": "{name}: {reference} ya está resuelto."},
        ]})
    }
}

on_both! {
    async fn a_resolved_cause_tells_everybody_behind_it_once(app) {
        let o = &app.organisation;
        let story = Behind::make(app).await;
        let head = &story.head;
        let before = told_of_decisions(app).await;

        // First the numbers. Moved: three observations and the idea. Told: nurse, cook, colleague, the
        // author of the twin, and the manager, who voted; the nurse has no mail.
        let seen = preview(head, &story.input()).await;
        assert_eq!((&seen["tells"], &seen["withoutChannel"], &seen["moves"], &seen["ideas"]), (&json!(5), &json!(1), &json!(4), &json!(1)), "{seen}");
        assert_eq!(seen["onSheet"], 1, "{seen}");
        let stays = BTreeMap::from([("HELD_BACK".into(), 1), ("OTHER_CAUSE".into(), 1), ("WAITS".into(), 1)]);
        assert_eq!(reasons(&seen["stays"]), stays, "{seen}");
        assert_eq!((&seen["languages"][0]["people"], &seen["languages"][1]["people"]), (&json!(4), &json!(1)), "{seen}");
        assert!(text(&seen["languages"][0]["example"]).starts_with("Hanna Head: EAR-"), "{seen}");
        assert_eq!(told_of_decisions(app).await, before, "a preview tells nobody");

        // All is decided, nobody is told.
        let made = done(head, "causeResolve", story.input(), &format!("cause {{ status resolution {{ id }} }} resolution {{ {RESOLUTION} }}")).await;
        assert_eq!((&made["cause"]["status"], &made["resolution"]["state"]), (&json!("RESOLVED"), &json!("CLOSING")), "{made}");
        let id = made["resolution"]["id"].clone();
        assert_eq!(made["cause"]["resolution"]["id"], id);
        app.settle().await;
        let seen = resolution(head, &id).await;
        assert_eq!((&seen["state"], &seen["done"], &seen["total"], &seen["moved"], &seen["told"]), (&json!("HELD"), &json!(4), &json!(4), &json!(4), &json!(0)), "{seen}");
        assert_eq!(phases(head, &story.of_nurse).await.0, "IMPLEMENTED");
        assert_eq!(phases(&app.sign_in(o.nurse).await, &story.of_nurse).await.1, "ACCEPTED");
        assert_eq!(told_of_decisions(app).await, before);

        // Twice is refused, and whoever is late is told who was quicker; so is another way out.
        let reviewer = app.sign_in(o.reviewer).await;
        let (code, field, message) = refused(&reviewer, "causeResolve", story.input()).await;
        assert_eq!((code.as_str(), field.as_str()), ("CONFLICT", "id"));
        assert!(message.contains("Hanna Head"), "{message}");
        let back = refused(head, "causeUpdate", json!({"id": story.hooks, "status": "BEING_ADDRESSED"})).await;
        assert!(back.0 == "INVALID" && back.2.contains("causeResolutionUndo"), "{back:?}");

        // Taken back within the hold: nothing was.
        let undone = done(head, "causeResolutionUndo", json!({"id": id}), &format!("cause {{ status }} resolution {{ {RESOLUTION} }}")).await;
        assert_eq!((&undone["cause"]["status"], &undone["resolution"]["state"]), (&json!("CONFIRMED"), &json!("UNDOING")));
        app.pass(MINUTE + SECOND).await;
        assert_eq!(resolution(head, &id).await["state"], "UNDONE");
        for sent in [&story.of_nurse, &story.of_cook, &story.of_colleague, &story.idea] {
            assert_eq!(phases(head, sent).await, ("ACCEPTED".into(), "ACCEPTED".into()), "{sent:?}");
        }
        assert_eq!(told_of_decisions(app).await, before, "an undo leaves nothing in anybody's mailbox");
        assert_eq!(refused(head, "causeResolutionUndo", json!({"id": id})).await.0, "TOO_LATE");

        // Again, and now the hold passes.
        let id = done(head, "causeResolve", story.input(), "resolution { id }").await["resolution"]["id"].clone();
        app.settle().await;
        app.pass(MINUTE + SECOND).await;
        let seen = resolution(head, &id).await;
        assert_eq!((&seen["state"], &seen["told"]), (&json!("ANNOUNCED"), &json!(5)), "{seen}");
        assert_eq!(refused(head, "causeResolutionUndo", json!({"id": id})).await.0, "TOO_LATE");
        let mut after = told_of_decisions(app).await;
        for (person, count) in &before {
            after.entry(*person).and_modify(|it| *it -= count);
        }
        after.retain(|_, count| *count > 0);
        let expected = [o.nurse, o.cook, o.colleague, o.chemist, o.manager].map(|it| (it, 1));
        assert_eq!(after, BTreeMap::from(expected), "each exactly once, everybody else not at all");
        for sent in [&story.held_back, &story.two_causes, &story.asked] {
            assert_ne!(phases(head, sent).await.0, "IMPLEMENTED", "{sent:?}");
        }

        // The right words, in the right language, about what is theirs.
        let mails = app.delivered(4).await;
        assert_eq!(mails.len(), 4, "one for everybody who has an address");
        let to = |name: &str| {
            let found: Vec<_> = mails.iter().filter(|it| it.to == [mail_of(name)]).collect();
            assert_eq!(found.len(), 1, "{name}");
            found[0].text().replace("\r\n> ", " ").replace("\n> ", " ")
        };
        assert!(to("Carla Cook").contains(&format!("Carla Cook: {} ya está resuelto.", story.of_cook.1)), "{}", to("Carla Cook"));
        let colleague = to("Colin Colleague");
        assert!(colleague.contains(&format!("Colin Colleague: {} is put right (No hooks on the doors).", story.of_colleague.1)), "{colleague}");
        assert!(colleague.contains(&format!("The same goes for: {}", story.idea.1)), "{colleague}");
        assert!(!colleague.contains(&story.of_nurse.1), "{colleague}");
        assert!(to("Cher Chemist").contains(&format!("Cher Chemist: {} is put right", story.twin.1)));
        assert!(to("Mona Manager").contains(&format!("Mona Manager: {} is put right", story.idea.1)));
        // In the app the words are personal as well: the twin's author never sees another's name.
        let chemist = app.sign_in(o.chemist).await;
        let notes = chemist.ask("{ notifications(first: 1) { nodes { message reference } } }", json!({})).await;
        assert_eq!(notes["notifications"]["nodes"][0]["message"], format!("Cher Chemist: {} is put right (No hooks on the doors).", story.twin.1), "{notes}");

        // It came back: a reviewer opens it again, and nothing moves.
        done(head, "causeUpdate", json!({"id": story.hooks, "status": "BEING_ADDRESSED"}), "cause { status }").await;
        app.settle().await;
        assert_eq!(phases(head, &story.of_nurse).await.0, "IMPLEMENTED");
        assert_eq!(status(head, &story.hooks).await, "BEING_ADDRESSED");
    }

    async fn told_later_together_and_sub_causes_only_when_chosen(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let doors = cause(&head, "Doors", None).await;
        let (hooks, locks) = (cause(&head, "No hooks", Some(&doors)).await, cause(&head, "No locks", Some(&doors)).await);
        let (one, two) = (send(&nurse, "OBSERVATION", "No hook in room 4").await, send(&nurse, "OBSERVATION", "No lock in room 4").await);
        link(&head, &one, &[&doors, &hooks]).await;
        link(&head, &two, &[&doors, &locks]).await;
        app.pass(MINUTE).await;
        // The wide one alone: its observations have another cause that is not resolved.
        let seen = preview(&head, &json!({"id": doors})).await;
        assert_eq!((&seen["moves"], reasons(&seen["stays"])), (&json!(0), BTreeMap::from([("OTHER_CAUSE".into(), 2)])), "{seen}");
        let input = json!({"id": doors, "subCauseIds": [hooks], "announce": "LATER"});
        assert_eq!(preview(&head, &input).await["moves"], 1);
        for (input, field) in [
            (json!({"id": hooks, "subCauseIds": [doors]}), "subCauseIds"),
            (json!({"id": doors, "holdBackIds": [two.0], "subCauseIds": [hooks], "messages": [{"language": "en", "text": "On {date}"}]}), "messages"),
            (json!({"id": doors, "messages": [{"language": "en", "text": "x".repeat(2_001)}]}), "messages"),
            (json!({"id": doors, "messages": [{"language": "en", "text": "a"}, {"language": "EN", "text": "b"}]}), "messages"),
        ] {
            let (code, at, message) = refused(&head, "causeResolve", input).await;
            assert!(at == field && ["INVALID", "TOO_LONG"].contains(&code.as_str()), "{code} {at} {message}");
        }
        let other = send(&nurse, "OBSERVATION", "The soup is cold").await;
        let back = refused(&head, "causeResolve", json!({"id": doors, "holdBackIds": [other.0]})).await;
        assert_eq!((back.0.as_str(), back.1.as_str()), ("INVALID", "holdBackIds"));
        let suspected = text(&done(&head, "causeCreate", json!({"name": "Draught", "category": "PLACE"}), "cause { id }").await["cause"]["id"]);
        assert_eq!(refused(&head, "causeResolve", json!({"id": suspected})).await.0, "INVALID");

        let id = done(&head, "causeResolve", input, "resolution { id }").await["resolution"]["id"].clone();
        app.pass(DAY).await;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        assert_eq!((status(&head, &hooks).await, status(&head, &locks).await), ("RESOLVED".into(), "CONFIRMED".into()));
        assert_eq!(phases(&nurse, &one).await.1, "ACCEPTED", "held until somebody says so");
        let reviewer = app.sign_in(o.reviewer).await;
        done(&reviewer, "causeResolutionAnnounce", json!({"id": id}), "resolution { state }").await;
        app.settle().await;
        assert_eq!(phases(&nurse, &one).await.1, "IMPLEMENTED");
        assert_eq!(phases(&nurse, &two).await.1, "ACCEPTED");
        assert_eq!(refused(&reviewer, "causeResolutionAnnounce", json!({"id": id})).await.0, "TOO_LATE");
        let seen = nurse.ask("query($id: ID!) { cause(id: $id) { resolution { id } } }", json!({"id": doors})).await;
        assert!(seen["cause"]["resolution"].is_null(), "for those who may change it: {seen}");
        assert!(resolution(&nurse, &id).await.is_null());
    }

    async fn words_are_as_long_as_they_may_be_and_no_longer(app) {
        let o = &app.organisation;
        let (cook, head) = (app.sign_in(o.cook).await, app.sign_in(o.head).await);
        let id = cause(&head, "No hooks", None).await;
        let sent = send(&cook, "OBSERVATION", "No hay donde colgar el abrigo").await;
        link(&head, &sent, &[&id]).await;
        app.settle().await;
        app.pass(MINUTE + SECOND).await;
        let head = app.sign_in(o.head).await;
        // What counts are code points: each of these is four bytes long, and two units of UTF-16.
        let words = |length: usize| format!("{{name}}, {{reference}}: {}", "🧥".repeat(length - 21));
        let input = |length: usize| json!({"id": id, "announce": "NOW", "messages": [{"language": "es", "text": words(length)}]});
        assert_eq!(words(2_000).chars().count(), 2_000);
        let preview = "query($in: CauseResolveInput!) { causeResolvePreview(input: $in) { tells } }";
        for length in [2_001, 2_500, 9_000] {
            let (code, at, message) = refused(&head, "causeResolve", input(length)).await;
            assert_eq!((code.as_str(), at.as_str()), ("TOO_LONG", "messages"), "{message}");
            assert!(message.contains(&format!("es: messages has {length} characters; shorten it to at most 2000")), "{message}");
            let seen = head.send(preview, json!({"in": input(length)})).await;
            assert_eq!(seen.body["errors"][0]["extensions"]["field"], json!(["messages"]), "{}", seen.body);
            assert!(seen.body.to_string().contains(&format!("{length} characters")), "{}", seen.body);
        }
        assert_eq!(status(&head, &id).await, "CONFIRMED", "nothing was resolved");
        // White space at the ends is taken off before it is counted.
        let mut exact = input(2_000);
        exact["messages"][0]["text"] = json!(format!("  {}\r\n ", words(2_000)));
        assert_eq!(head.ask(preview, json!({"in": exact})).await["causeResolvePreview"]["tells"], 1);
        app.forget_mails();
        done(&head, "causeResolve", exact, "resolution { id }").await;
        app.settle().await;
        // Filled it is longer still, and all of it arrives.
        let mail = app.delivered(1).await.remove(0);
        let text = mail.text();
        assert_eq!(text.matches('🧥').count(), 1_979, "{text}");
        assert!(text.contains("Carla Cook") && text.contains(&sent.1), "{text}");
        let told = app.sign_in(o.cook).await.ask("{ notifications(first: 1) { nodes { message } } }", json!({})).await;
        assert_eq!(told["notifications"]["nodes"][0]["message"].as_str().map(|it| it.matches('🧥').count()), Some(1_979));
    }

    async fn two_who_resolve_at_once(app) {
        let o = &app.organisation;
        let (head, reviewer) = (app.sign_in(o.head).await, app.sign_in(o.reviewer).await);
        let nurse = app.sign_in(o.nurse).await;
        for round in 0..4 {
            let id = cause(&head, &format!("Cause {round}"), None).await;
            let sent = send(&nurse, "OBSERVATION", &format!("Seen {round}")).await;
            link(&head, &sent, &[&id]).await;
            let query = mutation("causeResolve", "resolution { id }");
            let input = json!({"in": {"id": id}});
            let (one, two) = tokio::join!(head.send(&query, input.clone()), reviewer.send(&query, input));
            let codes = [&one, &two].map(|it| it.data()["causeResolve"]["userErrors"][0]["code"].clone());
            assert_eq!(codes.iter().filter(|it| it.is_null()).count(), 1, "{codes:?}");
            let late = if codes[0].is_null() { &two } else { &one };
            let error = &late.data()["causeResolve"]["userErrors"][0];
            let winner = if codes[0].is_null() { "Hanna Head" } else { "Rita Reviewer" };
            assert!(error["code"] == "CONFLICT" && text(&error["message"]).contains(winner), "{error}");
        }
        app.pass(MINUTE + SECOND).await;
        app.pass(MINUTE + SECOND).await;
        let db = app.system().db();
        assert_eq!(told::Entity::find().count(&db).await.expect("counted"), 4);
        assert_eq!(item::Entity::find().count(&db).await.expect("counted"), 4);
    }

    async fn somebody_moves_one_while_it_is_held(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let hooks = cause(&head, "No hooks", None).await;
        let (one, two) = (send(&nurse, "OBSERVATION", "No hook here").await, send(&nurse, "OBSERVATION", "No hook there").await);
        for sent in [&one, &two] {
            link(&head, sent, &[&hooks]).await;
        }
        let id = done(&head, "causeResolve", json!({"id": hooks, "announce": "LATER"}), "resolution { id }").await["resolution"]["id"].clone();
        app.settle().await;
        let reviewer = app.sign_in(o.reviewer).await;
        let input = json!({"id": one.0, "to": "IN_PROGRESS", "announce": "NOW"});
        done(&reviewer, "submissionMove", input, "submission { id }").await;
        done(&head, "causeResolutionUndo", json!({"id": id}), "resolution { id }").await;
        app.settle().await;
        assert_eq!(phases(&head, &one).await, ("IN_PROGRESS".into(), "IN_PROGRESS".into()), "what came later stays");
        assert_eq!(phases(&head, &two).await.0, "ACCEPTED");
        assert_eq!(resolution(&head, &id).await["state"], "UNDONE");
    }

    async fn a_preview_takes_a_fixed_number_of_statements(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let hooks = cause(&head, "No hooks", None).await;
        let query = "query($in: CauseResolveInput!) { causeResolvePreview(input: $in) { tells moves stays { count } } }";
        let mut counts = Vec::new();
        for round in 0..3 {
            for number in 0..=(round * 4) {
                let sent = send(&nurse, "OBSERVATION", &format!("Seen {round} {number}")).await;
                link(&head, &sent, &[&hooks]).await;
            }
            let answer = head.send(query, json!({"in": {"id": hooks}})).await;
            assert!(answer.data()["causeResolvePreview"]["moves"].as_i64().expect("a number") > 0);
            counts.push(answer.statements);
        }
        assert!(counts.iter().all(|it| *it == counts[0]), "{counts:?}");
        assert!(counts[0] <= 13, "{counts:?}");
    }

    async fn asked_after_sixty_days(app) {
        let o = &app.organisation;
        let (nurse, cook, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await, app.sign_in(o.colleague).await);
        let head = app.sign_in(o.head).await;
        let hooks = cause(&head, "No hooks", None).await;
        let saw = "OBSERVATION";
        let (yes, no, silent) = (send(&cook, saw, "No hook 1").await, send(&colleague, saw, "No hook 2").await, send(&nurse, saw, "No hook 3").await);
        let unit_no = send(&nurse, saw, "No hook 4").await;
        for sent in [&yes, &no, &silent, &unit_no] {
            link(&head, sent, &[&hooks]).await;
        }
        // Done too, but nobody said why it happens, and nobody measures it: never asked about.
        let plain = send(&nurse, "IDEA", "A chair in the hall").await;
        done(&head, "submissionMove", json!({"id": plain.0, "to": "IMPLEMENTED", "message": "Done.", "announce": "NOW"}), "submission { id }").await;
        done(&head, "causeResolve", json!({"id": hooks, "announce": "NOW"}), "resolution { id }").await;
        app.settle().await;
        app.pass(59 * DAY).await;
        let (nurse, cook) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await);
        let open = "{ sustainQuestions(first: 10) { totalCount nodes { submission { reference } answer } } }";
        assert_eq!(nurse.ask(open, json!({})).await["sustainQuestions"]["totalCount"], 0);
        let early = refused(&cook, "sustainAnswer", json!({"submissionId": yes.0, "answer": "YES"})).await;
        assert_eq!(early.0, "TOO_LATE");
        app.forget_mails();
        app.pass(DAY).await;
        let nurse = app.sign_in(o.nurse).await;
        assert_eq!(nurse.ask(open, json!({})).await["sustainQuestions"]["totalCount"], 2);
        // Once, in everybody's language, with the next morning.
        assert!(app.mails.mails().is_empty());
        app.pass(23 * HOUR).await;
        let (nurse, cook, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await, app.sign_in(o.colleague).await);
        let head = app.sign_in(o.head).await;
        let mails = app.delivered(2).await;
        assert_eq!(mails.len(), 2, "the nurse has no address");
        let to = |name: &str| mails.iter().find(|it| it.to == [mail_of(name)]).expect("a mail");
        assert_eq!(to("Carla Cook").subject(), format!("{}: ¿sigue resuelto?", yes.1));
        assert_eq!(to("Colin Colleague").subject(), format!("{}: is it still fixed?", no.1));

        // YES moves it, by the scheduler's letter; NO of the author is "not fixed".
        let answered = "submission { phase shownPhase } question { answer flaggedAt }";
        let said = done(&cook, "sustainAnswer", json!({"submissionId": yes.0, "answer": "YES"}), answered).await;
        assert_eq!(said["submission"]["shownPhase"], "SUSTAINED", "{said}");
        assert_eq!(refused(&cook, "sustainAnswer", json!({"submissionId": yes.0, "answer": "NO"})).await.0, "TOO_LATE");
        let said = done(&colleague, "sustainAnswer", json!({"submissionId": no.0, "answer": "NO", "text": "It fell off."}), answered).await;
        assert_eq!(said["submission"]["phase"], "IN_PROGRESS", "{said}");
        // The unit's NO flags it and moves nothing; a reviewer looks.
        let manager = app.sign_in(o.manager).await;
        assert_eq!(refused(&head, "sustainAnswer", json!({"submissionId": unit_no.0, "answer": "NO"})).await.0, "FORBIDDEN");
        let said = done(&manager, "sustainAnswer", json!({"submissionId": unit_no.0, "answer": "NO"}), answered).await;
        assert_eq!(said["submission"]["phase"], "IMPLEMENTED", "{said}");
        assert!(said["question"]["flaggedAt"].is_string(), "{said}");
        let flags = "{ sustainQuestions(list: FLAGGED, first: 10) { nodes { submission { reference } answer } } }";
        let flagged = |seen: Value| -> Vec<String> {
            let nodes = seen["sustainQuestions"]["nodes"].as_array().expect("a list").clone();
            nodes.iter().map(|it| text(&it["submission"]["reference"])).collect()
        };
        assert_eq!(flagged(head.ask(flags, json!({})).await), std::slice::from_ref(&unit_no.1));
        assert!(flagged(nurse.ask(flags, json!({})).await).is_empty(), "for those who work on it");
        done(&head, "sustainFlagClear", json!({"submissionId": unit_no.0}), "question { answer }").await;
        assert!(flagged(head.ask(flags, json!({})).await).is_empty());

        // Nobody answers for 30 days: flagged, and it stays.
        app.pass(28 * DAY + HOUR).await;
        let head = app.sign_in(o.head).await;
        assert!(flagged(head.ask(flags, json!({})).await).is_empty());
        app.pass(DAY).await;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        assert_eq!(flagged(head.ask(flags, json!({})).await), std::slice::from_ref(&silent.1));
        assert_eq!(phases(&head, &silent).await.0, "IMPLEMENTED");
        // 90 days after the announcement its author can still say so; a day later not.
        let late = refused(&nurse, "sustainAnswer", json!({"submissionId": plain.0, "answer": "NO"})).await;
        assert_eq!(late.0, "TOO_LATE", "nobody asked");
        app.pass(DAY).await;
        let nurse = app.sign_in(o.nurse).await;
        let late = refused(&nurse, "submissionNotFixed", json!({"id": silent.0})).await;
        assert_eq!(late.0, "STEP_NOT_ALLOWED");
        let late = refused(&nurse, "sustainAnswer", json!({"submissionId": silent.0, "answer": "NO"})).await;
        assert_eq!(late.0, "STEP_NOT_ALLOWED");
        done(&nurse, "sustainAnswer", json!({"submissionId": silent.0, "answer": "YES"}), answered).await;
        assert_eq!(phases(&nurse, &silent).await.1, "SUSTAINED");
    }

    async fn not_fixed_on_the_ninetieth_day(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let (one, two) = (send(&nurse, "IDEA", "Hooks on the doors").await, send(&nurse, "IDEA", "A bench").await);
        for sent in [&one, &two] {
            done(&head, "submissionMove", json!({"id": sent.0, "to": "IMPLEMENTED", "message": "Done.", "announce": "NOW"}), "submission { id }").await;
        }
        app.pass(90 * DAY).await;
        let nurse = app.sign_in(o.nurse).await;
        let back = done(&nurse, "submissionNotFixed", json!({"id": one.0, "text": "They fell off."}), "submission { phase shownPhase }").await;
        assert_eq!((&back["submission"]["phase"], &back["submission"]["shownPhase"]), (&json!("IN_PROGRESS"), &json!("IN_PROGRESS")));
        app.pass(DAY).await;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let (code, field, message) = refused(&nurse, "submissionNotFixed", json!({"id": two.0})).await;
        assert_eq!((code.as_str(), field.as_str()), ("STEP_NOT_ALLOWED", "id"), "{message}");
        // Done again: the days begin again.
        done(&head, "submissionMove", json!({"id": one.0, "to": "IMPLEMENTED", "message": "Stronger ones.", "announce": "NOW"}), "submission { id }").await;
        app.pass(90 * DAY).await;
        let nurse = app.sign_in(o.nurse).await;
        done(&nurse, "submissionNotFixed", json!({"id": one.0}), "submission { phase }").await;
    }

    async fn seen_is_measured_and_the_sheet_names_who_has_not(app) {
        let o = &app.organisation;
        let (nurse, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        let (head, manager) = (app.sign_in(o.head).await, app.sign_in(o.manager).await);
        let (one, two) = (send(&nurse, "IDEA", "Hooks on the doors").await, send(&nurse, "IDEA", "A bench").await);
        let mailed = send(&colleague, "IDEA", "A lamp").await;
        let secret = text(&done(&nurse, "submissionSend", json!({"text": "For the CX team", "kind": "IDEA", "audience": "CX_TEAM_ONLY"}), "submission { id }").await["submission"]["id"]);
        let mut decisions = Vec::new();
        for id in [&one.0, &two.0, &mailed.0, &secret] {
            let input = json!({"id": id, "to": "IMPLEMENTED", "message": "It hangs.", "announce": "NOW"});
            decisions.push(text(&done(&head, "submissionMove", input, "decision { id seenAt }").await["decision"]["id"]));
        }
        app.settle().await;
        let sheet = "query($u: ID!) { peopleWithoutChannel(unitId: $u, first: 10) { totalCount nodes { person { name } reference shownPhase response announcedAt } } }";
        let unit = json!({"u": o.harbour.to_string()});
        let seen = manager.ask(sheet, unit.clone()).await["peopleWithoutChannel"].clone();
        assert_eq!(seen["totalCount"], 2, "not who has an address, and not what is for the CX team: {seen}");
        let first = &seen["nodes"][0];
        assert_eq!((&first["person"]["name"], &first["shownPhase"], &first["response"]), (&json!("Nell Nurse"), &json!("IMPLEMENTED"), &json!("It hangs.")), "{seen}");
        for other in [&nurse, &head, &app.sign_in(o.hill_manager).await] {
            assert_eq!(other.send(sheet, unit.clone()).await.code(), "FORBIDDEN");
        }
        // Looking at it, or reading the notification, is seen.
        let look = "query($id: ID!) { node(id: $id) { ... on Decision { seenAt } } }";
        let seen_at = async |id: &str| head.ask(look, json!({"id": id})).await["node"]["seenAt"].clone();
        assert!(seen_at(&decisions[0]).await.is_null());
        let first = done(&nurse, "submissionSeen", json!({"id": one.0}), "news").await;
        assert_eq!(first["news"], 1);
        assert_eq!(done(&nurse, "submissionSeen", json!({"id": one.0}), "news").await["news"], 0);
        assert_eq!(refused(&colleague, "submissionSeen", json!({"id": one.0})).await.0, "FORBIDDEN");
        assert_eq!(seen_at(&decisions[0]).await, "2026-03-02T09:00:00Z");
        let left = manager.ask(sheet, unit.clone()).await["peopleWithoutChannel"].clone();
        assert_eq!((&left["totalCount"], &left["nodes"][0]["reference"]), (&json!(1), &json!(two.1)), "{left}");
        app.house.clock.advance(MINUTE);
        let nurse = app.sign_in(o.nurse).await;
        let all = json!({"upTo": "2026-03-02T09:30:00Z"});
        done(&nurse, "notificationsMarkRead", all, "marked").await;
        assert_eq!(seen_at(&decisions[1]).await, "2026-03-02T09:01:00Z");
        assert!(seen_at(&decisions[2]).await.is_null());
        assert_eq!(manager.ask(sheet, unit).await["peopleWithoutChannel"]["totalCount"], 0);
    }

    async fn what_came_of_it_equals_a_recount(app) {
        let o = &app.organisation;
        let story = Behind::make(app).await;
        done(&story.head, "causeResolve", json!({"id": story.hooks, "ideas": "UNDER_WAY", "announce": "NOW"}), "resolution { id }").await;
        app.settle().await;
        let ask = "query($from: Date, $to: Date) { viewer { whatCameOfIt(from: $from, to: $to) { sent waiting underWay done declined takenBack agreed inWords } } }";
        for (person, sent) in [(o.nurse, 4), (o.cook, 1), (o.colleague, 2), (o.chemist, 1), (o.manager, 0)] {
            let client = app.sign_in(person).await;
            let came = client.ask(ask, json!({})).await["viewer"]["whatCameOfIt"].clone();
            // By hand: from what the person sees of each.
            let mine = client.ask("{ mySubmissions(first: 100) { nodes { shownPhase } } }", json!({})).await;
            let nodes = mine["mySubmissions"]["nodes"].as_array().expect("a list").clone();
            let count = |phases: &[&str]| nodes.iter().filter(|it| phases.contains(&it["shownPhase"].as_str().expect("a phase"))).count();
            assert_eq!(came["sent"], sent, "{came}");
            assert_eq!(came["done"], count(&["IMPLEMENTED", "SUSTAINED"]), "{came} {nodes:?}");
            assert_eq!(came["underWay"], count(&["ACCEPTED", "PLANNED", "IN_PROGRESS"]), "{came} {nodes:?}");
            assert_eq!(came["waiting"], count(&["SUBMITTED", "UNDER_REVIEW", "NEEDS_INFO", "DEFERRED"]), "{came} {nodes:?}");
            assert_eq!(came["agreed"], if person == o.nurse { 2 } else { 0 }, "{came}");
        }
        let cook = app.sign_in(o.cook).await;
        let came = cook.ask(ask, json!({"from": "2026-03-02", "to": "2026-03-02"})).await["viewer"]["whatCameOfIt"].clone();
        assert_eq!(came["inWords"], json!(["Nos contaste una cosa.", "Una está hecha."]));
        let none = cook.ask(ask, json!({"from": "2026-02-01", "to": "2026-03-01"})).await["viewer"]["whatCameOfIt"].clone();
        assert_eq!(none["sent"], 0);
        let wrong = cook.send(ask, json!({"from": "2026-03-02", "to": "2026-03-01"})).await;
        assert_eq!(wrong.code(), "BAD_REQUEST");

        // For a site: the idea, and why it happened; no names, and no observation's words.
        let here = "query($u: ID) { whatChangedHere(unitId: $u) { site { name } from to causes { name } ideas(first: 5) { totalCount nodes { reference title author { name } } } } }";
        let seen = app.sign_in(o.nurse).await.ask(here, json!({})).await["whatChangedHere"].clone();
        assert_eq!((&seen["site"]["name"], &seen["ideas"]["totalCount"], &seen["ideas"]["nodes"][0]["reference"]), (&json!("Harbour"), &json!(1), &json!(story.idea.1)), "{seen}");
        assert_eq!(seen["causes"], json!([{"name": "No hooks on the doors"}]), "{seen}");
        // Whoever works on it reads the name, and so does who opens the idea itself: not who passes the wall.
        let name = async |who: entity::id::PersonId| {
            let seen = app.sign_in(who).await.ask(here, json!({"u": o.harbour.to_string()})).await;
            let idea = &seen["whatChangedHere"]["ideas"]["nodes"][0];
            assert_eq!(idea["reference"], json!(story.idea.1), "{seen}");
            idea["author"]["name"].clone()
        };
        let names = (name(o.nurse).await, name(o.colleague).await, name(o.head).await);
        assert_eq!(names, (json!("Nell Nurse"), Value::Null, json!("Nell Nurse")));
        let lake = app.sign_in(o.chemist).await.ask(here, json!({})).await["whatChangedHere"].clone();
        // The twin was sent there: what became of it changed something there too.
        assert_eq!((&lake["ideas"]["totalCount"], &lake["causes"]), (&json!(0), &json!([{"name": "No hooks on the doors"}])), "{lake}");
    }

    async fn a_second_look_goes_up(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let sent = send(&nurse, "IDEA", "Hooks on the doors").await;
        let decline = |id: &str| json!({"id": id, "to": "DECLINED", "reason": "COST", "message": "No.", "announce": "NOW"});
        done(&reviewer, "submissionMove", decline(&sent.0), "submission { id }").await;
        done(&nurse, "submissionAskSecondLook", json!({"id": sent.0, "text": "Please."}), "submission { phase }").await;
        let twice = refused(&nurse, "submissionAskSecondLook", json!({"id": sent.0})).await;
        assert_eq!(twice.0, "STEP_NOT_ALLOWED");
        app.settle().await;
        let asked = async |person| {
            let client = app.sign_in(person).await;
            let notes = client.ask("{ notifications(first: 10) { nodes { kind reference title } } }", json!({})).await;
            let nodes = notes["notifications"]["nodes"].as_array().expect("a list").clone();
            nodes.into_iter().filter(|it| it["kind"] == "SECOND_LOOK").collect::<Vec<_>>()
        };
        // The decider and the second reviewer have the north; above is the head, of everything.
        assert_eq!(asked(o.head).await.len(), 1);
        assert!(asked(o.second_reviewer).await.is_empty() && asked(o.reviewer).await.is_empty());
        assert!(asked(o.admin).await.is_empty(), "somebody else is there");
        // Declined at the top, below which others are: any of them.
        let other = send(&nurse, "IDEA", "A bench in the hall").await;
        let head = app.sign_in(o.head).await;
        done(&head, "submissionMove", decline(&other.0), "submission { id }").await;
        done(&nurse, "submissionAskSecondLook", json!({"id": other.0}), "submission { phase }").await;
        app.settle().await;
        assert_eq!((asked(o.reviewer).await.len(), asked(o.second_reviewer).await.len()), (1, 1));
        // Nobody else reviews IT: the administrator is told that it waits, and reads nothing of it.
        let input = json!({"text": "A new printer", "kind": "IDEA", "audience": "CX_TEAM_ONLY"});
        let made = done(&app.sign_in(o.it_reviewer).await, "submissionSend", input, "submission { id reference }").await;
        let third = Sent(text(&made["submission"]["id"]), text(&made["submission"]["reference"]));
        done(&head, "submissionMove", decline(&third.0), "submission { id }").await;
        done(&app.sign_in(o.it_reviewer).await, "submissionAskSecondLook", json!({"id": third.0}), "submission { phase }").await;
        app.settle().await;
        let told = asked(o.admin).await;
        assert_eq!((told.len(), &told[0]["reference"], &told[0]["title"]), (1, &json!(third.1), &Value::Null), "{told:?}");
    }
}

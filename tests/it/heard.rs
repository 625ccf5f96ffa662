//! Who stands behind a cause and how they hear of it: authors of what was joined, people with several
//! submissions, people whom no mail reaches, sites whose voice was joined with another's.

use entity::closing::told;
use entity::instant::{DAY, HOUR, MINUTE, SECOND};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};

use crate::kit::client::Client;
use crate::kit::people::mail_of;
use crate::on_both;
use crate::plans::done;

const HOLD: i64 = MINUTE + SECOND;

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

async fn saw(client: &Client, words: &str) -> Sent {
    send(client, "OBSERVATION", words).await
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

async fn join(client: &Client, twin: &Sent, into: &Sent) {
    let input = json!({"id": twin.0, "intoId": into.0, "announce": "NOW"});
    done(client, "submissionMerge", input, "submission { id }").await;
}

async fn follow(client: &Client, sent: &Sent) {
    let input = json!({"submissionId": sent.0});
    done(client, "submissionFollow", input, "submission { id }").await;
}

/// The last notification of a decision: what it says, and of what else it tells.
async fn last_told(client: &Client) -> Value {
    let query =
        "{ notifications(first: 1) { nodes { kind reference phase message also alsoCount } } }";
    client.ask(query, json!({})).await["notifications"]["nodes"][0].clone()
}

const RESOLVED: &str = "resolution { id }";

on_both! {
    async fn one_message_names_all_that_it_tells_of(app) {
        let o = &app.organisation;
        let (colleague, head) = (app.sign_in(o.colleague).await, app.sign_in(o.head).await);
        let hooks = cause(&head, "No hooks", None).await;
        let mut sent = Vec::new();
        for number in 0..25 {
            let one = saw(&colleague, &format!("Coats on the floor of room {number}")).await;
            link(&head, &one, &[&hooks]).await;
            sent.push(one);
        }
        app.pass(HOLD).await;
        app.pass(SECOND).await;
        app.forget_mails();
        done(&head, "causeResolve", json!({"id": hooks, "announce": "NOW"}), RESOLVED).await;
        app.settle().await;
        let note = last_told(&colleague).await;
        let told = sent.iter().find(|it| it.1 == note["reference"]).expect("one of them");
        // All were sent in one instant: which come first is not said.
        let others: Vec<String> = serde_json::from_value(note["also"].clone()).expect("references");
        let known = |it: &String| *it != told.1 && sent.iter().any(|sent| sent.1 == *it);
        assert!(others.iter().all(known), "{note}");
        assert_eq!(others.iter().collect::<std::collections::BTreeSet<_>>().len(), 20, "{note}");
        assert_eq!(note["alsoCount"], 24, "{note}");
        let mail = app.delivered(1).await.remove(0);
        let named = others.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", ");
        let words = mail.text().replace("\r\n", " ").replace('\n', " ");
        assert!(words.contains(&format!("The same goes for: {named} and 4 more")), "{words}");

        // In a digest too, in the reader's language.
        app.wants(&[o.cook], "OWN", "DAILY").await;
        let cook = app.sign_in(o.cook).await;
        let lamps = cause(&head, "Old lamps", None).await;
        let (one, two) = (saw(&cook, "No light on the stairs").await, saw(&cook, "No light in the hall").await);
        for sent in [&one, &two] {
            link(&head, sent, &[&lamps]).await;
        }
        app.pass(DAY).await;
        app.forget_mails();
        let head = app.sign_in(o.head).await;
        done(&head, "causeResolve", json!({"id": lamps, "announce": "NOW"}), RESOLVED).await;
        app.settle().await;
        assert!(app.mails.mails().is_empty());
        app.pass(DAY).await;
        let digest = app.delivered(1).await.remove(0);
        let (told, other) = if digest.text().contains(&format!("Vale también para: {}", two.1)) { (&one, &two) } else { (&two, &one) };
        assert!(digest.text().contains(&told.1) && digest.text().contains(&format!("Vale también para: {}", other.1)), "{}", digest.text());
        assert!(digest.html().contains(&format!("Vale también para: {}", other.1)), "{}", digest.html());
    }

    async fn who_is_named_in_the_one_hears_of_the_other(app) {
        let o = &app.organisation;
        let (chemist, colleague) = (app.sign_in(o.chemist).await, app.sign_in(o.colleague).await);
        let head = app.sign_in(o.head).await;
        let hooks = cause(&head, "No hooks", None).await;
        let (canonical, twin) = (saw(&colleague, "Coats on the floor").await, saw(&chemist, "Coats on the floor again").await);
        let other = send(&colleague, "IDEA", "Hooks on the doors").await;
        let yes = json!({"id": other.0, "to": "ACCEPTED", "message": "Yes.", "announce": "NOW"});
        done(&head, "submissionMove", yes, "submission { id }").await;
        for sent in [&canonical, &other] {
            link(&head, sent, &[&hooks]).await;
        }
        join(&head, &twin, &canonical).await;
        done(&chemist, "submissionVote", json!({"submissionId": other.0}), "submission { id }").await;
        // The one that it was joined with names its author: of that they hear nothing.
        app.by_hand(&format!("UPDATE submission SET concerned_id = (SELECT id FROM person WHERE name = 'Cher Chemist') WHERE reference = '{}'", canonical.1)).await;
        app.wants(&[o.chemist], "FOLLOWED", "IMMEDIATE").await;
        app.pass(HOLD).await;
        app.pass(SECOND).await;
        app.forget_mails();
        let input = json!({"id": hooks, "ideas": "UNDER_WAY", "announce": "NOW"});
        let preview = "query($in: CauseResolveInput!) { causeResolvePreview(input: $in) { tells moves } }";
        let seen = head.ask(preview, json!({"in": input})).await["causeResolvePreview"].clone();
        assert_eq!(seen, json!({"tells": 2, "moves": 2}));
        done(&head, "causeResolve", input, RESOLVED).await;
        app.settle().await;
        assert_eq!(told::Entity::find().count(&app.system().db()).await.expect("counted"), 2);
        let note = last_told(&chemist).await;
        assert_eq!((&note["kind"], &note["reference"], &note["also"]), (&json!("FOLLOWED_DECISION"), &json!(other.1), &json!([])), "{note}");
        let mails = app.delivered(2).await;
        let mine = mails.iter().find(|it| it.to == [mail_of("Cher Chemist")]).expect("a mail").text();
        assert!(mine.contains(&other.1) && !mine.contains(&twin.1) && !mine.contains(&canonical.1), "{mine}");
    }

    async fn the_printed_sheet_has_those_who_wrote_a_twin(app) {
        let o = &app.organisation;
        let (nurse, cook) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await);
        let (head, manager) = (app.sign_in(o.head).await, app.sign_in(o.manager).await);
        let hooks = cause(&head, "No hooks", None).await;
        let (canonical, twin) = (saw(&cook, "No hay donde colgar el abrigo").await, saw(&nurse, "Nowhere to hang a coat").await);
        let (second, idea) = (saw(&nurse, "Coats on the floor").await, send(&cook, "IDEA", "Hooks on the doors").await);
        let yes = json!({"id": idea.0, "to": "ACCEPTED", "message": "Yes.", "announce": "NOW"});
        done(&head, "submissionMove", yes, "submission { id }").await;
        for sent in [&canonical, &second, &idea] {
            link(&head, sent, &[&hooks]).await;
        }
        join(&head, &twin, &canonical).await;
        // Somebody else without mail follows the idea: on no sheet, for that would tell who voted.
        app.by_hand("UPDATE person SET email = NULL, email_key = NULL WHERE name = 'Colin Colleague'").await;
        follow(&app.sign_in(o.colleague).await, &idea).await;
        app.pass(HOLD).await;
        let all = json!({"upTo": "2026-03-02T23:00:00Z"});
        done(&nurse, "notificationsMarkRead", all, "marked").await;
        let input = json!({"id": hooks, "ideas": "UNDER_WAY", "announce": "NOW", "messages": [
            {"language": "en", "text": "{name}: {reference} is put right ({cause})."},
            {"language": "es", "text": "{name}: {reference} ya está resuelto."},
        ]});
        let preview = "query($in: CauseResolveInput!) { causeResolvePreview(input: $in) { tells withoutChannel onSheet } }";
        let seen = head.ask(preview, json!({"in": input})).await["causeResolvePreview"].clone();
        assert_eq!(seen, json!({"tells": 3, "withoutChannel": 2, "onSheet": 1}), "cook, nurse, colleague");
        app.pass(SECOND).await;
        done(&head, "causeResolve", input, RESOLVED).await;
        app.settle().await;
        let sheet = "query($u: ID!) { peopleWithoutChannel(unitId: $u, first: 10) { totalCount nodes { id person { name } reference also alsoCount shownPhase response announcedAt } } }";
        let unit = json!({"u": o.harbour.to_string()});
        let found = manager.ask(sheet, unit.clone()).await["peopleWithoutChannel"].clone();
        assert_eq!(found["totalCount"], 1, "as many as the preview said: {found}");
        let row = &found["nodes"][0];
        let (told, other) = if row["reference"] == json!(twin.1) { (&twin, &second) } else { (&second, &twin) };
        assert_eq!((&row["person"]["name"], &row["reference"], &row["also"], &row["alsoCount"]), (&json!("Nell Nurse"), &json!(told.1), &json!([other.1]), &json!(1)), "{row}");
        assert_eq!((&row["shownPhase"], &row["response"]), (&json!("IMPLEMENTED"), &json!(format!("Nell Nurse: {} is put right (No hooks).", told.1))), "{row}");
        // A twin by itself: the words tell her of hers, by her name, though another was decided on.
        let lamps = cause(&head, "Old lamps", None).await;
        let (theirs, hers) = (saw(&cook, "No hay luz").await, saw(&nurse, "No light on the stairs").await);
        link(&head, &theirs, &[&lamps]).await;
        join(&head, &hers, &theirs).await;
        app.pass(HOLD).await;
        done(&nurse, "notificationsMarkRead", json!({"upTo": "2026-03-02T23:00:00Z"}), "marked").await;
        app.pass(SECOND).await;
        let words = json!({"id": lamps, "announce": "NOW", "messages": [{"language": "en", "text": "{name}: {reference} is put right ({cause})."}]});
        done(&head, "causeResolve", words, RESOLVED).await;
        app.settle().await;
        let found = manager.ask(sheet, unit.clone()).await["peopleWithoutChannel"].clone();
        let row = &found["nodes"][0];
        assert_eq!((&row["person"]["name"], &row["reference"]), (&json!("Nell Nurse"), &json!(hers.1)), "{found}");
        assert_eq!((&row["shownPhase"], &row["response"]), (&json!("IMPLEMENTED"), &json!(format!("Nell Nurse: {} is put right (Old lamps).", hers.1))), "{row}");
        // Whoever is concerned by the one that was decided on reads nothing of it here either.
        app.by_hand(&format!("UPDATE submission SET concerned_id = (SELECT id FROM person WHERE name = 'Mona Manager') WHERE reference = '{}'", theirs.1)).await;
        let found = manager.ask(sheet, unit.clone()).await["peopleWithoutChannel"].clone();
        assert!(!found.to_string().contains(&hers.1), "{found}");
        app.by_hand(&format!("UPDATE submission SET concerned_id = NULL WHERE reference = '{}'", theirs.1)).await;
        let found = manager.ask(sheet, unit.clone()).await["peopleWithoutChannel"].clone();
        assert!(found.to_string().contains(&hers.1), "{found}");
        // Looking at it takes it off.
        done(&nurse, "submissionSeen", json!({"id": hers.0}), "news").await;
        let left = manager.ask(sheet, unit).await["peopleWithoutChannel"].clone();
        assert!(!left.to_string().contains(&hers.1), "{left}");
    }

    async fn a_site_hears_of_what_its_joined_voice_changed(app) {
        let o = &app.organisation;
        let (nurse, cook) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await);
        let head = app.sign_in(o.head).await;
        let doors = cause(&head, "Doors", None).await;
        let hooks = cause(&head, "No hooks", Some(&doors)).await;
        let (canonical, twin) = (saw(&cook, "No hay donde colgar el abrigo").await, saw(&nurse, "Nowhere to hang a coat").await);
        link(&head, &canonical, &[&hooks]).await;
        join(&head, &twin, &canonical).await;
        app.pass(HOLD).await;
        let here = "query($u: ID!) { whatChangedHere(unitId: $u) { causes { name } } }";
        let changed = async |site: entity::id::UnitId| {
            let client = app.sign_in(o.head).await;
            let seen = client.ask(here, json!({"u": site.to_string()})).await["whatChangedHere"]["causes"].clone();
            seen.as_array().expect("causes").iter().map(|it| text(&it["name"])).collect::<Vec<_>>()
        };
        let head = app.sign_in(o.head).await;
        done(&head, "causeResolve", json!({"id": doors, "subCauseIds": [hooks]}), RESOLVED).await;
        app.settle().await;
        assert!(changed(o.hill).await.is_empty() && changed(o.harbour).await.is_empty(), "held: nobody was told");
        app.pass(HOLD).await;
        let both = vec![String::from("Doors"), String::from("No hooks")];
        assert_eq!((changed(o.hill).await, changed(o.harbour).await), (both.clone(), both), "also where only the joined voice was heard");
        assert!(changed(o.lake).await.is_empty());
    }

    async fn seen_counts_all_authors_who_were_told(app) {
        let o = &app.organisation;
        let (nurse, cook) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await);
        let (chemist, colleague) = (app.sign_in(o.chemist).await, app.sign_in(o.colleague).await);
        let canonical = send(&nurse, "IDEA", "Hooks on the doors").await;
        let (twin, other) = (send(&cook, "IDEA", "Ganchos en las puertas").await, send(&chemist, "IDEA", "Hooks, please").await);
        let late = send(&colleague, "IDEA", "A place for coats").await;
        let step = async |to: &str, announce: &str| {
            let input = json!({"id": canonical.0, "to": to, "message": "We are at it.", "announce": announce});
            let made = done(&app.sign_in(o.head).await, "submissionMove", input, "decision { id heard { authors seen } }").await;
            app.settle().await;
            (text(&made["decision"]["id"]), made["decision"]["heard"].clone())
        };
        let heard = async |ids: &[&str]| {
            let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Decision { seenAt heard { authors seen } } } }";
            let client = app.sign_in(o.head).await;
            let found = client.ask(query, json!({"ids": ids})).await["nodes"].clone();
            let of = |it: &Value| (it["heard"]["authors"].as_i64(), it["heard"]["seen"].as_i64(), it["seenAt"].is_string());
            found.as_array().expect("decisions").iter().map(of).collect::<Vec<_>>()
        };
        let of = |authors: i64, seen: i64, own: bool| (Some(authors), Some(seen), own);

        let (yes, _) = step("ACCEPTED", "NOW").await;
        app.house.clock.advance(SECOND);
        for it in [&twin, &other] {
            join(&app.sign_in(o.head).await, it, &canonical).await;
        }
        app.settle().await;
        app.house.clock.advance(SECOND);
        let (begun, _) = step("IN_PROGRESS", "NOW").await;
        assert_eq!(heard(&[&yes, &begun]).await, [of(1, 0, false), of(3, 0, false)], "each to whom it was told");
        // Who wrote a twin has seen what was told of the other since they are joined, and nothing before.
        let news = done(&app.sign_in(o.cook).await, "submissionSeen", json!({"id": twin.0}), "news").await;
        assert_eq!(news["news"], 2, "that it was joined, and what became of it since");
        assert_eq!(heard(&[&yes, &begun]).await, [of(1, 0, false), of(3, 1, false)]);
        // Reading it in the app is seeing it; the author of the canonical one is who `seenAt` tells of.
        let all = json!({"upTo": "2026-03-02T23:00:00Z"});
        done(&app.sign_in(o.chemist).await, "notificationsMarkRead", all, "marked").await;
        done(&app.sign_in(o.nurse).await, "submissionSeen", json!({"id": canonical.0}), "news").await;
        for _ in 0..2 {
            assert_eq!(heard(&[&yes, &begun]).await, [of(1, 1, true), of(3, 3, true)], "each once");
            done(&app.sign_in(o.chemist).await, "submissionSeen", json!({"id": other.0}), "news").await;
        }

        // Who comes later was not told, who leaves later was.
        app.house.clock.advance(SECOND);
        join(&app.sign_in(o.head).await, &late, &canonical).await;
        done(&app.sign_in(o.head).await, "submissionUnmerge", json!({"id": other.0, "announce": "NOW"}), "submission { id }").await;
        app.settle().await;
        app.house.clock.advance(SECOND);
        let (held, none) = step("IMPLEMENTED", "LATER").await;
        assert_eq!(none, json!({"authors": 0, "seen": 0}), "nobody was told yet");
        done(&app.sign_in(o.head).await, "decisionAnnounce", json!({"ids": [held]}), "decisions { id }").await;
        app.settle().await;
        assert_eq!(heard(&[&yes, &begun, &held]).await, [of(1, 1, true), of(3, 3, true), of(3, 0, false)]);
        done(&app.sign_in(o.colleague).await, "submissionSeen", json!({"id": late.0}), "news").await;
        assert_eq!(heard(&[&begun, &held]).await, [of(3, 3, true), of(3, 1, false)]);
        // Naming the person concerned moves no figure: it would say that they wrote one of them.
        app.by_hand(&format!("UPDATE submission SET concerned_id = (SELECT id FROM person WHERE name = 'Carla Cook') WHERE reference = '{}'", canonical.1)).await;
        assert_eq!(heard(&[&begun, &held]).await, [of(3, 3, true), of(3, 1, false)]);

        // As many statements for one as for all.
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Decision { seenAt heard { authors seen } } } }";
        let head = app.sign_in(o.head).await;
        let one = head.fewest(query, json!({"ids": [yes]})).await;
        let three = head.fewest(query, json!({"ids": [yes, begun, held]})).await;
        assert_eq!(three.data()["nodes"].as_array().map(Vec::len), Some(3));
        assert!(three.statements <= one.statements + 2, "{} for one, {} for three: two more look the decisions up", one.statements, three.statements);
        let seen_alone = query.replace("heard { authors seen }", "");
        let without = head.fewest(&seen_alone, json!({"ids": [yes, begun, held]})).await;
        assert_eq!(three.statements, without.statements + 2, "two for all of them");
    }

    async fn asked_again_for_the_reason_of_a_twin(app) {
        let o = &app.organisation;
        let (nurse, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        let head = app.sign_in(o.head).await;
        let hooks = cause(&head, "No hooks", None).await;
        let (idea, twin) = (send(&colleague, "IDEA", "Hooks on the doors").await, send(&nurse, "IDEA", "A place for coats").await);
        // Linked, then joined: the link stays with the twin.
        link(&head, &twin, &[&hooks]).await;
        app.pass(HOLD).await;
        join(&head, &twin, &idea).await;
        let works = json!({"id": idea.0, "to": "IMPLEMENTED", "message": "They hang.", "announce": "NOW"});
        done(&head, "submissionMove", works, "submission { id }").await;
        app.settle().await;
        app.pass(60 * DAY + HOUR).await;
        let colleague = app.sign_in(o.colleague).await;
        let open = "{ sustainQuestions(first: 10) { nodes { submission { reference } } } }";
        let seen = colleague.ask(open, json!({})).await["sustainQuestions"]["nodes"].clone();
        assert_eq!(seen, json!([{"submission": {"reference": idea.1}}]));
    }
}

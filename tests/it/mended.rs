//! What a review found, told as stories: nobody is called by another one's name, no answer tells of
//! what is still held, and nothing that somebody did is lost by somebody else's undo.

use entity::id::{SubmissionId, TypedId as _};
use entity::instant::MINUTE;
use entity::submissions::submission;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::people::mail_of;
use crate::on_both;

/// A mutation with one input, and what is asked of its payload.
fn document(mutation: &str, fields: &str) -> String {
    let proper = mutation[..1].to_uppercase() + &mutation[1..];
    format!(
        "mutation($in: {proper}Input!) {{ {mutation}(input: $in) {{
           {fields} userErrors {{ field code message allowed }} }} }}"
    )
}

async fn act(client: &Client, (mutation, fields): (&str, &str), input: Value) -> Value {
    client.done(mutation, &document(mutation, fields), json!({"in": input})).await
}

async fn refused(client: &Client, mutation: &str, input: Value) -> Value {
    client.refused(mutation, &document(mutation, ""), json!({"in": input})).await
}

fn text(value: &Value) -> String {
    value.as_str().expect("text").to_owned()
}

/// Something that was sent.
struct Sent {
    id: String,
    reference: String,
}

async fn send(client: &Client, input: Value) -> Sent {
    let made = act(client, ("submissionSend", "submission { id reference }"), input).await;
    let sent = &made["submission"];
    Sent { id: text(&sent["id"]), reference: text(&sent["reference"]) }
}

async fn idea(client: &Client, text: &str) -> Sent {
    send(client, json!({"text": text, "kind": "IDEA"})).await
}

/// Decides and returns the id of the decision.
async fn moves(client: &Client, input: Value) -> String {
    let made = act(client, ("submissionMove", "decision { id }"), input).await;
    text(&made["decision"]["id"])
}

async fn joins(client: &Client, twin: &Sent, into: &Sent, more: Value) -> Value {
    let mut input = json!({"id": twin.id, "intoId": into.id});
    input.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    act(client, ("submissionMerge", "decision { id message messageLanguage }"), input).await
}

async fn undo(client: &Client, decision: &str) {
    act(client, ("decisionUndo", ""), json!({"id": decision})).await;
}

/// What somebody reads in the history of a submission.
async fn messages(client: &Client, sent: &Sent) -> Vec<String> {
    let query = "query($id: ID!) { submission(by: {id: $id}) { history(first: 50) { nodes { message } } } }";
    let seen = client.ask(query, json!({"id": sent.id})).await;
    let nodes = seen["submission"]["history"]["nodes"].as_array().expect("a history").clone();
    nodes.iter().filter_map(|it| it["message"].as_str().map(str::to_owned)).collect()
}

async fn told(client: &Client) -> Vec<String> {
    let seen = client.ask("{ notifications(first: 20) { nodes { message } } }", json!({})).await;
    let nodes = seen["notifications"]["nodes"].as_array().expect("a list").clone();
    nodes.iter().filter_map(|it| it["message"].as_str().map(str::to_owned)).collect()
}

async fn template(client: &Client, english: &str, spanish: &str) -> String {
    let texts = json!([{"language": "en", "text": english}, {"language": "es", "text": spanish}]);
    let input = json!({"name": english, "texts": texts});
    text(
        &act(client, ("replyTemplateCreate", "replyTemplate { id }"), input).await["replyTemplate"]
            ["id"],
    )
}

async fn named(client: &Client, name: &str, more: Value) -> String {
    let mut input = json!({"name": name, "category": "PROCESS"});
    input.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    text(&act(client, ("causeCreate", "cause { id }"), input).await["cause"]["id"])
}

async fn links(client: &Client, sent: &Sent, cause: &str, announce: &str) {
    let input = json!({"submissionId": sent.id, "causeIds": [cause], "announce": announce});
    act(client, ("causeLink", ""), input).await;
}

async fn merges(client: &Client, from: &str, into: &str) {
    act(client, ("causeMerge", ""), json!({"id": from, "intoId": into})).await;
}

async fn unmerges(client: &Client, id: &str) {
    act(client, ("causeUnmerge", ""), json!({"id": id})).await;
}

/// Submissions and people behind a cause, its other names, and what it contributes to.
async fn behind(client: &Client, id: &str) -> (Vec<String>, i64, Vec<String>, Vec<String>) {
    let query = "query($id: ID!) { cause(id: $id) { reach aliases submissions { nodes { id } }
        contributesTo { cause { name } } } }";
    let seen = client.ask(query, json!({"id": id})).await["cause"].clone();
    let list = |value: &Value, inner: &dyn Fn(&Value) -> String| -> Vec<String> {
        value.as_array().expect("a list").iter().map(inner).collect()
    };
    (
        list(&seen["submissions"]["nodes"], &|it| text(&it["id"])),
        seen["reach"].as_i64().expect("a number"),
        list(&seen["aliases"], &text),
        list(&seen["contributesTo"], &|it| text(&it["cause"]["name"])),
    )
}

async fn row(app: &TestApp, sent: &Sent) -> submission::Model {
    let id = SubmissionId::parse(&sent.id).expect("an id");
    let db = app.system().db();
    submission::Entity::find_by_id(id).one(&db).await.expect("a look").expect("a row")
}

const SIMILAR: &str = "query($text: String!) { similarSubmissions(text: $text) {
  readable { takesTwins submission { id } } } }";

async fn similar(client: &Client, words: &str, sent: &Sent) -> Option<bool> {
    let seen = client.ask(SIMILAR, json!({"text": words})).await;
    let found = seen["similarSubmissions"]["readable"].as_array().expect("a list").clone();
    let one = found.iter().find(|it| it["submission"]["id"] == sent.id.as_str())?;
    one["takesTwins"].as_bool()
}

on_both! {
    async fn a_template_greets_its_author_alone(app) {
        let o = &app.organisation;
        let (colleague, cook) = (app.sign_in(o.colleague).await, app.sign_in(o.cook).await);
        let (reviewer, manager) = (app.sign_in(o.reviewer).await, app.sign_in(o.manager).await);
        let canonical = idea(&colleague, "Hooks on the doors of the rooms.").await;
        let twin = idea(&cook, "Ganchos en las puertas.").await;
        let follow = "mutation($id: ID!) { submissionFollow(input: {submissionId: $id}) { userErrors { code } } }";
        manager.done("submissionFollow", follow, json!({"id": canonical.id})).await;
        let thanks = template(&reviewer, "Dear {name}, {reference} counts.", "Hola, {name}: {reference} cuenta.").await;

        // Joining takes a template too, in the words of the twin's author.
        let joined = joins(&reviewer, &twin, &canonical, json!({"replyTemplateId": thanks, "announce": "NOW"})).await;
        assert_eq!(joined["decision"]["messageLanguage"], "es");
        assert_eq!(joined["decision"]["message"], format!("Hola, colega: {} cuenta.", twin.reference), "the reviewer is not called Carla");
        app.settle().await;
        assert!(messages(&cook, &twin).await.contains(&format!("Hola, Carla Cook: {} cuenta.", twin.reference)));
        let typed = idea(&cook, "Ganchos, otra vez.").await;
        let joined = joins(&reviewer, &typed, &canonical, json!({"message": "Ya está.", "messageLanguage": "es", "announce": "NOW"})).await;
        assert_eq!(joined["decision"]["messageLanguage"], "es");
        app.settle().await;
        app.mails.clear();

        app.wants(&[o.manager, o.cook], "FOLLOWED", "IMMEDIATE").await;
        let no = template(&reviewer, "Dear {name}, no.", "Hola, {name}: no.").await;
        moves(&reviewer, json!({"id": canonical.id, "to": "DECLINED", "reason": "COST", "replyTemplateId": no})).await;
        app.pass(2 * MINUTE).await;
        assert!(messages(&colleague, &canonical).await.contains(&String::from("Dear Colin Colleague, no.")));
        assert!(told(&colleague).await.contains(&String::from("Dear Colin Colleague, no.")));
        for (client, sent) in [(&cook, &twin), (&manager, &canonical), (&reviewer, &canonical)] {
            let words = messages(client, sent).await;
            assert!(words.contains(&String::from("Dear colleague, no.")), "{words:?}");
            assert!(!words.iter().any(|it| it.contains("Colin")), "{words:?}");
        }
        assert!(told(&cook).await.contains(&String::from("Dear colleague, no.")));
        let mails = app.mails.mails();
        let mut to: Vec<String> = mails.iter().flat_map(|mail| mail.to.clone()).collect();
        to.sort();
        to.dedup();
        assert_eq!(to, ["Carla Cook", "Colin Colleague", "Mona Manager"].map(mail_of));
        for mail in &mails {
            let own = mail.to == [mail_of("Colin Colleague")];
            let words = format!("{} {}", mail.text(), mail.html());
            assert_eq!(words.contains("Dear Colin Colleague"), own, "{words}");
            assert_eq!(words.contains("Colin"), own, "{words}");
            assert!(!words.contains('\u{FFFB}'));
        }

        // A typed message is read by all: it cannot be filled with a name.
        let preview = "query($in: ReplyPreviewInput!) { replyPreview(input: $in) { message } }";
        let other = idea(&colleague, "More light.").await;
        let asked = |more: Value| {
            let mut asked = json!({"submissionId": other.id, "to": "ACCEPTED"});
            asked.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
            json!({"in": asked})
        };
        let answer = reviewer.send(preview, asked(json!({"text": "Dear {name}."}))).await;
        assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.body);
        let shown = reviewer.ask(preview, asked(json!({"replyTemplateId": no}))).await;
        assert_eq!(shown["replyPreview"]["message"], "Dear Colin Colleague, no.");
        app.settle().await;
    }

    async fn merges_of_causes_are_taken_back_in_any_order(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        for first in [0, 1] {
            let name = |name: &str| format!("{name} {first}");
            let (here, there) = (named(&head, &name("Ward"), json!({})).await, named(&head, &name("Desk"), json!({})).await);
            let into = named(&head, &name("Old lifts"), json!({})).await;
            let beside = named(&head, &name("Late operations"), json!({})).await;
            // Two of the same name, in different places of the tree.
            let a = named(&head, &name("Slow lifts"), json!({"parentId": here})).await;
            let d = named(&head, &name("Slow lifts"), json!({"parentId": there})).await;
            for from in [&a, &d] {
                act(&head, ("causeContribute", ""), json!({"id": from, "toId": beside})).await;
            }
            let sent = send(&nurse, json!({"text": "The lift is slow again.", "kind": "OBSERVATION"})).await;
            links(&head, &sent, &a, "NOW").await;
            links(&head, &sent, &d, "NOW").await;
            app.settle().await;
            let alone = (vec![sent.id.clone()], 1, vec![], vec![name("Late operations")]);
            assert_eq!(behind(&head, &a).await, alone);

            merges(&head, &a, &into).await;
            merges(&head, &d, &into).await;
            let both = (vec![sent.id.clone()], 1, vec![name("Slow lifts")], vec![name("Late operations")]);
            assert_eq!(behind(&head, &into).await, both);

            let order = if first == 0 { [&a, &d] } else { [&d, &a] };
            unmerges(&head, order[0]).await;
            assert_eq!(behind(&head, order[0]).await, alone, "it has its own back");
            assert_eq!(behind(&head, &into).await, both, "the other one is still in it");
            unmerges(&head, order[1]).await;
            assert_eq!(behind(&head, order[1]).await, alone);
            assert_eq!(behind(&head, &into).await, (vec![], 0, vec![], vec![]), "as before both");
        }
        app.settle().await;
    }

    async fn taking_a_link_away_takes_all_that_stands_behind_it(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let (a, d, into) = (named(&head, "First why", json!({})).await, named(&head, "Second why", json!({})).await, named(&head, "Third why", json!({})).await);
        let sent = send(&nurse, json!({"text": "The lift is slow again.", "kind": "OBSERVATION"})).await;
        links(&head, &sent, &a, "NOW").await;
        links(&head, &sent, &d, "NOW").await;
        merges(&head, &a, &into).await;
        merges(&head, &d, &into).await;
        let version = row(app, &sent).await.version;
        let away = json!({"submissionId": sent.id, "causeId": into, "expectedVersion": version - 1});
        assert_eq!(refused(&head, "causeUnlink", away).await["code"], "STALE_VERSION");
        let away = json!({"submissionId": sent.id, "causeId": into, "expectedVersion": version});
        act(&head, ("causeUnlink", ""), away).await;
        for cause in [&a, &d] {
            unmerges(&head, cause).await;
        }
        for cause in [&a, &d, &into] {
            assert_eq!(behind(&head, cause).await.1, 0, "what was taken away stays away");
        }
        app.settle().await;
    }

    async fn an_undone_decision_takes_no_announced_link_along(app) {
        let o = &app.organisation;
        let (colleague, head) = (app.sign_in(o.colleague).await, app.sign_in(o.head).await);
        let (a, b) = (named(&head, "Slow lifts", json!({})).await, named(&head, "Old lifts", json!({})).await);
        let sent = idea(&colleague, "New lifts, please.").await;
        links(&head, &sent, &a, "NOW").await;
        app.settle().await;
        let held = moves(&head, json!({"id": sent.id, "to": "ACCEPTED", "announce": "LATER"})).await;
        links(&head, &sent, &b, "LATER").await;
        merges(&head, &a, &b).await;
        let seen = "query($id: ID!) { submission(by: {id: $id}) { causes { cause { id } } } }";
        let causes = colleague.ask(seen, json!({"id": sent.id})).await;
        assert_eq!(causes["submission"]["causes"], json!([{"cause": {"id": b}}]), "what was announced still shows");
        undo(&head, &held).await;
        assert_eq!(behind(&head, &b).await.0, std::slice::from_ref(&sent.id));
        unmerges(&head, &a).await;
        assert_eq!(behind(&head, &a).await.0, std::slice::from_ref(&sent.id));
        assert_eq!(behind(&head, &b).await.1, 0);
        app.settle().await;
    }

    async fn looking_for_the_same_tells_of_nothing_held(app) {
        let o = &app.organisation;
        let (nurse, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        let reviewer = app.sign_in(o.reviewer).await;
        let words = "Hooks on the doors of the patients' rooms";
        let (sent, other) = (idea(&nurse, words).await, idea(&nurse, "More hooks on all the doors of the rooms").await);
        assert_eq!(similar(&colleague, words, &sent).await, Some(true));
        let held = moves(&reviewer, json!({"id": sent.id, "to": "IMPLEMENTED", "announce": "LATER"})).await;
        assert_eq!(similar(&colleague, words, &sent).await, Some(true), "it is done, and nobody was told");
        undo(&reviewer, &held).await;
        let held = joins(&reviewer, &sent, &other, json!({"announce": "LATER"})).await;
        assert_eq!(similar(&colleague, words, &sent).await, Some(true), "it is joined, and nobody was told");
        undo(&reviewer, held["decision"]["id"].as_str().expect("an id")).await;
        app.settle().await;
    }

    async fn mentions_find_nobody_out(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let hopeless = o.chemist.to_string();
        let about = json!({"text": "The lift is out.", "kind": "OBSERVATION", "unitId": o.desk.to_string(), "concernedId": o.hill_manager.to_string()});
        let sent = send(&nurse, about).await;
        // The cook of another site works on it; so does a colleague of the unit, who reads it by that alone.
        let own = "mutation($i: ID!, $p: ID) { submissionSetOwner(input: {id: $i, ownerId: $p}) { userErrors { code message } } }";
        for owner in [o.cook, o.colleague] {
            reviewer.done("submissionSetOwner", own, json!({"i": sent.id, "p": owner.to_string()})).await;
            app.settle().await;
            let candidates = [o.cook, o.colleague, o.hill_manager, o.executive].map(|it| it.to_string());
            let mentions: Vec<String> = candidates.iter().cloned().chain([hopeless.clone()]).collect();
            let input = json!({"submissionId": sent.id, "text": "Look.", "visibility": "PUBLIC", "mentionIds": mentions});
            let error = refused(&nurse, "commentAdd", input).await;
            for candidate in &candidates {
                assert!(text(&error["message"]).contains(candidate), "{candidate} is told apart: {error}");
            }
        }
        // Those inside know who works on it.
        let input = json!({"submissionId": sent.id, "text": "Look.", "visibility": "PUBLIC", "mentionIds": [o.colleague.to_string()]});
        act(&reviewer, ("commentAdd", ""), input).await;
        app.settle().await;
    }

    async fn a_twin_hears_what_was_said_while_it_belonged(app) {
        let o = &app.organisation;
        let (nurse, cook, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await, app.sign_in(o.colleague).await);
        let reviewer = app.sign_in(o.reviewer).await;
        let (a, b, c) = (idea(&cook, "Ganchos.").await, idea(&nurse, "Hooks.").await, idea(&colleague, "Hooks, please.").await);
        joins(&reviewer, &a, &b, json!({"announce": "NOW"})).await;
        app.pass(MINUTE).await;
        moves(&reviewer, json!({"id": b.id, "to": "ACCEPTED", "message": "Said to the nurse.", "announce": "NOW"})).await;
        moves(&reviewer, json!({"id": c.id, "to": "ACCEPTED", "message": "Said to the colleague alone.", "announce": "NOW"})).await;
        app.pass(MINUTE).await;
        joins(&reviewer, &b, &c, json!({"announce": "NOW"})).await;
        app.pass(MINUTE).await;
        moves(&reviewer, json!({"id": c.id, "to": "PLANNED", "message": "Said to all three.", "announce": "NOW"})).await;
        app.pass(MINUTE).await;
        let heard = |words: &[String]| ["Said to the nurse.", "Said to the colleague alone.", "Said to all three."].map(|it| words.iter().any(|word| word == it));
        assert_eq!(heard(&messages(&cook, &a).await), [true, false, true]);
        assert_eq!(heard(&messages(&nurse, &b).await), [true, false, true]);

        // B stands by itself again: A goes with it, and keeps what it was told.
        act(&reviewer, ("submissionUnmerge", ""), json!({"id": b.id, "announce": "NOW"})).await;
        app.pass(MINUTE).await;
        moves(&reviewer, json!({"id": c.id, "to": "IN_PROGRESS", "message": "After the parting.", "announce": "NOW"})).await;
        app.settle().await;
        let words = messages(&cook, &a).await;
        assert_eq!(heard(&words), [true, false, true]);
        assert!(!words.contains(&String::from("After the parting.")));
    }

    async fn words_taken_out_do_not_come_back_with_a_cause(app) {
        let o = &app.organisation;
        let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
        let (a, b) = (named(&head, "Slow lifts", json!({})).await, named(&head, "Old lifts", json!({})).await);
        let sent = send(&nurse, json!({"text": "Ann Smith waited for the lift.", "kind": "OBSERVATION"})).await;
        for cause in [&a, &b] {
            let input = json!({"submissionId": sent.id, "causeIds": [cause], "note": "Ann Smith said so", "announce": "NOW"});
            act(&head, ("causeLink", ""), input).await;
        }
        merges(&head, &a, &b).await;
        let input = json!({"id": sent.id, "passages": ["Ann Smith"], "reason": "PERSONAL_DATA"});
        act(&head, ("submissionRedact", ""), input).await;
        for (table, rows) in app.dump(&[]).await {
            let rows = format!("{rows:?}");
            assert!(!rows.contains("Ann Smith"), "{table}: {rows}");
        }
        unmerges(&head, &a).await;
        let seen = "query($id: ID!) { submission(by: {id: $id}) { causes { note } } }";
        let causes = head.ask(seen, json!({"id": sent.id})).await["submission"]["causes"].clone();
        assert_eq!(causes.as_array().map(Vec::len), Some(2));
        assert!(!causes.to_string().contains("Ann Smith"), "{causes}");
        app.settle().await;
    }

    async fn refusing_to_join_tells_of_nothing_held(app) {
        let o = &app.organisation;
        let setting = app.sign_in(o.admin).await;
        setting.done("settingsUpdate", "mutation { settingsUpdate(input: {readPolicy: EVERYONE}) { userErrors { code message } } }", json!({})).await;
        let (nurse, chemist) = (app.sign_in(o.nurse).await, app.sign_in(o.chemist).await);
        let (reviewer, south) = (app.sign_in(o.reviewer).await, app.sign_in(o.south_reviewer).await);
        let mine = idea(&nurse, "Hooks on the doors.").await;
        let theirs = idea(&chemist, "Hooks at the doors.").await;
        let join = json!({"id": mine.id, "intoId": theirs.id});
        let held = moves(&south, json!({"id": theirs.id, "to": "IMPLEMENTED", "announce": "LATER"})).await;
        let neutral = refused(&reviewer, "submissionMerge", join.clone()).await;
        assert_eq!((&neutral["code"], &neutral["field"]), (&json!("INVALID"), &json!(["intoId"])));
        assert!(!text(&neutral["message"]).contains("IMPLEMENTED"), "{neutral}");
        undo(&south, &held).await;
        // A joining that is held, into one that the asker wrote: the same words.
        let own = idea(&reviewer, "A reviewer's own hooks.").await;
        let both = app.sign_in(o.head).await;
        let held = joins(&both, &theirs, &own, json!({"announce": "LATER"})).await;
        assert_eq!(refused(&reviewer, "submissionMerge", join.clone()).await["message"], neutral["message"]);
        undo(&both, held["decision"]["id"].as_str().expect("an id")).await;
        // What everybody sees is said.
        moves(&south, json!({"id": theirs.id, "to": "IMPLEMENTED", "announce": "NOW"})).await;
        app.settle().await;
        let open = refused(&reviewer, "submissionMerge", join).await;
        assert!(text(&open["message"]).contains("IMPLEMENTED"), "{open}");
    }

    async fn undoing_a_decision_closes_nothing_that_was_opened(app) {
        let o = &app.organisation;
        let (nurse, cook) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await);
        let (reviewer, manager) = (app.sign_in(o.reviewer).await, app.sign_in(o.manager).await);
        let sent = idea(&nurse, "Hooks on the doors.").await;
        let held = moves(&reviewer, json!({"id": sent.id, "to": "ACCEPTED", "announce": "LATER"})).await;
        act(&manager, ("submissionOpen", ""), json!({"id": sent.id})).await;
        let look = "query($id: ID!) { submission(by: {id: $id}) { id } }";
        assert_eq!(cook.ask(look, json!({"id": sent.id})).await["submission"]["id"], sent.id.as_str());
        undo(&reviewer, &held).await;
        assert!(row(app, &sent).await.opened_at.is_some());
        assert_eq!(cook.ask(look, json!({"id": sent.id})).await["submission"]["id"], sent.id.as_str(), "the company keeps it");
        app.settle().await;
    }

    async fn a_second_look_goes_to_nobody_who_declined(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let second = app.sign_in(o.second_reviewer).await;
        let sent = idea(&nurse, "Hooks on the doors.").await;
        let why = named(&reviewer, "Bare doors", json!({})).await;
        links(&reviewer, &sent, &why, "NOW").await;
        moves(&reviewer, json!({"id": sent.id, "to": "DECLINED", "reason": "COST", "message": "No.", "announce": "NOW"})).await;
        app.settle().await;
        let choices = "query($i: ID!) { submission(by: {id: $i}) { assigneeChoices { person { name } } } }";
        let names = async || second.ask(choices, json!({"i": sent.id})).await["submission"]["assigneeChoices"].to_string();
        assert!(names().await.contains("Rita Reviewer"));
        let again = json!({"id": sent.id, "text": "Please look again."});
        act(&nurse, ("submissionAskSecondLook", ""), again).await;
        let choices = names().await;
        assert!(!choices.contains("Rita Reviewer") && choices.contains("Rob Reviewer"), "{choices}");
        let assign = |to: entity::id::PersonId| json!({"id": sent.id, "assigneeId": to.to_string()});
        let error = refused(&second, "submissionAssign", assign(o.reviewer)).await;
        assert_eq!((&error["code"], &error["field"]), (&json!("INVALID"), &json!(["assigneeId"])));
        let unlink = json!({"submissionId": sent.id, "causeId": why});
        assert_eq!(refused(&reviewer, "causeUnlink", unlink.clone()).await["code"], "FORBIDDEN");
        act(&second, ("causeUnlink", ""), unlink).await;
        act(&second, ("submissionAssign", ""), assign(o.second_reviewer)).await;
        app.settle().await;
    }

    async fn what_is_paused_is_what_its_clocks_say(app) {
        let o = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await);
        let (early, late) = (idea(&nurse, "Hooks on the doors.").await, idea(&nurse, "More light.").await);
        moves(&reviewer, json!({"id": early.id, "to": "UNDER_REVIEW", "announce": "NOW"})).await;
        moves(&reviewer, json!({"id": early.id, "to": "NEEDS_INFO", "message": "Where?", "announce": "NOW"})).await;
        // Its clocks have stopped by the time the question is asked.
        moves(&reviewer, json!({"id": late.id, "to": "ACCEPTED", "message": "Yes.", "announce": "NOW"})).await;
        moves(&reviewer, json!({"id": late.id, "to": "NEEDS_INFO", "message": "Where?", "announce": "NOW"})).await;
        app.settle().await;
        let paused = "query($f: QueueFilter) { triageQueue(first: 10, filter: $f) { nodes { id } } }";
        let found = async |states: Value| {
            let seen = reviewer.ask(paused, json!({"f": {"clock": {"in": states}, "phase": {"in": ["NEEDS_INFO", "UNDER_REVIEW"]}}})).await;
            let nodes = seen["triageQueue"]["nodes"].as_array().expect("a queue").clone();
            nodes.iter().map(|it| text(&it["id"])).collect::<Vec<_>>()
        };
        assert_eq!(found(json!(["PAUSED"])).await, std::slice::from_ref(&early.id));
        // A return that is still held leaves them paused.
        moves(&reviewer, json!({"id": early.id, "to": "UNDER_REVIEW", "announce": "LATER"})).await;
        assert_eq!(found(json!(["PAUSED"])).await, std::slice::from_ref(&early.id), "it matches one state");
        app.settle().await;
    }

    async fn whoever_manages_above_a_function_answers_for_its_causes(app) {
        let o = &app.organisation;
        let head = app.sign_in(o.head).await;
        let admin = app.sign_in(o.admin).await;
        let grant = json!({"personId": o.chemist.to_string(), "role": "MANAGER", "unitId": o.root.to_string()});
        act(&admin, ("grantAdd", ""), grant).await;
        let chemist = app.sign_in(o.chemist).await;
        let owned = named(&head, "Old network", json!({"ownerUnitId": o.it.to_string()})).await;
        let hidden = named(&head, "Old cables", json!({})).await;
        let seen = "query($id: ID!) { cause(id: $id) { name allowedStatuses } }";
        let cause = chemist.ask(seen, json!({"id": owned})).await["cause"].clone();
        assert_eq!(cause["name"], "Old network");
        assert!(!cause["allowedStatuses"].as_array().expect("a list").is_empty());
        act(&chemist, ("causeUpdate", ""), json!({"id": owned, "name": "Very old network"})).await;
        // Guessing the name of one that is not theirs names nothing.
        assert_eq!(chemist.ask(seen, json!({"id": hidden})).await["cause"], Value::Null);
        let taken = refused(&chemist, "causeUpdate", json!({"id": owned, "name": "Old cables"})).await;
        assert_eq!((&taken["code"], &taken["allowed"]), (&json!("TAKEN"), &json!([])));
        assert!(!text(&taken["message"]).contains(&hidden), "{taken}");
        let told = refused(&head, "causeUpdate", json!({"id": owned, "name": "Old cables"})).await;
        assert_eq!(told["allowed"], json!([hidden]), "whoever sees it is told which");
    }
}

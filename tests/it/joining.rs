//! Joining what says the same: the verb and its undo, what the twin mirrors, whose people count,
//! and "me too" without showing what one may not read.

use std::collections::{BTreeMap, HashMap, HashSet};

use earshot::engagement;
use earshot::kit::error::Error;
use earshot::workflow::joining::{Merge, Unmerge, merge, unmerge};
use earshot::workflow::{announce, asking, undo};
use entity::id::{DecisionId, PersonId, SubmissionId, TypedId as _};
use entity::identity::person;
use entity::identity::values::{PinState, VoteFollows};
use entity::instant::{MINUTE, SECOND};
use entity::submissions::hold::Announce;
use entity::submissions::phase::Phase;
use entity::submissions::{joined, submission};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait, EntityTrait, Statement};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::people::mail_of;
use crate::on_both;

const MERGE: &str = "mutation($in: SubmissionMergeInput!) { submissionMerge(input: $in) {
  submission { id phase shownPhase version canonicalReference } decision { id from to state message }
  userErrors { field code message allowed } } }";
const UNMERGE: &str = "mutation($in: SubmissionUnmergeInput!) { submissionUnmerge(input: $in) {
  submission { id phase shownPhase } decision { id from to state } userErrors { field code message } } }";
const UNDO: &str = "mutation($in: DecisionUndoInput!) { decisionUndo(input: $in) {
  submission { phase shownPhase } userErrors { field code message } } }";
const LOOK: &str = "query($id: ID!) { submission(by: {id: $id}) { id reference phase shownPhase status { id } voteCount reach
  canonicalReference mergedInto { id } twinCount twins(first: 10) { nodes { id } } commentCount version
  allowedMoves { phase mutation } viewerCan { vote }
  history(first: 50) { nodes { kind to message actor { id } } } } }";
const ME_TOO: &str = "mutation($in: SubmissionMeTooInput!) { submissionMeToo(input: $in) {
  submission { voteCount viewerFollows } userErrors { field code message } } }";
const ME_TOO_UNDO: &str =
    "mutation($in: SubmissionMeTooUndoInput!) { submissionMeTooUndo(input: $in) {
  submission { voteCount } userErrors { field code message } } }";
const VOTE: &str = "mutation($id: ID!) { submissionVote(input: {submissionId: $id}) {
  submission { voteCount } userErrors { field code message } } }";
const SIMILAR: &str = "query($text: String!, $touchpoint: ID, $kind: SubmissionKind) {
  similarSubmissions(text: $text, touchpointId: $touchpoint, kind: $kind) {
    readable { likeness samePlace takesTwins submission { id text } }
    offered { kind touchpoint { name } causes peopleAtLeast token } } }";

/// Something that was sent.
struct Sent {
    id: String,
    reference: String,
}

impl Sent {
    fn key(&self) -> SubmissionId {
        SubmissionId::parse(&self.id).expect("an id")
    }
}

async fn send(client: &Client, input: Value) -> Sent {
    let query = "mutation($in: SubmissionSendInput!) { submissionSend(input: $in) {
        submission { id reference } userErrors { field code message } } }";
    let payload = client.done("submissionSend", query, json!({"in": input})).await;
    let sent = &payload["submission"];
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    Sent { id: text(&sent["id"]), reference: text(&sent["reference"]) }
}

async fn idea(client: &Client, text: &str) -> Sent {
    send(client, json!({"text": text, "kind": "IDEA"})).await
}

async fn look(client: &Client, sent: &Sent) -> Value {
    client.ask(LOOK, json!({"id": sent.id})).await["submission"].clone()
}

async fn joins(client: &Client, input: Value) -> Value {
    client.done("submissionMerge", MERGE, json!({"in": input})).await
}

async fn no_joining(client: &Client, input: Value) -> Value {
    client.refused("submissionMerge", MERGE, json!({"in": input})).await
}

async fn vote(client: &Client, sent: &Sent) {
    client.done("submissionVote", VOTE, json!({"id": sent.id})).await;
}

async fn decide(client: &Client, input: Value) -> Value {
    let query = "mutation($in: SubmissionMoveInput!) { submissionMove(input: $in) {
        submission { phase } decision { id } userErrors { field code message } } }";
    client.done("submissionMove", query, json!({"in": input})).await
}

async fn row(app: &TestApp, id: SubmissionId) -> submission::Model {
    let db = app.system().db();
    submission::Entity::find_by_id(id).one(&db).await.expect("a look").expect("a row")
}

/// The row without what an undo may move on.
fn still(row: submission::Model) -> submission::Model {
    submission::Model { version: 0, updated_at: entity::instant::Instant(0), ..row }
}

/// One more person at the desk of the harbour, without mail.
async fn colleague(app: &TestApp, number: usize) -> PersonId {
    let scope = app.system();
    let tx = scope.begin().await.expect("a transaction");
    let id = PersonId(scope.fresh_id());
    let row = person::ActiveModel {
        id: Set(id),
        name: Set(format!("Voter {number}")),
        email: Set(None),
        email_key: Set(None),
        staff_code: Set(Some(format!("VOTER-{number}"))),
        home_unit_id: Set(app.organisation.desk),
        locale: Set(String::from("en")),
        password_hash: Set(None),
        pin_hash: Set(None),
        pin_once: Set(PinState::None),
        vote_follows: Set(VoteFollows::Yes),
        bounced_at: Set(None),
        deactivated_at: Set(None),
        created_at: Set(scope.now),
        version: Set(1),
    };
    row.insert(&tx).await.expect("a person");
    tx.commit(id).await.expect("written")
}

async fn execute(app: &TestApp, sql: &str) {
    let scope = app.system();
    let tx = scope.begin().await.expect("a transaction");
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    tx.execute_raw(statement).await.expect("done");
    tx.commit(()).await.expect("committed");
}

fn kinds(seen: &Value) -> Vec<&str> {
    let nodes = seen["history"]["nodes"].as_array().expect("a history");
    nodes.iter().map(|node| node["kind"].as_str().expect("a kind")).collect()
}

on_both! {
    async fn two_that_say_the_same_become_one(app) {
        let o = &app.organisation;
        let (nurse, cook, chemist) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await, app.sign_in(o.colleague).await);
        let reviewer = app.sign_in(o.reviewer).await;
        let canonical = idea(&chemist, "Hooks on the doors of the changing rooms.").await;
        let twin = idea(&cook, "A hook at the changing room door, please.").await;
        vote(&nurse, &canonical).await;
        // The nurse follows both: the canonical one by the vote, the twin as its reader could not.
        let allowed = look(&reviewer, &twin).await;
        let offered = allowed["allowedMoves"].as_array().unwrap().iter().find(|it| it["phase"] == "MERGED").expect("offered").clone();
        assert_eq!(offered["mutation"], "submissionMerge");

        let before = still(row(app, twin.key()).await);
        let input = json!({"id": twin.id, "intoId": canonical.id, "clientKey": "join-1"});
        let done = joins(&reviewer, input.clone()).await;
        assert_eq!((&done["submission"]["phase"], &done["submission"]["shownPhase"]), (&json!("MERGED"), &json!("SUBMITTED")));
        let again = joins(&reviewer, input).await;
        assert_eq!(again["decision"]["id"], done["decision"]["id"], "the same key joins once");
        // While it is held, nobody else knows, and nothing counts.
        assert_eq!(look(&cook, &twin).await["canonicalReference"], Value::Null);
        assert_eq!(look(&cook, &twin).await["phase"], "SUBMITTED");
        let seen = look(&reviewer, &canonical).await;
        assert_eq!((&seen["voteCount"], &seen["twinCount"]), (&json!(1), &json!(0)));
        assert_eq!(seen["twins"]["nodes"], json!([{"id": twin.id}]), "those inside see what is held");
        reviewer.done("decisionUndo", UNDO, json!({"in": {"id": done["decision"]["id"]}})).await;
        assert_eq!(still(row(app, twin.key()).await), before, "as if it had never been");
        app.settle().await;
        assert!(app.mails.mails().is_empty());

        joins(&reviewer, json!({"id": twin.id, "intoId": canonical.id})).await;
        app.pass(61 * SECOND).await;
        // One mail, in the author's own language, with the default words and the other's reference.
        let mails = app.mails.mails();
        assert_eq!(mails.len(), 1, "nobody but the twin's author hears of it");
        let told = &mails[0];
        assert_eq!(told.to, [mail_of("Carla Cook")]);
        assert!(told.text().contains(&canonical.reference) && told.text().contains("cuenta junto con"), "{}", told.text());
        assert!(!told.text().contains("Hooks on the doors"), "the canonical one's text stays where it is");

        let seen = look(&cook, &twin).await;
        assert_eq!((&seen["canonicalReference"], &seen["mergedInto"]), (&json!(canonical.reference), &Value::Null), "another site's idea stays unread");
        let seen = look(&reviewer, &canonical).await;
        assert_eq!((&seen["voteCount"], &seen["reach"], &seen["twinCount"]), (&json!(2), &json!(3), &json!(1)));
        assert!(kinds(&seen).contains(&"twin.joined"));
        assert!(row(app, twin.key()).await.opened_at.is_none(), "joining opens nothing");

        // What becomes of the canonical one is shown and told to the people of the twin.
        decide(&reviewer, json!({"id": canonical.id, "to": "ACCEPTED", "message": "Yes, we will put hooks up."})).await;
        assert_eq!(look(&cook, &twin).await["shownPhase"], "SUBMITTED");
        app.pass(61 * SECOND).await;
        let seen = look(&cook, &twin).await;
        assert_eq!((&seen["phase"], &seen["shownPhase"]), (&json!("ACCEPTED"), &json!("ACCEPTED")));
        assert_eq!(look(&reviewer, &twin).await["phase"], "MERGED");
        let words: Vec<&Value> = seen["history"]["nodes"].as_array().unwrap().iter().map(|it| &it["message"]).collect();
        assert!(words.contains(&&json!("Yes, we will put hooks up.")), "{words:?}");
        let mails = app.mails.mails();
        let to = |name: &str| mails.iter().filter(|mail| mail.to == [mail_of(name)]).count();
        assert_eq!((to("Carla Cook"), to("Colin Colleague")), (2, 1));
        let last = mails.iter().rfind(|mail| mail.to == [mail_of("Carla Cook")]).expect("told");
        assert!(last.subject().contains(&twin.reference) && last.text().contains("Yes, we will put hooks up."), "{}", last.text());

        // It was not the same after all.
        reviewer.done("submissionUnmerge", UNMERGE, json!({"in": {"id": twin.id}})).await;
        assert_eq!(look(&cook, &twin).await["shownPhase"], "ACCEPTED", "mirrored until the end is announced");
        app.pass(61 * SECOND).await;
        let seen = look(&cook, &twin).await;
        assert_eq!((&seen["shownPhase"], &seen["canonicalReference"]), (&json!("SUBMITTED"), &Value::Null));
        let seen = look(&reviewer, &canonical).await;
        assert_eq!((&seen["voteCount"], &seen["reach"], &seen["twinCount"]), (&json!(1), &json!(2), &json!(0)));
        assert!(kinds(&seen).contains(&"twin.left"));
    }

    async fn whoever_stands_on_both_sides_hears_once(app) {
        let o = &app.organisation;
        let (nurse, colleague, manager) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await, app.sign_in(o.manager).await);
        let reviewer = app.sign_in(o.reviewer).await;
        let canonical = idea(&nurse, "More light in the car park.").await;
        let twin = idea(&colleague, "The car park is dark.").await;
        // The twin's author votes for the canonical one, the manager for both.
        vote(&colleague, &canonical).await;
        vote(&manager, &canonical).await;
        vote(&manager, &twin).await;
        joins(&reviewer, json!({"id": twin.id, "intoId": canonical.id, "announce": "NOW"})).await;
        app.settle().await;
        let seen = look(&reviewer, &canonical).await;
        assert_eq!((&seen["voteCount"], &seen["reach"]), (&json!(2), &json!(3)), "each person once");
        app.wants(&[o.manager, o.colleague], "FOLLOWED", "IMMEDIATE").await;
        // What waited for the weekly mail comes at once now.
        app.settle().await;
        let before = app.mails.mails().len();
        decide(&reviewer, json!({"id": canonical.id, "to": "ACCEPTED", "message": "Lamps are ordered.", "announce": "NOW"})).await;
        app.settle().await;
        let mails = app.mails.mails().split_off(before);
        let mut to: Vec<String> = mails.iter().flat_map(|mail| mail.to.clone()).collect();
        to.sort();
        assert_eq!(to, [mail_of("Colin Colleague"), mail_of("Mona Manager")], "each once; the nurse has no mail");
        let own = mails.iter().find(|mail| mail.to == [mail_of("Colin Colleague")]).unwrap();
        assert!(own.subject().contains(&twin.reference), "about what they sent, not what they follow: {}", own.subject());
        let notes = "{ notifications(first: 10) { nodes { reference phase } } }";
        let nodes = nurse.ask(notes, json!({})).await["notifications"]["nodes"].clone();
        assert_eq!(nodes.as_array().unwrap().iter().filter(|it| it["phase"] == "ACCEPTED").count(), 1);
    }

    async fn what_cannot_be_joined(app) {
        let o = &app.organisation;
        let (nurse, colleague) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        let (reviewer, second) = (app.sign_in(o.reviewer).await, app.sign_in(o.second_reviewer).await);
        let south = app.sign_in(o.south_reviewer).await;
        let one = idea(&nurse, "Hooks on the doors.").await;
        let other = idea(&colleague, "Hooks at the doors.").await;
        let seen = send(&nurse, json!({"text": "There are no hooks.", "kind": "OBSERVATION"})).await;
        let hidden = send(&nurse, json!({"text": "Hooks, quietly.", "kind": "IDEA", "audience": "CX_TEAM_ONLY"})).await;
        let done = idea(&nurse, "Hooks that are there.").await;
        decide(&reviewer, json!({"id": done.id, "to": "IMPLEMENTED"})).await;
        let back = idea(&nurse, "Hooks, taken back.").await;
        let withdraw = "mutation($id: ID!) { submissionWithdraw(input: {id: $id}) { userErrors { code } } }";
        nurse.done("submissionWithdraw", withdraw, json!({"id": back.id})).await;
        let own = idea(&reviewer, "A reviewer's own hooks.").await;
        let concerned = send(&nurse, json!({"text": "Hooks and the second reviewer.", "kind": "IDEA", "concernedId": o.second_reviewer.to_string()})).await;
        let elsewhere = idea(&app.sign_in(o.chemist).await, "Hooks in the south.").await;
        let before = app.dump(&["mail", "session", "refresh_token", "known_device"]).await;
        for (who, client, id, into, code, field) in [
            ("across kinds", &reviewer, &one, &seen, "INVALID", "intoId"),
            ("across audiences", &reviewer, &one, &hidden, "INVALID", "intoId"),
            ("across audiences, the other way", &reviewer, &hidden, &one, "INVALID", "intoId"),
            ("into itself", &reviewer, &one, &one, "INVALID", "intoId"),
            ("into what is done", &reviewer, &one, &done, "INVALID", "intoId"),
            ("what is done", &reviewer, &done, &one, "STEP_NOT_ALLOWED", "id"),
            ("into what was taken back", &reviewer, &one, &back, "INVALID", "intoId"),
            ("what was taken back", &reviewer, &back, &one, "STEP_NOT_ALLOWED", "id"),
            ("into an own one", &reviewer, &one, &own, "FORBIDDEN", "intoId"),
            ("an own one", &reviewer, &own, &one, "STEP_NOT_ALLOWED", "id"),
            ("by the person concerned", &second, &concerned, &one, "NOT_FOUND", "id"),
            ("into one that concerns the reviewer", &second, &one, &concerned, "NOT_FOUND", "intoId"),
            ("what one may not read", &south, &one, &other, "NOT_FOUND", "id"),
            ("into what one may not read", &reviewer, &one, &elsewhere, "NOT_FOUND", "intoId"),
            ("by its author", &nurse, &one, &other, "STEP_NOT_ALLOWED", "id"),
        ] {
            let refused = no_joining(client, json!({"id": id.id, "intoId": into.id})).await;
            assert_eq!((&refused["code"], &refused["field"]), (&json!(code), &json!([field])), "{who}: {refused}");
        }
        for (input, code) in [
            (json!({"id": one.id, "intoId": "sub_00000000000000000000000000"}), "NOT_FOUND"),
            (json!({"id": one.id, "intoId": "nonsense"}), "NOT_FOUND"),
            (json!({"id": one.id, "intoId": other.id, "expectedVersion": 9}), "STALE_VERSION"),
            (json!({"id": one.id, "intoId": other.id, "message": "x".repeat(2001)}), "TOO_LONG"),
        ] {
            assert_eq!(no_joining(&reviewer, input.clone()).await["code"], code, "{input}");
        }
        let after = app.dump(&["mail", "session", "refresh_token", "known_device"]).await;
        assert_eq!(crate::kit::dump::changed(&before, &after), Vec::<String>::new(), "a refusal changes nothing");

        // In a circle, while one is held and after it was announced.
        let held = joins(&reviewer, json!({"id": one.id, "intoId": other.id})).await;
        assert_eq!(no_joining(&reviewer, json!({"id": other.id, "intoId": one.id})).await["code"], "INVALID");
        assert_eq!(no_joining(&reviewer, json!({"id": one.id, "intoId": done.id})).await["code"], "STEP_NOT_ALLOWED");
        app.pass(61 * SECOND).await;
        assert_eq!(no_joining(&reviewer, json!({"id": other.id, "intoId": one.id})).await["code"], "INVALID");
        let late = reviewer.refused("decisionUndo", UNDO, json!({"in": {"id": held["decision"]["id"]}})).await;
        assert_eq!(late["code"], "TOO_LATE");
        // What the two share stays as it is while they are joined.
        let triage = "mutation($in: SubmissionUpdateTriageInput!) { submissionUpdateTriage(input: $in) { userErrors { field code } } }";
        for sent in [&one, &other] {
            for change in [json!({"audience": "CX_TEAM_ONLY"}), json!({"kind": "OBSERVATION"})] {
                let mut input = json!({"id": sent.id});
                input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
                let refused = reviewer.refused("submissionUpdateTriage", triage, json!({"in": input})).await;
                assert_eq!(refused["code"], "IN_USE", "{change}");
            }
        }
        let kind = "mutation($id: ID!) { submissionCorrectKind(input: {id: $id, kind: OBSERVATION}) { userErrors { field code } } }";
        for (client, sent) in [(&reviewer, &one), (&colleague, &other)] {
            let refused = client.refused("submissionCorrectKind", kind, json!({"id": sent.id})).await;
            assert!(["IN_USE", "TOO_LATE"].contains(&refused["code"].as_str().unwrap()), "{refused}");
        }
        // Nothing joined, nothing to take back.
        let refused = reviewer.refused("submissionUnmerge", UNMERGE, json!({"in": {"id": other.id}})).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!("STEP_NOT_ALLOWED"), &json!(["id"])));
    }

    async fn a_chain_has_one_root(app) {
        let o = &app.organisation;
        let (nurse, colleague, cook) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await, app.sign_in(o.cook).await);
        let reviewer = app.sign_in(o.reviewer).await;
        let (a, b, c) = (idea(&nurse, "A bell.").await, idea(&colleague, "Bells.").await, idea(&cook, "One bell more.").await);
        let d = idea(&nurse, "The bell again.").await;
        joins(&reviewer, json!({"id": a.id, "intoId": b.id, "announce": "NOW"})).await;
        joins(&reviewer, json!({"id": b.id, "intoId": c.id, "announce": "NOW"})).await;
        // Into one that is MERGED itself: the edge is kept, the root counts.
        joins(&reviewer, json!({"id": d.id, "intoId": b.id, "announce": "NOW"})).await;
        for sent in [&a, &b, &d] {
            assert_eq!(row(app, sent.key()).await.canonical_id, Some(c.key()));
        }
        // Nurse (of two twins) and colleague; the cook wrote the canonical one.
        let seen = look(&reviewer, &c).await;
        assert_eq!((&seen["voteCount"], &seen["reach"], &seen["twinCount"]), (&json!(2), &json!(3), &json!(3)));
        // A canonical one that is done takes no more, also through the middle one.
        reviewer.done("submissionUnmerge", UNMERGE, json!({"in": {"id": b.id, "announce": "NOW"}})).await;
        for sent in [&a, &d] {
            assert_eq!(row(app, sent.key()).await.canonical_id, Some(b.key()), "twins go with the middle one");
        }
        assert_eq!(look(&reviewer, &c).await["voteCount"], 0);
        assert_eq!(look(&reviewer, &b).await["voteCount"], 1);
        app.settle().await;
    }

    async fn the_canonical_one_is_taken_back(app) {
        let o = &app.organisation;
        let (nurse, colleague, cook) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await, app.sign_in(o.cook).await);
        let reviewer = app.sign_in(o.reviewer).await;
        let canonical = idea(&nurse, "A ramp at the door.").await;
        let (told, below) = (idea(&colleague, "Ramps.").await, idea(&cook, "A ramp, too.").await);
        let held = idea(&cook, "Ramp, please.").await;
        decide(&reviewer, json!({"id": held.id, "to": "UNDER_REVIEW", "announce": "NOW"})).await;
        joins(&reviewer, json!({"id": below.id, "intoId": told.id, "announce": "NOW"})).await;
        joins(&reviewer, json!({"id": told.id, "intoId": canonical.id, "announce": "NOW"})).await;
        let before = still(row(app, held.key()).await);
        joins(&reviewer, json!({"id": held.id, "intoId": canonical.id, "announce": "LATER"})).await;
        app.settle().await;
        let withdraw = "mutation($id: ID!) { submissionWithdraw(input: {id: $id}) { submission { phase } userErrors { code } } }";
        // A twin's own author has no moves on it.
        let refused = colleague.refused("submissionWithdraw", withdraw, json!({"id": told.id})).await;
        assert_eq!(refused["code"], "STEP_NOT_ALLOWED");
        nurse.done("submissionWithdraw", withdraw, json!({"id": canonical.id})).await;
        assert_eq!(still(row(app, held.key()).await), before, "a held joining never was");
        let back = row(app, told.key()).await;
        assert_eq!((back.phase, back.shown_phase, back.canonical_id), (Phase::Submitted, Phase::Submitted, None));
        assert_eq!(row(app, below.key()).await.canonical_id, Some(told.key()), "what was joined into a twin stays");
        assert_eq!(back.vote_count, 1);
        let seen = look(&colleague, &told).await;
        let last = seen["history"]["nodes"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["kind"], &last["to"], &last["actor"]), (&json!("submission.announced"), &json!("SUBMITTED"), &Value::Null));
        app.settle().await;
    }

    async fn the_author_of_a_twin_is_heard(app) {
        let o = &app.organisation;
        let (nurse, cook) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await);
        let reviewer = app.sign_in(o.reviewer).await;
        let canonical = idea(&nurse, "Softer chairs.").await;
        let twin = idea(&cook, "The chairs are hard.").await;
        joins(&reviewer, json!({"id": twin.id, "intoId": canonical.id, "announce": "NOW"})).await;
        let answer = "mutation($id: ID!, $text: String!) { questionAnswer(input: {id: $id, text: $text}) {
            submission { commentCount shownPhase } userErrors { field code } } }";
        let refused = cook.refused("questionAnswer", answer, json!({"id": twin.id, "text": "All of them."})).await;
        assert_eq!(refused["code"], "STEP_NOT_ALLOWED", "nobody asked");
        decide(&reviewer, json!({"id": canonical.id, "to": "NEEDS_INFO", "message": "Which chairs?", "announce": "NOW"})).await;
        app.settle().await;
        assert_eq!(look(&cook, &twin).await["shownPhase"], "NEEDS_INFO");
        let asked = app.mails.mails_to(&mail_of("Carla Cook"));
        assert!(asked.iter().any(|mail| mail.text().contains("Which chairs?")), "mirrored to the twin's author");
        let done = cook.done("questionAnswer", answer, json!({"id": twin.id, "text": "Those in the kitchen."})).await;
        assert_eq!((&done["submission"]["commentCount"], &done["submission"]["shownPhase"]), (&json!(1), &json!("NEEDS_INFO")), "the question stays open for the canonical one's author");
        let comments = "query($id: ID!) { submission(by: {id: $id}) { comments(first: 10) { nodes { text visibility } } } }";
        let read = async |client: &Client, sent: &Sent| {
            client.ask(comments, json!({"id": sent.id})).await["submission"]["comments"]["nodes"].clone()
        };
        assert_eq!(read(&reviewer, &canonical).await, json!([{"text": "Those in the kitchen.", "visibility": "INTERNAL"}]));
        assert_eq!(read(&nurse, &canonical).await, json!([]), "the canonical one's author gains nothing");
        assert_eq!(read(&cook, &twin).await, json!([{"text": "Those in the kitchen.", "visibility": "PUBLIC"}]));
        app.settle().await;
        let notes = "{ notifications(first: 10) { nodes { kind reference message } } }";
        let nodes = reviewer.ask(notes, json!({})).await["notifications"]["nodes"].clone();
        assert_eq!(nodes[0], json!({"kind": "ANSWERED", "reference": canonical.reference, "message": "Those in the kitchen."}));

        decide(&reviewer, json!({"id": canonical.id, "to": "DECLINED", "reason": "COST", "message": "Too dear.", "announce": "NOW"})).await;
        let look_again = "mutation($id: ID!) { submissionAskSecondLook(input: {id: $id, text: \"Please do.\"}) {
            submission { phase shownPhase } userErrors { code } } }";
        let asked = cook.done("submissionAskSecondLook", look_again, json!({"id": twin.id})).await;
        assert_eq!(asked["submission"]["shownPhase"], "DECLINED", "no move of its own");
        let once = cook.refused("submissionAskSecondLook", look_again, json!({"id": twin.id})).await;
        assert_eq!(once["code"], "STEP_NOT_ALLOWED");
        assert!(kinds(&look(&reviewer, &canonical).await).contains(&"twin.second_look_asked"));
        app.settle().await;
    }

    async fn a_vote_for_a_twin_counts_at_the_canonical_one(app) {
        let o = &app.organisation;
        let (nurse, colleague, manager) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await, app.sign_in(o.manager).await);
        let reviewer = app.sign_in(o.reviewer).await;
        let canonical = idea(&nurse, "Quiet hours on the ward.").await;
        let twin = idea(&colleague, "Less noise at night.").await;
        joins(&reviewer, json!({"id": twin.id, "intoId": canonical.id, "announce": "NOW"})).await;
        let votes = async || {
            let (root, twin) = (row(app, canonical.key()).await, row(app, twin.key()).await);
            ((root.vote_count, root.reach), (twin.vote_count, twin.reach))
        };
        assert_eq!(votes().await, ((1, 2), (0, 1)));
        assert_eq!(look(&manager, &twin).await["viewerCan"]["vote"], true);
        vote(&manager, &twin).await;
        assert_eq!(votes().await, ((2, 3), (1, 2)));
        vote(&manager, &canonical).await;
        assert_eq!(votes().await, ((2, 3), (1, 2)), "one person, however often");
        vote(&nurse, &twin).await;
        assert_eq!(votes().await, ((2, 3), (2, 3)), "the canonical one's author counts there already");
        let unvote = "mutation($id: ID!) { submissionUnvote(input: {submissionId: $id}) { userErrors { code } } }";
        manager.done("submissionUnvote", unvote, json!({"id": twin.id})).await;
        assert_eq!(votes().await, ((2, 3), (1, 2)));
        manager.done("submissionUnvote", unvote, json!({"id": canonical.id})).await;
        assert_eq!(votes().await, ((1, 2), (1, 2)));
        decide(&reviewer, json!({"id": canonical.id, "to": "IMPLEMENTED", "announce": "NOW"})).await;
        let late = manager.refused("submissionVote", VOTE, json!({"id": twin.id})).await;
        assert_eq!(late["code"], "TOO_LATE", "the twin is as closed as what it mirrors");
        app.settle().await;
    }

    async fn sixteen_vote_on_both_sides_at_once(app) {
        let o = &app.organisation;
        let (nurse, colleague_) = (app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        let reviewer = app.sign_in(o.reviewer).await;
        let (canonical, twin) = (idea(&nurse, "Tea at night.").await, idea(&colleague_, "Hot water at night.").await);
        let mut voters = Vec::new();
        for number in 0..8 {
            voters.push(app.sign_in(colleague(app, number).await).await);
        }
        let join = json!({"id": twin.id, "intoId": canonical.id, "announce": "NOW"});
        let all = voters.iter().flat_map(|voter| [vote(voter, &canonical), vote(voter, &twin)]);
        futures_util::future::join(futures_util::future::join_all(all), joins(&reviewer, join)).await;
        let seen = row(app, canonical.key()).await;
        assert_eq!((seen.vote_count, seen.reach), (9, 10));
        assert_eq!(row(app, twin.key()).await.vote_count, 8);
        app.settle().await;
    }

    async fn candidates_are_named_to_reviewers(app) {
        let o = &app.organisation;
        let (nurse, cook) = (app.sign_in(o.nurse).await, app.sign_in(o.cook).await);
        let reviewer = app.sign_in(o.reviewer).await;
        let first = idea(&nurse, "There are no hooks on the doors of the changing rooms.").await;
        let near = idea(&nurse, "The changing room doors have no hook for coats.").await;
        let far = idea(&cook, "No hooks on the changing room doors here.").await;
        idea(&nurse, "The lift in the east wing is slow.").await;
        send(&nurse, json!({"text": "There are no hooks on the doors of the changing rooms.", "kind": "OBSERVATION"})).await;
        let query = "query($id: ID!) { submission(by: {id: $id}) { duplicateCandidates(first: 5) {
            likeness samePlace takesTwins submission { id title author { id } tags } } } }";
        let answer = reviewer.fewest(query, json!({"id": first.id})).await;
        let found = answer.data()["submission"]["duplicateCandidates"].as_array().unwrap().clone();
        let ids: Vec<&str> = found.iter().map(|it| it["submission"]["id"].as_str().unwrap()).collect();
        assert_eq!(ids, [near.id.as_str(), far.id.as_str()], "the same unit first; not another kind: {found:?}");
        assert_eq!((&found[0]["samePlace"], &found[1]["samePlace"]), (&json!(true), &json!(false)));
        for number in 0..5 {
            idea(&nurse, &format!("Hooks on the doors of changing room {number}.")).await;
        }
        let more = reviewer.fewest(query, json!({"id": first.id})).await;
        assert_eq!(answer.statements, more.statements, "a fixed number of statements");
        let refused = nurse.send(query, json!({"id": first.id})).await;
        assert_eq!(refused.code(), "FORBIDDEN");
        // Other scripts find themselves.
        let chinese = idea(&nurse, "更衣室的门上没有挂钩").await;
        let again = idea(&nurse, "更衣室门后缺少挂钩，衣服放在地上").await;
        let found = reviewer.ask(query, json!({"id": chinese.id})).await;
        assert_eq!(found["submission"]["duplicateCandidates"][0]["submission"]["id"], again.id.as_str());
    }

    async fn me_too_without_reading(app) {
        let o = &app.organisation;
        let (nurse, reviewer, chemist) = (app.sign_in(o.nurse).await, app.sign_in(o.reviewer).await, app.sign_in(o.chemist).await);
        let admin = app.sign_in(o.admin).await;
        let journey = "mutation { journeyCreate(input: {name: \"Arriving\"}) { journey { id } userErrors { code } } }";
        let journey = admin.done("journeyCreate", journey, json!({})).await["journey"]["id"].clone();
        let touchpoint = "mutation($in: TouchpointCreateInput!) { touchpointCreate(input: $in) { touchpoint { id } userErrors { code message } } }";
        let touchpoint = admin.done("touchpointCreate", touchpoint, json!({"in": {"journeyId": journey, "name": "At the door"}})).await["touchpoint"]["id"].clone();
        let secret = "The porter called Konrad shouts at visitors.";
        let seen = send(&nurse, json!({"text": secret, "kind": "OBSERVATION", "touchpointId": touchpoint})).await;
        let ask = json!({"text": "Somebody shouts at visitors at the door", "touchpoint": touchpoint});
        // One person's word is nobody else's business.
        let found = chemist.ask(SIMILAR, ask.clone()).await["similarSubmissions"].clone();
        assert_eq!(found, json!({"readable": [], "offered": []}));
        let mut people = Vec::new();
        for number in 0..4 {
            people.push(app.sign_in(colleague(app, number).await).await);
        }
        let hidden = send(&nurse, json!({"text": secret, "kind": "OBSERVATION", "touchpointId": touchpoint, "audience": "CX_TEAM_ONLY"})).await;
        execute(app, &format!("UPDATE submission SET reach = 30 WHERE reference = '{}'", hidden.reference)).await;
        for (number, person) in people.iter().enumerate() {
            let again = send(person, json!({"text": format!("Shouting at the door, number {number}."), "kind": "OBSERVATION", "touchpointId": touchpoint})).await;
            joins(&reviewer, json!({"id": again.id, "intoId": seen.id, "announce": "NOW"})).await;
        }
        app.settle().await;
        let answer = chemist.send(SIMILAR, ask.clone()).await;
        let offered = answer.data()["similarSubmissions"]["offered"].as_array().unwrap().clone();
        assert_eq!(offered.len(), 1, "the one for the CX team only is offered to nobody: {offered:?}");
        assert_eq!((&offered[0]["touchpoint"]["name"], &offered[0]["peopleAtLeast"]), (&json!("At the door"), &json!(5)));
        let bytes = answer.body.to_string();
        assert!(!bytes.contains("Konrad") && !bytes.contains(&seen.id) && !bytes.contains(&seen.reference));
        let others = chemist.ask(SIMILAR, json!({"text": "The porter called Konrad shouts at visitors."})).await;
        assert_eq!(others["similarSubmissions"]["offered"], json!([]), "words that one may not read are not compared");

        let token = offered[0]["token"].clone();
        let said = chemist.done("submissionMeToo", ME_TOO, json!({"in": {"token": token}})).await;
        assert_eq!(said["submission"], Value::Null);
        assert_eq!((row(app, seen.key()).await.reach, row(app, seen.key()).await.vote_count), (6, 5));
        chemist.done("submissionMeToo", ME_TOO, json!({"in": {"token": token}})).await;
        assert_eq!(row(app, seen.key()).await.reach, 6, "twice is once");
        for (who, client, token, code) in [
            ("somebody else's token", &nurse, token.clone(), "INVALID"),
            ("nonsense", &chemist, json!("nonsense"), "INVALID"),
        ] {
            let refused = client.refused("submissionMeToo", ME_TOO, json!({"in": {"token": token}})).await;
            assert_eq!(refused["code"], code, "{who}");
        }
        for input in [json!({}), json!({"token": token, "submissionId": seen.id})] {
            assert_eq!(chemist.refused("submissionMeToo", ME_TOO, json!({"in": input})).await["code"], "REQUIRED");
        }
        assert_eq!(chemist.refused("submissionMeToo", ME_TOO, json!({"in": {"submissionId": hidden.id}})).await["code"], "NOT_FOUND");
        // Follows by default: reference, phase and response, never the text.
        app.wants(&[o.chemist], "FOLLOWED", "IMMEDIATE").await;
        decide(&reviewer, json!({"id": seen.id, "to": "ACCEPTED", "message": "We know why.", "announce": "NOW"})).await;
        app.settle().await;
        let told = app.mails.mails().into_iter().find(|mail| mail.to == [mail_of("Cher Chemist")]).expect("told");
        assert!(told.text().contains("We know why.") && !told.text().contains("Konrad"), "{}", told.text());
        chemist.done("submissionMeTooUndo", ME_TOO_UNDO, json!({"in": {"submissionId": seen.id}})).await;
        assert_eq!(row(app, seen.key()).await.reach, 5);
        assert_eq!(chemist.refused("submissionMeTooUndo", ME_TOO_UNDO, json!({"in": {"submissionId": seen.id}})).await["code"], "NOT_FOUND");
        // After half an hour the offer is over; a manager reads it and says so by id.
        app.pass(31 * MINUTE).await;
        let chemist = app.sign_in(o.chemist).await;
        assert_eq!(chemist.refused("submissionMeToo", ME_TOO, json!({"in": {"token": token}})).await["code"], "INVALID");
        let manager = app.sign_in(o.manager).await;
        let said = manager.done("submissionMeToo", ME_TOO, json!({"in": {"submissionId": seen.id}})).await;
        assert_eq!(said["submission"]["viewerFollows"], true);
        let own = app.sign_in(o.nurse).await.refused("submissionMeToo", ME_TOO, json!({"in": {"submissionId": seen.id}})).await;
        assert_eq!(own["code"], "INVALID");
        // What may be read is shown in full.
        let found = manager.ask(SIMILAR, json!({"text": "The porter shouts at visitors"})).await;
        assert_eq!(found["similarSubmissions"]["readable"][0]["submission"]["text"], secret);
        for (text, code) in [("", "BAD_REQUEST"), ("x", ""), ("🙂 \" % _ '", "")] {
            assert_eq!(manager.send(SIMILAR, json!({"text": text})).await.body["errors"][0]["extensions"]["code"].as_str().unwrap_or(""), code, "{text}");
        }
    }

    async fn any_sequence_agrees_with_a_recount(app) {
        for seed in [3, 11] {
            Walk::begin(app, seed).await.run(90).await;
        }
    }
}

/// A simple model of joining, beside the real one: what was decided, what everybody sees, who voted.
#[derive(Clone, Debug, Default)]
struct Item {
    id: Option<SubmissionId>,
    author: Option<PersonId>,
    voters: HashSet<PersonId>,
    withdrawn: bool,
    /// The decided edge.
    decided: Option<usize>,
    /// The announced edge.
    shown: Option<usize>,
    /// Whether a decision is held.
    held: bool,
}

struct Walk<'a> {
    app: &'a TestApp,
    people: Vec<PersonId>,
    items: Vec<Item>,
    state: u64,
    told: String,
}

impl<'a> Walk<'a> {
    async fn begin(app: &'a TestApp, seed: u64) -> Self {
        let o = &app.organisation;
        let mut people = vec![o.nurse, o.colleague, o.manager];
        for number in 0..2 {
            people.push(colleague(app, number + usize::try_from(seed).unwrap() * 10).await);
        }
        Self { app, people, items: Vec::new(), state: seed, told: format!("seed {seed}:") }
    }

    /// A small generator: the same walk each time.
    fn roll(&mut self, sides: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.state >> 33).unwrap() % sides
    }

    fn somebody(&mut self) -> PersonId {
        let number = self.roll(self.people.len());
        self.people[number]
    }

    async fn run(mut self, steps: usize) {
        for _ in 0..4 {
            self.submit().await;
        }
        for _ in 0..steps {
            let one = self.roll(self.items.len());
            let other = self.roll(self.items.len());
            let who = self.somebody();
            let later = self.roll(2) == 0;
            match self.roll(12) {
                0 if self.items.len() < 9 => self.submit().await,
                1..=3 => self.vote(one, who).await,
                4 => self.unvote(one, who).await,
                5 | 6 => self.merge(one, other, later).await,
                7 => self.announce(one).await,
                8 => self.undo(one).await,
                9 => self.unmerge(one, later).await,
                10 => self.withdraw(one).await,
                _ => self.merge(other, one, later).await,
            }
            self.check().await;
        }
        self.app.settle().await;
    }

    fn id(&self, one: usize) -> SubmissionId {
        self.items[one].id.expect("sent")
    }

    fn up(&self, one: usize, edge: impl Fn(&Item) -> Option<usize>) -> usize {
        let mut at = one;
        while let Some(into) = edge(&self.items[at]) {
            at = into;
        }
        at
    }

    fn root(&self, one: usize) -> usize {
        self.up(one, |item| item.shown)
    }

    /// Whether `goal` can be reached from `from` by edges of either sort.
    fn reaches(&self, from: usize, goal: usize) -> bool {
        from == goal
            || [self.items[from].decided, self.items[from].shown]
                .into_iter()
                .flatten()
                .any(|into| self.reaches(into, goal))
    }

    async fn submit(&mut self) {
        let who = self.somebody();
        let number = self.items.len();
        let sent = idea(&self.app.sign_in(who).await, &format!("Idea number {number}.")).await;
        let authorless = self.roll(4) == 0;
        if authorless {
            let sql = format!(
                "UPDATE submission SET author_id = NULL WHERE reference = '{}'",
                sent.reference
            );
            execute(self.app, &sql).await;
        }
        self.told += &format!(" submit({number})");
        let author = (!authorless).then_some(who);
        self.items.push(Item { id: Some(sent.key()), author, ..Item::default() });
    }

    fn expect<T>(&mut self, what: String, done: Result<T, Error>, allowed: bool) -> bool {
        self.told += &format!(" {what}{}", if allowed { "" } else { "!" });
        if let Err(Error::Fault(fault)) = &done {
            panic!("{}: {fault}", self.told);
        }
        assert_eq!(done.is_ok(), allowed, "{}: {:?}", self.told, done.err());
        allowed
    }

    fn may_vote(&self, one: usize, who: PersonId) -> bool {
        let item = &self.items[one];
        !item.withdrawn && item.author != Some(who)
    }

    async fn vote(&mut self, one: usize, who: PersonId) {
        let scope = self.app.acting(who).await;
        let done = engagement::service::vote(&scope, self.id(one)).await;
        if self.expect(format!("vote({one})"), done, self.may_vote(one, who)) {
            self.items[one].voters.insert(who);
        }
    }

    async fn unvote(&mut self, one: usize, who: PersonId) {
        let scope = self.app.acting(who).await;
        let done = engagement::service::unvote(&scope, self.id(one)).await;
        if self.expect(format!("unvote({one})"), done, self.may_vote(one, who)) {
            self.items[one].voters.remove(&who);
        }
    }

    fn settle(&mut self, one: usize, later: bool) {
        let item = &mut self.items[one];
        item.held = later;
        if !later {
            item.shown = item.decided;
        }
    }

    async fn merge(&mut self, one: usize, into: usize, later: bool) {
        let scope = self.app.acting(self.app.organisation.reviewer).await;
        let announce = if later { Announce::Later } else { Announce::Now };
        let cmd = Merge {
            id: self.id(one),
            into: self.id(into),
            message: None,
            reply: Default::default(),
            announce,
            expected_version: None,
        };
        let done = merge(&scope, cmd, None).await;
        let root = self.up(into, |item| item.decided);
        let (twin, goal) = (&self.items[one], &self.items[root]);
        let allowed = !twin.withdrawn
            && twin.decided.is_none()
            && !goal.withdrawn
            && !self.reaches(into, one);
        if self.expect(format!("merge({one},{into},{later})"), done, allowed) {
            self.items[one].decided = Some(into);
            self.settle(one, later);
        }
    }

    async fn unmerge(&mut self, one: usize, later: bool) {
        let scope = self.app.acting(self.app.organisation.reviewer).await;
        let announce = if later { Announce::Later } else { Announce::Now };
        let cmd = Unmerge {
            id: self.id(one),
            message: None,
            reply: Default::default(),
            announce,
            expected_version: None,
        };
        let done = unmerge(&scope, cmd).await;
        let allowed = self.items[one].decided.is_some();
        if self.expect(format!("unmerge({one},{later})"), done, allowed) {
            self.items[one].decided = None;
            self.settle(one, later);
        }
    }

    async fn held(&self, one: usize) -> Option<DecisionId> {
        row(self.app, self.id(one)).await.pending_decision_id
    }

    async fn announce(&mut self, one: usize) {
        let Some(decision) = self.held(one).await else { return };
        let scope = self.app.acting(self.app.organisation.second_reviewer).await;
        let done = announce::announce_now(&scope, vec![decision]).await;
        if self.expect(format!("announce({one})"), done, true) {
            self.settle(one, false);
        }
    }

    async fn undo(&mut self, one: usize) {
        let Some(decision) = self.held(one).await else { return };
        let scope = self.app.acting(self.app.organisation.second_reviewer).await;
        let done = undo::undo(&scope, decision, None).await;
        if self.expect(format!("undo({one})"), done, true) {
            self.items[one].decided = self.items[one].shown;
            self.items[one].held = false;
        }
    }

    async fn withdraw(&mut self, one: usize) {
        let Some(author) = self.items[one].author else { return };
        let scope = self.app.acting(author).await;
        let cmd = asking::Ask { id: self.id(one), text: None, expected_version: None };
        let done = asking::withdraw(&scope, cmd).await;
        let allowed = !self.items[one].withdrawn && self.items[one].shown.is_none();
        if !self.expect(format!("withdraw({one})"), done, allowed) {
            return;
        }
        self.items[one] =
            Item { withdrawn: true, decided: None, held: false, ..self.items[one].clone() };
        for twin in &mut self.items {
            if twin.shown.is_none() && twin.decided == Some(one) {
                (twin.decided, twin.held) = (None, false);
            } else if twin.shown == Some(one) {
                // A held end of the joining is told now; what is still joined is let go.
                twin.decided = twin.decided.filter(|into| *into != one);
                (twin.shown, twin.held) = (twin.decided, false);
            }
        }
    }

    /// Recounted from scratch, person by person.
    fn votes(&self, root: usize) -> i32 {
        let mut people: Vec<PersonId> = Vec::new();
        let mut nameless = 0;
        for (one, item) in self.items.iter().enumerate().filter(|(one, _)| self.root(*one) == root)
        {
            people.extend(&item.voters);
            if one != root {
                people.extend(item.author);
                nameless += i32::from(item.author.is_none());
            }
        }
        people.retain(|person| Some(*person) != self.items[root].author);
        people.sort();
        people.dedup();
        i32::try_from(people.len()).unwrap() + nameless
    }

    async fn check(&self) {
        let db = self.app.system().db();
        let rows = submission::Entity::find().all(&db).await.expect("rows");
        let edges = joined::Entity::find().all(&db).await.expect("edges");
        let rows: HashMap<SubmissionId, submission::Model> =
            rows.into_iter().map(|row| (row.id, row)).collect();
        let edges: BTreeMap<SubmissionId, SubmissionId> =
            edges.into_iter().map(|it| (it.submission_id, it.into_id)).collect();
        for (one, item) in self.items.iter().enumerate() {
            let row = &rows[&self.id(one)];
            let root = self.root(one);
            let expected = if root == one {
                self.votes(one)
            } else {
                i32::try_from(item.voters.len()).unwrap()
            };
            let canonical = (root != one).then(|| self.id(root));
            let told = &self.told;
            assert_eq!(row.canonical_id, canonical, "{told}: root of {one}");
            assert_eq!(
                row.merged_into,
                item.decided.map(|into| self.id(into)),
                "{told}: decided edge of {one}"
            );
            assert_eq!(
                edges.get(&row.id).copied(),
                item.shown.map(|into| self.id(into)),
                "{told}: edge of {one}"
            );
            assert_eq!(
                (row.vote_count, row.reach),
                (expected, expected + 1),
                "{told}: counts of {one}"
            );
            assert_eq!(row.pending_decision_id.is_some(), item.held, "{told}: held {one}");
            assert_eq!(
                row.phase == Phase::Merged,
                item.decided.is_some(),
                "{told}: phase of {one}"
            );
            assert_eq!(
                row.shown_phase == Phase::Merged,
                item.shown.is_some(),
                "{told}: shown phase of {one}"
            );
        }
    }
}

//! What an attacker and a broken client sent, and what came of it: each stays refused, or harmless.

use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::kit::dump::changed;
use crate::on_both;

const ROTA: &str = "mutation($in: RotaSetInput!) { rotaSet(input: $in) { rota { id } userErrors { field code message } } }";
const CALENDAR: &str = "mutation($in: CalendarSetInput!) { calendarSet(input: $in) { userErrors { field code message } } }";
const HAND_OVER: &str = "mutation($in: SubmissionHandOverInput!) { submissionHandOver(input: $in) { submission { id } userErrors { field code message } } }";
const CLOSE: &str = "mutation($in: UnitCloseInput!) { unitClose(input: $in) { userErrors { field code message } } }";
const MERGE: &str = "mutation($in: SubmissionMergeInput!) { submissionMerge(input: $in) { userErrors { field code message } } }";
const UNMERGE: &str = "mutation($in: SubmissionUnmergeInput!) { submissionUnmerge(input: $in) { userErrors { field code message } } }";
const MOVE: &str = "mutation($in: SubmissionMoveInput!) { submissionMove(input: $in) { userErrors { field code message } } }";
const COMMENT: &str = "mutation($in: CommentAddInput!) { commentAdd(input: $in) { comment { mentions { id } } userErrors { code message } } }";
const LEAVE: &str =
    "mutation($i: ID!) { personDeactivate(input: {id: $i}) { userErrors { code message } } }";
const WORK: &str = "query($i: ID!) { personWork(personId: $i) { total } node(id: $i) { ... on Person { deactivatedAt } } }";

async fn send(client: &Client, text: &str) -> String {
    let query = "mutation($t: String!) { submissionSend(input: {text: $t, kind: OBSERVATION}) { submission { id } userErrors { code message } } }";
    let done = client.done("submissionSend", query, json!({"t": text})).await;
    done["submission"]["id"].as_str().expect("an id").to_owned()
}

async fn made(client: &Client, mutation: &str, input: Value, path: [&str; 2]) -> String {
    let kind = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let [thing, id] = path;
    let query = format!(
        "mutation($in: {kind}!) {{ {mutation}(input: $in) {{ {thing} {{ {id} }} userErrors {{ code message }} }} }}"
    );
    let done = client.done(mutation, &query, json!({"in": input})).await;
    done[thing][id].as_str().expect("an id").to_owned()
}

/// Gives work to somebody while that person leaves. Whoever wins, nothing stays with who has gone.
async fn gives_while_leaving(
    app: &TestApp,
    person: entity::id::PersonId,
    give: impl Future<Output = Value>,
) {
    let admin = app.sign_in(app.organisation.admin).await;
    let gone = admin.ask(LEAVE, json!({"i": person.to_string()}));
    let (given, gone) = tokio::join!(give, gone);
    let after = admin.ask(WORK, json!({"i": person.to_string()})).await;
    let left = after["node"]["deactivatedAt"] != Value::Null;
    assert!(!left || after["personWork"]["total"] == 0, "{given} {gone} {after}");
}

on_both! {
    async fn days_that_cannot_be_written_are_refused(app) {
        let o = &app.organisation;
        let (admin, reviewer, nurse) = (app.sign_in(o.admin).await, app.sign_in(o.reviewer).await, app.sign_in(o.nurse).await);
        let before = app.dump(&[]).await;
        for day in ["-0001-01-01", "0000-01-01", "+2026-01-01", "2026-13-01"] {
            let rota = json!({"unitId": o.ward.to_string(), "turns": [o.reviewer.to_string()], "startsOn": day});
            let answer = reviewer.send(ROTA, json!({"in": rota})).await;
            assert!(answer.body.to_string().contains("YYYY-MM-DD"), "{day}: {}", answer.body);
            let openings = json!([{"weekday": "MONDAY", "opens": "09:00", "closes": "17:00"}]);
            let calendar = json!({"unitId": o.root.to_string(), "openings": openings, "holidays": [{"date": day}]});
            let answer = admin.send(CALENDAR, json!({"in": calendar})).await;
            assert!(answer.body.to_string().contains("YYYY-MM-DD"), "{day}: {}", answer.body);
        }
        assert_eq!(changed(&before, &app.dump(&[]).await), Vec::<String>::new());
        send(&nurse, "The lamp is broken.").await;
        app.settle().await;
    }

    async fn a_letter_that_no_text_may_hold_is_left_out(app) {
        let reviewer = app.sign_in(app.organisation.head).await;
        for (list, variable) in [
            ("causes(filter: {nameContains: $a})", "String"),
            ("people(filter: {text: $a})", "String"),
            ("units(filter: {text: $a})", "String"),
            ("submissions(filter: {tag: {in: [$a]}})", "String!"),
            ("submissions(filter: {language: {in: [$a]}})", "String!"),
        ] {
            let query = format!("query($a: {variable}) {{ list: {list} {{ nodes {{ id }} }} }}");
            let answer = reviewer.send(&query, json!({"a": "a\0\0b"})).await;
            assert_eq!(answer.data()["list"]["nodes"], json!([]), "{list}");
            // Where a developer writes it into a document, it is told.
            let answer = reviewer.send("{ units(filter: {text: \"a\\u0000b\"}) { nodes { id } } }", json!({})).await;
            assert_eq!(answer.code(), "GRAPHQL_PARSE_FAILED");
        }
        let sign_in = "mutation($in: SignInByPasswordInput!) { signInByPassword(input: $in) { userErrors { code } } }";
        let nobody = json!({"email": "\0nobody@harbour.example", "password": "\0", "delivery": "BODY"});
        let refused = app.anybody().refused("signInByPassword", sign_in, json!({"in": nobody})).await;
        assert_eq!(refused["code"], "WRONG_CREDENTIALS");
    }

    async fn a_function_is_not_closed_while_work_waits_for_it(app) {
        let o = &app.organisation;
        let (admin, reviewer, nurse) = (app.sign_in(o.admin).await, app.sign_in(o.reviewer).await, app.sign_in(o.nurse).await);
        let id = send(&nurse, "The printer is out of paper.").await;
        reviewer.done("submissionHandOver", HAND_OVER, json!({"in": {"id": id, "functionId": o.facilities.to_string()}})).await;
        let close = json!({"in": {"id": o.facilities.to_string(), "lastDay": "2026-03-02"}});
        let refused = admin.refused("unitClose", CLOSE, close.clone()).await;
        assert_eq!(refused["code"], "IN_USE");
        assert!(refused["message"].as_str().expect("words").contains("1 submissions handed over"), "{refused}");
        admin_back(app, &id).await;
        admin.done("unitClose", CLOSE, close).await;
        app.settle().await;
    }

    async fn what_is_joined_is_not_handed_over_and_silent_joinings_end_in_silence(app) {
        let o = &app.organisation;
        let (reviewer, nurse, colleague) = (app.sign_in(o.reviewer).await, app.sign_in(o.nurse).await, app.sign_in(o.colleague).await);
        let (twin, root) = (send(&nurse, "The tap drips.").await, send(&colleague, "A tap is dripping.").await);
        reviewer.done("submissionMerge", MERGE, json!({"in": {"id": twin, "intoId": root, "announce": "LATER"}})).await;
        let refused = reviewer.refused("submissionHandOver", HAND_OVER, json!({"in": {"id": twin, "functionId": o.it.to_string()}})).await;
        assert_eq!(refused["code"], "STEP_NOT_ALLOWED");
        let told = json!({"in": {"id": twin, "announce": "NOW", "message": "They were two things."}});
        let refused = reviewer.refused("submissionUnmerge", UNMERGE, told).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &json!(["message"])));
        reviewer.done("submissionUnmerge", UNMERGE, json!({"in": {"id": twin, "announce": "NOW"}})).await;
        app.settle().await;
        let heard = nurse.ask("{ notifications { nodes { kind } } }", json!({})).await;
        assert_eq!(heard["notifications"]["nodes"], json!([]));
    }

    async fn nobody_is_put_off_for_ever(app) {
        let o = &app.organisation;
        let (reviewer, nurse) = (app.sign_in(o.reviewer).await, app.sign_in(o.nurse).await);
        let id = send(&nurse, "The stairs are dark.").await;
        let reason = reviewer.ask("{ reasons(phases: [DEFERRED]) { code } }", json!({})).await["reasons"][0]["code"].clone();
        let later = json!({"in": {"id": id, "to": "DEFERRED", "reason": reason, "message": "Not now.", "wakeOn": "9999-12-31"}});
        let refused = reviewer.refused("submissionMove", MOVE, later).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &json!(["wakeOn"])));
        let promise = json!({"in": {"id": id, "to": "ACCEPTED", "promisedOn": "9999-12-31"}});
        let refused = reviewer.refused("submissionMove", MOVE, promise).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &json!(["promisedOn"])));
    }

    async fn whoever_mentions_somebody_reads_it_in_the_answer(app) {
        let o = &app.organisation;
        let (reviewer, nurse) = (app.sign_in(o.reviewer).await, app.sign_in(o.nurse).await);
        let id = send(&nurse, "The stairs are dark.").await;
        let input = json!({"submissionId": id, "text": "Please look.", "visibility": "INTERNAL", "mentionIds": [o.second_reviewer.to_string()]});
        let done = reviewer.done("commentAdd", COMMENT, json!({"in": input})).await;
        assert_eq!(done["comment"]["mentions"], json!([{"id": o.second_reviewer.to_string()}]));
        app.settle().await;
    }

    async fn first_rotas_at_once_are_one(app) {
        let o = &app.organisation;
        let reviewer = app.sign_in(o.reviewer).await;
        let rota = json!({"in": {"unitId": o.ward.to_string(), "turns": [o.reviewer.to_string()]}});
        let all = (0..8).map(|_| reviewer.done("rotaSet", ROTA, rota.clone()));
        futures_util::future::join_all(all).await;
    }

    async fn nobody_leaves_while_work_is_given_to_them(app) {
        let o = &app.organisation;
        let (admin, reviewer, nurse) = (app.sign_in(o.admin).await, app.sign_in(o.head).await, app.sign_in(o.nurse).await);
        for owner in [o.colleague, o.cook, o.chemist] {
            let id = send(&nurse, "The tap drips.").await;
            let query = "mutation($i: ID!, $p: ID) { submissionSetOwner(input: {id: $i, ownerId: $p}) { userErrors { code } } }";
            gives_while_leaving(app, owner, reviewer.ask(query, json!({"i": id, "p": owner.to_string()}))).await;
        }
        let cause = made(&reviewer, "causeCreate", json!({"name": "Old pipes", "category": "PLACE"}), ["cause", "id"]).await;
        for owner in [o.executive, o.moderator] {
            let query = "mutation($i: ID!, $p: ID) { causeUpdate(input: {id: $i, ownerId: $p}) { userErrors { code } } }";
            gives_while_leaving(app, owner, reviewer.ask(query, json!({"i": cause, "p": owner.to_string()}))).await;
        }
        let journey = made(&admin, "journeyCreate", json!({"name": "Arriving"}), ["journey", "id"]).await;
        let touchpoint = made(&admin, "touchpointCreate", json!({"journeyId": journey, "name": "Door"}), ["touchpoint", "id"]).await;
        for owner in [o.hill_manager, o.auditor] {
            let query = "mutation($i: ID!, $p: ID) { touchpointUpdate(input: {id: $i, ownerId: $p}) { userErrors { code } } }";
            gives_while_leaving(app, owner, admin.ask(query, json!({"i": touchpoint, "p": owner.to_string()}))).await;
        }
        let query = "mutation($in: AbsenceCreateInput!) { absenceCreate(input: $in) { userErrors { code } } }";
        let absence = json!({"in": {"from": "2026-03-09", "to": "2026-03-13", "delegateId": o.second_reviewer.to_string()}});
        let away = app.sign_in(o.reviewer).await;
        gives_while_leaving(app, o.second_reviewer, away.ask(query, absence)).await;
        app.settle().await;
    }
}

/// Back to its own unit, by a reviewer of everything.
async fn admin_back(app: &TestApp, id: &str) {
    let head = app.sign_in(app.organisation.head).await;
    head.done(
        "submissionHandOver",
        HAND_OVER,
        json!({"in": {"id": id, "functionId": Value::Null}}),
    )
    .await;
}

//! Deciding and telling, over HTTP: what reviewers, managers and authors may do with a submission,
//! and what everybody else sees of it until it is announced.

use entity::instant::{DAY, MINUTE, SECOND};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;

const MOVE: &str = "mutation($in: SubmissionMoveInput!) { submissionMove(input: $in) {
  submission { id phase shownPhase version }
  decision { id from to state releaseAt message }
  userErrors { field code message allowed } } }";
const UNDO: &str = "mutation($in: DecisionUndoInput!) { decisionUndo(input: $in) {
  submission { phase shownPhase } userErrors { field code message } } }";
const LINK: &str = "mutation($in: CauseLinkInput!) { causeLink(input: $in) {
  submission { phase shownPhase pendingDecision { id } } links { id held cause { id name } } named { id depth whys }
  userErrors { field code message allowed } } }";
const ASSIGN: &str = "mutation($in: SubmissionAssignInput!) { submissionAssign(input: $in) {
  submission { phase shownPhase } userErrors { field code } } }";
const LOOK: &str = "query($id: ID!) { submission(by: {id: $id}) {
  phase shownPhase version commentCount pendingDecision { id }
  causes { id held note cause { name } }
  allowedMoves { phase capacity needs { reason message wakeDate } }
  history(first: 50) { nodes { kind from to message actorKind actor { id } decision { id } } } } }";

/// Sends something and returns its id.
async fn send(client: &Client, kind: &str) -> String {
    let payload = client
        .done(
            "submissionSend",
            "mutation($in: SubmissionSendInput!) { submissionSend(input: $in) { submission { id } userErrors { field code message } } }",
            json!({"in": {"text": "There are no hooks on the doors of the rooms", "kind": kind}}),
        )
        .await;
    payload["submission"]["id"].as_str().expect("an id").to_owned()
}

async fn look(client: &Client, id: &str) -> Value {
    client.ask(LOOK, json!({"id": id})).await["submission"].clone()
}

async fn step(client: &Client, input: Value) -> Value {
    client.done("submissionMove", MOVE, json!({"in": input})).await
}

async fn no_step(client: &Client, input: Value) -> Value {
    client.refused("submissionMove", MOVE, json!({"in": input})).await
}

fn phases(submission: &Value) -> (&str, &str) {
    (submission["phase"].as_str().unwrap(), submission["shownPhase"].as_str().unwrap())
}

/// A reason of the catalogue for a phase.
async fn reason(client: &Client, phase: &str) -> String {
    let reasons = client
        .ask("query($p: [Phase!]) { reasons(phases: $p) { code } }", json!({"p": [phase]}))
        .await;
    reasons["reasons"][0]["code"].as_str().expect("a seeded reason").to_owned()
}

fn kinds(submission: &Value) -> Vec<&str> {
    let nodes = submission["history"]["nodes"].as_array().unwrap();
    nodes.iter().map(|entry| entry["kind"].as_str().unwrap()).collect()
}

async fn pass(app: &TestApp, micros: i64) {
    app.pass(micros).await;
}

on_both! {
    async fn a_wrong_decline_is_undone_and_leaves_nothing(app) {
        let (nurse, reviewer) = (app.sign_in(app.organisation.nurse).await, app.sign_in(app.organisation.reviewer).await);
        let id = send(&nurse, "IDEA").await;
        let code = reason(&reviewer, "DECLINED").await;
        let decline = json!({"id": id, "to": "DECLINED", "reason": code, "message": "No."});
        let moved = step(&reviewer, decline).await;
        assert_eq!(phases(&moved["submission"]), ("DECLINED", "SUBMITTED"));
        let decision = moved["decision"]["id"].clone();

        // The author sees nothing of it, nor does the id of the decision lead anywhere.
        let seen = look(&nurse, &id).await;
        assert_eq!(phases(&seen), ("SUBMITTED", "SUBMITTED"));
        assert!(seen["pendingDecision"].is_null() && !kinds(&seen).contains(&"submission.decided"));
        let node = nurse.ask("query($id: ID!) { node(id: $id) { id } }", json!({"id": decision})).await;
        assert!(node["node"].is_null());
        let refused = nurse.refused("decisionUndo", UNDO, json!({"in": {"id": decision}})).await;
        assert_eq!(refused["code"], "NOT_FOUND");

        pass(app, 59 * SECOND).await;
        let undone = reviewer.done("decisionUndo", UNDO, json!({"in": {"id": decision}})).await;
        assert_eq!(phases(&undone["submission"]), ("SUBMITTED", "SUBMITTED"));
        pass(app, DAY).await;
        assert!(app.mails.mails().is_empty());
        // Access tokens live minutes: after a day people sign in again.
        let (nurse, reviewer) = (app.sign_in(app.organisation.nurse).await, app.sign_in(app.organisation.reviewer).await);
        let late = reviewer.refused("decisionUndo", UNDO, json!({"in": {"id": decision}})).await;
        assert_eq!(late["code"], "TOO_LATE");
        assert!(!kinds(&look(&nurse, &id).await).contains(&"submission.announced"));
    }

    async fn refusals_say_what_is_allowed(app) {
        let (nurse, reviewer) = (app.sign_in(app.organisation.nurse).await, app.sign_in(app.organisation.reviewer).await);
        let id = send(&nurse, "IDEA").await;
        let illegal = no_step(&reviewer, json!({"id": id, "to": "SUSTAINED"})).await;
        assert_eq!((&illegal["code"], &illegal["field"]), (&json!("STEP_NOT_ALLOWED"), &json!(["to"])));
        let allowed: Vec<&str> = illegal["allowed"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        assert!(allowed.contains(&"ACCEPTED") && allowed.contains(&"DECLINED"), "{allowed:?}");
        let listed = look(&reviewer, &id).await;
        let listed: Vec<&str> = listed["allowedMoves"].as_array().unwrap().iter().map(|it| it["phase"].as_str().unwrap()).collect();
        assert_eq!(listed, allowed);

        let code = reason(&reviewer, "DECLINED").await;
        for (input, field, error) in [
            (json!({"id": id, "to": "DECLINED", "reason": code}), "message", "REQUIRED"),
            (json!({"id": id, "to": "DECLINED", "reason": code, "message": " "}), "message", "REQUIRED"),
            (json!({"id": id, "to": "DECLINED", "reason": code, "message": "x".repeat(2001)}), "message", "TOO_LONG"),
            (json!({"id": id, "to": "DECLINED", "message": "No."}), "reason", "REQUIRED"),
            (json!({"id": id, "to": "DECLINED", "message": "No.", "reason": "NONSENSE"}), "reason", "INVALID"),
            (json!({"id": id, "to": "ACCEPTED", "expectedVersion": 99}), "expectedVersion", "STALE_VERSION"),
            (json!({"id": id, "to": "MERGED"}), "to", "INVALID"),
            (json!({"id": id, "to": "ACCEPTED", "wakeOn": "2026-12-01"}), "wakeOn", "INVALID"),
            (json!({"id": "sub_nonsense", "to": "ACCEPTED"}), "id", "NOT_FOUND"),
        ] {
            let refused = no_step(&reviewer, input.clone()).await;
            assert_eq!((&refused["code"], &refused["field"]), (&json!(error), &json!([field])), "{input}");
        }
        assert_eq!(look(&reviewer, &id).await["version"], 1);
    }

    async fn who_may_decide(app) {
        let org = &app.organisation;
        let nurse = app.sign_in(org.nurse).await;
        let id = send(&nurse, "IDEA").await;
        // A reviewer of another region, and everybody else who does not read it, find nothing.
        for person in [org.south_reviewer, org.chemist, org.auditor, org.admin] {
            let refused = no_step(&app.sign_in(person).await, json!({"id": id, "to": "ACCEPTED"})).await;
            assert_eq!(refused["code"], "NOT_FOUND");
        }
        // A colleague of the site reads it and has no right on it; the author and the manager have
        // none for this step.
        for (person, error) in [(org.colleague, "FORBIDDEN"), (org.nurse, "STEP_NOT_ALLOWED"), (org.manager, "STEP_NOT_ALLOWED")] {
            let refused = no_step(&app.sign_in(person).await, json!({"id": id, "to": "ACCEPTED"})).await;
            assert_eq!(refused["code"], error);
        }
        // "We fixed it ourselves."
        let manager = app.sign_in(org.manager).await;
        let fixed = step(&manager, json!({"id": id, "to": "IMPLEMENTED"})).await;
        assert_eq!(fixed["submission"]["phase"], "IMPLEMENTED");
        // A reviewer does not decide on an own submission.
        let reviewer = app.sign_in(org.reviewer).await;
        let own = send(&reviewer, "IDEA").await;
        let refused = no_step(&reviewer, json!({"id": own, "to": "ACCEPTED"})).await;
        assert_eq!(refused["code"], "STEP_NOT_ALLOWED");
        step(&app.sign_in(org.second_reviewer).await, json!({"id": own, "to": "ACCEPTED"})).await;
    }

    async fn the_last_decision_of_a_hold_is_announced(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let id = send(&nurse, "IDEA").await;
        step(&reviewer, json!({"id": id, "to": "ACCEPTED", "message": "Good."})).await;
        pass(app, 30 * SECOND).await;
        step(&app.sign_in(org.manager).await, json!({"id": id, "to": "PLANNED", "message": "In March."})).await;
        pass(app, 59 * SECOND).await;
        assert_eq!(look(&nurse, &id).await["shownPhase"], "SUBMITTED");
        pass(app, SECOND).await;
        let seen = look(&nurse, &id).await;
        assert_eq!(phases(&seen), ("PLANNED", "PLANNED"));
        let told: Vec<&Value> = seen["history"]["nodes"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "submission.announced").collect();
        assert_eq!(told.len(), 1);
        assert_eq!((&told[0]["from"], &told[0]["to"], &told[0]["message"]), (&json!("SUBMITTED"), &json!("PLANNED"), &json!("In March.")));
        assert!(told[0]["decision"].is_null(), "decisions are for those inside");
        let inside = look(&reviewer, &id).await;
        assert_eq!(kinds(&inside).iter().filter(|kind| **kind == "submission.decided").count(), 2);
    }

    async fn two_decide_at_once_and_one_wins(app) {
        let org = &app.organisation;
        let nurse = app.sign_in(org.nurse).await;
        let (one, two) = (app.sign_in(org.reviewer).await, app.sign_in(org.second_reviewer).await);
        let id = send(&nurse, "IDEA").await;
        let input = |to: &str| json!({"in": {"id": id, "to": to, "expectedVersion": 1}});
        let (one, two) = tokio::join!(one.ask(MOVE, input("ACCEPTED")), two.ask(MOVE, input("IN_PROGRESS")));
        let mut codes: Vec<&Value> = [&one, &two].into_iter().filter_map(|data| data["submissionMove"]["userErrors"].get(0)).map(|error| &error["code"]).collect();
        assert_eq!(codes.pop(), Some(&json!("STALE_VERSION")));
        assert!(codes.is_empty(), "one wins");
    }

    async fn observations_are_linked_to_causes_created_on_the_way(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let id = send(&nurse, "OBSERVATION").await;
        let new = |name: &str| json!({"in": {"submissionId": id, "note": "Seen it", "message": "We know why.",
            "newCause": {"name": name, "category": "PLACE", "whys": ["Nobody ordered any"]}}});
        let refused = reviewer.refused("causeLink", LINK, new("tbd")).await;
        assert_eq!((&refused["code"], &refused["field"]), (&json!("INVALID"), &json!(["newCause", "name"])));
        let linked = reviewer.done("causeLink", LINK, new("No hooks on the doors")).await;
        assert_eq!(phases(&linked["submission"]), ("ACCEPTED", "SUBMITTED"));
        assert_eq!((&linked["links"][0]["held"], &linked["named"][0]["depth"]), (&json!(true), &json!(0)));
        let taken = reviewer.refused("causeLink", LINK, new("no  HOOKS on the doors")).await;
        assert_eq!((&taken["code"], &taken["allowed"][0]), (&json!("TAKEN"), &linked["named"][0]["id"]));

        // Until the announcement the author sees neither link nor cause.
        let causes = "{ causes(first: 10) { totalCount nodes { name submissions(first: 5) { nodes { id } } } } }";
        assert_eq!(look(&nurse, &id).await["causes"], json!([]));
        assert_eq!(nurse.ask(causes, json!({})).await["causes"]["totalCount"], 0);
        pass(app, MINUTE).await;
        let seen = look(&nurse, &id).await;
        assert_eq!((phases(&seen), &seen["causes"][0]["note"]), (("ACCEPTED", "ACCEPTED"), &Value::Null));
        assert_eq!(seen["causes"][0]["cause"]["name"], "No hooks on the doors");
        let listed = nurse.ask(causes, json!({})).await;
        assert_eq!(listed["causes"]["nodes"][0]["submissions"]["nodes"][0]["id"], json!(id));

        let unlink = "mutation($in: CauseUnlinkInput!) { causeUnlink(input: $in) { submission { phase } userErrors { code } } }";
        let input = json!({"in": {"submissionId": id, "causeId": linked["named"][0]["id"]}});
        assert_eq!(nurse.refused("causeUnlink", unlink, input.clone()).await["code"], "FORBIDDEN");
        let left = reviewer.done("causeUnlink", unlink, input).await;
        assert_eq!(left["submission"]["phase"], "ACCEPTED");
    }

    async fn the_tree_of_causes_keeps_its_shape(app) {
        let reviewer = app.sign_in(app.organisation.reviewer).await;
        let create = "mutation($in: CauseCreateInput!) { causeCreate(input: $in) { cause { id version depth parent { id } } userErrors { field code } } }";
        let update = "mutation($in: CauseUpdateInput!) { causeUpdate(input: $in) { cause { id version parent { id } } userErrors { field code } } }";
        let top = reviewer.done("causeCreate", create, json!({"in": {"name": "Rooms", "category": "PLACE"}})).await["cause"]["id"].clone();
        let under = reviewer.done("causeCreate", create, json!({"in": {"name": "Doors", "category": "PLACE", "parentId": top}})).await;
        assert_eq!(under["cause"]["depth"], 1);
        let below = under["cause"]["id"].clone();
        let cycle = reviewer.refused("causeUpdate", update, json!({"in": {"id": top, "parentId": below}})).await;
        assert_eq!((&cycle["code"], &cycle["field"]), (&json!("INVALID"), &json!(["parentId"])));
        // The same name is free under another parent, and taken under the same one.
        reviewer.done("causeCreate", create, json!({"in": {"name": "Doors", "category": "PLACE"}})).await;
        let taken = reviewer.refused("causeUpdate", update, json!({"in": {"id": below, "parentId": null}})).await;
        assert_eq!(taken["code"], "TAKEN");
        let stale = reviewer.refused("causeUpdate", update, json!({"in": {"id": below, "expectedVersion": 9, "name": "Gates"}})).await;
        assert_eq!(stale["code"], "STALE_VERSION");
        let kept = reviewer.done("causeUpdate", update, json!({"in": {"id": below, "expectedVersion": 1, "name": "Gates"}})).await;
        assert_eq!(kept["cause"]["parent"]["id"], top, "what is left out stays");
        let nurse = app.sign_in(app.organisation.nurse).await;
        let refused = nurse.refused("causeCreate", create, json!({"in": {"name": "Mine", "category": "PLACE"}})).await;
        assert_eq!(refused["code"], "FORBIDDEN");
        assert!(nurse.ask("query($id: ID!) { cause(id: $id) { name } }", json!({"id": top})).await["cause"].is_null());
    }

    async fn the_queue_is_what_one_may_decide_on(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let first = send(&nurse, "IDEA").await;
        pass(app, SECOND).await;
        let second = send(&nurse, "OBSERVATION").await;
        pass(app, SECOND).await;
        let own = send(&reviewer, "IDEA").await;
        let queue = "query($f: QueueFilter, $n: Int) { triageQueue(first: $n, filter: $f) { totalCount nodes { id title phase allowedMoves { phase } causes { id } } } }";
        let ids = |answer: &Value| -> Vec<String> {
            answer["triageQueue"]["nodes"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap().to_owned()).collect()
        };
        let all = reviewer.ask(queue, json!({})).await;
        assert_eq!(ids(&all), [first.clone(), second.clone()], "the oldest first, never one's own");
        assert_eq!(ids(&app.sign_in(org.south_reviewer).await.ask(queue, json!({})).await), Vec::<String>::new());
        let head = ids(&app.sign_in(org.head).await.ask(queue, json!({})).await);
        assert_eq!(head, [first.clone(), second.clone(), own]);
        assert_eq!(nurse.send(queue, json!({})).await.code(), "FORBIDDEN");

        let assign = |person: Value| json!({"in": {"id": first, "assigneeId": person}});
        let refused = reviewer.refused("submissionAssign", ASSIGN, assign(json!(org.colleague.to_string()))).await;
        assert_eq!(refused["code"], "INVALID");
        let mine = reviewer.done("submissionAssign", ASSIGN, assign(json!(org.reviewer.to_string()))).await;
        assert_eq!(phases(&mine["submission"]), ("UNDER_REVIEW", "SUBMITTED"));
        assert_eq!(ids(&reviewer.ask(queue, json!({"f": {"mine": true}})).await), std::slice::from_ref(&first));
        assert_eq!(ids(&reviewer.ask(queue, json!({"f": {"assignee": {"isNull": true}}})).await), std::slice::from_ref(&second));
        let hill = json!({"f": {"unit": {"inSubtree": org.hill.to_string()}}});
        assert!(ids(&reviewer.ask(queue, hill).await).is_empty());

        // The function decides after a hand-over.
        let over = "mutation($in: SubmissionHandOverInput!) { submissionHandOver(input: $in) { submission { id } userErrors { code } } }";
        reviewer.done("submissionHandOver", over, json!({"in": {"id": second, "functionId": org.it.to_string()}})).await;
        let it = app.sign_in(org.it_reviewer).await;
        assert_eq!(ids(&it.ask(queue, json!({})).await), std::slice::from_ref(&second));
        assert_eq!(ids(&reviewer.ask(queue, json!({})).await), [first]);
        assert_eq!(no_step(&reviewer, json!({"id": second, "to": "ACCEPTED"})).await["code"], "FORBIDDEN");

        // However long the page, the number of statements is the same.
        let few = reviewer.fewest(queue, json!({"n": 1})).await.statements;
        for _ in 0..6 {
            send(&nurse, "IDEA").await;
        }
        let many = reviewer.fewest(queue, json!({"n": 20})).await;
        assert!(ids(many.data()).len() > 5 && many.statements <= few + 1, "{few} then {}", many.statements);
    }

    async fn authors_answer_ask_again_and_take_back(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let id = send(&nurse, "IDEA").await;
        let answer = "mutation($in: QuestionAnswerInput!) { questionAnswer(input: $in) { submission { phase shownPhase commentCount } userErrors { field code } } }";
        let input = json!({"in": {"id": id, "text": "Room 4."}});
        assert_eq!(nurse.refused("questionAnswer", answer, input.clone()).await["code"], "STEP_NOT_ALLOWED");
        step(&reviewer, json!({"id": id, "to": "NEEDS_INFO", "message": "Which room?"})).await;
        pass(app, MINUTE).await;
        let foreign = app.sign_in(org.colleague).await.refused("questionAnswer", answer, input.clone()).await;
        assert_eq!(foreign["code"], "FORBIDDEN");
        let answered = nurse.done("questionAnswer", answer, input).await;
        assert_eq!((phases(&answered["submission"]), &answered["submission"]["commentCount"]), (("UNDER_REVIEW", "UNDER_REVIEW"), &json!(1)));

        let code = reason(&reviewer, "DECLINED").await;
        let decline = json!({"id": id, "to": "DECLINED", "reason": code, "message": "No.", "announce": "NOW"});
        step(&reviewer, decline).await;
        let again = "mutation($in: SubmissionAskSecondLookInput!) { submissionAskSecondLook(input: $in) { submission { phase } userErrors { code } } }";
        let input = json!({"in": {"id": id, "text": "Please."}});
        nurse.done("submissionAskSecondLook", again, input.clone()).await;
        assert_eq!(no_step(&reviewer, json!({"id": id, "to": "ACCEPTED"})).await["code"], "STEP_NOT_ALLOWED");
        step(&app.sign_in(org.second_reviewer).await, json!({"id": id, "to": "IMPLEMENTED", "announce": "NOW"})).await;
        pass(app, 90 * DAY).await;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let not_fixed = "mutation($in: SubmissionNotFixedInput!) { submissionNotFixed(input: $in) { submission { phase shownPhase } userErrors { code } } }";
        let back = nurse.done("submissionNotFixed", not_fixed, input).await;
        assert_eq!(phases(&back["submission"]), ("IN_PROGRESS", "IN_PROGRESS"));

        let withdraw = "mutation($in: SubmissionWithdrawInput!) { submissionWithdraw(input: $in) { submission { phase shownPhase } userErrors { code allowed } } }";
        let late = nurse.refused("submissionWithdraw", withdraw, json!({"in": {"id": id}})).await;
        assert_eq!(late["code"], "STEP_NOT_ALLOWED");
        let other = send(&nurse, "IDEA").await;
        step(&reviewer, json!({"id": other, "to": "ACCEPTED"})).await;
        let gone = nurse.done("submissionWithdraw", withdraw, json!({"in": {"id": other}})).await;
        assert_eq!(phases(&gone["submission"]), ("WITHDRAWN", "WITHDRAWN"));
        pass(app, MINUTE).await;
        assert_eq!(look(&nurse, &other).await["shownPhase"], "WITHDRAWN");
    }

    async fn held_for_friday_and_announced_together(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        let mut decisions = Vec::new();
        let mut ids = Vec::new();
        for _ in 0..3 {
            let id = send(&nurse, "IDEA").await;
            let held = step(&reviewer, json!({"id": id, "to": "ACCEPTED", "announce": "LATER"})).await;
            assert!(held["decision"]["releaseAt"].is_null());
            decisions.push(held["decision"]["id"].clone());
            ids.push(id);
        }
        pass(app, 4 * DAY).await;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        assert_eq!(look(&nurse, &ids[0]).await["shownPhase"], "SUBMITTED");
        let announce = "mutation($in: DecisionAnnounceInput!) { decisionAnnounce(input: $in) { decisions { state } submissions { shownPhase } userErrors { code } } }";
        let input = json!({"in": {"ids": decisions}});
        let told = reviewer.done("decisionAnnounce", announce, input.clone()).await;
        assert_eq!(told["submissions"], json!([{"shownPhase": "ACCEPTED"}, {"shownPhase": "ACCEPTED"}, {"shownPhase": "ACCEPTED"}]));
        assert_eq!(reviewer.refused("decisionAnnounce", announce, input).await["code"], "TOO_LATE");
    }

    async fn the_person_concerned_is_recused(app) {
        let org = &app.organisation;
        let (nurse, reviewer, second) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await, app.sign_in(org.second_reviewer).await);
        let id = send(&nurse, "OBSERVATION").await;
        let put_right = "mutation($in: SubmissionUpdateTriageInput!) { submissionUpdateTriage(input: $in) { submission { version severity tags } userErrors { field code } } }";
        let input = json!({"in": {"id": id, "expectedVersion": 1, "severity": "HIGH", "tags": [" Doors ", "doors"], "concernedId": org.second_reviewer.to_string()}});
        let row = reviewer.done("submissionUpdateTriage", put_right, input).await;
        assert_eq!(row["submission"], json!({"version": 2, "severity": "HIGH", "tags": ["doors"]}));
        assert_eq!(no_step(&second, json!({"id": id, "to": "ACCEPTED"})).await["code"], "NOT_FOUND");
        assert!(look(&second, &id).await.is_null());
        let input = json!({"in": {"id": id, "severity": null}});
        let row = reviewer.done("submissionUpdateTriage", put_right, input).await;
        assert_eq!(row["submission"], json!({"version": 3, "severity": null, "tags": ["doors"]}));
        assert_eq!(no_step(&second, json!({"id": id, "to": "ACCEPTED"})).await["code"], "NOT_FOUND");
    }
}

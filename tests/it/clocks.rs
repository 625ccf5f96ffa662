//! Service levels over HTTP: calendars, clocks, breaches, escalation, coverage.

use entity::clocks::clock;
use entity::clocks::values::{ClockKind, ClockState, Met};
use entity::id::{SubmissionId, TypedId as _};
use entity::instant::{DAY, HOUR, Instant, MINUTE, SECOND, parse_rfc3339};
use entity::submissions::submission;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;

const SEND: &str = "mutation($in: SubmissionSendInput!) { submissionSend(input: $in) {
  submission { id } userErrors { field code message } } }";
const MOVE: &str = "mutation($in: SubmissionMoveInput!) { submissionMove(input: $in) {
  submission { phase shownPhase } decision { id } userErrors { field code message } } }";
const UNDO: &str = "mutation($in: DecisionUndoInput!) { decisionUndo(input: $in) {
  submission { phase } userErrors { field code message } } }";
const COMMENT: &str = "mutation($in: CommentAddInput!) { commentAdd(input: $in) {
  comment { id } userErrors { field code message } } }";

async fn send(client: &Client) -> String {
    let input = json!({"in": {"text": "The lift to the ward stops between two floors", "kind": "OBSERVATION"}});
    let payload = client.done("submissionSend", SEND, input).await;
    payload["submission"]["id"].as_str().expect("an id").to_owned()
}

async fn step(client: &Client, input: Value) -> String {
    let moved = client.done("submissionMove", MOVE, json!({"in": input})).await;
    moved["decision"]["id"].as_str().unwrap_or_default().to_owned()
}

fn at(text: &str) -> Instant {
    parse_rfc3339(text).expect("an instant")
}

/// The clocks of a submission by kind and round, as the table has them.
async fn rows(app: &TestApp, id: &str) -> Vec<clock::Model> {
    let id = SubmissionId::parse(id).expect("an id");
    clock::Entity::find()
        .filter(clock::Column::SubmissionId.eq(id))
        .order_by_asc(clock::Column::Kind)
        .order_by_asc(clock::Column::Round)
        .all(&app.system().db())
        .await
        .expect("clocks")
}

async fn due(app: &TestApp, id: &str) -> Option<Instant> {
    let id = SubmissionId::parse(id).expect("an id");
    let row = submission::Entity::find_by_id(id).one(&app.system().db()).await.expect("a row");
    row.expect("a submission").due_at
}

fn of(rows: &[clock::Model], kind: ClockKind) -> &clock::Model {
    rows.iter().rfind(|row| row.kind == kind).expect("such a clock")
}

on_both! {
    async fn clocks_follow_what_happens(app) {
        let org = &app.organisation;
        let (nurse, reviewer) = (app.sign_in(org.nurse).await, app.sign_in(org.reviewer).await);
        // Monday, 09:00 UTC: two business days end with Tuesday, ten with the second Friday.
        let id = send(&nurse).await;
        let clocks = rows(app, &id).await;
        assert_eq!(clocks.len(), 2);
        assert_eq!(of(&clocks, ClockKind::FirstResponse).due_at, at("2026-03-03T17:00:00Z"));
        assert_eq!(of(&clocks, ClockKind::Decision).due_at, at("2026-03-13T17:00:00Z"));
        assert_eq!(due(app, &id).await, Some(at("2026-03-03T17:00:00Z")));

        // What the author, a colleague or somebody inside in silence says is no answer.
        for (who, visibility) in [(&nurse, "PUBLIC"), (&app.sign_in(org.manager).await, "PUBLIC"), (&reviewer, "INTERNAL")] {
            who.done("commentAdd", COMMENT, json!({"in": {"submissionId": id, "text": "Again today.", "visibility": visibility}})).await;
        }
        assert_eq!(of(&rows(app, &id).await, ClockKind::FirstResponse).state, ClockState::Running);

        // A decision stops its clock at once; taking it back leaves no trace.
        let before = rows(app, &id).await;
        let held = step(&reviewer, json!({"id": id, "to": "ACCEPTED"})).await;
        let clocks = rows(app, &id).await;
        assert_eq!(of(&clocks, ClockKind::Decision).state, ClockState::Stopped);
        assert_eq!(of(&clocks, ClockKind::FirstResponse).state, ClockState::Running);
        reviewer.done("decisionUndo", UNDO, json!({"in": {"id": held}})).await;
        assert_eq!(rows(app, &id).await, before);
        assert_eq!(due(app, &id).await, Some(at("2026-03-03T17:00:00Z")));

        // A question, told after an hour: an answer, and the decision waits.
        app.pass(HOUR).await;
        let reviewer = app.sign_in(org.reviewer).await;
        step(&reviewer, json!({"id": id, "to": "NEEDS_INFO", "message": "Which floor?"})).await;
        assert_eq!(of(&rows(app, &id).await, ClockKind::Decision).state, ClockState::Running);
        app.pass(MINUTE).await;
        let clocks = rows(app, &id).await;
        let first = of(&clocks, ClockKind::FirstResponse);
        assert_eq!((first.state, first.met, first.took), (ClockState::Stopped, Met::Met, Some(61 * MINUTE)));
        let decision = of(&clocks, ClockKind::Decision);
        assert_eq!((decision.state, decision.paused_remaining), (ClockState::Paused, Some(80 * HOUR - 61 * MINUTE)));
        assert_eq!(due(app, &id).await, None);

        // The answer comes on Thursday at 10:01: what was left runs on.
        app.pass(3 * DAY).await;
        let nurse = app.sign_in(org.nurse).await;
        nurse.done("questionAnswer", "mutation($in: QuestionAnswerInput!) { questionAnswer(input: $in) { submission { phase } userErrors { code message } } }", json!({"in": {"id": id, "text": "The second."}})).await;
        let decision = of(&rows(app, &id).await, ClockKind::Decision).clone();
        assert_eq!((decision.state, decision.due_at), (ClockState::Running, at("2026-03-18T17:00:00Z")));
        assert_eq!(due(app, &id).await, Some(decision.due_at));

        // Declined, told, looked at again: a new clock.
        let reviewer = app.sign_in(org.reviewer).await;
        let reasons = reviewer.ask("{ reasons(phases: [DECLINED]) { code } }", json!({})).await;
        step(&reviewer, json!({"id": id, "to": "DECLINED", "reason": reasons["reasons"][0]["code"], "message": "No."})).await;
        app.pass(MINUTE).await;
        assert_eq!(due(app, &id).await, None);
        let nurse = app.sign_in(org.nurse).await;
        nurse.done("submissionAskSecondLook", "mutation($in: SubmissionAskSecondLookInput!) { submissionAskSecondLook(input: $in) { submission { phase } userErrors { code message } } }", json!({"in": {"id": id}})).await;
        let decision = of(&rows(app, &id).await, ClockKind::Decision).clone();
        assert_eq!((decision.round, decision.state), (2, ClockState::Running));
        assert_eq!(due(app, &id).await, Some(decision.due_at));
        let _ = SECOND;
    }
}

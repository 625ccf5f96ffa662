//! Handing over to a function: offered, then taken or given back with a note.

use entity::id::{CommentId, SubmissionId, UnitId};
use entity::submissions::comment;
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::submissions::text::Limit;
use entity::submissions::values::{CommentVisibility, Handover};
use sea_orm::ActiveModelTrait as _;
use sea_orm::IntoActiveModel as _;
use serde::Serialize;

use super::{Aim, taken_up, touched};
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::service::comment_fact;
use crate::workflow::case::Case;
use crate::workflow::service::checked;
use crate::workflow::{policy, query};

/// To which function it goes.
#[derive(Clone, Debug)]
pub struct HandOver {
    /// What.
    pub id: SubmissionId,
    /// The function; none takes it back to its own unit.
    pub function: Option<UnitId>,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
}

#[derive(Serialize)]
struct HandedOver {
    function: Option<UnitId>,
    previous: Option<UnitId>,
}

/// "This is for IT": moves the queue and the right to decide to a function; reading stays. What was
/// only offered so far, the reviewers of its own unit may take back.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, STEP_NOT_ALLOWED for one that is joined or withdrawn.
pub async fn hand_over(scope: &Scope, cmd: HandOver) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = Case::open(&mut tx, scope, cmd.id).await?;
    if !takes_back_an_offer(&case, cmd.function) {
        policy::may_triage(case.letters_in_force(scope))?;
    }
    case.expect(cmd.expected_version)?;
    let row = hand_within(&mut tx, scope, case, cmd.function).await?;
    tx.commit(row).await
}

/// Until the function has taken it, the hand-over is an offer of the unit's own reviewers.
fn takes_back_an_offer(case: &Case, function: Option<UnitId>) -> bool {
    let standing = case.standing;
    function.is_none()
        && case.row.handover == Some(Handover::Offered)
        && standing.reads_as_reviewer
        && !standing.author
        && !standing.recused
}

pub(super) async fn hand_within(
    tx: &mut Tx,
    scope: &Scope,
    case: Case,
    function: Option<UnitId>,
) -> Result<submission::Model> {
    if matches!(case.row.phase, Phase::Merged | Phase::Withdrawn) {
        return Err(Refusal::new(
            Code::StepNotAllowed,
            "id",
            "It was joined with another one, or taken back: there is nothing to decide about it. Hand over the one it was joined with.",
        )
        .into());
    }
    if let Some(function) = function {
        query::function_in_use(tx, function, scope.now).await?.or_not_found("functionId")?;
    }
    let change = HandedOver { function, previous: case.row.function_id };
    // Who was at work on it may have no right any more: the function assigns anew.
    let row = submission::Model {
        function_id: function,
        handover: function.map(|_| Handover::Offered),
        assignee_id: None,
        opened_at: case.row.opened_at.or(Some(scope.now)),
        ..touched(case.row, scope)
    };
    query::store(tx, &row).await?;
    tx.state(NewFact::new("submission.handed_over", ("submission", row.id.0), &change).internal());
    Ok(row)
}

#[derive(Serialize)]
struct Taken {
    function: Option<UnitId>,
}

/// "We take it": the function accepts what it was offered. Accepting twice changes nothing.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, STEP_NOT_ALLOWED when nobody handed it over.
pub async fn accept(scope: &Scope, aim: Aim) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let mut case = taken_up(&mut tx, scope, aim).await?;
    match case.row.handover {
        None => return Err(not_handed_over().into()),
        Some(Handover::Accepted) => return tx.commit(case.row).await,
        Some(Handover::Offered) => take_in(&mut tx, &mut case.row),
    }
    let row = touched(case.row, scope);
    query::store(&tx, &row).await?;
    tx.commit(row).await
}

/// Notes that the function has taken it; the caller stores the row.
pub(in crate::workflow) fn take_in(tx: &mut Tx, row: &mut submission::Model) {
    tx.state(taken_fact(row));
    row.handover = Some(Handover::Accepted);
}

/// The fact that the function has taken what it was offered.
pub(in crate::workflow) fn taken_fact(row: &submission::Model) -> NewFact {
    let data = Taken { function: row.function_id };
    NewFact::new("submission.hand_over_accepted", ("submission", row.id.0), &data).internal()
}

/// What a function gives back, and why.
#[derive(Clone, Debug)]
pub struct GiveBack {
    /// What.
    pub aim: Aim,
    /// Why, for those who work on it.
    pub note: String,
}

#[derive(Serialize)]
struct GivenBack {
    function: Option<UnitId>,
    comment: CommentId,
}

/// "Not ours": it returns to the queue of its own unit, with the note as an internal comment.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, STEP_NOT_ALLOWED when nobody handed it over; REQUIRED or
/// TOO_LONG at `note`.
pub async fn give_back(scope: &Scope, cmd: GiveBack) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let body = checked(&cmd.note, Limit::COMMENT.called("note"))?;
    let mut tx = scope.begin().await?;
    let case = taken_up(&mut tx, scope, cmd.aim).await?;
    if case.row.handover.is_none() {
        return Err(not_handed_over().into());
    }
    let comment = note_within(&mut tx, scope, (case.row.id, body)).await?;
    let data = GivenBack { function: case.row.function_id, comment };
    let row = submission::Model {
        function_id: None,
        handover: None,
        assignee_id: None,
        ..touched(case.row, scope)
    };
    query::store(&tx, &row).await?;
    let subject = ("submission", row.id.0);
    tx.state(NewFact::new("submission.hand_over_returned", subject, &data).internal());
    tx.commit(row).await
}

fn not_handed_over() -> Refusal {
    Refusal::new(
        Code::StepNotAllowed,
        "id",
        "Nobody has handed this over to a function. Read it again: it may have been taken back.",
    )
}

/// Writes a comment for those who work on it.
async fn note_within(
    tx: &mut Tx,
    scope: &Scope,
    (submission, body): (SubmissionId, String),
) -> Result<CommentId> {
    let row = comment::Model {
        id: CommentId(scope.fresh_id()),
        submission_id: submission,
        author_id: scope.actor.person(),
        service_id: None,
        visibility: CommentVisibility::Internal,
        body,
        created_at: scope.now,
        redacted_at: None,
    };
    let row = row.into_active_model().reset_all().insert(tx as &Tx).await?;
    tx.state(comment_fact(&row));
    Ok(row.id)
}

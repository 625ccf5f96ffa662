//! Who takes care of a submission, and who is responsible for doing it.

use entity::id::{PersonId, SubmissionId};
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::submissions::values::Handover;
use serde::Serialize;

use super::{Aim, taken_up, touched};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::workflow::case::Case;
use crate::workflow::decide::{self, Ruling};
use crate::workflow::service::step_of;
use crate::workflow::{absent, policy, query};

/// Who is to take care of it.
#[derive(Clone, Debug)]
pub struct Assign {
    /// What.
    pub id: SubmissionId,
    /// Who; none puts it back into the pile.
    pub assignee: Option<PersonId>,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
}

#[derive(Serialize)]
struct AssignedData {
    assignee: Option<PersonId>,
    previous: Option<PersonId>,
}

/// The fact that `row` is taken care of by somebody else from now on.
pub(crate) fn assigned_fact(row: &submission::Model, to: Option<PersonId>) -> NewFact {
    let change = AssignedData { assignee: to, previous: row.assignee_id };
    NewFact::new("submission.assigned", ("submission", row.id.0), &change).internal()
}

/// The fact that somebody else is responsible for `row` from now on.
pub(crate) fn owner_fact(row: &submission::Model, to: Option<PersonId>) -> NewFact {
    let change = OwnerData { owner: to, previous: row.owner_id };
    NewFact::new("submission.owner_set", ("submission", row.id.0), &change).internal()
}

/// "This one is yours" (or mine): the first assignment takes a SUBMITTED one under review, and a
/// function that assigns what it was offered has taken it.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, INVALID at `assigneeId` for who is no reviewer of it, or
/// is away.
pub async fn assign(scope: &Scope, cmd: Assign) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let aim = Aim { id: cmd.id, expected_version: cmd.expected_version };
    let case = taken_up(&mut tx, scope, aim).await?;
    let row = assign_within(&mut tx, scope, case, cmd.assignee).await?;
    tx.commit(row).await
}

/// "Mine": assigns a submission to whoever asks.
///
/// # Errors
/// As [`assign`].
pub async fn take(scope: &Scope, aim: Aim) -> Result<submission::Model> {
    let me = scope.actor.require_person()?;
    let Aim { id, expected_version } = aim;
    assign(scope, Assign { id, assignee: Some(me), expected_version }).await
}

pub(super) async fn assign_within(
    tx: &mut Tx,
    scope: &Scope,
    mut case: Case,
    assignee: Option<PersonId>,
) -> Result<submission::Model> {
    check_assignee(tx, &case, assignee).await?;
    if let Some(person) = assignee {
        absent::refuse(tx as &Tx, scope, person).await?;
    }
    let fact = assigned_fact(&case.row, assignee);
    // With a step the decision takes what was offered, so that undoing it offers it again.
    let steps = case.row.phase == Phase::Submitted;
    if assignee.is_some() && !steps && case.row.handover == Some(Handover::Offered) {
        super::handover::take_in(tx, &mut case.row);
    }
    let row = match assignee {
        Some(_) if steps => {
            let step = step_of(&case, Phase::UnderReview, scope)?;
            let status = query::default_status(tx, step.to()).await?;
            let ruling = Ruling { assignee, ..Ruling::of(&step, status) };
            decide::carry_out(tx, scope, case, ruling).await?.submission
        }
        assignee => {
            let row = submission::Model { assignee_id: assignee, ..touched(case.row, scope) };
            query::store(tx, &row).await?;
            row
        }
    };
    tx.state(fact);
    Ok(row)
}

async fn check_assignee(tx: &Tx, case: &Case, assignee: Option<PersonId>) -> Result<()> {
    let Some(person) = assignee else { return Ok(()) };
    absent::stays(tx, person, "assigneeId").await?;
    if query::is_reviewer(tx, &case.row, person).await? {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Invalid,
        "assigneeId",
        "This person is no reviewer of this submission. Choose a reviewer of its unit (of the function, after a hand-over) who neither wrote it nor is concerned, and who has not declined it before a second look was asked for.",
    )
    .into())
}

/// Who is responsible for doing it.
#[derive(Clone, Debug)]
pub struct NameOwner {
    /// What.
    pub id: SubmissionId,
    /// Who; none: nobody any more.
    pub owner: Option<PersonId>,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
}

#[derive(Serialize)]
struct OwnerData {
    owner: Option<PersonId>,
    previous: Option<PersonId>,
}

/// "This person will see to it": names the owner, who from then on reads it.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, INVALID at `ownerId` for the person concerned.
pub async fn name_owner(scope: &Scope, cmd: NameOwner) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = Case::open(&mut tx, scope, cmd.id).await?;
    policy::may_name_owner(case.letters_in_force(scope))?;
    case.expect(cmd.expected_version)?;
    let row = own_within(&mut tx, scope, case, cmd.owner).await?;
    tx.commit(row).await
}

pub(super) async fn own_within(
    tx: &mut Tx,
    scope: &Scope,
    case: Case,
    owner: Option<PersonId>,
) -> Result<submission::Model> {
    if let Some(owner) = owner {
        absent::stays(tx, owner, "ownerId").await?;
        if case.row.concerned_id == Some(owner) {
            return Err(Refusal::new(
                Code::Invalid,
                "ownerId",
                "The person concerned cannot be the owner. Choose somebody else.",
            )
            .into());
        }
    }
    tx.state(owner_fact(&case.row, owner));
    let row = submission::Model { owner_id: owner, ..touched(case.row, scope) };
    query::store(tx, &row).await?;
    Ok(row)
}

//! The verbs around deciding: open, assign, name an owner, hand over, put right.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::submissions::submission;

use super::decisions::WorkflowUserError;
use crate::desk::graphql::load::{self, AssignmentWarning};
use crate::graphql::list::{id_at, some_id_at};
use crate::graphql::patch::{change, try_change};
use crate::graphql::payload::settle;
use crate::graphql::scalars::Date;
use crate::kit::error::Result;
use crate::payload;
use crate::submissions::graphql::enums::{Audience, Kind, Severity, Size};
use crate::submissions::graphql::types::Submission;
use crate::triage::graphql::signed_in;
use crate::workflow::handling::{self, Assign, HandOver, NameOwner, Triage, UpdateTriage};

payload!(
    /// The result of `submissionOpen`.
    SubmissionOpenPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionAssign`.
    SubmissionAssignPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission,
        /// What you should know about whom you gave it to; it was given all the same.
        warnings: Vec<AssignmentWarning>
    }
);
payload!(
    /// The result of `submissionSetOwner`.
    SubmissionSetOwnerPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionHandOver`.
    SubmissionHandOverPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionUpdateTriage`.
    SubmissionUpdateTriagePayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);

/// A submission that somebody looked at.
#[derive(InputObject)]
pub struct SubmissionOpenInput {
    /// Which submission.
    pub id: ID,
}

/// Who is to take care of a submission.
#[derive(InputObject)]
pub struct SubmissionAssignInput {
    /// Which submission.
    pub id: ID,
    /// Which reviewer of it; `null` puts it back into the pile.
    pub assignee_id: Option<ID>,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// Who is responsible for doing it.
#[derive(InputObject)]
pub struct SubmissionSetOwnerInput {
    /// Which submission.
    pub id: ID,
    /// Who; `null` for nobody any more.
    pub owner_id: Option<ID>,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// To which function a submission goes.
#[derive(InputObject)]
pub struct SubmissionHandOverInput {
    /// Which submission.
    pub id: ID,
    /// Which unit of kind FUNCTION; `null` gives it back to its own unit.
    pub function_id: Option<ID>,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// What is put right; what is left out stays, `null` clears.
#[derive(InputObject)]
pub struct SubmissionUpdateTriageInput {
    /// Which submission.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// Where on a journey.
    pub touchpoint_id: MaybeUndefined<ID>,
    /// How bad it is.
    pub severity: MaybeUndefined<Severity>,
    /// How much it would help.
    pub impact: MaybeUndefined<Size>,
    /// How much work it is.
    pub effort: MaybeUndefined<Size>,
    /// The next date that the author is promised, today or later.
    pub promised_on: MaybeUndefined<Date>,
    /// The person named as concerned, who is recused: reads nothing and acts in no capacity.
    pub concerned_id: MaybeUndefined<ID>,
    /// The unit it is about, in use. Who reads it follows the new unit; whoever was assigned and
    /// has no right on it there is not any more.
    pub unit_id: Option<ID>,
    /// Idea or observation; cannot change while it is joined with another one.
    pub kind: Option<Kind>,
    /// Who may read it; cannot change while it is joined with another one.
    pub audience: Option<Audience>,
    /// The tags, all of them: at most 20 of at most 40 characters.
    pub tags: Option<Vec<String>>,
}

fn update_of(input: SubmissionUpdateTriageInput) -> Result<UpdateTriage> {
    Ok(UpdateTriage {
        id: id_at(&input.id, "id")?,
        expected_version: input.expected_version,
        change: Triage {
            touchpoint: try_change(input.touchpoint_id, |id| id_at(&id, "touchpointId"))?,
            severity: change(input.severity, Into::into),
            impact: change(input.impact, Into::into),
            effort: change(input.effort, Into::into),
            promised_on: change(input.promised_on, |day| day.0),
            concerned: try_change(input.concerned_id, |id| id_at(&id, "concernedId"))?,
            unit: some_id_at(input.unit_id.as_ref(), "unitId")?,
            kind: input.kind.map(Into::into),
            audience: input.audience.map(Into::into),
            tags: input.tags,
        },
    })
}

async fn assigned(ctx: &Context<'_>, input: SubmissionAssignInput) -> Result<submission::Model> {
    let cmd = Assign {
        id: id_at(&input.id, "id")?,
        assignee: some_id_at(input.assignee_id.as_ref(), "assigneeId")?,
        expected_version: input.expected_version,
    };
    handling::assign(signed_in(ctx)?, cmd).await
}

async fn owned(ctx: &Context<'_>, input: SubmissionSetOwnerInput) -> Result<submission::Model> {
    let cmd = NameOwner {
        id: id_at(&input.id, "id")?,
        owner: some_id_at(input.owner_id.as_ref(), "ownerId")?,
        expected_version: input.expected_version,
    };
    handling::name_owner(signed_in(ctx)?, cmd).await
}

async fn handed(ctx: &Context<'_>, input: SubmissionHandOverInput) -> Result<submission::Model> {
    let cmd = HandOver {
        id: id_at(&input.id, "id")?,
        function: some_id_at(input.function_id.as_ref(), "functionId")?,
        expected_version: input.expected_version,
    };
    handling::hand_over(signed_in(ctx)?, cmd).await
}

/// Mutations.
#[derive(Default)]
pub struct TriageVerbs;

#[Object]
impl TriageVerbs {
    /// Says that you looked at a submission: the first look by a reviewer or manager opens it, for
    /// everyone where the policy says so. Needs the right of a reviewer, manager or owner on it.
    /// Codes: FORBIDDEN, NOT_FOUND.
    async fn submission_open(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission.")] input: SubmissionOpenInput,
    ) -> Option<async_graphql::Result<SubmissionOpenPayload>> {
        let done = async { handling::open(signed_in(ctx)?, id_at(&input.id, "id")?).await };
        settle(done.await, |row| SubmissionOpenPayload::done(Submission::of(row)))
    }

    /// Gives a submission to a reviewer of it; the first time it goes from SUBMITTED to
    /// UNDER_REVIEW. Refused while that person is away (unless it is you), with who stands in in
    /// `allowed`. Needs the reviewer's right on it. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION,
    /// INVALID.
    async fn submission_assign(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What and to whom.")] input: SubmissionAssignInput,
    ) -> Option<async_graphql::Result<SubmissionAssignPayload>> {
        let done = async {
            let row = assigned(ctx, input).await?;
            let warnings = load::warnings(signed_in(ctx)?, row.assignee_id).await?;
            Ok((row, warnings))
        };
        settle(done.await, |(row, warnings)| {
            SubmissionAssignPayload::done(Submission::of(row), warnings)
        })
    }

    /// Names who is responsible for doing it, and from then on reads it. Needs the right of a
    /// reviewer, manager or owner on it. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, INVALID.
    async fn submission_set_owner(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What and whom.")] input: SubmissionSetOwnerInput,
    ) -> Option<async_graphql::Result<SubmissionSetOwnerPayload>> {
        settle(owned(ctx, input).await, |row| SubmissionSetOwnerPayload::done(Submission::of(row)))
    }

    /// Hands a submission over to a function: its queue and the right to decide go there, reading
    /// stays. The function takes it or gives it back. Needs the reviewer's right on it; an offer
    /// that was not taken yet may be taken back by the reviewers of its own unit. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION.
    async fn submission_hand_over(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What and to which function.")] input: SubmissionHandOverInput,
    ) -> Option<async_graphql::Result<SubmissionHandOverPayload>> {
        settle(handed(ctx, input).await, |row| SubmissionHandOverPayload::done(Submission::of(row)))
    }

    /// Puts unit, touchpoint, severity, impact, effort, promised date, kind, audience, tags and the
    /// person concerned right. Needs the reviewer's right on it. Codes: FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION, REQUIRED, TOO_LONG, INVALID, IN_USE.
    async fn submission_update_triage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to put right.")] input: SubmissionUpdateTriageInput,
    ) -> Option<async_graphql::Result<SubmissionUpdateTriagePayload>> {
        let done = async { handling::update_triage(signed_in(ctx)?, update_of(input)?).await };
        settle(done.await, |row| SubmissionUpdateTriagePayload::done(Submission::of(row)))
    }
}

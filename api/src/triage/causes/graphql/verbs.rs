//! The verbs of root causes.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::id::{CauseId, PersonId, SubmissionId, UnitId};

use super::{Cause, CauseCategory, CauseStatus};
use crate::graphql::list::{at_most, id_at, some_id_at};
use crate::graphql::patch::try_change;
use crate::graphql::payload::settle;
use crate::kit::error::Result;
use crate::submissions::graphql::types::Submission;
use crate::triage::causes::service::{self, NewCause, UpdateCause};
use crate::triage::graphql::signed_in;
use crate::{payload, user_errors};

user_errors!(TriageUserError, TriageErrorCode, "root causes and links" {
    /// Without the right that this needs.
    Forbidden,
    /// Nothing with this id is there for you.
    NotFound,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// A value is not of the right form or range.
    Invalid,
    /// Another cause has this name; `allowed` holds its id.
    Taken,
    /// It changed since it was read.
    StaleVersion,
});

payload!(
    /// The result of `causeCreate`.
    CauseCreatePayload, TriageUserError {
        /// The new cause.
        cause: Cause
    }
);
payload!(
    /// The result of `causeUpdate`.
    CauseUpdatePayload, TriageUserError {
        /// The cause as it is now.
        cause: Cause
    }
);
payload!(
    /// The result of `causeUnlink`.
    CauseUnlinkPayload, TriageUserError {
        /// The submission that was linked.
        submission: Submission
    }
);

/// A root cause to name.
#[derive(Clone, InputObject)]
pub struct CauseCreateInput {
    /// Short name that says why it happens; at most 200 characters, no placeholder.
    pub name: String,
    /// Ishikawa category.
    pub category: CauseCategory,
    /// The wider cause.
    pub parent_id: Option<ID>,
    /// Who answers for it.
    pub owner_id: Option<ID>,
    /// Which function answers for it.
    pub owner_unit_id: Option<ID>,
    /// The chain of whys, the first one first; at most 7 of at most 500 characters.
    pub whys: Option<Vec<String>>,
    /// SUSPECTED, the default, or CONFIRMED.
    pub status: Option<CauseStatus>,
}

impl CauseCreateInput {
    /// The cause that is meant.
    ///
    /// # Errors
    /// NOT_FOUND for what is no id of the right kind.
    pub(crate) fn meant(self) -> Result<NewCause> {
        Ok(NewCause {
            name: self.name,
            category: self.category.into(),
            parent: some_id_at::<CauseId>(self.parent_id.as_ref(), "parentId")?,
            owner: some_id_at::<PersonId>(self.owner_id.as_ref(), "ownerId")?,
            owner_unit: some_id_at::<UnitId>(self.owner_unit_id.as_ref(), "ownerUnitId")?,
            whys: self.whys.unwrap_or_default(),
            status: self.status.map(Into::into),
        })
    }
}

/// A change of a root cause; what is left out stays.
#[derive(InputObject)]
pub struct CauseUpdateInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// Another name; at most 200 characters, no placeholder.
    pub name: Option<String>,
    /// Another category.
    pub category: Option<CauseCategory>,
    /// SUSPECTED or CONFIRMED.
    pub status: Option<CauseStatus>,
    /// Another place in the tree; `null` for the top.
    pub parent_id: MaybeUndefined<ID>,
    /// Another owner; `null` for nobody.
    pub owner_id: MaybeUndefined<ID>,
    /// Another function; `null` for none.
    pub owner_unit_id: MaybeUndefined<ID>,
    /// Another chain of whys.
    pub whys: Option<Vec<String>>,
}

/// A link to take away.
#[derive(InputObject)]
pub struct CauseUnlinkInput {
    /// The submission.
    pub submission_id: ID,
    /// The cause.
    pub cause_id: ID,
}

fn update_of(input: CauseUpdateInput) -> Result<UpdateCause> {
    Ok(UpdateCause {
        id: id_at(&input.id, "id")?,
        expected_version: input.expected_version,
        name: input.name,
        category: input.category.map(Into::into),
        status: input.status.map(Into::into),
        parent: try_change(input.parent_id, |id| id_at(&id, "parentId"))?,
        owner: try_change(input.owner_id, |id| id_at(&id, "ownerId"))?,
        owner_unit: try_change(input.owner_unit_id, |id| id_at(&id, "ownerUnitId"))?,
        whys: input.whys,
    })
}

async fn unlinked(ctx: &Context<'_>, input: CauseUnlinkInput) -> Result<Submission> {
    let scope = signed_in(ctx)?;
    let submission: SubmissionId = id_at(&input.submission_id, "submissionId")?;
    let row = service::unlink(scope, submission, id_at(&input.cause_id, "causeId")?).await?;
    Ok(Submission::of(row))
}

/// Mutations.
#[derive(Default)]
pub struct CauseMutation;

#[Object]
impl CauseMutation {
    /// Names a root cause. Needs REVIEWER. Codes: FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG,
    /// INVALID, TAKEN.
    async fn cause_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to name.")] input: CauseCreateInput,
    ) -> Option<async_graphql::Result<CauseCreatePayload>> {
        let done = async { service::create(signed_in(ctx)?, input.meant()?).await };
        settle(done.await, |row| CauseCreatePayload::done(Cause(row)))
    }

    /// Renames, moves or otherwise changes a root cause. Needs REVIEWER, or to be its owner. Codes:
    /// FORBIDDEN, NOT_FOUND, STALE_VERSION, REQUIRED, TOO_LONG, INVALID, TAKEN.
    async fn cause_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: CauseUpdateInput,
    ) -> Option<async_graphql::Result<CauseUpdatePayload>> {
        let done = async { service::update(signed_in(ctx)?, update_of(input)?).await };
        settle(done.await, |row| CauseUpdatePayload::done(Cause(row)))
    }

    /// Takes a link between a submission and a root cause away; moves nothing. Needs the reviewer's
    /// right on the submission. Codes: FORBIDDEN, NOT_FOUND.
    async fn cause_unlink(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link.")] input: CauseUnlinkInput,
    ) -> Option<async_graphql::Result<CauseUnlinkPayload>> {
        settle(unlinked(ctx, input).await, CauseUnlinkPayload::done)
    }
}

/// Refuses more ids than one call takes.
///
/// # Errors
/// BAD_REQUEST at `field`.
pub(crate) fn causes_at(ids: &[ID], field: &str) -> Result<Vec<CauseId>> {
    at_most(ids, service::MOST_LINKED, field)?;
    ids.iter().map(|id| id_at(id, field)).collect()
}

//! The verbs of root causes.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::id::{CauseId, PersonId, UnitId};

use super::values::LinkSource;
use super::{Cause, CauseCategory, CauseStatus};
use crate::graphql::list::{at_most, id_at, some_id_at};
use crate::graphql::patch::try_change;
use crate::graphql::payload::settle;
use crate::kit::error::Result;
use crate::submissions::graphql::types::Submission;
use crate::triage::causes::service::{self, Contribution, Merge, NewCause, Unlinked, UpdateCause};
use crate::triage::graphql::signed_in;
use crate::workflow::linking::{self, Unlink};
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
    /// It can no longer be taken back.
    TooLate,
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
        submission: Submission,
        /// Who or what had made the link that is gone.
        source: LinkSource
    }
);

payload!(
    /// The result of `causeMerge`.
    CauseMergePayload, TriageUserError {
        /// The one that lives on.
        cause: Cause
    }
);
payload!(
    /// The result of `causeUnmerge`.
    CauseUnmergePayload, TriageUserError {
        /// The one that is back.
        cause: Cause,
        /// The one that it had been merged into.
        survivor: Cause
    }
);
payload!(
    /// The result of `causeContribute`.
    CauseContributePayload, TriageUserError {
        /// The one that contributes.
        cause: Cause
    }
);
payload!(
    /// The result of `causeUncontribute`.
    CauseUncontributePayload, TriageUserError {
        /// The one that was said to contribute.
        cause: Cause
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
    /// Other names that it goes by; at most 20, each as `name`.
    pub aliases: Option<Vec<String>>,
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
            aliases: self.aliases.unwrap_or_default(),
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
    /// How far it is: what `allowedStatuses` says. BEING_ADDRESSED takes the accepted observations
    /// that people linked to it to IN_PROGRESS, where no less advanced cause holds them back, and
    /// going back takes them back. RESOLVED has a verb of its own,
    /// `causeResolve`, and so has MERGED. Out of RESOLVED, by a reviewer, nothing moves.
    pub status: Option<CauseStatus>,
    /// Another place in the tree; `null` for the top.
    pub parent_id: MaybeUndefined<ID>,
    /// Another owner; `null` for nobody.
    pub owner_id: MaybeUndefined<ID>,
    /// Another function; `null` for none.
    pub owner_unit_id: MaybeUndefined<ID>,
    /// Another chain of whys.
    pub whys: Option<Vec<String>>,
    /// Other names, in the place of those that are there; at most 20.
    pub aliases: Option<Vec<String>>,
}

/// Two root causes that are one.
#[derive(InputObject)]
pub struct CauseMergeInput {
    /// The one that goes.
    pub id: ID,
    /// The one that lives on.
    pub into_id: ID,
    /// The version of the one that goes, as you read it.
    pub expected_version: Option<i32>,
}

/// A merge to take back.
#[derive(InputObject)]
pub struct CauseUnmergeInput {
    /// The one that was merged into another.
    pub id: ID,
}

/// A root cause that contributes to another beside the tree.
#[derive(InputObject)]
pub struct CauseContributeInput {
    /// The one that contributes.
    pub id: ID,
    /// The one that it makes worse.
    pub to_id: ID,
    /// Why you think so; at most 1,000 characters.
    pub note: Option<String>,
}

/// A contribution to take back.
#[derive(InputObject)]
pub struct CauseUncontributeInput {
    /// The one that was said to contribute.
    pub id: ID,
    /// The one that it was said to make worse.
    pub to_id: ID,
}

/// A link to take away.
#[derive(InputObject)]
pub struct CauseUnlinkInput {
    /// The submission.
    pub submission_id: ID,
    /// The cause.
    pub cause_id: ID,
    /// The version of the submission that you read.
    pub expected_version: Option<i32>,
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
        aliases: input.aliases,
    })
}

async fn unlinked(ctx: &Context<'_>, input: CauseUnlinkInput) -> Result<Unlinked> {
    let scope = signed_in(ctx)?;
    let cmd = Unlink {
        submission: id_at(&input.submission_id, "submissionId")?,
        cause: id_at(&input.cause_id, "causeId")?,
        expected_version: input.expected_version,
    };
    linking::unlink(scope, cmd).await
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

    /// Merges two root causes that are one. Links, narrower causes, names and contributions go to the
    /// one that lives on; no submission moves. Can be taken back for 30 days. Needs REVIEWER. Codes:
    /// FORBIDDEN, NOT_FOUND, STALE_VERSION, INVALID, TAKEN.
    async fn cause_merge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which two.")] input: CauseMergeInput,
    ) -> Option<async_graphql::Result<CauseMergePayload>> {
        let done = async {
            let merge = Merge {
                id: id_at(&input.id, "id")?,
                into: id_at(&input.into_id, "intoId")?,
                expected_version: input.expected_version,
            };
            service::merge(signed_in(ctx)?, merge).await
        };
        settle(done.await, |row| CauseMergePayload::done(Cause(row)))
    }

    /// Takes a merge of root causes back. What was linked, unlinked or moved since stays as it is.
    /// Needs REVIEWER. Codes: FORBIDDEN, NOT_FOUND, INVALID, TAKEN, TOO_LATE.
    async fn cause_unmerge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which merge.")] input: CauseUnmergeInput,
    ) -> Option<async_graphql::Result<CauseUnmergePayload>> {
        let done = async { service::unmerge(signed_in(ctx)?, id_at(&input.id, "id")?).await };
        settle(done.await, |(row, survivor)| CauseUnmergePayload::done(Cause(row), Cause(survivor)))
    }

    /// Says that one root cause contributes to another beside the tree, together with which it never
    /// goes in a circle. Needs REVIEWER. Codes: FORBIDDEN, NOT_FOUND, TOO_LONG, INVALID.
    async fn cause_contribute(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to what.")] input: CauseContributeInput,
    ) -> Option<async_graphql::Result<CauseContributePayload>> {
        let done = async {
            let said = Contribution {
                id: id_at(&input.id, "id")?,
                to: id_at(&input.to_id, "toId")?,
                note: input.note,
            };
            service::contribute(signed_in(ctx)?, said).await
        };
        settle(done.await, |row| CauseContributePayload::done(Cause(row)))
    }

    /// Takes back that one root cause contributes to another. Needs REVIEWER. Codes: FORBIDDEN,
    /// NOT_FOUND.
    async fn cause_uncontribute(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to what.")] input: CauseUncontributeInput,
    ) -> Option<async_graphql::Result<CauseUncontributePayload>> {
        let done = async {
            let (id, to) = (id_at(&input.id, "id")?, id_at(&input.to_id, "toId")?);
            service::uncontribute(signed_in(ctx)?, id, to).await
        };
        settle(done.await, |row| CauseUncontributePayload::done(Cause(row)))
    }

    /// Takes a link between a submission and a root cause away; moves nothing. Needs the reviewer's
    /// right on the submission. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION.
    async fn cause_unlink(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link.")] input: CauseUnlinkInput,
    ) -> Option<async_graphql::Result<CauseUnlinkPayload>> {
        settle(unlinked(ctx, input).await, |gone| {
            CauseUnlinkPayload::done(Submission::of(gone.submission), gone.source.into())
        })
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

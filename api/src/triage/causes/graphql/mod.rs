//! Surface of root causes.

mod edges;
mod links;
pub mod lists;
pub mod reports;
pub mod values;
pub mod verbs;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, ID, Object};
use entity::id::CauseId;
use entity::triage::cause;

pub use self::edges::CauseEdgeBeside;
use self::edges::Side;
pub use self::links::CauseLink;
pub(crate) use self::links::{links, made};
pub use self::lists::{CauseConnection, CauseQuery};
pub use self::reports::CauseWeek;
pub use self::values::{CauseCategory, CauseMeasure, CauseStatus, LinkSource};
use crate::graphql::payload::{answer, answer_or_null};
use crate::graphql::ready;
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::{Person, Unit};
use crate::kit::error::{Fault, Result};
use crate::kit::page::PageArgs;
use crate::kit::scope::Scope;
use crate::reach::query::View;
use crate::submissions::graphql::edges as of_submission;
use crate::submissions::graphql::queries::SubmissionConnection;
use crate::triage::causes::loader::{AliasesOf, Causes, DepthOf, HeldOf, Managed, SitesOf, WhysOf};
use crate::triage::causes::policy::Function;
use crate::triage::causes::service::report;
use crate::triage::causes::{policy, query};
use crate::triage::graphql::signed_in;

/// The batches of this feature.
pub(crate) fn batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Causes>> {
    Ok(ctx.data::<DataLoader<Causes>>().map_err(|_| Fault::internal("no batches of causes"))?)
}

/// Whether the asker manages the function that owns a cause. Batched.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn function_of(ctx: &Context<'_>, row: &cause::Model) -> Result<Function> {
    let Some(unit) = row.owner_unit_id else { return Ok(Function::NotManaged) };
    let managed = batches(ctx)?.load_one(Managed(unit)).await?;
    Ok(if managed.is_some() { Function::Managed } else { Function::NotManaged })
}

/// How far a cause is, as far as the asker may know. No statement but for one that is resolved; read
/// ahead, or batched.
async fn shown_status(
    ctx: &Context<'_>,
    row: &cause::Model,
) -> Result<entity::triage::values::CauseStatus> {
    let resolved = row.status == entity::triage::values::CauseStatus::Resolved;
    let actor = &signed_in(ctx)?.actor;
    if !resolved || policy::sees_all(actor) {
        return Ok(row.status);
    }
    Ok(ready::one(ctx, batches(ctx)?, HeldOf(row.id)).await?.unwrap_or(row.status))
}

/// A root cause.
#[derive(Clone)]
pub struct Cause(pub cause::Model);

impl Cause {
    /// By id, through the door.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<CauseId>() else { return Ok(None) };
        let found = query::some(&scope.db(), &scope.actor, &[id]).await?;
        Ok(found.into_iter().next().map(Self))
    }
}

/// Why things happen: one place in the tree of root causes.
#[Object]
impl Cause {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Short name, unique under its parent.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Ishikawa category.
    async fn category(&self) -> CauseCategory {
        self.0.category.into()
    }

    /// How far it is. That it is resolved shows when that is announced; before, only to reviewers and
    /// to who answers for it.
    async fn status(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<CauseStatus>> {
        answer(shown_status(ctx, &self.0).await.map(Into::into))
    }

    /// The wider cause, if there is one that you may see.
    async fn parent(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Cause>> {
        let found = async {
            let Some(parent) = self.0.parent_id else { return Ok(None) };
            Ok(batches(ctx)?.load_one(parent).await?.map(Cause))
        };
        answer_or_null(found.await)
    }

    /// Other names that it goes by, those of causes merged into it among them.
    async fn aliases(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<String>>> {
        let found =
            async { Ok(batches(ctx)?.load_one(AliasesOf(self.0.id)).await?.unwrap_or_default()) };
        answer(found.await)
    }

    /// The cause that it lives on in, when it was merged and you may see that one.
    async fn merged_into(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Cause>> {
        let found = async {
            let Some(survivor) = self.0.merged_into else { return Ok(None) };
            Ok(batches(ctx)?.load_one(survivor).await?.map(Cause))
        };
        answer_or_null(found.await)
    }

    /// How many people stand behind it and the live causes below it: distinct authors and voters of
    /// what is linked, of all that is joined with that, and one for each submission without an
    /// author. Reviewers see what is decided, all others what was announced.
    async fn reach(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<i32>> {
        answer(signed_in(ctx).map(|scope| match report::view_of(&scope.actor) {
            View::Decided => self.0.reach,
            View::Announced => self.0.shown_reach,
        }))
    }

    /// How many submissions those are, joined ones included; as `reach`.
    async fn submission_count(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<i32>> {
        answer(signed_in(ctx).map(|scope| match report::view_of(&scope.actor) {
            View::Decided => self.0.submission_count,
            View::Announced => self.0.shown_submission_count,
        }))
    }

    /// In how many sites those are; as `reach`.
    async fn site_count(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<i64>> {
        let found =
            async { Ok(batches(ctx)?.load_one(SitesOf(self.0.id)).await?.unwrap_or_default()) };
        answer(found.await)
    }

    /// Links made in each of the last weeks, from Monday to Sunday in the zone of the organisation,
    /// the oldest first, the present week last; weeks without one too. Of the cause and the live
    /// ones below it. For REVIEWER, MANAGER, EXECUTIVE and who answers for it; else null.
    async fn trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many weeks, 1 to 104.", default = 12)] weeks: i32,
    ) -> Option<async_graphql::Result<Vec<CauseWeek>>> {
        answer_or_null(reports::trend(ctx, &self.0, weeks).await)
    }

    /// What it makes worse beside the tree, as far as you may see that.
    async fn contributes_to(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<Vec<CauseEdgeBeside>>> {
        answer(edges::beside(ctx, (self.0.id, Side::To)).await)
    }

    /// What makes it worse beside the tree, as far as you may see that.
    async fn contributed_by(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<Vec<CauseEdgeBeside>>> {
        answer(edges::beside(ctx, (self.0.id, Side::From)).await)
    }

    /// What you may set its status to now.
    async fn allowed_statuses(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<Vec<CauseStatus>>> {
        let found = async {
            let scope = signed_in(ctx)?;
            let function = function_of(ctx, &self.0).await?;
            let capacity = policy::may_change(&scope.actor, &self.0, function);
            let allowed = capacity.map(|by| policy::statable(self.0.status, by));
            Ok(allowed.unwrap_or_default().into_iter().map(Into::into).collect())
        };
        answer(found.await)
    }

    /// The narrower causes that you may see, by name.
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<CauseConnection>> {
        let args = PageArgs { first, after, last, before };
        answer(lists::children(ctx, self.0.id, args).await)
    }

    /// How deep it lies in the tree; 0 at the top.
    async fn depth(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<usize>> {
        let found =
            async { Ok(batches(ctx)?.load_one(DepthOf(self.0.id)).await?.unwrap_or_default()) };
        answer(found.await)
    }

    /// The chain of whys, the first one first.
    async fn whys(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<String>>> {
        let found =
            async { Ok(batches(ctx)?.load_one(WhysOf(self.0.id)).await?.unwrap_or_default()) };
        answer(found.await)
    }

    /// Who answers for it.
    async fn owner(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(of_submission::person(ctx, self.0.owner_id).await)
    }

    /// Which function answers for it.
    async fn owner_unit(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(of_submission::unit(ctx, self.0.owner_unit_id).await)
    }

    /// The submissions linked to it that you may read, newest first.
    async fn submissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<SubmissionConnection>> {
        let args = PageArgs { first, after, last, before };
        answer(lists::linked(ctx, self.0.id, args).await)
    }

    /// What is to be done about it, and how far that is.
    async fn plan(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<crate::implementation::graphql::plans::ActionPlan>> {
        answer_or_null(crate::implementation::graphql::plan_of_cause(ctx, &self.0).await)
    }

    /// What the work on it is to change, and did: confirmed ones; all for reviewers, its owner, and
    /// whoever has an item of its plan.
    async fn outcomes(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<Vec<crate::implementation::graphql::outcomes::Outcome>>> {
        answer(crate::implementation::graphql::outcomes_of_cause(ctx, &self.0).await)
    }

    /// How far its latest resolving is, for those who may change it.
    async fn resolution(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<crate::closing::graphql::resolutions::CauseResolution>> {
        answer_or_null(crate::closing::graphql::latest(ctx, &self.0).await)
    }

    /// When it was named.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Counts up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

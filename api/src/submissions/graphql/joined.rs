//! What a twin shows of the canonical one, and what the canonical one shows of its twins.

use async_graphql::Context;
use entity::id::StatusId;
use entity::submissions::phase::Phase;
use entity::submissions::submission::Model;

use super::queries::SubmissionConnection;
use super::row::Row;
use super::similar::SimilarSubmission;
use super::types::{Submission, batches, inside, scope};
use crate::graphql::list::count_wanted;
use crate::kit::error::Result;
use crate::kit::page::{PageArgs, page};
use crate::submissions::filter;
use crate::submissions::joining::query as groups;
use crate::submissions::loader::{Readable, ReferenceOf, RootOf, TwinsOf};
use crate::submissions::query::Inside;
use crate::submissions::similar::service::{self as similar, MOST, USUAL};

/// The place that everybody sees.
pub(super) struct Shown {
    pub(super) phase: Phase,
    pub(super) status: StatusId,
}

/// The place that everybody sees: of a twin, that of the canonical one.
pub(super) async fn shown(ctx: &Context<'_>, row: &Row) -> Result<Shown> {
    Ok(match root(ctx, row).await? {
        Some(root) => Shown { phase: root.shown_phase, status: root.shown_status_id },
        None => Shown { phase: row.shown_phase, status: row.shown_status_id },
    })
}

/// The canonical one of an announced twin, for what is mirrored: never its text. The person
/// concerned there is told nothing of it.
pub(crate) async fn root(ctx: &Context<'_>, row: &Row) -> Result<Option<Model>> {
    let Some(id) = row.canonical_id else { return Ok(None) };
    let root = row.page.roots.get(batches(ctx)?.loader(), RootOf(id)).await?;
    let me = scope(ctx)?.actor.person();
    Ok(root.filter(|root| me.is_none() || root.concerned_id != me || root.author_id == me))
}

/// The one that it is joined into while that is decided and not yet announced.
fn held(row: &Row) -> Option<entity::id::SubmissionId> {
    row.merged_into.filter(|_| row.canonical_id.is_none())
}

/// Reference of the one it was joined with.
pub(super) async fn canonical_reference(ctx: &Context<'_>, row: &Row) -> Result<Option<String>> {
    match held(row) {
        Some(into) if inside(ctx, row).await? == Inside::Yes => {
            row.page.canonicals.get(batches(ctx)?.loader(), ReferenceOf(into)).await
        }
        _ => Ok(root(ctx, row).await?.map(|root| root.reference)),
    }
}

/// The one that it was joined with, for those who may read that one.
pub(super) async fn merged_into(ctx: &Context<'_>, row: &Row) -> Result<Option<Submission>> {
    let id = match held(row) {
        Some(into) if inside(ctx, row).await? == Inside::Yes => Some(into),
        _ => row.canonical_id,
    };
    let Some(id) = id else { return Ok(None) };
    let found = row.page.joined.get(batches(ctx)?.loader(), Readable(id)).await?;
    Ok(found.map(Submission::of))
}

/// How many were joined into it, for those inside.
pub(super) async fn twin_count(ctx: &Context<'_>, row: &Row) -> Result<Option<i64>> {
    if inside(ctx, row).await? == Inside::No {
        return Ok(None);
    }
    let found = row.page.twins.get(batches(ctx)?.loader(), TwinsOf(row.id)).await?;
    Ok(Some(found.unwrap_or(0)))
}

/// What was joined into it directly, for those inside, as far as they may read it.
pub(super) async fn twins(
    ctx: &Context<'_>,
    row: &Row,
    args: PageArgs,
) -> Result<Option<SubmissionConnection>> {
    if inside(ctx, row).await? == Inside::No {
        return Ok(None);
    }
    let scope = scope(ctx)?;
    let select = groups::twins_for(&scope.actor, row.id);
    let page = page(&scope.db(), select, &filter::keyset(&[]), &args, count_wanted(ctx)).await?;
    let node = Submission::of_page(&page);
    Ok(Some(SubmissionConnection::of(page, node)))
}

/// What it might be joined with.
pub(super) async fn candidates(
    ctx: &Context<'_>,
    row: &Row,
    first: Option<i32>,
) -> Result<Vec<SimilarSubmission>> {
    let first = usize::try_from(first.unwrap_or(0)).ok().filter(|it| *it > 0);
    let first = first.unwrap_or(USUAL).min(MOST);
    let found = similar::duplicates(scope(ctx)?, row, first).await?;
    Ok(SimilarSubmission::page_of(found))
}

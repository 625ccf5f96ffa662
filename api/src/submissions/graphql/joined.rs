//! What a twin shows of the canonical one, and what the canonical one shows of its twins.

use async_graphql::Context;
use entity::id::StatusId;
use entity::submissions::phase::Phase;
use entity::submissions::submission::Model;

use super::edges::{batches, inside, scope, sides, standing};
use super::queries::SubmissionConnection;
use super::row::{Nested, Row, Siblings};
use super::similar::SimilarSubmission;
use super::types::Submission;
use crate::graphql::list::count_wanted;
use crate::kit::error::{Error, Refusal, Result};
use crate::kit::page::{COUNT_CAP, Count, DEFAULT_PAGE, LARGEST_PAGE, Page, PageArgs, page};
use crate::submissions::filter;
use crate::submissions::joining::query as groups;
use crate::submissions::loader::{Readable, ReferenceOf, RootOf, TwinsOf};
use crate::submissions::query::Inside;
use crate::submissions::similar::service::{self as similar, MOST, USUAL};
use crate::submissions::standing::Standing;

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
    let all = row.page.joined.all(batches(ctx)?.loader()).await?;
    let page = row.page.joined_page.get_or_init(async || Siblings::of(all.values())).await;
    let found = all.get(&Readable(id)).cloned();
    Ok(found.map(|row| Submission::on_page(Row::among(row, page.clone()))))
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
    if let Some(wanted) = from_the_front(&args) {
        return Ok(Some(first_twins(ctx, row, wanted).await?));
    }
    let scope = scope(ctx)?;
    let select = groups::twins_for(&scope.actor, row.id);
    let page = page(&scope.db(), select, &filter::keyset(&[]), &args, count_wanted(ctx)).await?;
    let node = Submission::of_page(&page);
    Ok(Some(SubmissionConnection::of(page, node)))
}

/// How many are wanted of a list from its front; none when it is asked for otherwise, or too many.
fn from_the_front(args: &PageArgs) -> Option<u64> {
    let begins = args.after.is_none() && args.last.is_none() && args.before.is_none();
    let size = args.first.map_or(Some(DEFAULT_PAGE), |first| u64::try_from(first).ok());
    size.filter(|size| begins && *size <= LARGEST_PAGE)
}

/// The first twins of all rows of a page are read together.
async fn first_twins(ctx: &Context<'_>, row: &Row, wanted: u64) -> Result<SubmissionConnection> {
    let cell = row.page.first_twins.lock().await.entry(wanted).or_default().clone();
    let load = async || {
        let scope = scope(ctx)?;
        let ids = sides(ctx, row).await?.inside;
        let asked = (ids.as_slice(), wanted + 1);
        let lists = groups::first_twins(&scope.db(), &scope.actor, asked).await?;
        let siblings = Siblings::of(lists.values().flat_map(|list| &list.rows));
        Ok::<_, Error>(Nested { lists, siblings })
    };
    let found = cell.get_or_try_init(load).await?;
    let list = found.lists.get(&row.id).cloned().unwrap_or_default();
    let keyset = filter::keyset(&[]);
    let most = usize::try_from(wanted).unwrap_or(usize::MAX);
    let page = Page {
        has_next: list.rows.len() > most,
        has_previous: false,
        total: (count_wanted(ctx) == Count::Wanted)
            .then_some((list.total.min(COUNT_CAP), list.total <= COUNT_CAP)),
        rows: list.rows.into_iter().take(most).map(|row| (keyset.cursor(&row), row)).collect(),
    };
    let node = |row| Submission::on_page(Row::among(row, found.siblings.clone()));
    Ok(SubmissionConnection::of(page, node))
}

/// What it might be joined with. Looked for once for all rows of a page.
pub(super) async fn candidates(
    ctx: &Context<'_>,
    row: &Row,
    first: Option<i32>,
) -> Result<Vec<SimilarSubmission>> {
    let first = usize::try_from(first.unwrap_or(0)).ok().filter(|it| *it > 0);
    let first = first.unwrap_or(USUAL).min(MOST);
    if !reviews(standing(ctx, row).await?) {
        return Err(Refusal::forbidden("to be its reviewer").into());
    }
    let load = async || {
        let mut mine = Vec::new();
        for sibling in &row.page.rows {
            let sibling = Row::among(sibling.clone(), row.page.clone());
            if reviews(standing(ctx, &sibling).await?) {
                mine.push(sibling);
            }
        }
        let rows: Vec<&Model> = mine.iter().map(|row| &***row).collect();
        let lists = similar::duplicates(scope(ctx)?, &rows).await?;
        let siblings = Siblings::of(lists.values().flatten().map(|it| &it.row));
        Ok::<_, Error>(Nested { lists, siblings })
    };
    let found = row.page.candidates.get_or_try_init(load).await?;
    let list = found.lists.get(&row.id).into_iter().flatten().take(first).cloned();
    Ok(SimilarSubmission::page_of(list.collect(), &found.siblings))
}

fn reviews(standing: Standing) -> bool {
    standing.reviewer && !standing.recused
}

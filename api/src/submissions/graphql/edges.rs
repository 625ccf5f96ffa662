//! What the fields of a submission are read from: its page first, then batches.

use super::comments::{self, CommentConnection, Names};
use super::joined;
use super::parts::{ViewerCan, Wording};
use super::row::Row;
use crate::engagement::loader::{Engagement, Followed, VotedFor};
use crate::graphql::ready;
use crate::identity::graphql::{Person, Unit};
use crate::journey::graphql::Touchpoint;
use crate::journey::loader::Journeys;
use crate::kit::error::{Fault, Result};
use crate::kit::page::PageArgs;
use crate::kit::scope::Scope;
use crate::programs::graphql::{Phase, Status};
use crate::programs::loader::Programs;
use crate::submissions::loader::{LineageOf, RevisionsOf, SpansOf, Submissions};
use crate::submissions::photos::graphql::Photo;
use crate::submissions::photos::loader::Photos;
use crate::submissions::policy;
use crate::submissions::query::Inside;
use crate::submissions::standing::{Standing, judge};
use async_graphql::Context;
use async_graphql::dataloader::DataLoader;
use entity::id::{PersonId, SubmissionId, UnitId};
use entity::submissions::{redaction, twin_span, wording};
use std::collections::HashMap;

pub(super) fn scope<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    Ok(ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?)
}

pub(super) fn batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Submissions>> {
    Ok(ctx
        .data::<DataLoader<Submissions>>()
        .map_err(|_| Fault::internal("no batches of submissions"))?)
}

pub(super) fn program_batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Programs>> {
    Ok(ctx
        .data::<DataLoader<Programs>>()
        .map_err(|_| Fault::internal("no batches of programmes"))?)
}

/// How the asker stands towards a row. Batched: one statement for a page.
pub(crate) async fn standing(ctx: &Context<'_>, row: &Row) -> Result<Standing> {
    let loader = batches(ctx)?.loader();
    let mut lineages = HashMap::new();
    for unit in [Some(row.unit_id), row.function_id].into_iter().flatten() {
        let lineage = row.page.lineages.get(loader, LineageOf(unit)).await?;
        lineages.insert(unit, lineage.unwrap_or_default());
    }
    Ok(judge(&scope(ctx)?.actor, row, &lineages))
}

/// A person by an edge.
pub(crate) async fn person(ctx: &Context<'_>, id: Option<PersonId>) -> Result<Option<Person>> {
    let Some(id) = id else { return Ok(None) };
    Ok(ready::one(ctx, batches(ctx)?, id).await?.map(Person))
}

/// Several units by their edges, in the order of the ids.
pub(crate) async fn units(ctx: &Context<'_>, ids: &[UnitId]) -> Result<Vec<Unit>> {
    let found = batches(ctx)?.load_many(ids.iter().copied()).await?;
    Ok(ids.iter().filter_map(|id| found.get(id)).cloned().map(Unit).collect())
}

/// A unit by an edge.
pub(crate) async fn unit(ctx: &Context<'_>, id: Option<UnitId>) -> Result<Option<Unit>> {
    let Some(id) = id else { return Ok(None) };
    Ok(batches(ctx)?.load_one(id).await?.map(Unit))
}

/// A person that a row points at.
pub(super) async fn person_of(
    ctx: &Context<'_>,
    row: &Row,
    id: Option<PersonId>,
) -> Result<Option<Person>> {
    let Some(id) = id else { return Ok(None) };
    Ok(row.page.people.get(batches(ctx)?.loader(), id).await?.map(Person))
}

pub(super) async fn unit_of(
    ctx: &Context<'_>,
    row: &Row,
    id: Option<UnitId>,
) -> Result<Option<Unit>> {
    let Some(id) = id else { return Ok(None) };
    Ok(row.page.units.get(batches(ctx)?.loader(), id).await?.map(Unit))
}

/// A text with every redaction in the asker's language.
pub(crate) fn told(ctx: &Context<'_>, text: &str) -> String {
    let locale = scope(ctx).map_or("en", |scope| scope.actor.locale.as_str());
    redaction::shown(text, locale).into_owned()
}

pub(super) fn no_batches<E>(_: E) -> Fault {
    Fault::internal("the batches of a request are not attached")
}

pub(super) async fn has_voted(ctx: &Context<'_>, row: &Row) -> Result<bool> {
    let loader = ctx.data::<DataLoader<Engagement>>().map_err(no_batches)?.loader();
    Ok(row.page.votes.get(loader, VotedFor(row.id)).await?.is_some())
}

pub(super) async fn follows(ctx: &Context<'_>, row: &Row) -> Result<bool> {
    let loader = ctx.data::<DataLoader<Engagement>>().map_err(no_batches)?.loader();
    Ok(row.page.follows.get(loader, Followed(row.id)).await?.is_some())
}

pub(super) async fn photos(ctx: &Context<'_>, row: &Row) -> Result<Vec<Photo>> {
    let loader = ctx.data::<DataLoader<Photos>>().map_err(no_batches)?.loader();
    let found = row.page.photos.get(loader, row.id).await?.unwrap_or_default();
    Ok(found.into_iter().map(Photo).collect())
}

pub(super) async fn touchpoint(ctx: &Context<'_>, row: &Row) -> Result<Option<Touchpoint>> {
    let Some(id) = row.touchpoint_id else { return Ok(None) };
    let loader = ctx
        .data::<DataLoader<Journeys>>()
        .map_err(|_| Fault::internal("no batches of journeys"))?
        .loader();
    Ok(row.page.touchpoints.get(loader, id).await?.map(Touchpoint))
}

pub(super) async fn words(ctx: &Context<'_>, row: &Row) -> Result<wording::Model> {
    let found = row.page.texts.get(batches(ctx)?.loader(), row.text_id).await?;
    Ok(found.ok_or_else(|| Fault::internal(format!("{} has no words", row.id)))?)
}

/// Whether the asker works on a row. Batched.
pub(crate) async fn inside(ctx: &Context<'_>, row: &Row) -> Result<Inside> {
    let inside = standing(ctx, row).await?.inside()
        || scope(ctx)?.actor.principal == crate::kit::actor::Principal::System;
    Ok(if inside { Inside::Yes } else { Inside::No })
}

/// The rows of a page, by whether the asker works on them.
pub(crate) struct Sides {
    /// Works on them.
    pub(crate) inside: Vec<SubmissionId>,
    /// Does not.
    pub(crate) outside: Vec<SubmissionId>,
}

/// How the asker stands towards all rows of the page of `row`. One statement for all.
pub(crate) async fn sides(ctx: &Context<'_>, row: &Row) -> Result<Sides> {
    let mut sides = Sides { inside: Vec::new(), outside: Vec::new() };
    for sibling in &row.page.rows {
        let sibling = Row::among(sibling.clone(), row.page.clone());
        match inside(ctx, &sibling).await? {
            Inside::Yes => sides.inside.push(sibling.id),
            Inside::No => sides.outside.push(sibling.id),
        }
    }
    Ok(sides)
}

pub(super) async fn phase_for(ctx: &Context<'_>, row: &Row) -> Result<Phase> {
    let shown = joined::shown(ctx, row).await?;
    // Where nothing is held back both are one, and nothing is asked.
    if row.phase == shown.phase {
        return Ok(row.phase.into());
    }
    Ok(match inside(ctx, row).await? {
        Inside::Yes => row.phase.into(),
        Inside::No => shown.phase.into(),
    })
}

pub(super) async fn status_for(ctx: &Context<'_>, row: &Row) -> Result<Option<Status>> {
    let shown = joined::shown(ctx, row).await?;
    let id = if row.status_id == shown.status {
        row.status_id
    } else {
        match inside(ctx, row).await? {
            Inside::Yes => row.status_id,
            Inside::No => shown.status,
        }
    };
    // The labels of a page are read for all its rows; a mirrored one stands beside them.
    match row.page.statuses.get(program_batches(ctx)?.loader(), id).await? {
        Some(found) => Ok(Some(Status(found))),
        None => Ok(program_batches(ctx)?.load_one(id).await?.map(Status)),
    }
}

pub(super) async fn author_of(ctx: &Context<'_>, row: &Row) -> Result<Option<Person>> {
    if row.author_id.is_none() {
        return Ok(None);
    }
    let standing = standing(ctx, row).await?;
    let on_a_wall = row.page.nameless.get().is_some() && !standing.author && !standing.inside();
    if on_a_wall || !policy::sees_author(&scope(ctx)?.actor, standing) {
        return Ok(None);
    }
    person_of(ctx, row, row.author_id).await
}

/// A value that those who work on it see.
pub(super) async fn for_those_inside<T>(
    ctx: &Context<'_>,
    row: &Row,
    value: Option<T>,
) -> Result<Option<T>> {
    match value {
        Some(value) if inside(ctx, row).await? == Inside::Yes => Ok(Some(value)),
        _ => Ok(None),
    }
}

pub(super) async fn revisions(ctx: &Context<'_>, row: &Row) -> Result<Vec<Wording>> {
    let standing = standing(ctx, row).await?;
    let found = row.page.revisions.get(batches(ctx)?.loader(), RevisionsOf(row.id)).await?;
    let found = found.unwrap_or_default();
    let all = standing.author || standing.inside();
    let seen = found.into_iter().filter(|words| all || words.id == row.text_id);
    let locale = scope(ctx)?.actor.locale.clone();
    Ok(seen.map(|words| Wording::of(words, &locale)).collect())
}

pub(super) async fn viewer_can(ctx: &Context<'_>, row: &Row) -> Result<ViewerCan> {
    let shown = joined::shown(ctx, row).await?.phase;
    Ok(ViewerCan::of(row, standing(ctx, row).await?, shown))
}

/// When an announced twin counted with which canonical one, for what is mirrored.
pub(crate) async fn mirrored(
    ctx: &Context<'_>,
    row: &Row,
) -> Result<Option<Vec<twin_span::Model>>> {
    if joined::root(ctx, row).await?.is_none() {
        return Ok(None);
    }
    let spans = row.page.spans.get(batches(ctx)?.loader(), SpansOf(row.id)).await?;
    Ok(Some(spans.unwrap_or_default()))
}

/// All that the twins of a page have counted with. Batched.
pub(crate) async fn mirrored_roots(ctx: &Context<'_>, row: &Row) -> Result<Vec<SubmissionId>> {
    let spans = row.page.spans.all(batches(ctx)?.loader()).await?;
    let mut roots: Vec<SubmissionId> = spans.values().flatten().map(|span| span.root_id).collect();
    roots.sort_unstable();
    roots.dedup();
    Ok(roots)
}

pub(super) async fn comments_of(
    ctx: &Context<'_>,
    row: &Row,
    args: PageArgs,
) -> Result<CommentConnection> {
    let scope = scope(ctx)?;
    let standing = standing(ctx, row).await?;
    let inside = inside(ctx, row).await?;
    let by_right = Standing { author: false, ..standing };
    let names =
        if policy::sees_author(&scope.actor, by_right) { Names::Shown } else { Names::Hidden };
    comments::of(ctx, (row, inside, names), args).await
}

/// What the integration is called that sent it.
pub(super) async fn sender(ctx: &Context<'_>, row: &Row) -> Result<Option<String>> {
    let Some(id) = row.sent_by else { return Ok(None) };
    Ok(crate::identity::loader::service(ctx, id).await?.map(|service| service.name))
}

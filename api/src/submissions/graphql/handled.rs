//! How a submission is being handled, for those who handle it: set aside, handed over, hidden,
//! locked, split. Nobody else learns that there is anything to know.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Enum, Object, SimpleObject};
use entity::id::{SubmissionId, UnitId};
use entity::submissions::redaction;
use entity::workflow::values::ModerationAct;

use super::edges::{inside, scope, standing, unit_of};
use super::row::{Row, Siblings};
use super::types::Submission;
use crate::graphql::payload::answer_or_null;
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::{Person, Unit};
use crate::kit::error::{Fault, Result};
use crate::submissions::query::{self, Inside};
use crate::workflow::graphql::handling::ModerationReason;
use crate::workflow::loader::{Done, HandOverOf, ModerationsOf, ReportsOf, Workflow};
use crate::workflow::reports::graphql::Report;

/// How far a hand-over to a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::submissions::values::Handover")]
pub enum HandoverState {
    /// In the function's queue: it may be taken or given back there, and the reviewers of its unit may
    /// still take it back.
    Offered,
    /// Taken by the function.
    Accepted,
}

/// A hand-over to a function.
#[derive(Clone)]
pub struct Handover {
    row: Arc<Row>,
    function: UnitId,
    state: HandoverState,
    handed: Option<Done>,
}

/// A hand-over to a function.
#[Object]
impl Handover {
    /// The function that it went to.
    async fn function(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(unit_of(ctx, &self.row, Some(self.function)).await)
    }

    /// Whether the function has taken it.
    async fn state(&self) -> HandoverState {
        self.state
    }

    /// Who handed it over; null when a routing rule did.
    async fn by(&self) -> Option<Person> {
        self.handed.as_ref()?.by.clone().map(Person)
    }

    /// When it was handed over.
    async fn since(&self) -> Option<DateTime> {
        self.handed.as_ref().map(|handed| handed.at.into())
    }
}

/// That a submission was hidden or locked, and why.
#[derive(Clone, SimpleObject)]
pub struct Moderation {
    /// Why.
    pub reason: ModerationReason,
    /// More about it.
    pub note: Option<String>,
    /// Who did it, for those who work on the submission.
    pub by: Option<Person>,
    /// Since when.
    pub since: DateTime,
}

fn workflow<'a>(ctx: &Context<'a>) -> Result<&'a Workflow> {
    let batches = ctx
        .data::<DataLoader<Workflow>>()
        .map_err(|_| Fault::internal("no batches of decisions"))?;
    Ok(batches.loader())
}

/// Until when the queue leaves it out, for those inside; nothing once that is over.
pub(super) async fn snoozed_until(ctx: &Context<'_>, row: &Row) -> Result<Option<DateTime>> {
    let Some(until) = row.snoozed_until.filter(|until| scope(ctx).is_ok_and(|it| *until > it.now))
    else {
        return Ok(None);
    };
    Ok((inside(ctx, row).await? == Inside::Yes).then(|| until.into()))
}

/// The hand-over, for those inside.
pub(super) async fn handover(ctx: &Context<'_>, row: &Arc<Row>) -> Result<Option<Handover>> {
    let (Some(function), Some(state)) = (row.function_id, row.handover) else { return Ok(None) };
    if inside(ctx, row).await? == Inside::No {
        return Ok(None);
    }
    let handed = row.page.handovers.get(workflow(ctx)?, HandOverOf(row.id)).await?;
    Ok(Some(Handover { row: row.clone(), function, state: state.into(), handed }))
}

/// Why it is hidden or locked, for those inside and for moderators over it.
pub(super) async fn moderation(
    ctx: &Context<'_>,
    row: &Row,
    act: ModerationAct,
) -> Result<Option<Moderation>> {
    let at = match act {
        ModerationAct::Hidden => row.hidden_at,
        ModerationAct::Locked => row.locked_at,
    };
    if at.is_none() {
        return Ok(None);
    }
    let standing = standing(ctx, row).await?;
    if !(standing.inside() || standing.moderates()) {
        return Ok(None);
    }
    let key = ModerationsOf(row.id);
    let acts = row.page.moderations.get(workflow(ctx)?, key).await?.unwrap_or_default();
    let Some((found, by)) = acts.into_iter().find(|(found, _)| found.act == act) else {
        return Ok(None);
    };
    let locale = &scope(ctx)?.actor.locale;
    Ok(Some(Moderation {
        reason: found.reason.into(),
        note: found.note.map(|note| redaction::shown(&note, locale).into_owned()),
        by: by.filter(|_| standing.inside()).map(Person),
        since: found.created_at.into(),
    }))
}

/// What was reported about it, for those who may see to it; nothing for anybody else.
pub(super) async fn reports(ctx: &Context<'_>, row: &Arc<Row>) -> Result<Option<Vec<Report>>> {
    let standing = standing(ctx, row).await?;
    if !(standing.answers() || standing.moderates()) {
        return Ok(None);
    }
    let found = row.page.reports.get(workflow(ctx)?, ReportsOf(row.id)).await?.unwrap_or_default();
    let locale = &scope(ctx)?.actor.locale;
    Ok(Some(found.into_iter().map(|it| Report::of(it, Some(row.clone()), locale)).collect()))
}

/// Whether somebody may know what was split from what: the author was told, those inside did it.
async fn knows_of_splits(ctx: &Context<'_>, row: &Row) -> Result<bool> {
    let standing = standing(ctx, row).await?;
    Ok(standing.author || inside(ctx, row).await? == Inside::Yes)
}

/// What it was split from, where the asker may read that one.
pub(super) async fn split_from(ctx: &Context<'_>, row: &Row) -> Result<Option<Submission>> {
    let Some(whole) = row.split_from else { return Ok(None) };
    if !knows_of_splits(ctx, row).await? {
        return Ok(None);
    }
    let scope = scope(ctx)?;
    let load = async || {
        let ids: Vec<SubmissionId> = row.page.rows.iter().filter_map(|it| it.split_from).collect();
        let found = query::some_readable(&scope.db(), &scope.actor, &ids).await?;
        let page = Siblings::of(found.iter());
        Ok::<_, crate::kit::error::Error>(
            found.into_iter().map(|it| (it.id, Row::among(it, page.clone()))).collect(),
        )
    };
    let wholes: &HashMap<SubmissionId, Arc<Row>> = row.page.wholes.get_or_try_init(load).await?;
    Ok(wholes.get(&whole).cloned().map(Submission::on_page))
}

/// What was split from it, in order, as far as the asker may read it.
pub(super) async fn parts(ctx: &Context<'_>, row: &Row) -> Result<Vec<Submission>> {
    if !knows_of_splits(ctx, row).await? {
        return Ok(Vec::new());
    }
    let scope = scope(ctx)?;
    let load = async || {
        let found = query::parts_readable(&scope.db(), &scope.actor, &row.page.ids).await?;
        let page = Siblings::of(found.iter());
        let mut parts: HashMap<SubmissionId, Vec<Arc<Row>>> = HashMap::new();
        for part in found {
            if let Some(whole) = part.split_from {
                parts.entry(whole).or_default().push(Row::among(part, page.clone()));
            }
        }
        Ok::<_, crate::kit::error::Error>(parts)
    };
    let parts = row.page.parts.get_or_try_init(load).await?;
    let own = parts.get(&row.id).cloned().unwrap_or_default();
    Ok(own.into_iter().map(Submission::on_page).collect())
}

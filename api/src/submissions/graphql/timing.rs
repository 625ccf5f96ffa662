//! The clocks of a submission, and what its author is told of them.

use async_graphql::Context;
use async_graphql::dataloader::DataLoader;
use entity::clocks::values::{ClockKind, ClockState};

use super::edges::{inside, standing};
use super::row::Row;
use crate::clocks::graphql::Clock;
use crate::clocks::loader::{ClocksOf, Service, TermsOf, TheLevels};
use crate::clocks::settings::Switch;
use crate::graphql::scalars::DateTime;
use crate::kit::error::{Fault, Result};
use crate::kit::scope::Scope;
use crate::submissions::query::Inside;

fn batches<'a>(ctx: &Context<'a>) -> Result<&'a Service> {
    let loader = ctx.data::<DataLoader<Service>>();
    Ok(loader.map_err(|_| Fault::internal("no batches of service levels"))?.loader())
}

/// The clocks, for those who work on it.
pub(super) async fn clocks(ctx: &Context<'_>, row: &Row) -> Result<Option<Vec<Clock>>> {
    if inside(ctx, row).await? == Inside::No {
        return Ok(None);
    }
    let scope = ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?;
    let found = row.page.clocks.get(batches(ctx)?, ClocksOf(row.id)).await?;
    let terms = row.page.terms.get(batches(ctx)?, TermsOf(row.unit_id)).await?;
    let (Some(found), Some(terms)) = (found, terms) else { return Ok(Some(Vec::new())) };
    Ok(Some(Clock::all(found.rows(), &terms, scope.now)))
}

/// By when the author is answered.
pub(super) async fn respond_by(ctx: &Context<'_>, row: &Row) -> Result<Option<DateTime>> {
    let standing = standing(ctx, row).await?;
    if !standing.author && inside(ctx, row).await? == Inside::No {
        return Ok(None);
    }
    let levels = row.page.levels.get(batches(ctx)?, TheLevels).await?.unwrap_or_default();
    if levels.promise == Switch::Off {
        return Ok(None);
    }
    let scope = ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?;
    let Some(found) = row.page.clocks.get(batches(ctx)?, ClocksOf(row.id)).await? else {
        return Ok(None);
    };
    let promise = found.rows().iter().find(|clock| {
        clock.kind == ClockKind::FirstResponse
            && clock.state == ClockState::Running
            && clock.due_at >= scope.now
    });
    Ok(promise.map(|clock| clock.due_at.into()))
}

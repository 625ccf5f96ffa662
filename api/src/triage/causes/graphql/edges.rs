//! "Contributes to", beside the tree.

use async_graphql::{Context, SimpleObject};
use entity::id::CauseId;
use entity::triage::values::CauseStatus;

use super::{Cause, batches};
use crate::graphql::scalars::DateTime;
use crate::kit::error::Result;
use crate::triage::causes::loader::EdgesOf;

/// That one root cause contributes to another beside the tree.
#[derive(Clone, SimpleObject)]
pub struct CauseEdgeBeside {
    /// The other one.
    pub cause: Cause,
    /// Why somebody thinks so.
    pub note: Option<String>,
    /// When it was said.
    pub created_at: DateTime,
}

/// Which end of an edge is the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Where it leads.
    To,
    /// Where it begins.
    From,
}

/// The edges of one cause in one direction; those of merged causes are told by the survivor.
pub(super) async fn beside(
    ctx: &Context<'_>,
    (id, side): (CauseId, Side),
) -> Result<Vec<CauseEdgeBeside>> {
    let edges = batches(ctx)?.load_one(EdgesOf(id)).await?.unwrap_or_default();
    let of_side = edges.into_iter().filter_map(|edge| match side {
        Side::To if edge.cause_id == id => Some((edge.contributes_to, edge)),
        Side::From if edge.contributes_to == id => Some((edge.cause_id, edge)),
        _ => None,
    });
    let of_side: Vec<_> = of_side.collect();
    let others = batches(ctx)?.load_many(of_side.iter().map(|(other, _)| *other)).await?;
    let found = of_side.into_iter().filter_map(|(other, edge)| {
        let cause = others.get(&other).filter(|it| it.status != CauseStatus::Merged)?;
        Some(CauseEdgeBeside {
            cause: Cause(cause.clone()),
            note: edge.note,
            created_at: edge.created_at.into(),
        })
    });
    Ok(found.collect())
}

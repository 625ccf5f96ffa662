//! What a CX team reads off causes.

use async_graphql::{Context, ID, SimpleObject};
use entity::triage::cause;

use super::values::CauseMeasure;
use super::{Cause, batches};
use crate::graphql::list::some_id_at;
use crate::graphql::scalars::DateTime;
use crate::kit::error::Result;
use crate::submissions::graphql::inputs::{self, SubmissionFilter};
use crate::triage::causes::loader::TrendOf;
use crate::triage::causes::policy;
use crate::triage::causes::service::report::{self, AskedPareto};
use crate::triage::graphql::signed_in;

/// One week of a trend.
#[derive(Clone, SimpleObject)]
pub struct CauseWeek {
    /// Monday, midnight in the zone of the organisation.
    pub begins_at: DateTime,
    /// Links made in it.
    pub links: i64,
}

/// One bar of a Pareto.
#[derive(Clone, SimpleObject)]
pub struct CauseBar {
    /// The cause.
    pub cause: Cause,
    /// What stands behind it and the live causes below it.
    pub value: i64,
    /// Its part of the sum of bars, from 0 to 1.
    pub share: f64,
    /// Its part and those of all bars before it, from 0 to 1.
    pub cumulative_share: f64,
}

/// One level of the tree of causes, the largest first.
#[derive(Clone, SimpleObject)]
pub struct CausePareto {
    /// The bars that have a value.
    pub bars: Vec<CauseBar>,
    /// The sum of the bars. Who stands behind two of them counts in both.
    pub sum: i64,
    /// What is linked to the parent itself, beside the bars; null at the top, and where the group
    /// is too small to be shown to you, or would tell of one that is.
    pub direct: Option<i64>,
    /// Accepted observations of which nobody has said why they happen, with what is joined with
    /// them, beside the bars; null where the group is too small to be shown to you.
    pub without_cause: Option<i64>,
    /// Bars that are kept back because groups are too small to be shown to you; under a filter
    /// that is not told, and 0 stands here.
    pub hidden_bars: usize,
}

/// The trend of one cause; null for whom it is not for.
pub(super) async fn trend(
    ctx: &Context<'_>,
    row: &cause::Model,
    weeks: i32,
) -> Result<Option<Vec<CauseWeek>>> {
    let scope = signed_in(ctx)?;
    let weeks = report::checked_weeks(weeks)?;
    if policy::may_report(&scope.actor).is_err() && !policy::owns(&scope.actor, row) {
        return Ok(None);
    }
    let found = batches(ctx)?.load_one(TrendOf { id: row.id, weeks }).await?.unwrap_or_default();
    let weeks = found.into_iter().map(|(at, links)| CauseWeek { begins_at: at.into(), links });
    Ok(Some(weeks.collect()))
}

/// The Pareto that was asked for.
pub(super) async fn pareto(
    ctx: &Context<'_>,
    (parent, measure): (Option<ID>, CauseMeasure),
    filter: Option<SubmissionFilter>,
) -> Result<CausePareto> {
    let scope = signed_in(ctx)?;
    let asked = AskedPareto {
        parent: some_id_at(parent.as_ref(), "parentId")?,
        measure: measure.into(),
        only: inputs::filter(filter)?.condition(&scope.actor),
    };
    let found = report::pareto(scope, asked).await?;
    let bars = found.bars.into_iter().map(|bar| CauseBar {
        cause: Cause(bar.cause),
        value: bar.value,
        share: bar.share,
        cumulative_share: bar.cumulative,
    });
    Ok(CausePareto {
        bars: bars.collect(),
        sum: found.sum,
        direct: found.direct,
        without_cause: found.without_cause,
        hidden_bars: found.hidden,
    })
}

//! What waits too long, and how many were answered.

use async_graphql::{ID, InputObject, SimpleObject};

use super::ClockKind;
use crate::clocks::coverage::Figures;
use crate::graphql::list::{at_most, some_id_at};
use crate::kit::error::Result;
use crate::submissions::overdue::OverdueFilter;

/// Which of what waits too long.
#[derive(Default, InputObject)]
pub struct ClockBreachFilter {
    /// Of this unit and all below it.
    pub unit_id: Option<ID>,
    /// Late for one of these.
    pub kinds: Option<Vec<ClockKind>>,
}

impl ClockBreachFilter {
    pub(super) fn parsed(self) -> Result<OverdueFilter> {
        let kinds = self.kinds.unwrap_or_default();
        at_most(&kinds, 3, "filter.kinds")?;
        Ok(OverdueFilter {
            unit: some_id_at(self.unit_id.as_ref(), "filter.unitId")?,
            kinds: kinds.into_iter().map(Into::into).collect(),
        })
    }
}

/// First responses to a group of submissions.
#[derive(Clone, SimpleObject)]
pub struct ResponseCoverage {
    /// Whether the group, or what it leaves of the units around it, is so small (less than 5) that
    /// figures would tell of somebody; then there are none.
    too_few: bool,
    /// Submissions that wait, or have waited, for an answer; not those taken back before it.
    submissions: Option<u64>,
    /// Those that got one.
    answered: Option<u64>,
    /// Those that got it in time.
    answered_in_time: Option<u64>,
    /// Those that wait and whose time is over.
    overdue: Option<u64>,
    /// Share of all that got an answer in time, 0 to 1.
    share_in_time: Option<f64>,
    /// Business minutes to the answer, of the one in the middle.
    median_minutes: Option<i64>,
}

impl From<Option<Figures>> for ResponseCoverage {
    #[allow(clippy::cast_precision_loss)] // counts of submissions, far below 2^52
    fn from(figures: Option<Figures>) -> Self {
        Self {
            too_few: figures.is_none(),
            submissions: figures.map(|it| it.submissions),
            answered: figures.map(|it| it.answered),
            answered_in_time: figures.map(|it| it.in_time),
            overdue: figures.map(|it| it.overdue),
            share_in_time: figures.map(|it| it.in_time as f64 / it.submissions.max(1) as f64),
            median_minutes: figures.and_then(|it| it.median_minutes),
        }
    }
}

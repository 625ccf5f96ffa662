//! How many were answered, and how soon: figures of groups, never of somebody.

use entity::clocks::coverage::Tree;
use entity::id::UnitId;
use entity::identity::values::Role;
use entity::instant::{DAY, Day, MINUTE};

use super::query::{self, Range};
use crate::identity;
use crate::kit::actor::Principal;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::Scope;

/// Longest range, in days: ten years.
const LONGEST_RANGE: i64 = 3_653;

/// Which submissions are meant.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Of this unit and all below it.
    pub unit: UnitId,
    /// Received on this day (UTC) or later.
    pub from: Day,
    /// Received on this day (UTC) or before.
    pub to: Day,
}

/// First responses to a group of submissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Submissions that wait, or have waited, for an answer; not those taken back before it.
    pub submissions: u64,
    /// Those that got one.
    pub answered: u64,
    /// Those that got it in time.
    pub in_time: u64,
    /// Those that wait and whose time is over.
    pub overdue: u64,
    /// Business minutes to the answer, of the one in the middle; none when nothing was answered.
    pub median_minutes: Option<i64>,
}

/// How many were answered. No figures where the group is so small, or leaves so small a rest, that
/// they would tell of somebody.
///
/// # Errors
/// UNAUTHENTICATED; NOT_FOUND at `unitId`; FORBIDDEN without REVIEWER, MANAGER or EXECUTIVE over the
/// unit; INVALID at `to`.
pub async fn coverage(scope: &Scope, asked: Asked) -> Result<Option<Figures>> {
    scope.actor.require_signed_in()?;
    let db = scope.db();
    let lineage = identity::query::ancestry(&db, asked.unit).await?;
    let lineage: Vec<UnitId> = lineage.into_iter().map(|row| row.ancestor).collect();
    Some(()).filter(|()| !lineage.is_empty()).or_not_found("unitId")?;
    may_see(scope, &lineage)?;
    let range = range(asked)?;
    let tree = Tree::of(query::tree(&db).await?, query::asked_by_unit(&db, range).await?);
    if !tree.may_show(asked.unit) {
        return Ok(None);
    }
    let counted = query::answers(&db, asked.unit, (range, scope.now)).await?;
    let median = match counted.answered {
        0 => None,
        answered => query::median(&db, asked.unit, (range, (answered - 1) / 2)).await?,
    };
    Ok(Some(Figures {
        submissions: counted.submissions,
        answered: counted.answered,
        in_time: counted.in_time,
        overdue: counted.overdue,
        median_minutes: median.map(|took| took / MINUTE),
    }))
}

fn may_see(scope: &Scope, lineage: &[UnitId]) -> Result<()> {
    let roles = [Role::Reviewer, Role::Manager, Role::Executive];
    let covers = roles.into_iter().any(|role| scope.actor.covers(role, lineage));
    if covers || scope.actor.principal == Principal::System {
        return Ok(());
    }
    Err(Refusal::forbidden("the role REVIEWER, MANAGER or EXECUTIVE over this unit").into())
}

fn range(asked: Asked) -> Result<Range> {
    let range = Range { from: asked.from.start(), until: asked.to.start().plus(DAY) };
    let days = range.until.since(range.from) / DAY;
    if (1..=LONGEST_RANGE).contains(&days) {
        return Ok(range);
    }
    let cure =
        "The last day lies before the first, or more than ten years behind it. Choose another.";
    Err(Refusal::new(Code::Invalid, "to", cure).into())
}

//! What was handed to a function, and whether the function took it.

use entity::id::SubmissionId;
use entity::instant::HOUR;
use entity::submissions::phase::Phase;
use entity::submissions::values::Handover;
use serde_json::json;

use super::super::facts;
use super::super::lives::{World, days_before};
use super::super::organisation::find;
use super::super::rows::{Happening, Rows};
use super::{HandOver, row_of};
use crate::kit::error::{Fault, Result};

pub(super) fn hand_over(
    world: World<'_>,
    (given, id): (&HandOver, SubmissionId),
    rows: &mut Rows,
) -> Result<()> {
    let known = world.known;
    let by = find(&known.people, &given.by)?;
    let function = find(&known.units, &given.function)?;
    let at = days_before(known.evening, given.days_ago, HOUR);
    let row = row_of(rows, id)?;
    if row.updated_at >= at || matches!(row.phase, Phase::Merged | Phase::Withdrawn) {
        let why = format!("the demo hands {} over at the wrong time", given.submission);
        return Err(Fault::internal(why).into());
    }
    let data = json!({ "function": function, "previous": row.function_id });
    row.function_id = Some(function);
    row.handover = Some(Handover::Offered);
    row.assignee_id = None;
    row.opened_at = row.opened_at.or(Some(at));
    row.updated_at = at;
    row.version += 1;
    let fact = facts::inside("submission.handed_over", ("submission", id.0), &data);
    rows.happenings.push(Happening::by(Some(by), at, fact));
    take(world, (given, id), rows)
}

/// "We take it": the function's reviewer works on it from then on.
fn take(world: World<'_>, (given, id): (&HandOver, SubmissionId), rows: &mut Rows) -> Result<()> {
    let (Some(by), Some(days_ago)) = (&given.taken_by, given.taken_days_ago) else {
        return Ok(());
    };
    let by = find(&world.known.people, by)?;
    let at = days_before(world.known.evening, days_ago, HOUR);
    let row = row_of(rows, id)?;
    row.handover = Some(Handover::Accepted);
    row.updated_at = at;
    row.version += 1;
    let data = json!({ "function": row.function_id });
    let fact = facts::inside("submission.hand_over_accepted", ("submission", id.0), &data);
    rows.happenings.push(Happening::by(Some(by), at, fact));
    Ok(())
}

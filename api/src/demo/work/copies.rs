//! Ideas that work, at other sites.

use entity::id::{AdoptionId, PersonId};
use entity::implementation::adoption;
use entity::implementation::copying::{self, Idea, Step};
use entity::implementation::values::AdoptionState;
use entity::instant::{Instant, MINUTE};
use serde_json::json;

use super::super::facts;
use super::super::organisation::find;
use super::super::rows::{Happening, Rows};
use super::super::seed::Seed;
use super::{Copy, Ground, broken};
use crate::kit::error::{Fault, Result};
use crate::kit::fact::NewFact;

pub(super) fn offer(
    ground: Ground<'_>,
    given: &Copy,
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let submission_id = find(ground.ids, &given.submission)?;
    let site_id = ground.unit(&given.site)?;
    may_offer(ground, submission_id, (site_id, rows))?;
    let by = ground.person(&given.by)?;
    let leader = ground.person(&given.leader)?;
    let offered_at = ground.at(given.days_ago, 6);
    let accepted_at =
        given.accepted_days_ago.map(|days| ground.at(days, 7).max(offered_at.plus(MINUTE)));
    let closed_at = given
        .closed_days_ago
        .map(|days| ground.at(days, 8).max(accepted_at.unwrap_or(offered_at).plus(MINUTE)));
    let mut row = adoption::Model {
        id: AdoptionId(seed.id_at(offered_at)),
        submission_id,
        site_id,
        state: AdoptionState::Offered,
        message: given.message.clone(),
        reason: given.reason.clone(),
        offered_by: Some(by),
        offered_at,
        accepted_by: accepted_at.map(|_| leader),
        accepted_at,
        closed_by: closed_at.map(|_| leader),
        closed_at,
        version: 1,
    };
    state(&row, ("adoption.offered", by, offered_at), rows);
    if let Some(at) = accepted_at {
        take(&mut row, Step::Accept, ("adoption.accepted", leader, at), rows)?;
    }
    match (closed_at, given.state) {
        (Some(at), AdoptionState::Declined) => {
            take(&mut row, Step::Decline, ("adoption.declined", leader, at), rows)?;
        }
        (Some(at), _) => take(&mut row, Step::Complete, ("adoption.completed", leader, at), rows)?,
        (None, _) => {}
    }
    if row.state != given.state {
        return Err(broken("copy", (row.state, given.state)).into());
    }
    rows.work.adoptions.push(row);
    Ok(())
}

fn may_offer(
    ground: Ground<'_>,
    id: entity::id::SubmissionId,
    (site, rows): (entity::id::UnitId, &Rows),
) -> Result<()> {
    let row = rows.submissions.iter().find(|row| row.id == id);
    let row = row.ok_or_else(|| Fault::internal("the demo copies what is not there"))?;
    let own = ground.world.known.sites.get(&row.unit_id).copied().unwrap_or(row.unit_id);
    let idea = Idea { kind: row.kind, phase: row.phase, shown: row.shown_phase, site: own };
    let there =
        rows.work.adoptions.iter().filter(|it| it.submission_id == id && it.site_id == site);
    let before: Vec<AdoptionState> = there.map(|it| it.state).collect();
    Ok(copying::may_offer(idea, site, before).map_err(|why| broken("copy", why))?)
}

fn take(
    row: &mut adoption::Model,
    step: Step,
    happened: (&'static str, PersonId, Instant),
    rows: &mut Rows,
) -> Result<()> {
    row.state = copying::step(row.state, step).ok_or_else(|| broken("copy", step))?;
    row.version += 1;
    state(row, happened, rows);
    Ok(())
}

fn state(
    row: &adoption::Model,
    (kind, by, at): (&'static str, PersonId, Instant),
    rows: &mut Rows,
) {
    let data = json!({ "adoption": row.id, "site": row.site_id, "state": row.state });
    let about = ("submission", row.submission_id.0);
    let fact = match kind {
        "adoption.completed" => NewFact::new(kind, about, &data),
        _ => facts::inside(kind, about, &data),
    };
    rows.happenings.push(Happening::by(Some(by), at, fact));
}

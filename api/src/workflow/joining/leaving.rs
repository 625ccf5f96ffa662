//! The canonical one is taken back: what was joined into it stands by itself again, at once.

use entity::id::SubmissionId;
use entity::submissions::phase::{Letter, MoveFacts, Phase};
use entity::submissions::submission;

use super::super::case::Case;
use super::super::decide::{self, Ruling};
use super::super::{announce, query, undo};
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::joining::query as groups;

/// Lets everything go that was joined into `canonical`, which was withdrawn. Joinings that are
/// still held never were; twins that were told return to the phase before, and are told so. What
/// was joined into a twin stays with that twin.
///
/// The caller is alone with groups.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn let_go(tx: &mut Tx, scope: &Scope, canonical: SubmissionId) -> Result<()> {
    // By the system: the author of the canonical one may not even read the twins.
    let system = scope.acting_as(Actor::system());
    for id in groups::joined_into(tx, canonical).await? {
        let Some(row) = query::locked(tx, &system.actor, id).await? else { continue };
        let row = nothing_held(tx, &system, row).await?;
        if row.phase == Phase::Merged && row.merged_into == Some(canonical) {
            step_back(tx, &system, row).await?;
        }
    }
    Ok(())
}

/// The row with nothing held any more that has to do with the joining. A held joining is undone; a
/// held end of one is told now.
async fn nothing_held(
    tx: &mut Tx,
    system: &Scope,
    row: submission::Model,
) -> Result<submission::Model> {
    let case = Case::of(tx, system, row).await?;
    match &case.pending {
        None => Ok(case.row),
        Some(held) if case.row.shown_phase == Phase::Merged => {
            let held = held.clone();
            announce::release(tx, system.now, case.row, &held).await
        }
        Some(held) => {
            let held = held.clone();
            undo::take_back(tx, system, (case.row, &held)).await
        }
    }
}

async fn step_back(tx: &mut Tx, system: &Scope, row: submission::Model) -> Result<()> {
    let case = Case::of(tx, system, row).await?;
    let facts = MoveFacts { canonical_withdrawn: true, ..case.facts };
    let case = Case { facts, ..case };
    let position = case.position()?;
    let step = position
        .stack()
        .top()
        .and_then(|before| position.step(before, Letter::Scheduler.into(), &case.facts).ok());
    let Some(step) = step else { return Ok(()) };
    let status = query::default_status(tx, step.to()).await?;
    decide::carry_out(tx, system, case, Ruling::of(&step, status)).await?;
    Ok(())
}

//! A unit goes out of use: not before what was handed to it is somewhere else.

use entity::id::UnitId;
use entity::identity::unit;
use entity::instant::Day;

use crate::desk::query::{self, Waiting};
use crate::identity;
use crate::identity::service::units;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::Scope;

/// Takes a unit out of use from the day after `last` on: refused while it is the function that has
/// work, else as `identity` says.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION; IN_USE while people are at home there, units below are in
/// use, or work waits for it; INVALID when the day is before the first.
pub async fn close(
    scope: &Scope,
    id: UnitId,
    (last, expected_version): (Day, Option<i32>),
) -> Result<unit::Model> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    let unit = identity::query::unit_locked(&tx, &scope.actor, id).await?.or_not_found("id")?;
    let closed = units::close_within(&mut tx, scope, unit, (last, expected_version)).await?;
    refuse_waiting(query::waiting_for(&tx, id).await?)?;
    tx.commit(closed).await
}

fn refuse_waiting(waiting: Waiting) -> Result<()> {
    let parts = [
        (waiting.submissions, "submissions handed over to it"),
        (waiting.causes, "root causes that it owns"),
        (waiting.items, "items of plans that it has"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if parts.is_empty() {
        return Ok(());
    }
    let message = format!(
        "This would strand work: {}. Give it to another function, or back to its own unit, first.",
        parts.join(", ")
    );
    Err(Refusal::new(Code::InUse, "id", message).into())
}

//! Saying that causes are resolved, or not any more, on the way of a verb that closes what is behind
//! them.

use entity::id::CauseId;
use entity::triage::cause;
use entity::triage::progress::Capacity;
use entity::triage::values::CauseStatus;

use super::naming::updated_fact;
use crate::kit::error::{OrNotFound as _, Result};
use crate::kit::scope::{Scope, Tx};
use crate::reach::service::{self as reach, line};
use crate::triage::causes::{policy, query};

/// Opens a cause for somebody who may change it. Nobody else names, moves or resolves one until the
/// transaction ends.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; NOT_FOUND at `id`.
pub async fn open(tx: &Tx, scope: &Scope, id: CauseId) -> Result<(cause::Model, Capacity)> {
    reach::alone(tx).await?;
    let row = query::locked(tx, &scope.actor, id).await?.or_not_found("id")?;
    let function = query::managed_by(tx, &scope.actor, &row).await?;
    let capacity = policy::may_change(&scope.actor, &row, function)?;
    Ok((row, capacity))
}

/// Which of these causes lie below another one.
///
/// # Errors
/// A fault of the database.
pub async fn below(
    conn: &impl sea_orm::ConnectionTrait,
    top: CauseId,
    ids: &[CauseId],
) -> Result<Vec<CauseId>> {
    let parents = query::parents(conn).await?;
    let is_below = |id: &&CauseId| **id != top && line(&parents, **id).contains(&top);
    Ok(ids.iter().filter(is_below).copied().collect())
}

/// Writes how far a cause is, which the caller has checked, and states it to those who work on it: the
/// others hear of it when it is announced ([`tell_resolved`]). What is behind it is the caller's to move.
///
/// # Errors
/// A fault of the database.
pub async fn set_status(tx: &mut Tx, row: cause::Model, to: CauseStatus) -> Result<cause::Model> {
    let row = cause::Model { status: to, version: row.version + 1, ..row };
    query::store(&*tx, &row).await?;
    tx.state(updated_fact(&row).internal());
    Ok(row)
}

/// States to everybody who reads them that these causes are resolved; those that somebody has opened
/// again since are left out, and those of which a later resolving is held. Each is locked, so that a
/// change of it is told before or after, as it is made.
///
/// # Errors
/// A fault of the database.
pub async fn tell_resolved(tx: &mut Tx, scope: &Scope, ids: &[CauseId]) -> Result<()> {
    let held = query::shown_before(&*tx, (ids, scope.now)).await?;
    for id in ids.iter().filter(|id| !held.contains_key(id)) {
        match query::locked(&*tx, &scope.actor, *id).await? {
            Some(row) if row.status == CauseStatus::Resolved => tx.state(updated_fact(&row)),
            _ => {}
        }
    }
    Ok(())
}

//! What the clock did: one row for a kind, a subject and a period, written in the transaction that
//! did it.
//!
//! The row is the claim. Of two processes that want the same, the second waits for the first and
//! then finds it done; a crash takes the row back with everything else. The injected clock alone
//! says what is due, so a restart, a clock that jumps or a process that was away make nothing twice
//! and lose nothing.
#![allow(clippy::disallowed_methods)] // the statements of the ledger of timed work

use entity::instant::Instant;
use entity::jobs::period::Period;
use entity::jobs::timed::{ActiveModel, Column, Entity};
use entity::jobs::values::TimedKind;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::kit::error::Result;

/// Something that the clock does, for one subject in one period.
#[derive(Clone, Copy, Debug)]
pub struct Work {
    /// Which work.
    pub kind: TimedKind,
    /// What it is about.
    pub subject: Uuid,
    /// For how long it counts as done.
    pub period: Period,
}

/// Who does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Claim {
    /// The asker, in this transaction.
    Mine,
    /// Somebody did it before.
    Taken,
}

/// What came of looking at one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Acted {
    /// Something was written.
    Done,
    /// There was nothing left to do: nothing stays of the transaction.
    Nothing,
}

/// Claims a work. Whoever else wants it waits until the transaction ends.
///
/// # Errors
/// A fault of the database.
pub async fn claim<C: ConnectionTrait>(tx: &C, work: Work, now: Instant) -> Result<Claim> {
    let row = ActiveModel {
        kind: Set(work.kind),
        subject_id: Set(work.subject),
        period: Set(work.period.to_string()),
        done_at: Set(now),
    };
    let leave = OnConflict::new().do_nothing().to_owned();
    let written = Entity::insert_many([row]).on_conflict(leave).exec_without_returning(tx).await?;
    Ok(if written == 1 { Claim::Mine } else { Claim::Taken })
}

/// Whether a work was done.
///
/// # Errors
/// A fault of the database.
pub async fn is_done<C: ConnectionTrait>(conn: &C, work: Work) -> Result<bool> {
    let row = Entity::find_by_id((work.kind, work.subject, work.period.to_string()));
    Ok(row.one(conn).await?.is_some())
}

/// Forgets what was done before a moment, of a work whose periods do not come back.
///
/// # Errors
/// A fault of the database.
pub async fn forget<C: ConnectionTrait>(
    tx: &C,
    (kind, before): (TimedKind, Instant),
) -> Result<()> {
    Entity::delete_many()
        .filter(Column::Kind.eq(kind))
        .filter(Column::DoneAt.lt(before))
        .exec(tx)
        .await?;
    Ok(())
}

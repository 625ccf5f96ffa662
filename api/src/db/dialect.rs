//! The few statements in which the two databases differ.

use sea_orm::{ConnectionTrait, DbBackend, QuerySelect, Statement};

use crate::kit::error::{Fault, Result};

/// The next number of the neutral references. PostgreSQL may leave gaps, SQLite does not.
///
/// # Errors
/// A fault of the database.
pub async fn next_reference<C: ConnectionTrait>(tx: &C) -> Result<i64> {
    let sql = match tx.get_database_backend() {
        DbBackend::Postgres => "SELECT nextval('submission_reference')",
        _ => {
            "UPDATE counter SET value = value + 1 WHERE name = 'submission_reference' RETURNING value"
        }
    };
    let row = tx.query_one_raw(Statement::from_string(tx.get_database_backend(), sql)).await?;
    let row = row.ok_or_else(|| Fault::internal("the reference counter is gone"))?;
    Ok(row.try_get_by_index(0)?)
}

/// Locks the rows that `select` finds until the transaction ends. SQLite's one writer is alone.
pub fn for_update<Q: QuerySelect>(backend: DbBackend, select: Q) -> Q {
    if backend == DbBackend::Postgres { select.lock_exclusive() } else { select }
}

/// The expression that draws a fact's number on PostgreSQL; SQLite counts by itself.
#[must_use]
pub fn draws_fact_numbers(backend: DbBackend) -> bool {
    backend == DbBackend::Postgres
}

/// Oldest transaction still running, and the next one to start, on PostgreSQL.
///
/// # Errors
/// A fault of the database.
pub async fn transaction_horizon<C: ConnectionTrait>(conn: &C) -> Result<Option<(i64, i64)>> {
    if conn.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let sql = "SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint \
               FROM (SELECT pg_current_snapshot() AS s) AS now";
    let row = conn.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let row = row.ok_or_else(|| Fault::internal("no snapshot"))?;
    Ok(Some((row.try_get_by_index(0)?, row.try_get_by_index(1)?)))
}

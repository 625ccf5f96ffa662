//! The few statements in which the two databases differ.

use std::sync::LazyLock;
use std::time::Duration;

use sea_orm::sea_query::{
    Expr, ExprTrait as _, LockBehavior, LockType, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{ConnectionTrait, DbBackend, QuerySelect, Statement};

use crate::kit::error::{Fault, Result};

/// In which words a condition is written. Whoever asks carries it, because conditions are put
/// together where no connection is at hand; only this folder looks into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect(DbBackend);

impl Default for Dialect {
    /// Standard SQL: right on both databases, but not always fast, and without a full-text search.
    fn default() -> Self {
        Self(DbBackend::Sqlite)
    }
}

impl Dialect {
    /// The words of this database.
    #[must_use]
    pub const fn of(backend: DbBackend) -> Self {
        Self(backend)
    }

    pub(super) const fn is_postgres(self) -> bool {
        matches!(self.0, DbBackend::Postgres)
    }

    /// `column` is one of what `chosen` selects, as a condition of its own. PostgreSQL would turn
    /// IN into a join and plan it for the average unit (docs/adr/0004, rule 4).
    #[must_use]
    pub fn one_of(self, column: SimpleExpr, chosen: SelectStatement) -> SimpleExpr {
        if self.is_postgres() {
            return Expr::cust_with_exprs(
                "$1 = ANY (ARRAY($2))",
                [column, SimpleExpr::SubQuery(None, Box::new(chosen.into()))],
            );
        }
        column.in_subquery(chosen)
    }

    /// The id that the text `column`, a JSON object, holds under `key`; NULL where there is none.
    #[must_use]
    pub fn id_in(self, (column, key): (&str, &str)) -> SimpleExpr {
        Expr::cust(if self.is_postgres() {
            format!("CAST(CAST({column} AS json) ->> '{key}' AS uuid)")
        } else {
            format!("unhex(replace({column} ->> '$.{key}', '-', ''))")
        })
    }

    /// `table.column` is one of what `chosen` selects, as one of several ways to be found (docs/adr/0004,
    /// rule 3) that must not decide how the rows are reached: an index gives them in the order asked
    /// for. SQLite knows nothing of how many rows it leaves and would take the index of the column;
    /// PostgreSQL would take an array for ten values.
    #[must_use]
    pub fn one_of_beside(
        self,
        (table, column): (&str, &str),
        chosen: SelectStatement,
    ) -> SimpleExpr {
        let no_index = if self.is_postgres() { "" } else { "+" };
        Expr::cust(format!("{no_index}{table}.{column}")).in_subquery(chosen)
    }
}

/// `select` with at most `most` rows. The number is written out: PostgreSQL plans a bound LIMIT as
/// if it might be anything (docs/adr/0000, section 3). `select` has no LIMIT and locks nothing.
#[must_use]
pub fn at_most(backend: DbBackend, select: &SelectStatement, most: u64) -> Statement {
    let mut statement = backend.build(select);
    statement.sql = format!("{} LIMIT {most}", statement.sql);
    statement
}

/// How many rows each of `selects` has, counted up to `most`, in their order; in one statement.
///
/// # Errors
/// A fault of the database.
pub async fn counts_up_to<C: ConnectionTrait>(
    conn: &C,
    selects: &[SelectStatement],
    most: u64,
) -> Result<Vec<u64>> {
    if selects.is_empty() {
        return Ok(Vec::new());
    }
    let backend = conn.get_database_backend();
    let mut all = Query::select();
    for select in selects {
        all.expr(counted(backend, select, most));
    }
    let row = conn.query_one(&all).await?.ok_or_else(|| Fault::internal("nothing was counted"))?;
    let count = |index| Ok(u64::try_from(row.try_get_by_index::<i64>(index)?).unwrap_or_default());
    (0..selects.len()).map(count).collect()
}

fn counted(backend: DbBackend, select: &SelectStatement, most: u64) -> SimpleExpr {
    let ones = select.clone().clear_selects().clear_order_by().expr(Expr::cust("1")).to_owned();
    let place = if backend == DbBackend::Postgres { "$1" } else { "?" };
    Expr::cust_with_expr(
        format!("(SELECT COUNT(*) FROM (SELECT 1 FROM {place} AS found LIMIT {most}) AS counted)"),
        SimpleExpr::SubQuery(None, Box::new(ones.into())),
    )
}

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

/// Makes `last` the last number of the neutral references that was given; the next one follows it.
///
/// # Errors
/// A fault of the database.
pub async fn set_last_reference<C: ConnectionTrait>(tx: &C, last: i64) -> Result<()> {
    let backend = tx.get_database_backend();
    let sql = match backend {
        DbBackend::Postgres => "SELECT setval('submission_reference', $1)",
        _ => "UPDATE counter SET value = $1 WHERE name = 'submission_reference'",
    };
    tx.execute_raw(Statement::from_sql_and_values(backend, sql, [last.into()])).await?;
    Ok(())
}

/// Locks the rows that `select` finds until the transaction ends. SQLite's one writer is alone.
pub fn for_update<Q: QuerySelect>(backend: DbBackend, select: Q) -> Q {
    if backend == DbBackend::Postgres { select.lock_exclusive() } else { select }
}

/// Keeps the rows that `select` finds as they are until the transaction ends; others may read and keep
/// them too. SQLite's one writer is alone.
pub fn for_share<Q: QuerySelect>(backend: DbBackend, select: Q) -> Q {
    if backend == DbBackend::Postgres { select.lock_shared() } else { select }
}

/// The expression that draws a fact's number on PostgreSQL; SQLite counts by itself.
#[must_use]
pub fn draws_fact_numbers(backend: DbBackend) -> bool {
    backend == DbBackend::Postgres
}

/// The oldest transaction still running, on PostgreSQL.
///
/// # Errors
/// A fault of the database.
pub async fn oldest_transaction<C: ConnectionTrait>(conn: &C) -> Result<Option<i64>> {
    one_number(conn, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").await
}

/// A transaction id drawn now, on PostgreSQL: every transaction that already has one has a smaller
/// one. (The upper end of a snapshot will not do: it is one past the highest *completed*
/// transaction, see docs/adr/0001.)
///
/// # Errors
/// A fault of the database.
pub async fn fresh_transaction<C: ConnectionTrait>(conn: &C) -> Result<Option<i64>> {
    one_number(conn, "SELECT pg_current_xact_id()::text::bigint").await
}

async fn one_number<C: ConnectionTrait>(conn: &C, sql: &str) -> Result<Option<i64>> {
    if conn.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let row = conn.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
    let row = row.ok_or_else(|| Fault::internal("no transaction id"))?;
    Ok(Some(row.try_get_by_index(0)?))
}

/// Locks the rows that `select` finds and passes over those that others have locked. SQLite's one
/// writer is alone.
pub fn skip_locked(backend: DbBackend, select: &mut SelectStatement) {
    if backend == DbBackend::Postgres {
        select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
}

/// When a lease that is taken or renewed now ends, on the lease clock (architecture, law 5), in
/// microseconds. PostgreSQL: the clock of the database, which all processes share. SQLite: time
/// since this process first asked, which nobody can set back; it means nothing to the next process.
#[must_use]
pub fn lease_end(backend: DbBackend, lease: Duration) -> SimpleExpr {
    static BEGIN: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);
    let lease = i64::try_from(lease.as_micros()).unwrap_or(i64::MAX);
    if backend == DbBackend::Postgres {
        return Expr::cust(format!(
            "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) + {lease}"
        ));
    }
    let now = i64::try_from(BEGIN.elapsed().as_micros()).unwrap_or(i64::MAX);
    Expr::val(now.saturating_add(lease))
}

/// As [`alone_with`], without waiting. `false`: another transaction is with `key`.
///
/// # Errors
/// A fault of the database.
pub async fn alone_at_once_with<C: ConnectionTrait>(tx: &C, key: &str) -> Result<bool> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(true);
    }
    let sql = "SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0))";
    let ask = Statement::from_sql_and_values(DbBackend::Postgres, sql, [key.into()]);
    let row = tx.query_one_raw(ask).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or(false))
}

/// Waits until this transaction is alone with `key`, which need not be a row. SQLite's one writer
/// is alone anyway.
///
/// # Errors
/// A fault of the database.
pub async fn alone_with<C: ConnectionTrait>(tx: &C, key: &str) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.query_one_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
            [key.into()],
        ))
        .await?;
    }
    Ok(())
}

/// Waits until nobody is alone with `key`; others may be here beside this transaction. SQLite's
/// one writer is alone anyway.
///
/// # Errors
/// A fault of the database.
pub async fn beside<C: ConnectionTrait>(tx: &C, key: &str) -> Result<()> {
    if has_others(tx) {
        tx.query_one_raw(Statement::from_sql_and_values(
            DbBackend::Postgres,
            "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 0))",
            [key.into()],
        ))
        .await?;
    }
    Ok(())
}

/// Whether other transactions may write while this one does.
#[must_use]
pub fn has_others<C: ConnectionTrait>(tx: &C) -> bool {
    tx.get_database_backend() == DbBackend::Postgres
}

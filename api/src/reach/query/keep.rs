//! Locking and writing what is kept in the rows of causes.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use entity::id::{CauseId, SubmissionId};
use entity::submissions::submission;
use entity::triage::{cause, cause_closure};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter};

use super::{CHUNK, Counted};
use crate::kit::error::Result;
use crate::reach::service::Delta;

/// Locks causes in one order, so that no two changes wait for each other. Links that are being
/// written beside it keep going: the key does not change.
///
/// # Errors
/// A fault of the database.
pub async fn lock<C: ConnectionTrait>(tx: &C, ids: &[CauseId]) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres || ids.is_empty() {
        return Ok(());
    }
    let select = Query::select()
        .column(cause::Column::Id)
        .from(cause::Entity)
        .and_where(Expr::col(cause::Column::Id).is_in(ids.iter().copied()))
        .order_by(cause::Column::Id, sea_orm::Order::Asc)
        .lock(LockType::NoKeyUpdate)
        .to_owned();
    tx.query_all(&select).await?;
    Ok(())
}

/// Locks the submissions that others are joined with.
///
/// # Errors
/// A fault of the database.
pub async fn lock_roots<C: ConnectionTrait>(tx: &C, ids: &[SubmissionId]) -> Result<()> {
    if tx.get_database_backend() != DbBackend::Postgres || ids.is_empty() {
        return Ok(());
    }
    let select = Query::select()
        .column(submission::Column::Id)
        .from(submission::Entity)
        .and_where(Expr::col(submission::Column::Id).is_in(ids.iter().copied()))
        .order_by(submission::Column::Id, sea_orm::Order::Asc)
        .lock(LockType::NoKeyUpdate)
        .to_owned();
    tx.query_all(&select).await?;
    Ok(())
}

/// Adds to the kept counts of these causes.
///
/// # Errors
/// A fault of the database.
pub(in crate::reach) async fn add<C: ConnectionTrait>(
    tx: &C,
    ids: &[CauseId],
    by: Delta,
) -> Result<()> {
    let plus = |column: cause::Column, by: i32| Expr::col(column).add(by);
    cause::Entity::update_many()
        .col_expr(cause::Column::Reach, plus(cause::Column::Reach, by.reach))
        .col_expr(
            cause::Column::SubmissionCount,
            plus(cause::Column::SubmissionCount, by.submissions),
        )
        .col_expr(cause::Column::ShownReach, plus(cause::Column::ShownReach, by.shown_reach))
        .col_expr(
            cause::Column::ShownSubmissionCount,
            plus(cause::Column::ShownSubmissionCount, by.shown_submissions),
        )
        .filter(cause::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Writes the kept counts of one cause.
///
/// # Errors
/// A fault of the database.
pub(in crate::reach) async fn put<C: ConnectionTrait>(
    tx: &C,
    id: CauseId,
    counted: Counted,
) -> Result<()> {
    let number = |value: i64| Expr::val(i32::try_from(value).unwrap_or(i32::MAX));
    cause::Entity::update_many()
        .col_expr(cause::Column::Reach, number(counted.reach))
        .col_expr(cause::Column::SubmissionCount, number(counted.submissions))
        .col_expr(cause::Column::ShownReach, number(counted.shown_reach))
        .col_expr(cause::Column::ShownSubmissionCount, number(counted.shown_submissions))
        .filter(cause::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Every cause with its parent.
///
/// # Errors
/// A fault of the database.
pub(in crate::reach) async fn tree<C: ConnectionTrait>(
    conn: &C,
) -> Result<Vec<(CauseId, Option<CauseId>)>> {
    let select = Query::select()
        .columns([cause::Column::Id, cause::Column::ParentId])
        .from(cause::Entity)
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Puts these lines in the place of the ones of their descendants.
///
/// # Errors
/// A fault of the database.
pub(in crate::reach) async fn replace_lines<C: ConnectionTrait>(
    tx: &C,
    lines: Vec<cause_closure::Model>,
) -> Result<()> {
    let mut whose: Vec<CauseId> = lines.iter().map(|line| line.descendant).collect();
    whose.sort_unstable();
    whose.dedup();
    for part in whose.chunks(CHUNK) {
        cause_closure::Entity::delete_many()
            .filter(cause_closure::Column::Descendant.is_in(part.iter().copied()))
            .exec(tx)
            .await?;
    }
    for part in lines.chunks(CHUNK) {
        let rows = part.iter().cloned().map(cause_closure::ActiveModel::from);
        cause_closure::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

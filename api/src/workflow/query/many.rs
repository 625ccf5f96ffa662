//! What is written or locked of several submissions at once: one statement for all.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use entity::id::{DecisionId, SubmissionId};
use entity::instant::Instant;
use entity::submissions::submission;
use entity::workflow::values::DecisionState;
use entity::workflow::{decision, response};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::db::dialect;
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::submissions;

/// Writes decisions.
pub(in crate::workflow) async fn insert_decisions<C: ConnectionTrait>(
    tx: &C,
    rows: &[decision::Model],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.iter().cloned().map(decision::ActiveModel::from);
    decision::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes words to authors.
pub(in crate::workflow) async fn insert_responses<C: ConnectionTrait>(
    tx: &C,
    rows: Vec<response::Model>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(response::ActiveModel::from);
    response::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Submissions that `actor` may read, locked until the transaction ends, in the order of ids so that
/// two calls cannot lock each other out.
pub(in crate::workflow) async fn locked_readable<C: ConnectionTrait>(
    tx: &C,
    actor: &Actor,
    ids: &[SubmissionId],
) -> Result<Vec<submission::Model>> {
    let some = submissions::query::visible_to(actor)
        .filter(submission::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(submission::Column::Id);
    Ok(dialect::for_update(tx.get_database_backend(), some).all(tx).await?)
}

/// Decisions by id.
pub(in crate::workflow) async fn decisions<C: ConnectionTrait>(
    conn: &C,
    ids: &[DecisionId],
) -> Result<Vec<decision::Model>> {
    let some = decision::Column::Id.is_in(ids.iter().copied());
    Ok(decision::Entity::find().filter(some).all(conn).await?)
}

/// Closes those of these decisions that are still pending, and returns which: somebody else was
/// quicker with the others.
pub(in crate::workflow) async fn close_all<C: ConnectionTrait>(
    tx: &C,
    ids: &[DecisionId],
    (state, at): (DecisionState, Instant),
) -> Result<Vec<DecisionId>> {
    let update = Query::update()
        .table(decision::Entity)
        .value(decision::Column::State, state)
        .value(decision::Column::ClosedAt, at)
        .and_where(Expr::col(decision::Column::Id).is_in(ids.iter().copied()))
        .and_where(Expr::col(decision::Column::State).eq(DecisionState::Pending))
        .returning_col(decision::Column::Id)
        .to_owned();
    let rows = tx.query_all(&update).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Submissions whoever asks, locked until the transaction ends, in the order of ids so that two calls
/// cannot lock each other out.
pub(in crate::workflow) async fn locked_in_order<C: ConnectionTrait>(
    tx: &C,
    ids: &[SubmissionId],
) -> Result<Vec<submission::Model>> {
    let some = submission::Entity::find()
        .filter(submission::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(submission::Column::Id);
    Ok(dialect::for_update(tx.get_database_backend(), some).all(tx).await?)
}

/// Another time of release for those of these decisions that are held.
pub(in crate::workflow) async fn set_release<C: ConnectionTrait>(
    tx: &C,
    decisions: SelectStatement,
    at: Option<Instant>,
) -> Result<()> {
    decision::Entity::update_many()
        .col_expr(decision::Column::ReleaseAt, Expr::val(at))
        .filter(decision::Column::Id.in_subquery(decisions))
        .filter(decision::Column::State.eq(DecisionState::Pending))
        .exec(tx)
        .await?;
    Ok(())
}

//! "Contributes to", beside the tree.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use entity::id::CauseId;
use entity::triage::cause_edge;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::kit::error::Result;

/// The edges that begin or end at one of these causes, oldest first.
///
/// # Errors
/// A fault of the database.
pub async fn edges_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[CauseId],
) -> Result<Vec<cause_edge::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let touches = Condition::any()
        .add(cause_edge::Column::CauseId.is_in(ids.iter().copied()))
        .add(cause_edge::Column::ContributesTo.is_in(ids.iter().copied()));
    in_order(cause_edge::Entity::find().filter(touches)).all(conn).await.map_err(Into::into)
}

/// Every edge.
pub(in crate::triage::causes) async fn all_edges<C: ConnectionTrait>(
    conn: &C,
) -> Result<Vec<cause_edge::Model>> {
    in_order(cause_edge::Entity::find()).all(conn).await.map_err(Into::into)
}

fn in_order(find: sea_orm::Select<cause_edge::Entity>) -> sea_orm::Select<cause_edge::Entity> {
    find.order_by_asc(cause_edge::Column::CreatedAt)
        .order_by_asc(cause_edge::Column::CauseId)
        .order_by_asc(cause_edge::Column::ContributesTo)
}

/// Writes an edge. `false`: it was there before.
pub(in crate::triage::causes) async fn insert_edge<C: ConnectionTrait>(
    tx: &C,
    row: cause_edge::Model,
) -> Result<bool> {
    let pair = [cause_edge::Column::CauseId, cause_edge::Column::ContributesTo];
    let inserted = cause_edge::Entity::insert(cause_edge::ActiveModel::from(row))
        .on_conflict(OnConflict::columns(pair).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// Takes an edge away. `false`: there was none.
pub(in crate::triage::causes) async fn delete_edge<C: ConnectionTrait>(
    tx: &C,
    (from, to): (CauseId, CauseId),
) -> Result<bool> {
    let gone = cause_edge::Entity::delete_many()
        .filter(cause_edge::Column::CauseId.eq(from))
        .filter(cause_edge::Column::ContributesTo.eq(to))
        .exec(tx)
        .await?;
    Ok(gone.rows_affected > 0)
}

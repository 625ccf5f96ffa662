//! The door of links to other systems. Who may see them is asked by the service and the surface, through
//! the door of what they hang on.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::external::external_link::{ActiveModel, Column, Entity, Model};
use entity::id::{ActionItemId, ExternalLinkId, SubmissionId};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel as _,
    PaginatorTrait, QueryFilter, QueryOrder,
};

use super::service::LinkedTo;
use crate::db::dialect;
use crate::kit::error::Result;

/// The links of some submissions, the first one first.
///
/// # Errors
/// A fault of the database.
pub async fn of_submissions<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<Vec<Model>> {
    let of = Column::SubmissionId.is_in(ids.iter().copied());
    Ok(Entity::find().filter(of).order_by_asc(Column::Id).all(conn).await?)
}

/// The links of some items, the first one first.
///
/// # Errors
/// A fault of the database.
pub async fn of_items<C: ConnectionTrait>(conn: &C, ids: &[ActionItemId]) -> Result<Vec<Model>> {
    let of = Column::ItemId.is_in(ids.iter().copied());
    Ok(Entity::find().filter(of).order_by_asc(Column::Id).all(conn).await?)
}

/// The link with this key in a system.
///
/// # Errors
/// A fault of the database.
pub async fn called<C: ConnectionTrait>(
    conn: &C,
    system: &str,
    key: &str,
) -> Result<Option<Model>> {
    let named = Entity::find().filter(Column::System.eq(system)).filter(Column::Key.eq(key));
    Ok(named.one(conn).await?)
}

/// As [`called`], locked until the transaction ends.
///
/// # Errors
/// A fault of the database.
pub(super) async fn called_locked<C: ConnectionTrait>(
    tx: &C,
    system: &str,
    key: &str,
) -> Result<Option<Model>> {
    let named = Entity::find().filter(Column::System.eq(system)).filter(Column::Key.eq(key));
    Ok(dialect::for_update(tx.get_database_backend(), named).one(tx).await?)
}

/// A link by its id.
///
/// # Errors
/// A fault of the database.
pub(super) async fn one<C: ConnectionTrait>(tx: &C, id: ExternalLinkId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(tx).await?)
}

/// How many links something has.
///
/// # Errors
/// A fault of the database.
pub(super) async fn count<C: ConnectionTrait>(tx: &C, of: LinkedTo) -> Result<u64> {
    let of = match of {
        LinkedTo::Submission(id) => Column::SubmissionId.eq(id),
        LinkedTo::Item(id) => Column::ItemId.eq(id),
    };
    Ok(Entity::find().filter(of).count(tx).await?)
}

/// Whether a key was free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Put {
    /// It was, and the link stands.
    Fresh,
    /// Another link has it.
    There,
}

/// Writes a link, unless its key is there already. A racing twin waits here until the first one commits
/// or fails.
///
/// # Errors
/// A fault of the database.
pub(super) async fn put<C: ConnectionTrait>(tx: &C, row: Model) -> Result<Put> {
    let taken = OnConflict::columns([Column::System, Column::Key]).do_nothing().to_owned();
    let row: ActiveModel = row.into_active_model().reset_all();
    let written = Entity::insert(row).on_conflict(taken).exec_without_returning(tx).await?;
    Ok(if written > 0 { Put::Fresh } else { Put::There })
}

/// Stores what has changed of a link.
///
/// # Errors
/// A fault of the database.
pub(super) async fn store<C: ConnectionTrait>(tx: &C, row: &Model) -> Result<()> {
    let row: ActiveModel = row.clone().into_active_model().reset_all();
    Entity::update(row).exec(tx).await?;
    Ok(())
}

/// Removes a link. Returns whether it was still there.
///
/// # Errors
/// A fault of the database.
pub(super) async fn remove<C: ConnectionTrait>(tx: &C, id: ExternalLinkId) -> Result<bool> {
    let gone = Entity::delete_by_id(id).exec(tx).await?;
    Ok(gone.rows_affected > 0)
}

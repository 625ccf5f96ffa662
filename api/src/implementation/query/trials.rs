//! The statements of trials. Whoever asks here came through the door of the idea.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::id::{SubmissionId, TrialId};
use entity::implementation::trial;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel as _,
    QueryFilter, QueryOrder,
};

use crate::kit::error::Result;

/// The trials of submissions, the first one first.
///
/// # Errors
/// A fault of the database.
pub async fn of<C: ConnectionTrait>(conn: &C, of: &[SubmissionId]) -> Result<Vec<trial::Model>> {
    if of.is_empty() {
        return Ok(Vec::new());
    }
    Ok(trial::Entity::find()
        .filter(trial::Column::SubmissionId.is_in(of.iter().copied()))
        .order_by_asc(trial::Column::SubmissionId)
        .order_by_asc(trial::Column::Number)
        .all(conn)
        .await?)
}

/// One trial.
///
/// # Errors
/// A fault of the database.
pub async fn one<C: ConnectionTrait>(conn: &C, id: TrialId) -> Result<Option<trial::Model>> {
    Ok(trial::Entity::find_by_id(id).one(conn).await?)
}

/// Writes a new trial.
pub(in crate::implementation) async fn insert<C: ConnectionTrait>(
    tx: &C,
    row: &trial::Model,
) -> Result<()> {
    trial::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes all that can change of a trial.
pub(in crate::implementation) async fn store<C: ConnectionTrait>(
    tx: &C,
    row: &trial::Model,
) -> Result<()> {
    let all = row.clone().into_active_model().reset_all();
    trial::Entity::update_many().set(all).filter(trial::Column::Id.eq(row.id)).exec(tx).await?;
    Ok(())
}

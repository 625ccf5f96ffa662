//! Hand-overs, as the log has them.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use entity::facts::fact;
use entity::id::SubmissionId;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder as _, Select};

use crate::kit::error::Result;

/// Hand-overs of the submissions that `of` is true for; the latest one counts.
#[must_use]
pub fn hand_overs_among(of: impl FnOnce(fact::Column) -> Expr) -> Select<fact::Entity> {
    fact::Entity::find()
        .filter(of(fact::Column::SubjectId))
        .filter(fact::Column::SubjectKind.eq("submission"))
        .filter(fact::Column::Kind.eq("submission.handed_over"))
}

/// The latest hand-over of each of these, in the order of the log: a later one stands behind.
///
/// # Errors
/// A fault of the database.
pub(in crate::workflow) async fn hand_overs_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<Vec<fact::Model>> {
    let found = hand_overs_among(|column| column.is_in(ids.iter().map(|id| id.0)));
    Ok(found.order_by_asc(fact::Column::Seq).all(conn).await?)
}

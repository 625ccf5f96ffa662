//! The statements of offers to sites. Whoever asks here came through the door of the idea;
//! [`offered_to`] is a door of its own.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::id::{AdoptionId, SubmissionId, UnitId};
use entity::identity::unit;
use entity::identity::values::Role;
use entity::implementation::adoption;
use entity::instant::Instant;
use entity::submissions::submission;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel as _, Order,
    QueryFilter, QueryOrder, Select,
};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::kit::page::{Key, KeyValue, Keyset};
use crate::submissions;

/// One offer.
///
/// # Errors
/// A fault of the database.
pub async fn one<C: ConnectionTrait>(conn: &C, id: AdoptionId) -> Result<Option<adoption::Model>> {
    Ok(adoption::Entity::find_by_id(id).one(conn).await?)
}

/// The offers of ideas, the first one first.
///
/// # Errors
/// A fault of the database.
pub async fn of<C: ConnectionTrait>(
    conn: &C,
    ideas: &[SubmissionId],
) -> Result<Vec<adoption::Model>> {
    if ideas.is_empty() {
        return Ok(Vec::new());
    }
    Ok(adoption::Entity::find()
        .filter(adoption::Column::SubmissionId.is_in(ideas.iter().copied()))
        .order_by_asc(adoption::Column::OfferedAt)
        .order_by_asc(adoption::Column::Id)
        .all(conn)
        .await?)
}

/// Writes new offers.
pub(in crate::implementation) async fn insert<C: ConnectionTrait>(
    tx: &C,
    rows: &[adoption::Model],
) -> Result<()> {
    let rows = rows.iter().cloned().map(sea_orm::IntoActiveModel::into_active_model);
    adoption::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes all that can change of an offer.
pub(in crate::implementation) async fn store<C: ConnectionTrait>(
    tx: &C,
    row: &adoption::Model,
) -> Result<()> {
    let all = row.clone().into_active_model().reset_all();
    adoption::Entity::update_many()
        .set(all)
        .filter(adoption::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Units by id.
pub(in crate::implementation) async fn units<C: ConnectionTrait>(
    conn: &C,
    ids: &[UnitId],
) -> Result<Vec<unit::Model>> {
    Ok(unit::Entity::find().filter(unit::Column::Id.is_in(ids.iter().copied())).all(conn).await?)
}

/// Opens an idea to everybody whom the organisation lets read opened ones.
pub(in crate::implementation) async fn open<C: ConnectionTrait>(
    tx: &C,
    id: SubmissionId,
    now: Instant,
) -> Result<()> {
    submission::Entity::update_many()
        .col_expr(submission::Column::OpenedAt, Expr::val(now))
        .col_expr(submission::Column::UpdatedAt, Expr::val(now))
        .filter(submission::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// What was offered to the sites that `actor` leads or reviews, as far as the ideas may be read now.
#[must_use]
pub fn offered_to(actor: &Actor) -> Select<adoption::Entity> {
    let mut over = actor.units_with(Role::Manager);
    over.extend(actor.units_with(Role::Reviewer));
    let readable = Query::select()
        .column((submission::Entity, submission::Column::Id))
        .from(submission::Entity)
        .cond_where(submissions::query::visible(actor))
        .to_owned();
    adoption::Entity::find()
        .filter(adoption::Column::SiteId.in_subquery(submissions::query::below(&over)))
        .filter(adoption::Column::SubmissionId.in_subquery(readable))
}

/// The newest offer first.
#[must_use]
pub fn newest() -> Keyset<adoption::Model> {
    let column = |column| Expr::col((adoption::Entity, column));
    Keyset {
        name: String::from("adoption:newest"),
        keys: vec![
            Key {
                expr: column(adoption::Column::OfferedAt),
                order: Order::Desc,
                value: |row| KeyValue::Int(row.offered_at.micros()),
            },
            Key {
                expr: column(adoption::Column::Id),
                order: Order::Desc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Int(0), KeyValue::Id(uuid::Uuid::nil())],
    }
}

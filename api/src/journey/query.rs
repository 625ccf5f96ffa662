//! Doors of journeys: everybody who is signed in may read them.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::id::{JourneyId, TouchpointId};
use entity::journey::{journey, touchpoint};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::kit::error::Result;

/// All journeys, in order.
///
/// # Errors
/// A fault of the database.
pub async fn journeys<C: ConnectionTrait>(conn: &C) -> Result<Vec<journey::Model>> {
    Ok(journey::Entity::find()
        .order_by_asc(journey::Column::Position)
        .order_by_asc(journey::Column::Name)
        .all(conn)
        .await?)
}

/// One journey.
///
/// # Errors
/// A fault of the database.
pub async fn journey<C: ConnectionTrait>(
    conn: &C,
    id: JourneyId,
) -> Result<Option<journey::Model>> {
    Ok(journey::Entity::find_by_id(id).one(conn).await?)
}

/// One touchpoint.
///
/// # Errors
/// A fault of the database.
pub async fn touchpoint<C: ConnectionTrait>(
    conn: &C,
    id: TouchpointId,
) -> Result<Option<touchpoint::Model>> {
    Ok(touchpoint::Entity::find_by_id(id).one(conn).await?)
}

/// The touchpoints of these journeys, in order.
///
/// # Errors
/// A fault of the database.
pub async fn touchpoints_of<C: ConnectionTrait>(
    conn: &C,
    journeys: &[JourneyId],
) -> Result<Vec<touchpoint::Model>> {
    Ok(touchpoint::Entity::find()
        .filter(touchpoint::Column::JourneyId.is_in(journeys.iter().copied()))
        .order_by_asc(touchpoint::Column::Position)
        .order_by_asc(touchpoint::Column::Name)
        .all(conn)
        .await?)
}

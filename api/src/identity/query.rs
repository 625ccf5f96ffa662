//! The scoped doors of identity.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::id::UnitId;
use entity::identity::unit_closure;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::kit::error::Result;

/// The ancestors of each unit, itself included. One statement; none for no units.
///
/// # Errors
/// A fault of the database.
pub async fn lineages<C: ConnectionTrait>(
    conn: &C,
    units: &[UnitId],
) -> Result<HashMap<UnitId, Vec<UnitId>>> {
    if units.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = unit_closure::Entity::find()
        .filter(unit_closure::Column::Descendant.is_in(units.iter().copied()))
        .all(conn)
        .await?;
    let mut lineages: HashMap<UnitId, Vec<UnitId>> = HashMap::new();
    for row in rows {
        lineages.entry(row.descendant).or_default().push(row.ancestor);
    }
    Ok(lineages)
}

//! The business calendar of a unit and of all below it that have none of their own.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CalendarId, UnitId};
use crate::instant::Instant;

/// The business calendar of a unit and of all below it that have none of their own.
///
/// Hours and holidays stand in the row itself: they are always read whole, with every submission that
/// is sent, and never searched by.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "calendar")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CalendarId,
    /// Whose; one for a unit.
    pub unit_id: UnitId,
    /// IANA zone; `None`: that of each unit.
    pub zone: Option<String>,
    /// JSON of [`crate::clocks::hours::Opening`]s.
    pub openings: String,
    /// JSON of [`crate::clocks::hours::Holiday`]s.
    pub holidays: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed.
    pub updated_at: Instant,
    /// Counts the changes.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

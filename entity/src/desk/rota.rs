//! Whose turn it is to look at what comes in, for one unit and all below it.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::desk::values::RotaKind;
use crate::id::{RotaId, UnitId};
use crate::instant::{Day, Instant};

/// Whose turn it is to look at what comes in, for one unit and all below it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rota")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RotaId,
    /// The unit; one rota each.
    pub unit_id: UnitId,
    /// By weekday or in turns.
    pub kind: RotaKind,
    /// The day of the first turn.
    pub starts_on: Day,
    /// When the row was made.
    pub created_at: Instant,
    /// Latest change.
    pub updated_at: Instant,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

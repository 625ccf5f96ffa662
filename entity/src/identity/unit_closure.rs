//! One row for each unit and each of its ancestors, itself included (docs/adr/0004).

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::UnitId;

/// One row for each unit and each of its ancestors, itself included (docs/adr/0004).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_closure")]
pub struct Model {
    /// The unit above, or the unit itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ancestor: UnitId,
    /// The unit below, or the unit itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub descendant: UnitId,
    /// Steps between them; 0 for itself.
    pub depth: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

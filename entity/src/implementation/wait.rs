//! An item that waits for another one of its plan.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::ActionItemId;

/// An item that waits for another one of its plan.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "action_wait")]
pub struct Model {
    /// Which waits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub item_id: ActionItemId,
    /// For which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub waits_for: ActionItemId,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! A reminder that was given: once for an item, a kind and a day.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::ActionItemId;
use crate::implementation::values::ReminderKind;
use crate::instant::{Day, Instant};

/// A reminder that was given: once for an item, a kind and a day.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "action_reminder")]
pub struct Model {
    /// Of which item.
    #[sea_orm(primary_key, auto_increment = false)]
    pub item_id: ActionItemId,
    /// Which reminder.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: ReminderKind,
    /// The day that the item was due.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Day,
    /// When it was given.
    pub created_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

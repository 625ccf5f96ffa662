//! One line of an item's checklist.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{ActionItemId, CheckId, PersonId};
use crate::instant::Instant;

/// One line of an item's checklist.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "action_check")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CheckId,
    /// Of which item.
    pub item_id: ActionItemId,
    /// Order within the item, from 1.
    pub position: i32,
    /// What is to be looked at.
    pub body: String,
    /// Who ticked it.
    pub ticked_by: Option<PersonId>,
    /// When it was ticked.
    pub ticked_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

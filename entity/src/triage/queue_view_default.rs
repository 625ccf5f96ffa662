//! The view with which somebody's queue opens.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{PersonId, ViewId};

/// The view with which somebody's queue opens.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "queue_view_default")]
pub struct Model {
    /// Whose queue.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// Their own view or one that is shared with them.
    pub view_id: ViewId,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

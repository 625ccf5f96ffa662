//! That one root cause lies at or below another.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::CauseId;

/// That one root cause lies at or below another.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cause_closure")]
pub struct Model {
    /// The wider one, or itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ancestor: CauseId,
    /// The narrower one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub descendant: CauseId,
    /// Steps between them; 0 for itself.
    pub depth: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

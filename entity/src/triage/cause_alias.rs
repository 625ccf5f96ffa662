//! Another name of a root cause.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CauseId, CauseMergeId};
use crate::instant::Instant;

/// Another name of a root cause.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cause_alias")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cause_id: CauseId,
    /// Case-folded name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name_key: String,
    /// The name.
    pub name: String,
    /// The merge that it came by.
    pub merge_id: Option<CauseMergeId>,
    /// When.
    pub created_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! A cause that was resolved in one resolving, and how far it was before.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CauseId, ResolutionId};
use crate::triage::values::CauseStatus;

/// A cause that was resolved in one resolving, and how far it was before.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resolved_cause")]
pub struct Model {
    /// In which resolving.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resolution_id: ResolutionId,
    /// Which cause.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cause_id: CauseId,
    /// How far it was.
    pub status_before: CauseStatus,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

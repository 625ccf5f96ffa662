//! That one root cause contributes to another beside the tree.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CauseId, PersonId};
use crate::instant::Instant;

/// That one root cause contributes to another beside the tree.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cause_edge")]
pub struct Model {
    /// The one that contributes.
    #[sea_orm(primary_key, auto_increment = false)]
    pub cause_id: CauseId,
    /// The one that it makes worse.
    #[sea_orm(primary_key, auto_increment = false)]
    pub contributes_to: CauseId,
    /// Why somebody thinks so.
    pub note: Option<String>,
    /// Who said so.
    pub created_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! That one root cause was merged into another.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CauseId, CauseMergeId, PersonId};
use crate::instant::Instant;

/// That one root cause was merged into another.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cause_merge")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CauseMergeId,
    /// The one that was merged.
    pub cause_id: CauseId,
    /// The one that lives on.
    pub into_id: CauseId,
    /// What undo restores beside the links: status, children and edges, by id.
    pub before: String,
    /// Who.
    pub merged_by: Option<PersonId>,
    /// When.
    pub merged_at: Instant,
    /// Who took it back.
    pub undone_by: Option<PersonId>,
    /// When it was taken back.
    pub undone_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

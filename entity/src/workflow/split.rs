//! A split of one submission into several, with what an undo restores: ids and enums only.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{PersonId, SplitId, SubmissionId, TextId};
use crate::instant::Instant;
use crate::submissions::phase::Kind;

/// A split of one submission into several, with what an undo restores: ids and enums only.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "division")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SplitId,
    /// What was split; it is the first of the parts.
    pub submission_id: SubmissionId,
    /// Who did it.
    pub done_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
    /// The revision of its words before.
    pub text_before: TextId,
    /// The revision that the split wrote.
    pub text_after: TextId,
    /// Its kind before.
    pub kind_before: Kind,
    /// Its version right after; a later one means that something happened to it.
    pub version_after: i32,
    /// When it was undone.
    pub undone_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

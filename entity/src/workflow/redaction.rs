//! That words were taken out of a submission, by whom and why. Never the words.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{PersonId, RedactionId, SubmissionId};
use crate::instant::Instant;
use crate::workflow::values::ModerationReason;

/// That words were taken out of a submission, by whom and why. Never the words.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "redaction")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RedactionId,
    /// Out of what.
    pub submission_id: SubmissionId,
    /// Why.
    pub reason: ModerationReason,
    /// More about it, for those who work on it.
    pub note: Option<String>,
    /// Who did it.
    pub done_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

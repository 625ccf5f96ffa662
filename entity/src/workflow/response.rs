//! What an author is told; redactable and erasable.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{PersonId, ResponseId, SubmissionId};
use crate::instant::Instant;

/// What an author is told; redactable and erasable.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "response")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResponseId,
    /// About what.
    pub submission_id: SubmissionId,
    /// Who wrote it.
    pub author_id: Option<PersonId>,
    /// The words.
    pub body: String,
    /// Language of the words.
    pub language: String,
    /// When.
    pub created_at: Instant,
    /// When words were taken out.
    pub redacted_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

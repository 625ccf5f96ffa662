//! A comment on a submission.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CommentId, PersonId, ServiceId, SubmissionId};
use crate::instant::Instant;
use crate::submissions::values::CommentVisibility;

/// A comment on a submission.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comment")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CommentId,
    /// On what.
    pub submission_id: SubmissionId,
    /// Who wrote it; `None` for integrations and authorless answers.
    pub author_id: Option<PersonId>,
    /// The integration that wrote it.
    pub service_id: Option<ServiceId>,
    /// Public or internal.
    pub visibility: CommentVisibility,
    /// The words.
    pub body: String,
    /// When.
    pub created_at: Instant,
    /// When words were taken out.
    pub redacted_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! One revision of what an author wrote; redactable and erasable.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{SubmissionId, TextId};
use crate::instant::Instant;

/// One revision of what an author wrote; redactable and erasable.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "submission_text")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TextId,
    /// Whose words.
    pub submission_id: SubmissionId,
    /// 1 for the first.
    pub revision: i32,
    /// Title, given or derived.
    pub title: String,
    /// The text.
    pub body: String,
    /// The customer's own words.
    pub customer_words: Option<String>,
    /// When.
    pub created_at: Instant,
    /// When words were taken out.
    pub redacted_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

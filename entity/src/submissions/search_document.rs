//! The tokens of a submission's words, for the full-text index. Never shown; `db/search.rs` alone
//! reads and writes it.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::SubmissionId;

/// The tokens of a submission's words, for the full-text index.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_document")]
pub struct Model {
    /// Number of the row in the index.
    #[sea_orm(primary_key)]
    pub number: i64,
    /// Whose words.
    pub submission_id: SubmissionId,
    /// The tokens, one space between two.
    pub words: String,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

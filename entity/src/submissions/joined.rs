//! A joining that was announced: the edge that everybody sees, and that counts.
//!
//! `merged_into` of a submission is the edge that was decided. The two differ while a decision is
//! held: a joining counts from its announcement on, and until the announcement of its end.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::SubmissionId;
use crate::instant::Instant;

/// A joining that was announced: the edge that everybody sees, and that counts.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "joining")]
pub struct Model {
    /// The twin.
    #[sea_orm(primary_key, auto_increment = false)]
    pub submission_id: SubmissionId,
    /// The one that it was joined into; the root follows from these edges.
    pub into_id: SubmissionId,
    /// When it was announced.
    pub since: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Who was told of a resolving, by which submission: everybody once.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{PersonId, ResolutionId, SubmissionId};

/// Who was told of a resolving, by which submission: everybody once.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resolution_told")]
pub struct Model {
    /// Of which resolving.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resolution_id: ResolutionId,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// By which submission.
    pub submission_id: SubmissionId,
    /// By which fact.
    pub fact_seq: i64,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! What an idea or the work on a root cause is to change, and did.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{AdoptionId, CauseId, OutcomeId, PersonId, SubmissionId};
use crate::implementation::values::{Direction, OutcomeKind};
use crate::instant::Instant;

/// What an idea or the work on a root cause is to change, and did.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outcome")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OutcomeId,
    /// Of which idea.
    pub submission_id: Option<SubmissionId>,
    /// Of which root cause.
    pub cause_id: Option<CauseId>,
    /// At which site that took an idea up.
    pub adoption_id: Option<AdoptionId>,
    /// Which kind of effect.
    pub kind: OutcomeKind,
    /// What changes, in a few words.
    pub title: String,
    /// The unit of measure, for instance hours a month.
    pub measure: String,
    /// Which way is better.
    pub direction: Direction,
    /// Who wrote it down.
    pub created_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

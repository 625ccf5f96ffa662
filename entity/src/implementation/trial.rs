//! A change that is tried out: a guess, and what became of it.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{PersonId, SubmissionId, TrialId};
use crate::implementation::values::TrialState;
use crate::instant::{Day, Instant};

/// A change that is tried out: a guess, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "trial")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TrialId,
    /// Of which idea.
    pub submission_id: SubmissionId,
    /// Order within the idea, from 1.
    pub number: i32,
    /// What is expected to happen.
    pub guess: String,
    /// What is looked at, and how.
    pub measure: String,
    /// First day.
    pub starts_on: Day,
    /// Last day.
    pub ends_on: Option<Day>,
    /// What happened.
    pub result: Option<String>,
    /// What was learned.
    pub learned: Option<String>,
    /// Running, adopted or stopped.
    pub state: TrialState,
    /// Who began it.
    pub created_by: Option<PersonId>,
    /// When it was written down.
    pub created_at: Instant,
    /// Who ended it.
    pub ended_by: Option<PersonId>,
    /// When it was ended.
    pub ended_at: Option<Instant>,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! The question whether something that was done is still fixed.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::closing::values::SustainAnswer;
use crate::id::{PersonId, SubmissionId, SustainId};
use crate::instant::Instant;

/// The question whether something that was done is still fixed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sustain_question")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SustainId,
    /// About which submission.
    pub submission_id: SubmissionId,
    /// When it was announced as done: once for each time.
    pub shown_at: Instant,
    /// When it was asked.
    pub asked_at: Instant,
    /// The answer.
    pub answer: Option<SustainAnswer>,
    /// Who answered.
    pub answered_by: Option<PersonId>,
    /// When.
    pub answered_at: Option<Instant>,
    /// Since when it waits for a reviewer to look: nobody answered, or the unit said no.
    pub flagged_at: Option<Instant>,
    /// When there was nothing more to ask or to look at.
    pub closed_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

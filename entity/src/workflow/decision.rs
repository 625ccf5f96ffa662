//! A decision about a submission, and whether it has been announced (docs/adr/0006).

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{DecisionId, PersonId, ReasonId, ResponseId, StatusId, SubmissionId};
use crate::instant::Instant;
use crate::submissions::phase::{Letter, Phase};
use crate::workflow::values::DecisionState;

/// A decision about a submission, and whether it has been announced (docs/adr/0006).
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DecisionId,
    /// About what.
    pub submission_id: SubmissionId,
    /// Who decided; `None` for the scheduler.
    pub decider_id: Option<PersonId>,
    /// In which right.
    pub letter: Letter,
    /// Phase before.
    pub from_phase: Phase,
    /// Phase after.
    pub to_phase: Phase,
    /// Label after.
    pub to_status_id: StatusId,
    /// Reason from the catalogue.
    pub reason_id: Option<ReasonId>,
    /// What the author will be told.
    pub response_id: Option<ResponseId>,
    /// Pending, superseded, announced or undone.
    pub state: DecisionState,
    /// JSON of the state to restore on undo: ids and enums only.
    pub before: String,
    /// When it was decided.
    pub decided_at: Instant,
    /// When its hold ends; `None`: when a reviewer announces.
    pub release_at: Option<Instant>,
    /// When it was announced, superseded or undone.
    pub closed_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! One clock of a submission.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use super::values::{ClockKind, ClockState, Met};
use crate::id::{DecisionId, SubmissionId};
use crate::instant::{Day, Instant};

/// One clock of a submission. Business time is in microseconds.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "clock")]
pub struct Model {
    /// Of what.
    #[sea_orm(primary_key, auto_increment = false)]
    pub submission_id: SubmissionId,
    /// What it waits for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: ClockKind,
    /// 1, and one more for every new one after a reopening or another promise.
    #[sea_orm(primary_key, auto_increment = false)]
    pub round: i32,
    /// Running, paused or stopped.
    pub state: ClockState,
    /// When it began.
    pub started_at: Instant,
    /// When its time is over, if it runs on; of a paused one, as it was when it paused.
    pub due_at: Instant,
    /// The target in business days; none for a promised date.
    pub target_days: Option<i32>,
    /// The promised date, for a promise.
    pub promised_on: Option<Day>,
    /// Business time in all; 0 for a promise.
    pub target: i64,
    /// Business time spent before `counted_from`.
    pub spent: i64,
    /// Since when it counts without a break.
    pub counted_from: Instant,
    /// Business time that was left when it paused; negative once it was late. None while it runs.
    pub paused_remaining: Option<i64>,
    /// When it stopped.
    pub stopped_at: Option<Instant>,
    /// Business time from its beginning to its stop.
    pub took: Option<i64>,
    /// The decision that began it, if one did.
    pub started_by: Option<DecisionId>,
    /// The decision that stopped it, if one did.
    pub stopped_by: Option<DecisionId>,
    /// How it ended: only what was met is counted among answers.
    pub met: Met,
    /// When the owner was reminded of a promised date that passed.
    pub reminded_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

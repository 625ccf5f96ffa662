//! Background work, written in the transaction that wants it.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::JobId;
use crate::instant::Instant;
use crate::jobs::values::JobState;

/// Background work, written in the transaction that wants it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JobId,
    /// Which work.
    pub kind: String,
    /// Id or key of what it is about.
    pub subject: String,
    /// Unique while the job exists: a second one is not made.
    pub dedupe_key: Option<String>,
    /// JSON: ids and enums only.
    pub payload: String,
    /// Lower runs first.
    pub priority: i32,
    /// Not before (injected clock).
    pub run_at: Instant,
    /// Ready, running or dead.
    pub state: JobState,
    /// Attempts so far.
    pub attempts: i32,
    /// End of the lease, on the lease clock.
    pub leased_until: Option<Instant>,
    /// Fencing number: only the newest holder may finish.
    pub fence: i64,
    /// Why the latest attempt failed.
    pub last_error: Option<String>,
    /// When.
    pub created_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

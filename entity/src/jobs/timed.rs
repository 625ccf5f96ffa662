//! Work of the clock that was done: once for a kind, a subject and a period.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};
use uuid::Uuid;

use crate::instant::Instant;
use crate::jobs::values::TimedKind;

/// Work of the clock that was done: once for a kind, a subject and a period.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "timed_work")]
pub struct Model {
    /// Which work.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: TimedKind,
    /// What it is about; all zeros for the organisation as a whole.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    /// The key of a [`crate::jobs::period::Period`].
    #[sea_orm(primary_key, auto_increment = false)]
    pub period: String,
    /// When.
    pub done_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

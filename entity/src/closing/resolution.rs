//! The resolving of a root cause, with all that is closed by it.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::closing::values::{IdeasToo, ResolutionState};
use crate::id::{CauseId, PersonId, ResolutionId};
use crate::instant::Instant;
use crate::submissions::hold::Announce;

/// The resolving of a root cause, with all that is closed by it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cause_resolution")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ResolutionId,
    /// Which cause; others that were resolved with it stand in `resolved_cause`.
    pub cause_id: CauseId,
    /// How far it is.
    pub state: ResolutionState,
    /// Whether ideas go along.
    pub ideas: IdeasToo,
    /// When it is told.
    pub announce: Announce,
    /// How many submissions were to be moved when it began.
    pub total: i32,
    /// Of those, how many were looked at; while it is taken back, how many of `moved` were.
    pub done: i32,
    /// Of those, how many were moved.
    pub moved: i32,
    /// Who resolved it.
    pub resolved_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
    /// When the last one was decided on.
    pub finished_at: Option<Instant>,
    /// When it is told; none before all is decided, and for "later".
    pub release_at: Option<Instant>,
    /// Who took it back.
    pub undone_by: Option<PersonId>,
    /// When.
    pub undone_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

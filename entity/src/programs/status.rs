//! A configured label inside a phase.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::StatusId;
use crate::instant::Instant;
use crate::programs::values::Standard;
use crate::submissions::phase::Phase;

/// A configured label inside a phase.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "status")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: StatusId,
    /// Stable code, unique, upper case.
    pub code: String,
    /// The phase it stands in.
    pub phase: Phase,
    /// Whether entering the phase takes this one.
    pub standard: Standard,
    /// Order in lists.
    pub position: i32,
    /// When it was taken out of use.
    pub archived_at: Option<Instant>,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

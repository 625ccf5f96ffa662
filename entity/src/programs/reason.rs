//! A reason for declining or deferring, edited by the organisation.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::ReasonId;
use crate::instant::Instant;
use crate::submissions::phase::Phase;

/// A reason for declining or deferring, edited by the organisation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reason")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReasonId,
    /// Stable code, unique, upper case.
    pub code: String,
    /// For which phase.
    pub phase: Phase,
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

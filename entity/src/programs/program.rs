//! A standing programme or a time-boxed campaign.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::ProgramId;
use crate::instant::{Day, Instant};
use crate::programs::values::{ProgramKind, Standard};

/// A standing programme or a time-boxed campaign.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "program")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ProgramId,
    /// The organisation's own name for it.
    pub name: String,
    /// Standing or campaign.
    pub kind: ProgramKind,
    /// Whether submissions go here when none is named.
    pub standard: Standard,
    /// Last day of a campaign.
    pub ends_on: Option<Day>,
    /// When it was closed.
    pub archived_at: Option<Instant>,
    /// When the row was made.
    pub created_at: Instant,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Why things happen.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CauseId, PersonId, UnitId};
use crate::instant::Instant;
use crate::triage::values::{Category, CauseStatus};

/// Why things happen.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "root_cause")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CauseId,
    /// The wider cause.
    pub parent_id: Option<CauseId>,
    /// Short name.
    pub name: String,
    /// Case-folded name; unique under its parent.
    pub name_key: String,
    /// Ishikawa category.
    pub category: Category,
    /// How far it is.
    pub status: CauseStatus,
    /// Who answers for it.
    pub owner_id: Option<PersonId>,
    /// Which function answers for it.
    pub owner_unit_id: Option<UnitId>,
    /// The one that it was merged into.
    pub merged_into: Option<CauseId>,
    /// People behind it and the live causes below it, as those inside see it (docs/adr/0012).
    pub reach: i32,
    /// Submissions behind them, joined ones included.
    pub submission_count: i32,
    /// As `reach`, of what was announced.
    pub shown_reach: i32,
    /// As `submission_count`, of what was announced.
    pub shown_submission_count: i32,
    /// Who named it first.
    pub created_by: Option<PersonId>,
    /// When the row was made.
    pub created_at: Instant,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

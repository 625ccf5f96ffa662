//! A unit of the organisation's tree.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::UnitId;
use crate::identity::values::UnitKind;
use crate::instant::{Day, Instant};

/// A unit of the organisation's tree.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "org_unit")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UnitId,
    /// The unit above; `None` for a root.
    pub parent_id: Option<UnitId>,
    /// What sort of unit.
    pub kind: UnitKind,
    /// Display name, at most 200 code points.
    pub name: String,
    /// External code, unique; the key of imports.
    pub code: Option<String>,
    /// "Own site": nearest ancestor-or-self of kind SITE, else the unit itself; kept with the tree.
    pub site_id: UnitId,
    /// IANA zone; `None` inherits.
    pub zone: Option<String>,
    /// First day in use.
    pub active_from: Option<Day>,
    /// Last day in use.
    pub active_to: Option<Day>,
    /// When the row was made.
    pub created_at: Instant,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

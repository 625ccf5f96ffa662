//! An enrolled device: a shared tablet bound to a unit, or a person's own phone.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{DeviceId, PersonId, UnitId};
use crate::identity::values::DeviceKind;
use crate::instant::Instant;

/// An enrolled device: a shared tablet bound to a unit, or a person's own phone.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DeviceId,
    /// Where it stands.
    pub unit_id: UnitId,
    /// Display name.
    pub name: String,
    /// Shared or personal.
    pub kind: DeviceKind,
    /// SHA-256 of its token, hex; unique.
    pub token_hash: String,
    /// Who enrolled it.
    pub enrolled_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
    /// When it was taken out of use.
    pub revoked_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! A role given on a unit and everything below it.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{GrantId, PersonId, ServiceId, UnitId};
use crate::identity::values::Role;
use crate::instant::Instant;

/// A role given on a unit and everything below it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_grant")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GrantId,
    /// To whom, when a person.
    pub person_id: Option<PersonId>,
    /// To whom, when an integration.
    pub service_id: Option<ServiceId>,
    /// Which role.
    pub role: Role,
    /// Where; the whole subtree.
    pub unit_id: UnitId,
    /// Who gave it; `None` for set-up and imports.
    pub granted_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

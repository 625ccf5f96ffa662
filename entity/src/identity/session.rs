//! A signed-in person on one client; its refresh tokens are one family.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{DeviceId, PersonId, SessionId};
use crate::identity::values::SignInMethod;
use crate::instant::Instant;

/// A signed-in person on one client; its refresh tokens are one family.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SessionId,
    /// Who.
    pub person_id: PersonId,
    /// On which enrolled device.
    pub device_id: Option<DeviceId>,
    /// How they signed in.
    pub method: SignInMethod,
    /// When.
    pub created_at: Instant,
    /// Latest end, whatever is refreshed.
    pub expires_at: Instant,
    /// When it ended early.
    pub revoked_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

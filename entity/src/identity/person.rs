//! Somebody who works here.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{PersonId, UnitId};
use crate::identity::values::{PinState, VoteFollows};
use crate::instant::Instant;

/// Somebody who works here.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "person")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PersonId,
    /// Display name.
    pub name: String,
    /// Address as typed.
    pub email: Option<String>,
    /// Lower-cased address, unique.
    pub email_key: Option<String>,
    /// Staff code, stored upper-cased, unique; the key of imports.
    pub staff_code: Option<String>,
    /// The one home unit.
    pub home_unit_id: UnitId,
    /// BCP 47 tag, for instance `en` or `es-MX`.
    pub locale: String,
    /// argon2id, PHC form.
    pub password_hash: Option<String>,
    /// argon2id, PHC form.
    pub pin_hash: Option<String>,
    /// Whether the PIN must be changed at the next sign-in.
    pub pin_once: PinState,
    /// Whether a vote also follows.
    pub vote_follows: VoteFollows,
    /// When the address was found dead; no mail goes there.
    pub bounced_at: Option<Instant>,
    /// When the person left; refused from the next request on.
    pub deactivated_at: Option<Instant>,
    /// When the row was made.
    pub created_at: Instant,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

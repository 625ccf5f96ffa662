//! A moment of a journey.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{JourneyId, PersonId, TouchpointId};
use crate::instant::Instant;

/// A moment of a journey.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "touchpoint")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: TouchpointId,
    /// Its journey.
    pub journey_id: JourneyId,
    /// Display name, unique in its journey.
    pub name: String,
    /// Order in lists.
    pub position: i32,
    /// Who answers for it.
    pub owner_id: Option<PersonId>,
    /// When it was taken out of use.
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

//! A journey of the people we serve.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{JourneyId, PersonId};
use crate::instant::Instant;

/// A journey of the people we serve.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "journey")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: JourneyId,
    /// Display name, unique.
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

//! How often a person wants to hear of a topic by one way; without a row the default holds.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::PersonId;
use crate::notify::values::{Delivery, Topic, Way};

/// How often a person wants to hear of a topic by one way; without a row the default holds.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "hearing")]
pub struct Model {
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// Of what.
    #[sea_orm(primary_key, auto_increment = false)]
    pub topic: Topic,
    /// By which way.
    #[sea_orm(primary_key, auto_increment = false)]
    pub channel: Way,
    /// How often.
    pub delivery: Delivery,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

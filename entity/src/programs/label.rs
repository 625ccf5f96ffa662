//! A translated name of a catalogue row.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use uuid::Uuid;

/// A translated name of a catalogue row.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "label")]
pub struct Model {
    /// The row it names (reason or status).
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    /// Language, for instance `en`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub locale: String,
    /// What people read.
    pub text: String,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

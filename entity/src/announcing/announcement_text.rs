//! The words of an announcement in one language.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::AnnouncementId;

/// The words of an announcement in one language.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "announcement_text")]
pub struct Model {
    /// Which announcement.
    #[sea_orm(primary_key, auto_increment = false)]
    pub announcement_id: AnnouncementId,
    /// Language, for instance `en`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub language: String,
    /// One line, at most 120 characters.
    pub title: String,
    /// At most 2,000 characters.
    pub body: String,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! The words of a reply template in one language, with fields.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::ReplyId;

/// The words of a reply template in one language, with fields.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reply_text")]
pub struct Model {
    /// Its template.
    #[sea_orm(primary_key, auto_increment = false)]
    pub reply_id: ReplyId,
    /// Language, for instance `en`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub language: String,
    /// The words; see `reply_fields`.
    pub body: String,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

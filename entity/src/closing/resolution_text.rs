//! The words of a resolving in one language, with fields.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::ResolutionId;

/// The words of a resolving in one language, with fields.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resolution_text")]
pub struct Model {
    /// Of which resolving.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resolution_id: ResolutionId,
    /// In which language.
    #[sea_orm(primary_key, auto_increment = false)]
    pub language: String,
    /// The words; see `closing::words`.
    pub body: String,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

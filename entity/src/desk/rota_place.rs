//! One place of a rota.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{PersonId, RotaId};

/// One place of a rota.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rota_place")]
pub struct Model {
    /// Its rota.
    #[sea_orm(primary_key, auto_increment = false)]
    pub rota_id: RotaId,
    /// Weekday 1 (Monday) to 7, or the turn from 0 on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// Whose.
    pub person_id: PersonId,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! That somebody else stands for an actual figure.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{FigureId, PersonId};
use crate::instant::Instant;

/// That somebody else stands for an actual figure.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outcome_confirmation")]
pub struct Model {
    /// Which figure.
    #[sea_orm(primary_key, auto_increment = false)]
    pub figure_id: FigureId,
    /// Who stands for it.
    pub person_id: PersonId,
    /// When.
    pub created_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! That the author has looked at what was decided.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{DecisionId, PersonId};
use crate::instant::Instant;

/// That the author has looked at what was decided.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "decision_seen")]
pub struct Model {
    /// Which decision.
    #[sea_orm(primary_key, auto_increment = false)]
    pub decision_id: DecisionId,
    /// The author; of a twin, who looked at what is mirrored.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// When first.
    pub seen_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

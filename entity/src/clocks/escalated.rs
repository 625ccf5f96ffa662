//! A daily list that was made: one for a person and a day.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{PersonId, SubmissionId};
use crate::instant::{Day, Instant};

/// One line of the daily list of a person: what waits too long. The key makes the list once, however
/// many processes make it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "escalated")]
pub struct Model {
    /// Whose list.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// Of which day, in the zone of the unit.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Day,
    /// What waits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub submission_id: SubmissionId,
    /// When the line was written.
    pub created_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

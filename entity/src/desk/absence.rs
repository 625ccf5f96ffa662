//! Days on which somebody is away, and who stands in.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{AbsenceId, PersonId};
use crate::instant::{Day, Instant};

/// Days on which somebody is away, and who stands in.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "absence")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AbsenceId,
    /// Who is away.
    pub person_id: PersonId,
    /// First day.
    pub from_on: Day,
    /// Last day.
    pub to_on: Day,
    /// Who stands in.
    pub delegate_id: Option<PersonId>,
    /// Who entered it.
    pub created_by: Option<PersonId>,
    /// When it was taken back.
    pub cancelled_at: Option<Instant>,
    /// When the row was made.
    pub created_at: Instant,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

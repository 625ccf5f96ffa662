//! An idea that works somewhere, offered to another site: a task of that site.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{AdoptionId, PersonId, SubmissionId, UnitId};
use crate::implementation::values::AdoptionState;
use crate::instant::Instant;

/// An idea that works somewhere, offered to another site: a task of that site.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "adoption")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AdoptionId,
    /// Which idea.
    pub submission_id: SubmissionId,
    /// To which site.
    pub site_id: UnitId,
    /// How far the site is with it.
    pub state: AdoptionState,
    /// Words to those who lead the site.
    pub message: Option<String>,
    /// Why the site does not take it up.
    pub reason: Option<String>,
    /// Who offered it.
    pub offered_by: Option<PersonId>,
    /// When it was offered.
    pub offered_at: Instant,
    /// Who took it up: its owner at the site.
    pub accepted_by: Option<PersonId>,
    /// When it was taken up.
    pub accepted_at: Option<Instant>,
    /// Who ended it: adopted, declined or withdrawn.
    pub closed_by: Option<PersonId>,
    /// When it ended.
    pub closed_at: Option<Instant>,
    /// Counts up with every step.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

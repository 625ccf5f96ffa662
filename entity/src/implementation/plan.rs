//! What is to be done about an idea or a root cause.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CauseId, PersonId, PlanId, SubmissionId};
use crate::instant::Instant;

/// What is to be done about an idea or a root cause.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "action_plan")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: PlanId,
    /// The idea, when it is about one.
    pub submission_id: Option<SubmissionId>,
    /// The root cause, when it is about one.
    pub cause_id: Option<CauseId>,
    /// When the change checklist was put in.
    pub filled_at: Option<Instant>,
    /// Who began it.
    pub created_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

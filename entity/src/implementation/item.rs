//! One thing to do of a plan.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{ActionItemId, PersonId, PlanId, UnitId};
use crate::implementation::values::{ChangeStage, ItemStatus};
use crate::instant::{Day, Instant};

/// One thing to do of a plan.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "action_item")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ActionItemId,
    /// Of which plan.
    pub plan_id: PlanId,
    /// Order within the plan, from 1.
    pub position: i32,
    /// What is to be done.
    pub title: String,
    /// The part of the change checklist that it came from.
    pub stage: Option<ChangeStage>,
    /// Who does it.
    pub assignee_id: Option<PersonId>,
    /// Which function does it.
    pub function_id: Option<UnitId>,
    /// The last day for it, in the calendar of the unit.
    pub due_on: Option<Day>,
    /// How far it is; OVERDUE is computed, never stored.
    pub status: ItemStatus,
    /// When its next reminder falls due.
    pub remind_at: Option<Instant>,
    /// When it was done.
    pub done_at: Option<Instant>,
    /// Who wrote it down.
    pub created_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
    /// Latest change.
    pub updated_at: Instant,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

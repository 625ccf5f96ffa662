//! One figure of an outcome. A correction is another row; none is ever changed.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{FigureId, OutcomeId, PersonId};
use crate::implementation::amount::Amount;
use crate::implementation::values::FigureStage;
use crate::instant::{Day, Instant};

/// One figure of an outcome. A correction is another row; none is ever changed.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outcome_figure")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FigureId,
    /// Of which outcome.
    pub outcome_id: OutcomeId,
    /// Target, forecast or actual.
    pub stage: FigureStage,
    /// Order within the outcome, from 1: the last of a stage holds.
    pub number: i32,
    /// The figure, in ten-thousandths of the unit of measure.
    pub amount: Amount,
    /// The day it is meant for, or was measured on.
    pub day: Day,
    /// What shows it.
    pub evidence: Option<String>,
    /// Why it replaces the one before.
    pub reason: Option<String>,
    /// Who wrote it down.
    pub created_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! A submission behind a resolved cause, and what became of it.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::closing::fate::Stays;
use crate::closing::values::ItemState;
use crate::id::{DecisionId, ResolutionId, SubmissionId};

/// A submission behind a resolved cause, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resolution_item")]
pub struct Model {
    /// In which resolving.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resolution_id: ResolutionId,
    /// Which submission.
    #[sea_orm(primary_key, auto_increment = false)]
    pub submission_id: SubmissionId,
    /// What became of it.
    pub state: ItemState,
    /// Why it stayed.
    pub why: Option<Stays>,
    /// The decision that it is done.
    pub decision_id: Option<DecisionId>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

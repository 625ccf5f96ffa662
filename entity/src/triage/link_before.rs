//! What a link was before a person said the same: undoing that person's decision brings it back.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CauseLinkId, DecisionId};
use crate::triage::values::LinkSource;

/// What a link was before a person said the same: undoing that person's decision brings it back.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "link_before")]
pub struct Model {
    /// Which link.
    #[sea_orm(primary_key, auto_increment = false)]
    pub link_id: CauseLinkId,
    /// The decision that the person's word led to.
    pub decision_id: DecisionId,
    /// What had made it: a rule, a model.
    pub source: LinkSource,
    /// What that had said.
    pub note: Option<String>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

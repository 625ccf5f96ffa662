//! A link that a merge of root causes moved or folded, as it was.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CauseLinkId, CauseMergeId, DecisionId, PersonId, SubmissionId};
use crate::instant::Instant;
use crate::triage::values::{LinkFate, LinkSource};

/// A link that a merge of root causes moved or put aside, as it was.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cause_merge_link")]
pub struct Model {
    /// The merge.
    #[sea_orm(primary_key, auto_increment = false)]
    pub merge_id: CauseMergeId,
    /// The link.
    #[sea_orm(primary_key, auto_increment = false)]
    pub link_id: CauseLinkId,
    /// What became of it.
    pub fate: LinkFate,
    /// From what.
    pub submission_id: SubmissionId,
    /// Who or what made it.
    pub source: LinkSource,
    /// The person, when a person.
    pub created_by: Option<PersonId>,
    /// Why they think so.
    pub note: Option<String>,
    /// The decision it came with.
    pub decision_id: Option<DecisionId>,
    /// When it was made.
    pub created_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

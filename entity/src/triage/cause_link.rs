//! That a submission evidences, or an idea addresses, a root cause.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CauseId, CauseLinkId, DecisionId, PersonId, SubmissionId};
use crate::instant::Instant;
use crate::triage::values::LinkSource;

/// That a submission evidences, or an idea addresses, a root cause.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cause_link")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: CauseLinkId,
    /// What.
    pub submission_id: SubmissionId,
    /// Why.
    pub cause_id: CauseId,
    /// Who or what made the link.
    pub source: LinkSource,
    /// The person, when a person.
    pub created_by: Option<PersonId>,
    /// Why they think so.
    pub note: Option<String>,
    /// The decision it came with: shows from its announcement.
    pub decision_id: Option<DecisionId>,
    /// When.
    pub created_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

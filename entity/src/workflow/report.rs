//! That somebody thinks a submission, or a comment on it, should not stand there.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CommentId, PersonId, ReportId, SubmissionId};
use crate::instant::Instant;
use crate::workflow::values::{ModerationReason, ReportResolution};

/// That somebody thinks a submission, or a comment on it, should not stand there. Who it was is kept
/// so that it counts once; nobody is shown it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "report")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReportId,
    /// About what.
    pub submission_id: SubmissionId,
    /// About which comment on it; none: about what its author wrote.
    pub comment_id: Option<CommentId>,
    /// By whom.
    pub reporter_id: PersonId,
    /// Why.
    pub reason: ModerationReason,
    /// More about it.
    pub note: Option<String>,
    /// When.
    pub created_at: Instant,
    /// What came of it; none: nobody has seen to it.
    pub resolution: Option<ReportResolution>,
    /// Who saw to it.
    pub resolved_by: Option<PersonId>,
    /// When somebody saw to it.
    pub resolved_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

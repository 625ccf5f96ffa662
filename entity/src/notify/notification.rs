//! Something a person should know, in the app.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{
    ActionItemId, AdoptionId, AnnouncementId, CommentId, DecisionId, NotificationId, PersonId,
    SubmissionId,
};
use crate::instant::Instant;
use crate::notify::values::NotificationKind;

/// Something a person should know, in the app.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NotificationId,
    /// Who.
    pub person_id: PersonId,
    /// About what; none when it is about an item of a root cause's plan.
    pub submission_id: Option<SubmissionId>,
    /// What happened.
    pub kind: NotificationKind,
    /// The fact it came from; unique per person.
    pub fact_seq: i64,
    /// The decision, when one.
    pub decision_id: Option<DecisionId>,
    /// The comment, when one.
    pub comment_id: Option<CommentId>,
    /// When.
    pub created_at: Instant,
    /// When it was read.
    pub read_at: Option<Instant>,
    /// The item of a plan, when one.
    pub item_id: Option<ActionItemId>,
    /// The offer to a site, when one.
    pub adoption_id: Option<AdoptionId>,
    /// The announcement, when one.
    pub announcement_id: Option<AnnouncementId>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

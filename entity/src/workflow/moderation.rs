//! A hiding or locking of a submission, with its reason; kept when it is lifted.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{ModerationId, PersonId, SubmissionId};
use crate::instant::Instant;
use crate::workflow::values::{ModerationAct, ModerationReason};

/// A hiding or locking of a submission, with its reason; kept when it is lifted.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "moderation")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ModerationId,
    /// Of what.
    pub submission_id: SubmissionId,
    /// Hidden or locked.
    pub act: ModerationAct,
    /// Why.
    pub reason: ModerationReason,
    /// More about it, for those who work on it.
    pub note: Option<String>,
    /// Who did it.
    pub done_by: Option<PersonId>,
    /// When.
    pub created_at: Instant,
    /// Who lifted it.
    pub lifted_by: Option<PersonId>,
    /// When it was lifted.
    pub lifted_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

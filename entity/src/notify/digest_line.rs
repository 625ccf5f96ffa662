//! A notification that waits for a digest of its reader, or stood in one.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{MailId, NotificationId, PersonId};
use crate::instant::Instant;

/// A notification that waits for a digest of its reader, or stood in one.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "digest_line")]
pub struct Model {
    /// Of what it tells.
    #[sea_orm(primary_key, auto_increment = false)]
    pub notification_id: NotificationId,
    /// Whom.
    pub person_id: PersonId,
    /// With the digest of this moment.
    pub due_at: Instant,
    /// The digest; none while it waits.
    pub mail_id: Option<MailId>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

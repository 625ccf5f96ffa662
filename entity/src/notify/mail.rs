//! A mail and what became of it.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{LoginCodeId, MailId, NotificationId, PersonId};
use crate::instant::Instant;
use crate::notify::values::{MailKind, MailState};

/// A mail and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "mail")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MailId,
    /// Which mail.
    pub kind: MailKind,
    /// To whom.
    pub person_id: Option<PersonId>,
    /// From which notification.
    pub notification_id: Option<NotificationId>,
    /// For which code.
    pub login_code_id: Option<LoginCodeId>,
    /// Stable Message-ID, unique.
    pub message_id: String,
    /// Address at the first attempt.
    pub to_address: Option<String>,
    /// Rendered at the first attempt and kept until accepted; empty before that. None when words were
    /// taken out of it, when it is closed, and of what opens a door.
    pub bytes: Option<Vec<u8>>,
    /// Waiting, sent, skipped or failed.
    pub state: MailState,
    /// Why it was skipped or failed.
    pub why: Option<String>,
    /// Attempts so far.
    pub attempts: i32,
    /// When.
    pub created_at: Instant,
    /// When it was sent, skipped or given up.
    pub closed_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

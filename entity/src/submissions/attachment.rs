//! A photo: announced first, uploaded by a signed address, re-encoded.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{AttachmentId, PersonId, SubmissionId};
use crate::instant::Instant;
use crate::submissions::values::AttachmentState;

/// A photo: announced first, uploaded by a signed address, re-encoded.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attachment")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: AttachmentId,
    /// To what it belongs.
    pub submission_id: SubmissionId,
    /// Awaited or ready.
    pub state: AttachmentState,
    /// Name as given, for people.
    pub file_name: Option<String>,
    /// Type after re-encoding.
    pub content_type: Option<String>,
    /// Bytes after re-encoding.
    pub byte_size: Option<i64>,
    /// Pixels.
    pub width: Option<i32>,
    /// Pixels.
    pub height: Option<i32>,
    /// SHA-256 of the bytes after re-encoding, in hexadecimal: names the file, so that no later
    /// upload can ever replace the bytes under a row that is ready.
    pub digest: Option<String>,
    /// Who added it.
    pub created_by: Option<PersonId>,
    /// When it was announced.
    pub created_at: Instant,
    /// Until when it may be uploaded.
    pub expires_at: Instant,
    /// When it was uploaded.
    pub ready_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

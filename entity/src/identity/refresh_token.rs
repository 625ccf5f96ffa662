//! One refresh token of a session; spent when rotated.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::SessionId;
use crate::instant::Instant;

/// One refresh token of a session; spent when rotated.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_token")]
pub struct Model {
    /// SHA-256 of the token, hex.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    /// Its family.
    pub session_id: SessionId,
    /// Hash of the token it replaced.
    pub previous: Option<String>,
    /// When.
    pub issued_at: Instant,
    /// When it was spent.
    pub used_at: Option<Instant>,
    /// End of its life.
    pub expires_at: Instant,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

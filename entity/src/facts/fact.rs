//! One line of the ordered log: ids and enums, never text or names.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::facts::values::{ActorKind, FactAudience};
use crate::instant::Instant;
use uuid::Uuid;

/// One line of the ordered log: ids and enums, never text or names.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fact")]
pub struct Model {
    /// Order. See docs/adr/0001.
    #[sea_orm(primary_key)]
    pub seq: i64,
    /// Past tense, for instance `submission.sent`.
    pub kind: String,
    /// Noun of the subject.
    pub subject_kind: String,
    /// The subject.
    pub subject_id: Uuid,
    /// Who did it.
    pub actor_kind: ActorKind,
    /// Which one; `None` for the system and authorless.
    pub actor_id: Option<Uuid>,
    /// The fact that led to it.
    pub caused_by: Option<i64>,
    /// Whether others than reviewers may hear of it.
    pub audience: FactAudience,
    /// When.
    pub at: Instant,
    /// JSON object of ids and enums.
    pub data: String,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

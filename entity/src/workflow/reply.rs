//! A reply template: words to authors that come again and again.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{PersonId, ReasonId, ReplyId};
use crate::instant::Instant;
use crate::submissions::phase::Phase;

/// A reply template: words to authors that come again and again.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "reply_template")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReplyId,
    /// What reviewers call it.
    pub name: String,
    /// Case-folded name; unique among those in use.
    pub name_key: String,
    /// The phase it belongs to; `None` fits every phase.
    pub phase: Option<Phase>,
    /// The reason it belongs to.
    pub reason_id: Option<ReasonId>,
    /// Who wrote it first.
    pub created_by: Option<PersonId>,
    /// When it was taken out of use.
    pub archived_at: Option<Instant>,
    /// When the row was made.
    pub created_at: Instant,
    /// Latest change.
    pub updated_at: Instant,
    /// Counts up with every change.
    pub version: i32,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

//! Somebody who wants to help with an idea, or was named co-owner of it.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{PersonId, SubmissionId};
use crate::implementation::values::HelpState;
use crate::instant::Instant;

/// Somebody who wants to help with an idea, or was named co-owner of it.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "help")]
pub struct Model {
    /// Of which submission.
    #[sea_orm(primary_key, auto_increment = false)]
    pub submission_id: SubmissionId,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub person_id: PersonId,
    /// Offered, or named co-owner.
    pub state: HelpState,
    /// Who named the co-owner.
    pub named_by: Option<PersonId>,
    /// When it was offered, or named without an offer.
    pub created_at: Instant,
    /// When the co-owner was named.
    pub named_at: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

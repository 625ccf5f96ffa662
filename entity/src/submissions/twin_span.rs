//! When a twin counted with which canonical submission.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::SubmissionId;
use crate::instant::Instant;

/// When a twin counted with which canonical submission: what was announced about that one meanwhile
/// was said to the people of the twin too, whatever became of the joining since.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "twin_span")]
pub struct Model {
    /// The twin.
    #[sea_orm(primary_key, auto_increment = false)]
    pub submission_id: SubmissionId,
    /// The canonical one.
    #[sea_orm(primary_key, auto_increment = false)]
    pub root_id: SubmissionId,
    /// From when on.
    #[sea_orm(primary_key, auto_increment = false)]
    pub since: Instant,
    /// Until when, this instant not included; none while it still does.
    pub until: Option<Instant>,
}

/// Joins are written where they are needed; rows carry ids.
#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

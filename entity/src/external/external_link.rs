//! What a submission, or an item of a plan, is called in another system.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{ActionItemId, ExternalLinkId, ServiceId, SubmissionId};
use crate::instant::Instant;

/// What a submission, or an item of a plan, is called in another system. One of the two is named.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "external_link")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ExternalLinkId,
    /// The submission, when it is one.
    pub submission_id: Option<SubmissionId>,
    /// The item of a plan, when it is one.
    pub item_id: Option<ActionItemId>,
    /// Which system; with the key it names one link.
    pub system: String,
    /// What it is called there.
    pub key: String,
    /// Where it is seen there.
    pub url: Option<String>,
    /// How far it is there, in the words of that system.
    pub state: Option<String>,
    /// The integration that set it last; none: a person did.
    pub service_id: Option<ServiceId>,
    /// When it was set first.
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

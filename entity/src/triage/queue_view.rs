//! A saved view of the queue: a name, a filter, an order.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{PersonId, UnitId, ViewId};
use crate::instant::Instant;
use crate::triage::values::{QueueOrder, ViewSharing};

/// A saved view of the queue: a name, a filter, an order.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "queue_view")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ViewId,
    /// Whose.
    pub owner_id: PersonId,
    /// What its owner calls it.
    pub name: String,
    /// The name, folded; unique for each owner.
    pub name_key: String,
    /// With whom it is shared.
    pub sharing: ViewSharing,
    /// The unit whose reviewers see it, when it is shared with those.
    pub unit_id: Option<UnitId>,
    /// The filter as JSON, in the form of the API.
    pub filter: String,
    /// The order.
    pub sorted: QueueOrder,
    /// Its place among the owner's views.
    pub position: i32,
    /// When it was made.
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

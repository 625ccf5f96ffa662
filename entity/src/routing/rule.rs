//! A routing rule: what is done with new submissions that fulfil its conditions.

use sea_orm::{
    ActiveModelBehavior, DeriveEntityModel, DerivePrimaryKey, DeriveRelation, EntityTrait,
    EnumIter, PrimaryKeyTrait,
};

use crate::id::{CauseId, PersonId, RuleId, TouchpointId, UnitId};
use crate::instant::Instant;
use crate::routing::values::{RuleState, WordMatch};
use crate::submissions::phase::Kind;
use crate::submissions::values::{Channel, Severity};

/// A routing rule: what is done with new submissions that fulfil its conditions.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "routing_rule")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RuleId,
    /// What reviewers call it.
    pub name: String,
    /// Case-folded name; unique among those that are there.
    pub name_key: String,
    /// Its place in the order.
    pub position: i32,
    /// Switched on or off.
    pub state: RuleState,
    /// Condition: at this touchpoint.
    pub touchpoint_id: Option<TouchpointId>,
    /// Condition: about this unit or one below it.
    pub unit_id: Option<UnitId>,
    /// Condition: these words, a JSON array; empty for none.
    pub words: String,
    /// Any or all of them.
    pub word_match: WordMatch,
    /// Condition: idea or observation.
    pub kind: Option<Kind>,
    /// Condition: came this way.
    pub channel: Option<Channel>,
    /// Condition: at least this bad.
    pub severity: Option<Severity>,
    /// Hands it to this function.
    pub function_id: Option<UnitId>,
    /// Gives it to this reviewer.
    pub assignee_id: Option<PersonId>,
    /// Adds these tags, a JSON array.
    pub tags: String,
    /// Links it to this root cause.
    pub cause_id: Option<CauseId>,
    /// Who made it.
    pub created_by: Option<PersonId>,
    /// When it was taken away.
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

//! Which submissions of those that somebody may read: a tree of conditions over indexed columns.
//!
//! What is decided but not announced must not show through a filter: phase, owner and assignee are
//! compared as the asker sees them.

use entity::id::{PersonId, ProgramId, TouchpointId, UnitId};
use entity::instant::Instant;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::search::Question;
use entity::submissions::submission::{Column, Entity, Model};
use entity::submissions::tag;
use entity::submissions::values::{Audience, Channel, Severity};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, Condition, Order};

use super::query;
use crate::db::search;
use crate::kit::actor::Actor;
use crate::kit::page::{Key, KeyValue, Keyset};

/// One comparison.
#[derive(Clone, Debug)]
pub enum Leaf {
    /// Of one of these kinds.
    Kind(Vec<Kind>),
    /// In one of these phases, as the asker sees them.
    Phase(Vec<Phase>),
    /// About one of these units.
    Unit(Vec<UnitId>),
    /// About one of these units or a unit below.
    UnitSubtree(Vec<UnitId>),
    /// Handed over to one of these functions.
    Function(Vec<UnitId>),
    /// At one of these touchpoints.
    Touchpoint(Vec<TouchpointId>),
    /// Of one of these programmes.
    Program(Vec<ProgramId>),
    /// Sent by the asker.
    Mine,
    /// Reviewed by one of these people.
    Assignee(Vec<PersonId>),
    /// Reviewed by nobody yet.
    Unassigned,
    /// Done by one of these people.
    Owner(Vec<PersonId>),
    /// How bad.
    Severity(Vec<Severity>),
    /// How it came.
    Channel(Vec<Channel>),
    /// For whom.
    Audience(Vec<Audience>),
    /// With one of these tags.
    Tag(Vec<String>),
    /// Received at or after.
    CreatedFrom(Instant),
    /// Received before.
    CreatedBefore(Instant),
    /// Changed at or after.
    UpdatedFrom(Instant),
    /// Changed before.
    UpdatedBefore(Instant),
    /// With these words, or called by this reference.
    Text(Question, Option<String>),
    /// With a photo, or without one.
    Photo(Has),
    /// Written in one of these languages.
    Language(Vec<String>),
}

/// Whether something is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Has {
    /// At least one.
    Some,
    /// None.
    None,
}

/// A tree of comparisons, of those that every list takes or of a list's own.
#[derive(Clone, Debug)]
pub enum Filter<L = Leaf> {
    /// All of these; of none: everything.
    All(Vec<Filter<L>>),
    /// Any of these; of none: nothing.
    Any(Vec<Filter<L>>),
    /// Not this.
    Not(Box<Filter<L>>),
    /// One comparison.
    Leaf(L),
}

impl<L> Filter<L> {
    /// The condition, given that of each comparison. A comparison is true or false and never
    /// unknown, so that its negation holds for all the others.
    #[must_use]
    pub fn of_leaves(&self, of: &impl Fn(&L) -> Condition) -> Condition {
        match self {
            Self::All(parts) => {
                parts.iter().fold(Condition::all(), |all, part| all.add(part.of_leaves(of)))
            }
            Self::Any(parts) if parts.is_empty() => Condition::all().add(Expr::cust("1 = 0")),
            Self::Any(parts) => {
                parts.iter().fold(Condition::any(), |any, part| any.add(part.of_leaves(of)))
            }
            Self::Not(part) => part.of_leaves(of).not(),
            Self::Leaf(leaf) => of(leaf),
        }
    }

    /// Every comparison.
    pub fn leaves(&self) -> Vec<&L> {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().flat_map(|part| part.leaves()).collect()
            }
            Self::Not(part) => part.leaves(),
            Self::Leaf(leaf) => vec![leaf],
        }
    }
}

impl Filter {
    /// The condition for `actor`, to be added to `query::visible`.
    #[must_use]
    pub fn condition(&self, actor: &Actor) -> Condition {
        self.of_leaves(&|leaf| leaf.condition(actor))
    }
}

impl Leaf {
    /// The condition for `actor`.
    #[must_use]
    pub fn condition(&self, actor: &Actor) -> Condition {
        let one = |expr| Condition::all().add(expr);
        match self {
            Self::Kind(kinds) => one(Column::Kind.is_in(kinds.iter().copied())),
            Self::Phase(phases) => phase_seen(actor, phases),
            Self::Unit(units) => one(Column::UnitId.is_in(units.iter().copied())),
            Self::UnitSubtree(units) => query::within(actor, Column::UnitId, units),
            Self::Function(units) => nullable(Column::FunctionId, units.iter().copied()),
            Self::Touchpoint(ids) => nullable(Column::TouchpointId, ids.iter().copied()),
            Self::Program(ids) => one(Column::ProgramId.is_in(ids.iter().copied())),
            Self::Mine => match actor.person() {
                Some(me) => nullable(Column::AuthorId, [me]),
                None => one(Expr::cust("1 = 0")),
            },
            Self::Assignee(people) => {
                query::inside(actor).add(nullable(Column::AssigneeId, people.iter().copied()))
            }
            Self::Unassigned => query::inside(actor).add(Column::AssigneeId.is_null()),
            Self::Owner(people) => {
                query::inside(actor).add(nullable(Column::OwnerId, people.iter().copied()))
            }
            Self::Severity(known) => nullable(Column::Severity, known.iter().copied()),
            Self::Channel(known) => one(Column::Channel.is_in(known.iter().copied())),
            Self::Audience(known) => one(Column::Audience.is_in(known.iter().copied())),
            Self::Tag(tags) => one(Column::Id.in_subquery(tagged(tags))),
            Self::CreatedFrom(at) => one(Column::CreatedAt.gte(*at)),
            Self::CreatedBefore(at) => one(Column::CreatedAt.lt(*at)),
            Self::UpdatedFrom(at) => one(Column::UpdatedAt.gte(*at)),
            Self::UpdatedBefore(at) => one(Column::UpdatedAt.lt(*at)),
            Self::Text(question, reference) => {
                let found = search::holds(actor.dialect, Expr::col((Entity, Column::Id)), question);
                let called = reference.iter().map(|it| Column::Reference.eq(it));
                called.fold(Condition::any().add(found), Condition::add)
            }
            Self::Photo(Has::Some) => one(Column::PhotoCount.gt(0)),
            Self::Photo(Has::None) => one(Column::PhotoCount.eq(0)),
            Self::Language(tags) => nullable(Column::Language, tags.iter().map(String::as_str)),
        }
    }
}

/// A comparison of a column that may be empty: its negation must hold for the empty ones too.
pub(crate) fn nullable<V: Into<sea_orm::Value>>(
    column: Column,
    values: impl IntoIterator<Item = V>,
) -> Condition {
    Condition::all().add(column.is_not_null()).add(column.is_in(values))
}

fn phase_seen(actor: &Actor, phases: &[Phase]) -> Condition {
    let shown = Column::ShownPhase.is_in(phases.iter().copied());
    // Where nothing is held back the two are one, and the index of the shown phase serves. CASE,
    // because "not inside" would be unknown where owner or assignee is empty.
    let seen = CaseStatement::new()
        .case(query::inside(actor), Expr::col((Entity, Column::Phase)))
        .finally(Expr::col((Entity, Column::ShownPhase)));
    Condition::any().add(Condition::all().add(Column::PendingDecisionId.is_null()).add(shown)).add(
        Condition::all()
            .add(Column::PendingDecisionId.is_not_null())
            .add(seen.is_in(phases.iter().copied())),
    )
}

fn tagged(tags: &[String]) -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column(tag::Column::SubmissionId)
        .from(tag::Entity)
        .and_where(tag::Column::Tag.is_in(tags.iter().map(|tag| tag.trim().to_lowercase())))
        .to_owned()
}

/// By what a list is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// When it was received.
    CreatedAt,
    /// Latest change.
    UpdatedAt,
    /// Votes.
    Votes,
}

/// One order of a list.
#[derive(Clone, Debug)]
pub struct By {
    /// By what.
    pub field: Field,
    /// Up or down.
    pub order: Order,
}

impl By {
    fn name(&self) -> &'static str {
        match (self.field, &self.order) {
            (Field::CreatedAt, Order::Asc) => "created",
            (Field::CreatedAt, _) => "created-",
            (Field::UpdatedAt, Order::Asc) => "updated",
            (Field::UpdatedAt, _) => "updated-",
            (Field::Votes, Order::Asc) => "votes",
            (Field::Votes, _) => "votes-",
        }
    }

    fn key(&self) -> Key<Model> {
        let (column, value): (Column, fn(&Model) -> KeyValue) = match self.field {
            Field::CreatedAt => (Column::CreatedAt, |row| KeyValue::Int(row.created_at.micros())),
            Field::UpdatedAt => (Column::UpdatedAt, |row| KeyValue::Int(row.updated_at.micros())),
            Field::Votes => (Column::VoteCount, |row| KeyValue::Int(i64::from(row.vote_count))),
        };
        Key { expr: Expr::col(column), order: self.order.clone(), value }
    }
}

/// The total order of a list; newest first when none is asked for. The id is the last key.
#[must_use]
pub fn keyset(by: &[By]) -> Keyset<Model> {
    let newest = [By { field: Field::CreatedAt, order: Order::Desc }];
    let by = if by.is_empty() { &newest } else { by };
    let last = by.last().map_or(Order::Desc, |by| by.order.clone());
    let mut keys: Vec<Key<Model>> = by.iter().map(By::key).collect();
    keys.push(Key {
        expr: Expr::col(Column::Id),
        order: last,
        value: |row| KeyValue::Id(row.id.0),
    });
    let mut shape: Vec<KeyValue> = by.iter().map(|_| KeyValue::Int(0)).collect();
    shape.push(KeyValue::Id(uuid::Uuid::nil()));
    let name = by.iter().map(By::name).collect::<Vec<_>>().join(",");
    Keyset { name: format!("submission:{name}"), keys, shape }
}

//! Which part of the queue, and in which order: a tree of conditions over indexed columns.
//!
//! Whoever has a submission in the queue is inside of it, so decided values are compared as they
//! stand. Phases and ranks are written out as literals: partial indexes and indexes of expressions
//! are found only where the statement says the same as the index (queue.sql).

use std::collections::BTreeSet;

use entity::id::{CauseId, PersonId, StatusId};
use entity::instant::{DAY, Instant};
use entity::submissions::phase::Phase;
use entity::submissions::submission::{Column, Entity, Model};
use entity::submissions::values::Severity;
use entity::triage::values::QueueOrder;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait as _, Condition, Order};

use super::query;
use crate::kit::actor::Actor;
use crate::kit::page::{Key, KeyValue, Keyset};
use crate::submissions::filter::{self as shared, Has, nullable};

/// How long before its time a clock counts as due soon.
pub const SOON: i64 = DAY;

/// In which phases the queue is when nothing is said about where it stands.
pub const OPEN: [Phase; 2] = [Phase::Submitted, Phase::UnderReview];

/// The state of the clocks of one submission, taken together: the earliest running one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClockState {
    /// One runs and none is over its time.
    Running,
    /// One runs and will be over its time within [`SOON`].
    DueSoon,
    /// One is over its time.
    Breached,
    /// They wait: for an answer, or for the day on which it is looked at again.
    Paused,
}

/// One comparison of the queue.
#[derive(Clone, Debug)]
pub enum Leaf {
    /// One that every list takes.
    Shared(shared::Leaf),
    /// In one of these decided phases.
    Phase(Vec<Phase>),
    /// With one of these labels.
    Status(Vec<StatusId>),
    /// One of these people is at work on it.
    Assignee(Vec<PersonId>),
    /// Somebody is at work on it, or nobody.
    AnyAssignee(Has),
    /// The asker is at work on it, or is not.
    Mine(Has),
    /// Linked to one of these causes.
    Cause(Vec<CauseId>),
    /// Linked to this cause or one below it.
    CauseSubtree(CauseId),
    /// Linked to no cause, or to at least one.
    AnyCause(Has),
    /// With its clocks in one of these states.
    Clock(Vec<ClockState>),
    /// Received so many days ago or earlier.
    OlderThan(u32),
    /// Received less than so many days ago.
    YoungerThan(u32),
    /// Put off until later, or not.
    Snoozed(Has),
    /// Hidden, or not.
    Hidden(Has),
}

/// A filter of the queue.
pub type Filter = shared::Filter<Leaf>;

/// For whom and when a filter is read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Who asks.
    pub actor: &'a Actor,
    /// The present.
    pub now: Instant,
}

/// The condition of a filter, with what holds unless it says otherwise: the open phases, and
/// nothing that is put off until later.
#[must_use]
pub fn condition(filter: &Filter, reading: Reading<'_>) -> Condition {
    let leaves = filter.leaves();
    let mut all = Condition::all().add(filter.of_leaves(&|leaf| leaf.condition(reading)));
    if !leaves.iter().any(|leaf| leaf.says_where()) {
        all = all.add(in_phases(&OPEN));
    }
    if !leaves.iter().any(|leaf| matches!(leaf, Leaf::Snoozed(_))) {
        all = all.add(Leaf::Snoozed(Has::None).condition(reading));
    }
    all
}

impl Leaf {
    /// Whether it speaks of the place on the way, so that all phases are meant.
    fn says_where(&self) -> bool {
        matches!(self, Self::Phase(_) | Self::Status(_) | Self::Clock(_))
    }

    fn condition(&self, reading: Reading<'_>) -> Condition {
        let one = |expr: SimpleExpr| Condition::all().add(expr);
        match self {
            Self::Shared(leaf) => leaf.condition(reading.actor),
            Self::Phase(phases) => one(in_phases(phases)),
            Self::Status(ids) => {
                let phase = Expr::col((Entity, Column::Phase));
                let phases = reading.actor.dialect.one_of(phase, query::phases_of(ids));
                one(phases).add(Column::StatusId.is_in(ids.iter().copied()))
            }
            Self::Assignee(people) => nullable(Column::AssigneeId, people.iter().copied()),
            Self::AnyAssignee(Has::Some) => one(Column::AssigneeId.is_not_null()),
            Self::AnyAssignee(Has::None) => one(Column::AssigneeId.is_null()),
            Self::Mine(Has::Some) => nullable(Column::AssigneeId, reading.actor.person()),
            Self::Mine(Has::None) => nullable(Column::AssigneeId, reading.actor.person()).not(),
            Self::Cause(ids) => one(Column::Id.in_subquery(query::linked_to(ids))),
            Self::CauseSubtree(top) => one(Column::Id.in_subquery(query::linked_below(*top))),
            Self::AnyCause(Has::Some) => one(query::has_cause()),
            Self::AnyCause(Has::None) => one(query::has_cause()).not(),
            Self::Clock(states) if states.is_empty() => one(never()),
            Self::Clock(states) => {
                states.iter().fold(Condition::any(), |any, state| any.add(state.condition(reading)))
            }
            Self::OlderThan(days) => one(Column::CreatedAt.lte(ago(reading.now, *days))),
            Self::YoungerThan(days) => one(Column::CreatedAt.gt(ago(reading.now, *days))),
            Self::Snoozed(has) => {
                let put_off = Condition::all()
                    .add(Column::SnoozedUntil.is_not_null())
                    .add(Column::SnoozedUntil.gt(reading.now));
                if *has == Has::Some { put_off } else { put_off.not() }
            }
            Self::Hidden(Has::Some) => one(Column::HiddenAt.is_not_null()),
            Self::Hidden(Has::None) => one(Column::HiddenAt.is_null()),
        }
    }
}

impl ClockState {
    fn condition(self, reading: Reading<'_>) -> Condition {
        let now = reading.now;
        let due = || Condition::all().add(Column::DueAt.is_not_null());
        match self {
            Self::Running => due().add(Column::DueAt.gt(now)),
            Self::DueSoon => {
                due().add(Column::DueAt.gt(now)).add(Column::DueAt.lte(now.plus(SOON)))
            }
            Self::Breached => due().add(Column::DueAt.lte(now)),
            // Not the phase: a question from ACCEPTED finds clocks that had stopped, and a return
            // that is still held leaves them paused.
            Self::Paused => Condition::all().add(Column::DueAt.is_null()).add(
                reading.actor.dialect.one_of(Expr::col((Entity, Column::Id)), query::paused()),
            ),
        }
    }
}

fn ago(now: Instant, days: u32) -> Instant {
    now.plus(-i64::from(days) * DAY)
}

fn never() -> SimpleExpr {
    Expr::cust("1 = 0")
}

/// The open phases are said in the words of the partial indexes, which no other index answers to.
fn in_phases(phases: &[Phase]) -> SimpleExpr {
    let phases: BTreeSet<Phase> = phases.iter().copied().collect();
    if phases.is_empty() {
        return never();
    }
    let words = phases.iter().map(|phase| format!("'{phase}'")).collect::<Vec<_>>().join(", ");
    let within = format!("submission.phase IN ({words})");
    let open = phases == BTreeSet::from(OPEN);
    Expr::cust(if open { format!("({within}) IS TRUE") } else { within })
}

/// Behind every instant: where no clock runs, the row comes last.
const NEVER_DUE: i64 = i64::MAX;

/// The worst is the smallest.
fn rank(severity: Option<Severity>) -> i64 {
    match severity {
        Some(Severity::Critical) => 0,
        Some(Severity::High) => 1,
        Some(Severity::Medium) => 2,
        Some(Severity::Low) => 3,
        None => 4,
    }
}

/// `rank` as the database says it, in the words of the index.
const RANK: &str = "CASE submission.severity WHEN 'CRITICAL' THEN 0 WHEN 'HIGH' THEN 1 WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 3 ELSE 4 END";

/// The total order of the queue. Equal ones come by age, the oldest first; the id is the last key.
/// No key is ever NULL and all run the same way, so that a later page enters the index at its place.
#[must_use]
pub fn keyset(order: QueueOrder) -> Keyset<Model> {
    let (way, first): (Order, Option<Key<Model>>) = match order {
        QueueOrder::Due => (
            Order::Asc,
            Some(first_key(DUE, |row| {
                KeyValue::Int(row.due_at.map_or(NEVER_DUE, Instant::micros))
            })),
        ),
        QueueOrder::Severity => {
            (Order::Asc, Some(first_key(RANK, |row| KeyValue::Int(rank(row.severity)))))
        }
        QueueOrder::Reach => (
            Order::Asc,
            Some(first_key("-submission.reach", |row| KeyValue::Int(-i64::from(row.reach)))),
        ),
        QueueOrder::Oldest => (Order::Asc, None),
        QueueOrder::Newest => (Order::Desc, None),
    };
    let mut shape: Vec<KeyValue> = first.iter().map(|_| KeyValue::Int(0)).collect();
    shape.extend([KeyValue::Int(0), KeyValue::Id(uuid::Uuid::nil())]);
    let mut keys: Vec<Key<Model>> = first.into_iter().collect();
    keys.push(Key {
        expr: Expr::col((Entity, Column::CreatedAt)),
        order: way.clone(),
        value: |row| KeyValue::Int(row.created_at.micros()),
    });
    keys.push(Key {
        expr: Expr::col((Entity, Column::Id)),
        order: way,
        value: |row| KeyValue::Id(row.id.0),
    });
    Keyset { name: format!("queue:{order}"), keys, shape }
}

const DUE: &str = "coalesce(submission.due_at, 9223372036854775807)";

fn first_key(expr: &'static str, value: fn(&Model) -> KeyValue) -> Key<Model> {
    Key { expr: Expr::cust(expr), order: Order::Asc, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first_and_the_words_agree_with_the_law() {
        for severity in Severity::ALL {
            let words = format!("WHEN '{severity}' THEN {}", rank(Some(severity)));
            assert!(RANK.contains(&words), "{words}");
        }
        assert!(RANK.ends_with(&format!("ELSE {} END", rank(None))));
        assert!(DUE.contains(&NEVER_DUE.to_string()));
    }

    #[test]
    fn every_order_ends_with_the_id_and_runs_one_way() {
        for order in QueueOrder::ALL {
            let keyset = keyset(order);
            assert_eq!(keyset.keys.len(), keyset.shape.len(), "{order}");
            assert!(matches!(keyset.shape.last(), Some(KeyValue::Id(_))), "{order}");
            let ways: Vec<bool> = keyset.keys.iter().map(|key| key.order == Order::Asc).collect();
            assert!(ways.windows(2).all(|pair| pair[0] == pair[1]), "{order}");
        }
    }
}

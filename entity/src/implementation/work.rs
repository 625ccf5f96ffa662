//! The work of a plan: which step an item may take, what waits for what, and how far it all is.

use std::collections::{HashMap, HashSet};

use crate::id::ActionItemId;
use crate::implementation::due;
use crate::implementation::values::ItemStatus;
use crate::instant::Day;

/// Why an item may not take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoStep {
    /// It is there already.
    Same,
    /// Items that it waits for are not done.
    Waits,
}

/// What an item waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Nothing, or all of it is done or dropped.
    Over,
    /// Something that is left to do.
    Pending,
}

/// Whether an item may go from one status to another. Begun and done only when nothing that it waits
/// for is left to do; put back or dropped at any time.
///
/// # Errors
/// [`NoStep`].
pub fn step(from: ItemStatus, to: ItemStatus, waiting: Waiting) -> Result<(), NoStep> {
    if from == to {
        return Err(NoStep::Same);
    }
    match (to, waiting) {
        (ItemStatus::InProgress | ItemStatus::Done, Waiting::Pending) => Err(NoStep::Waits),
        _ => Ok(()),
    }
}

/// Whether all of `needed` is done or dropped. What is not known does not hold anybody up.
#[must_use]
pub fn waiting(needed: &[ActionItemId], statuses: &HashMap<ActionItemId, ItemStatus>) -> Waiting {
    let left = needed.iter().any(|id| statuses.get(id).is_some_and(|it| due::is_open(*it)));
    if left { Waiting::Pending } else { Waiting::Over }
}

/// What each item of a plan waits for.
pub type Waits = HashMap<ActionItemId, Vec<ActionItemId>>;

/// Whether `item`, waiting for `needed`, would wait for itself in the end.
#[must_use]
pub fn closes_a_circle(waits: &Waits, item: ActionItemId, needed: &[ActionItemId]) -> bool {
    let mut seen = HashSet::new();
    let mut open: Vec<ActionItemId> = needed.to_vec();
    while let Some(next) = open.pop() {
        if next == item {
            return true;
        }
        if seen.insert(next) {
            open.extend(waits.get(&next).into_iter().flatten().copied());
        }
    }
    false
}

/// How far a plan is. Dropped items do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Items that are done.
    pub done: u32,
    /// Items in all.
    pub total: u32,
    /// Items whose day has passed with something left to do.
    pub overdue: u32,
}

/// How far the items are on `today`.
#[must_use]
pub fn progress(
    items: impl IntoIterator<Item = (ItemStatus, Option<Day>)>,
    today: Day,
) -> Progress {
    items.into_iter().filter(|(status, _)| *status != ItemStatus::Dropped).fold(
        Progress::default(),
        |sum, (status, day)| Progress {
            done: sum.done + u32::from(status == ItemStatus::Done),
            total: sum.total + 1,
            overdue: sum.overdue + u32::from(due::is_overdue(status, day, today)),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn id(number: u128) -> ActionItemId {
        ActionItemId(Uuid::from_u128(number))
    }

    #[test]
    fn what_waits_is_not_begun() {
        for from in ItemStatus::ALL {
            for to in ItemStatus::ALL {
                let free = step(from, to, Waiting::Over);
                assert_eq!(free.is_err(), from == to, "{from} {to}");
                let begins = matches!(to, ItemStatus::InProgress | ItemStatus::Done);
                let held = step(from, to, Waiting::Pending);
                assert_eq!(held.is_err(), from == to || begins, "{from} {to}");
            }
        }
    }

    #[test]
    fn done_and_dropped_hold_nobody_up() {
        for (status, pending) in [
            (ItemStatus::Open, Waiting::Pending),
            (ItemStatus::InProgress, Waiting::Pending),
            (ItemStatus::Done, Waiting::Over),
            (ItemStatus::Dropped, Waiting::Over),
        ] {
            assert_eq!(waiting(&[id(1), id(2)], &HashMap::from([(id(1), status)])), pending);
        }
    }

    fn statuses() -> impl Strategy<Value = ItemStatus> {
        prop::sample::select(ItemStatus::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn waits_that_are_let_in_never_make_a_circle(asked in prop::collection::vec((0_u128..12, prop::collection::vec(0_u128..12, 0..4)), 0..40)) {
            let mut waits = Waits::new();
            for (item, needed) in asked {
                let needed: Vec<_> = needed.into_iter().map(id).collect();
                if !closes_a_circle(&waits, id(item), &needed) {
                    waits.insert(id(item), needed);
                }
            }
            // An order exists in which everything can be done.
            let mut done = HashSet::new();
            for _ in 0..12 {
                for item in (0..12).map(id) {
                    if waits.get(&item).is_none_or(|needed| needed.iter().all(|it| done.contains(it))) {
                        done.insert(item);
                    }
                }
            }
            prop_assert_eq!(done.len(), 12);
        }

        #[test]
        fn progress_counts_each_once(items in prop::collection::vec((statuses(), prop::option::of(0_i64..20)), 0..50)) {
            let first: Day = "2026-03-02".parse().expect("a day");
            let today = due::plus(first, 10);
            let rows = items.iter().map(|(status, day)| (*status, day.map(|day| due::plus(first, day))));
            let sum = progress(rows, today);
            prop_assert!(sum.done + sum.overdue <= sum.total);
            let dropped = items.iter().filter(|it| it.0 == ItemStatus::Dropped).count();
            prop_assert_eq!(sum.total as usize + dropped, items.len());
        }
    }
}

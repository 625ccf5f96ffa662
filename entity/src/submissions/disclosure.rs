//! What integrations read of a submission, and what of that a change takes away or adds. Pure.

use super::phase::Phase;
use super::submission;
use super::values::Audience;
use crate::id::UnitId;

/// Whether integrations whose units hold it read it, with the scope `content`: as
/// the door of submissions says in SQL.
#[must_use]
pub fn is_open_to_integrations(row: &submission::Model) -> bool {
    row.audience == Audience::Everyone && row.phase != Phase::Withdrawn && row.hidden_at.is_none()
}

/// In which unit it is, and whether integrations read it there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    unit: UnitId,
    open: bool,
}

impl View {
    /// How a submission stands.
    #[must_use]
    pub fn of(row: &submission::Model) -> Self {
        Self { unit: row.unit_id, open: is_open_to_integrations(row) }
    }

    /// Which unit's integrations read it no longer, and which do now.
    #[must_use]
    pub fn change(self, after: Self) -> (Option<UnitId>, Option<UnitId>) {
        let moved = self.unit != after.unit;
        let withheld = self.open && (!after.open || moved);
        let disclosed = after.open && (!self.open || moved);
        (withheld.then_some(self.unit), disclosed.then_some(after.unit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use uuid::Uuid;

    fn view((unit, open): (u128, bool)) -> View {
        View { unit: UnitId(Uuid::from_u128(unit)), open }
    }

    #[test]
    fn who_reads_it_no_longer_and_who_does_now() {
        for (before, after, withheld, disclosed) in [
            ((1, true), (1, true), None, None),
            ((1, false), (1, false), None, None),
            ((1, false), (2, false), None, None),
            ((1, true), (1, false), Some(1), None),
            ((1, true), (2, false), Some(1), None),
            ((1, false), (1, true), None, Some(1)),
            ((1, false), (2, true), None, Some(2)),
            ((1, true), (2, true), Some(1), Some(2)),
        ] {
            let unit = |unit: Option<u128>| unit.map(|it| UnitId(Uuid::from_u128(it)));
            let told = view(before).change(view(after));
            assert_eq!(told, (unit(withheld), unit(disclosed)), "{before:?} {after:?}");
        }
    }

    proptest! {
        /// Whoever drops and adds as it is told has in the end what may be read then.
        #[test]
        fn a_copy_that_goes_by_it_is_right(steps in proptest::collection::vec((0_u128..3, any::<bool>()), 1..30)) {
            let mut before = view(steps[0]);
            let mut copies: BTreeSet<UnitId> = before.open.then_some(before.unit).into_iter().collect();
            for step in steps {
                let after = view(step);
                let (withheld, disclosed) = before.change(after);
                if let Some(unit) = withheld {
                    prop_assert!(copies.remove(&unit), "nobody had it");
                }
                copies.extend(disclosed);
                let wanted: BTreeSet<UnitId> = after.open.then_some(after.unit).into_iter().collect();
                prop_assert_eq!(&copies, &wanted);
                before = after;
            }
        }
    }
}

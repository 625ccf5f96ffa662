//! Which figures may be shown: no group so small that it tells of somebody (trust.md, P1).

use std::collections::HashMap;

use crate::id::UnitId;

/// Fewest of a group whose figures are shown.
pub const SMALLEST_GROUP: u64 = 5;

/// The tree of units with how many things lie in each itself.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    parent: HashMap<UnitId, Option<UnitId>>,
    children: HashMap<UnitId, Vec<UnitId>>,
    own: HashMap<UnitId, u64>,
}

impl Tree {
    /// A tree of units with their parents, and what lies in them.
    #[must_use]
    pub fn of(
        units: impl IntoIterator<Item = (UnitId, Option<UnitId>)>,
        own: HashMap<UnitId, u64>,
    ) -> Self {
        let mut tree = Self { own, ..Self::default() };
        for (unit, parent) in units {
            tree.parent.insert(unit, parent);
            if let Some(parent) = parent {
                tree.children.entry(parent).or_default().push(unit);
            }
        }
        tree
    }

    /// How many lie in a unit and below it.
    #[must_use]
    pub fn count(&self, unit: UnitId) -> u64 {
        let below = self.children.get(&unit).map_or(&[][..], Vec::as_slice);
        self.own.get(&unit).copied().unwrap_or(0)
            + below.iter().map(|child| self.count(*child)).sum::<u64>()
    }

    /// Whether the figures of a unit may be shown.
    ///
    /// Not those of a group of less than [`SMALLEST_GROUP`]. And where a group among siblings is
    /// hidden, so are the next smallest, until what is hidden together is large enough not to be
    /// found by subtraction. What lies in the unit above itself counts as one of the siblings.
    #[must_use]
    pub fn may_show(&self, unit: UnitId) -> bool {
        if self.count(unit) < SMALLEST_GROUP {
            return false;
        }
        let mut at = unit;
        while let Some(parent) = self.parent.get(&at).copied().flatten() {
            if self.hidden_below(parent).contains(&Some(at)) {
                return false;
            }
            at = parent;
        }
        true
    }

    /// The hidden ones among the children of a unit; `None` is what lies in it itself.
    fn hidden_below(&self, parent: UnitId) -> Vec<Option<UnitId>> {
        let below = self.children.get(&parent).map_or(&[][..], Vec::as_slice);
        let mut cells: Vec<(u64, Option<UnitId>)> =
            below.iter().map(|child| (self.count(*child), Some(*child))).collect();
        cells.push((self.own.get(&parent).copied().unwrap_or(0), None));
        cells.retain(|(count, _)| *count > 0);
        cells.sort_unstable();
        let (mut sum, mut hidden) = (0, Vec::new());
        for (count, cell) in cells {
            let enough = sum == 0 || sum >= SMALLEST_GROUP;
            if count >= SMALLEST_GROUP && enough {
                break;
            }
            sum += count;
            hidden.push(cell);
        }
        hidden
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn unit(number: u128) -> UnitId {
        UnitId(Uuid::from_u128(number))
    }

    /// A root with children that hold so many.
    fn family(counts: &[u64]) -> Tree {
        let children = (1..).zip(counts).map(|(id, count)| (unit(id), *count));
        let own: HashMap<UnitId, u64> = children.clone().collect();
        let units = children.map(|(id, _)| (id, Some(unit(0)))).chain([(unit(0), None)]);
        Tree::of(units, own)
    }

    #[test]
    fn a_small_group_hides_another_one() {
        let tree = family(&[3, 6, 20]);
        assert_eq!(tree.count(unit(0)), 29);
        assert!(tree.may_show(unit(0)) && tree.may_show(unit(3)));
        assert!(!tree.may_show(unit(1)) && !tree.may_show(unit(2)));
        assert!(family(&[5, 6]).may_show(unit(1)));
        assert!(!family(&[4]).may_show(unit(0)));
        // Two small ones hide each other when they are enough together.
        let tree = family(&[3, 3, 9]);
        assert!(tree.may_show(unit(3)) && !tree.may_show(unit(1)));
    }

    proptest! {
        /// Whatever is shown, what is left of the unit above is nothing or large enough.
        #[test]
        fn nothing_small_is_found_by_subtraction(counts in proptest::collection::vec(0_u64..12, 1..8)) {
            let tree = family(&counts);
            let whole = tree.count(unit(0));
            let shown: u64 = (1..).zip(&counts).filter(|(id, _)| tree.may_show(unit(*id))).map(|(_, it)| it).sum();
            prop_assert!(shown == whole || whole - shown >= SMALLEST_GROUP || !tree.may_show(unit(0)),
                "{counts:?} shows {shown} of {whole}");
        }
    }
}

//! Which parts of a whole may be shown in a chart: none so small that it tells of somebody, and none by
//! which one that is kept back could be found (trust.md, P1; docs/adr/0012). Pure.

use crate::clocks::coverage;

/// Smallest group that a report shows to others than reviewers.
pub const SMALLEST_GROUP: i64 = coverage::SMALLEST_GROUP.cast_signed();

/// What stands behind one figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The figure.
    pub value: i64,
    /// People behind it, and one for each submission without an author.
    pub people: i64,
}

impl Group {
    /// Too small to be shown to all: there are few people, or few of what is counted.
    #[must_use]
    pub fn is_small(self) -> bool {
        self.value.min(self.people) < SMALLEST_GROUP
    }
}

/// What is kept back, taken together.
#[derive(Clone, Copy, Debug, Default)]
struct KeptBack {
    parts: usize,
    value: i64,
    people: i64,
}

impl KeptBack {
    fn add(&mut self, group: Group) {
        self.parts += 1;
        self.value += group.value;
        self.people += group.people;
    }

    /// The whole is known: what is missing from the sum of what is shown is itself a small group, or one
    /// part alone.
    fn can_be_found(self) -> bool {
        self.parts == 1 || (self.parts > 1 && self.value.min(self.people) < SMALLEST_GROUP)
    }
}

/// Takes small groups out; `values` are the bars, the largest first, and `direct` is what is linked to
/// the parent itself. The parent's own figures are no secret, and bars and `direct` are its parts: until
/// what went is no small group itself, and not one part alone, the next larger goes too, so that nobody
/// finds it by subtraction. Returns how many bars went.
pub fn keep_back<T>(values: &mut Vec<(T, Group)>, direct: &mut Option<Group>) -> usize {
    let before = values.len();
    let mut gone = KeptBack::default();
    values.retain(|(_, group)| {
        if group.is_small() {
            gone.add(*group);
        }
        !group.is_small()
    });
    if let Some(few) = direct.filter(|group| group.value > 0 && group.is_small()) {
        gone.add(few);
    }
    while gone.can_be_found() {
        let smallest = values.last().map(|(_, group)| group.value);
        let fits = |group: &Group| !group.is_small() && smallest.is_none_or(|it| group.value <= it);
        let next = direct.take_if(|group| fits(group)).or_else(|| Some(values.pop()?.1));
        let Some(next) = next else { break };
        gone.add(next);
    }
    before - values.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn group(value: i64) -> Group {
        Group { value, people: value }
    }

    #[test]
    fn a_group_is_small_by_its_people_and_by_what_is_counted() {
        assert!(Group { value: 11, people: 3 }.is_small(), "eleven of three people");
        assert!(Group { value: 3, people: 40 }.is_small());
        assert!(!Group { value: 5, people: 5 }.is_small());
    }

    proptest! {
        #[test]
        fn no_part_that_is_kept_back_is_kept_back_alone(
            bars in proptest::collection::vec((1_i64..12, 1_i64..12), 0..6),
            beside in proptest::option::of((0_i64..12, 0_i64..12)),
        ) {
            let of = |(value, people)| Group { value, people };
            let mut values: Vec<((), Group)> = bars.iter().map(|it| ((), of(*it))).collect();
            values.sort_by_key(|(_, group)| -group.value);
            let before = beside.map(of).filter(|it| it.value > 0);
            let mut direct = beside.map(of);
            let mut gone = keep_back(&mut values, &mut direct);
            let told = direct.filter(|it| !it.is_small()).map(|it| it.value);
            gone += usize::from(before.is_some() && told.is_none());
            prop_assert!(values.iter().all(|(_, group)| !group.is_small()));
            prop_assert!(before.is_none_or(|it| !it.is_small() || told.is_none()));
            let parts = bars.len() + usize::from(before.is_some());
            prop_assert!(gone != 1 || parts == 1, "{} of {} went", gone, parts);
            // Whoever knows the whole finds no small group in what is missing, unless nothing is shown.
            let whole: i64 = bars.iter().map(|it| it.0).sum::<i64>() + before.map_or(0, |it| it.value);
            let shown: i64 = values.iter().map(|(_, it)| it.value).sum::<i64>() + told.unwrap_or(0);
            let missing = whole - shown;
            prop_assert!(missing == 0 || missing >= SMALLEST_GROUP || gone == parts, "{} is missing", missing);
        }
    }

    #[test]
    fn a_small_group_is_never_kept_back_alone() {
        for (values, shown) in [
            (vec![9, 8, 7], 3),
            (vec![9, 8, 4], 1),
            (vec![9, 4, 3], 1),
            (vec![9, 8, 1, 1], 1),
            (vec![9, 2, 2], 0),
            (vec![4], 0),
            (vec![9, 4], 0),
            (vec![], 0),
        ] {
            let mut rows: Vec<((), Group)> = values.iter().map(|it| ((), group(*it))).collect();
            let gone = keep_back(&mut rows, &mut None);
            assert_eq!(rows.len(), shown, "{values:?}");
            assert_eq!(gone, values.len() - shown, "{values:?}");
        }
    }
}

//! Whose day it is, and when days overlap. Pure.

use crate::desk::values::RotaKind;
use crate::id::PersonId;
use crate::instant::{DAY, Day};

/// Most turns of one rota.
pub const MOST_TURNS: usize = 60;
/// Days of a week.
pub const WEEKDAYS: i32 = 7;

/// Who has `day` in a rota that began on `starts_on`. `places` are positions (weekday 1 to 7 from Monday, or the turn
/// from 0 on) with their people, in order. Nobody before the first day, nor on a weekday without a place.
#[must_use]
pub fn on_duty(
    kind: RotaKind,
    starts_on: Day,
    places: &[(i32, PersonId)],
    day: Day,
) -> Option<PersonId> {
    if day < starts_on || places.is_empty() {
        return None;
    }
    match kind {
        RotaKind::Weekly => {
            let weekday = i32::from(day.0.weekday().number_from_monday());
            places.iter().find(|(position, _)| *position == weekday).map(|(_, person)| *person)
        }
        RotaKind::Turns => {
            let passed = day.start().since(starts_on.start()) / DAY;
            let turn = usize::try_from(passed).ok()? % places.len();
            places.get(turn).map(|(_, person)| *person)
        }
    }
}

/// Whether two spans of days, both ends included, share a day.
#[must_use]
pub fn overlap(one: (Day, Day), other: (Day, Day)) -> bool {
    one.0 <= other.1 && other.0 <= one.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    fn who(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    #[test]
    fn a_week_has_its_people() {
        let week = [(1, who(1)), (5, who(5))];
        let on = |text| on_duty(RotaKind::Weekly, day("2026-03-02"), &week, day(text));
        assert_eq!(on("2026-03-02"), Some(who(1)), "a Monday");
        assert_eq!(on("2026-03-03"), None);
        assert_eq!(on("2026-03-06"), Some(who(5)));
        assert_eq!(on("2026-02-23"), None, "not begun");
    }

    #[test]
    fn turns_follow_each_other() {
        let turns = [(0, who(1)), (1, who(2)), (2, who(3))];
        let on = |text| on_duty(RotaKind::Turns, day("2026-02-27"), &turns, day(text));
        assert_eq!(on("2026-02-27"), Some(who(1)));
        assert_eq!(on("2026-03-01"), Some(who(3)), "over the end of a month");
        assert_eq!(on("2026-03-02"), Some(who(1)));
        assert_eq!(on_duty(RotaKind::Turns, day("2026-02-27"), &[], day("2026-03-02")), None);
    }

    proptest! {
        #[test]
        fn every_turn_comes_equally_often(people in 1_usize..20, rounds in 1_usize..5) {
            let turns: Vec<_> = (0..people).map(|at| (i32::try_from(at).expect("small"), who(at as u128))).collect();
            let first = day("2026-01-01");
            let mut counts = vec![0; people];
            for passed in 0..people * rounds {
                let today = Day(first.0 + time::Duration::days(i64::try_from(passed).expect("small")));
                let on = on_duty(RotaKind::Turns, first, &turns, today).expect("somebody");
                counts[usize::try_from(on.0.as_u128()).expect("small")] += 1;
            }
            prop_assert!(counts.iter().all(|count| *count == rounds));
        }

        #[test]
        fn overlapping_is_mutual_and_means_a_shared_day(a in 0_i64..40, b in 0_i64..10, c in 0_i64..40, d in 0_i64..10) {
            let at = |days| Day(day("2026-01-01").0 + time::Duration::days(days));
            let (one, other) = ((at(a), at(a + b)), (at(c), at(c + d)));
            let shared = (a..=a + b).any(|it| (c..=c + d).contains(&it));
            prop_assert_eq!(overlap(one, other), shared);
            prop_assert_eq!(overlap(other, one), shared);
        }
    }
}

//! Periods of what the clock does: within one, a work is done once for its subject.

use std::fmt;

use crate::implementation::values::ReminderKind;
use crate::instant::{Day, HOUR, Instant};

/// For how long a work counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Period {
    /// For good: the subject has it once in its life.
    Once,
    /// The hour in which a moment lies.
    Hour(Instant),
    /// A stay that began at a moment, for instance in a phase.
    Since(Instant),
    /// A day that was set, which may be set anew.
    Day(Day),
    /// One of the reminders of a day.
    Reminder(ReminderKind, Day),
}

/// The word that is kept: equal for moments of one period, different for all others.
impl fmt::Display for Period {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Once => write!(out, "once"),
            Self::Hour(at) => write!(out, "hour {}", hour(*at)),
            Self::Since(at) => write!(out, "since {}", at.micros()),
            Self::Day(day) => write!(out, "day {day}"),
            Self::Reminder(kind, day) => write!(out, "{kind} {day}"),
        }
    }
}

/// Hours since 1970.
fn hour(at: Instant) -> i64 {
    at.micros().div_euclid(HOUR)
}

/// When the hour after the one of `at` begins.
#[must_use]
pub fn next_hour(at: Instant) -> Instant {
    Instant((hour(at) + 1) * HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instant::DAY;
    use proptest::prelude::*;

    fn moments() -> impl Strategy<Value = Instant> {
        (-1_000_000_i64..4_000_000)
            .prop_flat_map(|hour| (0..HOUR).prop_map(move |rest| Instant(hour * HOUR + rest)))
    }

    fn periods() -> impl Strategy<Value = Period> {
        let days = || (0_i64..40_000).prop_map(|day| Instant(day * DAY).day());
        prop_oneof![
            Just(Period::Once),
            moments().prop_map(|at| Period::Hour(Instant(at.micros().div_euclid(HOUR) * HOUR))),
            moments().prop_map(Period::Since),
            days().prop_map(Period::Day),
            (prop::sample::select(ReminderKind::ALL.to_vec()), days())
                .prop_map(|(kind, day)| Period::Reminder(kind, day)),
        ]
    }

    proptest! {
        #[test]
        fn periods_have_the_same_key_exactly_when_they_are_the_same(one in periods(), other in periods()) {
            prop_assert_eq!(one == other, one.to_string() == other.to_string());
        }

        #[test]
        fn an_hour_lasts_until_the_next_one(at in moments()) {
            let next = next_hour(at);
            prop_assert!(next > at && next.since(at) <= HOUR);
            let last = Period::Hour(next.plus(-1));
            prop_assert_eq!(Period::Hour(at).to_string(), last.to_string());
            prop_assert_ne!(Period::Hour(at).to_string(), Period::Hour(next).to_string());
        }
    }
}

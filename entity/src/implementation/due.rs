//! Days of items: when one is overdue, and when its assignee is reminded. Pure: the calendar and the
//! present are arguments.

use crate::clocks::hours::BusinessTime;
use crate::implementation::values::{ItemStatus, ReminderKind};
use crate::instant::{Day, Instant, MINUTE};

/// Days that are looked at for a working one: longer than any run of holidays.
const LONGEST_BREAK: i64 = 31;
/// Farthest day, in days from today: ten years.
pub const FARTHEST: i64 = 3_660;

/// The days of one place.
pub trait Days {
    /// Which day it is there.
    fn day_of(&self, at: Instant) -> Day;
    /// Whether people work there on that day.
    fn works_on(&self, day: Day) -> bool;
    /// When people there begin that day.
    fn morning_of(&self, day: Day) -> Instant;
}

impl Days for BusinessTime {
    fn day_of(&self, at: Instant) -> Day {
        Self::day_of(self, at)
    }

    fn works_on(&self, day: Day) -> bool {
        self.is_working_day(day)
    }

    fn morning_of(&self, day: Day) -> Instant {
        // The first working minute after midnight there.
        self.due_at(self.end_of(plus(day, -1)), MINUTE).plus(-MINUTE)
    }
}

/// The day `days` later; earlier when negative.
#[must_use]
pub fn plus(day: Day, days: i64) -> Day {
    Day(day.0.saturating_add(time::Duration::days(days)))
}

fn nearest(days: &impl Days, from: Day, step: i64) -> Day {
    let mut on = (1..=LONGEST_BREAK).map(|n| plus(from, n * step));
    on.find(|day| days.works_on(*day)).unwrap_or_else(|| plus(from, step))
}

/// Why a day cannot be the last one for an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDueDay {
    /// It has passed.
    Past {
        /// The present day there.
        today: Day,
    },
    /// Nobody works there on that day.
    Closed {
        /// The next day on which somebody does.
        next: Day,
    },
    /// More than ten years ahead.
    TooFar,
}

/// Whether a day can be the last one for an item.
///
/// # Errors
/// [`NoDueDay`].
pub fn check(due: Day, days: &impl Days, now: Instant) -> Result<(), NoDueDay> {
    let today = days.day_of(now);
    if due < today {
        return Err(NoDueDay::Past { today });
    }
    if due > plus(today, FARTHEST) {
        return Err(NoDueDay::TooFar);
    }
    if !days.works_on(due) {
        return Err(NoDueDay::Closed { next: nearest(days, due, 1) });
    }
    Ok(())
}

/// Whether an item waits for somebody and its day has passed.
#[must_use]
pub fn is_overdue(status: ItemStatus, due: Option<Day>, today: Day) -> bool {
    is_open(status) && due.is_some_and(|due| due < today)
}

/// Whether something is left to do.
#[must_use]
pub const fn is_open(status: ItemStatus) -> bool {
    matches!(status, ItemStatus::Open | ItemStatus::InProgress)
}

/// When the reminders of a day fall due, the first one first: on the morning of the working day
/// before it, and of the working day after it.
#[must_use]
pub fn reminders(due: Day, days: &impl Days) -> [(ReminderKind, Instant); 2] {
    [
        (ReminderKind::DueSoon, days.morning_of(nearest(days, due, -1))),
        (ReminderKind::Overdue, days.morning_of(nearest(days, due, 1))),
    ]
}

/// When the next reminder falls due after `now`; those that have passed are never made up for.
#[must_use]
pub fn next_reminder(due: Day, days: &impl Days, now: Instant) -> Option<Instant> {
    reminders(due, days).into_iter().map(|(_, at)| at).find(|at| *at > now)
}

/// Which reminder is right at `now`: the last one that fell due, so that a scheduler that was away
/// tells of the present and not of the past.
#[must_use]
pub fn reminder_at(due: Day, days: &impl Days, now: Instant) -> Option<ReminderKind> {
    reminders(due, days).into_iter().rev().find(|(_, at)| *at <= now).map(|(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instant::{DAY, HOUR};
    use proptest::prelude::*;

    /// Nobody works on Saturdays and Sundays.
    struct Weekdays;

    impl Days for Weekdays {
        fn day_of(&self, at: Instant) -> Day {
            at.day()
        }

        fn works_on(&self, day: Day) -> bool {
            !matches!(day.0.weekday(), time::Weekday::Saturday | time::Weekday::Sunday)
        }

        fn morning_of(&self, day: Day) -> Instant {
            day.start().plus(9 * HOUR)
        }
    }

    fn day(text: &str) -> Day {
        text.parse().expect("a day")
    }

    #[test]
    fn reminders_fall_on_working_days() {
        // A Monday: the working day before it is Friday.
        let [soon, late] = reminders(day("2026-03-09"), &Weekdays);
        assert_eq!(soon, (ReminderKind::DueSoon, Weekdays.morning_of(day("2026-03-06"))));
        assert_eq!(late, (ReminderKind::Overdue, Weekdays.morning_of(day("2026-03-10"))));
        // The calendar itself says the same.
        let usual = BusinessTime::usual();
        assert_eq!(reminders(day("2026-03-09"), &usual), reminders(day("2026-03-09"), &Weekdays));
    }

    #[test]
    fn a_day_that_is_past_closed_or_far_is_refused() {
        let now = day("2026-03-06").start().plus(20 * HOUR);
        assert_eq!(check(day("2026-03-06"), &Weekdays, now), Ok(()));
        let past = NoDueDay::Past { today: day("2026-03-06") };
        assert_eq!(check(day("2026-03-05"), &Weekdays, now), Err(past));
        let closed = NoDueDay::Closed { next: day("2026-03-09") };
        assert_eq!(check(day("2026-03-07"), &Weekdays, now), Err(closed));
        assert_eq!(check(day("2066-03-08"), &Weekdays, now), Err(NoDueDay::TooFar));
    }

    #[test]
    fn only_what_is_left_to_do_is_overdue() {
        let (due, today) = (Some(day("2026-03-06")), day("2026-03-07"));
        for (status, overdue) in [
            (ItemStatus::Open, true),
            (ItemStatus::InProgress, true),
            (ItemStatus::Done, false),
            (ItemStatus::Dropped, false),
        ] {
            assert_eq!(is_overdue(status, due, today), overdue, "{status}");
            assert!(
                !is_overdue(status, due, day("2026-03-06")) && !is_overdue(status, None, today)
            );
        }
    }

    proptest! {
        #[test]
        fn one_before_one_after_and_each_once(ahead in 0_i64..800, now_day in 0_i64..1_000, hour in 0_i64..24) {
            let due = plus(day("2026-01-05"), ahead);
            let now = plus(day("2026-01-05"), now_day).start().plus(hour * HOUR);
            let [soon, late] = reminders(due, &Weekdays);
            prop_assert!(soon.1 < due.start() && late.1 > due.start().plus(DAY) && soon.1 < late.1);
            // Walking from reminder to reminder passes each of them once, in order.
            let first = next_reminder(due, &Weekdays, Instant(0));
            prop_assert_eq!(first, Some(soon.1));
            prop_assert_eq!(next_reminder(due, &Weekdays, soon.1), Some(late.1));
            prop_assert_eq!(next_reminder(due, &Weekdays, late.1), None);
            // What is right now and what comes next never tell the same.
            let right = reminder_at(due, &Weekdays, now);
            let next = next_reminder(due, &Weekdays, now);
            prop_assert_eq!(right.is_none(), next == Some(soon.1));
            prop_assert_eq!(right == Some(ReminderKind::Overdue), next.is_none());
        }

        #[test]
        fn a_day_offered_instead_is_taken(ahead in 0_i64..2_000) {
            let now = day("2026-01-05").start();
            if let Err(NoDueDay::Closed { next }) = check(plus(now.day(), ahead), &Weekdays, now) {
                prop_assert_eq!(check(next, &Weekdays, now), Ok(()));
            }
        }
    }
}

//! Business time: opening hours, weekdays, holidays and a zone.
//!
//! A minute is a working minute when the wall clock of the zone shows a time within an opening of that
//! weekday, and the day is no holiday. So the hour that a change of the clocks skips is not worked,
//! and the hour that it repeats is worked twice where it is open.
//!
//! "N days = N x the day's working minutes" (product.md, "Service levels"): the day is the mean working
//! day of a week without holidays, so that on a calendar of five days five business days are one week
//! even where Fridays are short.

use std::collections::HashSet;
use std::ops::ControlFlow;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::values::Weekday;
use crate::instant::{DAY, Day, Instant, MINUTE};

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;
/// Most openings of a week: six a day.
pub const MOST_OPENINGS: usize = 42;
/// Most holidays of a calendar: ten years of fifty.
pub const MOST_HOLIDAYS: usize = 500;
/// How far ahead time is counted, in microseconds: forty years. Nothing is due later.
const HORIZON: i64 = 40 * 365 * DAY;
/// The Julian day of 1970-01-01.
const EPOCH_JULIAN: i64 = 2_440_588;

/// The hours from `opens` to `closes` on one day of the week, in minutes after midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Opening {
    /// On which day.
    pub weekday: Weekday,
    /// First minute, 0 to 1439.
    pub opens: u16,
    /// The minute after the last, 1 to 1440.
    pub closes: u16,
}

/// A day on which nobody works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holiday {
    /// The day, or the first of its kind.
    pub on: Day,
    /// Whether it returns.
    pub returns: Returns,
}

/// Whether a holiday returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Returns {
    /// Only in this year.
    Never,
    /// On the same date of every year; the 29th of February in leap years.
    Yearly,
}

/// What is wrong with a calendar. Numbers are places in the lists, from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarRefused {
    /// No such zone.
    #[error("{0:?} is no time zone; write one such as Europe/Madrid")]
    Zone(String),
    /// Nothing is ever open.
    #[error("a calendar needs at least one opening; add one, for instance MONDAY 09:00 to 17:00")]
    NoOpening,
    /// Too many.
    #[error("a week has at most {MOST_OPENINGS} openings; join those that touch")]
    TooManyOpenings,
    /// An opening ends before it begins, or not on the same day.
    #[error(
        "an opening begins before it ends, on the same day between 00:00 and 24:00; split one that passes midnight"
    )]
    Reversed(usize),
    /// Two openings of a day share time.
    #[error("this opening overlaps another one of the same day; join them")]
    Overlap(usize),
    /// The same day twice.
    #[error("this holiday is in the list already; leave one of them out")]
    HolidayTwice(usize),
    /// Too many.
    #[error(
        "a calendar has at most {MOST_HOLIDAYS} holidays; leave out past ones, and mark those that return every year as yearly"
    )]
    TooManyHolidays,
    /// Holidays that return every year leave no day to work.
    #[error("no working day is left; take out some of the holidays that return every year")]
    NoWorkingDay,
}

/// Working hours of a week, from minute to minute after midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    opens: i64,
    closes: i64,
}

/// Business time of one place.
#[derive(Clone, Debug)]
pub struct BusinessTime {
    zone: TimeZone,
    week: [Vec<Span>; 7],
    once: HashSet<Day>,
    yearly: HashSet<(u8, u8)>,
}

/// The hours of a place that nobody has given any: Monday to Friday, 09:00 to 17:00.
#[must_use]
pub fn usual_openings() -> Vec<Opening> {
    let days = &Weekday::ALL[..5];
    days.iter().map(|day| Opening { weekday: *day, opens: 9 * 60, closes: 17 * 60 }).collect()
}

impl BusinessTime {
    /// A sound calendar.
    ///
    /// # Errors
    /// [`CalendarRefused`]: the first thing that is wrong.
    pub fn new(
        zone: &str,
        openings: &[Opening],
        holidays: &[Holiday],
    ) -> Result<Self, CalendarRefused> {
        let zone = TimeZone::get(zone)
            .map_err(|_| CalendarRefused::Zone(zone.chars().take(64).collect()))?;
        let week = week_of(openings)?;
        let (once, yearly) = holidays_of(holidays)?;
        let time = Self { zone, week, once, yearly };
        if time.works_in_a_leap_year() { Ok(time) } else { Err(CalendarRefused::NoWorkingDay) }
    }

    /// The usual hours in UTC.
    #[must_use]
    pub fn usual() -> Self {
        let nine_to_five = vec![Span { opens: 9 * 60 * MINUTE, closes: 17 * 60 * MINUTE }];
        let week =
            std::array::from_fn(|day| if day < 5 { nine_to_five.clone() } else { Vec::new() });
        Self { zone: TimeZone::UTC, week, once: HashSet::new(), yearly: HashSet::new() }
    }

    /// `days` business days in microseconds of business time.
    #[must_use]
    pub fn business_days(&self, days: i32) -> i64 {
        let week: i64 = self.week.iter().flatten().map(|span| span.closes - span.opens).sum();
        let open = self.week.iter().filter(|day| !day.is_empty()).count();
        i64::from(days).saturating_mul(week) / i64::try_from(open).unwrap_or(1).max(1)
    }

    /// When `amount` microseconds of business time have passed since `start`; `start` itself when
    /// there is nothing to wait for. What ends with a day ends at its close, not at the next opening.
    #[must_use]
    pub fn due_at(&self, start: Instant, amount: i64) -> Instant {
        let mut left = amount;
        if left <= 0 {
            return start;
        }
        let end = start.plus(HORIZON);
        let due = self.walk((start, end), |from, to| {
            let open = to.since(from);
            if left <= open {
                return ControlFlow::Break(from.plus(left));
            }
            left -= open;
            ControlFlow::Continue(())
        });
        due.unwrap_or(end)
    }

    /// Business time between two instants, in microseconds; 0 when `to` is not later.
    #[must_use]
    pub fn worked(&self, from: Instant, to: Instant) -> i64 {
        let mut sum = 0;
        let _ = self.walk((from, to), |from, to| {
            sum += to.since(from);
            ControlFlow::Continue(())
        });
        sum
    }

    /// Business time that is left until `due`; negative when it is past.
    #[must_use]
    pub fn remaining(&self, now: Instant, due: Instant) -> i64 {
        if now <= due { self.worked(now, due) } else { -self.worked(due, now) }
    }

    /// The end of a day in the zone of the calendar.
    #[must_use]
    pub fn end_of(&self, day: Day) -> Instant {
        let next = Day(day.0.next_day().unwrap_or(day.0)).start();
        // Wall-clock midnight: the offset that holds there is found from the offset nearby.
        let guess = next.plus(-self.offset(next));
        next.plus(-self.offset(guess))
    }

    /// The calendar day in the zone of the calendar.
    #[must_use]
    pub fn day_of(&self, at: Instant) -> Day {
        at.plus(self.offset(at)).day()
    }

    /// Whether somebody works at any time of this day.
    #[must_use]
    pub fn is_working_day(&self, day: Day) -> bool {
        !self.spans_on(day_number(day)).is_empty()
    }

    /// Whether it is a working day, and the first opening of the day has come.
    #[must_use]
    pub fn has_opened(&self, at: Instant) -> bool {
        let wall = at.plus(self.offset(at)).micros();
        let first = self.spans_on(wall.div_euclid(DAY)).first();
        first.is_some_and(|span| wall.rem_euclid(DAY) >= span.opens)
    }

    /// How many working days something due at `due` has been late before the day of `now`: 0 on the
    /// first day on which somebody could still have worked on it. Counting stops at 400.
    #[must_use]
    pub fn working_days_late(&self, due: Instant, now: Instant) -> usize {
        let today = day_number(self.day_of(now));
        let first = day_number(self.day_of(self.due_at(due, 1)));
        let days = (first + 1).max(today - 400)..=today;
        days.filter(|day| !self.spans_on(*day).is_empty()).count()
    }

    /// Visits what is open within a range, in order, until the visitor has seen enough.
    ///
    /// Between two changes of the zone's offset wall-clock time is a straight line, so nothing is
    /// ambiguous: every piece is cut at the changes.
    fn walk(
        &self,
        (from, until): (Instant, Instant),
        mut visit: impl FnMut(Instant, Instant) -> ControlFlow<Instant>,
    ) -> Option<Instant> {
        let mut at = from;
        while at < until {
            let offset = self.offset(at);
            let end = self.next_change(at).map_or(until, |change| change.min(until));
            let mut day = at.plus(offset).micros().div_euclid(DAY);
            while day * DAY - offset < end.micros() {
                let midnight = Instant(day * DAY - offset);
                for span in self.spans_on(day) {
                    let opens = midnight.plus(span.opens).max(at);
                    let closes = midnight.plus(span.closes).min(end);
                    if opens < closes
                        && let ControlFlow::Break(found) = visit(opens, closes)
                    {
                        return Some(found);
                    }
                }
                day += 1;
            }
            at = end;
        }
        None
    }

    fn spans_on(&self, day: i64) -> &[Span] {
        // 1970-01-01 was a Thursday.
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        let spans = self.week.get(weekday).map_or(&[][..], Vec::as_slice);
        if spans.is_empty() || !self.is_holiday(day) { spans } else { &[] }
    }

    fn is_holiday(&self, day: i64) -> bool {
        if self.once.is_empty() && self.yearly.is_empty() {
            return false;
        }
        date_of(day).is_some_and(|day| {
            self.once.contains(&day)
                || self.yearly.contains(&(u8::from(day.0.month()), day.0.day()))
        })
    }

    /// Microseconds that wall-clock time is ahead of UTC.
    fn offset(&self, at: Instant) -> i64 {
        let Ok(at) = Timestamp::from_microsecond(at.micros()) else { return 0 };
        i64::from(self.zone.to_offset(at).seconds()) * 1_000_000
    }

    fn next_change(&self, at: Instant) -> Option<Instant> {
        let at = Timestamp::from_microsecond(at.micros()).ok()?;
        let change = self.zone.following(at).next()?;
        Some(Instant(change.timestamp().as_microsecond()))
    }

    fn works_in_a_leap_year(&self) -> bool {
        // Twenty-eight years hold every pairing of date and weekday; single holidays do not count.
        let yearly = |day: i64| {
            date_of(day)
                .is_some_and(|day| self.yearly.contains(&(u8::from(day.0.month()), day.0.day())))
        };
        (0..28 * 366).any(|day: i64| {
            let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
            self.week.get(weekday).is_some_and(|spans| !spans.is_empty()) && !yearly(day)
        })
    }
}

fn day_number(day: Day) -> i64 {
    i64::from(day.0.to_julian_day()) - EPOCH_JULIAN
}

fn date_of(day: i64) -> Option<Day> {
    let julian = i32::try_from(day + EPOCH_JULIAN).ok()?;
    time::Date::from_julian_day(julian).ok().map(Day)
}

fn week_of(openings: &[Opening]) -> Result<[Vec<Span>; 7], CalendarRefused> {
    if openings.is_empty() {
        return Err(CalendarRefused::NoOpening);
    }
    if openings.len() > MOST_OPENINGS {
        return Err(CalendarRefused::TooManyOpenings);
    }
    let mut week: [Vec<Span>; 7] = std::array::from_fn(|_| Vec::new());
    for (place, opening) in openings.iter().enumerate() {
        if opening.opens >= opening.closes || opening.closes > DAY_MINUTES {
            return Err(CalendarRefused::Reversed(place));
        }
        let span = Span {
            opens: i64::from(opening.opens) * MINUTE,
            closes: i64::from(opening.closes) * MINUTE,
        };
        let day = &mut week[opening.weekday.index()];
        if day.iter().any(|other| span.opens < other.closes && other.opens < span.closes) {
            return Err(CalendarRefused::Overlap(place));
        }
        day.push(span);
    }
    for day in &mut week {
        day.sort_unstable_by_key(|span| span.opens);
    }
    Ok(week)
}

type Holidays = (HashSet<Day>, HashSet<(u8, u8)>);

fn holidays_of(holidays: &[Holiday]) -> Result<Holidays, CalendarRefused> {
    if holidays.len() > MOST_HOLIDAYS {
        return Err(CalendarRefused::TooManyHolidays);
    }
    let (mut once, mut yearly) = (HashSet::new(), HashSet::new());
    for (place, holiday) in holidays.iter().enumerate() {
        let new = match holiday.returns {
            Returns::Never => once.insert(holiday.on),
            Returns::Yearly => yearly.insert((u8::from(holiday.on.0.month()), holiday.on.0.day())),
        };
        if !new {
            return Err(CalendarRefused::HolidayTwice(place));
        }
    }
    Ok((once, yearly))
}

#[cfg(test)]
mod tests;

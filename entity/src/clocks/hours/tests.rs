use super::*;
use proptest::prelude::*;

fn at(text: &str) -> Instant {
    crate::instant::parse_rfc3339(text).expect("an instant")
}

fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

fn madrid(holidays: &[&str]) -> BusinessTime {
    let holidays: Vec<Holiday> =
        holidays.iter().map(|it| Holiday { on: day(it), returns: Returns::Never }).collect();
    BusinessTime::new("Europe/Madrid", &usual_openings(), &holidays).expect("a sound calendar")
}

const HOURS: i64 = 60 * MINUTE;

#[test]
fn two_business_days_from_anywhere_in_the_week() {
    let time = madrid(&[]);
    let two = time.business_days(2);
    assert_eq!(two, 16 * HOURS);
    for (start, due) in [
        // Monday at opening (CET is one hour ahead): the close of Tuesday.
        ("2026-03-02T08:00:00Z", "2026-03-03T16:00:00Z"),
        // In the middle of Monday.
        ("2026-03-02T11:30:00Z", "2026-03-04T11:30:00Z"),
        // Before the opening, at night, and on a weekend: from the next opening.
        ("2026-03-02T03:00:00Z", "2026-03-03T16:00:00Z"),
        ("2026-03-02T22:00:00Z", "2026-03-04T16:00:00Z"),
        ("2026-02-28T12:00:00Z", "2026-03-03T16:00:00Z"),
        // Friday noon.
        ("2026-03-06T11:00:00Z", "2026-03-10T11:00:00Z"),
        // Across the change of the clocks on 2026-03-29: the wall clock counts.
        ("2026-03-27T11:00:00Z", "2026-03-31T10:00:00Z"),
    ] {
        assert_eq!(time.due_at(at(start), two).rfc3339(), due, "{start}");
    }
    let eased = madrid(&["2026-03-03"]);
    assert_eq!(eased.due_at(at("2026-03-02T08:00:00Z"), two), at("2026-03-04T16:00:00Z"));
}

#[test]
fn the_skipped_hour_is_not_worked_and_the_repeated_one_twice() {
    let night = [Opening { weekday: Weekday::Sunday, opens: 60, closes: 240 }];
    let time = BusinessTime::new("Europe/Madrid", &night, &[]).expect("a sound calendar");
    assert_eq!(time.worked(at("2026-03-28T12:00:00Z"), at("2026-03-30T12:00:00Z")), 2 * HOURS);
    assert_eq!(time.worked(at("2026-10-24T12:00:00Z"), at("2026-10-26T12:00:00Z")), 4 * HOURS);
    assert_eq!(time.worked(at("2026-05-02T12:00:00Z"), at("2026-05-04T12:00:00Z")), 3 * HOURS);
}

#[test]
fn five_business_days_are_a_week_even_with_a_short_friday() {
    let mut openings = usual_openings();
    openings[4].closes = 13 * 60;
    let time = BusinessTime::new("UTC", &openings, &[]).expect("a sound calendar");
    let monday = at("2026-03-02T09:00:00Z");
    assert_eq!(time.due_at(monday, time.business_days(5)), at("2026-03-06T13:00:00Z"));
    assert_eq!(time.business_days(5), 36 * HOURS);
}

#[test]
fn the_end_of_a_day_is_that_of_the_place() {
    assert_eq!(madrid(&[]).end_of(day("2026-03-02")), at("2026-03-02T23:00:00Z"));
    assert_eq!(madrid(&[]).end_of(day("2026-03-29")), at("2026-03-29T22:00:00Z"));
    assert_eq!(madrid(&[]).day_of(at("2026-03-02T23:30:00Z")), day("2026-03-03"));
}

#[test]
fn lateness_counts_working_days_from_the_first_on_which_one_could_work() {
    let time = madrid(&["2026-03-04"]);
    // Due with the close of Tuesday; Wednesday is a holiday, so Thursday is the first day.
    let due = at("2026-03-03T16:00:00Z");
    for (now, opened, late) in [
        ("2026-03-05T07:59:00Z", false, 0),
        ("2026-03-05T08:00:00Z", true, 0),
        ("2026-03-06T10:00:00Z", true, 1),
        ("2026-03-07T10:00:00Z", false, 1),
        ("2026-03-09T23:30:00Z", false, 3),
        ("2026-03-10T20:00:00Z", true, 3),
    ] {
        assert_eq!(
            (time.has_opened(at(now)), time.working_days_late(due, at(now))),
            (opened, late),
            "{now}"
        );
    }
    // Due at noon: late on the same day.
    assert_eq!(time.working_days_late(at("2026-03-05T11:00:00Z"), at("2026-03-05T15:00:00Z")), 0);
}

#[test]
fn what_is_wrong_is_named() {
    let refused = |zone: &str, openings: &[Opening], holidays: &[Holiday]| {
        BusinessTime::new(zone, openings, holidays).expect_err("refused")
    };
    let usual = usual_openings();
    let opening = |opens, closes| Opening { weekday: Weekday::Monday, opens, closes };
    assert_eq!(refused("Mars/Base", &usual, &[]), CalendarRefused::Zone("Mars/Base".into()));
    assert_eq!(refused("UTC", &[], &[]), CalendarRefused::NoOpening);
    assert_eq!(refused("UTC", &[opening(600, 600)], &[]), CalendarRefused::Reversed(0));
    assert_eq!(refused("UTC", &[opening(600, 1441)], &[]), CalendarRefused::Reversed(0));
    let both = [opening(600, 700), opening(660, 800)];
    assert_eq!(refused("UTC", &both, &[]), CalendarRefused::Overlap(1));
    assert!(BusinessTime::new("UTC", &[opening(600, 700), opening(700, 800)], &[]).is_ok());
    let christmas = Holiday { on: day("2026-12-25"), returns: Returns::Yearly };
    let again = Holiday { on: day("2027-12-25"), returns: Returns::Yearly };
    assert_eq!(refused("UTC", &usual, &[christmas, again]), CalendarRefused::HolidayTwice(1));
    let every: Vec<Holiday> = (0..366)
        .filter_map(|ahead| date_of(day_number(day("2028-01-01")) + ahead))
        .map(|on| Holiday { on, returns: Returns::Yearly })
        .collect();
    assert_eq!(refused("UTC", &usual, &every), CalendarRefused::NoWorkingDay);
    let thousand: Vec<Holiday> = (0..1_000)
        .filter_map(|ahead| date_of(day_number(day("2028-01-01")) + ahead))
        .map(|on| Holiday { on, returns: Returns::Never })
        .collect();
    assert_eq!(refused("UTC", &usual, &thousand), CalendarRefused::TooManyHolidays);
    assert_eq!(refused("UTC", &vec![opening(0, 1); 50], &[]), CalendarRefused::TooManyOpenings);
}

/// A calendar as a list of open minutes: looks at every minute on the wall clock of the zone.
struct Minutes {
    zone: TimeZone,
    openings: Vec<Opening>,
    holidays: Vec<Holiday>,
}

impl Minutes {
    fn is_open(&self, minute: i64) -> bool {
        let instant = Timestamp::from_microsecond(minute * MINUTE).expect("a time");
        let wall = instant.to_zoned(self.zone.clone());
        let weekday = usize::try_from(wall.weekday().to_monday_zero_offset()).expect("a weekday");
        let of_day = u16::try_from(i32::from(wall.hour()) * 60 + i32::from(wall.minute()))
            .expect("a minute");
        let today = format!("{:04}-{:02}-{:02}", wall.year(), wall.month(), wall.day());
        let holiday = self.holidays.iter().any(|holiday| match holiday.returns {
            Returns::Never => holiday.on.to_string() == today,
            Returns::Yearly => holiday.on.to_string()[5..] == today[5..],
        });
        let open = |it: &Opening| {
            it.weekday.index() == weekday && it.opens <= of_day && of_day < it.closes
        };
        !holiday && self.openings.iter().any(open)
    }

    fn due_at(&self, start: i64, minutes: i64) -> i64 {
        let (mut minute, mut left) = (start, minutes);
        while left > 0 {
            left -= i64::from(self.is_open(minute));
            minute += 1;
        }
        minute
    }

    fn worked(&self, from: i64, to: i64) -> i64 {
        (from..to).map(|minute| i64::from(self.is_open(minute))).sum()
    }
}

prop_compose! {
    /// Up to two openings on each of some days.
    fn openings()(
        days in proptest::collection::btree_set(0_usize..7, 1..=7),
        halves in proptest::collection::vec((0_u16..700, 1_u16..700, 0_u16..700), 7),
    ) -> Vec<Opening> {
        let of = |day: usize| {
            let (first, length, gap) = halves[day];
            let weekday = Weekday::ALL[day];
            let morning = Opening { weekday, opens: first, closes: first + length };
            let (opens, closes) = (morning.closes + gap, DAY_MINUTES);
            [Some(morning), (opens < closes).then_some(Opening { weekday, opens, closes })]
        };
        days.into_iter().flat_map(of).flatten().collect()
    }
}

fn zones() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "UTC",
        "Europe/Madrid",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "America/Havana",
        "Africa/Casablanca",
        "Pacific/Chatham",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// The same as looking at every minute.
    #[test]
    fn business_time_is_what_a_minute_by_minute_count_finds(
        zone in zones(),
        openings in openings(),
        // Days from 2026-01-01; the start lies near a change of the clocks as often as not.
        holidays in proptest::collection::btree_map(0_i64..700, any::<bool>(), 0..6),
        start in prop_oneof![0_i64..700 * 1_440, 80 * 1_440_i64..95 * 1_440, 290 * 1_440_i64..310 * 1_440],
        amount in 1_i64..4_000,
        length in 0_i64..8_000,
    ) {
        let first = day_number(day("2026-01-01"));
        let holidays: Vec<Holiday> = holidays.into_iter().map(|(ahead, yearly)| Holiday {
            on: date_of(first + ahead).expect("a day"),
            returns: if yearly { Returns::Yearly } else { Returns::Never },
        }).collect();
        let time = match BusinessTime::new(zone, &openings, &holidays) {
            Ok(time) => time,
            Err(CalendarRefused::HolidayTwice(_)) => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
        };
        let model = Minutes { zone: TimeZone::get(zone).expect("a zone"), openings, holidays };
        let start = first * 1_440 + start;
        let from = Instant(start * MINUTE);
        let due = time.due_at(from, amount * MINUTE);
        // The model's minute ends at the close; both end with the minute that was the last.
        prop_assert_eq!(due, Instant(model.due_at(start, amount) * MINUTE));
        prop_assert_eq!(time.remaining(from, due), amount * MINUTE);
        prop_assert_eq!(time.remaining(due, from), -amount * MINUTE);
        let until = Instant((start + length) * MINUTE);
        prop_assert_eq!(time.worked(from, until), model.worked(start, start + length) * MINUTE);
    }
}

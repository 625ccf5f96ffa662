//! Points in time and calendar days, in one representation on both databases (docs/adr/0008).

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// A point in time: whole microseconds since 1970-01-01T00:00:00Z, stored as BIGINT.
///
/// One integer sorts, compares and pages equally on SQLite and PostgreSQL; text of varying
/// length does not.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    DeriveValueType,
)]
pub struct Instant(pub i64);

/// Microseconds in one second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in one minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in one hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in one day of 24 hours.
pub const DAY: i64 = 24 * HOUR;

impl Instant {
    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This instant moved by `micros` microseconds (negative: earlier), saturating at the ends.
    #[must_use]
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this instant; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole seconds since the Unix epoch, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(SECOND)
    }

    /// RFC 3339 in UTC with microseconds, the form of the API's `DateTime`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.to_time().format(&Rfc3339).unwrap_or_else(|_| String::from("0000-00-00T00:00:00Z"))
    }

    /// The same instant as the `time` crate's type; out-of-range values become the epoch.
    #[must_use]
    pub fn to_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Truncates to microseconds.
    #[must_use]
    pub fn from_time(at: OffsetDateTime) -> Self {
        Self(i64::try_from(at.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX))
    }

    /// The calendar day of this instant in UTC.
    #[must_use]
    pub fn day(self) -> Day {
        Day(self.to_time().date())
    }
}

/// Reads RFC 3339; `None` for anything else.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<Instant> {
    OffsetDateTime::parse(text, &Rfc3339).ok().map(Instant::from_time)
}

/// A calendar day without a zone, `YYYY-MM-DD` in the years 1 to 9999, stored as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct Day(pub time::Date);

const DAY_FORMAT: &[time::format_description::FormatItem<'_>] =
    time::macros::format_description!("[year]-[month]-[day]");

/// The text is not a day of the form `YYYY-MM-DD`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a date of the form YYYY-MM-DD")]
pub struct NotADay(pub String);

impl std::str::FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        // The format alone takes a signed year too, whose text is not read back and does not sort.
        let plain =
            text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        time::Date::parse(text, DAY_FORMAT)
            .ok()
            .filter(|date| plain && date.year() >= 1)
            .map(Day)
            .ok_or_else(|| NotADay(text.to_owned()))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl Day {
    /// Midnight UTC at the start of this day.
    #[must_use]
    pub fn start(self) -> Instant {
        Instant::from_time(self.0.midnight().assume_utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_survives_its_text() {
        let at = Instant(1_795_000_000_123_456);
        assert_eq!(parse_rfc3339(&at.rfc3339()), Some(at));
    }

    #[test]
    fn a_day_survives_its_text() {
        let day: Day = "2026-02-28".parse().expect("a day");
        assert_eq!(day.to_string(), "2026-02-28");
        assert_eq!(day.start().day(), day);
        assert!("2026-02-30".parse::<Day>().is_err());
        for odd in ["-0001-01-01", "-001-01-01", "0000-01-01", "+2026-01-01", "12026-01-01", ""] {
            assert!(odd.parse::<Day>().is_err(), "{odd}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_read_as_a_day_is_written_the_same(text in "[-+]?[0-9]{1,5}-[0-9]{2}-[0-9]{2}") {
            if let Ok(day) = text.parse::<Day>() {
                proptest::prop_assert_eq!(day.to_string(), text);
            }
        }
    }
}

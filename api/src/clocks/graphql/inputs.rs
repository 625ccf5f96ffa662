//! What calendars are given as.

use async_graphql::{ID, InputObject};
use entity::clocks::hours::{self, Returns};
use entity::id::UnitId;

use super::Weekday;
use crate::clocks::calendars::SetCalendar;
use crate::graphql::list::id_at;
use crate::graphql::scalars::Date;
use crate::kit::error::{Code, Refusal, Result};

/// Opening hours of one day of the week; several a day may be given.
#[derive(InputObject)]
pub struct OpeningInput {
    /// On which day.
    pub weekday: Weekday,
    /// From when, for instance `09:00`.
    pub opens: String,
    /// To when, on the same day, for instance `17:00`; `24:00` is the end of the day.
    pub closes: String,
}

/// A day on which nobody works.
#[derive(InputObject)]
pub struct HolidayInput {
    /// The day; of one that returns, any of its days.
    pub date: Date,
    /// Whether it returns on the same date of every year; not when left out.
    pub yearly: Option<bool>,
}

/// The calendar of a unit, whole.
#[derive(InputObject)]
pub struct CalendarSetInput {
    /// Whose.
    pub unit_id: ID,
    /// Time zone (IANA), for instance `Europe/Madrid`; left out, it is that of each unit.
    pub zone: Option<String>,
    /// Opening hours of a week, at least one and at most 42.
    pub openings: Vec<OpeningInput>,
    /// Days on which nobody works, at most 500; none when left out.
    pub holidays: Option<Vec<HolidayInput>>,
    /// The version that you read; 0 when there was none.
    pub expected_version: Option<i32>,
}

impl CalendarSetInput {
    pub(super) fn parsed(self) -> Result<SetCalendar> {
        let unit: UnitId = id_at(&self.unit_id, "unitId")?;
        let openings = self.openings.into_iter().enumerate();
        let openings = openings.map(|(place, opening)| {
            Ok(hours::Opening {
                weekday: opening.weekday.into(),
                opens: minute(&opening.opens, &format!("openings.{place}.opens"))?,
                closes: minute(&opening.closes, &format!("openings.{place}.closes"))?,
            })
        });
        let holidays =
            self.holidays.unwrap_or_default().into_iter().map(|holiday| hours::Holiday {
                on: holiday.date.0,
                returns: if holiday.yearly == Some(true) {
                    Returns::Yearly
                } else {
                    Returns::Never
                },
            });
        Ok(SetCalendar {
            unit,
            zone: self.zone,
            openings: openings.collect::<Result<_>>()?,
            holidays: holidays.collect(),
            expected_version: self.expected_version,
        })
    }
}

/// Minutes after midnight.
fn minute(text: &str, field: &str) -> Result<u16> {
    let parts = text.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2);
    let number = |text: &str| text.parse::<u16>().ok().filter(|_| !text.starts_with('+'));
    let parts = parts.and_then(|(hour, minute)| Some((number(hour)?, number(minute)?)));
    match parts {
        Some((hour, minute)) if hour * 60 + minute <= 24 * 60 && minute < 60 => {
            Ok(hour * 60 + minute)
        }
        _ => Err(Refusal::new(
            Code::Invalid,
            field,
            "This is no time of day. Write it as 09:00, from 00:00 to 24:00.",
        )
        .into()),
    }
}

//! Which day it is where somebody works.

use std::collections::HashMap;

use entity::id::UnitId;
use entity::instant::{Day, Instant};
use sea_orm::ConnectionTrait;

use super::query;
use crate::kit::error::Result;

/// The calendar day of `now` in a zone by its IANA name; in UTC without one, or where this machine
/// does not know it.
#[must_use]
pub fn day_in(zone: Option<&str>, now: Instant) -> Day {
    let local = zone.and_then(|name| {
        let at = jiff::Timestamp::from_microsecond(now.micros()).ok()?;
        let date = at.in_tz(name).ok()?.date();
        format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()).parse().ok()
    });
    local.unwrap_or_else(|| now.day())
}

/// The day of `now` in each of these units. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn days<C: ConnectionTrait>(
    conn: &C,
    units: &[UnitId],
    now: Instant,
) -> Result<HashMap<UnitId, Day>> {
    let zones = query::zones(conn, units).await?;
    let day = |unit: &UnitId| day_in(zones.get(unit).map(String::as_str), now);
    Ok(units.iter().map(|unit| (*unit, day(unit))).collect())
}

/// The day of `now` in one unit. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn today<C: ConnectionTrait>(conn: &C, unit: UnitId, now: Instant) -> Result<Day> {
    Ok(days(conn, &[unit], now).await?.remove(&unit).unwrap_or_else(|| now.day()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::instant::parse_rfc3339;

    #[test]
    fn midnight_comes_at_different_times() {
        let late = parse_rfc3339("2026-03-01T23:30:00Z").expect("an instant");
        assert_eq!(day_in(None, late).to_string(), "2026-03-01");
        assert_eq!(day_in(Some("Europe/Madrid"), late).to_string(), "2026-03-02");
        assert_eq!(day_in(Some("America/Mexico_City"), late).to_string(), "2026-03-01");
        assert_eq!(day_in(Some("Nowhere/Atlantis"), late).to_string(), "2026-03-01");
    }
}

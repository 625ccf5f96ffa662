//! What administrators do with business calendars.

use entity::clocks::calendar;
use entity::clocks::hours::{BusinessTime, CalendarRefused, Holiday, Opening};
use entity::id::{CalendarId, UnitId};
use entity::identity::values::Role;
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};
use serde::Serialize;

use super::query;
use crate::identity;
use crate::jobs::recount;
use crate::kit::error::{Code, Error, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};

/// The hours of a place, as they are to be.
#[derive(Clone, Debug)]
pub struct SetCalendar {
    /// Whose.
    pub unit: UnitId,
    /// IANA zone; none: that of each unit.
    pub zone: Option<String>,
    /// Opening hours of a week.
    pub openings: Vec<Opening>,
    /// Days on which nobody works.
    pub holidays: Vec<Holiday>,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
}

#[derive(Serialize)]
struct CalendarData {
    calendar: CalendarId,
}

/// "We work at these hours": gives a unit, and all below it that have none, a calendar. What runs is
/// counted anew in the background.
///
/// # Errors
/// UNAUTHENTICATED; FORBIDDEN without ADMIN over the unit; NOT_FOUND at `unitId`; INVALID naming the
/// field; STALE_VERSION.
pub async fn set(scope: &Scope, cmd: SetCalendar) -> Result<calendar::Model> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    may_administer(&tx, scope, cmd.unit).await?;
    let zone = cmd.zone.as_deref().map(str::trim).filter(|zone| !zone.is_empty());
    BusinessTime::new(zone.unwrap_or("UTC"), &cmd.openings, &cmd.holidays).map_err(refused)?;
    let before = query::calendar_of(&tx, cmd.unit).await?;
    let version = before.as_ref().map_or(0, |before| before.version);
    if cmd.expected_version.is_some_and(|expected| expected != version) {
        return Err(Refusal::stale(version).into());
    }
    let row = calendar::Model {
        id: before.as_ref().map_or_else(|| CalendarId(scope.fresh_id()), |before| before.id),
        unit_id: cmd.unit,
        zone: zone.map(str::to_owned),
        openings: serde_json::to_string(&cmd.openings).unwrap_or_default(),
        holidays: serde_json::to_string(&cmd.holidays).unwrap_or_default(),
        created_at: before.as_ref().map_or(scope.now, |before| before.created_at),
        updated_at: scope.now,
        version: version + 1,
    };
    let active = row.into_active_model().reset_all();
    let row = match before {
        Some(_) => active.update(&tx).await?,
        None => active.insert(&tx).await?,
    };
    recount::ask(&tx, scope, cmd.unit).await?;
    tx.state(fact("calendar.set", &row));
    tx.commit(row).await
}

/// "It works as the unit above from now on."
///
/// # Errors
/// UNAUTHENTICATED; FORBIDDEN without ADMIN over the unit; NOT_FOUND at `unitId` when it has none.
pub async fn remove(scope: &Scope, unit: UnitId) -> Result<UnitId> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    may_administer(&tx, scope, unit).await?;
    let row = query::calendar_of(&tx, unit).await?.or_not_found("unitId")?;
    query::remove_calendar(&tx, row.id).await?;
    recount::ask(&tx, scope, unit).await?;
    tx.state(fact("calendar.removed", &row));
    tx.commit(unit).await
}

fn fact(kind: &'static str, row: &calendar::Model) -> NewFact {
    NewFact::new(kind, ("unit", row.unit_id.0), &CalendarData { calendar: row.id }).administrative()
}

async fn may_administer(tx: &Tx, scope: &Scope, unit: UnitId) -> Result<()> {
    identity::query::unit_locked(tx, &scope.actor, unit).await?.or_not_found("unitId")?;
    let mut lineages = identity::query::lineages(tx, &[unit]).await?;
    let lineage = lineages.remove(&unit).unwrap_or_default();
    identity::policy::may_administer(&scope.actor, &lineage)
}

/// Which field is wrong, and what to do.
fn refused(refused: CalendarRefused) -> Error {
    let field = match &refused {
        CalendarRefused::Zone(_) => String::from("zone"),
        CalendarRefused::NoOpening | CalendarRefused::TooManyOpenings => String::from("openings"),
        CalendarRefused::Reversed(place) => format!("openings.{place}.closes"),
        CalendarRefused::Overlap(place) => format!("openings.{place}"),
        CalendarRefused::HolidayTwice(place) => format!("holidays.{place}"),
        CalendarRefused::TooManyHolidays | CalendarRefused::NoWorkingDay => {
            String::from("holidays")
        }
    };
    let mut sentence = refused.to_string();
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Refusal::new(Code::Invalid, &field, format!("{sentence}.")).into()
}

/// All calendars, in the order in which they were made.
///
/// # Errors
/// UNAUTHENTICATED; FORBIDDEN without ADMIN or AUDITOR.
pub async fn all(scope: &Scope) -> Result<Vec<calendar::Model>> {
    if !scope.actor.holds(Role::Auditor) {
        scope.actor.require_role(Role::Admin)?;
    }
    query::calendars(&scope.db()).await
}

/// The hours that count for a unit.
#[derive(Clone, Debug)]
pub struct Effective {
    /// The unit whose calendar it is; none while nobody above it has one either.
    pub from: Option<UnitId>,
    /// The zone.
    pub zone: String,
    /// Opening hours of a week.
    pub openings: Vec<Opening>,
    /// Days on which nobody works.
    pub holidays: Vec<Holiday>,
    /// Minutes of a business day.
    pub day_minutes: i64,
}

/// The hours that count for a unit: its own, or those of the nearest unit above that has some.
///
/// # Errors
/// UNAUTHENTICATED; NOT_FOUND at `unitId`.
pub async fn effective(scope: &Scope, unit: UnitId) -> Result<Effective> {
    scope.actor.require_signed_in()?;
    let db = scope.db();
    identity::query::unit(&db, &scope.actor, unit).await?.or_not_found("unitId")?;
    query::effective(&db, unit).await
}

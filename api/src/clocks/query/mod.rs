//! The statements of clocks and calendars. Whoever asks for the clocks of a submission has it from
//! its own door.
#![allow(clippy::disallowed_methods)] // a query.rs

mod figures;
mod rounds;

use std::collections::HashMap;

use entity::clocks::hours::{BusinessTime, Holiday, Opening, usual_openings};
use entity::clocks::machine::{Clocks, Targets, Terms};
use entity::clocks::values::ClockState;
use entity::clocks::{calendar, clock};
use entity::id::{CalendarId, SubmissionId, UnitId};
use entity::identity::{unit, unit_closure};
use entity::instant::Instant;
use entity::programs::setting;
use entity::submissions::submission;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query, SelectStatement, ValueType};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait,
    FromQueryResult, IntoActiveModel as _, Iterable as _, QueryFilter, QueryOrder, QuerySelect,
    Select, Value,
};

pub use figures::*;
pub use rounds::*;

use super::calendars::Effective;
use super::settings::{self, Levels};
use crate::db::dialect;
use crate::db::wide::Form;
use crate::kit::error::{Fault, Result};

/// One level of the way from a unit to the top, with the calendar that stands there.
#[derive(Clone, Debug, FromQueryResult)]
struct Level {
    descendant: UnitId,
    ancestor: UnitId,
    depth: i32,
    unit_zone: Option<String>,
    calendar_zone: Option<String>,
    openings: Option<String>,
    holidays: Option<String>,
    first_response: Option<String>,
    decision: Option<String>,
}

fn stored(key: &str) -> Expr {
    let value = Query::select()
        .column(setting::Column::Value)
        .from(setting::Entity)
        .and_where(Expr::col((setting::Entity, setting::Column::Key)).eq(key))
        .to_owned();
    Expr::SubQuery(None, Box::new(value.into()))
}

/// What the levels above units are selected as, for who reads them as a part of a larger statement.
pub const LEVEL: [(&str, Form); 9] = [
    ("descendant", Form::Id),
    ("ancestor", Form::Id),
    ("depth", Form::Short),
    ("unit_zone", Form::Text),
    ("calendar_zone", Form::Text),
    ("openings", Form::Text),
    ("holidays", Form::Text),
    ("first_response", Form::Text),
    ("decision", Form::Text),
];

impl Level {
    /// A level that was read with others as [`LEVEL`] says.
    fn of(values: Vec<Value>) -> Option<Self> {
        let mut values = values.into_iter();
        let mut next = || values.next();
        Some(Self {
            descendant: ValueType::try_from(next()?).ok()?,
            ancestor: ValueType::try_from(next()?).ok()?,
            depth: ValueType::try_from(next()?).ok()?,
            unit_zone: ValueType::try_from(next()?).ok()?,
            calendar_zone: ValueType::try_from(next()?).ok()?,
            openings: ValueType::try_from(next()?).ok()?,
            holidays: ValueType::try_from(next()?).ok()?,
            first_response: ValueType::try_from(next()?).ok()?,
            decision: ValueType::try_from(next()?).ok()?,
        })
    }
}

/// As [`terms_of`], of levels that were read as [`LEVEL`] says.
///
/// # Errors
/// A fault for a calendar that cannot be read.
pub fn terms_from(rows: Vec<Vec<Value>>) -> Result<HashMap<UnitId, Terms>> {
    let level = |row| Ok(Level::of(row).ok_or_else(|| Fault::internal("no level of a unit"))?);
    terms_by_unit(rows.into_iter().map(level))
}

fn terms_by_unit(levels: impl Iterator<Item = Result<Level>>) -> Result<HashMap<UnitId, Terms>> {
    let mut ways: HashMap<UnitId, Vec<Level>> = HashMap::new();
    for level in levels {
        let level = level?;
        ways.entry(level.descendant).or_default().push(level);
    }
    ways.into_iter().map(|(unit, way)| Ok((unit, terms(unit, way)?))).collect()
}

/// The levels above the units that `of` is true for, with the targets of the organisation. One
/// statement.
#[must_use]
pub fn levels_above(of: impl FnOnce(Expr) -> Expr) -> SelectStatement {
    Query::select()
        .column((unit_closure::Entity, unit_closure::Column::Descendant))
        .column((unit_closure::Entity, unit_closure::Column::Ancestor))
        .column((unit_closure::Entity, unit_closure::Column::Depth))
        .expr_as(Expr::col((unit::Entity, unit::Column::Zone)), "unit_zone")
        .expr_as(Expr::col((calendar::Entity, calendar::Column::Zone)), "calendar_zone")
        .column((calendar::Entity, calendar::Column::Openings))
        .column((calendar::Entity, calendar::Column::Holidays))
        .expr_as(stored(settings::FIRST_RESPONSE_DAYS), "first_response")
        .expr_as(stored(settings::DECISION_DAYS), "decision")
        .from(unit_closure::Entity)
        .inner_join(
            unit::Entity,
            Expr::col((unit::Entity, unit::Column::Id))
                .equals((unit_closure::Entity, unit_closure::Column::Ancestor)),
        )
        .left_join(
            calendar::Entity,
            Expr::col((calendar::Entity, calendar::Column::UnitId))
                .equals((unit_closure::Entity, unit_closure::Column::Ancestor)),
        )
        .and_where(of(Expr::col((unit_closure::Entity, unit_closure::Column::Descendant))))
        .to_owned()
}

/// On what the clocks of each unit run: the nearest calendar at or above it, and the nearest zone of
/// a calendar or unit. One statement.
///
/// # Errors
/// A fault of the database, or a calendar that cannot be read.
pub async fn terms_of<C: ConnectionTrait>(
    conn: &C,
    units: &[UnitId],
) -> Result<HashMap<UnitId, Terms>> {
    if units.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = conn.query_all(&levels_above(|unit| unit.is_in(units.iter().copied()))).await?;
    terms_by_unit(rows.iter().map(|row| Ok(Level::from_query_result(row, "")?)))
}

/// As [`terms_of`], for one unit.
///
/// # Errors
/// A fault of the database, or a calendar that cannot be read.
pub async fn terms_at<C: ConnectionTrait>(conn: &C, unit: UnitId) -> Result<Terms> {
    let mut found = terms_of(conn, &[unit]).await?;
    Ok(found.remove(&unit).unwrap_or_else(usual_terms))
}

/// As [`terms_of`], with the usual ones for a unit that has none.
///
/// # Errors
/// A fault of the database, or a calendar that cannot be read.
pub(super) async fn terms_of_all<C: ConnectionTrait>(
    conn: &C,
    units: impl Iterator<Item = UnitId>,
) -> Result<HashMap<UnitId, Terms>> {
    let mut units: Vec<UnitId> = units.collect();
    units.sort_unstable();
    units.dedup();
    let mut found = terms_of(conn, &units).await?;
    for unit in units {
        found.entry(unit).or_insert_with(usual_terms);
    }
    Ok(found)
}

fn usual_terms() -> Terms {
    Terms { time: BusinessTime::usual(), targets: Targets::default() }
}

fn terms(unit: UnitId, mut way: Vec<Level>) -> Result<Terms> {
    way.sort_unstable_by_key(|level| level.depth);
    let usual = Targets::default();
    let first = way.first().cloned();
    let (first_response, decision) =
        first.map_or((None, None), |level| (level.first_response, level.decision));
    let targets = Targets {
        first_response: settings::days(first_response, usual.first_response),
        decision: settings::days(decision, usual.decision),
    };
    let zone = zone_of(&way);
    let (openings, holidays) = match way.iter().find(|level| level.openings.is_some()) {
        Some(level) => hours_in(unit, level)?,
        None => (usual_openings(), Vec::new()),
    };
    let time = BusinessTime::new(zone, &openings, &holidays).or_else(|error| {
        // A zone that this machine does not know must not keep people from sending.
        tracing::error!(%unit, %error, "a calendar cannot be used as it stands; counting in UTC");
        BusinessTime::new("UTC", &openings, &holidays)
    });
    let time = time.map_err(|error| Fault::internal(format!("the calendar of {unit}: {error}")))?;
    Ok(Terms { time, targets })
}

/// The nearest zone of a calendar or of a unit; at the same level the calendar's own.
fn zone_of(way: &[Level]) -> &str {
    let nearest = |level: &Level| level.calendar_zone.is_some() || level.unit_zone.is_some();
    let level = way.iter().find(|level| nearest(level));
    let zone =
        level.and_then(|level| level.calendar_zone.as_deref().or(level.unit_zone.as_deref()));
    zone.unwrap_or("UTC")
}

fn hours_in(unit: UnitId, level: &Level) -> Result<(Vec<Opening>, Vec<Holiday>)> {
    let texts = (level.openings.as_deref(), level.holidays.as_deref());
    hours_of(unit, (texts.0.unwrap_or("[]"), texts.1.unwrap_or("[]")))
}

/// The hours and holidays that a row states.
///
/// # Errors
/// A fault when it is no text that was written here.
pub fn hours_of(
    unit: UnitId,
    (openings, holidays): (&str, &str),
) -> Result<(Vec<Opening>, Vec<Holiday>)> {
    let broken = |error| Fault::internal(format!("the calendar of {unit}: {error}"));
    let openings = serde_json::from_str(openings).map_err(broken)?;
    let holidays = serde_json::from_str(holidays).map_err(broken)?;
    Ok((openings, holidays))
}

/// The hours that count for a unit, and whose they are. One statement.
///
/// # Errors
/// A fault of the database, or a calendar that cannot be read.
pub(super) async fn effective<C: ConnectionTrait>(conn: &C, unit: UnitId) -> Result<Effective> {
    let rows = conn.query_all(&levels_above(|above| above.eq(unit))).await?;
    let mut way: Vec<Level> =
        rows.iter().map(|row| Level::from_query_result(row, "")).collect::<Result<_, _>>()?;
    way.sort_unstable_by_key(|level| level.depth);
    let hours = way.iter().find(|level| level.openings.is_some());
    let (openings, holidays) = match hours {
        Some(level) => hours_in(unit, level)?,
        None => (usual_openings(), Vec::new()),
    };
    let from = hours.map(|level| level.ancestor);
    let zone = zone_of(&way).to_owned();
    let day = terms(unit, way)?.time.business_days(1) / entity::instant::MINUTE;
    Ok(Effective { from, zone, openings, holidays, day_minutes: day })
}

/// The calendar of a unit itself.
///
/// # Errors
/// A fault of the database.
pub(super) async fn calendar_of<C: ConnectionTrait>(
    conn: &C,
    unit: UnitId,
) -> Result<Option<calendar::Model>> {
    Ok(calendar::Entity::find().filter(calendar::Column::UnitId.eq(unit)).one(conn).await?)
}

/// All calendars.
///
/// # Errors
/// A fault of the database.
pub(super) async fn calendars<C: ConnectionTrait>(conn: &C) -> Result<Vec<calendar::Model>> {
    let all = calendar::Entity::find()
        .order_by_asc(calendar::Column::CreatedAt)
        .order_by_asc(calendar::Column::Id);
    Ok(all.all(conn).await?)
}

/// Takes a calendar out.
///
/// # Errors
/// A fault of the database.
pub(super) async fn remove_calendar<C: ConnectionTrait>(tx: &C, id: CalendarId) -> Result<()> {
    calendar::Entity::delete_many().filter(calendar::Column::Id.eq(id)).exec(tx).await?;
    Ok(())
}

/// The settings of service levels. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn levels<C: ConnectionTrait>(conn: &C) -> Result<Levels> {
    Ok(levels_from(stored_levels().all(conn).await?))
}

/// The settings of service levels as they are stored.
#[must_use]
pub fn stored_levels() -> Select<setting::Entity> {
    let keys = [
        settings::FIRST_RESPONSE_DAYS,
        settings::DECISION_DAYS,
        settings::PROMISE,
        settings::ESCALATION,
    ];
    setting::Entity::find().filter(setting::Column::Key.is_in(keys))
}

/// The settings of service levels that are stored so.
#[must_use]
pub fn levels_from(rows: Vec<setting::Model>) -> Levels {
    Levels::of(rows.into_iter().map(|row| (row.key, row.value)))
}

/// Writes one setting, whether it was there or not.
///
/// # Errors
/// A fault of the database.
pub(super) async fn set<C: ConnectionTrait>(
    tx: &C,
    key: &str,
    (value, now): (String, Instant),
) -> Result<()> {
    let row =
        setting::ActiveModel { key: Set(key.to_owned()), value: Set(value), updated_at: Set(now) };
    let over = OnConflict::column(setting::Column::Key)
        .update_columns([setting::Column::Value, setting::Column::UpdatedAt])
        .to_owned();
    setting::Entity::insert(row).on_conflict(over).exec_without_returning(tx).await?;
    Ok(())
}

/// Submissions at or below a unit with a clock that has not stopped, in the order of their ids,
/// locked until the transaction ends.
///
/// # Errors
/// A fault of the database.
pub(super) async fn open_below<C: ConnectionTrait>(
    tx: &C,
    unit: UnitId,
    (after, limit): (Option<SubmissionId>, u64),
) -> Result<Vec<(SubmissionId, UnitId)>> {
    let below = Query::select()
        .column(unit_closure::Column::Descendant)
        .from(unit_closure::Entity)
        .and_where(unit_closure::Column::Ancestor.eq(unit))
        .to_owned();
    let open = Query::select()
        .column(clock::Column::SubmissionId)
        .from(clock::Entity)
        .and_where(clock::Column::State.is_in([ClockState::Running, ClockState::Paused]))
        .to_owned();
    let mut select = submission::Entity::find()
        .filter(submission::Column::UnitId.in_subquery(below))
        .filter(submission::Column::Id.in_subquery(open));
    if let Some(after) = after {
        select = select.filter(submission::Column::Id.gt(after));
    }
    let select = select.order_by_asc(submission::Column::Id).limit(limit);
    let rows = dialect::for_update(tx.get_database_backend(), select).all(tx).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.unit_id)).collect())
}

/// The clocks of one submission.
///
/// # Errors
/// A fault of the database.
pub async fn clocks_of<C: ConnectionTrait>(conn: &C, id: SubmissionId) -> Result<Clocks> {
    let rows = clock::Entity::find().filter(clock::Column::SubmissionId.eq(id)).all(conn).await?;
    Ok(Clocks::of(id, rows))
}

/// The clocks of several submissions; none for those that have none.
///
/// # Errors
/// A fault of the database.
pub async fn clocks_of_all<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<HashMap<SubmissionId, Clocks>> {
    let some = clock::Column::SubmissionId.is_in(ids.iter().copied());
    let mut found: HashMap<SubmissionId, Vec<clock::Model>> = HashMap::new();
    for row in clock::Entity::find().filter(some).all(conn).await? {
        found.entry(row.submission_id).or_default().push(row);
    }
    Ok(found.into_iter().map(|(id, rows)| (id, Clocks::of(id, rows))).collect())
}

/// Writes what differs of the clocks of several submissions: one statement to write, and one for each
/// row that goes.
///
/// # Errors
/// A fault of the database.
pub(super) async fn store_all<C: ConnectionTrait>(
    tx: &C,
    changes: &[(Clocks, Clocks)],
) -> Result<()> {
    let key = |row: &clock::Model| (row.kind, row.round);
    let mut changed = Vec::new();
    for (before, after) in changes {
        let kept = |row: &clock::Model| after.rows().iter().any(|it| key(it) == key(row));
        for gone in before.rows().iter().filter(|row| !kept(row)) {
            clock::Entity::delete_many()
                .filter(clock::Column::SubmissionId.eq(gone.submission_id))
                .filter(clock::Column::Kind.eq(gone.kind))
                .filter(clock::Column::Round.eq(gone.round))
                .exec(tx)
                .await?;
        }
        let other = after.rows().iter().filter(|row| !before.rows().contains(row));
        changed.extend(other.cloned());
    }
    write(tx, changed).await
}

/// Writes rows, new ones and others.
///
/// # Errors
/// A fault of the database.
pub(super) async fn write<C: ConnectionTrait>(tx: &C, rows: Vec<clock::Model>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let key = [clock::Column::SubmissionId, clock::Column::Kind, clock::Column::Round];
    let rest = clock::Column::iter().filter(|column| {
        !matches!(column, clock::Column::SubmissionId | clock::Column::Kind | clock::Column::Round)
    });
    let over = OnConflict::columns(key).update_columns(rest).to_owned();
    let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
    clock::Entity::insert_many(rows).on_conflict(over).exec_without_returning(tx).await?;
    Ok(())
}

/// Keeps the earliest due date in the row that lists are ordered by.
///
/// # Errors
/// A fault of the database.
pub(super) async fn set_due<C: ConnectionTrait>(
    tx: &C,
    id: SubmissionId,
    due: Option<Instant>,
) -> Result<()> {
    submission::Entity::update_many()
        .col_expr(submission::Column::DueAt, Expr::val(due))
        .filter(submission::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

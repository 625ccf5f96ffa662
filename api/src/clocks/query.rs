//! The statements of clocks and calendars. Whoever asks for the clocks of a submission has it from
//! its own door.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::clocks::hours::{BusinessTime, Holiday, Opening};
use entity::clocks::machine::{Clocks, Targets, Terms};
use entity::clocks::{calendar, clock};
use entity::id::{SubmissionId, UnitId};
use entity::identity::{unit, unit_closure};
use entity::instant::Instant;
use entity::programs::setting;
use entity::submissions::submission;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult,
    IntoActiveModel as _, Iterable as _, QueryFilter,
};

use super::settings;
use crate::kit::error::{Fault, Result};

/// One level of the way from a unit to the top, with the calendar that stands there.
#[derive(Clone, Debug, FromQueryResult)]
struct Level {
    descendant: UnitId,
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

/// The levels above units, with the targets of the organisation. One statement.
fn levels(units: &[UnitId]) -> SelectStatement {
    Query::select()
        .column((unit_closure::Entity, unit_closure::Column::Descendant))
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
        .and_where(
            Expr::col((unit_closure::Entity, unit_closure::Column::Descendant))
                .is_in(units.iter().copied()),
        )
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
    let mut ways: HashMap<UnitId, Vec<Level>> = HashMap::new();
    for row in conn.query_all(&levels(units)).await? {
        let level = Level::from_query_result(&row, "")?;
        ways.entry(level.descendant).or_default().push(level);
    }
    ways.into_iter().map(|(unit, way)| Ok((unit, terms(unit, way)?))).collect()
}

/// As [`terms_of`], for one unit.
///
/// # Errors
/// A fault of the database, or a calendar that cannot be read.
pub async fn terms_at<C: ConnectionTrait>(conn: &C, unit: UnitId) -> Result<Terms> {
    let mut found = terms_of(conn, &[unit]).await?;
    Ok(found
        .remove(&unit)
        .unwrap_or(Terms { time: BusinessTime::usual(), targets: Targets::default() }))
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
    let zone =
        way.iter().find_map(|level| level.calendar_zone.as_ref().or(level.unit_zone.as_ref()));
    let zone = zone.map_or("UTC", String::as_str);
    let hours =
        way.iter().find_map(|level| level.openings.as_deref().zip(level.holidays.as_deref()));
    let (openings, holidays) = match hours {
        Some((openings, holidays)) => hours_of(unit, (openings, holidays))?,
        None => (entity::clocks::hours::usual_openings(), Vec::new()),
    };
    let time = BusinessTime::new(zone, &openings, &holidays).or_else(|error| {
        // A zone that this machine does not know must not keep people from sending.
        tracing::error!(%unit, %error, "a calendar cannot be used as it stands; counting in UTC");
        BusinessTime::new("UTC", &openings, &holidays)
    });
    let time = time.map_err(|error| Fault::internal(format!("the calendar of {unit}: {error}")))?;
    Ok(Terms { time, targets })
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

/// Writes what differs: at most one statement to take rows out and one to write.
///
/// # Errors
/// A fault of the database.
pub(super) async fn store<C: ConnectionTrait>(
    tx: &C,
    before: &Clocks,
    after: &Clocks,
) -> Result<()> {
    let key = |row: &clock::Model| (row.kind, row.round);
    let kept = |row: &clock::Model| after.rows().iter().any(|it| key(it) == key(row));
    for gone in before.rows().iter().filter(|row| !kept(row)) {
        clock::Entity::delete_many()
            .filter(clock::Column::SubmissionId.eq(gone.submission_id))
            .filter(clock::Column::Kind.eq(gone.kind))
            .filter(clock::Column::Round.eq(gone.round))
            .exec(tx)
            .await?;
    }
    let changed = after.rows().iter().filter(|row| !before.rows().contains(row));
    write(tx, changed.cloned().collect()).await
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

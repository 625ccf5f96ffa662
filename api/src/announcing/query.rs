//! The scoped doors of announcements.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::announcing::values::AnnouncementState;
use entity::announcing::{
    announcement, announcement_submission, announcement_text, announcement_unit,
};
use entity::id::{AnnouncementId, PersonId, SubmissionId, UnitId};
use entity::identity::values::Role;
use entity::identity::{person, unit, unit_closure};
use entity::instant::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult,
    QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::policy;
use crate::db::dialect;
use crate::identity::query::below;
use crate::kit::actor::Actor;
use crate::kit::error::Result;

/// Announcements that `actor` may read: what is published to a unit above their own, and everything
/// that goes only to units over which they review.
#[must_use]
pub fn visible_to(actor: &Actor) -> Select<announcement::Entity> {
    announcement::Entity::find().filter(visible(actor))
}

fn visible(actor: &Actor) -> Condition {
    let (true, Some(home)) = (policy::is_reader(actor), actor.home) else {
        return Condition::all().add(Expr::cust("1 = 0"));
    };
    let published = Condition::all()
        .add(announcement::Column::State.eq(AnnouncementState::Published))
        .add(announcement::Column::Id.in_subquery(going_to(home)));
    let units = actor.units_with(Role::Reviewer);
    if units.is_empty() {
        return published;
    }
    Condition::any().add(published).add(over_all(&units))
}

/// Whatever goes only to these units and what is below them.
fn over_all(units: &[UnitId]) -> Condition {
    let elsewhere = Query::select()
        .column(announcement_unit::Column::AnnouncementId)
        .from(announcement_unit::Entity)
        .and_where(announcement_unit::Column::UnitId.not_in_subquery(below(units)))
        .to_owned();
    Condition::all().add(announcement::Column::Id.not_in_subquery(elsewhere))
}

/// Whatever goes to a unit: to it, or to one above it.
#[must_use]
pub fn going_to(unit: UnitId) -> SelectStatement {
    let above = Query::select()
        .column(unit_closure::Column::Ancestor)
        .from(unit_closure::Entity)
        .and_where(unit_closure::Column::Descendant.eq(unit))
        .to_owned();
    Query::select()
        .column(announcement_unit::Column::AnnouncementId)
        .from(announcement_unit::Entity)
        .and_where(announcement_unit::Column::UnitId.in_subquery(above))
        .to_owned()
}

/// Those in this state.
#[must_use]
pub fn in_state(state: AnnouncementState) -> Condition {
    Condition::all().add(announcement::Column::State.eq(state))
}

/// Those that reach the people of this unit.
#[must_use]
pub fn reaching(unit: UnitId) -> Condition {
    Condition::all().add(announcement::Column::Id.in_subquery(going_to(unit)))
}

/// One that `actor` may read.
///
/// # Errors
/// A fault of the database.
pub async fn one<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: AnnouncementId,
) -> Result<Option<announcement::Model>> {
    Ok(visible_to(actor).filter(announcement::Column::Id.eq(id)).one(conn).await?)
}

/// Those of these that `actor` may read as a person of their units, or writes.
///
/// # Errors
/// A fault of the database.
pub async fn some<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    ids: &[AnnouncementId],
) -> Result<Vec<announcement::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let among = announcement::Column::Id.is_in(ids.iter().copied());
    Ok(visible_to(actor).filter(among).all(conn).await?)
}

/// As [`one`], locked until the transaction ends.
pub(super) async fn locked<C: ConnectionTrait>(
    tx: &C,
    actor: &Actor,
    id: AnnouncementId,
) -> Result<Option<announcement::Model>> {
    let select = visible_to(actor).filter(announcement::Column::Id.eq(id));
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// One, whoever asks: for those who tell people of it.
///
/// # Errors
/// A fault of the database.
pub async fn any<C: ConnectionTrait>(
    conn: &C,
    id: AnnouncementId,
) -> Result<Option<announcement::Model>> {
    Ok(announcement::Entity::find_by_id(id).one(conn).await?)
}

/// As [`any`], locked until the transaction ends.
///
/// # Errors
/// A fault of the database.
pub async fn any_locked<C: ConnectionTrait>(
    tx: &C,
    id: AnnouncementId,
) -> Result<Option<announcement::Model>> {
    let select = announcement::Entity::find_by_id(id);
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// The texts of several announcements, languages in order. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn texts_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[AnnouncementId],
) -> Result<HashMap<AnnouncementId, Vec<announcement_text::Model>>> {
    use announcement_text::Column;
    let mut texts: HashMap<AnnouncementId, Vec<announcement_text::Model>> = HashMap::new();
    if ids.is_empty() {
        return Ok(texts);
    }
    let rows = announcement_text::Entity::find()
        .filter(Column::AnnouncementId.is_in(ids.iter().copied()))
        .order_by_asc(Column::AnnouncementId)
        .order_by_asc(Column::Language)
        .all(conn)
        .await?;
    for row in rows {
        texts.entry(row.announcement_id).or_default().push(row);
    }
    Ok(texts)
}

/// The units of several announcements. One statement.
pub(super) async fn units_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[AnnouncementId],
) -> Result<HashMap<AnnouncementId, Vec<UnitId>>> {
    use announcement_unit::Column;
    let mut units: HashMap<AnnouncementId, Vec<UnitId>> = HashMap::new();
    if ids.is_empty() {
        return Ok(units);
    }
    let rows = announcement_unit::Entity::find()
        .filter(Column::AnnouncementId.is_in(ids.iter().copied()))
        .order_by_asc(Column::UnitId)
        .all(conn)
        .await?;
    for row in rows {
        units.entry(row.announcement_id).or_default().push(row.unit_id);
    }
    Ok(units)
}

/// The submissions that several announcements are about. One statement.
pub(super) async fn submissions_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[AnnouncementId],
) -> Result<HashMap<AnnouncementId, Vec<SubmissionId>>> {
    use announcement_submission::Column;
    let mut about: HashMap<AnnouncementId, Vec<SubmissionId>> = HashMap::new();
    if ids.is_empty() {
        return Ok(about);
    }
    let rows = announcement_submission::Entity::find()
        .filter(Column::AnnouncementId.is_in(ids.iter().copied()))
        .order_by_asc(Column::SubmissionId)
        .all(conn)
        .await?;
    for row in rows {
        about.entry(row.announcement_id).or_default().push(row.submission_id);
    }
    Ok(about)
}

/// Writes a new announcement.
pub(super) async fn insert<C: ConnectionTrait>(tx: &C, row: &announcement::Model) -> Result<()> {
    let new = announcement::ActiveModel {
        id: Set(row.id),
        state: Set(row.state),
        cause_id: Set(row.cause_id),
        created_by: Set(row.created_by),
        created_at: Set(row.created_at),
        updated_at: Set(row.updated_at),
        published_by: Set(row.published_by),
        published_at: Set(row.published_at),
        withdrawn_by: Set(row.withdrawn_by),
        withdrawn_at: Set(row.withdrawn_at),
        told: Set(row.told),
        told_up_to: Set(row.told_up_to),
        told_at: Set(row.told_at),
        version: Set(row.version),
    };
    announcement::Entity::insert(new).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes all that people change of an announcement.
pub(super) async fn store<C: ConnectionTrait>(tx: &C, row: &announcement::Model) -> Result<()> {
    let change = announcement::ActiveModel {
        state: Set(row.state),
        cause_id: Set(row.cause_id),
        updated_at: Set(row.updated_at),
        published_by: Set(row.published_by),
        published_at: Set(row.published_at),
        withdrawn_by: Set(row.withdrawn_by),
        withdrawn_at: Set(row.withdrawn_at),
        version: Set(row.version),
        ..Default::default()
    };
    announcement::Entity::update_many()
        .set(change)
        .filter(announcement::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// How far the telling of an announcement is.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// How many were told in all.
    pub told: i32,
    /// The last one who was looked at.
    pub up_to: Option<PersonId>,
    /// When everybody was.
    pub at: Option<Instant>,
}

/// Writes how far the telling of an announcement is; its version stays, for nobody changed it.
///
/// # Errors
/// A fault of the database.
pub async fn set_told<C: ConnectionTrait>(tx: &C, id: AnnouncementId, now: Told) -> Result<()> {
    announcement::Entity::update_many()
        .col_expr(announcement::Column::Told, Expr::val(now.told))
        .col_expr(announcement::Column::ToldUpTo, Expr::val(now.up_to))
        .col_expr(announcement::Column::ToldAt, Expr::val(now.at))
        .filter(announcement::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Puts these texts in the place of all former ones: language, title, body.
pub(super) async fn replace_texts<C: ConnectionTrait>(
    tx: &C,
    id: AnnouncementId,
    texts: &[(String, String, String)],
) -> Result<()> {
    announcement_text::Entity::delete_many()
        .filter(announcement_text::Column::AnnouncementId.eq(id))
        .exec(tx)
        .await?;
    let rows = texts.iter().map(|(language, title, body)| announcement_text::ActiveModel {
        announcement_id: Set(id),
        language: Set(language.clone()),
        title: Set(title.clone()),
        body: Set(body.clone()),
    });
    if !texts.is_empty() {
        announcement_text::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Puts these units in the place of all former ones.
pub(super) async fn replace_units<C: ConnectionTrait>(
    tx: &C,
    id: AnnouncementId,
    units: &[UnitId],
) -> Result<()> {
    announcement_unit::Entity::delete_many()
        .filter(announcement_unit::Column::AnnouncementId.eq(id))
        .exec(tx)
        .await?;
    let rows = units.iter().map(|unit| announcement_unit::ActiveModel {
        announcement_id: Set(id),
        unit_id: Set(*unit),
    });
    if !units.is_empty() {
        announcement_unit::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Puts these submissions in the place of all former ones.
pub(super) async fn replace_submissions<C: ConnectionTrait>(
    tx: &C,
    id: AnnouncementId,
    about: &[SubmissionId],
) -> Result<()> {
    announcement_submission::Entity::delete_many()
        .filter(announcement_submission::Column::AnnouncementId.eq(id))
        .exec(tx)
        .await?;
    let rows = about.iter().map(|submission| announcement_submission::ActiveModel {
        announcement_id: Set(id),
        submission_id: Set(*submission),
    });
    if !about.is_empty() {
        announcement_submission::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Removes an announcement with all that hangs on it.
pub(super) async fn delete<C: ConnectionTrait>(tx: &C, id: AnnouncementId) -> Result<()> {
    replace_texts(tx, id, &[]).await?;
    replace_units(tx, id, &[]).await?;
    replace_submissions(tx, id, &[]).await?;
    announcement::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Those of these units that are there.
pub(super) async fn known_units<C: ConnectionTrait>(
    conn: &C,
    ids: &[UnitId],
) -> Result<Vec<UnitId>> {
    Ok(unit::Entity::find()
        .filter(unit::Column::Id.is_in(ids.iter().copied()))
        .select_only()
        .column(unit::Column::Id)
        .into_tuple()
        .all(conn)
        .await?)
}

/// How many people of some units prefer a language.
#[derive(Clone, Debug, FromQueryResult)]
pub(super) struct Speakers {
    /// BCP 47.
    pub(super) locale: String,
    /// How many.
    pub(super) people: i64,
    /// How many of them have an address that takes mail.
    pub(super) with_mail: i64,
}

/// The people of units and of all below them who still work here, by language. One statement.
pub(super) async fn speakers<C: ConnectionTrait>(
    conn: &C,
    units: &[UnitId],
) -> Result<Vec<Speakers>> {
    use person::Column;
    let with_mail = Expr::case(Column::Email.is_not_null().and(Column::BouncedAt.is_null()), 1);
    Ok(people_of(units)
        .select_only()
        .column(Column::Locale)
        .column_as(Column::Id.count(), "people")
        .column_as(Expr::expr(with_mail.finally(0)).sum().cast_as("BIGINT"), "with_mail")
        .group_by(Column::Locale)
        .order_by_asc(Column::Locale)
        .into_model()
        .all(conn)
        .await?)
}

fn people_of(units: &[UnitId]) -> Select<person::Entity> {
    person::Entity::find()
        .filter(person::Column::DeactivatedAt.is_null())
        .filter(person::Column::HomeUnitId.in_subquery(below(units)))
}

/// The next people whom an announcement goes to, in the order of ids, behind one of them.
///
/// # Errors
/// A fault of the database.
pub async fn next_people<C: ConnectionTrait>(
    conn: &C,
    row: &announcement::Model,
    most: u64,
) -> Result<Vec<PersonId>> {
    let units = units_of(conn, &[row.id]).await?.remove(&row.id).unwrap_or_default();
    let mut select = people_of(&units);
    if let Some(after) = row.told_up_to {
        select = select.filter(person::Column::Id.gt(after));
    }
    Ok(select
        .order_by_asc(person::Column::Id)
        .select_only()
        .column(person::Column::Id)
        .limit(most)
        .into_tuple()
        .all(conn)
        .await?)
}

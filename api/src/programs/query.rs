//! Doors of programmes, catalogues and settings: everybody who is signed in may read them.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::id::{ProgramId, ReasonId, StatusId};
use entity::instant::Instant;
use entity::programs::values::Standard;
use entity::programs::{label, program, reason, setting, status};
use entity::submissions::phase::Phase;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use super::settings::Settings;
use crate::kit::error::{Fault, OrNotFound as _, Result};

/// Translated names by the row they name: language and text, languages in order.
pub type Labels = HashMap<Uuid, Vec<(String, String)>>;

/// The settings as they stand. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn settings<C: ConnectionTrait>(conn: &C) -> Result<Settings> {
    let rows = setting::Entity::find().all(conn).await?;
    Ok(Settings::of(rows.into_iter().map(|row| (row.key, row.value))))
}

/// One setting as it is stored, if it is.
///
/// # Errors
/// A fault of the database.
pub async fn stored_setting<C: ConnectionTrait>(conn: &C, key: &str) -> Result<Option<String>> {
    Ok(setting::Entity::find_by_id(key.to_owned()).one(conn).await?.map(|row| row.value))
}

/// Whether this database holds the demo: invented people, to whom nothing is ever mailed.
///
/// # Errors
/// A fault of the database.
pub async fn is_demo<C: ConnectionTrait>(conn: &C) -> Result<bool> {
    Ok(stored_setting(conn, super::settings::DEMO).await?.is_some())
}

/// Writes one setting, whether it was there or not.
///
/// # Errors
/// A fault of the database.
pub async fn set<C: ConnectionTrait>(
    conn: &C,
    key: &str,
    value: String,
    now: Instant,
) -> Result<()> {
    let row =
        setting::ActiveModel { key: Set(key.to_owned()), value: Set(value), updated_at: Set(now) };
    setting::Entity::insert(row)
        .on_conflict(
            OnConflict::column(setting::Column::Key)
                .update_columns([setting::Column::Value, setting::Column::UpdatedAt])
                .to_owned(),
        )
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

/// Writes one setting unless it is there.
///
/// # Errors
/// A fault of the database.
pub async fn set_if_missing<C: ConnectionTrait>(
    conn: &C,
    key: &str,
    value: String,
    now: Instant,
) -> Result<()> {
    let row =
        setting::ActiveModel { key: Set(key.to_owned()), value: Set(value), updated_at: Set(now) };
    setting::Entity::insert(row)
        .on_conflict(OnConflict::column(setting::Column::Key).do_nothing().to_owned())
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

/// All programmes, the standing default first.
///
/// # Errors
/// A fault of the database.
pub async fn programs<C: ConnectionTrait>(conn: &C) -> Result<Vec<program::Model>> {
    Ok(program::Entity::find()
        .order_by_asc(program::Column::Standard)
        .order_by_asc(program::Column::CreatedAt)
        .order_by_asc(program::Column::Id)
        .all(conn)
        .await?)
}

/// One programme.
///
/// # Errors
/// A fault of the database.
pub async fn program<C: ConnectionTrait>(
    conn: &C,
    id: ProgramId,
) -> Result<Option<program::Model>> {
    Ok(program::Entity::find_by_id(id).one(conn).await?)
}

/// The programme that submissions go to when none is named.
///
/// # Errors
/// A fault when the catalogue was never laid.
pub async fn default_program<C: ConnectionTrait>(conn: &C) -> Result<program::Model> {
    let found = program::Entity::find()
        .filter(program::Column::Standard.eq(Standard::Default))
        .one(conn)
        .await?;
    Ok(found.ok_or_else(|| Fault::internal("there is no default programme"))?)
}

/// Status labels in order, of one phase or of all.
///
/// # Errors
/// A fault of the database.
pub async fn statuses<C: ConnectionTrait>(
    conn: &C,
    phases: &[Phase],
) -> Result<Vec<status::Model>> {
    let mut select = status::Entity::find();
    if !phases.is_empty() {
        select = select.filter(status::Column::Phase.is_in(phases.iter().copied()));
    }
    Ok(select
        .order_by_asc(status::Column::Position)
        .order_by_asc(status::Column::Code)
        .all(conn)
        .await?)
}

/// One status label.
///
/// # Errors
/// A fault of the database.
pub async fn status<C: ConnectionTrait>(conn: &C, id: StatusId) -> Result<Option<status::Model>> {
    Ok(status::Entity::find_by_id(id).one(conn).await?)
}

/// The status that entering `phase` takes.
///
/// # Errors
/// A fault when the catalogue was never laid.
pub async fn default_status<C: ConnectionTrait>(conn: &C, phase: Phase) -> Result<status::Model> {
    let found = status::Entity::find()
        .filter(status::Column::Phase.eq(phase))
        .filter(status::Column::Standard.eq(Standard::Default))
        .one(conn)
        .await?;
    Ok(found.ok_or_else(|| Fault::internal(format!("no default status for {phase}")))?)
}

/// Makes every status of `phase` one that is taken only when named.
///
/// # Errors
/// A fault of the database.
pub async fn clear_default_status<C: ConnectionTrait>(conn: &C, phase: Phase) -> Result<()> {
    status::Entity::update_many()
        .col_expr(status::Column::Standard, Expr::val(Standard::Named))
        .filter(status::Column::Phase.eq(phase))
        .filter(status::Column::Standard.eq(Standard::Default))
        .exec(conn)
        .await?;
    Ok(())
}

/// Reasons in order, of some phases or of all.
///
/// # Errors
/// A fault of the database.
pub async fn reasons<C: ConnectionTrait>(conn: &C, phases: &[Phase]) -> Result<Vec<reason::Model>> {
    let mut select = reason::Entity::find();
    if !phases.is_empty() {
        select = select.filter(reason::Column::Phase.is_in(phases.iter().copied()));
    }
    Ok(select
        .order_by_asc(reason::Column::Phase)
        .order_by_asc(reason::Column::Position)
        .order_by_asc(reason::Column::Code)
        .all(conn)
        .await?)
}

/// One reason.
///
/// # Errors
/// A fault of the database.
pub async fn reason<C: ConnectionTrait>(conn: &C, id: ReasonId) -> Result<Option<reason::Model>> {
    Ok(reason::Entity::find_by_id(id).one(conn).await?)
}

/// A reason that may be given for `phase` now.
///
/// # Errors
/// NOT_FOUND at `field` for one that is not there, of another phase, or taken out of use.
pub async fn usable_reason<C: ConnectionTrait>(
    conn: &C,
    id: ReasonId,
    phase: Phase,
    field: &str,
) -> Result<reason::Model> {
    reason::Entity::find_by_id(id)
        .filter(reason::Column::Phase.eq(phase))
        .filter(reason::Column::ArchivedAt.is_null())
        .one(conn)
        .await?
        .or_not_found(field)
}

/// The translated names of the whole catalogue. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn all_labels<C: ConnectionTrait>(conn: &C) -> Result<Labels> {
    let rows = label::Entity::find()
        .order_by_asc(label::Column::SubjectId)
        .order_by_asc(label::Column::Locale)
        .all(conn)
        .await?;
    let mut labels = Labels::new();
    for row in rows {
        labels.entry(row.subject_id).or_default().push((row.locale, row.text));
    }
    Ok(labels)
}

/// Writes these names; other languages of the same row stay.
///
/// # Errors
/// A fault of the database.
pub async fn write_labels<C: ConnectionTrait>(
    conn: &C,
    subject: Uuid,
    labels: &[(String, String)],
) -> Result<()> {
    if labels.is_empty() {
        return Ok(());
    }
    let rows = labels.iter().map(|(locale, text)| label::ActiveModel {
        subject_id: Set(subject),
        locale: Set(locale.clone()),
        text: Set(text.clone()),
    });
    label::Entity::insert_many(rows)
        .on_conflict(
            OnConflict::columns([label::Column::SubjectId, label::Column::Locale])
                .update_column(label::Column::Text)
                .to_owned(),
        )
        .exec_without_returning(conn)
        .await?;
    Ok(())
}

//! The doors of closing. Numbers over everything behind a cause are for whoever may resolve it; no text
//! that people sent is read here.
#![allow(clippy::disallowed_methods)] // a query.rs

mod behind;
pub mod came;
mod people;
pub mod sayings;
pub mod seen;
pub mod sustain;
pub mod told;

use std::collections::HashMap;

use entity::closing::fate::Stays;
use entity::closing::values::{ItemState, ResolutionState};
use entity::closing::{item, resolution, resolution_text, resolved_cause, told as told_row};
use entity::id::{CauseId, PersonId, ResolutionId, SubmissionId};
use entity::identity::person;
use entity::instant::Instant;
use entity::triage::cause;
use entity::workflow::values::DecisionState;
use entity::workflow::{decision, redaction};
use sea_orm::sea_query::{Expr, ExprTrait, Func, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait,
    QueryFilter, QueryOrder as _, QuerySelect as _,
};

pub(in crate::closing) use self::behind::{Found, Roots, behind};
pub(in crate::closing) use self::people::{Hearing, hearers};
use crate::db::dialect;
use crate::kit::error::Result;
use crate::kit::scope::Tx;

/// Rows written in one statement.
const ROWS: usize = 1_000;

/// Writes a resolving with all that belongs to it.
pub(in crate::closing) async fn insert(
    tx: &Tx,
    row: &resolution::Model,
    (causes, texts, items): (
        Vec<resolved_cause::Model>,
        Vec<resolution_text::Model>,
        Vec<item::Model>,
    ),
) -> Result<()> {
    resolution::ActiveModel::from(row.clone()).reset_all().insert(tx).await?;
    let causes = causes.into_iter().map(resolved_cause::ActiveModel::from);
    resolved_cause::Entity::insert_many(causes).exec_without_returning(tx).await?;
    let texts = texts.into_iter().map(resolution_text::ActiveModel::from);
    resolution_text::Entity::insert_many(texts).exec_without_returning(tx).await?;
    for part in items.chunks(ROWS) {
        let rows = part.iter().cloned().map(item::ActiveModel::from);
        item::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// One resolving, whoever asks.
pub(in crate::closing) async fn resolution<C: ConnectionTrait>(
    conn: &C,
    id: ResolutionId,
) -> Result<Option<resolution::Model>> {
    Ok(resolution::Entity::find_by_id(id).one(conn).await?)
}

/// As [`resolution`], locked until the transaction ends.
pub(in crate::closing) async fn locked<C: ConnectionTrait>(
    tx: &C,
    id: ResolutionId,
) -> Result<Option<resolution::Model>> {
    let one = resolution::Entity::find_by_id(id);
    Ok(dialect::for_update(tx.get_database_backend(), one).one(tx).await?)
}

/// Writes what changes of a resolving.
pub(in crate::closing) async fn store<C: ConnectionTrait>(
    tx: &C,
    row: &resolution::Model,
) -> Result<()> {
    let change = resolution::ActiveModel {
        state: Set(row.state),
        announce: Set(row.announce),
        done: Set(row.done),
        moved: Set(row.moved),
        finished_at: Set(row.finished_at),
        release_at: Set(row.release_at),
        undone_by: Set(row.undone_by),
        undone_at: Set(row.undone_at),
        ..Default::default()
    };
    resolution::Entity::update_many()
        .set(change)
        .filter(resolution::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The causes of a resolving.
pub(in crate::closing) async fn causes_of<C: ConnectionTrait>(
    conn: &C,
    id: ResolutionId,
) -> Result<Vec<resolved_cause::Model>> {
    let of = resolved_cause::Column::ResolutionId.eq(id);
    Ok(resolved_cause::Entity::find()
        .filter(of)
        .order_by_asc(resolved_cause::Column::CauseId)
        .all(conn)
        .await?)
}

/// The causes among `ids`, whoever asks.
pub(in crate::closing) async fn some_causes<C: ConnectionTrait>(
    conn: &C,
    ids: &[CauseId],
) -> Result<HashMap<CauseId, cause::Model>> {
    let found = cause::Entity::find().filter(cause::Column::Id.is_in(ids.iter().copied()));
    Ok(found.all(conn).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The words of a resolving, in the order of their languages.
///
/// # Errors
/// A fault of the database.
pub async fn texts_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[ResolutionId],
) -> Result<Vec<resolution_text::Model>> {
    Ok(resolution_text::Entity::find()
        .filter(resolution_text::Column::ResolutionId.is_in(ids.iter().copied()))
        .order_by_asc(resolution_text::Column::Language)
        .all(conn)
        .await?)
}

/// The latest resolving of each of these causes: one that was not taken back before one that was.
pub(in crate::closing) async fn latest_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[CauseId],
) -> Result<HashMap<CauseId, resolution::Model>> {
    let rows = resolved_cause::Entity::find()
        .filter(resolved_cause::Column::CauseId.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    let of: Vec<ResolutionId> = rows.iter().map(|row| row.resolution_id).collect();
    let resolutions: HashMap<ResolutionId, resolution::Model> = resolution::Entity::find()
        .filter(resolution::Column::Id.is_in(of))
        .all(conn)
        .await?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let mut latest: HashMap<CauseId, resolution::Model> = HashMap::new();
    for row in rows {
        let Some(found) = resolutions.get(&row.resolution_id) else { continue };
        let rank =
            |it: &resolution::Model| (it.state != ResolutionState::Undone, it.created_at, it.id);
        let newer = latest.get(&row.cause_id).is_none_or(|known| rank(known) < rank(found));
        if newer {
            latest.insert(row.cause_id, found.clone());
        }
    }
    Ok(latest)
}

/// Whether the resolving of one of these causes is being taken back at this moment.
pub(in crate::closing) async fn is_any_undone<C: ConnectionTrait>(
    conn: &C,
    ids: &[CauseId],
) -> Result<bool> {
    let of = Query::select()
        .column(resolved_cause::Column::ResolutionId)
        .from(resolved_cause::Entity)
        .and_where(Expr::col(resolved_cause::Column::CauseId).is_in(ids.iter().copied()))
        .to_owned();
    let found = resolution::Entity::find()
        .filter(resolution::Column::Id.in_subquery(of))
        .filter(resolution::Column::State.eq(ResolutionState::Undoing));
    Ok(found.one(conn).await?.is_some())
}

/// The name of a person.
pub(in crate::closing) async fn name_of<C: ConnectionTrait>(
    conn: &C,
    id: PersonId,
) -> Result<Option<String>> {
    Ok(person::Entity::find_by_id(id).one(conn).await?.map(|row| row.name))
}

/// People by id.
pub(in crate::closing) async fn people<C: ConnectionTrait>(
    conn: &C,
    ids: &[PersonId],
) -> Result<HashMap<PersonId, person::Model>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = person::Entity::find().filter(person::Column::Id.is_in(ids.iter().copied()));
    Ok(found.all(conn).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The next submissions of a resolving in a state, in the order of ids.
pub(in crate::closing) async fn next_items<C: ConnectionTrait>(
    conn: &C,
    id: ResolutionId,
    (state, limit): (ItemState, u64),
) -> Result<Vec<item::Model>> {
    Ok(item::Entity::find()
        .filter(item::Column::ResolutionId.eq(id))
        .filter(item::Column::State.eq(state))
        .order_by_asc(item::Column::SubmissionId)
        .limit(limit)
        .all(conn)
        .await?)
}

/// Writes what became of submissions, in one statement.
pub(in crate::closing) async fn set_items<C: ConnectionTrait>(
    tx: &C,
    rows: &[item::Model],
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let key = [item::Column::ResolutionId, item::Column::SubmissionId];
    let rest = [item::Column::State, item::Column::Why, item::Column::DecisionId];
    let rows = rows.iter().cloned().map(item::ActiveModel::from);
    item::Entity::insert_many(rows)
        .on_conflict(OnConflict::columns(key).update_columns(rest).to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// When passages were taken out of these submissions since an instant: the last time of each.
pub(in crate::closing) async fn redacted_since<C: ConnectionTrait>(
    conn: &C,
    (ids, since): (&[SubmissionId], Instant),
) -> Result<HashMap<SubmissionId, Instant>> {
    let rows = redaction::Entity::find()
        .filter(redaction::Column::SubmissionId.is_in(ids.iter().copied()))
        .filter(redaction::Column::CreatedAt.gte(since))
        .order_by_asc(redaction::Column::CreatedAt)
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.submission_id, row.created_at)).collect())
}

/// What other resolvings have closed behind these causes and nobody was told of.
pub(in crate::closing) async fn held_by_others<C: ConnectionTrait>(
    conn: &C,
    (id, causes): (ResolutionId, &[CauseId]),
) -> Result<Vec<item::Model>> {
    let pending = Query::select()
        .expr(Expr::val(1))
        .from(decision::Entity)
        .and_where(
            Expr::col((decision::Entity, decision::Column::Id))
                .equals((item::Entity, item::Column::DecisionId)),
        )
        .and_where(
            Expr::col((decision::Entity, decision::Column::State)).eq(DecisionState::Pending),
        )
        .to_owned();
    Ok(item::Entity::find()
        .filter(item::Column::ResolutionId.ne(id))
        .filter(item::Column::State.eq(ItemState::Moved))
        .filter(item::Column::SubmissionId.in_subquery(Roots::Behind(causes).ids()))
        .filter(Expr::exists(pending))
        .order_by_asc(item::Column::SubmissionId)
        .all(conn)
        .await?)
}

/// Counts down how many submissions a resolving moved.
pub(in crate::closing) async fn fewer_moved<C: ConnectionTrait>(
    tx: &C,
    id: ResolutionId,
    count: i32,
) -> Result<()> {
    resolution::Entity::update_many()
        .col_expr(resolution::Column::Moved, Expr::col(resolution::Column::Moved).sub(count))
        .filter(resolution::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The decisions that a resolving made.
pub(in crate::closing) fn decisions_of(id: ResolutionId) -> SelectStatement {
    Query::select()
        .column(item::Column::DecisionId)
        .from(item::Entity)
        .and_where(Expr::col(item::Column::ResolutionId).eq(id))
        .and_where(Expr::col(item::Column::DecisionId).is_not_null())
        .to_owned()
}

/// How many submissions of each of these resolvings stayed, by why.
pub(in crate::closing) async fn stays_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[ResolutionId],
) -> Result<HashMap<ResolutionId, Vec<(Stays, i64)>>> {
    let select = Query::select()
        .columns([item::Column::ResolutionId, item::Column::Why])
        .expr(Func::count(Expr::col(item::Column::SubmissionId)))
        .from(item::Entity)
        .and_where(Expr::col(item::Column::ResolutionId).is_in(ids.iter().copied()))
        .and_where(Expr::col(item::Column::State).eq(ItemState::Stayed))
        .and_where(Expr::col(item::Column::Why).is_not_null())
        .group_by_columns([item::Column::ResolutionId, item::Column::Why])
        .to_owned();
    let mut found: HashMap<ResolutionId, Vec<(Stays, i64)>> = HashMap::new();
    for row in conn.query_all(&select).await? {
        let id: ResolutionId = row.try_get_by_index(0)?;
        found.entry(id).or_default().push((row.try_get_by_index(1)?, row.try_get_by_index(2)?));
    }
    found.values_mut().for_each(|list| list.sort_unstable());
    Ok(found)
}

/// How many people of each of these resolvings were told.
pub(in crate::closing) async fn told_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[ResolutionId],
) -> Result<HashMap<ResolutionId, i64>> {
    let select = Query::select()
        .column(told_row::Column::ResolutionId)
        .expr(Func::count(Expr::col(told_row::Column::PersonId)))
        .from(told_row::Entity)
        .and_where(Expr::col(told_row::Column::ResolutionId).is_in(ids.iter().copied()))
        .group_by_col(told_row::Column::ResolutionId)
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Whether a resolving can still be taken back at `now`.
#[must_use]
pub fn is_untold(row: &resolution::Model, now: Instant) -> bool {
    match row.state {
        ResolutionState::Closing => true,
        ResolutionState::Decided => row.release_at.is_none_or(|at| at > now),
        ResolutionState::Undoing | ResolutionState::Undone => false,
    }
}

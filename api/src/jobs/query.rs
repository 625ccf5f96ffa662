//! The statements of the queue.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::time::Duration;

use entity::id::JobId;
use entity::instant::Instant;
use entity::jobs::job::{ActiveModel, Column, Entity, Model};
use entity::jobs::values::JobState;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, Order,
    QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::queue::{Fate, NewJob};
use crate::db::dialect;
use crate::kit::error::Result;
use crate::kit::page::{Key, KeyValue, Keyset};

/// Writes jobs, except those whose key exists. Tells how many were written.
pub(super) async fn insert<C: ConnectionTrait>(
    tx: &C,
    jobs: Vec<(JobId, NewJob)>,
    now: Instant,
) -> Result<u64> {
    if jobs.is_empty() {
        return Ok(0);
    }
    let rows = jobs.into_iter().map(|(id, new)| ActiveModel {
        id: Set(id),
        kind: Set(new.kind.to_owned()),
        subject: Set(new.subject),
        dedupe_key: Set(new.dedupe_key),
        payload: Set(new.payload.to_string()),
        priority: Set(new.priority.rank()),
        run_at: Set(new.run_at),
        state: Set(JobState::Ready),
        attempts: Set(0),
        leased_until: Set(None),
        fence: Set(0),
        last_error: Set(None),
        // What is put off has all its attempts from then on.
        created_at: Set(Ord::max(now, new.run_at)),
    });
    let key = OnConflict::column(Column::DedupeKey).do_nothing().to_owned();
    Ok(Entity::insert_many(rows).on_conflict(key).exec_without_returning(tx).await?)
}

fn due(now: Instant) -> Select<Entity> {
    Entity::find().filter(Column::State.eq(JobState::Ready)).filter(Column::RunAt.lte(now))
}

/// Whether a job is due.
pub(super) async fn is_any_due<C: ConnectionTrait>(conn: &C, now: Instant) -> Result<bool> {
    let one = due(now).select_only().column(Column::Id).limit(1);
    Ok(one.into_tuple::<JobId>().one(conn).await?.is_some())
}

/// When the next job that waits becomes due.
///
/// # Errors
/// A fault of the database.
pub async fn next_due<C: ConnectionTrait>(conn: &C) -> Result<Option<Instant>> {
    let next = Entity::find()
        .filter(Column::State.eq(JobState::Ready))
        .select_only()
        .column(Column::RunAt)
        .order_by_asc(Column::RunAt)
        .limit(1);
    Ok(next.into_tuple::<Instant>().one(conn).await?)
}

/// Takes the first due job. On PostgreSQL rows that others are taking are skipped.
pub(super) async fn take<C: ConnectionTrait>(
    tx: &C,
    now: Instant,
    lease: Duration,
) -> Result<Option<Model>> {
    let backend = tx.get_database_backend();
    let mut first = Query::select();
    first
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::State.eq(JobState::Ready))
        .and_where(Column::RunAt.lte(now))
        .order_by(Column::Priority, Order::Asc)
        .order_by(Column::RunAt, Order::Asc)
        .order_by(Column::Id, Order::Asc)
        .limit(1);
    dialect::skip_locked(backend, &mut first);
    let update = Query::update()
        .table(Entity)
        .value(Column::State, JobState::Running)
        .value(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .value(Column::Fence, Expr::col(Column::Fence).add(1))
        .value(Column::LeasedUntil, dialect::lease_end(backend, lease))
        .and_where(Column::Id.in_subquery(first))
        .returning_all()
        .to_owned();
    let row = tx.query_one(&update).await?;
    Ok(row.map(|row| Model::from_query_result(&row, "")).transpose()?)
}

/// The job as its present holder knows it.
fn held(job: &Model) -> sea_orm::Condition {
    sea_orm::Condition::all()
        .add(Column::Id.eq(job.id))
        .add(Column::Fence.eq(job.fence))
        .add(Column::State.eq(JobState::Running))
}

/// Moves the end of the lease.
pub(super) async fn renew<C: ConnectionTrait>(tx: &C, job: &Model, lease: Duration) -> Result<u64> {
    let end = dialect::lease_end(tx.get_database_backend(), lease);
    let done =
        Entity::update_many().col_expr(Column::LeasedUntil, end).filter(held(job)).exec(tx).await?;
    Ok(done.rows_affected)
}

/// Deletes a job that is done.
pub(super) async fn remove<C: ConnectionTrait>(tx: &C, job: &Model) -> Result<u64> {
    Ok(Entity::delete_many().filter(held(job)).exec(tx).await?.rows_affected)
}

/// Puts a job back after a failed attempt, or buries it.
pub(super) async fn put_back<C: ConnectionTrait>(
    tx: &C,
    job: &Model,
    fate: Fate,
    why: String,
) -> Result<u64> {
    let (state, run_at) = match fate {
        Fate::Again(at) => (JobState::Ready, at),
        Fate::Dead => (JobState::Dead, job.run_at),
    };
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::val(state))
        .col_expr(Column::RunAt, Expr::val(run_at))
        .col_expr(Column::LeasedUntil, Expr::val(None::<Instant>))
        .col_expr(Column::LastError, Expr::val(why))
        .filter(held(job))
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}

fn lease_is_over<C: ConnectionTrait>(conn: &C) -> sea_orm::Condition {
    let now = dialect::lease_end(conn.get_database_backend(), Duration::ZERO);
    sea_orm::Condition::all()
        .add(Column::State.eq(JobState::Running))
        .add(Expr::col(Column::LeasedUntil).lt(now))
}

/// Whether a lease ran out.
pub(super) async fn is_any_lease_over<C: ConnectionTrait>(conn: &C) -> Result<bool> {
    let one = Entity::find().filter(lease_is_over(conn)).select_only().column(Column::Id).limit(1);
    Ok(one.into_tuple::<JobId>().one(conn).await?.is_some())
}

/// Puts back the jobs whose lease ran out. A worker's death counts as an attempt.
pub(super) async fn reclaim_expired<C: ConnectionTrait>(tx: &C) -> Result<u64> {
    release(tx, lease_is_over(tx)).await
}

/// Puts back every leased job.
pub(super) async fn reclaim_leased<C: ConnectionTrait>(tx: &C) -> Result<u64> {
    let leased = sea_orm::Condition::all().add(Column::State.eq(JobState::Running));
    release(tx, leased).await
}

async fn release<C: ConnectionTrait>(tx: &C, which: sea_orm::Condition) -> Result<u64> {
    let done = Entity::update_many()
        .col_expr(Column::State, Expr::val(JobState::Ready))
        .col_expr(Column::LeasedUntil, Expr::val(None::<Instant>))
        .filter(which)
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}

/// Makes a dead letter due now, as if it had just been wished for.
pub(super) async fn revive<C: ConnectionTrait>(
    tx: &C,
    id: JobId,
    now: Instant,
) -> Result<Option<Model>> {
    Entity::update_many()
        .col_expr(Column::State, Expr::val(JobState::Ready))
        .col_expr(Column::RunAt, Expr::val(now))
        .col_expr(Column::CreatedAt, Expr::val(now))
        .col_expr(Column::Attempts, Expr::val(0))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(JobState::Dead))
        .exec(tx)
        .await?;
    let revived = Entity::find_by_id(id).filter(Column::State.eq(JobState::Ready));
    Ok(revived.one(tx).await?)
}

/// Dead letters, for administrators.
#[must_use]
pub fn dead() -> Select<Entity> {
    Entity::find().filter(Column::State.eq(JobState::Dead))
}

/// How many jobs are due or under way, and how many are dead.
///
/// # Errors
/// A fault of the database.
pub async fn left<C: ConnectionTrait>(conn: &C, now: Instant) -> Result<Left> {
    use sea_orm::PaginatorTrait as _;
    let running = Entity::find().filter(Column::State.eq(JobState::Running));
    Ok(Left {
        due: due(now).count(conn).await? + running.count(conn).await?,
        dead: dead().count(conn).await?,
        waiting: Entity::find()
            .filter(Column::State.eq(JobState::Ready))
            .filter(Column::RunAt.gt(now))
            .count(conn)
            .await?,
    })
}

/// How much work is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Due now, or under way.
    pub due: u64,
    /// Due later.
    pub waiting: u64,
    /// Given up.
    pub dead: u64,
}

/// Oldest wish first.
pub(super) fn oldest_wish() -> Keyset<Model> {
    Keyset {
        name: String::from("job created asc"),
        keys: vec![
            Key {
                expr: Expr::col((Entity, Column::CreatedAt)),
                order: Order::Asc,
                value: |row| KeyValue::Int(row.created_at.micros()),
            },
            Key {
                expr: Expr::col((Entity, Column::Id)),
                order: Order::Asc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Int(0), KeyValue::Id(uuid::Uuid::nil())],
    }
}

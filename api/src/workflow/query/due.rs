//! What falls due by the clock: releases of decisions, wake dates, questions that run out.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::id::{DecisionId, SubmissionId};
use entity::instant::{DAY, Instant};
use entity::submissions::phase::{Phase, QUESTION_DAYS};
use entity::submissions::submission;
use entity::workflow::decision;
use entity::workflow::values::DecisionState;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::kit::error::Result;

/// Decisions whose hold is over, the longest waiting first.
pub(in crate::workflow) async fn due_releases<C: ConnectionTrait>(
    conn: &C,
    now: Instant,
    limit: u64,
) -> Result<Vec<DecisionId>> {
    let due = decision::Entity::find()
        .filter(decision::Column::State.eq(DecisionState::Pending))
        .filter(decision::Column::ReleaseAt.lte(now))
        .order_by_asc(decision::Column::ReleaseAt)
        .order_by_asc(decision::Column::Id)
        .select_only()
        .column(decision::Column::Id)
        .limit(limit);
    Ok(due.into_tuple().all(conn).await?)
}

/// Deferred submissions whose wake date has come and on which no decision is pending.
pub(in crate::workflow) async fn due_wakes<C: ConnectionTrait>(
    conn: &C,
    now: Instant,
    limit: u64,
) -> Result<Vec<SubmissionId>> {
    let due = deferred()
        .filter(submission::Column::WakeOn.lte(now.day()))
        .order_by_asc(submission::Column::WakeOn)
        .order_by_asc(submission::Column::Id)
        .limit(limit)
        .all(conn)
        .await?;
    Ok(due.into_iter().map(|row| row.id).collect())
}

fn deferred() -> Select<submission::Entity> {
    submission::Entity::find()
        .filter(submission::Column::Phase.eq(Phase::Deferred))
        .filter(submission::Column::PendingDecisionId.is_null())
        .filter(submission::Column::WakeOn.is_not_null())
}

/// Announcements of questions that are still open, oldest first. The decision that led to the
/// present phase is the one that was made when the phase was entered.
fn open_questions() -> SelectStatement {
    Query::select()
        .column((submission::Entity, submission::Column::Id))
        .column((decision::Entity, decision::Column::ClosedAt))
        .from(submission::Entity)
        .inner_join(
            decision::Entity,
            Expr::col((decision::Entity, decision::Column::SubmissionId))
                .equals((submission::Entity, submission::Column::Id)),
        )
        .and_where(Expr::col((submission::Entity, submission::Column::Phase)).eq(Phase::NeedsInfo))
        .and_where(Expr::col((submission::Entity, submission::Column::PendingDecisionId)).is_null())
        .and_where(Expr::col((decision::Entity, decision::Column::ToPhase)).eq(Phase::NeedsInfo))
        .and_where(
            Expr::col((decision::Entity, decision::Column::State)).eq(DecisionState::Announced),
        )
        .and_where(
            Expr::col((decision::Entity, decision::Column::DecidedAt))
                .equals((submission::Entity, submission::Column::EnteredAt)),
        )
        .order_by((decision::Entity, decision::Column::ClosedAt), sea_orm::Order::Asc)
        .to_owned()
}

/// When a question that was announced at `announced` runs out: the start of the day on which
/// [`QUESTION_DAYS`] calendar days have passed.
#[must_use]
pub fn question_runs_out(announced: Instant) -> Instant {
    announced.day().start().plus(i64::from(QUESTION_DAYS) * DAY)
}

/// Submissions whose question ran out without an answer.
pub(in crate::workflow) async fn due_questions<C: ConnectionTrait>(
    conn: &C,
    now: Instant,
    limit: u64,
) -> Result<Vec<SubmissionId>> {
    // Announced before the end of the day that lies QUESTION_DAYS back.
    let before = now.day().start().plus(-(i64::from(QUESTION_DAYS) - 1) * DAY);
    let due = open_questions()
        .and_where(Expr::col((decision::Entity, decision::Column::ClosedAt)).lt(before))
        .limit(limit)
        .to_owned();
    let rows = conn.query_all(&due).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index::<SubmissionId>(0)?)).collect()
}

/// When the next held decision is to be told; none when nothing is held for a time.
pub(in crate::workflow) async fn next_release<C: ConnectionTrait>(
    conn: &C,
) -> Result<Option<Instant>> {
    let first = decision::Entity::find()
        .filter(decision::Column::State.eq(DecisionState::Pending))
        .filter(decision::Column::ReleaseAt.is_not_null())
        .order_by_asc(decision::Column::ReleaseAt)
        .limit(1)
        .one(conn)
        .await?;
    Ok(first.and_then(|decision| decision.release_at))
}

/// When the next deferred submission wakes; none when none sleeps.
pub(in crate::workflow) async fn next_wake<C: ConnectionTrait>(
    conn: &C,
) -> Result<Option<Instant>> {
    let first = deferred().order_by_asc(submission::Column::WakeOn).limit(1).one(conn).await?;
    Ok(first.and_then(|row| row.wake_on).map(|day| day.start()))
}

/// When the next question runs out; none when none is open.
pub(in crate::workflow) async fn next_question<C: ConnectionTrait>(
    conn: &C,
) -> Result<Option<Instant>> {
    Ok(match conn.query_one(&open_questions().limit(1).to_owned()).await? {
        Some(row) => row.try_get_by_index::<Option<Instant>>(1)?.map(question_runs_out),
        None => None,
    })
}

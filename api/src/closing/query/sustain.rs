//! The doors of "is it still fixed?".
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::closing::{sustain, sustained};
use entity::id::SubmissionId;
use entity::identity::values::Role;
use entity::implementation::outcome;
use entity::instant::{DAY, Instant};
use entity::submissions::phase::{NOT_FIXED_DAYS, Phase};
use entity::submissions::submission;
use entity::triage::cause_link;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, Order, QueryFilter,
    QueryOrder as _, QuerySelect as _, Select,
};

use crate::db::dialect;
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::kit::page::{Key, KeyValue, Keyset};
use crate::submissions;

/// Submissions that are to be asked about: done for 60 days and not for more than 90, with an outcome
/// or a cause, on which no decision is pending and which were not asked about since they were done.
pub(in crate::closing) async fn due<C: ConnectionTrait>(
    conn: &C,
    now: Instant,
    limit: u64,
) -> Result<Vec<SubmissionId>> {
    use submission::Column;
    let not_before = now.day().start().plus(-i64::from(NOT_FIXED_DAYS) * DAY);
    let find = submission::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(is_done())
        .filter(Column::PendingDecisionId.is_null())
        .filter(Column::ImplementedShownAt.lt(sustain::announced_before(now)))
        .filter(Column::ImplementedShownAt.gte(not_before))
        .filter(has_a_reason())
        .filter(Expr::exists(asked_since()).not())
        .order_by_asc(Column::ImplementedShownAt)
        .order_by_asc(Column::Id)
        .limit(limit);
    Ok(find.into_tuple().all(conn).await?)
}

fn is_done() -> Condition {
    // Written as a literal, so that the index of what is done serves.
    Condition::all()
        .add(Expr::cust("\"submission\".\"shown_phase\" = 'IMPLEMENTED'"))
        .add(submission::Column::Phase.eq(Phase::Implemented))
}

/// An outcome of its own, or a cause: its own or one of what is joined with it.
fn has_a_reason() -> Condition {
    let own = Expr::col((submission::Entity, submission::Column::Id));
    let outcomes = Query::select()
        .expr(Expr::val(1))
        .from(outcome::Entity)
        .and_where(Expr::col((outcome::Entity, outcome::Column::SubmissionId)).eq(own.clone()))
        .to_owned();
    let links = Query::select()
        .expr(Expr::val(1))
        .from(cause_link::Entity)
        .and_where(
            Expr::col((cause_link::Entity, cause_link::Column::SubmissionId)).eq(own.clone()),
        )
        .to_owned();
    let twin = Alias::new("twin");
    let joined = Query::select()
        .expr(Expr::val(1))
        .from_as(submission::Entity, twin.clone())
        .inner_join(
            cause_link::Entity,
            Expr::col((cause_link::Entity, cause_link::Column::SubmissionId))
                .equals((twin.clone(), submission::Column::Id)),
        )
        .and_where(Expr::col((twin, submission::Column::CanonicalId)).eq(own))
        .to_owned();
    let any = Condition::any().add(Expr::exists(outcomes)).add(Expr::exists(links));
    any.add(Expr::exists(joined))
}

fn asked_since() -> sea_orm::sea_query::SelectStatement {
    let same = |of, column| Expr::col((sustained::Entity, of)).equals((submission::Entity, column));
    Query::select()
        .expr(Expr::val(1))
        .from(sustained::Entity)
        .and_where(same(sustained::Column::SubmissionId, submission::Column::Id))
        .and_where(same(sustained::Column::ShownAt, submission::Column::ImplementedShownAt))
        .to_owned()
}

/// Whether a submission under its lock is still to be asked about.
pub(in crate::closing) async fn is_due<C: ConnectionTrait>(
    conn: &C,
    now: Instant,
    id: SubmissionId,
) -> Result<bool> {
    use submission::Column;
    let one = submission::Entity::find_by_id(id)
        .filter(is_done())
        .filter(Column::PendingDecisionId.is_null())
        .filter(Column::ImplementedShownAt.lt(sustain::announced_before(now)))
        .filter(has_a_reason());
    Ok(one.one(conn).await?.is_some())
}

/// Writes a question. `false`: it was asked before.
pub(in crate::closing) async fn ask<C: ConnectionTrait>(
    tx: &C,
    row: sustained::Model,
) -> Result<bool> {
    let pair = [sustained::Column::SubmissionId, sustained::Column::ShownAt];
    let asked = sustained::Entity::insert(sustained::ActiveModel::from(row))
        .on_conflict(OnConflict::columns(pair).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(asked > 0)
}

/// Questions that nobody has answered in time.
fn not_answered(now: Instant) -> Select<sustained::Entity> {
    sustained::Entity::find()
        .filter(sustained::Column::Answer.is_null())
        .filter(sustained::Column::FlaggedAt.is_null())
        .filter(sustained::Column::ClosedAt.is_null())
        .filter(sustained::Column::AskedAt.lt(sustain::asked_before(now)))
        .order_by_asc(sustained::Column::AskedAt)
        .order_by_asc(sustained::Column::Id)
}

/// Submissions whose question nobody has answered in time, the longest asked first.
pub(in crate::closing) async fn unanswered<C: ConnectionTrait>(
    conn: &C,
    now: Instant,
    limit: u64,
) -> Result<Vec<SubmissionId>> {
    let find = not_answered(now).select_only().column(sustained::Column::SubmissionId).limit(limit);
    Ok(find.into_tuple().all(conn).await?)
}

/// The questions about one submission that nobody has answered in time.
pub(in crate::closing) async fn unanswered_of<C: ConnectionTrait>(
    conn: &C,
    now: Instant,
    id: SubmissionId,
) -> Result<Vec<sustained::Model>> {
    let of = sustained::Column::SubmissionId.eq(id);
    Ok(not_answered(now).filter(of).all(conn).await?)
}

/// The question about a submission since it was done, locked until the transaction ends.
pub(in crate::closing) async fn question_of<C: ConnectionTrait>(
    tx: &C,
    row: &submission::Model,
) -> Result<Option<sustained::Model>> {
    let Some(shown_at) = row.implemented_shown_at else { return Ok(None) };
    let one = sustained::Entity::find()
        .filter(sustained::Column::SubmissionId.eq(row.id))
        .filter(sustained::Column::ShownAt.eq(shown_at));
    Ok(dialect::for_update(tx.get_database_backend(), one).one(tx).await?)
}

/// Writes what changes of a question.
pub(in crate::closing) async fn store<C: ConnectionTrait>(
    tx: &C,
    row: &sustained::Model,
) -> Result<()> {
    let change = sustained::ActiveModel {
        answer: Set(row.answer),
        answered_by: Set(row.answered_by),
        answered_at: Set(row.answered_at),
        flagged_at: Set(row.flagged_at),
        closed_at: Set(row.closed_at),
        ..Default::default()
    };
    sustained::Entity::update_many()
        .set(change)
        .filter(sustained::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Questions about what is still done, as it was when it was asked.
fn current(readable: Condition) -> Select<sustained::Entity> {
    let done = Query::select()
        .expr(Expr::val(1))
        .from(submission::Entity)
        .and_where(
            Expr::col((submission::Entity, submission::Column::Id))
                .equals((sustained::Entity, sustained::Column::SubmissionId)),
        )
        .and_where(
            Expr::col((submission::Entity, submission::Column::ImplementedShownAt))
                .equals((sustained::Entity, sustained::Column::ShownAt)),
        )
        .and_where(
            Expr::col((submission::Entity, submission::Column::ShownPhase)).eq(Phase::Implemented),
        )
        .cond_where(readable)
        .to_owned();
    sustained::Entity::find()
        .filter(sustained::Column::ClosedAt.is_null())
        .filter(Expr::exists(done))
}

/// Questions that `actor` may answer: as the author, or for a unit that they manage.
pub(in crate::closing) fn to_answer(actor: &Actor) -> Select<sustained::Entity> {
    let units = actor.units_with(Role::Manager);
    let theirs = Condition::any()
        .add(Expr::col((submission::Entity, submission::Column::AuthorId)).eq(actor.person()))
        .add(
            Expr::col((submission::Entity, submission::Column::UnitId))
                .in_subquery(submissions::query::below(&units)),
        );
    let readable = Condition::all().add(submissions::query::visible(actor)).add(theirs);
    current(readable).filter(sustained::Column::Answer.is_null())
}

/// Questions that wait for a reviewer to look, of submissions on which `actor` works.
pub(in crate::closing) fn flagged(actor: &Actor) -> Select<sustained::Entity> {
    let readable = Condition::all()
        .add(submissions::query::visible(actor))
        .add(submissions::query::inside(actor));
    current(readable).filter(sustained::Column::FlaggedAt.is_not_null())
}

/// The longest asked first.
pub(in crate::closing) fn oldest() -> Keyset<sustained::Model> {
    Keyset {
        name: String::from("sustain asked asc"),
        keys: vec![
            Key {
                expr: Expr::col((sustained::Entity, sustained::Column::AskedAt)),
                order: Order::Asc,
                value: |row| KeyValue::Int(row.asked_at.micros()),
            },
            Key {
                expr: Expr::col((sustained::Entity, sustained::Column::Id)),
                order: Order::Asc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Int(0), KeyValue::Id(uuid::Uuid::nil())],
    }
}

//! Causes whose resolving nobody was told of yet: to all but those who work on them they are as they were.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::HashMap;

use entity::closing::values::ResolutionState;
use entity::closing::{resolution, resolved_cause};
use entity::id::CauseId;
use entity::identity::values::Role;
use entity::instant::Instant;
use entity::triage::cause;
use entity::triage::values::CauseStatus;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Select};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::submissions;
use crate::triage::causes::policy;

/// A resolving that is under way, being taken back, or held until after `now`.
fn untold(now: Instant) -> Condition {
    let col = |column| Expr::col((resolution::Entity, column));
    let held = Condition::any()
        .add(col(resolution::Column::ReleaseAt).is_null())
        .add(col(resolution::Column::ReleaseAt).gt(now));
    let under_way = [ResolutionState::Closing, ResolutionState::Undoing];
    Condition::any().add(col(resolution::Column::State).is_in(under_way)).add(
        Condition::all().add(col(resolution::Column::State).eq(ResolutionState::Decided)).add(held),
    )
}

/// The causes of resolvings that nobody was told of, still to be narrowed down.
fn resolved_untold(now: Instant) -> SelectStatement {
    Query::select()
        .from(resolved_cause::Entity)
        .inner_join(
            resolution::Entity,
            Expr::col((resolution::Entity, resolution::Column::Id))
                .equals((resolved_cause::Entity, resolved_cause::Column::ResolutionId)),
        )
        .cond_where(untold(now))
        .to_owned()
}

/// Whether a resolving of this cause is under way that nobody was told of.
pub(in crate::triage::causes) async fn is_being_resolved<C: ConnectionTrait>(
    conn: &C,
    (id, now): (CauseId, Instant),
) -> Result<bool> {
    Ok(shown_before(conn, (&[id], now)).await?.contains_key(&id))
}

/// How far those causes that `of` is true for were before a resolving that nobody was told of at `now`.
#[must_use]
pub fn held_among(
    now: Instant,
    of: impl FnOnce(resolved_cause::Column) -> Expr,
) -> Select<resolved_cause::Entity> {
    let untold = Query::select()
        .column((resolution::Entity, resolution::Column::Id))
        .from(resolution::Entity)
        .cond_where(untold(now))
        .to_owned();
    resolved_cause::Entity::find()
        .filter(of(resolved_cause::Column::CauseId))
        .filter(resolved_cause::Column::ResolutionId.in_subquery(untold))
}

/// As [`held_among`], of causes that `actor` does not work on: to them those are as they were.
#[must_use]
pub fn held_from(
    actor: &Actor,
    now: Instant,
    of: impl FnOnce(resolved_cause::Column) -> Expr,
) -> Select<resolved_cause::Entity> {
    let others = Query::select()
        .column((cause::Entity, cause::Column::Id))
        .from(cause::Entity)
        .cond_where(worked_on_by(actor).not())
        .to_owned();
    held_among(now, of).filter(resolved_cause::Column::CauseId.in_subquery(others))
}

/// How far these causes are for `actor`, of those whose resolving they may not know of. One statement;
/// none for no causes.
///
/// # Errors
/// A fault of the database.
pub async fn shown_to<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    (ids, now): (&[CauseId], Instant),
) -> Result<HashMap<CauseId, CauseStatus>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let of = |cause: resolved_cause::Column| cause.is_in(ids.iter().copied());
    let rows = held_from(actor, now, of).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.cause_id, row.status_before)).collect())
}

/// How far those of these causes were whose resolving nobody was told of at `now`. One statement; none
/// for no causes.
///
/// # Errors
/// A fault of the database.
pub async fn shown_before<C: ConnectionTrait>(
    conn: &C,
    (ids, now): (&[CauseId], Instant),
) -> Result<HashMap<CauseId, CauseStatus>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = held_among(now, |cause| cause.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.cause_id, row.status_before)).collect())
}

/// Causes that are in one of `statuses` as far as `actor` may know: what is held shows to those who work
/// on the cause alone ([`worked_on_by`]).
#[must_use]
pub fn shown_in(actor: &Actor, statuses: &[CauseStatus], now: Instant) -> Condition {
    let decided = cause::Column::Status.is_in(statuses.iter().copied());
    if policy::sees_all(actor) {
        return Condition::all().add(decided);
    }
    let held = |and: Option<Expr>| {
        let mut one = resolved_untold(now)
            .expr(Expr::val(1))
            .and_where(
                Expr::col((resolved_cause::Entity, resolved_cause::Column::CauseId))
                    .equals((cause::Entity, cause::Column::Id)),
            )
            .to_owned();
        one.and_where_option(and);
        Condition::all()
            .add(cause::Column::Status.eq(CauseStatus::Resolved))
            .add(Expr::exists(one))
            .add(worked_on_by(actor).not())
    };
    let before = Expr::col((resolved_cause::Entity, resolved_cause::Column::StatusBefore))
        .is_in(statuses.iter().copied());
    Condition::any()
        .add(Condition::all().add(decided).add(held(None).not()))
        .add(held(Some(before)))
}

/// Causes that `actor` works on, and so knows to be resolved before that is announced: reviewers, and who
/// answers for it ([`policy::answers_for`]). True or false, never unknown: it is negated.
#[must_use]
pub fn worked_on_by(actor: &Actor) -> Condition {
    if policy::sees_all(actor) {
        return Condition::all();
    }
    let Some(me) = actor.person() else { return Condition::all().add(Expr::cust("1 = 0")) };
    let owns = Condition::all()
        .add(cause::Column::OwnerId.is_not_null())
        .add(cause::Column::OwnerId.eq(me));
    let functions = actor.units_with(Role::Manager);
    if functions.is_empty() {
        return owns;
    }
    let below = submissions::query::below(&functions);
    let manages = Condition::all()
        .add(cause::Column::OwnerUnitId.is_not_null())
        .add(cause::Column::OwnerUnitId.in_subquery(below));
    Condition::any().add(owns).add(manages)
}

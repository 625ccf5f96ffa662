//! Figures of first answers: counts of groups, never of somebody.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::clocks::clock;
use entity::clocks::values::{ClockKind, ClockState, Met};
use entity::id::UnitId;
use entity::identity::{unit, unit_closure};
use entity::instant::Instant;
use entity::submissions::submission;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, Func, Query, SelectStatement};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait, Order, QuerySelect};

use crate::kit::error::Result;

/// From one instant up to another.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// The first that counts.
    pub from: Instant,
    /// The first that does not count any more.
    pub until: Instant,
}

/// First answers that were waited for, but for what was taken back: rows of clocks with their
/// submissions.
fn asked_for(range: Range) -> SelectStatement {
    Query::select()
        .from(clock::Entity)
        .inner_join(
            submission::Entity,
            Expr::col((submission::Entity, submission::Column::Id))
                .equals((clock::Entity, clock::Column::SubmissionId)),
        )
        .and_where(Expr::col((clock::Entity, clock::Column::Kind)).eq(ClockKind::FirstResponse))
        .and_where(Expr::col((clock::Entity, clock::Column::Met)).ne(Met::Void))
        .and_where(Expr::col((clock::Entity, clock::Column::StartedAt)).gte(range.from))
        .and_where(Expr::col((clock::Entity, clock::Column::StartedAt)).lt(range.until))
        .to_owned()
}

fn of_subtree(mut select: SelectStatement, unit: UnitId) -> SelectStatement {
    let below = Query::select()
        .column(unit_closure::Column::Descendant)
        .from(unit_closure::Entity)
        .and_where(unit_closure::Column::Ancestor.eq(unit))
        .to_owned();
    select
        .and_where(Expr::col((submission::Entity, submission::Column::UnitId)).in_subquery(below));
    select
}

/// All units with those above them.
///
/// # Errors
/// A fault of the database.
pub async fn tree<C: ConnectionTrait>(conn: &C) -> Result<Vec<(UnitId, Option<UnitId>)>> {
    let select =
        unit::Entity::find().select_only().column(unit::Column::Id).column(unit::Column::ParentId);
    Ok(select.into_tuple().all(conn).await?)
}

/// How many first answers are waited for in each unit itself.
///
/// # Errors
/// A fault of the database.
pub async fn asked_by_unit<C: ConnectionTrait>(
    conn: &C,
    range: Range,
) -> Result<HashMap<UnitId, u64>> {
    let unit = (submission::Entity, submission::Column::UnitId);
    let select = asked_for(range)
        .column(unit)
        .expr(Expr::col((clock::Entity, clock::Column::Kind)).count())
        .group_by_col(unit)
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter()
        .map(|row| {
            let count: i64 = row.try_get_by_index(1)?;
            Ok((row.try_get_by_index(0)?, u64::try_from(count).unwrap_or(0)))
        })
        .collect()
}

/// Counts of first answers.
#[derive(Clone, Copy, Debug)]
pub struct Answers {
    /// Waited for.
    pub submissions: u64,
    /// Given.
    pub answered: u64,
    /// Given in time.
    pub in_time: u64,
    /// Not given in time, and not yet.
    pub overdue: u64,
}

/// First answers in a unit and below it. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn answers<C: ConnectionTrait>(
    conn: &C,
    unit: UnitId,
    (range, now): (Range, Instant),
) -> Result<Answers> {
    let clock = |column| Expr::col((clock::Entity, column));
    let count = |condition: Expr| {
        let one = CaseStatement::new().case(condition, 1_i32).finally(0_i32);
        Func::coalesce([Func::sum(one).into(), Expr::val(0_i32)])
    };
    let met = || clock(clock::Column::Met).eq(Met::Met);
    let in_time = clock(clock::Column::StoppedAt).lte(clock(clock::Column::DueAt));
    let late = clock(clock::Column::State)
        .eq(ClockState::Running)
        .and(clock(clock::Column::DueAt).lt(now));
    let select = of_subtree(asked_for(range), unit)
        .expr(clock(clock::Column::Kind).count())
        .expr(count(met()))
        .expr(count(met().and(in_time)))
        .expr(count(late))
        .to_owned();
    let row = conn.query_one(&select).await?;
    let number = |index: usize| -> Result<u64> {
        let Some(row) = &row else { return Ok(0) };
        let found: i64 = row.try_get_by_index(index)?;
        Ok(u64::try_from(found).unwrap_or(0))
    };
    Ok(Answers {
        submissions: number(0)?,
        answered: number(1)?,
        in_time: number(2)?,
        overdue: number(3)?,
    })
}

/// Business time to the answer that stands at `place` in order, in microseconds.
///
/// # Errors
/// A fault of the database.
pub async fn median<C: ConnectionTrait>(
    conn: &C,
    unit: UnitId,
    (range, place): (Range, u64),
) -> Result<Option<i64>> {
    let took = (clock::Entity, clock::Column::Took);
    let select = of_subtree(asked_for(range), unit)
        .column(took)
        .and_where(Expr::col((clock::Entity, clock::Column::Met)).eq(Met::Met))
        .and_where(Expr::col(took).is_not_null())
        .order_by(took, Order::Asc)
        .limit(1)
        .offset(place)
        .to_owned();
    let row = conn.query_one(&select).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

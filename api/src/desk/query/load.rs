//! How much open work people have, and how much they should have at most.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::desk::load_limit;
use entity::id::{PersonId, UnitId};
use entity::identity::values::Role;
use entity::identity::{grant, person, unit_closure};
use entity::instant::Instant;
use entity::programs::setting;
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::kit::error::Result;

/// The setting with the organisation's limit of load.
pub const OPEN_LIMIT: &str = "open_limit";

/// Phases in which something waits for whoever is at work on it. What is deferred sleeps.
pub const OPEN: [Phase; 6] = [
    Phase::Submitted,
    Phase::UnderReview,
    Phase::NeedsInfo,
    Phase::Accepted,
    Phase::Planned,
    Phase::InProgress,
];

/// Somebody to whom work of a unit may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Who.
    pub person: PersonId,
    /// Open submissions assigned to them, of all units.
    pub open: i64,
    /// Their own limit.
    pub limit: Option<i32>,
}

/// How many open submissions the person of the outer row has.
fn open_of_outer() -> SelectStatement {
    Query::select()
        .expr(Expr::col((submission::Entity, submission::Column::Id)).count())
        .from(submission::Entity)
        .and_where(
            Expr::col((submission::Entity, submission::Column::AssigneeId))
                .equals((person::Entity, person::Column::Id)),
        )
        .and_where(Expr::col((submission::Entity, submission::Column::Phase)).is_in(OPEN))
        .to_owned()
}

/// Everybody who reviews each of these units, by name, with their load. One statement for all.
///
/// # Errors
/// A fault of the database.
pub async fn reviewers_with_load<C: ConnectionTrait>(
    conn: &C,
    units: &[UnitId],
) -> Result<HashMap<UnitId, Vec<Loaded>>> {
    let select = Query::select()
        .column((unit_closure::Entity, unit_closure::Column::Descendant))
        .column((person::Entity, person::Column::Id))
        .expr(SimpleExpr::SubQuery(None, Box::new(open_of_outer().into())))
        .column((load_limit::Entity, load_limit::Column::OpenLimit))
        .from(grant::Entity)
        .inner_join(
            unit_closure::Entity,
            Expr::col((unit_closure::Entity, unit_closure::Column::Ancestor))
                .equals((grant::Entity, grant::Column::UnitId)),
        )
        .inner_join(
            person::Entity,
            Expr::col((person::Entity, person::Column::Id))
                .equals((grant::Entity, grant::Column::PersonId)),
        )
        .left_join(
            load_limit::Entity,
            Expr::col((load_limit::Entity, load_limit::Column::PersonId))
                .equals((person::Entity, person::Column::Id)),
        )
        .and_where(Expr::col((grant::Entity, grant::Column::Role)).eq(Role::Reviewer))
        .and_where(
            Expr::col((unit_closure::Entity, unit_closure::Column::Descendant))
                .is_in(units.iter().copied()),
        )
        .and_where(Expr::col((person::Entity, person::Column::DeactivatedAt)).is_null())
        .order_by((person::Entity, person::Column::Name), sea_orm::Order::Asc)
        .order_by((person::Entity, person::Column::Id), sea_orm::Order::Asc)
        .to_owned();
    let mut found: HashMap<UnitId, Vec<Loaded>> = HashMap::new();
    for row in conn.query_all(&select).await? {
        let one = Loaded {
            person: row.try_get_by_index(1)?,
            open: row.try_get_by_index(2)?,
            limit: row.try_get_by_index(3)?,
        };
        let of_unit = found.entry(row.try_get_by_index(0)?).or_default();
        // Two grants above one unit are one reviewer.
        if of_unit.iter().all(|known| known.person != one.person) {
            of_unit.push(one);
        }
    }
    Ok(found)
}

/// The load of one person. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn load_of<C: ConnectionTrait>(conn: &C, id: PersonId) -> Result<Option<Loaded>> {
    let select = Query::select()
        .column((person::Entity, person::Column::Id))
        .expr(SimpleExpr::SubQuery(None, Box::new(open_of_outer().into())))
        .column((load_limit::Entity, load_limit::Column::OpenLimit))
        .from(person::Entity)
        .left_join(
            load_limit::Entity,
            Expr::col((load_limit::Entity, load_limit::Column::PersonId))
                .equals((person::Entity, person::Column::Id)),
        )
        .and_where(Expr::col((person::Entity, person::Column::Id)).eq(id))
        .to_owned();
    let Some(row) = conn.query_one(&select).await? else { return Ok(None) };
    Ok(Some(Loaded {
        person: row.try_get_by_index(0)?,
        open: row.try_get_by_index(1)?,
        limit: row.try_get_by_index(2)?,
    }))
}

/// The organisation's limit, for those who have none of their own.
///
/// # Errors
/// A fault of the database.
pub async fn limit_of_all<C: ConnectionTrait>(conn: &C) -> Result<Option<i32>> {
    let row = setting::Entity::find_by_id(String::from(OPEN_LIMIT)).one(conn).await?;
    Ok(row.and_then(|row| row.value.parse().ok()))
}

/// Sets the organisation's limit, or takes it away.
pub(in crate::desk) async fn set_limit_of_all<C: ConnectionTrait>(
    tx: &C,
    limit: Option<i32>,
    now: Instant,
) -> Result<()> {
    let Some(limit) = limit else {
        setting::Entity::delete_by_id(String::from(OPEN_LIMIT)).exec(tx).await?;
        return Ok(());
    };
    let row = setting::ActiveModel {
        key: Set(OPEN_LIMIT.to_owned()),
        value: Set(limit.to_string()),
        updated_at: Set(now),
    };
    setting::Entity::insert(row)
        .on_conflict(
            OnConflict::column(setting::Column::Key)
                .update_columns([setting::Column::Value, setting::Column::UpdatedAt])
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Sets the limit of one person, or takes it away.
pub(in crate::desk) async fn set_limit_of<C: ConnectionTrait>(
    tx: &C,
    person: PersonId,
    limit: Option<i32>,
    now: Instant,
) -> Result<()> {
    let Some(limit) = limit else {
        load_limit::Entity::delete_many()
            .filter(load_limit::Column::PersonId.eq(person))
            .exec(tx)
            .await?;
        return Ok(());
    };
    let row = load_limit::ActiveModel {
        person_id: Set(person),
        open_limit: Set(limit),
        updated_at: Set(now),
    };
    load_limit::Entity::insert(row)
        .on_conflict(
            OnConflict::column(load_limit::Column::PersonId)
                .update_columns([load_limit::Column::OpenLimit, load_limit::Column::UpdatedAt])
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

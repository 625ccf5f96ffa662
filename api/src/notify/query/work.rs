//! What notifications tell of work: items of plans, and offers to sites.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::id::{ActionItemId, AdoptionId, UnitId};
use entity::identity::unit;
use entity::implementation::{adoption, item};
use entity::triage::cause;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::submission;
use crate::implementation;
use crate::kit::actor::Actor;
use crate::kit::error::Result;

/// The titles of those of these items of plans that `actor` still has, and may still read about.
pub(in crate::notify) async fn titles_of_mine<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    ids: &[ActionItemId],
) -> Result<HashMap<ActionItemId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let some = item::Column::Id.is_in(ids.iter().copied());
    let rows = implementation::query::mine(actor).filter(some).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.title)).collect())
}

/// An item of a plan that `actor` still has, and may still read about.
pub(in crate::notify) async fn item_of<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: ActionItemId,
) -> Result<Option<item::Model>> {
    Ok(implementation::query::mine(actor).filter(item::Column::Id.eq(id)).one(conn).await?)
}

/// What the plan of an item is about: the submission, or the root cause.
pub(in crate::notify) async fn about_item<C: ConnectionTrait>(
    conn: &C,
    item: &item::Model,
) -> Result<(Option<submission::Model>, Option<cause::Model>)> {
    let Some(plan) = implementation::query::plan(conn, item.plan_id).await? else {
        return Ok((None, None));
    };
    let submission = match plan.submission_id {
        Some(id) => submission(conn, id).await?,
        None => None,
    };
    let cause = match plan.cause_id {
        Some(id) => cause::Entity::find_by_id(id).one(conn).await?,
        None => None,
    };
    Ok((submission, cause))
}

/// The words of those of these offers that were made to a site of `actor`, of an idea that they may
/// read.
pub(in crate::notify) async fn offered_with<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    ids: &[AdoptionId],
) -> Result<HashMap<AdoptionId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = implementation::query::copies::offered_to(actor)
        .filter(adoption::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.id, row.message?))).collect())
}

/// An offer to a site of `actor`, of an idea that they may read.
pub(in crate::notify) async fn offer_to<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: AdoptionId,
) -> Result<Option<adoption::Model>> {
    let one = implementation::query::copies::offered_to(actor).filter(adoption::Column::Id.eq(id));
    Ok(one.one(conn).await?)
}

/// The name of the site of a unit; of a site its own.
pub(in crate::notify) async fn site_name<C: ConnectionTrait>(
    conn: &C,
    id: UnitId,
) -> Result<Option<String>> {
    let Some(row) = unit::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    if row.site_id == id {
        return Ok(Some(row.name));
    }
    Ok(unit::Entity::find_by_id(row.site_id).one(conn).await?.map(|site| site.name))
}

/// One offer, whoever it was made to: for telling those who made it.
pub(in crate::notify) async fn offer<C: ConnectionTrait>(
    conn: &C,
    id: AdoptionId,
) -> Result<Option<adoption::Model>> {
    implementation::query::copies::one(conn, id).await
}

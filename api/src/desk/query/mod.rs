//! The doors of absences, rotas and limits, and what is counted for the desk.
#![allow(clippy::disallowed_methods)] // a query.rs

mod load;
mod work;

pub use load::*;
pub use work::*;

use std::collections::HashMap;

use entity::desk::{absence, rota, rota_place};
use entity::id::{AbsenceId, PersonId, RotaId, UnitId};
use entity::identity::values::Role;
use entity::identity::{person, unit};
use entity::instant::{DAY, Day, Instant};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, Select,
};

use super::policy;
use crate::db::dialect;
use crate::identity::query::{Holder, below, held_by, rules};
use crate::kit::actor::{Actor, Principal};
use crate::kit::error::Result;

/// Absences that `actor` may see: the own ones, those they stand in for, those of the people they
/// lead; reviewers, who share out the work, see all.
#[must_use]
pub fn absences_visible_to(actor: &Actor) -> Select<absence::Entity> {
    absence::Entity::find().filter(visible_absences(actor))
}

fn visible_absences(actor: &Actor) -> Condition {
    let Principal::Person(me) = actor.principal else {
        let all = if actor.principal == Principal::System { "1 = 1" } else { "1 = 0" };
        return Condition::all().add(Expr::cust(all));
    };
    if actor.holds(Role::Reviewer) {
        return Condition::all();
    }
    let mut units = actor.units_with(Role::Manager);
    units.extend(actor.units_with(Role::Admin));
    let own = Condition::any()
        .add(absence::Column::PersonId.eq(me))
        .add(absence::Column::DelegateId.eq(me));
    if units.is_empty() {
        return own;
    }
    let led = Query::select()
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(person::Column::HomeUnitId.in_subquery(below(&units)))
        .to_owned();
    own.add(absence::Column::PersonId.in_subquery(led))
}

/// One absence that `actor` may see, locked until the transaction ends.
pub(super) async fn absence_locked<C: ConnectionTrait>(
    tx: &C,
    actor: &Actor,
    id: AbsenceId,
) -> Result<Option<absence::Model>> {
    let select = absences_visible_to(actor).filter(absence::Column::Id.eq(id));
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// Absences of these people that hold and share a day with the span; one statement.
pub(super) async fn absences_of<C: ConnectionTrait>(
    conn: &C,
    people: &[PersonId],
    (from, to): (Day, Day),
) -> Result<Vec<absence::Model>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    Ok(holding((from, to))
        .filter(absence::Column::PersonId.is_in(people.iter().copied()))
        .order_by_asc(absence::Column::FromOn)
        .order_by_asc(absence::Column::Id)
        .all(conn)
        .await?)
}

/// Absences during the span in which `delegate` stands in.
pub(super) async fn absences_with<C: ConnectionTrait>(
    conn: &C,
    delegate: PersonId,
    span: (Day, Day),
) -> Result<Vec<absence::Model>> {
    Ok(holding(span)
        .filter(absence::Column::DelegateId.eq(delegate))
        .order_by_asc(absence::Column::Id)
        .all(conn)
        .await?)
}

fn holding((from, to): (Day, Day)) -> Select<absence::Entity> {
    absence::Entity::find()
        .filter(absence::Column::CancelledAt.is_null())
        .filter(absence::Column::FromOn.lte(to))
        .filter(absence::Column::ToOn.gte(from))
}

/// Writes a new absence.
pub(super) async fn insert_absence<C: ConnectionTrait>(tx: &C, row: &absence::Model) -> Result<()> {
    let new = absence::ActiveModel {
        id: Set(row.id),
        person_id: Set(row.person_id),
        from_on: Set(row.from_on),
        to_on: Set(row.to_on),
        delegate_id: Set(row.delegate_id),
        created_by: Set(row.created_by),
        cancelled_at: Set(row.cancelled_at),
        created_at: Set(row.created_at),
        version: Set(row.version),
    };
    absence::Entity::insert(new).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes all that can change of an absence.
pub(super) async fn store_absence<C: ConnectionTrait>(tx: &C, row: &absence::Model) -> Result<()> {
    let change = absence::ActiveModel {
        from_on: Set(row.from_on),
        to_on: Set(row.to_on),
        delegate_id: Set(row.delegate_id),
        cancelled_at: Set(row.cancelled_at),
        version: Set(row.version),
        ..Default::default()
    };
    absence::Entity::update_many()
        .set(change)
        .filter(absence::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// An absence that its own client key points at.
pub(super) async fn absence<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: AbsenceId,
) -> Result<Option<absence::Model>> {
    Ok(absences_visible_to(actor).filter(absence::Column::Id.eq(id)).one(conn).await?)
}

/// Rotas that `actor` may see.
#[must_use]
pub fn rotas_visible_to(actor: &Actor) -> Select<rota::Entity> {
    let visible = if policy::sees_the_desk(actor) { "1 = 1" } else { "1 = 0" };
    rota::Entity::find().filter(Expr::cust(visible))
}

/// One rota that `actor` may see.
///
/// # Errors
/// A fault of the database.
pub async fn rota<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: RotaId,
) -> Result<Option<rota::Model>> {
    Ok(rotas_visible_to(actor).filter(rota::Column::Id.eq(id)).one(conn).await?)
}

/// The rotas of these units themselves.
pub(super) async fn rotas_of<C: ConnectionTrait>(
    conn: &C,
    units: &[UnitId],
) -> Result<Vec<rota::Model>> {
    if units.is_empty() {
        return Ok(Vec::new());
    }
    Ok(rota::Entity::find()
        .filter(rota::Column::UnitId.is_in(units.iter().copied()))
        .all(conn)
        .await?)
}

/// The rota of one unit, locked until the transaction ends.
pub(super) async fn rota_locked<C: ConnectionTrait>(
    tx: &C,
    unit: UnitId,
) -> Result<Option<rota::Model>> {
    let select = rota::Entity::find().filter(rota::Column::UnitId.eq(unit));
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// The places of rotas, in order. One statement.
pub(super) async fn places_of<C: ConnectionTrait>(
    conn: &C,
    rotas: &[RotaId],
) -> Result<HashMap<RotaId, Vec<(i32, PersonId)>>> {
    let mut places: HashMap<RotaId, Vec<(i32, PersonId)>> = HashMap::new();
    if rotas.is_empty() {
        return Ok(places);
    }
    let rows = rota_place::Entity::find()
        .filter(rota_place::Column::RotaId.is_in(rotas.iter().copied()))
        .order_by_asc(rota_place::Column::RotaId)
        .order_by_asc(rota_place::Column::Position)
        .all(conn)
        .await?;
    for row in rows {
        places.entry(row.rota_id).or_default().push((row.position, row.person_id));
    }
    Ok(places)
}

/// Writes a rota, new or changed, with its places.
pub(super) async fn put_rota<C: ConnectionTrait>(
    tx: &C,
    row: &rota::Model,
    places: &[(i32, PersonId)],
) -> Result<()> {
    rota_place::Entity::delete_many()
        .filter(rota_place::Column::RotaId.eq(row.id))
        .exec(tx)
        .await?;
    if row.version == 1 {
        let new = rota::ActiveModel {
            id: Set(row.id),
            unit_id: Set(row.unit_id),
            kind: Set(row.kind),
            starts_on: Set(row.starts_on),
            created_at: Set(row.created_at),
            updated_at: Set(row.updated_at),
            version: Set(row.version),
        };
        rota::Entity::insert(new).exec_without_returning(tx).await?;
    } else {
        let change = rota::ActiveModel {
            kind: Set(row.kind),
            starts_on: Set(row.starts_on),
            updated_at: Set(row.updated_at),
            version: Set(row.version),
            ..Default::default()
        };
        rota::Entity::update_many()
            .set(change)
            .filter(rota::Column::Id.eq(row.id))
            .exec(tx)
            .await?;
    }
    let rows = places.iter().map(|(position, person)| rota_place::ActiveModel {
        rota_id: Set(row.id),
        position: Set(*position),
        person_id: Set(*person),
    });
    rota_place::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Takes a rota away.
pub(super) async fn delete_rota<C: ConnectionTrait>(tx: &C, id: RotaId) -> Result<()> {
    rota_place::Entity::delete_many().filter(rota_place::Column::RotaId.eq(id)).exec(tx).await?;
    rota::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// People who work here, among `ids`; they cannot leave until the transaction ends.
pub(super) async fn active_people<C: ConnectionTrait>(
    conn: &C,
    ids: &[PersonId],
) -> Result<Vec<person::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = person::Entity::find()
        .filter(person::Column::Id.is_in(ids.iter().copied()))
        .filter(person::Column::DeactivatedAt.is_null());
    Ok(dialect::for_share(conn.get_database_backend(), found).all(conn).await?)
}

/// Somebody who works here, as an asker, with rights as they stand now.
pub(super) async fn as_actor<C: ConnectionTrait>(conn: &C, id: PersonId) -> Result<Option<Actor>> {
    let Some(row) = active_people(conn, &[id]).await?.into_iter().next() else {
        return Ok(None);
    };
    let home = unit::Entity::find_by_id(row.home_unit_id).one(conn).await?;
    let site = home.map_or(row.home_unit_id, |unit| unit.site_id);
    Ok(Some(Actor {
        grants: held_by(conn, Holder::Person(id)).await?,
        rules: rules(conn).await?,
        locale: row.locale,
        ..Actor::of_person(id, row.home_unit_id, site)
    }))
}

/// From yesterday to tomorrow: whatever the zone, today is among them.
pub(super) fn around(now: Instant) -> (Day, Day) {
    (now.plus(-DAY).day(), now.plus(DAY).day())
}

/// A rota by id, locked: its unit's reviewers are asked for again.
pub(super) async fn rota_again<C: ConnectionTrait>(
    tx: &C,
    id: RotaId,
) -> Result<Option<rota::Model>> {
    let select = rota::Entity::find_by_id(id);
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// Counts up the version of a rota whose places have changed.
pub(super) async fn touch_rota<C: ConnectionTrait>(
    tx: &C,
    row: rota::Model,
    now: Instant,
) -> Result<rota::Model> {
    let row = rota::Model { updated_at: now, version: row.version + 1, ..row };
    let change = rota::ActiveModel {
        updated_at: Set(row.updated_at),
        version: Set(row.version),
        ..Default::default()
    };
    rota::Entity::update_many().set(change).filter(rota::Column::Id.eq(row.id)).exec(tx).await?;
    Ok(row)
}

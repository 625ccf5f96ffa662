//! Doors to units, people, roles, devices and integrations.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::id::{DeviceId, PersonId, ServiceId, SessionId, UnitId};
use entity::identity::values::Role;
use entity::identity::{api_token, device, grant, person, service, session, unit, unit_closure};
use entity::instant::Instant;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Select,
};

use crate::db::dialect;
use crate::kit::actor::{Actor, ApiScope, Principal};
use crate::kit::error::Result;

/// The units below `units`, themselves included.
#[must_use]
pub fn below(units: &[UnitId]) -> SelectStatement {
    Query::select()
        .column(unit_closure::Column::Descendant)
        .from(unit_closure::Entity)
        .and_where(unit_closure::Column::Ancestor.is_in(units.iter().copied()))
        .to_owned()
}

/// No row at all. Literal, not bound: a generic plan of PostgreSQL folds it away.
fn never() -> Condition {
    Condition::all().add(Expr::cust("1 = 0"))
}

/// Units that `actor` may see: the whole tree for everybody who is signed in.
#[must_use]
pub fn units_visible_to(actor: &Actor) -> Select<unit::Entity> {
    let visible = match actor.principal {
        Principal::Anonymous => never(),
        _ => Condition::all(),
    };
    unit::Entity::find().filter(visible)
}

/// People whom `actor` may look up: oneself; for managers those of the own subtree; for
/// reviewers, administrators and auditors all; for integrations with the scope `personal` those
/// of the subtree. (Names beside a submission follow the submission's visibility instead.)
#[must_use]
pub fn people_visible_to(actor: &Actor) -> Select<person::Entity> {
    person::Entity::find().filter(visible_people(actor))
}

fn visible_people(actor: &Actor) -> Condition {
    let all = [Role::Reviewer, Role::Admin, Role::Auditor];
    match actor.principal {
        Principal::System => Condition::all(),
        Principal::Anonymous => never(),
        Principal::Service(_) if actor.has_scope(ApiScope::Personal) => {
            at_home_below(&actor.units_with(Role::Integration))
        }
        Principal::Service(_) => never(),
        Principal::Person(_) if all.into_iter().any(|role| actor.holds(role)) => Condition::all(),
        Principal::Person(me) => Condition::any()
            .add(person::Column::Id.eq(me))
            .add(at_home_below(&actor.units_with(Role::Manager))),
    }
}

fn at_home_below(units: &[UnitId]) -> Condition {
    if units.is_empty() {
        return never();
    }
    Condition::all().add(person::Column::HomeUnitId.in_subquery(below(units)))
}

/// Devices that `actor` may see: of the units they lead or run; all for auditors of the unit.
#[must_use]
pub fn devices_visible_to(actor: &Actor) -> Select<device::Entity> {
    let mut units = Vec::new();
    for role in [Role::Manager, Role::Admin, Role::Auditor] {
        units.extend(actor.units_with(role));
    }
    let visible = match actor.principal {
        Principal::System => Condition::all(),
        Principal::Person(_) if !units.is_empty() => {
            Condition::all().add(device::Column::UnitId.in_subquery(below(&units)))
        }
        _ => never(),
    };
    device::Entity::find().filter(visible)
}

/// Integrations that `actor` may see: all for administrators and auditors, itself for one.
#[must_use]
pub fn services_visible_to(actor: &Actor) -> Select<service::Entity> {
    let visible = match actor.principal {
        Principal::System => Condition::all(),
        Principal::Service(me) => Condition::all().add(service::Column::Id.eq(me)),
        Principal::Person(_) if actor.holds(Role::Admin) || actor.holds(Role::Auditor) => {
            Condition::all()
        }
        _ => never(),
    };
    service::Entity::find().filter(visible)
}

/// Tokens that `actor` may see: those of the integrations they see.
#[must_use]
pub fn tokens_visible_to(actor: &Actor) -> Select<api_token::Entity> {
    let visible = match actor.principal {
        Principal::System => Condition::all(),
        Principal::Service(me) => Condition::all().add(api_token::Column::ServiceId.eq(me)),
        Principal::Person(_) if actor.holds(Role::Admin) || actor.holds(Role::Auditor) => {
            Condition::all()
        }
        _ => never(),
    };
    api_token::Entity::find().filter(visible)
}

/// Grants that `actor` may see: the own ones, all for auditors, those on the units they run or
/// lead.
#[must_use]
pub fn grants_visible_to(actor: &Actor) -> Select<grant::Entity> {
    let mut units = Vec::new();
    for role in [Role::Manager, Role::Admin, Role::Auditor] {
        units.extend(actor.units_with(role));
    }
    let on_units = if units.is_empty() {
        never()
    } else {
        Condition::all().add(grant::Column::UnitId.in_subquery(below(&units)))
    };
    let visible = match actor.principal {
        Principal::System => Condition::all(),
        Principal::Anonymous => never(),
        Principal::Service(me) => Condition::all().add(grant::Column::ServiceId.eq(me)),
        Principal::Person(me) => Condition::any().add(grant::Column::PersonId.eq(me)).add(on_units),
    };
    grant::Entity::find().filter(visible)
}

/// Sessions that `actor` may see: the own ones that still go on.
#[must_use]
pub fn sessions_visible_to(actor: &Actor, now: Instant) -> Select<session::Entity> {
    let visible = match actor.person() {
        Some(me) => Condition::all().add(session::Column::PersonId.eq(me)),
        None => never(),
    };
    session::Entity::find()
        .filter(visible)
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now))
}

/// One visible unit.
///
/// # Errors
/// A fault of the database.
pub async fn unit<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: UnitId,
) -> Result<Option<unit::Model>> {
    Ok(units_visible_to(actor).filter(unit::Column::Id.eq(id)).one(conn).await?)
}

/// One visible unit, locked.
///
/// # Errors
/// A fault of the database.
pub async fn unit_locked<C: ConnectionTrait>(
    tx: &C,
    actor: &Actor,
    id: UnitId,
) -> Result<Option<unit::Model>> {
    let select = units_visible_to(actor).filter(unit::Column::Id.eq(id));
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// One visible person.
///
/// # Errors
/// A fault of the database.
pub async fn person<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: PersonId,
) -> Result<Option<person::Model>> {
    Ok(people_visible_to(actor).filter(person::Column::Id.eq(id)).one(conn).await?)
}

/// One visible person, locked.
///
/// # Errors
/// A fault of the database.
pub async fn person_locked<C: ConnectionTrait>(
    tx: &C,
    actor: &Actor,
    id: PersonId,
) -> Result<Option<person::Model>> {
    let select = people_visible_to(actor).filter(person::Column::Id.eq(id));
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// One visible device.
///
/// # Errors
/// A fault of the database.
pub async fn device<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: DeviceId,
) -> Result<Option<device::Model>> {
    Ok(devices_visible_to(actor).filter(device::Column::Id.eq(id)).one(conn).await?)
}

/// One visible integration.
///
/// # Errors
/// A fault of the database.
pub async fn service<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: ServiceId,
) -> Result<Option<service::Model>> {
    Ok(services_visible_to(actor).filter(service::Column::Id.eq(id)).one(conn).await?)
}

/// One of the own sessions.
///
/// # Errors
/// A fault of the database.
pub async fn own_session<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: SessionId,
    now: Instant,
) -> Result<Option<session::Model>> {
    Ok(sessions_visible_to(actor, now).filter(session::Column::Id.eq(id)).one(conn).await?)
}

/// Units by id.
///
/// # Errors
/// A fault of the database.
pub async fn units_by_ids<C: ConnectionTrait>(
    conn: &C,
    ids: &[UnitId],
) -> Result<Vec<unit::Model>> {
    Ok(unit::Entity::find().filter(unit::Column::Id.is_in(ids.iter().copied())).all(conn).await?)
}

/// Units right below `parents`, by name.
///
/// # Errors
/// A fault of the database.
pub async fn units_under<C: ConnectionTrait>(
    conn: &C,
    parents: &[UnitId],
) -> Result<Vec<unit::Model>> {
    Ok(unit::Entity::find()
        .filter(unit::Column::ParentId.is_in(parents.iter().copied()))
        .order_by_asc(unit::Column::Name)
        .order_by_asc(unit::Column::Id)
        .all(conn)
        .await?)
}

/// The unit and everything below it, parents before children.
///
/// # Errors
/// A fault of the database.
pub async fn subtree<C: ConnectionTrait>(conn: &C, top: UnitId) -> Result<Vec<(unit::Model, i32)>> {
    let rows = unit_closure::Entity::find()
        .filter(unit_closure::Column::Ancestor.eq(top))
        .order_by_asc(unit_closure::Column::Depth)
        .all(conn)
        .await?;
    let units =
        unit::Entity::find().filter(unit::Column::Id.in_subquery(below(&[top]))).all(conn).await?;
    let mut by_id: std::collections::HashMap<UnitId, unit::Model> =
        units.into_iter().map(|unit| (unit.id, unit)).collect();
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((by_id.remove(&row.descendant)?, row.depth)))
        .collect())
}

/// The ancestors of a unit, itself included, with the steps to them.
///
/// # Errors
/// A fault of the database.
pub async fn ancestry<C: ConnectionTrait>(
    conn: &C,
    unit: UnitId,
) -> Result<Vec<unit_closure::Model>> {
    Ok(unit_closure::Entity::find()
        .filter(unit_closure::Column::Descendant.eq(unit))
        .order_by_asc(unit_closure::Column::Depth)
        .all(conn)
        .await?)
}

/// Cuts a subtree off from what is above its top.
///
/// # Errors
/// A fault of the database.
pub async fn cut_off<C: ConnectionTrait>(tx: &C, top: UnitId, above: &[UnitId]) -> Result<()> {
    unit_closure::Entity::delete_many()
        .filter(unit_closure::Column::Ancestor.is_in(above.iter().copied()))
        .filter(unit_closure::Column::Descendant.in_subquery(
            // A table of its own: SQLite and PostgreSQL both read it before they delete.
            below(&[top]),
        ))
        .exec(tx)
        .await?;
    Ok(())
}

/// Gives units another own site.
///
/// # Errors
/// A fault of the database.
pub async fn set_site<C: ConnectionTrait>(tx: &C, units: &[UnitId], site: UnitId) -> Result<()> {
    unit::Entity::update_many()
        .col_expr(unit::Column::SiteId, Expr::val(site))
        .filter(unit::Column::Id.is_in(units.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// The oldest unit without a parent: the organisation.
///
/// # Errors
/// A fault of the database.
pub async fn root<C: ConnectionTrait>(conn: &C) -> Result<Option<unit::Model>> {
    Ok(unit::Entity::find()
        .filter(unit::Column::ParentId.is_null())
        .order_by_asc(unit::Column::CreatedAt)
        .order_by_asc(unit::Column::Id)
        .one(conn)
        .await?)
}

/// The unit with this external code (upper-cased).
///
/// # Errors
/// A fault of the database.
pub async fn unit_by_code<C: ConnectionTrait>(conn: &C, code: &str) -> Result<Option<unit::Model>> {
    Ok(unit::Entity::find().filter(unit::Column::Code.eq(code)).one(conn).await?)
}

/// Every unit.
///
/// # Errors
/// A fault of the database.
pub async fn all_units<C: ConnectionTrait>(conn: &C) -> Result<Vec<unit::Model>> {
    Ok(unit::Entity::find().all(conn).await?)
}

/// Whether anybody or anything still needs a unit: people at home there, or units in use below.
///
/// # Errors
/// A fault of the database.
pub async fn unit_in_use<C: ConnectionTrait>(conn: &C, id: UnitId) -> Result<bool> {
    let person = person::Entity::find()
        .filter(person::Column::HomeUnitId.eq(id))
        .filter(person::Column::DeactivatedAt.is_null())
        .one(conn)
        .await?;
    let child = unit::Entity::find()
        .filter(unit::Column::ParentId.eq(id))
        .filter(unit::Column::ActiveTo.is_null())
        .one(conn)
        .await?;
    Ok(person.is_some() || child.is_some())
}

/// People by id.
///
/// # Errors
/// A fault of the database.
pub async fn people_by_ids<C: ConnectionTrait>(
    conn: &C,
    ids: &[PersonId],
) -> Result<Vec<person::Model>> {
    Ok(person::Entity::find()
        .filter(person::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?)
}

/// Everybody, also those who left: for imports.
///
/// # Errors
/// A fault of the database.
pub async fn all_people<C: ConnectionTrait>(conn: &C) -> Result<Vec<person::Model>> {
    Ok(person::Entity::find().all(conn).await?)
}

/// Whoever has this mail address or staff code, also those who left.
///
/// # Errors
/// A fault of the database.
pub async fn person_named<C: ConnectionTrait>(
    conn: &C,
    email_key: Option<&str>,
    staff_code: Option<&str>,
) -> Result<Vec<person::Model>> {
    let mut named = Condition::any().add(Expr::cust("1 = 0"));
    if let Some(key) = email_key {
        named = named.add(person::Column::EmailKey.eq(key));
    }
    if let Some(code) = staff_code {
        named = named.add(person::Column::StaffCode.eq(code));
    }
    Ok(person::Entity::find().filter(named).all(conn).await?)
}

/// Roles of people, oldest first.
///
/// # Errors
/// A fault of the database.
pub async fn grants_of_people<C: ConnectionTrait>(
    conn: &C,
    people: &[PersonId],
) -> Result<Vec<grant::Model>> {
    Ok(grant::Entity::find()
        .filter(grant::Column::PersonId.is_in(people.iter().copied()))
        .order_by_asc(grant::Column::CreatedAt)
        .order_by_asc(grant::Column::Id)
        .all(conn)
        .await?)
}

/// Roles of integrations, oldest first.
///
/// # Errors
/// A fault of the database.
pub async fn grants_of_services<C: ConnectionTrait>(
    conn: &C,
    services: &[ServiceId],
) -> Result<Vec<grant::Model>> {
    Ok(grant::Entity::find()
        .filter(grant::Column::ServiceId.is_in(services.iter().copied()))
        .order_by_asc(grant::Column::CreatedAt)
        .order_by_asc(grant::Column::Id)
        .all(conn)
        .await?)
}

/// How many people who still work here run the system, `except` not counted.
///
/// # Errors
/// A fault of the database.
pub async fn other_administrators<C: ConnectionTrait>(
    conn: &C,
    except: PersonId,
) -> Result<Vec<grant::Model>> {
    let active = Query::select()
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(person::Column::DeactivatedAt.is_null())
        .to_owned();
    Ok(grant::Entity::find()
        .filter(grant::Column::Role.eq(Role::Admin))
        .filter(grant::Column::PersonId.ne(except))
        .filter(grant::Column::PersonId.in_subquery(active))
        .all(conn)
        .await?)
}

/// Integrations by id.
///
/// # Errors
/// A fault of the database.
pub async fn services_by_ids<C: ConnectionTrait>(
    conn: &C,
    ids: &[ServiceId],
) -> Result<Vec<service::Model>> {
    Ok(service::Entity::find()
        .filter(service::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?)
}

/// The integration with this name.
///
/// # Errors
/// A fault of the database.
pub async fn service_named<C: ConnectionTrait>(
    conn: &C,
    name: &str,
) -> Result<Option<service::Model>> {
    Ok(service::Entity::find().filter(service::Column::Name.eq(name)).one(conn).await?)
}

/// Tokens of integrations, newest first.
///
/// # Errors
/// A fault of the database.
pub async fn tokens_of_services<C: ConnectionTrait>(
    conn: &C,
    services: &[ServiceId],
) -> Result<Vec<api_token::Model>> {
    Ok(api_token::Entity::find()
        .filter(api_token::Column::ServiceId.is_in(services.iter().copied()))
        .order_by_desc(api_token::Column::CreatedAt)
        .order_by_desc(api_token::Column::Id)
        .all(conn)
        .await?)
}

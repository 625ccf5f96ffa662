//! The scoped doors of identity.
#![allow(clippy::disallowed_methods)] // a query.rs

mod accounts;
mod people;

use std::collections::HashMap;

use entity::id::{DeviceId, PersonId, ServiceId, UnitId};
use entity::identity::values::Role;
use entity::identity::{api_token, device, grant, person, service, session, unit, unit_closure};
use entity::instant::Instant;
use entity::programs::setting;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
};

pub use accounts::*;
pub use people::*;

use super::tokens::Bearer;
use crate::kit::actor::{Actor, AuthorNames, Held, ReadPolicy, Rules};
use crate::kit::error::{Error, Result};

/// The ancestors of each unit, itself included, nearest first. One statement; none for no units.
///
/// # Errors
/// A fault of the database.
pub async fn lineages<C: ConnectionTrait>(
    conn: &C,
    units: &[UnitId],
) -> Result<HashMap<UnitId, Vec<UnitId>>> {
    if units.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = unit_closure::Entity::find()
        .filter(unit_closure::Column::Descendant.is_in(units.iter().copied()))
        .order_by_asc(unit_closure::Column::Depth)
        .all(conn)
        .await?;
    let mut lineages: HashMap<UnitId, Vec<UnitId>> = HashMap::new();
    for row in rows {
        lineages.entry(row.descendant).or_default().push(row.ancestor);
    }
    Ok(lineages)
}

/// The nearest zone at or above each unit that has one. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn zones<C: ConnectionTrait>(
    conn: &C,
    units: &[UnitId],
) -> Result<HashMap<UnitId, String>> {
    if units.is_empty() {
        return Ok(HashMap::new());
    }
    let select = Query::select()
        .column((unit_closure::Entity, unit_closure::Column::Descendant))
        .column((unit::Entity, unit::Column::Zone))
        .from(unit_closure::Entity)
        .inner_join(
            unit::Entity,
            Expr::col((unit::Entity, unit::Column::Id))
                .equals((unit_closure::Entity, unit_closure::Column::Ancestor)),
        )
        .and_where(
            Expr::col((unit_closure::Entity, unit_closure::Column::Descendant))
                .is_in(units.iter().copied()),
        )
        .and_where(Expr::col((unit::Entity, unit::Column::Zone)).is_not_null())
        .order_by((unit_closure::Entity, unit_closure::Column::Depth), sea_orm::Order::Asc)
        .to_owned();
    let mut zones = HashMap::new();
    for row in conn.query_all(&select).await? {
        zones.entry(row.try_get_by_index(0)?).or_insert(row.try_get_by_index(1)?);
    }
    Ok(zones)
}

/// A person who works here as an asker, with rights as they stand now; none for who left. At most
/// four statements.
///
/// # Errors
/// A fault of the database.
pub async fn actor_of<C: ConnectionTrait>(conn: &C, id: PersonId) -> Result<Option<Actor>> {
    let found = person::Entity::find_by_id(id).one(conn).await?;
    let Some(row) = found.filter(|row| row.deactivated_at.is_none()) else { return Ok(None) };
    let Some(home) = unit::Entity::find_by_id(row.home_unit_id).one(conn).await? else {
        return Ok(None);
    };
    Ok(Some(Actor {
        grants: held_by(conn, Holder::Person(id)).await?,
        rules: rules(conn).await?,
        locale: row.locale,
        ..Actor::of_person(id, row.home_unit_id, home.site_id)
    }))
}

/// A person who asks, as far as the database still vouches for them.
#[derive(Clone, Debug, FromQueryResult)]
pub struct SignedIn {
    /// The one home unit.
    pub home_unit_id: UnitId,
    /// Own site of the home unit.
    pub site_id: UnitId,
    /// Preferred language.
    pub locale: String,
    /// The enrolled device of the session.
    pub device_id: Option<DeviceId>,
}

/// The person behind `bearer`, unless the session ended, the person left or the device was taken
/// out of use. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn signed_in<C: ConnectionTrait>(
    conn: &C,
    bearer: Bearer,
    now: Instant,
) -> Result<Option<SignedIn>> {
    let select = Query::select()
        .column((person::Entity, person::Column::HomeUnitId))
        .column((person::Entity, person::Column::Locale))
        .column((unit::Entity, unit::Column::SiteId))
        .column((session::Entity, session::Column::DeviceId))
        .from(session::Entity)
        .inner_join(
            person::Entity,
            Expr::col((person::Entity, person::Column::Id))
                .equals((session::Entity, session::Column::PersonId)),
        )
        .inner_join(
            unit::Entity,
            Expr::col((unit::Entity, unit::Column::Id))
                .equals((person::Entity, person::Column::HomeUnitId)),
        )
        .left_join(
            device::Entity,
            Expr::col((device::Entity, device::Column::Id))
                .equals((session::Entity, session::Column::DeviceId)),
        )
        .and_where(Expr::col((session::Entity, session::Column::Id)).eq(bearer.session))
        .and_where(Expr::col((session::Entity, session::Column::PersonId)).eq(bearer.person))
        .and_where(Expr::col((session::Entity, session::Column::RevokedAt)).is_null())
        .and_where(Expr::col((session::Entity, session::Column::ExpiresAt)).gt(now))
        .and_where(Expr::col((person::Entity, person::Column::DeactivatedAt)).is_null())
        .and_where(Expr::col((device::Entity, device::Column::RevokedAt)).is_null())
        .to_owned();
    read_one(conn.query_one(&select).await?)
}

/// An integration that asks.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Integration {
    /// Which.
    pub service_id: ServiceId,
    /// Words of its token's scopes.
    pub scopes: String,
}

/// The integration whose token has this digest, unless the token or the integration ended. One
/// statement.
///
/// # Errors
/// A fault of the database.
pub async fn integration<C: ConnectionTrait>(
    conn: &C,
    hash: &str,
    now: Instant,
) -> Result<Option<Integration>> {
    let select = Query::select()
        .column((api_token::Entity, api_token::Column::ServiceId))
        .column((api_token::Entity, api_token::Column::Scopes))
        .from(api_token::Entity)
        .inner_join(
            service::Entity,
            Expr::col((service::Entity, service::Column::Id))
                .equals((api_token::Entity, api_token::Column::ServiceId)),
        )
        .and_where(Expr::col((api_token::Entity, api_token::Column::Hash)).eq(hash))
        .and_where(Expr::col((api_token::Entity, api_token::Column::RevokedAt)).is_null())
        .and_where(Expr::col((service::Entity, service::Column::DisabledAt)).is_null())
        .cond_where(
            Condition::any()
                .add(Expr::col((api_token::Entity, api_token::Column::ExpiresAt)).is_null())
                .add(Expr::col((api_token::Entity, api_token::Column::ExpiresAt)).gt(now)),
        )
        .to_owned();
    read_one(conn.query_one(&select).await?)
}

fn read_one<T: FromQueryResult>(row: Option<sea_orm::QueryResult>) -> Result<Option<T>> {
    row.map(|row| T::from_query_result(&row, "")).transpose().map_err(Error::from)
}

/// To whom roles are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A person.
    Person(PersonId),
    /// An integration.
    Service(ServiceId),
}

impl Holder {
    fn is(self) -> Condition {
        match self {
            Self::Person(id) => Condition::all().add(grant::Column::PersonId.eq(id)),
            Self::Service(id) => Condition::all().add(grant::Column::ServiceId.eq(id)),
        }
    }
}

/// The roles of one holder. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn held_by<C: ConnectionTrait>(conn: &C, holder: Holder) -> Result<Vec<Held>> {
    let grants = grant::Entity::find().filter(holder.is()).all(conn).await?;
    Ok(grants.into_iter().map(|grant| Held { role: grant.role, unit: grant.unit_id }).collect())
}

/// The settings that rights depend on; a word that nobody knows counts as the default. One
/// statement.
///
/// # Errors
/// A fault of the database.
pub async fn rules<C: ConnectionTrait>(conn: &C) -> Result<Rules> {
    let settings = setting::Entity::find()
        .filter(setting::Column::Key.is_in(["read_policy", "author_names"]))
        .all(conn)
        .await?;
    let word = |key: &str| settings.iter().find(|it| it.key == key).map(|it| it.value.as_str());
    Ok(Rules {
        read_policy: word("read_policy").and_then(ReadPolicy::named).unwrap_or_default(),
        author_names: word("author_names").and_then(AuthorNames::named).unwrap_or_default(),
    })
}

/// Whether anybody who still works here runs the system.
///
/// # Errors
/// A fault of the database.
pub async fn has_administrator<C: ConnectionTrait>(conn: &C) -> Result<bool> {
    let active = Query::select()
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(person::Column::DeactivatedAt.is_null())
        .to_owned();
    let found = grant::Entity::find()
        .filter(grant::Column::Role.eq(Role::Admin))
        .filter(grant::Column::PersonId.in_subquery(active))
        .one(conn)
        .await?;
    Ok(found.is_some())
}

//! The scoped doors of identity.
#![allow(clippy::disallowed_methods)] // a query.rs

mod accounts;
mod asking;
mod people;

use std::collections::HashMap;

use entity::id::{PersonId, ServiceId, UnitId};
use entity::identity::values::Role;
use entity::identity::{grant, person, unit, unit_closure};
use entity::programs::setting;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

pub use accounts::*;
pub use asking::*;
pub use people::*;

use crate::kit::actor::{Actor, AuthorNames, Held, ReadPolicy, Rules};
use crate::kit::error::Result;

/// Key of the setting that says who reads ideas.
const READ_POLICY: &str = "read_policy";
/// Key of the setting that says who sees names.
const AUTHOR_NAMES: &str = "author_names";

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
        .filter(setting::Column::Key.is_in([READ_POLICY, AUTHOR_NAMES]))
        .all(conn)
        .await?;
    let word = |key: &str| settings.iter().find(|it| it.key == key).map(|it| it.value.as_str());
    Ok(rules_of(word(READ_POLICY), word(AUTHOR_NAMES)))
}

fn rules_of(read_policy: Option<&str>, author_names: Option<&str>) -> Rules {
    Rules {
        read_policy: read_policy.and_then(ReadPolicy::named).unwrap_or_default(),
        author_names: author_names.and_then(AuthorNames::named).unwrap_or_default(),
    }
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

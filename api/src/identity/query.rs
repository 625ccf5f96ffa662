//! The scoped doors of identity.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::id::{DeviceId, LoginCodeId, PersonId, ServiceId, SessionId, UnitId};
use entity::identity::values::{CodePurpose, Role};
use entity::identity::{
    api_token, device, grant, login_code, person, refresh_token, service, session, unit,
    unit_closure,
};
use entity::instant::Instant;
use entity::programs::setting;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter};

use super::tokens::Bearer;
use crate::db::dialect;
use crate::kit::actor::{AuthorNames, Held, ReadPolicy, Rules};
use crate::kit::error::{Error, Result};

/// The ancestors of each unit, itself included. One statement; none for no units.
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
        .all(conn)
        .await?;
    let mut lineages: HashMap<UnitId, Vec<UnitId>> = HashMap::new();
    for row in rows {
        lineages.entry(row.descendant).or_default().push(row.ancestor);
    }
    Ok(lineages)
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

/// The device with this token, unless it was taken out of use.
///
/// # Errors
/// A fault of the database.
pub async fn device_in_use<C: ConnectionTrait>(
    conn: &C,
    token_hash: &str,
) -> Result<Option<device::Model>> {
    Ok(device::Entity::find()
        .filter(device::Column::TokenHash.eq(token_hash))
        .filter(device::Column::RevokedAt.is_null())
        .one(conn)
        .await?)
}

/// A refresh token by its digest, locked.
///
/// # Errors
/// A fault of the database.
pub async fn refresh_token<C: ConnectionTrait>(
    tx: &C,
    hash: &str,
) -> Result<Option<refresh_token::Model>> {
    let select = refresh_token::Entity::find_by_id(hash.to_owned());
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// Spends a refresh token.
///
/// # Errors
/// A fault of the database.
pub async fn spend_refresh_token<C: ConnectionTrait>(
    tx: &C,
    hash: &str,
    now: Instant,
) -> Result<()> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::val(now))
        .filter(refresh_token::Column::Hash.eq(hash))
        .exec(tx)
        .await?;
    Ok(())
}

/// The tokens that replaced the tokens with these digests.
///
/// # Errors
/// A fault of the database.
pub async fn successors<C: ConnectionTrait>(
    tx: &C,
    hashes: &[String],
) -> Result<Vec<refresh_token::Model>> {
    Ok(refresh_token::Entity::find()
        .filter(refresh_token::Column::Previous.is_in(hashes))
        .all(tx)
        .await?)
}

/// A session that may still go on, locked: not revoked, not over.
///
/// # Errors
/// A fault of the database.
pub async fn open_session<C: ConnectionTrait>(
    tx: &C,
    id: SessionId,
    now: Instant,
) -> Result<Option<session::Model>> {
    let select = session::Entity::find_by_id(id)
        .filter(session::Column::RevokedAt.is_null())
        .filter(session::Column::ExpiresAt.gt(now));
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// Which sessions end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sessions {
    /// One.
    One(SessionId),
    /// All of a person.
    OfPerson(PersonId),
    /// All on a device.
    OfDevice(DeviceId),
}

/// Ends sessions now; their refresh tokens are dead with them.
///
/// # Errors
/// A fault of the database.
pub async fn end_sessions<C: ConnectionTrait>(
    tx: &C,
    which: Sessions,
    now: Instant,
) -> Result<u64> {
    let update = session::Entity::update_many()
        .col_expr(session::Column::RevokedAt, Expr::val(now))
        .filter(session::Column::RevokedAt.is_null());
    let update = match which {
        Sessions::One(id) => update.filter(session::Column::Id.eq(id)),
        Sessions::OfPerson(id) => update.filter(session::Column::PersonId.eq(id)),
        Sessions::OfDevice(id) => update.filter(session::Column::DeviceId.eq(id)),
    };
    Ok(update.exec(tx).await?.rows_affected)
}

/// A person who still works here.
///
/// # Errors
/// A fault of the database.
pub async fn active_person<C: ConnectionTrait>(
    conn: &C,
    id: PersonId,
) -> Result<Option<person::Model>> {
    Ok(person::Entity::find_by_id(id)
        .filter(person::Column::DeactivatedAt.is_null())
        .one(conn)
        .await?)
}

/// A code or link by the digest of its secret, locked: for the given purpose, unspent, in time.
///
/// # Errors
/// A fault of the database.
pub async fn unspent_code<C: ConnectionTrait>(
    tx: &C,
    purpose: CodePurpose,
    request_hash: &str,
    now: Instant,
) -> Result<Option<login_code::Model>> {
    let select = login_code::Entity::find()
        .filter(login_code::Column::RequestHash.eq(request_hash))
        .filter(login_code::Column::Purpose.eq(purpose))
        .filter(login_code::Column::UsedAt.is_null())
        .filter(login_code::Column::ExpiresAt.gt(now));
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// Spends a code or link.
///
/// # Errors
/// A fault of the database.
pub async fn spend_code<C: ConnectionTrait>(tx: &C, id: LoginCodeId, now: Instant) -> Result<()> {
    login_code::Entity::update_many()
        .col_expr(login_code::Column::UsedAt, Expr::val(now))
        .filter(login_code::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
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

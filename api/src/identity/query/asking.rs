//! Who asks, with their rights and the settings that rights depend on: one statement a request,
//! because it goes before every other.

use entity::id::{DeviceId, ServiceId, UnitId};
use entity::identity::values::Role;
use entity::identity::{api_token, device, grant, person, service, session, unit};
use entity::instant::Instant;
use entity::programs::setting;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, FromQueryResult};

use super::{AUTHOR_NAMES, READ_POLICY, rules_of};
use crate::identity::tokens::Bearer;
use crate::kit::actor::{Held, Rules};
use crate::kit::error::{Error, Result};

/// A person who asks, as far as the database still vouches for them.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The one home unit.
    pub home_unit_id: UnitId,
    /// Own site of the home unit.
    pub site_id: UnitId,
    /// Preferred language.
    pub locale: String,
    /// The enrolled device of the session.
    pub device_id: Option<DeviceId>,
    /// What they hold.
    pub rights: Rights,
}

/// An integration that asks.
#[derive(Clone, Debug)]
pub struct Integration {
    /// Which.
    pub service_id: ServiceId,
    /// Words of its token's scopes.
    pub scopes: String,
    /// What it holds.
    pub rights: Rights,
}

/// What rights follow from.
#[derive(Clone, Debug)]
pub struct Rights {
    /// The roles.
    pub grants: Vec<Held>,
    /// The settings.
    pub rules: Rules,
}

/// One row for each role; one without a role where there is none.
#[derive(Debug, FromQueryResult)]
struct RightsRow {
    role: Option<Role>,
    role_unit: Option<UnitId>,
    read_policy: Option<String>,
    author_names: Option<String>,
}

#[derive(FromQueryResult)]
struct PersonRow {
    home_unit_id: UnitId,
    site_id: UnitId,
    locale: String,
    device_id: Option<DeviceId>,
}

#[derive(FromQueryResult)]
struct ServiceRow {
    service_id: ServiceId,
    scopes: String,
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
    let select = with_rights(
        Query::select()
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
            .left_join(
                grant::Entity,
                Expr::col((grant::Entity, grant::Column::PersonId))
                    .equals((person::Entity, person::Column::Id)),
            )
            .and_where(Expr::col((session::Entity, session::Column::Id)).eq(bearer.session))
            .and_where(Expr::col((session::Entity, session::Column::PersonId)).eq(bearer.person))
            .and_where(Expr::col((session::Entity, session::Column::RevokedAt)).is_null())
            .and_where(Expr::col((session::Entity, session::Column::ExpiresAt)).gt(now))
            .and_where(Expr::col((person::Entity, person::Column::DeactivatedAt)).is_null())
            .and_where(Expr::col((device::Entity, device::Column::RevokedAt)).is_null()),
    );
    let found = read::<PersonRow>(&conn.query_all(&select).await?)?;
    Ok(found.map(|(row, rights)| SignedIn {
        home_unit_id: row.home_unit_id,
        site_id: row.site_id,
        locale: row.locale,
        device_id: row.device_id,
        rights,
    }))
}

/// The integration that a token with this hash belongs to, unless either was taken out of use. One
/// statement.
///
/// # Errors
/// A fault of the database.
pub async fn integration<C: ConnectionTrait>(
    conn: &C,
    hash: &str,
    now: Instant,
) -> Result<Option<Integration>> {
    let select = with_rights(
        Query::select()
            .column((api_token::Entity, api_token::Column::ServiceId))
            .column((api_token::Entity, api_token::Column::Scopes))
            .from(api_token::Entity)
            .inner_join(
                service::Entity,
                Expr::col((service::Entity, service::Column::Id))
                    .equals((api_token::Entity, api_token::Column::ServiceId)),
            )
            .left_join(
                grant::Entity,
                Expr::col((grant::Entity, grant::Column::ServiceId))
                    .equals((service::Entity, service::Column::Id)),
            )
            .and_where(Expr::col((api_token::Entity, api_token::Column::Hash)).eq(hash))
            .and_where(Expr::col((api_token::Entity, api_token::Column::RevokedAt)).is_null())
            .and_where(Expr::col((service::Entity, service::Column::DisabledAt)).is_null())
            .cond_where(
                Condition::any()
                    .add(Expr::col((api_token::Entity, api_token::Column::ExpiresAt)).is_null())
                    .add(Expr::col((api_token::Entity, api_token::Column::ExpiresAt)).gt(now)),
            ),
    );
    let found = read::<ServiceRow>(&conn.query_all(&select).await?)?;
    Ok(found.map(|(row, rights)| Integration {
        service_id: row.service_id,
        scopes: row.scopes,
        rights,
    }))
}

/// Adds the role of each row, and the settings.
fn with_rights(select: &mut SelectStatement) -> SelectStatement {
    let word = |key: &str| {
        let value = Query::select()
            .column(setting::Column::Value)
            .from(setting::Entity)
            .and_where(setting::Column::Key.eq(key))
            .to_owned();
        Expr::SubQuery(None, Box::new(value.into()))
    };
    select
        .expr_as(Expr::col((grant::Entity, grant::Column::Role)), "role")
        .expr_as(Expr::col((grant::Entity, grant::Column::UnitId)), "role_unit")
        .expr_as(word(READ_POLICY), READ_POLICY)
        .expr_as(word(AUTHOR_NAMES), AUTHOR_NAMES)
        .to_owned()
}

/// The first row, which all have in common, and the rights of all of them.
fn read<T: FromQueryResult>(rows: &[sea_orm::QueryResult]) -> Result<Option<(T, Rights)>> {
    let Some(first) = rows.first() else { return Ok(None) };
    let common = T::from_query_result(first, "").map_err(Error::from)?;
    let mut rights = Rights { grants: Vec::with_capacity(rows.len()), rules: Rules::default() };
    for row in rows {
        let row = RightsRow::from_query_result(row, "").map_err(Error::from)?;
        rights.rules = rules_of(row.read_policy.as_deref(), row.author_names.as_deref());
        rights.grants.extend(row.role.zip(row.role_unit).map(|(role, unit)| Held { role, unit }));
    }
    Ok(Some((common, rights)))
}

//! Batches by id for graph edges: however many rows a page has, each edge is one statement.

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use async_graphql::{Context, Request};
use entity::id::{PersonId, ServiceId, UnitId};
use entity::identity::{api_token, grant, person, service, unit};

use super::query;
use crate::graphql::ready;
use crate::kit::error::{Error, Result};
use crate::kit::scope::Scope;

/// Reads batches for one request.
pub struct Batches(Scope);

/// The batches of one request.
pub type IdentityLoader = DataLoader<Batches>;

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    let batches = Batches(scope.clone());
    request.data(super::graphql::sign_in::OneSignIn::default()).data(DataLoader::new(
        batches,
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

fn batches<'a>(ctx: &Context<'a>) -> Result<&'a IdentityLoader> {
    ctx.data::<IdentityLoader>().map_err(|_| {
        crate::kit::error::Fault::internal("the batches of identity are not attached").into()
    })
}

/// The person with this id. The edge itself must have been allowed: this is no scoped door.
///
/// # Errors
/// A fault of the database.
pub async fn person(ctx: &Context<'_>, id: PersonId) -> Result<Option<person::Model>> {
    batches(ctx)?.load_one(id).await
}

/// The unit with this id; the tree is for everybody who is signed in.
///
/// # Errors
/// A fault of the database.
pub async fn unit(ctx: &Context<'_>, id: UnitId) -> Result<Option<unit::Model>> {
    ready::one(ctx, batches(ctx)?, id).await
}

/// The integration with this id. As for [`person`], the edge must have been allowed.
///
/// # Errors
/// A fault of the database.
pub async fn service(ctx: &Context<'_>, id: ServiceId) -> Result<Option<service::Model>> {
    batches(ctx)?.load_one(id).await
}

/// A unit's ancestors, itself included, nearest first.
///
/// # Errors
/// A fault of the database.
pub async fn lineage(ctx: &Context<'_>, unit: UnitId) -> Result<Vec<UnitId>> {
    Ok(batches(ctx)?.load_one(LineageOf(unit)).await?.unwrap_or_default())
}

/// The units right below a unit, by name.
///
/// # Errors
/// A fault of the database.
pub async fn children(ctx: &Context<'_>, unit: UnitId) -> Result<Vec<unit::Model>> {
    Ok(batches(ctx)?.load_one(ChildrenOf(unit)).await?.unwrap_or_default())
}

/// The roles of a person.
///
/// # Errors
/// A fault of the database.
pub async fn grants_of_person(ctx: &Context<'_>, id: PersonId) -> Result<Vec<grant::Model>> {
    Ok(batches(ctx)?.load_one(GrantsOf(id)).await?.unwrap_or_default())
}

/// The roles of an integration.
///
/// # Errors
/// A fault of the database.
pub async fn grants_of_service(ctx: &Context<'_>, id: ServiceId) -> Result<Vec<grant::Model>> {
    Ok(batches(ctx)?.load_one(GrantsOfService(id)).await?.unwrap_or_default())
}

/// The tokens of an integration.
///
/// # Errors
/// A fault of the database.
pub async fn tokens_of(ctx: &Context<'_>, id: ServiceId) -> Result<Vec<api_token::Model>> {
    Ok(batches(ctx)?.load_one(TokensOf(id)).await?.unwrap_or_default())
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct LineageOf(UnitId);
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ChildrenOf(UnitId);
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct GrantsOf(PersonId);
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct GrantsOfService(ServiceId);
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct TokensOf(ServiceId);

fn grouped<K: std::hash::Hash + Eq, V>(
    rows: impl IntoIterator<Item = (K, V)>,
) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, row) in rows {
        groups.entry(key).or_default().push(row);
    }
    groups
}

impl Loader<PersonId> for Batches {
    type Value = person::Model;
    type Error = Error;

    async fn load(&self, keys: &[PersonId]) -> Result<HashMap<PersonId, person::Model>> {
        let rows = query::people_by_ids(&self.0.db(), keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<UnitId> for Batches {
    type Value = unit::Model;
    type Error = Error;

    async fn load(&self, keys: &[UnitId]) -> Result<HashMap<UnitId, unit::Model>> {
        let rows = query::units_by_ids(&self.0.db(), keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<ServiceId> for Batches {
    type Value = service::Model;
    type Error = Error;

    async fn load(&self, keys: &[ServiceId]) -> Result<HashMap<ServiceId, service::Model>> {
        let rows = query::services_by_ids(&self.0.db(), keys).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<LineageOf> for Batches {
    type Value = Vec<UnitId>;
    type Error = Error;

    async fn load(&self, keys: &[LineageOf]) -> Result<HashMap<LineageOf, Vec<UnitId>>> {
        let units: Vec<UnitId> = keys.iter().map(|key| key.0).collect();
        let lineages = query::lineages(&self.0.db(), &units).await?;
        Ok(lineages.into_iter().map(|(unit, lineage)| (LineageOf(unit), lineage)).collect())
    }
}

impl Loader<ChildrenOf> for Batches {
    type Value = Vec<unit::Model>;
    type Error = Error;

    async fn load(&self, keys: &[ChildrenOf]) -> Result<HashMap<ChildrenOf, Vec<unit::Model>>> {
        let parents: Vec<UnitId> = keys.iter().map(|key| key.0).collect();
        let rows = query::units_under(&self.0.db(), &parents).await?;
        Ok(grouped(rows.into_iter().filter_map(|row| Some((ChildrenOf(row.parent_id?), row)))))
    }
}

impl Loader<GrantsOf> for Batches {
    type Value = Vec<grant::Model>;
    type Error = Error;

    async fn load(&self, keys: &[GrantsOf]) -> Result<HashMap<GrantsOf, Vec<grant::Model>>> {
        let people: Vec<PersonId> = keys.iter().map(|key| key.0).collect();
        let rows = query::grants_of_people(&self.0.db(), &people).await?;
        Ok(grouped(rows.into_iter().filter_map(|row| Some((GrantsOf(row.person_id?), row)))))
    }
}

impl Loader<GrantsOfService> for Batches {
    type Value = Vec<grant::Model>;
    type Error = Error;

    async fn load(
        &self,
        keys: &[GrantsOfService],
    ) -> Result<HashMap<GrantsOfService, Vec<grant::Model>>> {
        let services: Vec<ServiceId> = keys.iter().map(|key| key.0).collect();
        let rows = query::grants_of_services(&self.0.db(), &services).await?;
        Ok(grouped(
            rows.into_iter().filter_map(|row| Some((GrantsOfService(row.service_id?), row))),
        ))
    }
}

impl Loader<TokensOf> for Batches {
    type Value = Vec<api_token::Model>;
    type Error = Error;

    async fn load(&self, keys: &[TokensOf]) -> Result<HashMap<TokensOf, Vec<api_token::Model>>> {
        let services: Vec<ServiceId> = keys.iter().map(|key| key.0).collect();
        let rows = query::tokens_of_services(&self.0.db(), &services).await?;
        Ok(grouped(rows.into_iter().map(|row| (TokensOf(row.service_id), row))))
    }
}

//! Batches by id for graph edges.
#![allow(clippy::disallowed_methods)] // a loader.rs

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::id::{JourneyId, TouchpointId};
use entity::journey::{journey, touchpoint};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::query;
use crate::kit::error::Error;
use crate::kit::scope::Scope;

/// Batches of this feature.
pub struct Journeys(Scope);

/// The journey whose touchpoints are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TouchpointsOf(pub JourneyId);

impl Loader<JourneyId> for Journeys {
    type Value = journey::Model;
    type Error = Error;

    async fn load(&self, ids: &[JourneyId]) -> Result<HashMap<JourneyId, journey::Model>, Error> {
        let rows = journey::Entity::find()
            .filter(journey::Column::Id.is_in(ids.iter().copied()))
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<TouchpointId> for Journeys {
    type Value = touchpoint::Model;
    type Error = Error;

    async fn load(
        &self,
        ids: &[TouchpointId],
    ) -> Result<HashMap<TouchpointId, touchpoint::Model>, Error> {
        let rows = touchpoint::Entity::find()
            .filter(touchpoint::Column::Id.is_in(ids.iter().copied()))
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<TouchpointsOf> for Journeys {
    type Value = Vec<touchpoint::Model>;
    type Error = Error;

    async fn load(
        &self,
        of: &[TouchpointsOf],
    ) -> Result<HashMap<TouchpointsOf, Self::Value>, Error> {
        let journeys: Vec<JourneyId> = of.iter().map(|it| it.0).collect();
        let mut found: HashMap<TouchpointsOf, Self::Value> = HashMap::new();
        for row in query::touchpoints_of(&self.0.db(), &journeys).await? {
            found.entry(TouchpointsOf(row.journey_id)).or_default().push(row);
        }
        Ok(found)
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Journeys(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

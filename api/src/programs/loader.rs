//! Batches by id for graph edges.
#![allow(clippy::disallowed_methods)] // a loader.rs

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::id::{ProgramId, ReasonId, StatusId};
use entity::programs::{program, reason, status};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::query;
use crate::kit::error::Error;
use crate::kit::scope::Scope;

/// Batches of this feature.
pub struct Programs(Scope);

/// The row whose translated names are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LabelsOf(pub Uuid);

impl Loader<ProgramId> for Programs {
    type Value = program::Model;
    type Error = Error;

    async fn load(&self, ids: &[ProgramId]) -> Result<HashMap<ProgramId, program::Model>, Error> {
        let rows = program::Entity::find()
            .filter(program::Column::Id.is_in(ids.iter().copied()))
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<StatusId> for Programs {
    type Value = status::Model;
    type Error = Error;

    async fn load(&self, ids: &[StatusId]) -> Result<HashMap<StatusId, status::Model>, Error> {
        let rows = status::Entity::find()
            .filter(status::Column::Id.is_in(ids.iter().copied()))
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<ReasonId> for Programs {
    type Value = reason::Model;
    type Error = Error;

    async fn load(&self, ids: &[ReasonId]) -> Result<HashMap<ReasonId, reason::Model>, Error> {
        let rows = reason::Entity::find()
            .filter(reason::Column::Id.is_in(ids.iter().copied()))
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<LabelsOf> for Programs {
    type Value = Vec<(String, String)>;
    type Error = Error;

    async fn load(&self, of: &[LabelsOf]) -> Result<HashMap<LabelsOf, Self::Value>, Error> {
        let subjects: Vec<Uuid> = of.iter().map(|labels| labels.0).collect();
        let labels = query::labels(&self.0.db(), &subjects).await?;
        Ok(labels.into_iter().map(|(subject, labels)| (LabelsOf(subject), labels)).collect())
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Programs(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

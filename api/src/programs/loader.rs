//! Batches by id for graph edges.
#![allow(clippy::disallowed_methods)] // a loader.rs

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::id::{ProgramId, ReasonId, StatusId};
use entity::programs::{program, reason, status};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::query::{self, Labels};
use crate::kit::error::Error;
use crate::kit::scope::Scope;

/// Batches of this feature.
pub struct Programs {
    scope: Scope,
    /// The whole catalogue, once somebody asked for it.
    all: Mutex<Option<Arc<Labels>>>,
    /// Names that a screen has read ahead.
    some: Mutex<Labels>,
}

impl Programs {
    /// The translated names of one row. The whole catalogue is small, so the first one who asks
    /// reads all of it: one statement a request.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn names(&self, subject: Uuid) -> Result<Vec<(String, String)>, Error> {
        if let Some(names) = self.some.lock().await.get(&subject) {
            return Ok(names.clone());
        }
        let mut known = self.all.lock().await;
        let labels = match known.as_ref() {
            Some(labels) => labels.clone(),
            None => known.insert(Arc::new(query::all_labels(&self.scope.db()).await?)).clone(),
        };
        Ok(labels.get(&subject).cloned().unwrap_or_default())
    }

    /// Names were changed in this request: the next one who asks reads anew.
    pub async fn forget_names(&self) {
        *self.all.lock().await = None;
        self.some.lock().await.clear();
    }

    /// These are all names of these rows.
    pub async fn learn(&self, names: Labels) {
        self.some.lock().await.extend(names);
    }
}

impl Loader<ProgramId> for Programs {
    type Value = program::Model;
    type Error = Error;

    async fn load(&self, ids: &[ProgramId]) -> Result<HashMap<ProgramId, program::Model>, Error> {
        let rows = program::Entity::find()
            .filter(program::Column::Id.is_in(ids.iter().copied()))
            .all(&self.scope.db())
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
            .all(&self.scope.db())
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
            .all(&self.scope.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Programs { scope: scope.clone(), all: Mutex::default(), some: Mutex::default() },
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

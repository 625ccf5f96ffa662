//! Batches by id for graph edges: one statement for a whole page, whatever its length.
#![allow(clippy::disallowed_methods)] // a loader.rs

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::id::{DecisionId, ResponseId, SubmissionId};
use entity::workflow::{decision, response};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::query;
use super::service::{self, AllowedMove};
use crate::kit::error::Error;
use crate::kit::scope::Scope;

/// Batches of this feature.
pub struct Workflow(Scope);

/// The submission whose next steps are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AllowedOn(pub SubmissionId);

impl Loader<DecisionId> for Workflow {
    type Value = decision::Model;
    type Error = Error;

    async fn load(
        &self,
        ids: &[DecisionId],
    ) -> Result<HashMap<DecisionId, decision::Model>, Error> {
        let rows = decision::Entity::find()
            .filter(decision::Column::Id.is_in(ids.iter().copied()))
            .filter(query::visible(&self.0.actor))
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Words to authors, as the asker reads them. Whoever reads the announcement, or the decision, reads
/// them.
impl Loader<ResponseId> for Workflow {
    type Value = response::Model;
    type Error = Error;

    async fn load(
        &self,
        ids: &[ResponseId],
    ) -> Result<HashMap<ResponseId, response::Model>, Error> {
        let rows = response::Entity::find()
            .filter(response::Column::Id.is_in(ids.iter().copied()))
            .all(&self.0.db())
            .await?;
        let rows = query::addressed_to(&self.0.db(), self.0.actor.person(), rows).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<AllowedOn> for Workflow {
    type Value = Vec<AllowedMove>;
    type Error = Error;

    async fn load(&self, of: &[AllowedOn]) -> Result<HashMap<AllowedOn, Self::Value>, Error> {
        let ids: Vec<SubmissionId> = of.iter().map(|it| it.0).collect();
        let moves = service::allowed_moves(&self.0, &ids).await?;
        Ok(moves.into_iter().map(|(id, moves)| (AllowedOn(id), moves)).collect())
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Workflow(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

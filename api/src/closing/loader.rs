//! Batches by id for graph edges: one statement for a whole page, whatever its length.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::closing::fate::Stays;
use entity::closing::resolution;
use entity::id::{CauseId, DecisionId, ResolutionId, SubmissionId};
use entity::instant::Instant;
use entity::submissions::submission;

use super::query;
use crate::kit::error::Error;
use crate::kit::scope::Scope;
use crate::submissions::graphql::row::{Row, Siblings};
use crate::submissions::query::some_readable;

/// Batches of this feature.
pub struct Closings(Scope);

/// The cause whose latest resolving is wanted; the caller may change the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LatestOf(pub CauseId);

/// The resolving of which is wanted what stayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StaysOf(pub ResolutionId);

/// The resolving of which is wanted how many were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ToldOf(pub ResolutionId);

/// The submission that is wanted, if the asker may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SubmissionOf(pub SubmissionId);

impl Loader<SubmissionOf> for Closings {
    type Value = Arc<Row>;
    type Error = Error;

    async fn load(&self, of: &[SubmissionOf]) -> Result<HashMap<SubmissionOf, Arc<Row>>, Error> {
        let ids: Vec<SubmissionId> = of.iter().map(|it| it.0).collect();
        let rows = some_readable(&self.0.db(), &self.0.actor, &ids).await?;
        let siblings = Siblings::of(rows.iter());
        let row =
            |row: submission::Model| (SubmissionOf(row.id), Row::among(row, siblings.clone()));
        Ok(rows.into_iter().map(row).collect())
    }
}

impl Loader<LatestOf> for Closings {
    type Value = resolution::Model;
    type Error = Error;

    async fn load(&self, of: &[LatestOf]) -> Result<HashMap<LatestOf, resolution::Model>, Error> {
        let ids: Vec<CauseId> = of.iter().map(|it| it.0).collect();
        let found = query::latest_of(&self.0.db(), &ids).await?;
        Ok(found.into_iter().map(|(id, row)| (LatestOf(id), row)).collect())
    }
}

impl Loader<StaysOf> for Closings {
    type Value = Vec<(Stays, i64)>;
    type Error = Error;

    async fn load(&self, of: &[StaysOf]) -> Result<HashMap<StaysOf, Vec<(Stays, i64)>>, Error> {
        let ids: Vec<ResolutionId> = of.iter().map(|it| it.0).collect();
        let found = query::stays_of(&self.0.db(), &ids).await?;
        Ok(found.into_iter().map(|(id, stays)| (StaysOf(id), stays)).collect())
    }
}

impl Loader<ToldOf> for Closings {
    type Value = i64;
    type Error = Error;

    async fn load(&self, of: &[ToldOf]) -> Result<HashMap<ToldOf, i64>, Error> {
        let ids: Vec<ResolutionId> = of.iter().map(|it| it.0).collect();
        let found = query::told_of(&self.0.db(), &ids).await?;
        Ok(found.into_iter().map(|(id, count)| (ToldOf(id), count)).collect())
    }
}

/// The decision of which is wanted when its author looked at it; the caller may see the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeenOf(pub DecisionId);

impl Loader<SeenOf> for Closings {
    type Value = Instant;
    type Error = Error;

    async fn load(&self, of: &[SeenOf]) -> Result<HashMap<SeenOf, Instant>, Error> {
        let ids: Vec<DecisionId> = of.iter().map(|it| it.0).collect();
        let found = query::seen::seen_at(&self.0.db(), &ids).await?;
        Ok(found.into_iter().map(|(id, at)| (SeenOf(id), at)).collect())
    }
}

/// The decision of which is wanted how many authors it was told to, and how many looked; the caller may
/// see the decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeardOf(pub DecisionId);

impl Loader<HeardOf> for Closings {
    type Value = query::seen::Heard;
    type Error = Error;

    async fn load(&self, of: &[HeardOf]) -> Result<HashMap<HeardOf, Self::Value>, Error> {
        let ids: Vec<DecisionId> = of.iter().map(|it| it.0).collect();
        let found = query::seen::heard(&self.0.db(), &ids).await?;
        Ok(found.into_iter().map(|(id, heard)| (HeardOf(id), heard)).collect())
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Closings(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

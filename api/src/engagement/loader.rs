//! Batches about the asker's own votes and follows, by submission.

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::id::SubmissionId;

use super::query;
use crate::kit::error::{Error, Result};
use crate::kit::scope::Scope;

/// Batches of this feature.
pub struct Engagement(Scope);

/// Whether the asker voted for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VotedFor(pub SubmissionId);

/// Whether the asker follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Followed(pub SubmissionId);

impl Loader<VotedFor> for Engagement {
    type Value = ();
    type Error = Error;

    async fn load(&self, keys: &[VotedFor]) -> Result<HashMap<VotedFor, ()>> {
        let Some(person) = self.0.actor.person() else { return Ok(HashMap::new()) };
        let ids: Vec<SubmissionId> = keys.iter().map(|key| key.0).collect();
        let voted = query::voted(&self.0.db(), person, &ids).await?;
        Ok(voted.into_iter().map(|id| (VotedFor(id), ())).collect())
    }
}

impl Loader<Followed> for Engagement {
    type Value = ();
    type Error = Error;

    async fn load(&self, keys: &[Followed]) -> Result<HashMap<Followed, ()>> {
        let Some(person) = self.0.actor.person() else { return Ok(HashMap::new()) };
        let ids: Vec<SubmissionId> = keys.iter().map(|key| key.0).collect();
        let followed = query::followed(&self.0.db(), person, &ids).await?;
        Ok(followed.into_iter().map(|id| (Followed(id), ())).collect())
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Engagement(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

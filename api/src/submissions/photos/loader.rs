//! Photos of submissions, by submission: reached only from a submission that the asker holds.

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::id::SubmissionId;
use entity::submissions::attachment;

use super::query;
use crate::kit::error::{Error, Result};
use crate::kit::scope::Scope;

/// The batch.
pub struct Photos(Scope);

impl Loader<SubmissionId> for Photos {
    type Value = Vec<attachment::Model>;
    type Error = Error;

    async fn load(&self, ids: &[SubmissionId]) -> Result<HashMap<SubmissionId, Self::Value>> {
        query::of_submissions(&self.0.db(), ids).await
    }
}

/// Attaches the batch to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Photos(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

//! Photos of submissions, by submission: reached only from a submission that the asker holds.

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use async_graphql::{Context, Request};
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

/// The ready photos of a submission, oldest first; one statement for all submissions of a request.
///
/// # Errors
/// A fault of the database.
pub async fn of(ctx: &Context<'_>, id: SubmissionId) -> Result<Vec<attachment::Model>> {
    let Ok(batch) = ctx.data::<DataLoader<Photos>>() else { return Ok(Vec::new()) };
    Ok(batch.load_one(id).await?.unwrap_or_default())
}

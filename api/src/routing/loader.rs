//! Batches by id for graph edges: one statement for a whole page, whatever its length.

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::id::RuleId;

use super::query;
use crate::kit::error::Error;
use crate::kit::scope::Scope;

/// Batches of this feature.
pub struct Rules(Scope);

/// Names of rules, archived ones too. Whoever reads the fact may read the name of its rule.
impl Loader<RuleId> for Rules {
    type Value = String;
    type Error = Error;

    async fn load(&self, ids: &[RuleId]) -> Result<HashMap<RuleId, String>, Error> {
        query::names(&self.0.db(), ids).await
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Rules(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

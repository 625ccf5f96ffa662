//! Batches of links by what they hang on.

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::external::external_link::Model;
use entity::id::{ActionItemId, SubmissionId};

use super::query;
use crate::kit::error::{Error, Result};
use crate::kit::scope::Scope;

/// Reads batches for one request.
pub struct Links(Scope);

/// The submission whose links are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinksOf(pub SubmissionId);

/// The item whose links are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinksOfItem(pub ActionItemId);

impl Loader<LinksOf> for Links {
    type Value = Vec<Model>;
    type Error = Error;

    async fn load(&self, of: &[LinksOf]) -> Result<HashMap<LinksOf, Vec<Model>>, Error> {
        let ids: Vec<SubmissionId> = of.iter().map(|it| it.0).collect();
        let mut found: HashMap<LinksOf, Vec<Model>> = HashMap::new();
        for row in query::of_submissions(&self.0.db(), &ids).await? {
            if let Some(id) = row.submission_id {
                found.entry(LinksOf(id)).or_default().push(row);
            }
        }
        Ok(found)
    }
}

impl Loader<LinksOfItem> for Links {
    type Value = Vec<Model>;
    type Error = Error;

    async fn load(&self, of: &[LinksOfItem]) -> Result<HashMap<LinksOfItem, Vec<Model>>, Error> {
        let ids: Vec<ActionItemId> = of.iter().map(|it| it.0).collect();
        let mut found: HashMap<LinksOfItem, Vec<Model>> = HashMap::new();
        for row in query::of_items(&self.0.db(), &ids).await? {
            if let Some(id) = row.item_id {
                found.entry(LinksOfItem(id)).or_default().push(row);
            }
        }
        Ok(found)
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    let links = Links(scope.clone());
    request.data(DataLoader::new(links, TokioSpawner::current(), TokioTimer::default()))
}

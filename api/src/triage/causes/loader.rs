//! Batches by id for graph edges: one statement for a whole page, whatever its length.

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::id::{CauseId, SubmissionId};
use entity::triage::{cause, cause_link};

use super::{query, service};
use crate::kit::error::Error;
use crate::kit::scope::Scope;

/// Batches of this feature.
pub struct Causes(Scope);

/// The cause whose chain of whys is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WhysOf(pub CauseId);

/// The cause whose place in the tree is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DepthOf(pub CauseId);

/// The submission whose links are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinksOf(pub SubmissionId);

impl Loader<CauseId> for Causes {
    type Value = cause::Model;
    type Error = Error;

    async fn load(&self, ids: &[CauseId]) -> Result<HashMap<CauseId, cause::Model>, Error> {
        let rows = query::some(&self.0.db(), &self.0.actor, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<WhysOf> for Causes {
    type Value = Vec<String>;
    type Error = Error;

    async fn load(&self, of: &[WhysOf]) -> Result<HashMap<WhysOf, Vec<String>>, Error> {
        let ids: Vec<CauseId> = of.iter().map(|it| it.0).collect();
        let chains = query::whys_of(&self.0.db(), &ids).await?;
        Ok(chains.into_iter().map(|(id, whys)| (WhysOf(id), whys)).collect())
    }
}

impl Loader<DepthOf> for Causes {
    type Value = usize;
    type Error = Error;

    async fn load(&self, of: &[DepthOf]) -> Result<HashMap<DepthOf, usize>, Error> {
        let tree = query::parents(&self.0.db()).await?;
        Ok(of.iter().map(|it| (*it, service::depth(&tree, it.0))).collect())
    }
}

impl Loader<LinksOf> for Causes {
    type Value = Vec<cause_link::Model>;
    type Error = Error;

    async fn load(&self, of: &[LinksOf]) -> Result<HashMap<LinksOf, Self::Value>, Error> {
        let ids: Vec<SubmissionId> = of.iter().map(|it| it.0).collect();
        let mut found: HashMap<LinksOf, Self::Value> = HashMap::new();
        for link in query::links_of(&self.0.db(), &ids).await? {
            found.entry(LinksOf(link.submission_id)).or_default().push(link);
        }
        Ok(found)
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Causes(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

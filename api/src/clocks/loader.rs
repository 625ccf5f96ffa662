//! Batches by id for graph edges: one statement for a whole page, whatever its length.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::clocks::machine::{Clocks, Terms};
use entity::id::{SubmissionId, UnitId};

use super::query;
use super::settings::Levels;
use crate::kit::error::Error;
use crate::kit::scope::Scope;

/// Batches of this feature.
pub struct Service(Scope);

/// The submission whose clocks are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClocksOf(pub SubmissionId);

/// The unit whose business time is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TermsOf(pub UnitId);

/// The settings of the organisation: there is one set of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TheLevels;

impl Loader<ClocksOf> for Service {
    type Value = Arc<Clocks>;
    type Error = Error;

    async fn load(&self, of: &[ClocksOf]) -> Result<HashMap<ClocksOf, Arc<Clocks>>, Error> {
        let ids: Vec<SubmissionId> = of.iter().map(|it| it.0).collect();
        let found = query::clocks_of_all(&self.0.db(), &ids).await?;
        Ok(found.into_iter().map(|(id, clocks)| (ClocksOf(id), Arc::new(clocks))).collect())
    }
}

impl Loader<TermsOf> for Service {
    type Value = Arc<Terms>;
    type Error = Error;

    async fn load(&self, of: &[TermsOf]) -> Result<HashMap<TermsOf, Arc<Terms>>, Error> {
        let units: Vec<UnitId> = of.iter().map(|it| it.0).collect();
        let found = query::terms_of(&self.0.db(), &units).await?;
        Ok(found.into_iter().map(|(unit, terms)| (TermsOf(unit), Arc::new(terms))).collect())
    }
}

impl Loader<TheLevels> for Service {
    type Value = Levels;
    type Error = Error;

    async fn load(&self, _: &[TheLevels]) -> Result<HashMap<TheLevels, Levels>, Error> {
        Ok(HashMap::from([(TheLevels, query::levels(&self.0.db()).await?)]))
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Service(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

//! Batches by id for graph edges: one set of statements for a whole page, whatever its length.

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::id::UnitId;

use super::service::load::{self, Choice};
use super::service::rotas::{self, OnDuty};
use crate::kit::error::Error;
use crate::kit::scope::Scope;

/// Batches of this feature.
pub struct Desk(Scope);

/// The unit (or function) whose reviewers are wanted, with their load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChoicesOf(pub UnitId);

/// The unit whose reviewer of today is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DutyOf(pub UnitId);

impl Loader<ChoicesOf> for Desk {
    type Value = Vec<Choice>;
    type Error = Error;

    async fn load(&self, of: &[ChoicesOf]) -> Result<HashMap<ChoicesOf, Vec<Choice>>, Error> {
        let units: Vec<UnitId> = of.iter().map(|it| it.0).collect();
        let found = load::choices(&self.0, &units).await?;
        Ok(found.into_iter().map(|(unit, choices)| (ChoicesOf(unit), choices)).collect())
    }
}

impl Loader<DutyOf> for Desk {
    type Value = OnDuty;
    type Error = Error;

    async fn load(&self, of: &[DutyOf]) -> Result<HashMap<DutyOf, OnDuty>, Error> {
        let units: Vec<UnitId> = of.iter().map(|it| it.0).collect();
        let found = rotas::on_duty_today(&self.0, &units).await?;
        Ok(found.into_iter().map(|(unit, duty)| (DutyOf(unit), duty)).collect())
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Desk(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

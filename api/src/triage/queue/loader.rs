//! Batches of saved views: one statement counts them all, whatever their number.

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::id::ViewId;

use super::filter::{Filter, Reading};
use super::graphql::stored;
use super::query::{self, Named};
use crate::kit::error::Error;
use crate::kit::scope::Scope;

/// Batches of this room.
pub struct Views(Scope);

/// The view whose submissions are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CountOf(pub ViewId);

/// The view whose filter is looked through for what is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GoneOf(pub ViewId);

/// The view with which the asker's queue may open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OpensWith(pub ViewId);

impl Views {
    /// Views with their filters, as far as they can be read.
    async fn read(&self, ids: &[ViewId]) -> Result<Vec<(ViewId, Filter)>, Error> {
        let views = query::some_views(&self.0.db(), &self.0.actor, ids).await?;
        let filters = views.iter().filter_map(|it| Some((it.id, stored::read(&it.filter)?)));
        Ok(filters.collect())
    }
}

impl Loader<CountOf> for Views {
    type Value = u64;
    type Error = Error;

    async fn load(&self, of: &[CountOf]) -> Result<HashMap<CountOf, u64>, Error> {
        let ids: Vec<ViewId> = of.iter().map(|it| it.0).collect();
        let (ids, filters): (Vec<ViewId>, Vec<Filter>) = self.read(&ids).await?.into_iter().unzip();
        let reading = Reading { actor: &self.0.actor, now: self.0.now };
        let counts = query::counts(&self.0.db(), reading, &filters).await?;
        Ok(ids.into_iter().map(CountOf).zip(counts).collect())
    }
}

impl Loader<GoneOf> for Views {
    type Value = Vec<String>;
    type Error = Error;

    async fn load(&self, of: &[GoneOf]) -> Result<HashMap<GoneOf, Vec<String>>, Error> {
        let ids: Vec<ViewId> = of.iter().map(|it| it.0).collect();
        let read = self.read(&ids).await?;
        let named: Vec<(ViewId, Named)> =
            read.iter().map(|(id, filter)| (*id, stored::named(filter))).collect();
        let mut all = Named::default();
        named.iter().for_each(|(_, named)| all.add(named));
        let there = query::there(&self.0.db(), &all).await?;
        let gone = |named: &Named| named.ids().into_iter().filter(|id| !there.contains(id));
        Ok(named.iter().map(|(id, named)| (GoneOf(*id), gone(named).collect())).collect())
    }
}

impl Loader<OpensWith> for Views {
    type Value = bool;
    type Error = Error;

    async fn load(&self, of: &[OpensWith]) -> Result<HashMap<OpensWith, bool>, Error> {
        let opens = query::default_view(&self.0.db(), &self.0.actor).await?.map(|view| view.id);
        Ok(of.iter().map(|it| (*it, Some(it.0) == opens)).collect())
    }
}

/// Attaches this room's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Views(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

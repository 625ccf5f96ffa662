//! Batches by id for graph edges: one statement for a whole page, whatever its length.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::id::{CauseId, SubmissionId, UnitId};
use entity::instant::Instant;
use entity::submissions::submission;
use entity::triage::values::CauseStatus;
use entity::triage::{cause, cause_edge, cause_link};

use super::query::{FirstPage, Nested};
use super::service::report;
use super::{query, service};
use crate::kit::error::Error;
use crate::kit::scope::Scope;
use crate::reach;
use crate::submissions::graphql::row::Siblings;

/// Batches of this feature.
pub struct Causes(Scope);

/// The cause whose chain of whys is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WhysOf(pub CauseId);

/// The cause whose place in the tree is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DepthOf(pub CauseId);

/// The function of which it is wanted whether the asker manages it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Managed(pub UnitId);

/// The submission whose links are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinksOf(pub SubmissionId);

/// The cause whose other names are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AliasesOf(pub CauseId);

/// The cause whose edges beside the tree are wanted, in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EdgesOf(pub CauseId);

/// The cause whose number of sites is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SitesOf(pub CauseId);

/// The cause of which it is wanted how far it is for the asker, where they may not know of its resolving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeldOf(pub CauseId);

/// The cause whose trend is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TrendOf {
    /// Which.
    pub id: CauseId,
    /// Over how many weeks.
    pub weeks: usize,
}

/// The cause whose narrower ones are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChildrenOf {
    /// Which.
    pub id: CauseId,
    /// How many.
    pub page: FirstPage,
}

/// The cause whose submissions are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkedTo {
    /// Which.
    pub id: CauseId,
    /// How many.
    pub page: FirstPage,
}

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

impl Loader<Managed> for Causes {
    type Value = ();
    type Error = Error;

    async fn load(&self, of: &[Managed]) -> Result<HashMap<Managed, ()>, Error> {
        let units: Vec<UnitId> = of.iter().map(|it| it.0).collect();
        let managed = query::managed_among(&self.0.db(), &self.0.actor, &units).await?;
        Ok(managed.into_iter().map(|unit| (Managed(unit), ())).collect())
    }
}

impl Loader<HeldOf> for Causes {
    type Value = CauseStatus;
    type Error = Error;

    async fn load(&self, of: &[HeldOf]) -> Result<HashMap<HeldOf, CauseStatus>, Error> {
        let ids: Vec<CauseId> = of.iter().map(|it| it.0).collect();
        let held = query::shown_to(&self.0.db(), &self.0.actor, (&ids, self.0.now)).await?;
        Ok(held.into_iter().map(|(id, before)| (HeldOf(id), before)).collect())
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

impl Loader<AliasesOf> for Causes {
    type Value = Vec<String>;
    type Error = Error;

    async fn load(&self, of: &[AliasesOf]) -> Result<HashMap<AliasesOf, Vec<String>>, Error> {
        let ids: Vec<CauseId> = of.iter().map(|it| it.0).collect();
        let mut found: HashMap<AliasesOf, Vec<String>> = HashMap::new();
        for alias in query::aliases_of(&self.0.db(), &ids).await? {
            found.entry(AliasesOf(alias.cause_id)).or_default().push(alias.name);
        }
        Ok(found)
    }
}

impl Loader<EdgesOf> for Causes {
    type Value = Vec<cause_edge::Model>;
    type Error = Error;

    async fn load(&self, of: &[EdgesOf]) -> Result<HashMap<EdgesOf, Self::Value>, Error> {
        let ids: Vec<CauseId> = of.iter().map(|it| it.0).collect();
        let mut found: HashMap<EdgesOf, Self::Value> = HashMap::new();
        for edge in query::edges_of(&self.0.db(), &ids).await? {
            for end in [edge.cause_id, edge.contributes_to] {
                found.entry(EdgesOf(end)).or_default().push(edge.clone());
            }
        }
        Ok(found)
    }
}

impl Loader<SitesOf> for Causes {
    type Value = i64;
    type Error = Error;

    async fn load(&self, of: &[SitesOf]) -> Result<HashMap<SitesOf, i64>, Error> {
        let ids: Vec<CauseId> = of.iter().map(|it| it.0).collect();
        let view = report::view_of(&self.0.actor);
        let found = reach::query::sites(&self.0.db(), (&ids, view)).await?;
        Ok(found.into_iter().map(|(id, sites)| (SitesOf(id), sites)).collect())
    }
}

impl Loader<TrendOf> for Causes {
    type Value = Vec<(Instant, i64)>;
    type Error = Error;

    async fn load(&self, of: &[TrendOf]) -> Result<HashMap<TrendOf, Self::Value>, Error> {
        let zone = query::zone(&self.0.db()).await?;
        let view = report::view_of(&self.0.actor);
        let mut found = HashMap::new();
        for (weeks, ids) in grouped(of.iter().map(|it| (it.weeks, it.id))) {
            let starts = report::mondays(self.0.now, zone.as_deref(), weeks);
            let made = reach::query::trend(&self.0.db(), (&ids, view), &starts).await?;
            for id in ids {
                let links = |at| made.get(&(id, at)).copied().unwrap_or_default();
                let begins = starts.iter().take(starts.len().saturating_sub(1)).enumerate();
                let trend = begins.map(|(at, begins)| (*begins, links(at))).collect();
                found.insert(TrendOf { id, weeks }, trend);
            }
        }
        Ok(found)
    }
}

impl Loader<ChildrenOf> for Causes {
    type Value = Nested<cause::Model>;
    type Error = Error;

    async fn load(&self, of: &[ChildrenOf]) -> Result<HashMap<ChildrenOf, Self::Value>, Error> {
        let mut found = HashMap::new();
        for (page, ids) in grouped(of.iter().map(|it| (it.page, it.id))) {
            let lists = query::children_of(&self.0.db(), &self.0.actor, (&ids, page)).await?;
            found.extend(lists.into_iter().map(|(id, list)| (ChildrenOf { id, page }, list)));
        }
        Ok(found)
    }
}

/// The beginning of one list of submissions, with all that stand on such a list beside it: what one
/// row asks for is read for all of them.
#[derive(Clone)]
pub struct Linked {
    /// The list.
    pub list: Nested<submission::Model>,
    /// The rows of all lists.
    pub siblings: Arc<Siblings>,
}

impl Loader<LinkedTo> for Causes {
    type Value = Linked;
    type Error = Error;

    async fn load(&self, of: &[LinkedTo]) -> Result<HashMap<LinkedTo, Self::Value>, Error> {
        let mut found = HashMap::new();
        for (page, ids) in grouped(of.iter().map(|it| (it.page, it.id))) {
            let lists = query::linked_to(&self.0.db(), &self.0.actor, (&ids, page)).await?;
            let siblings = Siblings::of(lists.values().flat_map(|list| &list.rows));
            for (id, list) in lists {
                let siblings = siblings.clone();
                found.insert(LinkedTo { id, page }, Linked { list, siblings });
            }
        }
        Ok(found)
    }
}

/// Causes by what is wanted of them: one statement for each wish, of which a document has few.
fn grouped<W: Eq + Hash>(wishes: impl Iterator<Item = (W, CauseId)>) -> HashMap<W, Vec<CauseId>> {
    let mut groups: HashMap<W, Vec<CauseId>> = HashMap::new();
    for (wish, id) in wishes {
        groups.entry(wish).or_default().push(id);
    }
    groups
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

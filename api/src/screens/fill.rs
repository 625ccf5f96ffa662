//! Lays what was read ahead where resolvers look first.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::Context;
use async_graphql::dataloader::DataLoader;
use entity::clocks::clock;
use entity::clocks::machine::Clocks;
use entity::id::{StatusId, SubmissionId, UnitId};
use entity::programs::label;
use entity::submissions::submission;
use sea_orm::sea_query::ValueType;

use super::ahead::Edges;
use crate::clocks::loader::{ClocksOf, TermsOf, TheLevels};
use crate::clocks::query as clocks;
use crate::db::wide::Found;
use crate::engagement::loader::{Followed, VotedFor};
use crate::graphql::ready::Ready;
use crate::identity::loader::Batches as Identity;
use crate::journey::loader::Journeys;
use crate::kit::error::{Fault, Result};
use crate::kit::scope::Scope;
use crate::programs::loader::Programs;
use crate::submissions::graphql::row::Siblings;
use crate::submissions::loader::{
    LineageOf, Readable, ReferenceOf, RevisionsOf, RootOf, SpansOf, Submissions, TagsOf, TwinsOf,
};
use crate::triage::causes::loader::{Causes, HeldOf, LinksOf};
use crate::workflow::loader::{Workflow, handed_over};

pub(super) fn by<M, K: Eq + Hash>(rows: Vec<M>, key: impl Fn(&M) -> K) -> HashMap<K, M> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

pub(super) fn grouped<K: Eq + Hash, V>(
    rows: impl IntoIterator<Item = (K, V)>,
) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, row) in rows {
        groups.entry(key).or_default().push(row);
    }
    groups
}

/// What was read for the rows of one page, on its way to where it is looked for.
pub(super) struct Filling<'a> {
    found: &'a Found,
    edges: &'a Edges,
    page: &'a Siblings,
    ready: &'a Ready,
}

impl<'a> Filling<'a> {
    /// For the page of these edges.
    pub(super) fn of(
        ctx: &'a Context<'_>,
        (found, edges): (&'a Found, &'a Edges),
        page: &'a Siblings,
    ) -> Result<Self> {
        let ready = ctx.data::<Ready>().map_err(|_| Fault::internal("nothing can be ready"))?;
        Ok(Self { found, edges, page, ready })
    }

    /// Fills all that was read.
    pub(super) async fn all(&self, ctx: &Context<'_>) -> Result<()> {
        self.words()?;
        self.places()?;
        self.labels(ctx).await?;
        self.joined()?;
        self.own(ctx)?;
        self.causes()?;
        self.times()?;
        self.work()
    }

    fn words(&self) -> Result<()> {
        if let Some(rows) = &self.edges.texts {
            self.page.texts.fill(by(self.found.rows(rows)?, |row| row.id));
        }
        if let Some(rows) = &self.edges.revisions {
            let rows = self.found.rows(rows)?.into_iter();
            self.page
                .revisions
                .fill(grouped(rows.map(|row| (RevisionsOf(row.submission_id), row))));
        }
        if let Some(rows) = &self.edges.tags {
            let rows = self.found.rows(rows)?.into_iter();
            self.page.tags.fill(grouped(rows.map(|row| (TagsOf(row.submission_id), row.tag))));
        }
        if let Some(rows) = &self.edges.photos {
            let rows = self.found.rows(rows)?.into_iter();
            self.page.photos.fill(grouped(rows.map(|row| (row.submission_id, row))));
        }
        Ok(())
    }

    fn places(&self) -> Result<()> {
        if let Some(rows) = &self.edges.lineages {
            let rows = self.found.rows(rows)?.into_iter();
            let ways = rows.map(|row| (LineageOf(row.descendant), row.ancestor));
            self.page.lineages.fill(grouped(ways));
        }
        if let Some(rows) = &self.edges.units {
            self.page.units.fill(by(self.found.rows(rows)?, |row| row.id));
        }
        if let Some(rows) = &self.edges.units_around {
            let units = by(self.found.rows(rows)?, |row| row.id);
            self.ready.put::<Identity, UnitId>([], units);
        }
        if let Some(rows) = &self.edges.people {
            self.page.people.fill(by(self.found.rows(rows)?, |row| row.id));
        }
        if let Some(rows) = &self.edges.touchpoints {
            self.page.touchpoints.fill(by(self.found.rows(rows)?, |row| row.id));
        }
        if let Some(rows) = &self.edges.journeys {
            self.ready.put::<Journeys, _>([], by(self.found.rows(rows)?, |row| row.id));
        }
        if let Some(rows) = &self.edges.programs {
            self.page.programs.fill(by(self.found.rows(rows)?, |row| row.id));
        }
        Ok(())
    }

    async fn labels(&self, ctx: &Context<'_>) -> Result<()> {
        let Some(rows) = &self.edges.statuses else { return Ok(()) };
        let statuses = by(self.found.rows(rows)?, |row| row.id);
        if let Some(rows) = &self.edges.status_names {
            learn_names(ctx, self.found.rows(rows)?, statuses.keys().copied()).await?;
        }
        self.page.statuses.fill(statuses);
        Ok(())
    }

    fn joined(&self) -> Result<()> {
        if let Some(rows) = &self.edges.roots {
            self.page.roots.fill(by(self.found.rows(rows)?, |row| RootOf(row.id)));
        }
        if let Some(rows) = &self.edges.canonicals {
            let rows = self.found.rows(rows)?.into_iter();
            let references = rows.map(|row| (ReferenceOf(row.id), row.reference));
            self.page.canonicals.fill(references.collect());
        }
        if let Some(rows) = &self.edges.joined {
            self.page.joined.fill(by(self.found.rows(rows)?, |row| Readable(row.id)));
        }
        if let Some(columns) = &self.edges.twins {
            let odd = || Fault::internal("no number of twins");
            let count = |row: Vec<sea_orm::Value>| {
                let [of, twins] = <[_; 2]>::try_from(row).map_err(|_| odd())?;
                let of: SubmissionId = ValueType::try_from(of).map_err(|_| odd())?;
                let twins: i64 = ValueType::try_from(twins).map_err(|_| odd())?;
                Ok((TwinsOf(of), twins))
            };
            let counts = self.found.columns(columns)?.into_iter().map(count);
            self.page.twins.fill(counts.collect::<Result<_>>()?);
        }
        if let Some(rows) = &self.edges.spans {
            let rows = self.found.rows(rows)?.into_iter();
            self.page.spans.fill(grouped(rows.map(|row| (SpansOf(row.submission_id), row))));
        }
        Ok(())
    }

    fn own(&self, ctx: &Context<'_>) -> Result<()> {
        if let Some(rows) = &self.edges.votes {
            let rows = self.found.rows(rows)?.into_iter();
            self.page.votes.fill(rows.map(|row| (VotedFor(row.submission_id), ())).collect());
        }
        if let Some(rows) = &self.edges.follows {
            let rows = self.found.rows(rows)?.into_iter();
            self.page.follows.fill(rows.map(|row| (Followed(row.submission_id), ())).collect());
        }
        let asker = ctx.data::<Scope>().ok().and_then(|scope| scope.actor.person());
        if asker.is_none() {
            // Nobody's votes are nowhere.
            self.page.votes.fill(HashMap::new());
            self.page.follows.fill(HashMap::new());
        }
        Ok(())
    }

    fn causes(&self) -> Result<()> {
        let Some(rows) = &self.edges.links else { return Ok(()) };
        let links = self.found.rows(rows)?;
        if let Some(rows) = &self.edges.causes {
            let linked: Vec<_> = links.iter().map(|link| link.cause_id).collect();
            let seen = by(self.found.rows(rows)?, |row| row.id);
            if let Some(rows) = &self.edges.held {
                let held = self.found.rows(rows)?.into_iter();
                let held = held.map(|row| (HeldOf(row.cause_id), row.status_before)).collect();
                self.ready.put::<Causes, _>(linked.iter().copied().map(HeldOf), held);
            }
            self.ready.put::<Causes, _>(linked, seen);
        }
        if let Some(rows) = &self.edges.linkers {
            self.ready.put::<Submissions, _>([], by(self.found.rows(rows)?, |row| row.id));
        }
        let links = grouped(links.into_iter().map(|row| (LinksOf(row.submission_id), row)));
        self.ready.put::<Causes, _>(self.page.ids.iter().copied().map(LinksOf), links);
        Ok(())
    }

    fn work(&self) -> Result<()> {
        if let (Some(facts), Some(people)) = (&self.edges.handovers, &self.edges.handers) {
            let people = by(self.found.rows(people)?, |row| row.id);
            self.page.handovers.fill(handed_over(self.found.rows(facts)?, &people));
        }
        if let Some(rows) = &self.edges.pending {
            let held = self.page.rows.iter().filter_map(|row| row.pending_decision_id);
            self.ready.put::<Workflow, _>(held, by(self.found.rows(rows)?, |row| row.id));
        }
        Ok(())
    }

    fn times(&self) -> Result<()> {
        if let Some(rows) = &self.edges.clocks {
            let clocks: HashMap<SubmissionId, Vec<clock::Model>> =
                grouped(self.found.rows(rows)?.into_iter().map(|row| (row.submission_id, row)));
            let clocks = clocks.into_iter();
            let clocks = clocks.map(|(id, rows)| (ClocksOf(id), Arc::new(Clocks::of(id, rows))));
            self.page.clocks.fill(clocks.collect());
        }
        if let Some(columns) = &self.edges.terms {
            let terms = clocks::terms_from(self.found.columns(columns)?)?.into_iter();
            let terms = terms.map(|(unit, terms)| (TermsOf(unit), Arc::new(terms)));
            self.page.terms.fill(terms.collect());
        }
        if let Some(rows) = &self.edges.levels {
            let levels = clocks::levels_from(self.found.rows(rows)?);
            self.page.levels.fill(HashMap::from([(TheLevels, levels)]));
        }
        Ok(())
    }
}

/// Lays the names of labels where they are looked for.
pub(super) async fn learn_names(
    ctx: &Context<'_>,
    rows: Vec<label::Model>,
    of: impl Iterator<Item = StatusId>,
) -> Result<()> {
    let rows = rows.into_iter();
    let mut names = grouped(rows.map(|row| (row.subject_id, (row.locale, row.text))));
    for status in of {
        names.entry(status.0).or_default();
    }
    let programs = ctx.data::<DataLoader<Programs>>();
    let programs = programs.map_err(|_| Fault::internal("no batches of programmes"))?;
    programs.loader().learn(names).await;
    Ok(())
}

/// The page of these rows, with what was read for them.
pub(super) async fn filled(
    ctx: &Context<'_>,
    read: (&Found, &Edges),
    rows: impl Iterator<Item = &submission::Model> + Clone,
) -> Result<Arc<Siblings>> {
    let page = Siblings::of(rows);
    Filling::of(ctx, read, &page)?.all(ctx).await?;
    Ok(page)
}

//! A row together with its page: what one row asks for is read for all of them at once.
//!
//! Every edge of a page takes one statement, whatever the length of the page and however long the
//! engine takes to reach the last row: the first row that asks reads for all, the others wait.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use async_graphql::dataloader::Loader;
use entity::clocks::hours::BusinessTime;
use entity::clocks::machine::{Clocks, Terms};
use entity::external::external_link;
use entity::facts::fact;
use entity::id::{PersonId, ProgramId, StatusId, SubmissionId, TextId, TouchpointId, UnitId};
use entity::identity::{person, unit};
use entity::implementation::{help, trial};
use entity::journey::touchpoint;
use entity::programs::{program, status};
use entity::submissions::submission::Model;
use entity::submissions::{attachment, comment, twin_span, wording};
use entity::workflow::{moderation, report};
use tokio::sync::{Mutex, OnceCell};

use crate::clocks::loader::{ClocksOf, TermsOf, TheLevels};
use crate::clocks::settings::Levels;
use crate::engagement::loader::{Followed, VotedFor};
use crate::external::loader::LinksOf;
use crate::implementation::ground::Subject;
use crate::implementation::loader::{
    AdoptionsOf, Copied, DaysOf, HelpersOf, OutcomesOf, PlanOf, Planned, TrialsOf,
};
use crate::implementation::query::outcomes::Measured;
use crate::kit::error::{Error, Result};
use crate::kit::page::{Count, Page, PageArgs};
use crate::submissions::joining::query::FirstTwins;
use crate::submissions::loader::{
    LineageOf, Readable, ReferenceOf, RevisionsOf, RootOf, SpansOf, TagsOf, TwinsOf,
};
use crate::submissions::similar::service::Candidate;
use crate::workflow::loader::{Done, HandOverOf, ModerationsOf, ReportsOf};

/// What all rows of a page point at by one edge, read when the first of them asks.
pub struct Edge<K, V> {
    keys: Vec<K>,
    found: OnceCell<HashMap<K, V>>,
}

impl<K, V> Edge<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// An edge to `keys`, each once.
    pub fn to(keys: impl IntoIterator<Item = K>) -> Self {
        let keys: HashSet<K> = keys.into_iter().collect();
        Self { keys: keys.into_iter().collect(), found: OnceCell::new() }
    }

    /// What one row points at. One statement for the whole page.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn get<L>(&self, loader: &L, key: K) -> Result<Option<V>>
    where
        L: Loader<K, Value = V, Error = Error>,
    {
        Ok(self.all(loader).await?.get(&key).cloned())
    }

    /// What all rows of the page point at was read ahead.
    pub fn fill(&self, found: HashMap<K, V>) {
        // Who was first has read the same.
        let _ = self.found.set(found);
    }

    /// What all rows of the page point at.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn all<L>(&self, loader: &L) -> Result<&HashMap<K, V>>
    where
        L: Loader<K, Value = V, Error = Error>,
    {
        self.found.get_or_try_init(|| loader.load(&self.keys)).await
    }
}

/// Lists below the rows of a page, one for each way in which they were asked for.
pub struct Below<M> {
    asked: Mutex<HashMap<String, Arc<Found<M>>>>,
}

/// What hangs below the rows of a page, with the page that all of it makes in turn.
pub(super) struct Nested<M> {
    /// What hangs below each row.
    pub(super) lists: HashMap<SubmissionId, M>,
    /// All submissions in it: what one asks for is read for all of them.
    pub(super) siblings: Arc<Siblings>,
}

/// The name of a way of asking.
fn way(args: &PageArgs, count: Count) -> String {
    format!("{args:?} {count:?}")
}

type Found<M> = OnceCell<HashMap<SubmissionId, Page<M>>>;

impl<M> Default for Below<M> {
    fn default() -> Self {
        Self { asked: Mutex::new(HashMap::new()) }
    }
}

impl<M: Clone> Below<M> {
    /// The lists of all rows, asked for in this way, were read ahead.
    pub async fn fill(
        &self,
        (args, count): (&PageArgs, Count),
        found: HashMap<SubmissionId, Page<M>>,
    ) {
        let lists = self.asked.lock().await.entry(way(args, count)).or_default().clone();
        // Who was first has read the same.
        let _ = lists.set(found);
    }

    /// The page of one row's list. The first row that asks in this way reads for all.
    ///
    /// # Errors
    /// BAD_REQUEST naming the argument; a fault of the database.
    pub async fn get<F>(
        &self,
        (row, args, count): (SubmissionId, &PageArgs, Count),
        load: impl FnOnce() -> F,
    ) -> Result<Page<M>>
    where
        F: Future<Output = Result<HashMap<SubmissionId, Page<M>>>>,
    {
        let found = self.asked.lock().await.entry(way(args, count)).or_default().clone();
        let pages = found.get_or_try_init(load).await?;
        let empty = || Page {
            rows: Vec::new(),
            has_next: false,
            has_previous: false,
            total: (count == Count::Wanted).then_some((0, true)),
        };
        Ok(pages.get(&row).cloned().unwrap_or_else(empty))
    }
}

/// The edges of one page.
pub struct Siblings {
    /// Their ids.
    pub ids: Vec<SubmissionId>,
    /// Their rows.
    pub rows: Vec<Model>,
    /// Their comments.
    pub comments: Below<comment::Model>,
    /// What happened to them.
    pub history: Below<fact::Model>,
    /// What was announced of those that they are joined with.
    pub announced: OnceCell<HashMap<SubmissionId, Vec<fact::Model>>>,
    /// Their present words.
    pub texts: Edge<TextId, wording::Model>,
    /// All their words.
    pub revisions: Edge<RevisionsOf, Vec<wording::Model>>,
    /// Their tags.
    pub tags: Edge<TagsOf, Vec<String>>,
    /// References of those that they are joined into as decided.
    pub canonicals: Edge<ReferenceOf, String>,
    /// The canonical ones of twins.
    pub roots: Edge<RootOf, Model>,
    /// Those that they are joined with, as far as the asker reads them.
    pub joined: Edge<Readable, Model>,
    /// How many announced twins they have.
    pub twins: Edge<TwinsOf, i64>,
    /// With what twins have counted.
    pub spans: Edge<SpansOf, Vec<twin_span::Model>>,
    /// The page that those make with which its rows are joined.
    pub(super) joined_page: OnceCell<Arc<Siblings>>,
    /// The first twins of each, by how many were asked for.
    pub(super) first_twins: Mutex<HashMap<u64, Arc<OnceCell<Nested<FirstTwins>>>>>,
    /// What each might be joined with.
    pub(super) candidates: OnceCell<Nested<Vec<Candidate>>>,
    /// The ways from their units and functions to the top.
    pub lineages: Edge<LineageOf, Vec<UnitId>>,
    /// Their units and functions.
    pub units: Edge<UnitId, unit::Model>,
    /// Who sent them, works on them, answers for them.
    pub people: Edge<PersonId, person::Model>,
    /// Where on a journey they are.
    pub touchpoints: Edge<TouchpointId, touchpoint::Model>,
    /// Which of them the asker voted for.
    pub votes: Edge<VotedFor, ()>,
    /// Which of them the asker follows.
    pub follows: Edge<Followed, ()>,
    /// Their photos.
    pub photos: Edge<SubmissionId, Vec<attachment::Model>>,
    /// Their programmes.
    pub programs: Edge<ProgramId, program::Model>,
    /// Their labels.
    pub statuses: Edge<StatusId, status::Model>,
    /// Their clocks.
    pub clocks: Edge<ClocksOf, Arc<Clocks>>,
    /// On what the clocks of their units run.
    pub terms: Edge<TermsOf, Arc<Terms>>,
    /// The settings of service levels.
    pub levels: Edge<TheLevels, Levels>,
    /// When they were handed over, and by whom.
    pub handovers: Edge<HandOverOf, Done>,
    pub(super) moderations: Edge<ModerationsOf, Vec<(moderation::Model, Option<person::Model>)>>,
    pub(super) reports: Edge<ReportsOf, Vec<report::Model>>,
    /// What they were split from, with its page.
    pub(super) wholes: OnceCell<HashMap<SubmissionId, Arc<Row>>>,
    /// What was split from them, with its page.
    pub(super) parts: OnceCell<HashMap<SubmissionId, Vec<Arc<Row>>>>,
    /// Their plans.
    pub plans: Edge<PlanOf, Planned>,
    /// Who helps with them.
    pub helpers: Edge<HelpersOf, Vec<help::Model>>,
    /// What was tried.
    pub trials: Edge<TrialsOf, Vec<trial::Model>>,
    /// What they are to change.
    pub outcomes: Edge<OutcomesOf, Vec<Measured>>,
    /// Where they were offered.
    pub adoptions: Edge<AdoptionsOf, Vec<Copied>>,
    /// The business time of their units.
    pub days: Edge<DaysOf, BusinessTime>,
    /// What they are called in other systems.
    pub links: Edge<LinksOf, Vec<external_link::Model>>,
    /// Set where the list is a wall that everybody at a site reads: it names no authors.
    pub nameless: OnceLock<()>,
}

impl Siblings {
    /// The edges of these rows.
    #[must_use]
    pub fn of<'a>(rows: impl Iterator<Item = &'a Model> + Clone) -> Arc<Self> {
        let models: Vec<Model> = rows.clone().cloned().collect();
        let ids: Vec<SubmissionId> = rows.clone().map(|row| row.id).collect();
        let units = rows.clone().flat_map(|row| [Some(row.unit_id), row.function_id]).flatten();
        let plans = ids.iter().map(|id| PlanOf(Subject::Submission(*id)));
        let outcomes = ids.iter().map(|id| OutcomesOf(Subject::Submission(*id)));
        let people = rows.clone().flat_map(|row| [row.author_id, row.assignee_id, row.owner_id]);
        Arc::new(Self {
            texts: Edge::to(rows.clone().map(|row| row.text_id)),
            revisions: Edge::to(ids.iter().copied().map(RevisionsOf)),
            tags: Edge::to(ids.iter().copied().map(TagsOf)),
            canonicals: Edge::to(rows.clone().filter_map(|row| row.merged_into).map(ReferenceOf)),
            clocks: Edge::to(ids.iter().copied().map(ClocksOf)),
            terms: Edge::to(rows.clone().map(|row| TermsOf(row.unit_id))),
            levels: Edge::to([TheLevels]),
            roots: Edge::to(rows.clone().filter_map(|row| row.canonical_id).map(RootOf)),
            joined: Edge::to(
                rows.clone()
                    .flat_map(|row| [row.merged_into, row.canonical_id])
                    .flatten()
                    .map(Readable),
            ),
            twins: Edge::to(ids.iter().copied().map(TwinsOf)),
            spans: Edge::to(
                rows.clone().filter(|row| row.canonical_id.is_some()).map(|row| SpansOf(row.id)),
            ),
            joined_page: OnceCell::new(),
            first_twins: Mutex::default(),
            candidates: OnceCell::new(),
            lineages: Edge::to(units.clone().map(LineageOf)),
            units: Edge::to(units),
            people: Edge::to(people.flatten()),
            touchpoints: Edge::to(rows.clone().filter_map(|row| row.touchpoint_id)),
            votes: Edge::to(ids.iter().copied().map(VotedFor)),
            follows: Edge::to(ids.iter().copied().map(Followed)),
            photos: Edge::to(ids.iter().copied()),
            programs: Edge::to(rows.clone().map(|row| row.program_id)),
            handovers: Edge::to(
                rows.clone().filter(|row| row.handover.is_some()).map(|row| HandOverOf(row.id)),
            ),
            moderations: Edge::to(
                rows.clone()
                    .filter(|row| row.hidden_at.is_some() || row.locked_at.is_some())
                    .map(|row| ModerationsOf(row.id)),
            ),
            reports: Edge::to(ids.iter().copied().map(ReportsOf)),
            wholes: OnceCell::new(),
            parts: OnceCell::new(),
            plans: Edge::to(plans),
            helpers: Edge::to(ids.iter().copied().map(HelpersOf)),
            trials: Edge::to(ids.iter().copied().map(TrialsOf)),
            outcomes: Edge::to(outcomes),
            adoptions: Edge::to(ids.iter().copied().map(AdoptionsOf)),
            links: Edge::to(ids.iter().copied().map(LinksOf)),
            days: Edge::to(rows.clone().map(|row| DaysOf(row.unit_id))),
            statuses: Edge::to(rows.flat_map(|row| [row.status_id, row.shown_status_id])),
            comments: Below::default(),
            history: Below::default(),
            announced: OnceCell::new(),
            nameless: OnceLock::new(),
            rows: models,
            ids,
        })
    }
}

/// A submission's row with its page.
pub struct Row {
    model: Model,
    /// The page it stands on; a page of one for a row that was fetched alone.
    pub page: Arc<Siblings>,
}

impl Row {
    /// A row of a page.
    #[must_use]
    pub fn among(model: Model, page: Arc<Siblings>) -> Arc<Self> {
        Arc::new(Self { model, page })
    }

    /// A row by itself.
    #[must_use]
    pub fn alone(model: Model) -> Arc<Self> {
        let page = Siblings::of(std::iter::once(&model));
        Self::among(model, page)
    }
}

impl Deref for Row {
    type Target = Model;

    fn deref(&self) -> &Model {
        &self.model
    }
}

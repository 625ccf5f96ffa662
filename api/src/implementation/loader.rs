//! Batches by id for graph edges: a fixed number of statements for a whole page, whatever its length.

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::clocks::hours::BusinessTime;
use entity::id::{ActionItemId, PlanId, SubmissionId, UnitId};
use entity::implementation::{adoption, check, help, item, plan, trial};
use entity::submissions::submission;
use entity::triage::cause;

use super::ground::Subject;
use super::query::outcomes::Measured;
use super::query::{self, copies, outcomes, trials};
use crate::kit::error::Error;
use crate::kit::scope::Scope;
use crate::{clocks, identity, submissions, triage};

/// Batches of this feature.
pub struct Implementation(Scope);

/// A plan with its items, in their order.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The plan.
    pub plan: plan::Model,
    /// Its items.
    pub items: Vec<item::Model>,
}

/// What the plan is wanted of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlanOf(pub Subject);

/// What the outcomes are wanted of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct OutcomesOf(pub Subject);

/// The submission whose helpers are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HelpersOf(pub SubmissionId);

/// The submission whose trials are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TrialsOf(pub SubmissionId);

/// The item whose checklist is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinesOf(pub ActionItemId);

/// The item whose waits are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WaitsOf(pub ActionItemId);

/// The plan whose subject is wanted, as far as the asker may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AboutOf(pub PlanId);

/// The unit whose business time is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DaysOf(pub UnitId);

/// What a plan is about.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A submission.
    Submission(Box<submission::Model>),
    /// A root cause.
    Cause(Box<cause::Model>),
}

impl Seen {
    /// The unit whose calendar its days follow.
    #[must_use]
    pub fn unit(&self) -> Option<UnitId> {
        match self {
            Self::Submission(row) => Some(row.unit_id),
            Self::Cause(row) => row.owner_unit_id,
        }
    }

    /// The submission, if it is one.
    #[must_use]
    pub fn submission(&self) -> Option<submission::Model> {
        match self {
            Self::Submission(row) => Some(submission::Model::clone(row)),
            Self::Cause(_) => None,
        }
    }
}

/// The submission whose offers to sites are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AdoptionsOf(pub SubmissionId);

/// The submission that is wanted, as far as the asker may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdeaOf(pub SubmissionId);

/// An offer with the ancestors of its site.
#[derive(Clone, Debug)]
pub struct Copied {
    /// The offer.
    pub row: adoption::Model,
    /// The site and the units above it.
    pub lineage: Vec<UnitId>,
}

impl Loader<AdoptionsOf> for Implementation {
    type Value = Vec<Copied>;
    type Error = Error;

    async fn load(&self, of: &[AdoptionsOf]) -> Result<HashMap<AdoptionsOf, Self::Value>, Error> {
        let ids: Vec<SubmissionId> = of.iter().map(|it| it.0).collect();
        let rows = copies::of(&self.0.db(), &ids).await?;
        let mut sites: Vec<UnitId> = rows.iter().map(|it| it.site_id).collect();
        sites.sort_unstable();
        sites.dedup();
        let lineages = identity::query::lineages(&self.0.db(), &sites).await?;
        let mut found: HashMap<AdoptionsOf, Self::Value> = HashMap::new();
        for row in rows {
            let lineage = lineages.get(&row.site_id).cloned().unwrap_or_default();
            found.entry(AdoptionsOf(row.submission_id)).or_default().push(Copied { row, lineage });
        }
        Ok(found)
    }
}

impl Loader<IdeaOf> for Implementation {
    type Value = submission::Model;
    type Error = Error;

    async fn load(&self, of: &[IdeaOf]) -> Result<HashMap<IdeaOf, submission::Model>, Error> {
        let (db, actor) = (self.0.db(), &self.0.actor);
        let ids: Vec<SubmissionId> = of.iter().map(|it| it.0).collect();
        let rows = submissions::query::some_readable(&db, actor, &ids).await?;
        Ok(rows.into_iter().map(|row| (IdeaOf(row.id), row)).collect())
    }
}

impl Loader<PlanOf> for Implementation {
    type Value = Planned;
    type Error = Error;

    async fn load(&self, of: &[PlanOf]) -> Result<HashMap<PlanOf, Planned>, Error> {
        let subjects: Vec<Subject> = of.iter().map(|it| it.0).collect();
        let plans = query::plans_of(&self.0.db(), &subjects).await?;
        let ids: Vec<PlanId> = plans.iter().map(|it| it.id).collect();
        let mut items: HashMap<PlanId, Vec<item::Model>> = HashMap::new();
        for row in query::items_of(&self.0.db(), &ids).await? {
            items.entry(row.plan_id).or_default().push(row);
        }
        let planned = |plan: plan::Model| {
            let items = items.remove(&plan.id).unwrap_or_default();
            Subject::of_plan(&plan).map(|of| (PlanOf(of), Planned { plan, items }))
        };
        Ok(plans.into_iter().filter_map(planned).collect())
    }
}

impl Loader<DaysOf> for Implementation {
    type Value = BusinessTime;
    type Error = Error;

    async fn load(&self, of: &[DaysOf]) -> Result<HashMap<DaysOf, BusinessTime>, Error> {
        let units: Vec<UnitId> = of.iter().map(|it| it.0).collect();
        let terms = clocks::query::terms_of(&self.0.db(), &units).await?;
        Ok(terms.into_iter().map(|(unit, terms)| (DaysOf(unit), terms.time)).collect())
    }
}

impl Loader<OutcomesOf> for Implementation {
    type Value = Vec<Measured>;
    type Error = Error;

    async fn load(&self, of: &[OutcomesOf]) -> Result<HashMap<OutcomesOf, Self::Value>, Error> {
        let subjects: Vec<Subject> = of.iter().map(|it| it.0).collect();
        let mut found: HashMap<OutcomesOf, Self::Value> = HashMap::new();
        for it in outcomes::of(&self.0.db(), &subjects).await? {
            if let Some(of) = Subject::of_outcome(&it.row) {
                found.entry(OutcomesOf(of)).or_default().push(it);
            }
        }
        Ok(found)
    }
}

impl Loader<HelpersOf> for Implementation {
    type Value = Vec<help::Model>;
    type Error = Error;

    async fn load(&self, of: &[HelpersOf]) -> Result<HashMap<HelpersOf, Self::Value>, Error> {
        let ids: Vec<SubmissionId> = of.iter().map(|it| it.0).collect();
        let mut found: HashMap<HelpersOf, Self::Value> = HashMap::new();
        for row in query::helps_of(&self.0.db(), &ids).await? {
            found.entry(HelpersOf(row.submission_id)).or_default().push(row);
        }
        Ok(found)
    }
}

impl Loader<TrialsOf> for Implementation {
    type Value = Vec<trial::Model>;
    type Error = Error;

    async fn load(&self, of: &[TrialsOf]) -> Result<HashMap<TrialsOf, Self::Value>, Error> {
        let ids: Vec<SubmissionId> = of.iter().map(|it| it.0).collect();
        let mut found: HashMap<TrialsOf, Self::Value> = HashMap::new();
        for row in trials::of(&self.0.db(), &ids).await? {
            found.entry(TrialsOf(row.submission_id)).or_default().push(row);
        }
        Ok(found)
    }
}

impl Loader<LinesOf> for Implementation {
    type Value = Vec<check::Model>;
    type Error = Error;

    async fn load(&self, of: &[LinesOf]) -> Result<HashMap<LinesOf, Self::Value>, Error> {
        let ids: Vec<ActionItemId> = of.iter().map(|it| it.0).collect();
        let mut found: HashMap<LinesOf, Self::Value> = HashMap::new();
        for row in query::checks_of(&self.0.db(), &ids).await? {
            found.entry(LinesOf(row.item_id)).or_default().push(row);
        }
        Ok(found)
    }
}

impl Loader<WaitsOf> for Implementation {
    type Value = Vec<ActionItemId>;
    type Error = Error;

    async fn load(&self, of: &[WaitsOf]) -> Result<HashMap<WaitsOf, Self::Value>, Error> {
        let ids: Vec<ActionItemId> = of.iter().map(|it| it.0).collect();
        let mut found: HashMap<WaitsOf, Self::Value> = HashMap::new();
        for row in query::waits_of(&self.0.db(), &ids).await? {
            found.entry(WaitsOf(row.item_id)).or_default().push(row.waits_for);
        }
        Ok(found)
    }
}

impl Loader<AboutOf> for Implementation {
    type Value = Seen;
    type Error = Error;

    async fn load(&self, of: &[AboutOf]) -> Result<HashMap<AboutOf, Seen>, Error> {
        let (db, actor) = (self.0.db(), &self.0.actor);
        let ids: Vec<PlanId> = of.iter().map(|it| it.0).collect();
        let plans = query::plans(&db, &ids).await?;
        let ideas = plans.iter().filter_map(|it| it.submission_id).collect::<Vec<_>>();
        let ideas = submissions::query::some_readable(&db, actor, &ideas).await?;
        let causes = plans.iter().filter_map(|it| it.cause_id).collect::<Vec<_>>();
        let causes = triage::causes::query::some(&db, actor, &causes).await?;
        let seen = |plan: &plan::Model| {
            let idea = ideas.iter().find(|it| Some(it.id) == plan.submission_id);
            let cause = causes.iter().find(|it| Some(it.id) == plan.cause_id);
            let seen = idea
                .map(|row| Seen::Submission(Box::new(row.clone())))
                .or_else(|| cause.map(|row| Seen::Cause(Box::new(row.clone()))));
            seen.map(|seen| (AboutOf(plan.id), seen))
        };
        Ok(plans.iter().filter_map(seen).collect())
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Implementation(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

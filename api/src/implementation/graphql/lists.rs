//! What the rows of a list share: what one of them asks for is read for all, in a fixed number of
//! statements.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::Context;
use async_graphql::dataloader::Loader;
use entity::clocks::hours::BusinessTime;
use entity::id::{PlanId, SubmissionId, UnitId};
use entity::implementation::{adoption, item};
use entity::instant::Day;
use entity::submissions::submission;
use tokio::sync::OnceCell;

use super::batches;
use crate::implementation::ground::Subject;
use crate::implementation::loader::{AboutOf, DaysOf, IdeaOf, Implementation, OutcomesOf, Seen};
use crate::implementation::query::outcomes::Measured;
use crate::kit::error::Result;
use crate::submissions::graphql::row::{Edge, Row, Siblings};
use crate::submissions::graphql::types::Submission;
use crate::triage::graphql::signed_in;

/// A list of items of several plans.
pub(super) struct Items {
    plans: Vec<PlanId>,
    found: OnceCell<Found>,
}

struct Found {
    seen: HashMap<AboutOf, Seen>,
    days: HashMap<DaysOf, BusinessTime>,
    siblings: Arc<Siblings>,
}

impl Items {
    /// What these items share.
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a item::Model>) -> Arc<Self> {
        let mut plans: Vec<PlanId> = rows.map(|row| row.plan_id).collect();
        plans.sort_unstable();
        plans.dedup();
        Arc::new(Self { plans, found: OnceCell::new() })
    }

    async fn found(&self, ctx: &Context<'_>) -> Result<&Found> {
        let loader = batches(ctx)?.loader();
        self.found.get_or_try_init(|| found(loader, &self.plans)).await
    }

    /// What a plan is about, as far as the asker may read it.
    pub(super) async fn about(&self, ctx: &Context<'_>, plan: PlanId) -> Result<Option<Seen>> {
        Ok(self.found(ctx).await?.seen.get(&AboutOf(plan)).cloned())
    }

    /// Which day it is at a unit.
    pub(super) async fn today(&self, ctx: &Context<'_>, unit: Option<UnitId>) -> Result<Day> {
        let now = signed_in(ctx)?.now;
        let found = self.found(ctx).await?;
        let time = unit.and_then(|unit| found.days.get(&DaysOf(unit)));
        Ok(time.map_or_else(|| now.day(), |time| time.day_of(now)))
    }

    /// A submission among those of the list.
    pub(super) async fn submission(
        &self,
        ctx: &Context<'_>,
        row: submission::Model,
    ) -> Result<Submission> {
        let siblings = self.found(ctx).await?.siblings.clone();
        Ok(Submission::on_page(Row::among(row, siblings)))
    }
}

async fn found(loader: &Implementation, plans: &[PlanId]) -> Result<Found> {
    let plans: Vec<AboutOf> = plans.iter().copied().map(AboutOf).collect();
    let seen: HashMap<AboutOf, Seen> = loader.load(&plans).await?;
    let units: Vec<DaysOf> = seen.values().filter_map(Seen::unit).map(DaysOf).collect();
    let days = loader.load(&units).await?;
    let ideas: Vec<submission::Model> = seen.values().filter_map(Seen::submission).collect();
    Ok(Found { days, siblings: Siblings::of(ideas.iter()), seen })
}

/// A list of offers of several ideas.
pub(super) struct Offers {
    ideas: Vec<SubmissionId>,
    found: OnceCell<(HashMap<IdeaOf, submission::Model>, Arc<Siblings>)>,
    outcomes: Edge<OutcomesOf, Vec<Measured>>,
}

impl Offers {
    /// What these offers share.
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a adoption::Model> + Clone) -> Arc<Self> {
        let mut ideas: Vec<SubmissionId> = rows.clone().map(|row| row.submission_id).collect();
        ideas.sort_unstable();
        ideas.dedup();
        let outcomes = Edge::to(rows.map(|row| OutcomesOf(Subject::Adoption(row.id))));
        Arc::new(Self { ideas, found: OnceCell::new(), outcomes })
    }

    /// The idea of an offer, as far as the asker may read it.
    pub(super) async fn idea(
        &self,
        ctx: &Context<'_>,
        id: SubmissionId,
    ) -> Result<Option<Submission>> {
        let loader = batches(ctx)?.loader();
        let read = async || -> Result<(HashMap<IdeaOf, submission::Model>, Arc<Siblings>)> {
            let ids: Vec<IdeaOf> = self.ideas.iter().copied().map(IdeaOf).collect();
            let rows: HashMap<IdeaOf, submission::Model> = loader.load(&ids).await?;
            let siblings = Siblings::of(rows.values());
            Ok((rows, siblings))
        };
        let (rows, siblings) = self.found.get_or_try_init(read).await?;
        let row = rows.get(&IdeaOf(id)).cloned();
        Ok(row.map(|row| Submission::on_page(Row::among(row, siblings.clone()))))
    }

    /// The outcomes at the site of an offer.
    pub(super) async fn outcomes(
        &self,
        ctx: &Context<'_>,
        row: &adoption::Model,
    ) -> Result<Vec<Measured>> {
        let key = OutcomesOf(Subject::Adoption(row.id));
        Ok(self.outcomes.get(batches(ctx)?.loader(), key).await?.unwrap_or_default())
    }
}

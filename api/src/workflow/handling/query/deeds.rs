//! The words of what is planned, tried and measured for a submission, and what it is called in other
//! systems: a redaction reaches them too.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use entity::external::{external_link, taken_out};
use entity::id::{ActionItemId, OutcomeId, PlanId, SubmissionId};
use entity::implementation::{check, figure, item, outcome, plan, trial};
use entity::instant::Instant;
use entity::submissions::redaction::Passages;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ActiveValue, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};

use crate::kit::error::Result;

/// What was written about what is done.
pub(in crate::workflow::handling) struct Deeds {
    items: Vec<item::Model>,
    checks: Vec<check::Model>,
    trials: Vec<trial::Model>,
    outcomes: Vec<outcome::Model>,
    figures: Vec<figure::Model>,
    called: Vec<external_link::Model>,
    of: SubmissionId,
}

impl Deeds {
    /// Everything of one submission, and what it and its `kin` are called in other systems.
    pub(in crate::workflow::handling) async fn of<C: ConnectionTrait>(
        conn: &C,
        (id, kin): (SubmissionId, &[SubmissionId]),
    ) -> Result<Self> {
        let plans =
            plan::Entity::find().filter(plan::Column::SubmissionId.eq(id)).all(conn).await?;
        let plans: Vec<PlanId> = plans.into_iter().map(|plan| plan.id).collect();
        let items =
            item::Entity::find().filter(item::Column::PlanId.is_in(plans)).all(conn).await?;
        let ids: Vec<ActionItemId> = items.iter().map(|item| item.id).collect();
        let outcomes =
            outcome::Entity::find().filter(outcome::Column::SubmissionId.eq(id)).all(conn).await?;
        let measured: Vec<OutcomeId> = outcomes.iter().map(|outcome| outcome.id).collect();
        let figures = figure::Column::OutcomeId.is_in(measured);
        let links = Condition::any()
            .add(external_link::Column::SubmissionId.is_in(kin.iter().copied()))
            .add(external_link::Column::ItemId.is_in(ids.iter().copied()));
        Ok(Self {
            checks: check::Entity::find()
                .filter(check::Column::ItemId.is_in(ids))
                .all(conn)
                .await?,
            trials: trial::Entity::find()
                .filter(trial::Column::SubmissionId.eq(id))
                .all(conn)
                .await?,
            figures: figure::Entity::find().filter(figures).all(conn).await?,
            called: external_link::Entity::find().filter(links).all(conn).await?,
            items,
            outcomes,
            of: id,
        })
    }

    /// At how many places a passage stands; what is kin is overwritten too, and not counted.
    pub(in crate::workflow::handling) fn places(&self, out: &Passages) -> usize {
        let items = self.items.iter().map(|it| &it.title);
        let checks = self.checks.iter().map(|it| &it.body);
        let trials = self.trials.iter().flat_map(|it| {
            [Some(&it.guess), Some(&it.measure), it.result.as_ref(), it.learned.as_ref()]
        });
        let outcomes = self.outcomes.iter().flat_map(|it| [Some(&it.title), Some(&it.measure)]);
        let figures = self.figures.iter().flat_map(|it| [it.evidence.as_ref(), it.reason.as_ref()]);
        let some = trials.chain(outcomes).chain(figures).flatten();
        let own = self.called.iter().filter(|it| it.submission_id.is_none_or(|id| id == self.of));
        let called: usize = own.map(|it| taken_out::places(it, out)).sum();
        items.chain(checks).chain(some).map(|text| out.count(text)).sum::<usize>() + called
    }

    /// Overwrites them wherever they stand.
    pub(in crate::workflow::handling) async fn overwrite<C: ConnectionTrait>(
        &self,
        tx: &C,
        (out, now): (&Passages, Instant),
    ) -> Result<()> {
        self.overwrite_plan(tx, out).await?;
        self.overwrite_links(tx, (out, now)).await?;
        for it in &self.trials {
            let change = trial::ActiveModel {
                guess: without(&it.guess, out),
                measure: without(&it.measure, out),
                result: some_without(&it.result, out),
                learned: some_without(&it.learned, out),
                ..Default::default()
            };
            let is_new = change.guess.is_set()
                || change.measure.is_set()
                || change.result.is_set()
                || change.learned.is_set();
            if is_new {
                let one = trial::Column::Id.eq(it.id);
                trial::Entity::update_many().set(change).filter(one).exec(tx).await?;
            }
        }
        for it in &self.outcomes {
            let change = outcome::ActiveModel {
                title: without(&it.title, out),
                measure: without(&it.measure, out),
                ..Default::default()
            };
            if change.title.is_set() || change.measure.is_set() {
                let one = outcome::Column::Id.eq(it.id);
                outcome::Entity::update_many().set(change).filter(one).exec(tx).await?;
            }
        }
        for it in &self.figures {
            let change = figure::ActiveModel {
                evidence: some_without(&it.evidence, out),
                reason: some_without(&it.reason, out),
                ..Default::default()
            };
            if change.evidence.is_set() || change.reason.is_set() {
                let one = figure::Column::Id.eq(it.id);
                figure::Entity::update_many().set(change).filter(one).exec(tx).await?;
            }
        }
        Ok(())
    }

    /// A link counts up: an integration that has read the words before does not write them again unseen.
    async fn overwrite_links<C: ConnectionTrait>(
        &self,
        tx: &C,
        (out, now): (&Passages, Instant),
    ) -> Result<()> {
        for it in self.called.iter().filter_map(|it| taken_out::without(it, out)) {
            let change = external_link::ActiveModel {
                system: Set(it.system),
                key: Set(it.key),
                url: Set(it.url),
                state: Set(it.state),
                updated_at: Set(now),
                version: Set(it.version + 1),
                ..Default::default()
            };
            let one = external_link::Column::Id.eq(it.id);
            external_link::Entity::update_many().set(change).filter(one).exec(tx).await?;
        }
        Ok(())
    }

    async fn overwrite_plan<C: ConnectionTrait>(&self, tx: &C, out: &Passages) -> Result<()> {
        for it in &self.items {
            let change = item::ActiveModel { title: without(&it.title, out), ..Default::default() };
            if change.title.is_set() {
                let one = item::Column::Id.eq(it.id);
                item::Entity::update_many().set(change).filter(one).exec(tx).await?;
            }
        }
        for it in &self.checks {
            let change = check::ActiveModel { body: without(&it.body, out), ..Default::default() };
            if change.body.is_set() {
                let one = check::Column::Id.eq(it.id);
                check::Entity::update_many().set(change).filter(one).exec(tx).await?;
            }
        }
        Ok(())
    }
}

fn without(text: &str, out: &Passages) -> ActiveValue<String> {
    out.take_out(text).map_or(NotSet, |(text, _)| Set(text))
}

fn some_without(text: &Option<String>, out: &Passages) -> ActiveValue<Option<String>> {
    let taken = text.as_deref().and_then(|text| out.take_out(text));
    taken.map_or(NotSet, |(text, _)| Set(Some(text)))
}

//! Outcomes as the API shows them, and their verbs.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::id::{FigureId, PersonId};
use entity::implementation::proof;
use entity::implementation::{confirmation, figure};

use super::ImplementationUserError;
use super::items::subject;
use crate::graphql::list::id_at;
use crate::graphql::payload::{answer_or_null, settle};
use crate::graphql::scalars::{Date, DateTime};
use crate::identity::graphql::Person;
use crate::implementation::ground::Subject;
use crate::implementation::policy::View;
use crate::implementation::query::outcomes::Measured;
use crate::implementation::service::outcomes::{self as service, NewFigure, NewOutcome};
use crate::kit::error::{Code, Refusal, Result};
use crate::payload;
use crate::submissions::graphql::edges;
use crate::triage::graphql::signed_in;

/// Which kind of effect an outcome is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::implementation::values::OutcomeKind")]
pub enum OutcomeKind {
    /// Money that stands in the books.
    HardSaving,
    /// Time or money that is freed, not booked.
    SoftSaving,
    /// Fewer faults.
    Quality,
    /// Fewer harms.
    Safety,
    /// Happier customers or staff.
    Satisfaction,
}

/// Which way of a figure is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::implementation::values::Direction")]
pub enum OutcomeDirection {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// What a figure stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::implementation::values::FigureStage")]
pub enum FigureStage {
    /// What is aimed at.
    Target,
    /// What is expected now.
    Forecast,
    /// What was measured.
    Actual,
}

/// An outcome, as far as the asker sees it.
#[derive(Clone)]
pub struct Outcome {
    measured: Measured,
    view: View,
}

impl Outcome {
    /// The outcome for somebody who sees this much of the plan.
    pub(super) fn seen(measured: Measured, view: View) -> Option<Self> {
        let seen = match view {
            View::Whole => true,
            View::Numbers => proof::shown(&measured.law()).is_some(),
            View::Nothing => false,
        };
        seen.then_some(Self { measured, view })
    }

    fn whole(measured: Measured) -> Self {
        Self { measured, view: View::Whole }
    }

    fn figure(&self, id: FigureId) -> Option<OutcomeFigure> {
        let row = self.measured.figure(id)?.clone();
        let confirmation = self.measured.confirmations.get(&id).cloned();
        Some(OutcomeFigure { row, confirmation, view: self.view })
    }

    fn holding(&self, stage: entity::implementation::values::FigureStage) -> Option<OutcomeFigure> {
        self.figure(proof::holding(&self.measured.law(), stage)?.id)
    }

    /// What was measured: the last figure for those who work on it, the last one that somebody
    /// stands for else.
    fn measured(&self) -> Option<OutcomeFigure> {
        match self.view {
            View::Whole => self.holding(entity::implementation::values::FigureStage::Actual),
            _ => self.figure(proof::shown(&self.measured.law())?.id),
        }
    }
}

/// What an idea, the work on a root cause, or an idea at a site that took it up is to change, and did.
/// Readers are shown it once somebody whose work it is not stands for what was measured.
#[Object]
impl Outcome {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.measured.row.id.into()
    }

    /// Which kind of effect.
    async fn kind(&self) -> OutcomeKind {
        self.measured.row.kind.into()
    }

    /// What changes, in a few words.
    async fn title(&self) -> &str {
        &self.measured.row.title
    }

    /// The unit of measure, for instance `hours a month`.
    async fn unit_of_measure(&self) -> &str {
        &self.measured.row.measure
    }

    /// Which way is better.
    async fn direction(&self) -> OutcomeDirection {
        self.measured.row.direction.into()
    }

    /// What is aimed at.
    async fn target(&self) -> Option<OutcomeFigure> {
        self.holding(entity::implementation::values::FigureStage::Target)
    }

    /// What is expected now, for those who see the items of the plan.
    async fn forecast(&self) -> Option<OutcomeFigure> {
        let forecast = self.holding(entity::implementation::values::FigureStage::Forecast);
        forecast.filter(|_| self.view == View::Whole)
    }

    /// What was measured: the last figure for those who see the items of the plan, else the last one
    /// that was confirmed.
    async fn actual(&self) -> Option<OutcomeFigure> {
        self.measured()
    }

    /// Whether somebody whose work it is not stands for `actual`.
    async fn is_confirmed(&self) -> bool {
        self.measured().is_some_and(|it| it.confirmation.is_some())
    }

    /// Every figure that was ever written down, corrections included, the first one first; null for
    /// those who do not see the items of the plan.
    async fn history(&self) -> Option<Vec<OutcomeFigure>> {
        let all = self.measured.figures.iter().filter_map(|it| self.figure(it.id));
        (self.view == View::Whole).then(|| all.collect())
    }

    /// When it was written down.
    async fn created_at(&self) -> DateTime {
        self.measured.row.created_at.into()
    }

    /// Counts up with every figure and every confirmation.
    async fn version(&self) -> i32 {
        self.measured.row.version
    }
}

/// A figure, as far as the asker sees it.
#[derive(Clone)]
pub struct OutcomeFigure {
    row: figure::Model,
    confirmation: Option<confirmation::Model>,
    view: View,
}

impl OutcomeFigure {
    /// Who, for those who see the items of the plan.
    fn somebody(&self, person: Option<PersonId>) -> Option<PersonId> {
        person.filter(|_| self.view == View::Whole)
    }
}

/// One figure of an outcome; it never changes, a correction is another one.
#[Object]
impl OutcomeFigure {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// What it stands for.
    async fn stage(&self) -> FigureStage {
        self.row.stage.into()
    }

    /// The figure, in the unit of measure; at most four decimal places.
    async fn value(&self) -> f64 {
        self.row.amount.number()
    }

    /// The day it is meant for, or was measured on.
    async fn day(&self) -> Date {
        self.row.day.into()
    }

    /// What shows it, for those who see the items of the plan.
    async fn evidence(&self) -> Option<&str> {
        self.row.evidence.as_deref().filter(|_| self.view == View::Whole)
    }

    /// Why it replaced the one before, for those who see the items of the plan.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref().filter(|_| self.view == View::Whole)
    }

    /// Who wrote it down, for those who see the items of the plan.
    async fn author(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.somebody(self.row.created_by)).await)
    }

    /// When it was written down.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// Who stands for it, for those who see the items of the plan.
    async fn confirmed_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        let who = self.confirmation.as_ref().map(|it| it.person_id);
        answer_or_null(edges::person(ctx, self.somebody(who)).await)
    }

    /// Since when somebody stands for it; null while nobody does.
    async fn confirmed_at(&self) -> Option<DateTime> {
        self.confirmation.as_ref().map(|it| it.created_at.into())
    }
}

payload!(
    /// The result of `outcomeAdd`.
    OutcomeAddPayload, ImplementationUserError {
        /// The new outcome.
        outcome: Outcome
    }
);
payload!(
    /// The result of `outcomeRecord`.
    OutcomeRecordPayload, ImplementationUserError {
        /// The outcome as it is now.
        outcome: Outcome
    }
);
payload!(
    /// The result of `outcomeConfirm`.
    OutcomeConfirmPayload, ImplementationUserError {
        /// The outcome as it is now.
        outcome: Outcome
    }
);

/// An outcome to aim at.
#[derive(InputObject)]
pub struct OutcomeAddInput {
    /// Of which idea; or else name a cause.
    pub submission_id: Option<ID>,
    /// Of which root cause.
    pub cause_id: Option<ID>,
    /// At a site that took an idea up: of which offer.
    pub adoption_id: Option<ID>,
    /// Which kind of effect.
    pub kind: OutcomeKind,
    /// What changes, in a few words; at most 200 characters.
    pub title: String,
    /// The unit of measure, for instance `hours a month`; at most 60 characters.
    pub unit_of_measure: String,
    /// Which way is better.
    pub direction: OutcomeDirection,
}

/// A figure to write down.
#[derive(InputObject)]
pub struct OutcomeRecordInput {
    /// Of which outcome.
    pub outcome_id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// What it stands for.
    pub stage: FigureStage,
    /// The figure, in the unit of measure; at most four decimal places.
    pub value: f64,
    /// The day it is meant for, or was measured on; today when left out. What was measured lies not
    /// in the future.
    pub day: Option<Date>,
    /// What shows it; needed for what was measured; at most 2,000 characters.
    pub evidence: Option<String>,
    /// Why it replaces the one before; needed for another target or another actual figure; at most
    /// 500 characters.
    pub reason: Option<String>,
}

/// An outcome to confirm.
#[derive(InputObject)]
pub struct OutcomeConfirmInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// The one of three that is named.
fn measured(input: &OutcomeAddInput) -> Result<Subject> {
    match (&input.adoption_id, &input.submission_id, &input.cause_id) {
        (Some(id), None, None) => Ok(Subject::Adoption(id_at(id, "adoptionId")?)),
        (Some(_), _, _) => Err(Refusal::new(
            Code::Required,
            "adoptionId",
            "Name an idea, a root cause or an offer to a site, one of the three.",
        )
        .into()),
        (None, idea, cause) => subject(idea.as_ref(), cause.as_ref()),
    }
}

fn new_outcome(input: OutcomeAddInput) -> Result<NewOutcome> {
    Ok(NewOutcome {
        subject: measured(&input)?,
        kind: input.kind.into(),
        title: input.title,
        measure: input.unit_of_measure,
        direction: input.direction.into(),
    })
}

fn new_figure(input: OutcomeRecordInput) -> Result<NewFigure> {
    Ok(NewFigure {
        outcome: id_at(&input.outcome_id, "outcomeId")?,
        expected_version: input.expected_version,
        stage: input.stage.into(),
        value: input.value,
        day: input.day.map(|day| day.0),
        evidence: input.evidence,
        reason: input.reason,
    })
}

/// Mutations.
#[derive(Default)]
pub struct OutcomeMutation;

#[Object]
impl OutcomeMutation {
    /// Writes down what an idea or the work on a root cause is to change. Needs the reviewer's right
    /// on the idea, or, once it is accepted, to be its manager or owner; for a cause REVIEWER, or to
    /// be its owner; at a site that took an idea up REVIEWER or MANAGER over the site, or to have taken
    /// it up. Codes: FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG, INVALID, TOO_LATE.
    async fn outcome_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to aim at.")] input: OutcomeAddInput,
    ) -> Option<async_graphql::Result<OutcomeAddPayload>> {
        let done = async { service::add(signed_in(ctx)?, new_outcome(input)?).await };
        settle(done.await, |it| OutcomeAddPayload::done(Outcome::whole(it)))
    }

    /// Writes a figure down; a correction keeps the one before in the history. Needs what
    /// `outcomeAdd` needs. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, REQUIRED, TOO_LONG, INVALID,
    /// TOO_LATE.
    async fn outcome_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which figure.")] input: OutcomeRecordInput,
    ) -> Option<async_graphql::Result<OutcomeRecordPayload>> {
        let done = async { service::record(signed_in(ctx)?, new_figure(input)?).await };
        settle(done.await, |it| OutcomeRecordPayload::done(Outcome::whole(it)))
    }

    /// Stands for what was measured: from then on readers are shown it. Needs the reviewer's or
    /// manager's right on the idea, for a cause REVIEWER; never for one's own work. Codes:
    /// FORBIDDEN, NOT_FOUND, STALE_VERSION, INVALID, TAKEN.
    async fn outcome_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which outcome.")] input: OutcomeConfirmInput,
    ) -> Option<async_graphql::Result<OutcomeConfirmPayload>> {
        let done = async {
            let cmd = (id_at(&input.id, "id")?, input.expected_version);
            service::confirm(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |it| OutcomeConfirmPayload::done(Outcome::whole(it)))
    }
}

//! Trials as the API shows them, and their verbs.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};
use entity::implementation::trial;

use super::ImplementationUserError;
use crate::graphql::list::id_at;
use crate::graphql::patch::change;
use crate::graphql::payload::{answer_or_null, settle};
use crate::graphql::scalars::{Date, DateTime};
use crate::identity::graphql::Person;
use crate::implementation::service::trials::{
    self as service, EndTrial, NewTrial, UpdateTrial, Verdict,
};
use crate::kit::error::Result;
use crate::payload;
use crate::submissions::graphql::edges;
use crate::triage::graphql::signed_in;

/// What became of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::implementation::values::TrialState")]
pub enum TrialState {
    /// Being tried.
    Running,
    /// It worked: it stays.
    Adopted,
    /// It ended without being adopted.
    Stopped,
}

/// A trial, for somebody who sees all of the plan.
#[derive(Clone)]
pub struct Trial(pub trial::Model);

/// A change that is tried out: a guess, and what became of it. For those who see the items of the
/// plan.
#[Object]
impl Trial {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Order within the idea, from 1.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// What is expected to happen.
    async fn guess(&self) -> &str {
        &self.0.guess
    }

    /// What is looked at, and how.
    async fn measure(&self) -> &str {
        &self.0.measure
    }

    /// First day.
    async fn starts_on(&self) -> Date {
        self.0.starts_on.into()
    }

    /// Last day.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }

    /// What happened.
    async fn result(&self) -> Option<&str> {
        self.0.result.as_deref()
    }

    /// What was learned.
    async fn learned(&self) -> Option<&str> {
        self.0.learned.as_deref()
    }

    /// What became of it.
    async fn state(&self) -> TrialState {
        self.0.state.into()
    }

    /// Who began it.
    async fn started_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.0.created_by).await)
    }

    /// Who adopted or stopped it.
    async fn ended_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.0.ended_by).await)
    }

    /// When it was adopted or stopped.
    async fn ended_at(&self) -> Option<DateTime> {
        self.0.ended_at.map(Into::into)
    }

    /// Counts up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

payload!(
    /// The result of `trialStart`.
    TrialStartPayload, ImplementationUserError {
        /// The new trial.
        trial: Trial
    }
);
payload!(
    /// The result of `trialUpdate`.
    TrialUpdatePayload, ImplementationUserError {
        /// The trial as it is now.
        trial: Trial
    }
);
payload!(
    /// The result of `trialAdopt`.
    TrialAdoptPayload, ImplementationUserError {
        /// The trial as it is now.
        trial: Trial
    }
);
payload!(
    /// The result of `trialStop`.
    TrialStopPayload, ImplementationUserError {
        /// The trial as it is now.
        trial: Trial
    }
);

/// A trial to begin.
#[derive(InputObject)]
pub struct TrialStartInput {
    /// Of which idea.
    pub submission_id: ID,
    /// What you expect to happen; at most 2,000 characters.
    pub guess: String,
    /// What you will look at, and how; at most 2,000 characters.
    pub measure: String,
    /// First day; today when left out.
    pub starts_on: Option<Date>,
    /// Last day.
    pub ends_on: Option<Date>,
}

/// A change of a trial that runs; what is left out stays.
#[derive(InputObject)]
pub struct TrialUpdateInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// Another guess.
    pub guess: Option<String>,
    /// Another measure.
    pub measure: Option<String>,
    /// Another last day; `null` for none.
    pub ends_on: MaybeUndefined<Date>,
    /// What happens so far; at most 2,000 characters.
    pub result: Option<String>,
    /// What was learned so far; at most 2,000 characters.
    pub learned: Option<String>,
}

/// A trial that worked.
#[derive(InputObject)]
pub struct TrialAdoptInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// What happened; needed unless it was written before.
    pub result: Option<String>,
    /// What was learned; needed unless it was written before.
    pub learned: Option<String>,
}

/// A trial that ends without being adopted.
#[derive(InputObject)]
pub struct TrialStopInput {
    /// Which.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// What happened; needed unless it was written before.
    pub result: Option<String>,
    /// What was learned; needed unless it was written before.
    pub learned: Option<String>,
}

fn new_trial(input: TrialStartInput) -> Result<NewTrial> {
    Ok(NewTrial {
        submission: id_at(&input.submission_id, "submissionId")?,
        guess: input.guess,
        measure: input.measure,
        starts_on: input.starts_on.map(|day| day.0),
        ends_on: input.ends_on.map(|day| day.0),
    })
}

fn update_of(input: TrialUpdateInput) -> Result<UpdateTrial> {
    Ok(UpdateTrial {
        id: id_at(&input.id, "id")?,
        expected_version: input.expected_version,
        guess: input.guess,
        measure: input.measure,
        ends_on: change(input.ends_on, |day| day.0),
        result: input.result,
        learned: input.learned,
    })
}

/// Mutations.
#[derive(Default)]
pub struct TrialMutation;

#[Object]
impl TrialMutation {
    /// Begins a trial of an idea that is IN_PROGRESS; one runs at a time. Needs the reviewer's right
    /// on it, or to be its manager or owner. Codes: FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG,
    /// INVALID, STEP_NOT_ALLOWED, TAKEN, TOO_LATE.
    async fn trial_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to try.")] input: TrialStartInput,
    ) -> Option<async_graphql::Result<TrialStartPayload>> {
        let done = async { service::start(signed_in(ctx)?, new_trial(input)?).await };
        settle(done.await, |row| TrialStartPayload::done(Trial(row)))
    }

    /// Changes a trial that runs. Needs what `trialStart` needs. Codes: FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION, REQUIRED, TOO_LONG, INVALID, TOO_LATE.
    async fn trial_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: TrialUpdateInput,
    ) -> Option<async_graphql::Result<TrialUpdatePayload>> {
        let done = async { service::update(signed_in(ctx)?, update_of(input)?).await };
        settle(done.await, |row| TrialUpdatePayload::done(Trial(row)))
    }

    /// Ends a trial: what was tried stays. The idea moves by `submissionMove`. Needs what
    /// `trialStart` needs. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, REQUIRED, TOO_LONG, INVALID,
    /// TOO_LATE.
    async fn trial_adopt(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TrialAdoptInput,
    ) -> Option<async_graphql::Result<TrialAdoptPayload>> {
        let done = async {
            let cmd = EndTrial {
                id: id_at(&input.id, "id")?,
                expected_version: input.expected_version,
                verdict: Verdict::Adopt,
                result: input.result,
                learned: input.learned,
            };
            service::end(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| TrialAdoptPayload::done(Trial(row)))
    }

    /// Ends a trial: what was tried does not stay. Needs what `trialStart` needs. Codes: FORBIDDEN,
    /// NOT_FOUND, STALE_VERSION, REQUIRED, TOO_LONG, INVALID, TOO_LATE.
    async fn trial_stop(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: TrialStopInput,
    ) -> Option<async_graphql::Result<TrialStopPayload>> {
        let done = async {
            let cmd = EndTrial {
                id: id_at(&input.id, "id")?,
                expected_version: input.expected_version,
                verdict: Verdict::Stop,
                result: input.result,
                learned: input.learned,
            };
            service::end(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| TrialStopPayload::done(Trial(row)))
    }
}

//! Decisions, and what could be decided next.

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::id::{DecisionId, ResponseId};
use entity::submissions::phase::{self, Message, Need, Requires};
use entity::submissions::submission;
use entity::workflow::{decision, response};

use crate::closing::graphql::seen::{self, DecisionHeard};
use crate::graphql::payload::{answer, answer_or_null};
use crate::graphql::ready;
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::Person;
use crate::kit::error::{Fault, Result};
use crate::kit::scope::Scope;
use crate::programs::graphql::{Phase, Reason, Status};
use crate::programs::loader::Programs;
use crate::submissions::graphql::edges;
use crate::user_errors;
use crate::workflow::loader::{AllowedOn, Workflow};
use crate::workflow::{query, service};

/// When a decision is to be announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::submissions::hold::Announce")]
pub enum Announce {
    /// When the hold is over (60 seconds unless set otherwise).
    AfterHold,
    /// When a reviewer announces it, for instance together with others on Fridays.
    Later,
    /// At once.
    Now,
}

/// In which capacity somebody acts on a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::submissions::phase::Letter")]
pub enum Capacity {
    /// Reviewer of its unit (of the function, after a hand-over).
    Reviewer,
    /// Manager over its unit, or its owner.
    Manager,
    /// Its author.
    Author,
    /// The passing of time, and what follows by itself.
    Scheduler,
    /// The progress of the root causes that an observation is linked to.
    Cause,
}

/// Where a decision is between made and told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::workflow::values::DecisionState")]
pub enum DecisionState {
    /// Made; seen by those who work on it; not yet told.
    Pending,
    /// A later decision within the hold took its place.
    Superseded,
    /// Told.
    Announced,
    /// Taken back before it was told.
    Undone,
}

/// Whether words to the author have to come with a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum MessageNeed {
    /// They may be given.
    Optional,
    /// They must be there; a default text is sent when none is given.
    DefaultAllowed,
    /// They must be written.
    Required,
}

/// What has to be given with a step.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct MoveNeeds {
    /// Whether a reason of the catalogue must be named.
    pub reason: bool,
    /// Whether words to the author must be there.
    pub message: MessageNeed,
    /// Whether a wake date must be named.
    pub wake_date: bool,
}

impl From<Requires> for MoveNeeds {
    fn from(needs: Requires) -> Self {
        Self {
            reason: needs.reason == Need::Required,
            message: match needs.message {
                Message::None => MessageNeed::Optional,
                Message::DefaultAllowed => MessageNeed::DefaultAllowed,
                Message::Required => MessageNeed::Required,
            },
            wake_date: needs.wake_date == Need::Required,
        }
    }
}

/// One thing that you could do with a submission now.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct AllowedMove {
    /// Where it leads.
    pub phase: Phase,
    /// In which capacity you would do it.
    pub capacity: Capacity,
    /// What has to be given with it.
    pub needs: MoveNeeds,
    /// The mutation that does it: `submissionMove`, but `submissionMerge` for MERGED, which needs
    /// the one to join with, and `submissionUnmerge` out of it.
    pub mutation: &'static str,
}

impl From<service::AllowedMove> for AllowedMove {
    fn from(allowed: service::AllowedMove) -> Self {
        Self {
            phase: allowed.to.into(),
            capacity: allowed.letter.into(),
            needs: allowed.needs.into(),
            mutation: match (allowed.from, allowed.to) {
                (_, phase::Phase::Merged) => "submissionMerge",
                (phase::Phase::Merged, _) => "submissionUnmerge",
                _ => "submissionMove",
            },
        }
    }
}

pub(super) fn batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Workflow>> {
    Ok(ctx
        .data::<DataLoader<Workflow>>()
        .map_err(|_| Fault::internal("no batches of decisions"))?)
}

fn program_batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Programs>> {
    Ok(ctx
        .data::<DataLoader<Programs>>()
        .map_err(|_| Fault::internal("no batches of programmes"))?)
}

/// What the asker may do with a submission now. Batched.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn allowed_moves(
    ctx: &Context<'_>,
    row: &submission::Model,
) -> Result<Vec<AllowedMove>> {
    let found = batches(ctx)?.load_one(AllowedOn(row.id)).await?.unwrap_or_default();
    Ok(found.into_iter().map(AllowedMove::from).collect())
}

/// The decision that is held, for those who work on the submission. Batched.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn pending(
    ctx: &Context<'_>,
    row: &submission::Model,
) -> Result<Option<Decision>> {
    let Some(id) = row.pending_decision_id else { return Ok(None) };
    Ok(ready::one(ctx, batches(ctx)?, id).await?.map(Decision))
}

/// The words of a response, with every redaction in the asker's language. Batched.
pub(crate) async fn words(
    ctx: &Context<'_>,
    id: Option<ResponseId>,
) -> Result<Option<response::Model>> {
    let Some(id) = id else { return Ok(None) };
    let found = ready::one(ctx, batches(ctx)?, id).await?;
    Ok(found.map(|row| response::Model { body: edges::told(ctx, &row.body), ..row }))
}

/// A decision.
#[derive(Clone)]
pub struct Decision(pub decision::Model);

impl Decision {
    /// By id, through the door.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<DecisionId>() else { return Ok(None) };
        Ok(query::decision_for(&scope.db(), &scope.actor, id).await?.map(Self))
    }
}

/// A decision about a submission; only those who work on the submission see it.
#[Object]
impl Decision {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The phase before.
    async fn from(&self) -> Phase {
        self.0.from_phase.into()
    }

    /// The phase after.
    async fn to(&self) -> Phase {
        self.0.to_phase.into()
    }

    /// The label after.
    async fn status(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Status>> {
        let found =
            async { Ok(program_batches(ctx)?.load_one(self.0.to_status_id).await?.map(Status)) };
        answer_or_null(found.await)
    }

    /// The reason from the catalogue.
    async fn reason(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Reason>> {
        let found = async {
            let Some(id) = self.0.reason_id else { return Ok(None) };
            Ok(program_batches(ctx)?.load_one(id).await?.map(Reason))
        };
        answer_or_null(found.await)
    }

    /// What the author is told.
    async fn message(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        let found = words(ctx, self.0.response_id).await;
        answer_or_null(found.map(|response| response.map(|response| response.body)))
    }

    /// Language of the message, BCP 47: it need not be the author's.
    async fn message_language(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        let found = words(ctx, self.0.response_id).await;
        answer_or_null(found.map(|response| response.map(|response| response.language)))
    }

    /// In which capacity it was made.
    async fn capacity(&self) -> Capacity {
        self.0.letter.into()
    }

    /// Who made it; null for the passing of time.
    async fn decided_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.0.decider_id).await)
    }

    /// Pending, superseded, announced or undone.
    async fn state(&self) -> DecisionState {
        self.0.state.into()
    }

    /// When it was made.
    async fn decided_at(&self) -> DateTime {
        self.0.decided_at.into()
    }

    /// When its hold ends; null when a reviewer has to announce it.
    async fn release_at(&self) -> Option<DateTime> {
        self.0.release_at.map(Into::into)
    }

    /// When the author of what was decided on looked at it first: by opening what they sent, or by
    /// reading in the app that it was decided. Null as long as they have not. `heard` also counts the
    /// authors of what was joined with it.
    async fn seen_at(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<DateTime>> {
        let seen = seen::seen_at(ctx, self.0.id).await;
        answer_or_null(seen.map(|at| at.map(Into::into)))
    }

    /// To how many authors it was told, those of what was joined included, and how many of them have
    /// looked at it.
    async fn heard(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<DecisionHeard>> {
        answer(seen::heard(ctx, self.0.id).await)
    }

    /// When it was announced, superseded or undone.
    async fn closed_at(&self) -> Option<DateTime> {
        self.0.closed_at.map(Into::into)
    }
}

user_errors!(WorkflowUserError, WorkflowErrorCode, "decisions and what leads to them" {
    /// Without the right that this needs.
    Forbidden,
    /// Nothing with this id is there for you.
    NotFound,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// A value is not of the right form or range.
    Invalid,
    /// Another cause has this name; `allowed` holds its id.
    Taken,
    /// It changed since it was read.
    StaleVersion,
    /// The phase machine does not allow this step; `allowed` lists the phases that it does.
    StepNotAllowed,
    /// It can no longer be undone or announced.
    TooLate,
    /// Something still depends on it.
    InUse,
    /// The client key was used with other content.
    IdempotencyKeyReused,
    /// You did this too often; wait.
    TooManyAttempts,
});

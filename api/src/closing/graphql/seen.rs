//! *Seen*, and the printed sheet for those whom no mail reaches.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use entity::id::{DecisionId, SubmissionId, UnitId};
use entity::instant::Instant;
use entity::workflow::response;

use super::{ClosingUserError, batches};
use crate::closing::loader::{HeardOf, SeenOf};
use crate::closing::service::seen as service;
use crate::graphql::list::{count_wanted, id_at};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::Person;
use crate::kit::error::Result;
use crate::kit::page::PageArgs;
use crate::programs::graphql::Phase;
use crate::submissions::graphql::edges;
use crate::submissions::graphql::types::Submission;
use crate::triage::graphql::signed_in;
use crate::workflow::graphql::decisions;
use crate::{connection, payload};

/// When the author of what was decided on looked at it first. Batched.
pub(crate) async fn seen_at(ctx: &Context<'_>, id: DecisionId) -> Result<Option<Instant>> {
    batches(ctx)?.load_one(SeenOf(id)).await
}

/// How far an answer has come among the authors to whom it was told.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct DecisionHeard {
    /// How many authors it was told to: who sent what it is about, and who sent what was joined with
    /// that when it was announced. Each counts once; whoever decided not at all. 0 before it is
    /// announced.
    pub authors: i64,
    /// How many of them have looked: by opening what they sent, or by reading in the app that it was
    /// decided.
    pub seen: i64,
}

/// To how many authors a decision was told, and how many of them have looked. Batched.
pub(crate) async fn heard(ctx: &Context<'_>, id: DecisionId) -> Result<DecisionHeard> {
    let found = batches(ctx)?.load_one(HeardOf(id)).await?.unwrap_or_default();
    Ok(DecisionHeard { authors: found.authors, seen: found.seen })
}

/// One answer for the printed sheet.
#[derive(Clone)]
pub struct SheetAnswer(pub service::Printed);

/// One answer that its author has not seen and that no mail can bring: to be told in person.
#[Object]
impl SheetAnswer {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.note.id.into()
    }

    /// Whom to tell.
    async fn person(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, Some(self.0.note.person_id)).await)
    }

    /// The reference of what they sent.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// References of what else they sent and the same words tell of, at most 20: what the resolving of
    /// one cause closed. What you may not read is not among them.
    async fn also(&self) -> &[String] {
        &self.0.also.named
    }

    /// How many those are, named in `also` or not.
    async fn also_count(&self) -> usize {
        self.0.also.named.len() + self.0.also.more
    }

    /// Where it stands, as everybody sees it.
    async fn shown_phase(&self) -> Phase {
        self.0.shown_phase.into()
    }

    /// The words to them: to the author of something that was joined with another those that tell what
    /// became of the other.
    async fn response(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        let found = decisions::words(ctx, self.0.decision.response_id).await;
        let words = |response: response::Model| match &self.0.words {
            Some(words) if response.redacted_at.is_none() => words.clone(),
            _ => response.body,
        };
        answer_or_null(found.map(|response| response.map(words)))
    }

    /// When it was announced.
    async fn announced_at(&self) -> Option<DateTime> {
        self.0.decision.closed_at.map(Into::into)
    }
}

connection!(
    SheetAnswerConnection,
    SheetAnswerEdge,
    SheetAnswer,
    "answers for the printed sheet of a unit"
);

payload!(
    /// The result of `submissionSeen`.
    SubmissionSeenPayload, ClosingUserError {
        /// The submission.
        submission: Submission,
        /// How many decisions had not been seen before.
        news: u64
    }
);

/// Something that its author has opened.
#[derive(InputObject)]
pub struct SubmissionSeenInput {
    /// What.
    pub id: ID,
}

/// Queries.
#[derive(Default)]
pub struct SeenQuery;

#[Object]
impl SeenQuery {
    /// Answers to people at home in a unit whom no mail reaches and who have not looked in the app, of
    /// the last 90 days, newest first: for the sheet that who leads the team prints. About what they
    /// sent themselves, also where it was joined with another; what they voted for or follow is told in
    /// the app alone. Only about what you may read. Needs MANAGER of the unit.
    async fn people_without_channel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which unit, with those below it.")] unit_id: ID,
        #[graphql(desc = "Rows from the front, at most 100; 25 when nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<SheetAnswerConnection>> {
        let args = PageArgs { first, after, last, before };
        let found = async {
            let unit: UnitId = id_at(&unit_id, "unitId")?;
            service::sheet(signed_in(ctx)?, unit, (&args, count_wanted(ctx))).await
        };
        answer(found.await.map(|page| SheetAnswerConnection::of(page, SheetAnswer)))
    }
}

/// Mutations.
#[derive(Default)]
pub struct SeenMutation;

#[Object]
impl SeenMutation {
    /// Says that you have opened something that you sent: what was decided about it, and about what it
    /// was joined with when that was told, counts as seen.
    /// Clients call it when they show it; nothing else is measured, and no mail is. Needs to be its
    /// author. Codes: FORBIDDEN, NOT_FOUND.
    async fn submission_seen(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What.")] input: SubmissionSeenInput,
    ) -> Option<async_graphql::Result<SubmissionSeenPayload>> {
        let done = async {
            let id: SubmissionId = id_at(&input.id, "id")?;
            service::look(signed_in(ctx)?, id).await
        };
        settle(done.await, |(row, news)| SubmissionSeenPayload::done(Submission::of(row), news))
    }
}

//! *Seen*, and the printed sheet for those whom no mail reaches.

use async_graphql::{Context, ID, InputObject, Object};
use entity::id::{DecisionId, SubmissionId, UnitId};
use entity::instant::Instant;
use entity::workflow::decision;

use super::{ClosingUserError, batches};
use crate::closing::loader::{SeenOf, SubmissionOf};
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

/// One answer for the printed sheet.
#[derive(Clone)]
pub struct SheetAnswer(pub decision::Model);

impl SheetAnswer {
    async fn about(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Option<std::sync::Arc<crate::submissions::graphql::row::Row>>> {
        batches(ctx)?.load_one(SubmissionOf(self.0.submission_id)).await
    }
}

/// One answer that its author has not seen and that no mail can bring: to be told in person.
#[Object]
impl SheetAnswer {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Whom to tell.
    async fn person(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        let found = async {
            let author = self.about(ctx).await?.and_then(|row| row.author_id);
            edges::person(ctx, author).await
        };
        answer_or_null(found.await)
    }

    /// The reference of what they sent.
    async fn reference(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        let found = self.about(ctx).await;
        answer_or_null(found.map(|row| row.map(|row| row.reference.clone())))
    }

    /// Where it stands, as everybody sees it.
    async fn shown_phase(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Phase>> {
        let found = self.about(ctx).await;
        answer_or_null(found.map(|row| row.map(|row| row.shown_phase.into())))
    }

    /// The words to the author.
    async fn response(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        let found = decisions::words(ctx, self.0.response_id).await;
        answer_or_null(found.map(|response| response.map(|response| response.body)))
    }

    /// When it was announced.
    async fn announced_at(&self) -> Option<DateTime> {
        self.0.closed_at.map(Into::into)
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
    /// the last 90 days, newest first: for the sheet that who leads the team prints. Only about what
    /// you may read. Needs MANAGER of the unit.
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
    /// Says that you have opened something that you sent: what was decided about it counts as seen.
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

//! "Is it still fixed?": the questions, the answers, the flags.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::closing::sustained;
use entity::id::SubmissionId;

use super::{ClosingUserError, batches};
use crate::closing::loader::SubmissionOf;
use crate::closing::service::sustain::{self as service, Answer, Listed};
use crate::graphql::list::{count_wanted, id_at};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::scalars::DateTime;
use crate::kit::page::PageArgs;
use crate::submissions::graphql::types::Submission;
use crate::triage::graphql::signed_in;
use crate::{connection, payload};

/// The answer to "is it still fixed?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::closing::values::SustainAnswer")]
pub enum SustainAnswer {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// Which questions are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SustainList {
    /// Those that you may answer: about what you sent, and for the units that you manage.
    ToAnswer,
    /// Those that wait for a reviewer: nobody answered within 30 days, or the unit said no.
    Flagged,
}

/// The question whether something is still fixed.
#[derive(Clone)]
pub struct SustainQuestion(pub sustained::Model);

/// The question whether something that was done 60 days ago is still fixed.
#[Object]
impl SustainQuestion {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// About what, if you may read it.
    async fn submission(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Submission>> {
        let found = async { batches(ctx)?.load_one(SubmissionOf(self.0.submission_id)).await };
        answer_or_null(found.await.map(|row| row.map(Submission::on_page)))
    }

    /// When it was announced as done.
    async fn shown_at(&self) -> DateTime {
        self.0.shown_at.into()
    }

    /// When it was asked.
    async fn asked_at(&self) -> DateTime {
        self.0.asked_at.into()
    }

    /// The answer.
    async fn answer(&self) -> Option<SustainAnswer> {
        self.0.answer.map(Into::into)
    }

    /// When it was given.
    async fn answered_at(&self) -> Option<DateTime> {
        self.0.answered_at.map(Into::into)
    }

    /// Since when it waits for a reviewer to look.
    async fn flagged_at(&self) -> Option<DateTime> {
        self.0.flagged_at.map(Into::into)
    }
}

connection!(
    SustainQuestionConnection,
    SustainQuestionEdge,
    SustainQuestion,
    "questions whether something is still fixed"
);

payload!(
    /// The result of `sustainAnswer`.
    SustainAnswerPayload, ClosingUserError {
        /// The submission as it is now.
        submission: Submission,
        /// The question with its answer.
        question: SustainQuestion
    }
);
payload!(
    /// The result of `sustainFlagClear`.
    SustainFlagClearPayload, ClosingUserError {
        /// The submission, which stays where it is.
        submission: Submission,
        /// The question, without its flag.
        question: SustainQuestion
    }
);

/// An answer to "is it still fixed?".
#[derive(InputObject)]
pub struct SustainAnswerInput {
    /// About what.
    pub submission_id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// YES or NO.
    pub answer: SustainAnswer,
    /// Words that go with the author's NO; at most 5,000 characters.
    pub text: Option<String>,
}

/// A flag to take away.
#[derive(InputObject)]
pub struct SustainFlagClearInput {
    /// Of which submission.
    pub submission_id: ID,
}

/// Queries.
#[derive(Default)]
pub struct SustainQuery;

#[Object]
impl SustainQuery {
    /// Questions whether something is still fixed, the longest asked first. For everybody who is signed
    /// in; each list holds what concerns the asker.
    async fn sustain_questions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; TO_ANSWER when nothing is said.")] list: Option<SustainList>,
        #[graphql(desc = "Rows from the front, at most 100; 25 when nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<SustainQuestionConnection>> {
        let args = PageArgs { first, after, last, before };
        let listed = match list.unwrap_or(SustainList::ToAnswer) {
            SustainList::ToAnswer => Listed::ToAnswer,
            SustainList::Flagged => Listed::Flagged,
        };
        let found =
            async { service::questions(signed_in(ctx)?, listed, (&args, count_wanted(ctx))).await };
        answer(found.await.map(|page| SustainQuestionConnection::of(page, SustainQuestion)))
    }
}

/// Mutations.
#[derive(Default)]
pub struct SustainMutation;

#[Object]
impl SustainMutation {
    /// Answers "is it still fixed?". YES moves the submission to SUSTAINED. The author's NO is "not
    /// fixed" and takes it back to IN_PROGRESS; a NO of who manages its unit asks a reviewer to look and
    /// moves nothing. Needs to be its author, or MANAGER of its unit. Codes: FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION, TOO_LATE, STEP_NOT_ALLOWED, INVALID, TOO_LONG.
    async fn sustain_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The answer.")] input: SustainAnswerInput,
    ) -> Option<async_graphql::Result<SustainAnswerPayload>> {
        let done = async {
            let cmd = Answer {
                id: id_at::<SubmissionId>(&input.submission_id, "submissionId")?,
                expected_version: input.expected_version,
                answer: input.answer.into(),
                text: input.text,
            };
            service::answer(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |(row, question)| {
            SustainAnswerPayload::done(Submission::of(row), SustainQuestion(question))
        })
    }

    /// Takes the flag of a question away: you have looked, and nothing moves. Needs the reviewer's right
    /// on the submission. Codes: FORBIDDEN, NOT_FOUND, TOO_LATE.
    async fn sustain_flag_clear(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: SustainFlagClearInput,
    ) -> Option<async_graphql::Result<SustainFlagClearPayload>> {
        let done = async {
            let id = id_at::<SubmissionId>(&input.submission_id, "submissionId")?;
            service::look(signed_in(ctx)?, id).await
        };
        settle(done.await, |(row, question)| {
            SustainFlagClearPayload::done(Submission::of(row), SustainQuestion(question))
        })
    }
}

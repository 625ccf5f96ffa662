//! What authors do with their own submissions once they are decided on.

use async_graphql::{Context, ID, InputObject, Object};

use super::decisions::WorkflowUserError;
use crate::graphql::list::id_at;
use crate::graphql::payload::settle;
use crate::kit::error::Result;
use crate::payload;
use crate::submissions::graphql::types::Submission;
use crate::triage::graphql::signed_in;
use crate::workflow::asking::{self, Ask};

payload!(
    /// The result of `questionAnswer`.
    QuestionAnswerPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionAskSecondLook`.
    SubmissionAskSecondLookPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionNotFixed`.
    SubmissionNotFixedPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionWithdraw`.
    SubmissionWithdrawPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);

/// An answer to a question.
#[derive(InputObject)]
pub struct QuestionAnswerInput {
    /// Which submission.
    pub id: ID,
    /// The answer; at most 5,000 characters. It becomes a public comment.
    pub text: String,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A wish for a second look.
#[derive(InputObject)]
pub struct SubmissionAskSecondLookInput {
    /// Which submission.
    pub id: ID,
    /// Why; at most 5,000 characters. It becomes a public comment.
    pub text: Option<String>,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// Word that something is not fixed.
#[derive(InputObject)]
pub struct SubmissionNotFixedInput {
    /// Which submission.
    pub id: ID,
    /// What is still wrong; at most 5,000 characters. It becomes a public comment.
    pub text: Option<String>,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A submission to take back.
#[derive(InputObject)]
pub struct SubmissionWithdrawInput {
    /// Which submission.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

fn ask(id: &ID, text: Option<String>, expected_version: Option<i32>) -> Result<Ask> {
    Ok(Ask { id: id_at(id, "id")?, text, expected_version })
}

/// Mutations.
#[derive(Default)]
pub struct AuthorMutation;

#[Object]
impl AuthorMutation {
    /// Answers the question that your submission waits for; it returns to where it was. Needs to be
    /// its author. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, REQUIRED, TOO_LONG,
    /// STEP_NOT_ALLOWED.
    async fn question_answer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The answer.")] input: QuestionAnswerInput,
    ) -> Option<async_graphql::Result<QuestionAnswerPayload>> {
        let done = async {
            let cmd = ask(&input.id, Some(input.text), input.expected_version)?;
            asking::answer(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| QuestionAnswerPayload::done(Submission::of(row)))
    }

    /// Asks for a second look at your declined submission, once; another reviewer looks. Needs to be
    /// its author. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, TOO_LONG, STEP_NOT_ALLOWED.
    async fn submission_ask_second_look(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission, and why.")] input: SubmissionAskSecondLookInput,
    ) -> Option<async_graphql::Result<SubmissionAskSecondLookPayload>> {
        let done = async {
            let cmd = ask(&input.id, input.text, input.expected_version)?;
            asking::ask_second_look(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| SubmissionAskSecondLookPayload::done(Submission::of(row)))
    }

    /// Says that it is not fixed, within 90 days of the announcement; it goes back to work. Needs to
    /// be its author. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, TOO_LONG, STEP_NOT_ALLOWED.
    async fn submission_not_fixed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission, and what is wrong.")] input: SubmissionNotFixedInput,
    ) -> Option<async_graphql::Result<SubmissionNotFixedPayload>> {
        let done = async {
            let cmd = ask(&input.id, input.text, input.expected_version)?;
            asking::not_fixed(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| SubmissionNotFixedPayload::done(Submission::of(row)))
    }

    /// Takes your submission back as long as nobody has decided on it, so far as you know; a decision
    /// that is still held ends with it. Needs to be its author. Codes: FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION, STEP_NOT_ALLOWED.
    async fn submission_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission.")] input: SubmissionWithdrawInput,
    ) -> Option<async_graphql::Result<SubmissionWithdrawPayload>> {
        let done = async {
            let cmd = ask(&input.id, None, input.expected_version)?;
            asking::withdraw(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| SubmissionWithdrawPayload::done(Submission::of(row)))
    }
}

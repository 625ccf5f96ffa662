//! The verbs of joining.

use async_graphql::{Context, ID, InputObject, Object};

use super::decisions::{Announce, Decision, WorkflowUserError};
use crate::graphql::list::{id_at, some_id_at};
use crate::graphql::payload::settle;
use crate::kit::error::Result;
use crate::payload;
use crate::submissions::graphql::types::Submission;
use crate::triage::graphql::signed_in;
use crate::workflow::decide::Decided;
use crate::workflow::joining::{self, Merge, Unmerge};
use crate::workflow::service::Reply;

payload!(
    /// The result of `submissionMerge`.
    SubmissionMergePayload, WorkflowUserError {
        /// The twin as it is now.
        submission: Submission,
        /// The decision, which can be undone until it is announced.
        decision: Decision
    }
);
payload!(
    /// The result of `submissionUnmerge`.
    SubmissionUnmergePayload, WorkflowUserError {
        /// The former twin as it is now.
        submission: Submission,
        /// The decision, which can be undone until it is announced.
        decision: Decision
    }
);

/// Two submissions that say the same.
#[derive(InputObject)]
pub struct SubmissionMergeInput {
    /// The twin: the one that goes on with the other.
    pub id: ID,
    /// The one that it is joined into. Where that one is joined with another itself, the one at
    /// the root counts.
    pub into_id: ID,
    /// Words to the twin's author, at most 2,000 characters; a default text when left out.
    pub message: Option<String>,
    /// A reply template in the place of the message.
    pub reply_template_id: Option<ID>,
    /// The language of the message, for instance `es`; your own when left out.
    pub message_language: Option<String>,
    /// When to tell; after the hold unless said otherwise. It counts from then on.
    #[graphql(default_with = "Announce::AfterHold")]
    pub announce: Announce,
    /// The version of the twin that you read.
    pub expected_version: Option<i32>,
    /// A fresh UUID for each joining: the same key and content is done once.
    pub client_key: Option<String>,
}

/// A joining to take back after it was announced.
#[derive(InputObject)]
pub struct SubmissionUnmergeInput {
    /// The twin.
    pub id: ID,
    /// Words to the twin's author, at most 2,000 characters.
    pub message: Option<String>,
    /// A reply template in the place of the message.
    pub reply_template_id: Option<ID>,
    /// The language of the message, for instance `es`; your own when left out.
    pub message_language: Option<String>,
    /// When to tell; after the hold unless said otherwise. It counts there until then.
    #[graphql(default_with = "Announce::AfterHold")]
    pub announce: Announce,
    /// The version of the twin that you read.
    pub expected_version: Option<i32>,
}

async fn merged(ctx: &Context<'_>, input: SubmissionMergeInput) -> Result<Decided> {
    let scope = signed_in(ctx)?;
    let cmd = Merge {
        id: id_at(&input.id, "id")?,
        into: id_at(&input.into_id, "intoId")?,
        message: input.message,
        reply: Reply {
            template: some_id_at(input.reply_template_id.as_ref(), "replyTemplateId")?,
            language: input.message_language,
            cause: None,
        },
        announce: input.announce.into(),
        expected_version: input.expected_version,
    };
    joining::merge(scope, cmd, input.client_key.as_deref()).await
}

async fn unmerged(ctx: &Context<'_>, input: SubmissionUnmergeInput) -> Result<Decided> {
    let scope = signed_in(ctx)?;
    let cmd = Unmerge {
        id: id_at(&input.id, "id")?,
        message: input.message,
        reply: Reply {
            template: some_id_at(input.reply_template_id.as_ref(), "replyTemplateId")?,
            language: input.message_language,
            cause: None,
        },
        announce: input.announce.into(),
        expected_version: input.expected_version,
    };
    joining::unmerge(scope, cmd).await
}

/// Joining.
#[derive(Default)]
pub struct JoiningMutation;

#[Object]
impl JoiningMutation {
    /// Joins a submission into another one that says the same: a decision, held and undone like any
    /// other. From its announcement on the twin shows what becomes of the other one, to its author
    /// and followers, and its votes and people count there. Nobody gains a text by it. Both must be
    /// of one kind and one audience. Needs the reviewer's right on the twin, and to read the other
    /// one without having written it. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED,
    /// INVALID (at `intoId`: itself, a circle, another kind or audience, done or taken back),
    /// TOO_LONG, IDEMPOTENCY_KEY_REUSED.
    async fn submission_merge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which two.")] input: SubmissionMergeInput,
    ) -> Option<async_graphql::Result<SubmissionMergePayload>> {
        settle(merged(ctx, input).await, |decided| {
            let decision = Decision(decided.decision);
            SubmissionMergePayload::done(Submission::of(decided.submission), decision)
        })
    }

    /// Ends a joining: the twin returns to the phase before, with what is joined into it. A
    /// reopening, held like any decision; before the announcement of the joining use
    /// `decisionUndo`. Needs the reviewer's right on the twin. Codes: FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION, STEP_NOT_ALLOWED (nothing is joined), TOO_LONG.
    async fn submission_unmerge(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which twin.")] input: SubmissionUnmergeInput,
    ) -> Option<async_graphql::Result<SubmissionUnmergePayload>> {
        settle(unmerged(ctx, input).await, |decided| {
            let decision = Decision(decided.decision);
            SubmissionUnmergePayload::done(Submission::of(decided.submission), decision)
        })
    }
}

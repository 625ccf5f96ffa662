//! The verbs of reviewers and moderators: take, set aside, accept or return a hand-over, hide, lock.

use async_graphql::{Context, Enum, ID, InputObject, Object};

use super::decisions::WorkflowUserError;
use crate::graphql::list::id_at;
use crate::graphql::payload::settle;
use crate::graphql::scalars::DateTime;
use crate::kit::error::Result;
use crate::payload;
use crate::submissions::graphql::enums::Kind;
use crate::submissions::graphql::types::Submission;
use crate::triage::graphql::signed_in;
use crate::workflow::handling::{
    self, Aim, Divided, GiveBack, Moderate, Part, Redact, Redacted, Split,
};

/// Why words were taken out, or a submission was hidden, locked or reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::workflow::values::ModerationReason")]
pub enum ModerationReason {
    /// Tells who a customer or a colleague is.
    PersonalData,
    /// Hurts somebody.
    Offensive,
    /// Should not be known outside a circle.
    Confidential,
    /// Has nothing to do with the programme.
    OffTopic,
    /// Something else; a note says what.
    Other,
}

payload!(
    /// The result of `submissionTake`.
    SubmissionTakePayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionSnooze`.
    SubmissionSnoozePayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionUnsnooze`.
    SubmissionUnsnoozePayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionHandOverAccept`.
    SubmissionHandOverAcceptPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionHandOverReturn`.
    SubmissionHandOverReturnPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionHide`.
    SubmissionHidePayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionUnhide`.
    SubmissionUnhidePayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionLock`.
    SubmissionLockPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);
payload!(
    /// The result of `submissionUnlock`.
    SubmissionUnlockPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission
    }
);

payload!(
    /// The result of `submissionRedact`.
    SubmissionRedactPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission,
        /// At how many places that you see the passages stood.
        places: i32
    }
);
payload!(
    /// The result of `submissionSplit`.
    SubmissionSplitPayload, WorkflowUserError {
        /// What was split: the first of the parts.
        submission: Submission,
        /// The new submissions, in the order of the other parts.
        parts: Vec<Submission>
    }
);
payload!(
    /// The result of `submissionSplitUndo`.
    SubmissionSplitUndoPayload, WorkflowUserError {
        /// The submission as it was before the split.
        submission: Submission
    }
);

/// Words to take out.
#[derive(InputObject)]
pub struct SubmissionRedactInput {
    /// Out of which submission.
    pub id: ID,
    /// The passages, exactly as they are written, capital letters included: at most 50 of 2 to 5,000
    /// characters. Each goes wherever it stands.
    pub passages: Vec<String>,
    /// Why.
    pub reason: ModerationReason,
    /// More about it, for those who work on it; at most 500 characters. Do not repeat the words.
    pub note: Option<String>,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// One topic of a submission.
#[derive(InputObject)]
pub struct SubmissionPartInput {
    /// Idea or observation; that of the whole unless said otherwise.
    pub kind: Option<Kind>,
    /// Title; derived from the text unless given. At most 120 characters.
    pub title: Option<String>,
    /// What of the author's text belongs to it; at most 5,000 characters.
    pub text: String,
}

/// A submission to split.
#[derive(InputObject)]
pub struct SubmissionSplitInput {
    /// Which submission.
    pub id: ID,
    /// Into what: 2 to 10 parts. The first stays under the reference of the whole.
    pub parts: Vec<SubmissionPartInput>,
    /// A key of your own making (a UUID): the same call again makes nothing twice.
    pub client_key: Option<String>,
    /// The version that you read. It, or a client key, must be there.
    pub expected_version: Option<i32>,
}

/// A split to undo.
#[derive(InputObject)]
pub struct SubmissionSplitUndoInput {
    /// What was split.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

async fn divided(ctx: &Context<'_>, input: SubmissionSplitInput) -> Result<Divided> {
    let aim = aim(&input.id, input.expected_version)?;
    let part = |part: SubmissionPartInput| Part {
        kind: part.kind.map(Into::into),
        title: part.title,
        text: part.text,
    };
    let cmd = Split { aim, parts: input.parts.into_iter().map(part).collect() };
    handling::split(signed_in(ctx)?, cmd, input.client_key.as_deref()).await
}

async fn redacted(ctx: &Context<'_>, input: SubmissionRedactInput) -> Result<Redacted> {
    let cmd = Redact {
        aim: aim(&input.id, input.expected_version)?,
        passages: input.passages,
        reason: input.reason.into(),
        note: input.note,
    };
    handling::redact(signed_in(ctx)?, cmd).await
}

/// A submission that you take care of from now on.
#[derive(InputObject)]
pub struct SubmissionTakeInput {
    /// Which submission.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A submission that is set aside.
#[derive(InputObject)]
pub struct SubmissionSnoozeInput {
    /// Which submission.
    pub id: ID,
    /// Until when the queue leaves it out: in the future, at most a year ahead.
    pub until: DateTime,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A submission that is brought back.
#[derive(InputObject)]
pub struct SubmissionUnsnoozeInput {
    /// Which submission.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A hand-over that your function takes.
#[derive(InputObject)]
pub struct SubmissionHandOverAcceptInput {
    /// Which submission.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A hand-over that your function gives back.
#[derive(InputObject)]
pub struct SubmissionHandOverReturnInput {
    /// Which submission.
    pub id: ID,
    /// Why, for those who work on it; at most 5,000 characters. It becomes an internal comment.
    pub note: String,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A submission to hide.
#[derive(InputObject)]
pub struct SubmissionHideInput {
    /// Which submission.
    pub id: ID,
    /// Why.
    pub reason: ModerationReason,
    /// More about it, for those who work on it; at most 500 characters.
    pub note: Option<String>,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A hidden submission to show again.
#[derive(InputObject)]
pub struct SubmissionUnhideInput {
    /// Which submission.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A submission to lock.
#[derive(InputObject)]
pub struct SubmissionLockInput {
    /// Which submission.
    pub id: ID,
    /// Why.
    pub reason: ModerationReason,
    /// More about it, for those who work on it; at most 500 characters.
    pub note: Option<String>,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// A locked submission to open again.
#[derive(InputObject)]
pub struct SubmissionUnlockInput {
    /// Which submission.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// The submission that is meant.
///
/// # Errors
/// NOT_FOUND at `id`.
pub(super) fn aim(id: &ID, expected_version: Option<i32>) -> Result<Aim> {
    Ok(Aim { id: id_at(id, "id")?, expected_version })
}

/// Mutations.
#[derive(Default)]
pub struct HandlingMutation;

#[Object]
impl HandlingMutation {
    /// Takes a submission: assigns it to you. The first time it goes from SUBMITTED to UNDER_REVIEW;
    /// a hand-over that was offered is accepted by it. Needs the reviewer's right on it. Codes:
    /// FORBIDDEN, NOT_FOUND, STALE_VERSION, INVALID.
    async fn submission_take(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission.")] input: SubmissionTakeInput,
    ) -> Option<async_graphql::Result<SubmissionTakePayload>> {
        let done = async {
            handling::take(signed_in(ctx)?, aim(&input.id, input.expected_version)?).await
        };
        settle(done.await, |row| SubmissionTakePayload::done(Submission::of(row)))
    }

    /// Sets a submission aside: the queue leaves it out until a moment, then it is back by itself;
    /// it is back at once when its author does something. Its clocks go on. Needs the reviewer's
    /// right on it. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, INVALID.
    async fn submission_snooze(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission, and until when.")] input: SubmissionSnoozeInput,
    ) -> Option<async_graphql::Result<SubmissionSnoozePayload>> {
        let done = async {
            let aim = aim(&input.id, input.expected_version)?;
            handling::snooze(signed_in(ctx)?, aim, input.until.0).await
        };
        settle(done.await, |row| SubmissionSnoozePayload::done(Submission::of(row)))
    }

    /// Brings a submission that was set aside back into the queue. Needs the reviewer's right on it.
    /// Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION.
    async fn submission_unsnooze(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission.")] input: SubmissionUnsnoozeInput,
    ) -> Option<async_graphql::Result<SubmissionUnsnoozePayload>> {
        let done = async {
            handling::unsnooze(signed_in(ctx)?, aim(&input.id, input.expected_version)?).await
        };
        settle(done.await, |row| SubmissionUnsnoozePayload::done(Submission::of(row)))
    }

    /// Takes what was handed over to your function. Needs the reviewer's right on the function.
    /// Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED.
    async fn submission_hand_over_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission.")] input: SubmissionHandOverAcceptInput,
    ) -> Option<async_graphql::Result<SubmissionHandOverAcceptPayload>> {
        let done = async {
            handling::accept(signed_in(ctx)?, aim(&input.id, input.expected_version)?).await
        };
        settle(done.await, |row| SubmissionHandOverAcceptPayload::done(Submission::of(row)))
    }

    /// Gives what was handed over to your function back to the queue of its own unit, with a note.
    /// Needs the reviewer's right on the function. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION,
    /// STEP_NOT_ALLOWED, REQUIRED, TOO_LONG.
    async fn submission_hand_over_return(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission, and why.")] input: SubmissionHandOverReturnInput,
    ) -> Option<async_graphql::Result<SubmissionHandOverReturnPayload>> {
        let done = async {
            let aim = aim(&input.id, input.expected_version)?;
            handling::give_back(signed_in(ctx)?, GiveBack { aim, note: input.note }).await
        };
        settle(done.await, |row| SubmissionHandOverReturnPayload::done(Submission::of(row)))
    }

    /// Hides a submission: from then on only its author, those who work on it and moderators read
    /// it. Needs the right of a reviewer, or of a moderator of ideas, on it; never on an own one.
    /// Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, INVALID, TOO_LONG.
    async fn submission_hide(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission, and why.")] input: SubmissionHideInput,
    ) -> Option<async_graphql::Result<SubmissionHidePayload>> {
        let done = async {
            let aim = aim(&input.id, input.expected_version)?;
            let cmd = Moderate { aim, reason: input.reason.into(), note: input.note };
            handling::hide(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| SubmissionHidePayload::done(Submission::of(row)))
    }

    /// Shows a hidden submission again to those whom the rules admit. Needs the right of a reviewer,
    /// or of a moderator of ideas, on it; never on an own one. Codes: FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION.
    async fn submission_unhide(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission.")] input: SubmissionUnhideInput,
    ) -> Option<async_graphql::Result<SubmissionUnhidePayload>> {
        let done = async {
            let aim = aim(&input.id, input.expected_version)?;
            let act = entity::workflow::values::ModerationAct::Hidden;
            handling::lift(signed_in(ctx)?, aim, act).await
        };
        settle(done.await, |row| SubmissionUnhidePayload::done(Submission::of(row)))
    }

    /// Locks a submission: public comments and votes are closed, for everybody. Needs the right of a
    /// reviewer, or of a moderator of ideas, on it; never on an own one. Codes: FORBIDDEN,
    /// NOT_FOUND, STALE_VERSION, INVALID, TOO_LONG.
    async fn submission_lock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission, and why.")] input: SubmissionLockInput,
    ) -> Option<async_graphql::Result<SubmissionLockPayload>> {
        let done = async {
            let aim = aim(&input.id, input.expected_version)?;
            let cmd = Moderate { aim, reason: input.reason.into(), note: input.note };
            handling::lock(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| SubmissionLockPayload::done(Submission::of(row)))
    }

    /// Opens a locked submission for comments and votes again. Needs the right of a reviewer, or of
    /// a moderator of ideas, on it; never on an own one. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION.
    async fn submission_unlock(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission.")] input: SubmissionUnlockInput,
    ) -> Option<async_graphql::Result<SubmissionUnlockPayload>> {
        let done = async {
            let aim = aim(&input.id, input.expected_version)?;
            let act = entity::workflow::values::ModerationAct::Locked;
            handling::lift(signed_in(ctx)?, aim, act).await
        };
        settle(done.await, |row| SubmissionUnlockPayload::done(Submission::of(row)))
    }

    /// Takes words out, wherever they stand on a submission: in all revisions of its words (and of
    /// what it was split into or from), in comments, responses and notes, in names of photos, in the
    /// search, and in mails that were not sent yet. A mark stays in their place. It cannot be undone.
    /// Needs the right of a reviewer, or of a moderator of ideas, on it; never on an own one. Codes:
    /// FORBIDDEN, NOT_FOUND, STALE_VERSION, REQUIRED, TOO_LONG, INVALID.
    async fn submission_redact(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which words, and why.")] input: SubmissionRedactInput,
    ) -> Option<async_graphql::Result<SubmissionRedactPayload>> {
        settle(redacted(ctx, input).await, |done| {
            let places = i32::try_from(done.places).unwrap_or(i32::MAX);
            SubmissionRedactPayload::done(Submission::of(done.submission), places)
        })
    }

    /// Splits one submission into several, each with the same author, followers and readers. What was
    /// sent stays the first part, with its reference, photos, votes, comments and links, and its
    /// former words as a revision. Only what nobody has decided on. Needs the reviewer's right on it.
    /// Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED, IN_USE, REQUIRED, TOO_LONG,
    /// INVALID, IDEMPOTENCY_KEY_REUSED.
    async fn submission_split(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission, and into what.")] input: SubmissionSplitInput,
    ) -> Option<async_graphql::Result<SubmissionSplitPayload>> {
        settle(divided(ctx, input).await, |done| {
            let parts = done.parts.into_iter().map(Submission::of).collect();
            SubmissionSplitPayload::done(Submission::of(done.submission), parts)
        })
    }

    /// Undoes the latest split of a submission, as long as nothing happened to any of its parts: the
    /// new ones are gone, the first is what it was. Needs the reviewer's right on it. Codes:
    /// FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED, TOO_LATE.
    async fn submission_split_undo(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which submission.")] input: SubmissionSplitUndoInput,
    ) -> Option<async_graphql::Result<SubmissionSplitUndoPayload>> {
        let done = async {
            let aim = aim(&input.id, input.expected_version)?;
            handling::undo_split(signed_in(ctx)?, aim).await
        };
        settle(done.await, |row| SubmissionSplitUndoPayload::done(Submission::of(row)))
    }
}

//! The verbs of deciding: move, undo, announce, link to a cause.

use async_graphql::{Context, ID, InputObject, Object};

use super::decisions::{Announce, Decision, WorkflowUserError};
use crate::graphql::list::{at_most, id_at, some_id_at};
use crate::graphql::payload::settle;
use crate::graphql::scalars::Date;
use crate::kit::error::Result;
use crate::payload;
use crate::programs::graphql::Phase;
use crate::submissions::graphql::types::Submission;
use crate::triage::causes::graphql::verbs::{CauseCreateInput, causes_at};
use crate::triage::causes::graphql::{Cause, CauseLink, made};
use crate::triage::graphql::signed_in;
use crate::workflow::linking::{self, Link, Linked};
use crate::workflow::service::{self, Move, Reply};
use crate::workflow::{announce, undo};

/// Most decisions announced in one call.
const MOST_ANNOUNCED: usize = 100;

payload!(
    /// The result of `submissionMove`.
    SubmissionMovePayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission,
        /// The decision, which can be undone until it is announced.
        decision: Decision
    }
);
payload!(
    /// The result of `decisionUndo`.
    DecisionUndoPayload, WorkflowUserError {
        /// The submission as it was before the decision.
        submission: Submission
    }
);
payload!(
    /// The result of `decisionAnnounce`.
    DecisionAnnouncePayload, WorkflowUserError {
        /// The decisions, announced.
        decisions: Vec<Decision>,
        /// Their submissions, in the same order.
        submissions: Vec<Submission>
    }
);
payload!(
    /// The result of `causeLink`.
    CauseLinkPayload, WorkflowUserError {
        /// The submission as it is now.
        submission: Submission,
        /// The links that were not there before.
        links: Vec<CauseLink>,
        /// The causes that were named on the way: none, or the one.
        named: Vec<Cause>
    }
);

/// A step of a submission.
#[derive(InputObject)]
pub struct SubmissionMoveInput {
    /// Which submission.
    pub id: ID,
    /// Where it is to go; the present phase to change only the label.
    pub to: Phase,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// A reason of the catalogue, by code or id. DECLINED and DEFERRED need one.
    pub reason: Option<String>,
    /// Words to the author, at most 2,000 characters. DECLINED, DEFERRED and NEEDS_INFO (the
    /// question) need them; IMPLEMENTED has a default text.
    pub message: Option<String>,
    /// A reply template in the place of the message: its fields are filled for the author now, in
    /// the author's language if the template has it.
    pub reply_template_id: Option<ID>,
    /// Language of `message`, BCP 47; your own unless said otherwise.
    pub message_language: Option<String>,
    /// The label inside the phase; the phase's own one unless said otherwise.
    pub status_id: Option<ID>,
    /// The day on which it is looked at again. DEFERRED needs one after today.
    pub wake_on: Option<Date>,
    /// When to tell; after the hold unless said otherwise.
    #[graphql(default_with = "Announce::AfterHold")]
    pub announce: Announce,
    /// The next date that the author is promised, today or later.
    pub promised_on: Option<Date>,
}

/// A decision to take back.
#[derive(InputObject)]
pub struct DecisionUndoInput {
    /// Which decision.
    pub id: ID,
    /// The version of the submission that you read.
    pub expected_version: Option<i32>,
}

/// Decisions to announce.
#[derive(InputObject)]
pub struct DecisionAnnounceInput {
    /// Which decisions, at most 100; all of them or none.
    pub ids: Vec<ID>,
}

/// Links to make.
#[derive(InputObject)]
pub struct CauseLinkInput {
    /// From which submission.
    pub submission_id: ID,
    /// To which causes, at most 20.
    #[graphql(default)]
    pub cause_ids: Vec<ID>,
    /// A cause to name on the way.
    pub new_cause: Option<CauseCreateInput>,
    /// Why you think so, for those who work on it; at most 1,000 characters.
    pub note: Option<String>,
    /// Words to the author where the link moves the submission, at most 2,000 characters.
    pub message: Option<String>,
    /// A reply template in the place of the message, where the link moves the submission: its fields
    /// are filled for the author now, in the author's language if the template has it.
    pub reply_template_id: Option<ID>,
    /// Language of `message`, BCP 47; your own unless said otherwise.
    pub message_language: Option<String>,
    /// When to tell; after the hold unless said otherwise.
    #[graphql(default_with = "Announce::AfterHold")]
    pub announce: Announce,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

fn move_of(input: SubmissionMoveInput) -> Result<Move> {
    Ok(Move {
        id: id_at(&input.id, "id")?,
        to: input.to.into(),
        expected_version: input.expected_version,
        reason: input.reason,
        message: input.message,
        reply: Reply {
            template: some_id_at(input.reply_template_id.as_ref(), "replyTemplateId")?,
            language: input.message_language,
            cause: None,
        },
        status: some_id_at(input.status_id.as_ref(), "statusId")?,
        wake_on: input.wake_on.map(|day| day.0),
        announce: input.announce.into(),
        promised_on: input.promised_on.map(|day| day.0),
    })
}

async fn announced(
    ctx: &Context<'_>,
    input: DecisionAnnounceInput,
) -> Result<(Vec<Decision>, Vec<Submission>)> {
    let scope = signed_in(ctx)?;
    at_most(&input.ids, MOST_ANNOUNCED, "ids")?;
    let ids = input.ids.iter().map(|id| id_at(id, "ids")).collect::<Result<_>>()?;
    let told = announce::announce_now(scope, ids).await?;
    Ok(told.into_iter().map(|(row, decision)| (Decision(decision), Submission::of(row))).unzip())
}

async fn linked(ctx: &Context<'_>, input: CauseLinkInput) -> Result<Linked> {
    let scope = signed_in(ctx)?;
    let link = Link {
        submission: id_at(&input.submission_id, "submissionId")?,
        causes: causes_at(&input.cause_ids, "causeIds")?,
        new_cause: input.new_cause.map(CauseCreateInput::meant).transpose()?,
        note: input.note,
        message: input.message,
        reply: Reply {
            template: some_id_at(input.reply_template_id.as_ref(), "replyTemplateId")?,
            language: input.message_language,
            cause: None,
        },
        announce: input.announce.into(),
        expected_version: input.expected_version,
    };
    linking::link(scope, link).await
}

/// Mutations.
#[derive(Default)]
pub struct MoveMutation;

#[Object]
impl MoveMutation {
    /// Moves a submission one step along its way. Needs a right that the step asks for; see
    /// `allowedMoves`. Joining names another one: `submissionMerge` leads to MERGED. Codes:
    /// FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED, REQUIRED, TOO_LONG, INVALID.
    async fn submission_move(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which step.")] input: SubmissionMoveInput,
    ) -> Option<async_graphql::Result<SubmissionMovePayload>> {
        let done = async { service::move_to(signed_in(ctx)?, move_of(input)?).await };
        settle(done.await, |decided| {
            SubmissionMovePayload::done(
                Submission::of(decided.submission),
                Decision(decided.decision),
            )
        })
    }

    /// Takes back a decision that was not announced yet, with all that came with it; several within
    /// one hold go together. Needs a right with which it could have been made. Codes: FORBIDDEN,
    /// NOT_FOUND, STALE_VERSION, TOO_LATE.
    async fn decision_undo(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which decision.")] input: DecisionUndoInput,
    ) -> Option<async_graphql::Result<DecisionUndoPayload>> {
        let done = async {
            let id = id_at(&input.id, "id")?;
            undo::undo(signed_in(ctx)?, id, input.expected_version).await
        };
        settle(done.await, |row| DecisionUndoPayload::done(Submission::of(row)))
    }

    /// Announces decisions that are held, together or not at all. Needs the reviewer's right on
    /// each submission. Codes: FORBIDDEN, NOT_FOUND, TOO_LATE.
    async fn decision_announce(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which decisions.")] input: DecisionAnnounceInput,
    ) -> Option<async_graphql::Result<DecisionAnnouncePayload>> {
        settle(announced(ctx, input).await, |(decisions, submissions)| {
            DecisionAnnouncePayload::done(decisions, submissions)
        })
    }

    /// Links a submission to root causes, one of them named on the way if need be. By it an
    /// observation is accepted, and an idea that nobody had taken up is looked at: a decision, held
    /// like any other. A person's word takes the place of a rule's or a model's. Needs the reviewer's
    /// right on the submission. An integration with the scopes content and link links as a model,
    /// which moves nothing; it names no cause and tells nobody. Codes: FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION, REQUIRED, TOO_LONG, INVALID, TAKEN.
    async fn cause_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which links.")] input: CauseLinkInput,
    ) -> Option<async_graphql::Result<CauseLinkPayload>> {
        settle(linked(ctx, input).await, |linked| {
            let links = made(&linked.submission, linked.links);
            let named = linked.new_cause.map(Cause).into_iter().collect();
            CauseLinkPayload::done(Submission::of(linked.submission), links, named)
        })
    }
}

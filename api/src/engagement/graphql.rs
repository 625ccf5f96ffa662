//! Surface of votes and follows.

use async_graphql::{Context, ID, InputObject, Object};
use entity::id::SubmissionId;
use entity::identity::values::VoteFollows;

use super::me_too::{self, Which};
use super::service;
use crate::graphql::list::id_at;
use crate::graphql::payload::{Payload, scope, settle};
use crate::kit::error::{Code, Refusal, Result};
use crate::submissions::graphql::Submission;
use crate::{payload, user_errors};

user_errors!(EngagementUserError, EngagementErrorCode, "voting and following" {
    /// Not there, or not yours to see.
    NotFound,
    /// Neither a submission nor an offer was named.
    Required,
    /// An own one, an observation where ideas are meant, or an offer that is over.
    Invalid,
    /// Voting is over.
    TooLate,
});

payload! {
    /// Result of `submissionVote`.
    SubmissionVotePayload, EngagementUserError {
        /// The idea with its votes as they are now.
        submission: Submission,
    }
}

payload! {
    /// Result of `submissionUnvote`.
    SubmissionUnvotePayload, EngagementUserError {
        /// The idea with its votes as they are now.
        submission: Submission,
    }
}

payload! {
    /// Result of `submissionFollow`.
    SubmissionFollowPayload, EngagementUserError {
        /// What is followed.
        submission: Submission,
    }
}

/// Result of `submissionUnfollow`.
#[derive(async_graphql::SimpleObject)]
pub struct SubmissionUnfollowPayload {
    /// What is no longer followed; null when you may not read it any more.
    pub submission: Option<Submission>,
    /// What a person can mend; empty when it worked.
    pub user_errors: Vec<EngagementUserError>,
}

impl Payload for SubmissionUnfollowPayload {
    fn refused(refusal: &Refusal) -> Option<Self> {
        let error = EngagementUserError::of(refusal)?;
        Some(Self { submission: None, user_errors: vec![error] })
    }
}

/// Result of `submissionMeToo`.
#[derive(async_graphql::SimpleObject)]
pub struct SubmissionMeTooPayload {
    /// What it was said to; null for an offer, and when you may not read it.
    pub submission: Option<Submission>,
    /// What a person can mend; empty when it worked.
    pub user_errors: Vec<EngagementUserError>,
}

impl Payload for SubmissionMeTooPayload {
    fn refused(refusal: &Refusal) -> Option<Self> {
        let error = EngagementUserError::of(refusal)?;
        Some(Self { submission: None, user_errors: vec![error] })
    }
}

/// Result of `submissionMeTooUndo`.
#[derive(async_graphql::SimpleObject)]
pub struct SubmissionMeTooUndoPayload {
    /// What it was said to; null for an offer, and when you may not read it.
    pub submission: Option<Submission>,
    /// What a person can mend; empty when it worked.
    pub user_errors: Vec<EngagementUserError>,
}

impl Payload for SubmissionMeTooUndoPayload {
    fn refused(refusal: &Refusal) -> Option<Self> {
        let error = EngagementUserError::of(refusal)?;
        Some(Self { submission: None, user_errors: vec![error] })
    }
}

payload! {
    /// Result of `voteFollowsSet`.
    VoteFollowsSetPayload, EngagementUserError {
        /// Whether your votes follow from now on.
        follows: bool,
    }
}

/// A vote is cast.
#[derive(Clone, Debug, InputObject)]
pub struct SubmissionVoteInput {
    /// The idea.
    pub submission_id: ID,
}

/// A vote is taken back.
#[derive(Clone, Debug, InputObject)]
pub struct SubmissionUnvoteInput {
    /// The idea.
    pub submission_id: ID,
}

/// A submission is followed.
#[derive(Clone, Debug, InputObject)]
pub struct SubmissionFollowInput {
    /// The idea or observation.
    pub submission_id: ID,
}

/// A follow ends.
#[derive(Clone, Debug, InputObject)]
pub struct SubmissionUnfollowInput {
    /// The idea or observation.
    pub submission_id: ID,
}

/// "Me too" to something that was said before: name exactly one.
#[derive(Clone, Debug, InputObject)]
pub struct SubmissionMeTooInput {
    /// A submission that you may read.
    pub submission_id: Option<ID>,
    /// The token of an offer of `similarSubmissions`.
    pub token: Option<String>,
}

/// "Me too" is taken back: name exactly one.
#[derive(Clone, Debug, InputObject)]
pub struct SubmissionMeTooUndoInput {
    /// The submission.
    pub submission_id: Option<ID>,
    /// The token of an offer of `similarSubmissions`.
    pub token: Option<String>,
}

fn which(id: Option<ID>, token: Option<String>) -> Result<Which> {
    match (id, token) {
        (Some(id), None) => Ok(Which::Known(named(&id)?)),
        (None, Some(token)) => Ok(Which::Offered(token)),
        _ => {
            let cure = "Name what you mean: either `submissionId` or `token`.";
            Err(Refusal::new(Code::Required, "submissionId", cure).into())
        }
    }
}

/// Whether votes follow.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct VoteFollowsSetInput {
    /// True: a vote also follows, as it does unless you switch it off.
    pub follows: bool,
}

/// The id in the input of a verb.
fn named(id: &ID) -> Result<SubmissionId> {
    id_at(id, "submissionId")
}

/// Voting and following.
#[derive(Default)]
pub struct EngagementMutation;

#[Object]
impl EngagementMutation {
    /// Votes for somebody else's idea and, unless you switched that off, follows it. Voting twice
    /// counts once. Nobody is told who voted. Needs a person who may read the idea. Codes:
    /// NOT_FOUND, INVALID (an own idea, an observation), TOO_LATE (it has its answer).
    async fn submission_vote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The idea.")] input: SubmissionVoteInput,
    ) -> Option<async_graphql::Result<SubmissionVotePayload>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let result = match named(&input.submission_id) {
            Ok(id) => service::vote(scope, id).await,
            Err(refusal) => Err(refusal),
        };
        settle(result, |idea| SubmissionVotePayload::done(Submission::of(idea)))
    }

    /// Takes a vote back, and the follow that came with it. Without a vote nothing happens. Needs
    /// a person who may read the idea. Codes: NOT_FOUND, INVALID, TOO_LATE.
    async fn submission_unvote(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The idea.")] input: SubmissionUnvoteInput,
    ) -> Option<async_graphql::Result<SubmissionUnvotePayload>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let result = match named(&input.submission_id) {
            Ok(id) => service::unvote(scope, id).await,
            Err(refusal) => Err(refusal),
        };
        settle(result, |idea| SubmissionUnvotePayload::done(Submission::of(idea)))
    }

    /// Says "me too" to an idea or observation of somebody else: one more person behind it, counted
    /// once and never told by name. Follows it unless you switched that off. For an offer the answer
    /// is always the same, whatever became of it. Needs a person; to read the submission, unless it
    /// was offered. Codes: NOT_FOUND, REQUIRED (name one), INVALID (an own one, an offer that is
    /// over), TOO_LATE (it has its answer).
    async fn submission_me_too(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "To what.")] input: SubmissionMeTooInput,
    ) -> Option<async_graphql::Result<SubmissionMeTooPayload>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let done = async { me_too::say(scope, which(input.submission_id, input.token)?).await };
        settle(done.await, |row| SubmissionMeTooPayload {
            submission: row.map(Submission::of),
            user_errors: Vec::new(),
        })
    }

    /// Takes "me too" back, and the follow that came with it; also from what you may not read.
    /// Without one nothing happens. Needs a person. Codes: NOT_FOUND, REQUIRED, INVALID, TOO_LATE.
    async fn submission_me_too_undo(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From what.")] input: SubmissionMeTooUndoInput,
    ) -> Option<async_graphql::Result<SubmissionMeTooUndoPayload>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let done =
            async { me_too::take_back(scope, which(input.submission_id, input.token)?).await };
        settle(done.await, |row| SubmissionMeTooUndoPayload {
            submission: row.map(Submission::of),
            user_errors: Vec::new(),
        })
    }

    /// Follows a submission: its announced steps come to you. Needs a person who may read it.
    /// Codes: NOT_FOUND.
    async fn submission_follow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The idea or observation.")] input: SubmissionFollowInput,
    ) -> Option<async_graphql::Result<SubmissionFollowPayload>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let result = match named(&input.submission_id) {
            Ok(id) => service::follow(scope, id).await,
            Err(refusal) => Err(refusal),
        };
        settle(result, |submission| SubmissionFollowPayload::done(Submission::of(submission)))
    }

    /// Follows a submission no longer, also one that you may not read any more. Needs a person.
    /// Codes: NOT_FOUND.
    async fn submission_unfollow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The idea or observation.")] input: SubmissionUnfollowInput,
    ) -> Option<async_graphql::Result<SubmissionUnfollowPayload>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let result = match named(&input.submission_id) {
            Ok(id) => service::unfollow(scope, id).await,
            Err(refusal) => Err(refusal),
        };
        settle(result, |readable| SubmissionUnfollowPayload {
            submission: readable.map(Submission::of),
            user_errors: Vec::new(),
        })
    }

    /// Chooses whether your later votes also follow. Needs a person. No codes.
    async fn vote_follows_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The choice.")] input: VoteFollowsSetInput,
    ) -> Option<async_graphql::Result<VoteFollowsSetPayload>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let choice = if input.follows { VoteFollows::Yes } else { VoteFollows::No };
        let result = service::set_vote_follows(scope, choice).await;
        settle(result, |kept| VoteFollowsSetPayload::done(kept == VoteFollows::Yes))
    }
}

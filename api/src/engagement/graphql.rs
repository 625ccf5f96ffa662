//! Surface of votes and follows.

use async_graphql::{Context, ID, InputObject, Object};
use entity::id::SubmissionId;
use entity::identity::values::VoteFollows;

use super::service;
use crate::graphql::list::id_at;
use crate::graphql::payload::{Payload, scope, settle};
use crate::kit::error::{Refusal, Result};
use crate::submissions::graphql::Submission;
use crate::{payload, user_errors};

user_errors!(EngagementUserError, EngagementErrorCode, "voting and following" {
    /// Not there, or not yours to see.
    NotFound,
    /// An own idea, or an observation.
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

//! What people do with what others sent.

use entity::id::SubmissionId;
use entity::identity::values::VoteFollows;
use entity::submissions::submission;

use super::query::{Count, Mark, Written};
use super::{facts, policy, query};
use crate::kit::error::{OrNotFound, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::reach::service as reach;
use crate::submissions::query::locked;

/// "I want this too." Votes for an idea of somebody else, and follows it unless the voter has
/// switched that off. Voting twice is voting once.
///
/// # Errors
/// NOT_FOUND, INVALID, TOO_LATE: see [`policy::may_vote`].
pub async fn vote(scope: &Scope, id: SubmissionId) -> Result<submission::Model> {
    let mark = Mark { submission: id, person: scope.actor.require_person()? };
    let mut tx = scope.begin().await?;
    let idea = locked(&tx, &scope.actor, id).await?.or_not_found("submissionId")?;
    policy::may_vote(mark.person, &idea)?;
    let behind = reach::before_vote(&tx, &idea, mark.person).await?;
    if query::add_vote(&tx, mark, scope.now).await? == Written::Unchanged {
        return Ok(idea);
    }
    if query::vote_follows(&tx, mark.person).await? == VoteFollows::Yes
        && query::follow_by_vote(&tx, mark, scope.now).await? == Written::Changed
    {
        tx.state(facts::follow_begun(id));
    }
    let idea = counted(&tx, idea, Count::Up).await?;
    reach::settle(&tx, behind).await?;
    tx.state(facts::vote_cast(id));
    tx.commit(idea).await
}

/// Takes a vote back, and with it the follow that came with it. Without a vote nothing happens.
///
/// # Errors
/// As [`vote`].
pub async fn unvote(scope: &Scope, id: SubmissionId) -> Result<submission::Model> {
    let mark = Mark { submission: id, person: scope.actor.require_person()? };
    let mut tx = scope.begin().await?;
    let idea = locked(&tx, &scope.actor, id).await?.or_not_found("submissionId")?;
    policy::may_vote(mark.person, &idea)?;
    let behind = reach::before_vote(&tx, &idea, mark.person).await?;
    if query::remove_vote(&tx, mark).await? == Written::Unchanged {
        return Ok(idea);
    }
    if query::unfollow_vote(&tx, mark).await? == Written::Changed {
        tx.state(facts::follow_ended(id));
    }
    let idea = counted(&tx, idea, Count::Down).await?;
    reach::settle(&tx, behind).await?;
    tx.state(facts::vote_withdrawn(id));
    tx.commit(idea).await
}

/// The row is locked, so what was read plus the step is what stands there now.
async fn counted(tx: &Tx, idea: submission::Model, count: Count) -> Result<submission::Model> {
    query::count_vote(tx, idea.id, count).await?;
    Ok(submission::Model { vote_count: idea.vote_count + count.step(), ..idea })
}

/// "Tell me what becomes of this." Follows a submission that the asker may read.
///
/// # Errors
/// NOT_FOUND.
pub async fn follow(scope: &Scope, id: SubmissionId) -> Result<submission::Model> {
    let mark = Mark { submission: id, person: scope.actor.require_person()? };
    let mut tx = scope.begin().await?;
    let submission = locked(&tx, &scope.actor, id).await?.or_not_found("submissionId")?;
    let before = query::follow_of(&tx, mark).await?;
    query::follow_by_wish(&tx, mark, scope.now).await?;
    if before.is_none() {
        tx.state(facts::follow_begun(id));
    }
    tx.commit(submission).await
}

/// "No more of this." Ends a follow, also of a submission that the follower may not read any more;
/// then there is nothing to hand back.
///
/// # Errors
/// NOT_FOUND when it is neither readable nor followed.
pub async fn unfollow(scope: &Scope, id: SubmissionId) -> Result<Option<submission::Model>> {
    let mark = Mark { submission: id, person: scope.actor.require_person()? };
    let mut tx = scope.begin().await?;
    let submission = locked(&tx, &scope.actor, id).await?;
    let ended = query::unfollow(&tx, mark).await?;
    match (ended, &submission) {
        (Written::Unchanged, None) => Err(Refusal::not_found("submissionId").into()),
        (Written::Unchanged, Some(_)) => Ok(submission),
        (Written::Changed, _) => {
            tx.state(facts::follow_ended(id));
            tx.commit(submission).await
        }
    }
}

/// "My votes shall (not) follow." Holds for later votes; what is followed already stays.
///
/// # Errors
/// FORBIDDEN for integrations, which do not vote.
pub async fn set_vote_follows(scope: &Scope, choice: VoteFollows) -> Result<VoteFollows> {
    let person = scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    if query::set_vote_follows(&tx, person, choice).await? == Written::Changed {
        tx.state(facts::vote_follows_set(person, choice));
    }
    tx.commit(choice).await
}

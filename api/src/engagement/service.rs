//! What people do with what others sent.

use entity::id::{PersonId, SubmissionId};
use entity::identity::values::VoteFollows;
use entity::submissions::phase::Phase;
use entity::submissions::submission;

use super::query::{Mark, Written};
use super::{facts, policy, query};
use crate::kit::error::{OrNotFound, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::reach::service as reach;
use crate::submissions::joining::query::{self as groups, VoteIn};
use crate::submissions::query::locked;

/// "I want this too." Votes for an idea of somebody else, and follows it unless the voter has
/// switched that off. Voting twice is voting once. A vote for a twin stays with the twin and counts
/// at the canonical one.
///
/// # Errors
/// NOT_FOUND, INVALID, TOO_LATE: see [`policy::may_vote`].
pub async fn vote(scope: &Scope, id: SubmissionId) -> Result<submission::Model> {
    let person = scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    groups::unchanged(&tx).await?;
    let idea = locked(&tx, &scope.actor, id).await?.or_not_found("submissionId")?;
    let ballot = Ballot::of(&tx, idea).await?;
    policy::may_vote(person, &ballot.home, ballot.shown_phase())?;
    let idea = ballot.cast(&mut tx, scope, person).await?;
    tx.commit(idea).await
}

/// Takes a vote back, and with it the follow that came with it. Without a vote nothing happens.
///
/// # Errors
/// As [`vote`].
pub async fn unvote(scope: &Scope, id: SubmissionId) -> Result<submission::Model> {
    let person = scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    groups::unchanged(&tx).await?;
    let idea = locked(&tx, &scope.actor, id).await?.or_not_found("submissionId")?;
    let ballot = Ballot::of(&tx, idea).await?;
    policy::may_vote(person, &ballot.home, ballot.shown_phase())?;
    let idea = ballot.take_back(&mut tx, person).await?;
    tx.commit(idea).await
}

/// What is voted for, with the one at which it counts. Both rows are locked.
pub(super) struct Ballot {
    /// What the vote is for.
    pub(super) home: submission::Model,
    /// The canonical one, where that is another.
    root: Option<submission::Model>,
}

impl Ballot {
    /// The home row is locked; the canonical one is locked here, after it.
    pub(super) async fn of(tx: &Tx, home: submission::Model) -> Result<Self> {
        let root = match home.canonical_id {
            Some(root) => groups::root_locked(tx, root).await?,
            None => None,
        };
        Ok(Self { home, root })
    }

    /// The phase that everybody sees; of a twin, the one that it mirrors.
    pub(super) fn shown_phase(&self) -> Phase {
        self.root.as_ref().unwrap_or(&self.home).shown_phase
    }

    /// Writes the vote, the follow that comes with it, and the counters.
    pub(super) async fn cast(
        self,
        tx: &mut Tx,
        scope: &Scope,
        person: PersonId,
    ) -> Result<submission::Model> {
        let mark = Mark { submission: self.home.id, person };
        let behind = reach::before_vote(&*tx, &self.home, person).await?;
        if query::add_vote(tx, mark, scope.now).await? == Written::Unchanged {
            return Ok(self.home);
        }
        if query::vote_follows(tx, person).await? == VoteFollows::Yes
            && query::follow_by_vote(tx, mark, scope.now).await? == Written::Changed
        {
            tx.state(facts::follow_begun(mark.submission));
        }
        let home = self.counted(tx, person, Count::Up).await?;
        reach::settle(&*tx, behind).await?;
        tx.state(facts::vote_cast(mark.submission));
        Ok(home)
    }

    /// Takes the vote away, the follow that came with it, and counts.
    pub(super) async fn take_back(
        self,
        tx: &mut Tx,
        person: PersonId,
    ) -> Result<submission::Model> {
        let mark = Mark { submission: self.home.id, person };
        let behind = reach::before_vote(&*tx, &self.home, person).await?;
        if query::remove_vote(tx, mark).await? == Written::Unchanged {
            return Ok(self.home);
        }
        if query::unfollow_vote(tx, mark).await? == Written::Changed {
            tx.state(facts::follow_ended(mark.submission));
        }
        let home = self.counted(tx, person, Count::Down).await?;
        reach::settle(&*tx, behind).await?;
        tx.state(facts::vote_withdrawn(mark.submission));
        Ok(home)
    }

    /// A twin counts its own votes; the canonical one counts people of the group, each once, and
    /// not its own author.
    async fn counted(self, tx: &Tx, person: PersonId, count: Count) -> Result<submission::Model> {
        let step = count.step();
        let root = self.root.as_ref().unwrap_or(&self.home);
        let vote_in = VoteIn { root: root.id, home: self.home.id, person };
        let counts_here =
            root.author_id != Some(person) && !groups::counts_without(tx, vote_in).await?;
        if counts_here {
            groups::add_vote(tx, root.id, step).await?;
        }
        if self.root.is_none() {
            let step = if counts_here { step } else { 0 };
            return Ok(with_step(self.home, step));
        }
        groups::add_vote(tx, self.home.id, step).await?;
        Ok(with_step(self.home, step))
    }
}

/// The row is locked, so what was read plus the step is what stands there now.
fn with_step(row: submission::Model, step: i32) -> submission::Model {
    submission::Model { vote_count: row.vote_count + step, reach: row.reach + step, ..row }
}

/// Which way a counter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Count {
    Up,
    Down,
}

impl Count {
    const fn step(self) -> i32 {
        match self {
            Self::Up => 1,
            Self::Down => -1,
        }
    }
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

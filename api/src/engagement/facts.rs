//! Facts about votes and follows: that there is one more or one less, never whose.

use entity::facts::values::ActorKind;
use entity::id::{PersonId, SubmissionId};
use entity::identity::values::VoteFollows;
use serde::Serialize;

use crate::kit::fact::NewFact;

/// Says nothing beyond the kind and the subject.
#[derive(Serialize)]
struct Nothing {}

#[derive(Serialize)]
struct VoteFollowsSet {
    vote_follows: VoteFollows,
}

/// A vote was cast for a submission.
#[must_use]
pub fn vote_cast(submission: SubmissionId) -> NewFact {
    nameless("vote.cast", submission)
}

/// A vote was taken back.
#[must_use]
pub fn vote_withdrawn(submission: SubmissionId) -> NewFact {
    nameless("vote.withdrawn", submission)
}

/// Somebody began to follow a submission.
#[must_use]
pub fn follow_begun(submission: SubmissionId) -> NewFact {
    nameless("follow.begun", submission)
}

/// Somebody follows a submission no longer.
#[must_use]
pub fn follow_ended(submission: SubmissionId) -> NewFact {
    nameless("follow.ended", submission)
}

/// Somebody chose whether their votes also follow.
#[must_use]
pub fn vote_follows_set(person: PersonId, vote_follows: VoteFollows) -> NewFact {
    NewFact::new("vote_follows.set", ("person", person.0), &VoteFollowsSet { vote_follows })
        .administrative()
}

/// A fact about a submission that keeps its actor to itself: the log says that it was a person and
/// not which one, so that no reader of the log can tell a vote by name (product.md, "Votes").
fn nameless(kind: &'static str, submission: SubmissionId) -> NewFact {
    NewFact {
        actor: Some(ActorKind::Person),
        ..NewFact::new(kind, ("submission", submission.0), &Nothing {}).internal()
    }
}

#[cfg(test)]
mod tests {
    use entity::facts::values::FactAudience;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_vote_says_neither_who_nor_more_than_its_subject() {
        let submission = SubmissionId(Uuid::from_u128(7));
        let makers = [vote_cast, vote_withdrawn, follow_begun, follow_ended];
        for fact in makers.map(|make| make(submission)) {
            assert_eq!(fact.audience, FactAudience::Internal, "{}", fact.kind);
            assert_eq!(fact.actor, Some(ActorKind::Person), "an actor set here has no id");
            assert_eq!(fact.subject_id, submission.0);
            assert_eq!(fact.data.to_string(), "{}");
        }
    }
}

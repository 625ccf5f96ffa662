//! The facts of votes and follows. They say that it was a person and not which one, so that no
//! reader of the log can tell a vote by name.

use entity::facts::values::ActorKind;
use entity::id::SubmissionId;

use crate::kit::fact::NewFact;

/// A vote was cast for a submission.
pub(super) fn vote_cast(submission: SubmissionId) -> NewFact {
    nameless("vote.cast", submission)
}

/// Somebody began to follow a submission.
pub(super) fn follow_begun(submission: SubmissionId) -> NewFact {
    nameless("follow.begun", submission)
}

fn nameless(kind: &'static str, submission: SubmissionId) -> NewFact {
    let fact = NewFact::new(kind, ("submission", submission.0), &serde_json::json!({}));
    NewFact { actor: Some(ActorKind::Person), ..fact.internal() }
}

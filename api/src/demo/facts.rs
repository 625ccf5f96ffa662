//! Facts of the past that no verb states from rows alone. Those of votes and follows say that it was a
//! person and not which one, so that no reader of the log can tell a vote by name.

use entity::closing::sustained;
use entity::facts::values::ActorKind;
use entity::id::{CommentId, PersonId, SubmissionId};
use entity::submissions::comment;
use entity::workflow::report;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::kit::fact::NewFact;

/// The author answered a question.
pub(super) const ANSWERED: &str = "question.answered";
/// The author asked for a second look.
pub(super) const SECOND_LOOK: &str = "submission.second_look_asked";
/// The author says that it is not done.
pub(super) const NOT_FIXED: &str = "submission.not_fixed";

/// An author's own step with its words.
pub(super) fn of_author(
    kind: &'static str,
    (id, comment): (SubmissionId, Option<CommentId>),
) -> NewFact {
    NewFact::new(kind, ("submission", id.0), &json!({ "comment": comment }))
}

/// Nobody answered a question in time.
pub(super) fn timed_out(id: SubmissionId) -> NewFact {
    inside("question.timed_out", ("submission", id.0), &json!({}))
}

/// A promised day has passed.
pub(super) fn promise_passed(id: SubmissionId) -> NewFact {
    inside("promise.passed", ("submission", id.0), &json!({}))
}

/// A fact for those who work on it.
pub(super) fn inside(kind: &'static str, subject: (&'static str, Uuid), data: &Value) -> NewFact {
    NewFact::new(kind, subject, data).internal()
}

/// It was asked whether something still works.
pub(super) fn asked(question: &sustained::Model) -> NewFact {
    let about = ("submission", question.submission_id.0);
    NewFact::new("sustain.asked", about, &json!({ "question": question.id }))
}

/// The author answered that it does.
pub(super) fn holds(question: &sustained::Model) -> NewFact {
    let data = json!({ "question": question.id, "answer": question.answer, "by": "AUTHOR" });
    inside("sustain.answered", ("submission", question.submission_id.0), &data)
}

/// Nobody answered whether it does.
pub(super) fn flagged(question: &sustained::Model) -> NewFact {
    let data = json!({ "question": question.id });
    inside("sustain.flagged", ("submission", question.submission_id.0), &data)
}

/// A vote was cast for a submission.
pub(super) fn vote_cast(submission: SubmissionId) -> NewFact {
    nameless("vote.cast", submission)
}

/// Somebody began to follow a submission.
pub(super) fn follow_begun(submission: SubmissionId) -> NewFact {
    nameless("follow.begun", submission)
}

/// People were mentioned in a comment.
pub(super) fn mentioned(comment: &comment::Model, people: &[PersonId]) -> NewFact {
    let data = json!({ "comment": comment.id, "people": people });
    inside("comment.mentioned", ("submission", comment.submission_id.0), &data)
}

/// Somebody thinks that something should not stand there: the log says that it was a person.
pub(super) fn reported(report: &report::Model) -> NewFact {
    let data =
        json!({ "report": report.id, "reason": report.reason, "comment": report.comment_id });
    let fact = inside("submission.reported", ("submission", report.submission_id.0), &data);
    NewFact { actor: Some(ActorKind::Person), ..fact }
}

fn nameless(kind: &'static str, submission: SubmissionId) -> NewFact {
    let fact = NewFact::new(kind, ("submission", submission.0), &serde_json::json!({}));
    NewFact { actor: Some(ActorKind::Person), ..fact.internal() }
}

//! The facts of the demo's past, in the words of the features that state them.

use entity::id::{CommentId, ProgramId, TouchpointId, UnitId};
use entity::submissions::phase::Kind;
use entity::submissions::values::{Channel, CommentVisibility};
use entity::submissions::{comment, submission};
use serde::Serialize;

use crate::kit::fact::NewFact;

fn about(kind: &'static str, row: &submission::Model, data: &impl Serialize) -> NewFact {
    NewFact::new(kind, ("submission", row.id.0), data)
}

#[derive(Serialize)]
struct Sent {
    kind: Kind,
    unit: UnitId,
    channel: Channel,
    program: ProgramId,
    touchpoint: Option<TouchpointId>,
}

/// Somebody sent what they saw, or an idea.
pub(super) fn sent(row: &submission::Model) -> NewFact {
    let data = Sent {
        kind: row.kind,
        unit: row.unit_id,
        channel: row.channel,
        program: row.program_id,
        touchpoint: row.touchpoint_id,
    };
    about("submission.sent", row, &data)
}

#[derive(Serialize)]
struct Commented {
    comment: CommentId,
    visibility: CommentVisibility,
}

/// Somebody said something about it.
pub(super) fn commented(row: &submission::Model, comment: &comment::Model) -> NewFact {
    let data = Commented { comment: comment.id, visibility: comment.visibility };
    let fact = about("comment.added", row, &data);
    match comment.visibility {
        CommentVisibility::Public => fact,
        CommentVisibility::Internal => fact.internal(),
    }
}

/// Somebody voted.
pub(super) fn voted(row: &submission::Model) -> NewFact {
    about("vote.cast", row, &serde_json::json!({}))
}

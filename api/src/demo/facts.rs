//! The facts of the demo's past that no feature states yet, in the shape in which they will be.

use entity::submissions::submission;

use crate::kit::fact::NewFact;

/// Somebody voted.
pub(super) fn voted(row: &submission::Model) -> NewFact {
    NewFact::new("vote.cast", ("submission", row.id.0), &serde_json::json!({}))
}

//! What those who work on a submission do with it beside deciding: open, assign, put right, set
//! aside, hand over, hide and lock, and all of it in one go.
//!
//! Every verb opens the submission under its lock, checks the asker's right and the version that
//! was read, and writes. The part behind the check is called `..._within`, so that several verbs can
//! share one transaction.

mod assign;
pub mod bulk;
mod correct;
pub(super) mod handover;
mod hiding;
mod open;
mod query;
mod redact;
mod snooze;
mod split;
pub mod whole;

use entity::id::SubmissionId;
use entity::submissions::submission;

pub use assign::{Assign, NameOwner, assign, name_owner, take};
pub(crate) use assign::{assigned_fact, owner_fact};
pub use correct::{LONGEST_TAG, MOST_TAGS, Triage, UpdateTriage, update_triage};
pub use handover::{GiveBack, HandOver, accept, give_back, hand_over};
pub use hiding::{Moderate, hide, lift, lock};
pub use open::open;
pub use redact::{Redact, Redacted, redact};
pub use snooze::{LONGEST_SNOOZE, snooze, unsnooze};
pub use split::{Divided, FEWEST_PARTS, MOST_PARTS, Part, Split, split, undo_split};

use super::case::Case;
use super::policy;
use crate::kit::error::Result;
use crate::kit::scope::{Scope, Tx};

/// A submission, in the version that the asker read.
#[derive(Clone, Copy, Debug)]
pub struct Aim {
    /// Which.
    pub id: SubmissionId,
    /// The version that the asker read; none takes it as it is.
    pub expected_version: Option<i32>,
}

/// Opens a submission for a verb of reviewers.
///
/// # Errors
/// NOT_FOUND at `id`, FORBIDDEN, STALE_VERSION.
async fn taken_up(tx: &mut Tx, scope: &Scope, aim: Aim) -> Result<Case> {
    let case = Case::open(tx, scope, aim.id).await?;
    policy::may_triage(case.letters_in_force(scope))?;
    case.expect(aim.expected_version)?;
    Ok(case)
}

/// One version further.
fn touched(row: submission::Model, scope: &Scope) -> submission::Model {
    submission::Model { updated_at: scope.now, version: row.version + 1, ..row }
}

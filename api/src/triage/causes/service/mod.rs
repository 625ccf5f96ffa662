//! The verbs of root causes: name one, change one, merge two, link and unlink submissions, say what
//! contributes to what.

mod edges;
mod links;
mod merging;
mod naming;
pub mod report;
mod resolving;
mod tree;

pub use self::edges::{Contribution, contribute, uncontribute};
pub(crate) use self::links::linked_fact;
pub use self::links::{
    Links, Unlinked, checked_note, link_within, linkable, live, not_linked, still_live,
    unlink_within,
};
pub use self::merging::{MERGE_UNDO_DAYS, Merge, merge, unmerge};
pub use self::naming::{NewCause, UpdateCause, create, create_within, update};
pub(crate) use self::naming::{created_fact, state_updated, updated_fact};
pub use self::resolving::{below, open, set_status, tell_resolved};
pub use self::tree::depth;

/// Most steps of a chain of whys.
pub const MOST_WHYS: usize = 7;
/// Deepest place in the tree; a cause without a parent is at 1.
pub const DEEPEST: usize = 8;
/// Most causes linked in one call.
pub const MOST_LINKED: usize = 20;
/// Most other names of one cause.
pub const MOST_ALIASES: usize = 20;

/// The kind of the jobs that take observations along with a cause; their subject is its id.
pub const CARRY: &str = "cause.carry";

//! Joining: "this says the same as that one". A decision like any other: held, announced, undone.
//!
//! Who may: the reviewer of the twin, who also has to read the one that it is joined into (and the
//! one at the root, if that is another) and must have written neither. Into one that is MERGED
//! itself the edge is kept as it was named, and the root counts: leaves the middle one, its twins
//! go with it.

mod leaving;
mod merge;
mod speaking;

pub(super) use leaving::let_go;
pub use merge::{Merge, Unmerge, merge, merge_within, unmerge};
pub(super) use speaking::{Word, speak};

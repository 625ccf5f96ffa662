//! The verbs: resolve a cause and see first who will hear, take that back, tell it now; say whether
//! something still holds.

pub mod came;
mod plan;
pub mod resolve;
pub mod seen;
pub mod sustain;
pub mod work;

/// The kind of the jobs that close what is behind a resolved cause, or open it again; their subject is
/// the id of the resolving.
pub const CLOSE: &str = "cause.close";

/// The kind of the jobs that tell everybody that causes are resolved, when the hold is over; their
/// subject is the id of the resolving.
pub const TELL: &str = "cause.tell_resolved";

/// Most submissions held back in one call.
pub const MOST_HELD_BACK: usize = 500;
/// Most narrower causes resolved in one call.
pub const MOST_BELOW: usize = 50;
/// Most languages of the words.
pub const MOST_LANGUAGES: usize = 20;

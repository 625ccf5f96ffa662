//! What joined submissions are to each other: the announced edges, the root in every row, and the
//! counters of the group.
//!
//! A joining counts from its announcement on. Until then it is `merged_into` of a row with a held
//! decision, which nothing here looks at, so that undo has nothing to take back. States
//! `twin.joined` and `twin.left`, about the one that was joined into.

pub mod query;
pub mod service;

//! What people send: ideas and observations, their words, photos, comments.
//!
//! States `submission.*`, `comment.*`, `attachment.*`. Imports identity, programs, journey.

pub mod picture;
pub mod query;
pub mod standing;

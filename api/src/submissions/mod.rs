//! What people send: ideas and observations, their words, photos, comments.
//!
//! States `submission.*`, `comment.*`, `attachment.*`. Imports identity, programs, journey.

pub mod disclosure;
pub mod filter;
pub mod graphql;
pub mod joining;
pub mod loader;
pub mod mentions;
pub mod overdue;
pub mod photos;
pub mod picture;
pub mod policy;
pub mod query;
pub mod service;
pub mod similar;
pub mod standing;

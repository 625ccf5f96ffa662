//! From a stream to understanding: root causes, and the queue of those who review.
//!
//! Imports submissions, identity. See the rooms for the facts that they state.

pub mod causes;
pub mod graphql;
pub mod queue;

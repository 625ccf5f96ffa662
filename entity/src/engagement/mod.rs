//! Votes and follows.

pub mod follow;
pub mod values;
pub mod vote;

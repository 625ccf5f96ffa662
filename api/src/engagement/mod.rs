//! What people do with what others sent: vote for an idea, follow what becomes of it.
//!
//! States `vote.cast`, `vote.withdrawn`, `follow.begun`, `follow.ended`, `vote_follows.set`. Votes
//! and follows are counted, never told by name: no fact of this feature says whose they are.
//! Imports identity and submissions.

pub mod facts;
pub mod graphql;
pub mod loader;
pub mod me_too;
pub mod policy;
pub mod query;
pub mod service;

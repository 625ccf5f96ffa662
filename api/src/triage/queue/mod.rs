//! What waits for a reviewer: the queue with its filters and orders, and saved views of it.
//!
//! States `view.created`, `view.updated`, `view.deleted`. Which view somebody's queue opens with, and
//! in which sequence they stand, are preferences and state nothing. Imports submissions, identity.

pub mod filter;
pub mod graphql;
pub mod loader;
pub mod policy;
pub mod query;
pub mod service;

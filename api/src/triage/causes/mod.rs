//! Why it happens: root causes, their tree, and the links between submissions and causes.
//!
//! States `cause.created`, `cause.updated`, `cause.linked`, `cause.unlinked`. Imports submissions,
//! identity. A person's link that moves a submission is a decision: see `workflow::linking`.

pub mod graphql;
pub mod loader;
pub mod policy;
pub mod query;
pub mod service;

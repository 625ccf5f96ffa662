//! What submissions and items of plans are called in other systems: set, changed and removed by
//! integrations with the scope `external-links` and by reviewers, looked up by system and key.
//!
//! - `policy`: who sets them and who sees them, pure; `query`: their door; `loader`: batches;
//! - `service`: the verbs; `graphql`: the surface.
//!
//! States `link.set` and `link.removed`, about the submission or root cause; the words stay in the row.
//! A link says nothing to staff: a ticket is no answer.

pub mod graphql;
pub mod loader;
pub mod policy;
pub mod query;
pub mod service;

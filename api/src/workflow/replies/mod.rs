//! Replies that come again and again: templates with fields, in several languages, filled for each
//! author when the decision is made.
//!
//! States `reply.created` and `reply.updated`. What a mail looks like with them is shown by
//! `notify`, which reads from here.

pub mod fill;
pub mod graphql;
pub mod policy;
pub mod preview;
pub mod query;
pub mod service;

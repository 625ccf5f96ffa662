//! "This should not stand there": staff report what they read, reviewers and moderators see to it.
//!
//! Each person reports a thing once, and nobody is told who did. Hiding or locking the submission
//! settles its reports; so does looking at them and closing them. What is reported is read by the
//! moderators over its unit until its reports are closed.

pub mod graphql;
pub(crate) mod query;
pub mod service;

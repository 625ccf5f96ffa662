//! Closing the loop: resolving a root cause closes what is behind it and tells everybody once; later it
//! is asked whether it holds.
//!
//! States `cause.resolved`, `cause.resolution_undone`, `sustain.asked`, `sustain.answered` and
//! `sustain.flagged`. Imports submissions, workflow, triage, reach, programs, journey, clocks, identity and engagement;
//! nobody below imports it.

pub mod graphql;
pub mod loader;
pub mod policy;
pub mod query;
pub mod service;

//! From decision to done: plans and their items, who helps, trials, outcomes, and copies of what works
//! at other sites.
//!
//! States `plan.item_added`, `plan.item_changed`, `plan.item_moved`, `plan.line_ticked`,
//! `plan.filled`, `plan.item_reminded`, `help.offered`, `help.taken_back`, `co_owner.named`,
//! `co_owner.removed`, `trial.started`, `trial.updated`, `trial.adopted`, `trial.stopped`,
//! `outcome.added`, `outcome.recorded`, `outcome.confirmed`, `adoption.offered`,
//! `adoption.accepted`, `adoption.completed`, `adoption.declined`, `adoption.withdrawn`, each about
//! the submission or the root cause. Imports identity, clocks, programs, submissions, triage. Nobody below imports it.
//!
//! Nothing here widens who reads a submission, but an offer that says so: who is given an item must be able to read it already,
//! and what somebody can no longer read is neither shown nor told.

pub mod days;
pub mod graphql;
pub mod ground;
pub mod loader;
pub mod policy;
pub mod query;
pub mod service;

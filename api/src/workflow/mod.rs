//! Deciding and telling: the phase machine at work, hold and undo, questions, second looks.
//!
//! States `submission.decided`, `submission.announced`, `decision.undone`, `submission.opened`,
//! `submission.assigned`, `submission.owner_set`, `submission.handed_over`, `submission.triaged`,
//! `question.answered`, `question.timed_out`, `submission.second_look_asked`,
//! `submission.not_fixed`, `twin.answered`, `twin.second_look_asked`, `twin.not_fixed`, and those of
//! reply templates. Imports submissions, triage, identity.

pub mod absent;
pub mod announce;
pub mod asking;
pub mod carrying;
mod case;
pub(crate) mod decide;
pub mod graphql;
pub mod handling;
pub mod joining;
pub mod linking;
pub mod loader;
pub mod policy;
pub mod query;
pub mod replies;
pub mod reports;
pub mod resolving;
pub mod service;
pub mod sustaining;
pub mod timed;
pub mod undo;

#[cfg(test)]
mod tests;

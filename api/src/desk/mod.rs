//! Who is there to do the work: load, rotas, absences, and what somebody who goes leaves behind.
//!
//! States `absence.created`, `absence.updated`, `absence.cancelled`, `rota.updated`,
//! `rota.removed`, `load_limit.set`; a hand-over states what each of its rows would state by hand.
//! Imports identity, submissions, triage, workflow.

pub mod graphql;
pub mod loader;
pub mod policy;
pub mod query;
pub mod service;

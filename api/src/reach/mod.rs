//! How many people stand behind a root cause: kept in its row, right at every commit.
//!
//! Whoever changes a link, a vote, a joining or a phase brackets the change between
//! [`service::before`] and [`service::after`]; whoever changes the tree calls [`service::recount`].
//! docs/adr/0012 has the rule, the locks and the figures. States no facts. Imports nothing but the
//! tables: engagement, triage and workflow stand above it.

pub mod query;
pub mod service;

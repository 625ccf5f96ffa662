//! Service levels: how long things may take, counted in the business time of each unit.
//!
//! - `service`: what sending, commenting and deciding do to the clocks of a submission, in their own
//!   transaction; `calendars`, `levels`: what administrators set;
//! - `recount`: counts anew, in the background, what a new calendar changes;
//! - `escalation`: what waits too long goes up the tree of units, once a day;
//! - `coverage`: how many were answered in time.
//!
//! States `calendar.set`, `calendar.removed`, `service_levels.changed`, `escalation.listed` and
//! `promise.passed`. Imports identity; submissions, workflow and triage import it. Clocks count in
//! silence until an administrator switches the promise to staff, or the escalation, on.

pub mod calendars;
pub mod coverage;
pub mod escalation;
pub mod graphql;
pub mod levels;
pub mod loader;
pub mod query;
pub mod recount;
pub mod service;
pub mod settings;

//! Earshot's nouns and their laws.
//!
//! Invariants, as absences: nothing here is async, opens a connection, reads the clock, draws a
//! random number or knows GraphQL. Tables stand beside the laws that rule them, by area.

pub mod announcing;
pub mod clocks;
pub mod closing;
pub mod desk;
pub mod engagement;
pub mod external;
pub mod facts;
pub mod id;
pub mod identity;
pub mod implementation;
pub mod instant;
pub mod jobs;
pub mod journey;
pub mod notify;
pub mod programs;
pub mod routing;
mod stored;
pub mod submissions;
pub mod text_enum;
pub mod triage;
pub mod workflow;

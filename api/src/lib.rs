//! Earshot: a listening programme that ends in fixes.
//!
//! The map: `kit` is what every room uses; `db` alone knows which database it is; `http` carries
//! bytes; `graphql` is what all features share of the schema; a folder for each feature holds
//! `graphql` (surface), `service` (verbs), `query` (the scoped doors), `policy` (who may),
//! `loader` (batches). `screens` reads lists and details ahead. `jobs` runs background work. docs/ARCHITECTURE.md tells the rest.
//!
//! Invariants, as absences: no service names async_graphql or actix; nothing is sent inside a
//! transaction; no row is read but through `query.rs`, `loader.rs` or `db`; nobody imports
//! `notify`.

pub mod announcing;
pub mod cli;
pub mod clocks;
pub mod closing;
pub mod config;
pub mod db;
pub mod demo;
pub mod desk;
pub mod engagement;
pub mod external;
pub mod graphql;
pub mod house;
pub mod http;
pub mod identity;
pub mod implementation;
pub mod integrations;
pub mod jobs;
pub mod journey;
pub mod kit;
pub mod notify;
pub mod programs;
pub mod reach;
pub mod routing;
pub mod screens;
pub mod submissions;
pub mod triage;
pub mod workflow;

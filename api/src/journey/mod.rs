//! Journeys of the people we serve, and their touchpoints, each with an owner.
//!
//! States `journey.*`, `touchpoint.*`. Imports identity only.

pub mod graphql;
pub mod loader;
pub mod query;
pub mod service;

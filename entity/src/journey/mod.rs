//! Journeys and their touchpoints.

#[allow(clippy::module_inception)] // the noun and its room have one name
pub mod journey;
pub mod touchpoint;

//! Journeys and their touchpoints.

pub mod journey;
pub mod touchpoint;

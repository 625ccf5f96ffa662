//! Decisions and responses.

pub mod decision;
pub mod response;
pub mod snapshot;
pub mod values;

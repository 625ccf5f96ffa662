//! Programmes, the reason catalogue, status labels and the settings of the organisation.
//!
//! States `program.*`, `reason.*`, `status.*`, `settings.updated`, all to administrators alone.
//! Imports identity only.

pub mod catalogue;
pub mod graphql;
pub mod labels;
pub mod loader;
pub mod query;
pub mod service;
pub mod settings;

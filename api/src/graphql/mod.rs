//! What all features share of the schema, and the one place that names the engine's machinery.

pub mod list;
pub mod node;
pub mod patch;
pub mod payload;
pub mod rate_limit;
pub mod ready;
pub mod scalars;
pub mod schema;

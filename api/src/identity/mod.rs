//! Who is here and what they may do: units, people, roles, sign-in, devices, integrations.
//!
//! States facts about people, units, grants, sessions. Imports nothing but `kit`, `db`, `house`.

pub mod graphql;
pub mod loader;
pub mod query;
pub mod service;
pub mod tokens;

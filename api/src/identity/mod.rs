//! Who is here and what they may do: units, people, roles, sign-in, devices, integrations.
//!
//! States facts about people, units, grants, sessions. Imports no other feature; mails are
//! ordered from `jobs`.

pub mod codes;
pub mod fields;
pub mod graphql;
pub mod hashing;
pub mod import;
pub mod loader;
pub mod policy;
pub mod query;
pub mod service;
pub mod tokens;
pub mod zone;

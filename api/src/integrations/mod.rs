//! What other systems do here: they pull what happened ([`feed`]) and keep their own names beside what
//! they work on ([`links`]).
//!
//! States `link.set` and `link.removed`. Reads facts and everybody's queries; nobody imports this room
//! but what merges the schema.

pub mod feed;
pub mod graphql;

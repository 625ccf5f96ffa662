//! What other systems do here: they pull what happened ([`feed`]).
//!
//! States nothing. Reads facts and everybody's queries; nobody imports this room but what merges the
//! schema.

pub mod feed;
pub mod graphql;

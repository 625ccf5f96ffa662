//! Photos of what people saw: announced first, sent to a signed address, kept re-encoded.
//!
//! The order is what makes a crash harmless: a row is announced; the bytes are re-encoded, written
//! and synced to disk; only then the row becomes READY, in one transaction with the counter of its
//! submission and the fact `attachment.added`. A crash may leave a file that no row names, never a
//! row that names no file. Addresses carry their own proof, so nothing secret is stored.
//! Imports identity.

pub mod address;
pub mod files;
pub mod graphql;
pub mod loader;
pub mod policy;
pub mod query;
pub mod service;

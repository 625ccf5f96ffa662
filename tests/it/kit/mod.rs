//! The test kit: an app of its own for each test, on SQLite and on PostgreSQL.

pub mod mail;

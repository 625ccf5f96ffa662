//! Black-box tests over HTTP, on SQLite and on PostgreSQL.
#![allow(missing_docs, dead_code, clippy::unwrap_used)]

mod courier;
mod kit;
mod schema;
mod tidy;

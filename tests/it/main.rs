//! Black-box tests over HTTP, on SQLite and on PostgreSQL.
#![allow(missing_docs, dead_code, clippy::unwrap_used)]

mod kit;

mod capture;
mod courier;
mod demo;
mod facts;
mod following;
mod hostile;
mod oracle;
mod photos;
mod schema;
mod smoke;
mod telling;
mod tidy;
mod votes;
mod workflow;

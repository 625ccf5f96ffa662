//! Black-box tests over HTTP, on SQLite and on PostgreSQL.
#![allow(missing_docs, dead_code, clippy::unwrap_used)]

mod kit;

mod authz;
mod capture;
mod courier;
mod demo;
mod facts;
mod following;
mod hostile;
mod lists;
mod oracle;
mod people;
mod photos;
mod schema;
mod sign_in;
mod smoke;
mod story;
mod telling;
mod tidy;
mod votes;
mod workflow;

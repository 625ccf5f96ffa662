//! Black-box tests over HTTP, on SQLite and on PostgreSQL.
// Tests write and count rows that no surface shows.
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::type_complexity
)]

mod kit;

mod authz;
mod capture;
mod courier;
mod demo;
mod facts;
mod following;
mod hostile;
mod leaks;
mod lists;
mod oracle;
mod people;
mod photos;
mod real;
mod schema;
mod sign_in;
mod smoke;
mod story;
mod telling;
mod tidy;
mod votes;
mod workflow;

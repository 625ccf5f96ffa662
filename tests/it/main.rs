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

mod announcing;
mod attacked;
mod authz;
mod behalf;
mod capture;
mod causes;
mod causes_counted;
mod clocks;
mod closing;
mod closing_attacked;
mod closing_killed;
mod copies;
mod courier;
mod demo;
mod demo_inside;
mod desk;
mod documentation;
mod edges;
mod events;
mod facts;
mod fixed;
mod following;
mod fuzz;
mod gathered;
mod guide;
mod handling;
mod heard;
mod hearing;
mod held;
mod hostile;
mod joining;
mod leaks;
mod links_out;
mod lists;
mod loop_story;
mod mended;
mod oracle;
mod pareto;
mod parts;
mod people;
mod photos;
mod plans;
mod pulled;
mod pulled_views;
mod queue;
mod races;
mod real;
mod recounted;
mod replies;
mod reviewers;
mod routing;
mod schedule;
mod schema;
mod schema_changes;
mod screens;
mod sign_in;
mod smoke;
mod story;
mod surface;
mod telling;
mod tidy;
mod together;
mod upgrade;
mod votes;
mod waking;
mod walk;
mod workflow;

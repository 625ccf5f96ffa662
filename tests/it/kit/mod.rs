//! The test kit: an app of its own for each test, on SQLite and on PostgreSQL.

pub mod app;
pub mod client;
pub mod dump;
pub mod mail;
pub mod outside;
pub mod people;
pub mod postgres;
pub mod released;

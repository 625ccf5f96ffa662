//! Telling people: readers of the fact log that write notifications, and the mail boundary.
//!
//! Nobody imports this room; it reads facts and everybody's queries.

pub mod capture;
pub mod message;
pub mod smtp;
pub mod templates;
pub mod words;

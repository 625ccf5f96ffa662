//! Announcements: the CX team tells units what changed.
//!
//! States `announcement.created`, `announcement.updated`, `announcement.published`,
//! `announcement.withdrawn` and `announcement.deleted`. Who is told, and how, is the business of those
//! who read the facts. Imports identity, programs, submissions and triage; nobody below imports it.

pub mod graphql;
pub mod policy;
pub mod query;
pub mod service;

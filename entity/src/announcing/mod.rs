//! Announcements: what the CX team tells units.

pub mod announcement;
pub mod announcement_submission;
pub mod announcement_text;
pub mod announcement_unit;
pub mod values;

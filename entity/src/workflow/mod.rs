//! Decisions and responses.

pub mod decision;
pub mod reply;
pub mod reply_fields;
pub mod reply_text;
pub mod response;
pub mod snapshot;
pub mod values;

//! Decisions and responses.

pub mod decision;
pub mod moderation;
pub mod redaction;
pub mod reply;
pub mod reply_fields;
pub mod reply_text;
pub mod report;
pub mod response;
pub mod snapshot;
pub mod split;
pub mod split_part;
pub mod values;

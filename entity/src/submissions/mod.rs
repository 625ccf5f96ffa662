//! What people send.

pub mod attachment;
pub mod comment;
pub mod disclosure;
pub mod hold;
pub mod joined;
pub mod joining;
pub mod likeness;
pub mod mention;
pub mod phase;
pub mod redaction;
pub mod reference;
pub mod search;
pub mod search_document;
pub mod submission;
pub mod tag;
pub mod text;
pub mod twin_span;
pub mod values;
pub mod wording;

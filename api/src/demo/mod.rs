//! The demo organisation: invented people, real sentences.

pub mod content;

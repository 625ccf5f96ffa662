//! Verbs of identity, by what people do.

pub mod links;
pub mod sessions;
pub mod who;

pub use links::{issue_link, set_up_link};
pub use who::authenticate;

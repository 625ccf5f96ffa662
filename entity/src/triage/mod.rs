//! Root causes and links to them.

pub mod cause;
pub mod cause_link;
pub mod name;
pub mod values;
pub mod why;

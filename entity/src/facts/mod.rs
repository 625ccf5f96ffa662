//! The ordered log of what happened.

pub mod client_key;
pub mod fact;
pub mod values;

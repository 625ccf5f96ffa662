//! The only room that may ask which database this is.

pub mod connect;
pub mod dialect;
pub mod search;
pub mod wide;

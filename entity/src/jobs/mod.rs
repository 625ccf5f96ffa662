//! Background work.

pub mod cursor;
pub mod job;
pub mod values;

//! Background work.

pub mod cursor;
pub mod job;
pub mod period;
pub mod timed;
pub mod values;

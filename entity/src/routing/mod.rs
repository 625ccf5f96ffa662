//! Where new submissions go by themselves.

pub mod rule;
pub mod values;
pub mod words;

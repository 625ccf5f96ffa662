//! Closing the loop: what a resolved root cause closes, who was told, whether it holds, who has looked.

pub mod came;
pub mod fate;
pub mod item;
pub mod resolution;
pub mod resolution_text;
pub mod resolved_cause;
pub mod second_look;
pub mod seen;
pub mod sustain;
pub mod sustained;
pub mod told;
pub mod values;
pub mod words;

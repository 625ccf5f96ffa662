//! Programmes, reasons, status labels, settings.

pub mod label;
pub mod program;
pub mod reason;
pub mod setting;
pub mod status;
pub mod values;

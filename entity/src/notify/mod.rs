//! Notifications and mails.

pub mod digest_line;
pub mod hearing;
pub mod mail;
pub mod notification;
pub mod rhythm;
pub mod values;

//! Notifications and mails.

pub mod mail;
pub mod notification;
pub mod preference;
pub mod values;

//! Who is here and what they may do.

pub mod api_token;
pub mod device;
pub mod failed_guess;
pub mod grant;
pub mod guess;
pub mod known_device;
pub mod login_code;
pub mod password;
pub mod person;
pub mod pin;
pub mod refresh_token;
pub mod service;
pub mod session;
pub mod unit;
pub mod unit_closure;
pub mod values;

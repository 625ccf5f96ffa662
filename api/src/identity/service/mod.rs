//! Verbs of identity, by what people do.

pub mod devices;
pub mod grants;
pub mod guesses;
pub mod integrations;
pub mod links;
pub mod lists;
pub mod people;
pub mod sessions;
pub mod set_up;
pub mod sign_in;
pub mod units;
pub mod who;

pub use integrations::{NewToken, create_token};
pub use links::{issue_link, set_up_link};
pub use set_up::{NewAdmin, create_admin};
pub use who::authenticate;

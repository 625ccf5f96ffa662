//! What every room of the house uses.

pub mod actor;
pub mod catalogue;
pub mod change;
pub mod client_key;
pub mod clock;
pub mod error;
pub mod fact;
pub mod page;
pub mod pages;
pub mod place;
pub mod scope;
pub mod secret;
pub mod table;
pub mod tail;

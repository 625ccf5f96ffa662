//! The log of facts as a list, for those who cannot hold a socket (api.md, "pull feed").
//!
//! - `kinds`: every kind of fact with what its data means, as docs/EVENTS.md tells it;
//! - `outward`: how a fact looks from outside: typed ids, no JSON (docs/adr/0020);
//! - `policy`: who may hear of what, pure; `query`: what the doors say of the subjects of a page;
//! - `service`: one page, from one place of the log to the next.

pub mod kinds;
pub mod outward;
pub mod policy;
pub mod query;
pub mod service;

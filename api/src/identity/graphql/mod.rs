//! Surface of identity.

pub mod sign_in;
pub mod types;

use async_graphql::MergedObject;

pub use types::{Person, Unit};

/// Queries.
#[derive(MergedObject, Default)]
pub struct IdentityQuery(types::ViewerQuery);

/// Mutations.
#[derive(MergedObject, Default)]
pub struct IdentityMutation(sign_in::SignInMutation);

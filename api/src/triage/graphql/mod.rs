//! What the rooms of triage share of the surface.

use async_graphql::Context;

use crate::kit::error::{Fault, Result};
use crate::kit::scope::Scope;

/// The scope of a request by somebody who is signed in.
///
/// # Errors
/// UNAUTHENTICATED.
pub(crate) fn signed_in<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    let scope = ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?;
    scope.actor.require_signed_in()?;
    Ok(scope)
}

//! Batches by id for graph edges.

use async_graphql::Request;

use crate::kit::scope::Scope;

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, _scope: &Scope) -> Request {
    request
}

//! What administrators do with background work.

use entity::id::JobId;
use entity::identity::values::Role;
use entity::jobs::job;

use super::{query, queue};
use crate::kit::error::Result;
use crate::kit::fact::NewFact;
use crate::kit::page::{Count, Page, PageArgs, page};
use crate::kit::scope::Scope;

/// Work that was given up, oldest first.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN, BAD_REQUEST of the page.
pub async fn dead(scope: &Scope, (args, count): (&PageArgs, Count)) -> Result<Page<job::Model>> {
    scope.actor.require_role(Role::Admin)?;
    page(&scope.db(), query::dead(), &query::oldest_wish(), args, count).await
}

/// "Try this again." It gets a fresh horizon.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; NOT_FOUND at `id`.
pub async fn retry(scope: &Scope, id: JobId) -> Result<job::Model> {
    scope.actor.require_role(Role::Admin)?;
    let mut tx = scope.begin().await?;
    let job = queue::revive(&tx, id, scope.now).await?;
    tx.state(NewFact::new("job.retried", ("job", id.0), &()).administrative());
    tx.commit(job).await
}

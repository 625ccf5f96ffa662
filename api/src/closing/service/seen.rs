//! *Seen* is measured: whether authors have looked at what was decided. And those whom no mail reaches
//! are told on paper, by who leads their team.

use entity::id::{SubmissionId, UnitId};
use entity::identity::values::Role;
use entity::submissions::submission;
use entity::workflow::decision;

use crate::closing::query::seen as query;
use crate::identity;
use crate::kit::actor::AuthorNames;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::page::{Count, Page, PageArgs, page};
use crate::kit::scope::Scope;
use crate::submissions;

/// "I have looked at it": of its author. What was announced about it, and about the one that it is
/// joined with, counts as seen from the first look on. Returns what was news.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN for everybody else.
pub async fn look(scope: &Scope, id: SubmissionId) -> Result<(submission::Model, u64)> {
    let me = scope.actor.require_person()?;
    let db = scope.db();
    let row = submissions::query::one_readable(&db, &scope.actor, id).await?.or_not_found("id")?;
    if row.author_id != Some(me) {
        return Err(Refusal::forbidden("to be its author").into());
    }
    let about: Vec<SubmissionId> = [Some(row.id), row.canonical_id].into_iter().flatten().collect();
    let announced = query::announced(&db, &about).await?;
    let tx = scope.begin().await?;
    let news = query::note(&tx, (me, scope.now), &announced).await?;
    tx.commit_silently((row, news)).await
}

/// The answers for the printed sheet of a unit, the newest first: for who manages it, where names of
/// authors are for those who may read.
///
/// # Errors
/// UNAUTHENTICATED; NOT_FOUND at `unitId`; FORBIDDEN for who does not manage the unit, and where names
/// of authors are for reviewers alone; BAD_REQUEST of the page.
pub async fn sheet(
    scope: &Scope,
    unit: UnitId,
    (args, count): (&PageArgs, Count),
) -> Result<Page<decision::Model>> {
    scope.actor.require_person()?;
    let db = scope.db();
    let lineage = identity::query::lineages(&db, &[unit]).await?.remove(&unit);
    let lineage = lineage.filter(|line| !line.is_empty()).or_not_found("unitId")?;
    if !scope.actor.covers(Role::Manager, &lineage) {
        return Err(Refusal::forbidden("to manage this unit").into());
    }
    if scope.actor.rules.author_names == AuthorNames::Reviewers {
        let message = "Names of authors are for reviewers alone here, so there is no sheet with names. Ask an administrator, or let people look in the app.";
        return Err(Refusal::new(Code::Forbidden, "", message).into());
    }
    let select = query::for_the_sheet(&scope.actor, (unit, scope.now));
    page(&db, select, &query::newest(), args, count).await
}

//! What a person who is not asking may read: rights as they stand now, for mails and notifications.

use entity::id::{PersonId, SubmissionId};
use entity::submissions::comment;
use entity::submissions::values::CommentVisibility;

use super::query;
use crate::identity::query::{Holder, held_by, rules};
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::kit::scope::Scope;

/// The person as an asker; `None` when they left or never were.
///
/// # Errors
/// A fault of the database.
pub async fn actor_of(scope: &Scope, person: PersonId) -> Result<Option<Actor>> {
    let db = scope.db();
    let Some((row, site)) = query::person_with_site(&db, person).await? else { return Ok(None) };
    if row.deactivated_at.is_some() {
        return Ok(None);
    }
    Ok(Some(Actor {
        grants: held_by(&db, Holder::Person(person)).await?,
        rules: rules(&db).await?,
        locale: row.locale,
        ..Actor::of_person(person, row.home_unit_id, site)
    }))
}

/// Whether the person may read the submission now.
///
/// # Errors
/// A fault of the database.
pub async fn may_read(scope: &Scope, person: PersonId, submission: SubmissionId) -> Result<bool> {
    match actor_of(scope, person).await? {
        Some(actor) => query::may_read(&scope.db(), &actor, submission).await,
        None => Ok(false),
    }
}

/// Whether the person may read a comment now: the submission, and for an internal one as somebody
/// who works on it.
///
/// # Errors
/// A fault of the database.
pub async fn may_hear_comment(
    scope: &Scope,
    person: PersonId,
    comment: &comment::Model,
) -> Result<bool> {
    let Some(actor) = actor_of(scope, person).await? else { return Ok(false) };
    let (db, id) = (scope.db(), comment.submission_id);
    match comment.visibility {
        CommentVisibility::Public => query::may_read(&db, &actor, id).await,
        CommentVisibility::Internal => query::is_inside(&db, &actor, id).await,
    }
}

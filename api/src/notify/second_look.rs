//! Who is told of a second look: those to whom it goes (`entity::closing::second_look`); where there is
//! nobody, the administrators, so that it does not wait unseen.

use entity::closing::second_look::goes_to;
use entity::facts::fact;
use entity::id::SubmissionId;
use entity::notify::values::NotificationKind;

use super::query;
use super::telling::{Loudness, Telling};
use crate::kit::error::Result;
use crate::kit::scope::Scope;

/// Who is told that an author asks for a second look; in the app alone.
pub(super) async fn tellings_of(scope: &Scope, fact: &fact::Model) -> Result<Vec<Telling>> {
    let db = scope.db();
    let id = SubmissionId(fact.subject_id);
    let Some(row) = query::submission(&db, id).await? else { return Ok(Vec::new()) };
    let decider = query::decliner(&db, (id, fact.at)).await?;
    let mut people = goes_to(&query::reviewers_above(&db, &row).await?, decider);
    if people.is_empty() {
        people = query::administrators(&db).await?;
    }
    let telling = |person| Telling {
        fact_seq: fact.seq,
        person,
        submission: Some(id),
        kind: NotificationKind::SecondLook,
        loudness: Loudness::Quiet,
        decision: None,
        comment: None,
        item: None,
        resolution: None,
        adoption: None,
        announcement: None,
    };
    Ok(people.into_iter().map(telling).collect())
}

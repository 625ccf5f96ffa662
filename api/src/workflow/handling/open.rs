//! The first look.

use entity::id::SubmissionId;
use entity::submissions::submission;

use crate::kit::error::Result;
use crate::kit::scope::Scope;
use crate::workflow::case::Case;
use crate::workflow::{decide, policy, query};

/// "I have looked at it": the first look by a reviewer or manager opens a submission, once.
///
/// # Errors
/// NOT_FOUND at `id`, FORBIDDEN.
pub async fn open(scope: &Scope, id: SubmissionId) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = Case::open(&mut tx, scope, id).await?;
    policy::may_open(case.letters_in_force(scope))?;
    if case.row.opened_at.is_some() {
        return tx.commit(case.row).await;
    }
    // The version stays: nothing that anybody could have decided on has changed.
    let row = submission::Model { opened_at: Some(scope.now), updated_at: scope.now, ..case.row };
    query::store(&tx, &row).await?;
    tx.state(decide::opened_fact(&row));
    tx.commit(row).await
}

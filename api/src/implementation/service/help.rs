//! "I want to help": offers, and co-owners.

use entity::id::{PersonId, SubmissionId};
use entity::implementation::help;
use entity::implementation::values::HelpState;
use entity::submissions::submission;
use serde::Serialize;

use super::reader;
use crate::implementation::ground::{About, Ground, Subject};
use crate::implementation::policy::{self, Work};
use crate::implementation::query;
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::scope::{Scope, Tx};

/// Most people who help with one idea.
pub const MOST_HELPERS: usize = 100;

#[derive(Serialize)]
struct HelperData {
    person: PersonId,
}

async fn idea(tx: &Tx, scope: &Scope, id: SubmissionId) -> Result<(Ground, submission::Model)> {
    let ground = Ground::open(tx, scope, Subject::Submission(id)).await?;
    match ground.about.clone() {
        About::Submission(row) => Ok((ground, *row)),
        About::Cause(_) | About::Adoption(_) => Err(Refusal::not_found("submissionId").into()),
    }
}

/// "I want to help": everybody who reads the idea may offer, once. Again changes nothing.
///
/// # Errors
/// NOT_FOUND, INVALID for an observation, TOO_LATE when it is over; INVALID when there are many.
pub async fn offer(scope: &Scope, id: SubmissionId) -> Result<submission::Model> {
    let me = scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let (ground, row) = idea(&tx, scope, id).await?;
    policy::may_help(ground.place())?;
    if query::help(&tx, (id, me)).await?.is_some() {
        return tx.commit(row).await;
    }
    room_for_one(&tx, id).await?;
    let offered = help::Model {
        submission_id: id,
        person_id: me,
        state: HelpState::Offered,
        named_by: None,
        created_at: scope.now,
        named_at: None,
    };
    query::put_help(&tx, offered).await?;
    tx.state(ground.fact("help.offered", &HelperData { person: me }));
    tx.commit(row).await
}

/// "I cannot help after all": takes an offer back, or steps down as co-owner. Again changes nothing.
///
/// # Errors
/// NOT_FOUND.
pub async fn take_back(scope: &Scope, id: SubmissionId) -> Result<submission::Model> {
    let me = scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let (ground, row) = idea(&tx, scope, id).await?;
    if query::help(&tx, (id, me)).await?.is_none() {
        return tx.commit(row).await;
    }
    query::remove_help(&tx, (id, me)).await?;
    tx.state(ground.fact("help.taken_back", &HelperData { person: me }));
    tx.commit(row).await
}

/// Names a co-owner, who need not have offered but must be able to read the idea: naming lets nobody
/// read more. Again changes nothing.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TOO_LATE; INVALID with the cure for somebody who may not read it.
pub async fn name(
    scope: &Scope,
    (id, person): (SubmissionId, PersonId),
) -> Result<submission::Model> {
    let mut tx = scope.begin().await?;
    let (ground, row) = idea(&tx, scope, id).await?;
    policy::may_work(ground.ties, ground.place(), Work::Steering)?;
    reader(&tx, ground.subject(), (person, "personId")).await?;
    let before = query::help(&tx, (id, person)).await?;
    if before.as_ref().is_some_and(|it| it.state == HelpState::CoOwner) {
        return tx.commit(row).await;
    }
    if before.is_none() {
        room_for_one(&tx, id).await?;
    }
    let named = help::Model {
        submission_id: id,
        person_id: person,
        state: HelpState::CoOwner,
        named_by: scope.actor.person(),
        created_at: before.map_or(scope.now, |it| it.created_at),
        named_at: Some(scope.now),
    };
    query::put_help(&tx, named).await?;
    tx.state(ground.fact("co_owner.named", &HelperData { person }));
    tx.commit(row).await
}

/// Takes somebody off the list of those who help.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TOO_LATE.
pub async fn remove(
    scope: &Scope,
    (id, person): (SubmissionId, PersonId),
) -> Result<submission::Model> {
    let mut tx = scope.begin().await?;
    let (ground, row) = idea(&tx, scope, id).await?;
    policy::may_work(ground.ties, ground.place(), Work::Steering)?;
    if query::help(&tx, (id, person)).await?.is_none() {
        return Err(Refusal::not_found("personId").into());
    }
    query::remove_help(&tx, (id, person)).await?;
    tx.state(ground.fact("co_owner.removed", &HelperData { person }));
    tx.commit(row).await
}

async fn room_for_one(tx: &Tx, id: SubmissionId) -> Result<()> {
    if query::helps_of(tx, &[id]).await?.len() < MOST_HELPERS {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Invalid,
        "submissionId",
        format!("{MOST_HELPERS} people help already. Write a comment to its owner instead."),
    )
    .into())
}

//! Taking a decision back before anybody was told: no transition, the whole state returns.

use entity::facts::values::ActorKind;
use entity::id::DecisionId;
use entity::submissions::phase::{Letter, Letters, MoveFacts, Phase};
use entity::submissions::submission;
use entity::workflow::decision;
use entity::workflow::snapshot::Before;
use entity::workflow::values::DecisionState;
use serde::Serialize;

use super::case::{self, Case};
use super::{announce, query};
use crate::clocks;
use crate::kit::actor::Principal;
use crate::kit::error::{Code, Fault, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::reach::service as reach;
use crate::triage;

#[derive(Serialize)]
struct UndoneData {
    decision: DecisionId,
    from: Phase,
    to: Phase,
}

/// "That was wrong": takes back the decision that is still held, with everything that came with
/// it, for whoever could have made it. Several decisions within one hold go together.
///
/// # Errors
/// NOT_FOUND at `id`, FORBIDDEN, STALE_VERSION, TOO_LATE once it was announced or overtaken.
pub async fn undo(
    scope: &Scope,
    id: DecisionId,
    expected_version: Option<i32>,
) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let found = query::decision_for(&tx, &scope.actor, id).await?.or_not_found("id")?;
    let row = query::locked(&tx, &scope.actor, found.submission_id).await?.or_not_found("id")?;
    let case = Case::of(&tx, scope, row).await?;
    let held = still_held(&case, id, scope)?;
    let before = case::before(held)?;
    may_undo(&case, held, &before, scope)?;
    case.expect(expected_version)?;
    check_kind(&case.row, &before)?;
    let held = held.clone();
    let restored = take_back(&mut tx, scope, (case.row, &held)).await?;
    tx.commit(restored).await
}

/// Takes the held decision of a locked row back, with all that came with it.
///
/// # Errors
/// A fault of the database, or a decision that cannot be read.
pub(super) async fn take_back(
    tx: &mut Tx,
    scope: &Scope,
    (row, held): (submission::Model, &decision::Model),
) -> Result<submission::Model> {
    let restored = take_back_all(tx, scope, vec![(row, held.clone())]).await?.pop();
    Ok(restored.ok_or_else(|| Fault::internal("a decision was not taken back"))?)
}

/// Takes held decisions back, each of another locked row, with all that came with them: reading and
/// counting takes a fixed number of statements, writing one for each row.
///
/// # Errors
/// A fault of the database, or a decision that cannot be read.
pub(super) async fn take_back_all(
    tx: &mut Tx,
    scope: &Scope,
    some: Vec<(submission::Model, decision::Model)>,
) -> Result<Vec<submission::Model>> {
    if some.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<&submission::Model> = some.iter().map(|(row, _)| row).collect();
    let behind = reach::before(&*tx, &rows).await?;
    let (rows, held): (Vec<submission::Model>, Vec<decision::Model>) = some.into_iter().unzip();
    let ids: Vec<DecisionId> = held.iter().map(|held| held.id).collect();
    query::close_all(tx, &ids, (DecisionState::Undone, scope.now)).await?;
    triage::causes::query::unlink_decided(tx, &ids).await?;
    query::forget_responses(tx, &held).await?;
    let left: Vec<Phase> = rows.iter().map(|row| row.phase).collect();
    let mut restored = Vec::with_capacity(rows.len());
    for (row, held) in rows.into_iter().zip(&held) {
        let version = row.version + 1;
        let row = case::before(held)?.restore(row);
        restored.push(submission::Model { updated_at: scope.now, version, ..row });
    }
    clocks::service::undone(tx, &mut restored, (&ids, scope.now)).await?;
    let by_system = scope.actor.principal == Principal::System;
    for ((row, from), decision) in restored.iter().zip(left).zip(ids) {
        query::store(tx, row).await?;
        let data = UndoneData { decision, from, to: row.phase };
        let fact = NewFact::new("decision.undone", ("submission", row.id.0), &data).internal();
        tx.state(NewFact { actor: by_system.then_some(ActorKind::System), ..fact });
    }
    reach::settle(&*tx, behind).await?;
    Ok(restored)
}

/// The decision, if it is the pending one and its hold is not over.
fn still_held<'a>(case: &'a Case, id: DecisionId, scope: &Scope) -> Result<&'a decision::Model> {
    case.pending
        .as_ref()
        .filter(|pending| pending.id == id)
        .filter(|pending| pending.release_at.is_none_or(|at| at > scope.now))
        .ok_or_else(|| announce::no_longer_held("id").into())
}

/// Whoever holds a letter that could have made the move.
fn may_undo(case: &Case, held: &decision::Model, before: &Before, scope: &Scope) -> Result<()> {
    let letters = case.letters_in_force(scope);
    let allowed = letters.has(Letter::Reviewer)
        || (held.letter == Letter::Manager && letters.has(Letter::Manager))
        || manager_could(case, held, before, letters)?;
    if allowed {
        Ok(())
    } else {
        Err(Refusal::forbidden("a right with which this decision could have been made").into())
    }
}

fn manager_could(
    case: &Case,
    held: &decision::Model,
    before: &Before,
    letters: Letters,
) -> Result<bool> {
    if !letters.has(Letter::Manager) {
        return Ok(false);
    }
    let position = before
        .left
        .position(case.row.kind)
        .map_err(|error| case::impossible(error, case.row.id))?;
    let facts = MoveFacts { decision: Default::default(), ..case.facts };
    Ok(position.step(held.to_phase, Letter::Manager.into(), &facts).is_ok())
}

/// The kind may have been put right meanwhile: an observation cannot return to PLANNED.
fn check_kind(row: &submission::Model, before: &Before) -> Result<()> {
    let fits = before
        .shown
        .position(row.kind)
        .map_err(|error| case::impossible(error, row.id))?
        .corrected(row.kind);
    fits.map(|_| ()).map_err(|error| Refusal::new(Code::TooLate, "id", error.to_string()).into())
}

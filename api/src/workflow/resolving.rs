//! What a resolved cause closes: the steps into IMPLEMENTED that its resolving takes, how long they are
//! held, and their undoing. Which submissions, and with which words, the caller says.

use std::collections::HashMap;

use entity::id::{DecisionId, SubmissionId};
use entity::instant::Instant;
use entity::submissions::hold::{self, Announce};
use entity::submissions::phase::{Letter, Letters, Phase};
use entity::submissions::submission;
use entity::workflow::decision;
use sea_orm::sea_query::SelectStatement;

use super::case::Case;
use super::decide::{self, Decided, Ruling};
use super::service::{Told, respond_all};
use super::{query, undo};
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::kit::scope::{Scope, Tx};

/// In which capacity something is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By the progress of the cause: an observation.
    Cause,
    /// By the right of the person who resolves: an idea.
    Resolver,
}

/// One submission to close.
#[derive(Clone, Debug)]
pub struct Close {
    /// Which.
    pub id: SubmissionId,
    /// In which capacity.
    pub by: By,
    /// What its readers are told.
    pub text: String,
    /// The language of that.
    pub language: String,
    /// When passages were taken out of the submission, where these words stand in the place of others
    /// that may have had them.
    pub redacted_at: Option<Instant>,
}

/// Locks submissions, in one order for all, before anything else is locked. The system's own door.
///
/// # Errors
/// A fault of the database.
pub async fn lock(tx: &Tx, ids: &[SubmissionId]) -> Result<Vec<submission::Model>> {
    query::locked_in_order(tx, ids).await
}

/// Decides that submissions are done, held until it is said when to tell. `scope` is that of whoever
/// resolved the cause; those are left out of which the table or their right does not allow it. A
/// fixed number of statements for reading, and one for each submission to write it.
///
/// # Errors
/// A fault of the database.
pub async fn close_within(tx: &mut Tx, scope: &Scope, some: Vec<Close>) -> Result<Vec<Decided>> {
    let (by_cause, by_resolver): (Vec<Close>, Vec<Close>) =
        some.into_iter().partition(|close| close.by == By::Cause);
    let system = scope.acting_as(Actor::system());
    let mut rulings = closing(tx, (scope, &system), by_cause).await?;
    rulings.extend(closing(tx, (scope, scope), by_resolver).await?);
    decide::carry_out_all(tx, scope, rulings).await
}

/// The rulings of what may be closed, as `reader` sees it; their words are written.
async fn closing(
    tx: &mut Tx,
    (scope, reader): (&Scope, &Scope),
    some: Vec<Close>,
) -> Result<Vec<(Case, Ruling)>> {
    if some.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<SubmissionId> = some.iter().map(|close| close.id).collect();
    let mut closes: HashMap<SubmissionId, Close> =
        some.into_iter().map(|close| (close.id, close)).collect();
    let (mut may, mut said) = (Vec::new(), Vec::new());
    for case in Case::open_all(tx, reader, &ids).await? {
        let Some(close) = closes.remove(&case.row.id) else { continue };
        let letters = match close.by {
            By::Cause => Letters::from(Letter::Cause),
            By::Resolver => case.letters(scope).without(Letter::Author),
        };
        if let Ok(step) = case.position()?.step(Phase::Implemented, letters, &case.facts) {
            let words = Told::new(close.text, close.language);
            said.push((case.row.id, words.in_place_of_others(close.redacted_at)));
            may.push((case, step));
        }
    }
    let status = query::default_status(tx, Phase::Implemented).await?;
    let responses = respond_all(tx, scope, said).await?;
    let ruling = |step, response| Ruling {
        response: Some(response),
        announce: Announce::Later,
        ..Ruling::of(&step, status)
    };
    let ruled = may.into_iter().zip(responses);
    Ok(ruled.map(|((case, step), response)| (case, ruling(step, response))).collect())
}

/// Whether somebody who resolves a cause could say of these ideas that they are done, one after the
/// other.
///
/// # Errors
/// A fault of the database.
pub async fn may_close(
    conn: &impl sea_orm::ConnectionTrait,
    scope: &Scope,
    ids: &[SubmissionId],
) -> Result<Vec<SubmissionId>> {
    let mut may = Vec::new();
    for case in Case::of_all(conn, scope, ids).await? {
        let letters = case.letters(scope).without(Letter::Author);
        let facts = case.facts;
        if case.position()?.step(Phase::Implemented, letters, &facts).is_ok() {
            may.push(case.row.id);
        }
    }
    Ok(may)
}

/// When decisions that were made now are to be told.
///
/// # Errors
/// A fault of the database.
pub async fn release_time(tx: &Tx, now: Instant, announce: Announce) -> Result<Option<Instant>> {
    let policy = query::hold_policy(tx).await?;
    Ok(hold::release_at(now.micros(), policy, announce).map(Instant))
}

/// Holds those of these decisions that are still held until `at`; without, until somebody says so.
///
/// # Errors
/// A fault of the database.
pub async fn hold_until(tx: &Tx, decisions: SelectStatement, at: Option<Instant>) -> Result<()> {
    query::set_release(tx, decisions, at).await
}

/// Takes decisions back that nobody was told of, each of another locked submission; those are left that
/// were told, or whose place another one has taken. A fixed number of statements for reading, and one
/// for each submission to write it.
///
/// # Errors
/// A fault of the database.
pub async fn take_back_within(
    tx: &mut Tx,
    scope: &Scope,
    mut some: Vec<(submission::Model, DecisionId)>,
) -> Result<()> {
    some.retain(|(row, decision)| row.pending_decision_id == Some(*decision));
    let ids: Vec<DecisionId> = some.iter().map(|(_, decision)| *decision).collect();
    let held = query::decisions(tx, &ids).await?;
    let mut held: HashMap<DecisionId, decision::Model> =
        held.into_iter().map(|held| (held.id, held)).collect();
    let some = some.into_iter().filter_map(|(row, id)| Some((row, held.remove(&id)?)));
    undo::take_back_all(tx, scope, some.collect()).await?;
    Ok(())
}

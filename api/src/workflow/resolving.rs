//! What a resolved cause closes: the steps into IMPLEMENTED that its resolving takes, how long they are
//! held, and their undoing. Which submissions, and with which words, the caller says.

use entity::id::{DecisionId, SubmissionId};
use entity::instant::Instant;
use entity::submissions::hold::{self, Announce};
use entity::submissions::phase::{Letter, Letters, Phase};
use entity::submissions::submission;
use sea_orm::sea_query::SelectStatement;

use super::case::Case;
use super::decide::{self, Decided, Ruling};
use super::service::{Told, respond};
use super::{query, undo};
use crate::kit::actor::Actor;
use crate::kit::error::{Error, Result};
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
}

/// Locks submissions, in one order for all, before anything else is locked. The system's own door.
///
/// # Errors
/// A fault of the database.
pub async fn lock(tx: &Tx, ids: &[SubmissionId]) -> Result<Vec<submission::Model>> {
    query::locked_in_order(tx, ids).await
}

/// Decides that a submission is done, held until it is said when to tell. `scope` is that of whoever
/// resolved the cause; none when the table or their right does not allow it.
///
/// # Errors
/// A fault of the database.
pub async fn close_within(tx: &mut Tx, scope: &Scope, close: Close) -> Result<Option<Decided>> {
    let opened = match close.by {
        By::Cause => Case::open(tx, &scope.acting_as(Actor::system()), close.id).await,
        By::Resolver => Case::open(tx, scope, close.id).await,
    };
    let case = match opened {
        Ok(case) => case,
        Err(Error::Refusal(_)) => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let letters = match close.by {
        By::Cause => Letters::from(Letter::Cause),
        By::Resolver => case.letters(scope).without(Letter::Author),
    };
    let facts = case.facts;
    let Ok(step) = case.position()?.step(Phase::Implemented, letters, &facts) else {
        return Ok(None);
    };
    let status = query::default_status(tx, step.to()).await?;
    let words = Told::new(close.text, close.language);
    let response = Some(respond(tx, scope, (close.id, words)).await?);
    let ruling = Ruling { response, announce: Announce::Later, ..Ruling::of(&step, status) };
    decide::carry_out(tx, scope, case, ruling).await.map(Some)
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

/// Takes a decision back that nobody was told of. `false`: it was told, or another one has taken its
/// place.
///
/// # Errors
/// A fault of the database.
pub async fn take_back_within(
    tx: &mut Tx,
    scope: &Scope,
    (row, decision): (submission::Model, DecisionId),
) -> Result<bool> {
    if row.pending_decision_id != Some(decision) {
        return Ok(false);
    }
    let Some(held) = query::decision(tx, decision).await? else { return Ok(false) };
    undo::take_back(tx, scope, (row, &held)).await?;
    Ok(true)
}

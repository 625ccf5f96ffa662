//! What the passing of time does to submissions: held decisions are told, deferred ones wake,
//! questions run out.
//!
//! Every case is judged again under its lock: what somebody else did meanwhile leaves nothing to do.

use entity::id::{DecisionId, SubmissionId};
use entity::instant::Instant;
use entity::jobs::period::Period;
use entity::jobs::values::TimedKind;
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::workflow::decision;
use uuid::Uuid;

use super::announce;
use super::case::{self, Case};
use super::decide::{self, Ruling};
use super::query;
use crate::jobs::timed::{self, Acted, Claim, Work};
use crate::kit::error::{Error, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::joining::query as groups;

/// Decisions whose hold is over, the longest waiting first.
///
/// # Errors
/// A fault of the database.
pub async fn releases_due(scope: &Scope, most: u64) -> Result<Vec<Uuid>> {
    let due = query::due_releases(&scope.db(), scope.now, most).await?;
    Ok(due.into_iter().map(|id| id.0).collect())
}

/// Tells a decision whose hold is over. Closing it is the claim, for people may tell it too.
///
/// # Errors
/// A fault of the database.
pub async fn release(tx: &mut Tx, scope: &Scope, id: Uuid) -> Result<Acted> {
    let told = release_some(tx, scope, &[id]).await?;
    Ok(if told > 0 { Acted::Done } else { Acted::Nothing })
}

/// As [`release`], for several decisions together; returns how many were told.
///
/// # Errors
/// A fault of the database; then none of them was told.
pub async fn release_some(tx: &mut Tx, scope: &Scope, ids: &[Uuid]) -> Result<u64> {
    let ids: Vec<DecisionId> = ids.iter().copied().map(DecisionId).collect();
    let decisions = query::decisions(tx, &ids).await?;
    for decision in &decisions {
        if case::touches_joining(decision)? {
            groups::alone(tx).await?;
            break;
        }
    }
    let about: Vec<SubmissionId> = decisions.iter().map(|it| it.submission_id).collect();
    // All rows before the causes of the first: the order of every other verb (docs/adr/0012).
    groups::hold(tx, &about).await?;
    let rows = query::locked_readable(tx, &scope.actor, &about).await?;
    let pending = |row: &submission::Model| {
        let is = |it: &&decision::Model| row.pending_decision_id == Some(it.id);
        decisions.iter().find(is).cloned()
    };
    let held = rows.into_iter().filter_map(|row| pending(&row).map(|it| (row, it))).collect();
    let told = announce::release_all(tx, scope.now, held).await?;
    Ok(told.len() as u64)
}

/// Deferred submissions whose wake date has come.
///
/// # Errors
/// A fault of the database.
pub async fn wakes_due(scope: &Scope, most: u64) -> Result<Vec<Uuid>> {
    let due = query::due_wakes(&scope.db(), scope.now, most).await?;
    Ok(due.into_iter().map(|id| id.0).collect())
}

/// Brings a deferred submission back.
///
/// # Errors
/// A fault of the database.
pub async fn wake(tx: &mut Tx, scope: &Scope, id: Uuid) -> Result<Acted> {
    by_time(tx, scope, (TimedKind::Wake, SubmissionId(id), Phase::Deferred)).await
}

/// Submissions whose question ran out without an answer.
///
/// # Errors
/// A fault of the database.
pub async fn questions_due(scope: &Scope, most: u64) -> Result<Vec<Uuid>> {
    let due = query::due_questions(&scope.db(), scope.now, most).await?;
    Ok(due.into_iter().map(|id| id.0).collect())
}

/// Takes a question back that nobody answered.
///
/// # Errors
/// A fault of the database.
pub async fn expire(tx: &mut Tx, scope: &Scope, id: Uuid) -> Result<Acted> {
    by_time(tx, scope, (TimedKind::Expire, SubmissionId(id), Phase::NeedsInfo)).await
}

/// When the first decision is to be told, the first deferred one wakes, or the first question runs
/// out; none when nothing waits for that.
///
/// # Errors
/// A fault of the database.
pub async fn next(scope: &Scope, kind: TimedKind) -> Result<Option<Instant>> {
    let db = scope.db();
    match kind {
        TimedKind::Release => query::next_release(&db).await,
        TimedKind::Wake => query::next_wake(&db).await,
        TimedKind::Expire => query::next_question(&db).await,
        _ => Ok(None),
    }
}

/// The scheduler's step out of a phase, once for each stay in it.
async fn by_time(
    tx: &mut Tx,
    scope: &Scope,
    (kind, id, from): (TimedKind, SubmissionId, Phase),
) -> Result<Acted> {
    let case = match Case::open(tx, scope, id).await {
        Ok(case) if case.row.phase == from => case,
        Ok(_) | Err(Error::Refusal(_)) => return Ok(Acted::Nothing),
        Err(fault) => return Err(fault),
    };
    let position = case.position()?;
    let to = match from {
        Phase::Deferred => Some(Phase::UnderReview),
        _ => position.stack().top(),
    };
    let step = to.and_then(|to| position.step(to, case.letters(scope), &case.facts).ok());
    let Some(step) = step else { return Ok(Acted::Nothing) };
    let work = Work { kind, subject: id.0, period: Period::Since(case.row.entered_at) };
    if timed::claim(&*tx, work, scope.now).await? == Claim::Taken {
        return Ok(Acted::Nothing);
    }
    let status = query::default_status(tx, step.to()).await?;
    if step.question_ran_out() {
        let subject = ("submission", case.row.id.0);
        tx.state(NewFact::new("question.timed_out", subject, &serde_json::json!({})).internal());
    }
    decide::carry_out(tx, scope, case, Ruling::of(&step, status)).await?;
    Ok(Acted::Done)
}

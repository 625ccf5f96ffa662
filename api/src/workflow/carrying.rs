//! Observations go along with their causes: the letter C of the phase machine.
//!
//! A cause whose status has changed asks for this work (`cause.carry`), which looks at every
//! observation that a person has linked to it and takes each where the least advanced of its live
//! causes is. All of it is judged again under the lock of the submission, so that doing it twice is
//! doing it once; what the machine does not allow stays where it is.

use entity::id::{CauseId, SubmissionId};
use entity::jobs::job;
use entity::submissions::phase::{Kind, Letter};
use entity::triage::progress;

use super::case::Case;
use super::decide::{self, Ruling};
use super::query;
use super::service::{by_default, respond};
use crate::jobs::roster::Verdict;
use crate::kit::error::{Error, Result};
use crate::kit::scope::Scope;
use crate::triage::causes::query as causes;

/// Observations looked at in one round.
const ROUND: u64 = 200;

/// Makes one attempt at taking the observations of a cause along.
pub async fn attempt(scope: &Scope, job: &job::Model) -> Verdict {
    let Ok(cause) = job.subject.parse::<CauseId>() else {
        return Verdict::give_up("The subject is no cause.");
    };
    match carry(scope, cause).await {
        Ok(_) => Verdict::Done,
        Err(error) => Verdict::again(error.to_string()),
    }
}

/// Takes the observations of a cause along, each in a transaction of its own. Returns how many
/// moved.
///
/// # Errors
/// A fault of the database; what moved before it stays moved.
pub async fn carry(scope: &Scope, cause: CauseId) -> Result<u64> {
    let (mut moved, mut after) = (0, None);
    loop {
        let part = causes::carried_by(&scope.db(), cause, (after, ROUND)).await?;
        for id in &part {
            moved += carry_one(scope, *id).await?;
        }
        after = part.last().copied();
        if (part.len() as u64) < ROUND {
            return Ok(moved);
        }
    }
}

async fn carry_one(scope: &Scope, id: SubmissionId) -> Result<u64> {
    let mut tx = scope.begin().await?;
    let case = match Case::open(&mut tx, scope, id).await {
        Ok(case) if case.row.kind == Kind::Observation => case,
        Ok(_) | Err(Error::Refusal(_)) => return Ok(0),
        Err(fault) => return Err(fault),
    };
    let statuses = causes::said_of(&tx, id).await?;
    let Some(to) = progress::carried(case.row.phase, statuses) else { return Ok(0) };
    let Ok(step) = case.position()?.step(to, Letter::Cause.into(), &case.facts) else {
        return Ok(0);
    };
    let status = query::default_status(&tx, step.to()).await?;
    // Nothing is closed without a word.
    let response = match by_default(&tx, &case, &step).await? {
        Some(words) => Some(respond(&tx, scope, (id, words)).await?),
        None => None,
    };
    let ruling = Ruling { response, ..Ruling::of(&step, status) };
    decide::carry_out(&mut tx, scope, case, ruling).await?;
    tx.commit(1).await
}

//! "Let us try it": trials of an idea, one after the other.

use entity::id::{SubmissionId, TrialId};
use entity::implementation::trial;
use entity::implementation::values::TrialState;
use entity::instant::Day;
use entity::submissions::phase::Phase;
use entity::submissions::text::Limit;
use serde::Serialize;

use super::{fresh, perhaps, written};
use crate::implementation::days;
use crate::implementation::ground::{Ground, Subject};
use crate::implementation::policy::{self, Place, View, Work};
use crate::implementation::query::trials as query;
use crate::kit::change::Change;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};

/// Most trials of one idea.
pub const MOST_TRIALS: usize = 50;

const GUESS: Limit = Limit { field: "guess", ..Limit::MESSAGE };
const MEASURE: Limit = Limit { field: "measure", ..Limit::MESSAGE };
const RESULT: Limit = Limit { field: "result", ..Limit::MESSAGE };
const LEARNED: Limit = Limit { field: "learned", ..Limit::MESSAGE };

/// A trial to begin.
#[derive(Clone, Debug)]
pub struct NewTrial {
    /// Of which idea.
    pub submission: SubmissionId,
    /// What is expected to happen.
    pub guess: String,
    /// What is looked at, and how.
    pub measure: String,
    /// First day; today when none is named.
    pub starts_on: Option<Day>,
    /// Last day.
    pub ends_on: Option<Day>,
}

/// A change of a trial that runs; what is not given stays.
#[derive(Clone, Debug)]
pub struct UpdateTrial {
    /// Which.
    pub id: TrialId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// Another guess.
    pub guess: Option<String>,
    /// Another measure.
    pub measure: Option<String>,
    /// Another last day.
    pub ends_on: Change<Day>,
    /// What happens so far.
    pub result: Option<String>,
    /// What was learned so far.
    pub learned: Option<String>,
}

/// How a trial ends.
#[derive(Clone, Debug)]
pub struct EndTrial {
    /// Which.
    pub id: TrialId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// Adopted or stopped.
    pub verdict: Verdict,
    /// What happened; needed unless it was written before.
    pub result: Option<String>,
    /// What was learned; needed unless it was written before.
    pub learned: Option<String>,
}

/// What becomes of what was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stays.
    Adopt,
    /// It does not.
    Stop,
}

#[derive(Serialize)]
struct TrialData {
    trial: TrialId,
    state: TrialState,
}

fn fact(ground: &Ground, kind: &'static str, row: &trial::Model) -> NewFact {
    ground.fact(kind, &TrialData { trial: row.id, state: row.state })
}

/// Trials belong to ideas that people work on.
fn being_worked_on(ground: &Ground) -> Result<()> {
    match ground.place() {
        Place::Submission { phase: Phase::InProgress, .. } => Ok(()),
        _ => Err(Refusal::new(
            Code::StepNotAllowed,
            "submissionId",
            "A trial belongs to an idea that is being worked on. Move it to IN_PROGRESS first.",
        )
        .allowing(vec![Phase::InProgress.to_string()])
        .into()),
    }
}

/// "Let us try it": begins a trial.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, INVALID, TOO_LATE; REQUIRED, TOO_LONG naming the field; STEP_NOT_ALLOWED
/// unless the idea is IN_PROGRESS; TAKEN while another trial of it runs.
pub async fn start(scope: &Scope, new: NewTrial) -> Result<trial::Model> {
    let mut tx = scope.begin().await?;
    let ground = Ground::open(&tx, scope, Subject::Submission(new.submission)).await?;
    policy::may_work(ground.ties, ground.place(), Work::Steering)?;
    being_worked_on(&ground)?;
    let before = query::of(&tx, &[new.submission]).await?;
    room_for_one(&before)?;
    let today = days::of(&tx, ground.unit()).await?.day_of(scope.now);
    let starts_on = new.starts_on.unwrap_or(today);
    in_order(starts_on, new.ends_on)?;
    let row = trial::Model {
        id: TrialId(scope.fresh_id()),
        submission_id: new.submission,
        number: before.iter().map(|it| it.number).max().unwrap_or(0) + 1,
        guess: written(&new.guess, GUESS)?,
        measure: written(&new.measure, MEASURE)?,
        starts_on,
        ends_on: new.ends_on,
        result: None,
        learned: None,
        state: TrialState::Running,
        created_by: scope.actor.person(),
        created_at: scope.now,
        ended_by: None,
        ended_at: None,
        version: 1,
    };
    query::insert(&tx, &row).await?;
    tx.state(fact(&ground, "trial.started", &row));
    tx.commit(row).await
}

fn room_for_one(before: &[trial::Model]) -> Result<()> {
    if let Some(running) = before.iter().find(|it| it.state == TrialState::Running) {
        return Err(Refusal::new(
            Code::Taken,
            "submissionId",
            format!("Another trial of this idea runs: {}. Adopt or stop it first.", running.id),
        )
        .allowing(vec![running.id.to_string()])
        .into());
    }
    if before.len() >= MOST_TRIALS {
        return Err(Refusal::new(
            Code::Invalid,
            "submissionId",
            format!("There were {MOST_TRIALS} trials of this idea. Decide with what you know."),
        )
        .into());
    }
    Ok(())
}

fn in_order(starts_on: Day, ends_on: Option<Day>) -> Result<()> {
    match ends_on {
        Some(ends) if ends < starts_on => Err(Refusal::new(
            Code::Invalid,
            "endsOn",
            format!("It would end on {ends}, before it begins on {starts_on}. Choose a later day."),
        )
        .into()),
        _ => Ok(()),
    }
}

/// The trial, under the lock of its idea, for somebody who may steer it.
async fn running(
    tx: &Tx,
    scope: &Scope,
    (id, expected): (TrialId, Option<i32>),
) -> Result<(Ground, trial::Model)> {
    scope.actor.require_person()?;
    let found = query::one(tx, id).await?.or_not_found("id")?;
    let subject = Subject::Submission(found.submission_id);
    let ground = Ground::open_at(tx, scope, (subject, "id")).await?;
    if ground.view() != View::Whole {
        return Err(Refusal::not_found("id").into());
    }
    policy::may_work(ground.ties, ground.place(), Work::Steering)?;
    let row = query::one(tx, id).await?.or_not_found("id")?;
    fresh(expected, row.version)?;
    if row.state != TrialState::Running {
        return Err(Refusal::new(
            Code::TooLate,
            "id",
            format!("This trial is {}. Begin another one.", row.state),
        )
        .into());
    }
    Ok((ground, row))
}

/// "So far it looks like this": changes a trial that runs.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, TOO_LATE when it ended; REQUIRED, TOO_LONG, INVALID naming
/// the field.
pub async fn update(scope: &Scope, cmd: UpdateTrial) -> Result<trial::Model> {
    let mut tx = scope.begin().await?;
    let (ground, found) = running(&tx, scope, (cmd.id, cmd.expected_version)).await?;
    let ends_on = cmd.ends_on.of(found.ends_on);
    in_order(found.starts_on, ends_on)?;
    let row = trial::Model {
        guess: cmd.guess.map_or(Ok(found.guess.clone()), |it| written(&it, GUESS))?,
        measure: cmd.measure.map_or(Ok(found.measure.clone()), |it| written(&it, MEASURE))?,
        ends_on,
        result: perhaps(cmd.result.as_deref(), RESULT)?.or(found.result.clone()),
        learned: perhaps(cmd.learned.as_deref(), LEARNED)?.or(found.learned.clone()),
        version: found.version + 1,
        ..found
    };
    query::store(&tx, &row).await?;
    tx.state(fact(&ground, "trial.updated", &row));
    tx.commit(row).await
}

/// "It stays", or "it does not": ends a trial. Nothing else moves.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, TOO_LATE when it ended; REQUIRED without result or lesson,
/// TOO_LONG.
pub async fn end(scope: &Scope, cmd: EndTrial) -> Result<trial::Model> {
    let mut tx = scope.begin().await?;
    let (ground, found) = running(&tx, scope, (cmd.id, cmd.expected_version)).await?;
    let result = perhaps(cmd.result.as_deref(), RESULT)?.or(found.result.clone());
    let learned = perhaps(cmd.learned.as_deref(), LEARNED)?.or(found.learned.clone());
    let lacking = |field: &str, what: &str| {
        Refusal::new(
            Code::Required,
            field,
            format!("Say in a sentence {what}; then end the trial."),
        )
    };
    let (state, kind) = match cmd.verdict {
        Verdict::Adopt => (TrialState::Adopted, "trial.adopted"),
        Verdict::Stop => (TrialState::Stopped, "trial.stopped"),
    };
    let row = trial::Model {
        result: Some(result.ok_or_else(|| lacking("result", "what happened"))?),
        learned: Some(learned.ok_or_else(|| lacking("learned", "what was learned"))?),
        state,
        ended_by: scope.actor.person(),
        ended_at: Some(scope.now),
        version: found.version + 1,
        ..found
    };
    query::store(&tx, &row).await?;
    tx.state(fact(&ground, kind, &row));
    tx.commit(row).await
}

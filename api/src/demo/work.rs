//! What is done about ideas and causes in the demo: plans, who helps, trials, outcomes, copies at other
//! sites. Every step is one that the laws of implementation allow.

mod copies;
mod measured;
mod plans;

use std::collections::HashMap;

use entity::id::{PersonId, SubmissionId, UnitId};
use entity::implementation::values::{
    AdoptionState, Direction, FigureStage, HelpState, ItemStatus, OutcomeKind, TrialState,
};
use entity::implementation::{help, trial};
use entity::instant::{HOUR, Instant, MINUTE};
use serde::Deserialize;
use serde_json::json;

use super::facts;
use super::lives::{World, days_before};
use super::organisation::find;
use super::rows::{Happening, Rows};
use super::seed::Seed;
use crate::implementation::ground::Subject;
use crate::kit::error::{Fault, Result};

/// What `work.json` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Plans of ideas and causes.
    pub plans: Vec<Plan>,
    /// Who wants to help.
    pub helpers: Vec<Helper>,
    /// What was tried.
    pub trials: Vec<Trial>,
    /// What it changed.
    pub outcomes: Vec<Outcome>,
    /// Where else it is used.
    pub adoptions: Vec<Copy>,
}

/// What is to be done about an idea or a cause.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Key of the idea.
    #[serde(default)]
    pub submission: Option<String>,
    /// Key of the cause.
    #[serde(default)]
    pub cause: Option<String>,
    /// Staff code of who wrote it.
    pub by: String,
    /// When.
    pub days_ago: u32,
    /// Items in order.
    pub items: Vec<Item>,
}

/// One thing to do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// What.
    pub title: String,
    /// Staff code of who does it.
    pub assignee: Option<String>,
    /// Code of the function that does it.
    pub function: Option<String>,
    /// How far it is.
    pub status: ItemStatus,
    /// Days from now to its last day; the next working day counts.
    pub due_in_days: Option<i64>,
    /// When it was done.
    pub done_days_ago: Option<u32>,
    /// Lines to look at.
    pub checks: Vec<Check>,
    /// Positions, from 1, of items that come first.
    pub waits: Vec<usize>,
}

/// A line of a checklist.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// What.
    pub text: String,
    /// Whether it was ticked.
    pub ticked: bool,
}

/// Somebody who wants to help.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Helper {
    /// Key of the idea.
    pub submission: String,
    /// Staff code.
    pub person: String,
    /// When.
    pub days_ago: u32,
    /// Staff code of who named them co-owner.
    #[serde(default)]
    pub named_by: Option<String>,
    /// When.
    #[serde(default)]
    pub named_days_ago: Option<u32>,
}

/// A change that is tried out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// Key of the idea.
    pub submission: String,
    /// Staff code of who began it.
    pub by: String,
    /// What is expected.
    pub guess: String,
    /// What is looked at.
    pub measure: String,
    /// First day.
    pub starts_days_ago: u32,
    /// How it ended; none while it runs.
    #[serde(default)]
    pub ended: Option<Ended>,
}

/// How a trial ended.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// When.
    pub days_ago: u32,
    /// What happened.
    pub result: String,
    /// What was learned.
    pub learned: String,
    /// ADOPTED or STOPPED.
    pub state: TrialState,
}

/// What is to change, and did.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// Key of the idea.
    #[serde(default)]
    pub submission: Option<String>,
    /// Key of the cause.
    #[serde(default)]
    pub cause: Option<String>,
    /// Which kind of effect.
    pub kind: OutcomeKind,
    /// What changes.
    pub title: String,
    /// Unit of measure.
    pub measure: String,
    /// Which way is better.
    pub direction: Direction,
    /// Staff code of who wrote it down.
    pub by: String,
    /// When.
    pub days_ago: u32,
    /// Figures in order.
    pub figures: Vec<Figure>,
}

/// A figure of an outcome.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Target, forecast or actual.
    pub stage: FigureStage,
    /// The figure.
    pub value: f64,
    /// Staff code of who wrote it down.
    pub by: String,
    /// When.
    pub days_ago: u32,
    /// Days from now to the day that it is for.
    pub in_days: i64,
    /// What shows it.
    #[serde(default)]
    pub evidence: Option<String>,
    /// Why it replaces the one before.
    #[serde(default)]
    pub reason: Option<String>,
    /// Staff code of who stands for it.
    #[serde(default)]
    pub confirmed_by: Option<String>,
    /// Since when.
    #[serde(default)]
    pub confirmed_days_ago: Option<u32>,
}

/// An idea that works, offered to another site.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Copy {
    /// Key of the idea.
    pub submission: String,
    /// Code of the site.
    pub site: String,
    /// Staff code of who offered it.
    pub by: String,
    /// When.
    pub days_ago: u32,
    /// How far the site is.
    pub state: AdoptionState,
    /// Staff code of who leads the site.
    pub leader: String,
    /// Words to the site.
    #[serde(default)]
    pub message: Option<String>,
    /// Why the site does not take it up.
    #[serde(default)]
    pub reason: Option<String>,
    /// When it was taken up.
    #[serde(default)]
    pub accepted_days_ago: Option<u32>,
    /// When it ended.
    #[serde(default)]
    pub closed_days_ago: Option<u32>,
}

/// What the work stands on.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) world: World<'a>,
    /// Submissions by key.
    pub(super) ids: &'a HashMap<String, SubmissionId>,
}

impl Ground<'_> {
    /// Late on the day of a step, so that what led to it on the same day came before. Turns count on by
    /// five minutes.
    fn at(&self, days_ago: u32, turn: i64) -> Instant {
        days_before(self.world.known.evening, days_ago, 2 * HOUR - (5 + 5 * turn) * MINUTE)
    }

    fn person(&self, code: &str) -> Result<PersonId> {
        find(&self.world.known.people, code)
    }

    fn some_person(&self, code: Option<&String>) -> Result<Option<PersonId>> {
        code.map(|code| self.person(code)).transpose()
    }

    fn unit(&self, code: &str) -> Result<UnitId> {
        find(&self.world.known.units, code)
    }

    fn subject(&self, submission: Option<&String>, cause: Option<&String>) -> Result<Subject> {
        match (submission, cause) {
            (Some(key), None) => Ok(Subject::Submission(find(self.ids, key)?)),
            (None, Some(key)) => Ok(Subject::Cause(find(&self.world.known.causes, key)?)),
            _ => Err(Fault::internal("the demo's work is about one thing each").into()),
        }
    }
}

/// A law that the content breaks.
fn broken(what: &str, why: impl std::fmt::Debug) -> Fault {
    Fault::internal(format!("the demo's {what}: {why:?}"))
}

/// Fills `rows` with the work. Behind the lives of what it is about.
///
/// # Errors
/// A fault when the content breaks a law, or names what the demo does not define.
pub(super) fn furnish(ground: Ground<'_>, seed: &mut Seed, rows: &mut Rows) -> Result<()> {
    let work = &ground.world.content.work;
    for given in &work.plans {
        plans::plan(ground, given, seed, rows)?;
    }
    for given in &work.helpers {
        helper(ground, given, rows)?;
    }
    for given in &work.trials {
        trial_of(ground, given, seed, rows)?;
    }
    for given in &work.outcomes {
        measured::outcome(ground, given, seed, rows)?;
    }
    for given in &work.adoptions {
        copies::offer(ground, given, seed, rows)?;
    }
    Ok(())
}

fn helper(ground: Ground<'_>, given: &Helper, rows: &mut Rows) -> Result<()> {
    let submission_id = find(ground.ids, &given.submission)?;
    let person_id = ground.person(&given.person)?;
    let named_by = ground.some_person(given.named_by.as_ref())?;
    let created_at = ground.at(given.days_ago, 3);
    let named_at = given.named_days_ago.map(|days| ground.at(days, 4).max(created_at.plus(MINUTE)));
    let data = json!({ "person": person_id });
    let about = ("submission", submission_id.0);
    let mut happen = |by, at, kind| {
        rows.happenings.push(Happening::by(by, at, facts::inside(kind, about, &data)))
    };
    happen(Some(person_id), created_at, "help.offered");
    if let (Some(by), Some(at)) = (named_by, named_at) {
        happen(Some(by), at, "co_owner.named");
    }
    rows.work.helpers.push(help::Model {
        submission_id,
        person_id,
        state: if named_by.is_some() { HelpState::CoOwner } else { HelpState::Offered },
        named_by,
        created_at,
        named_at,
    });
    Ok(())
}

fn trial_of(ground: Ground<'_>, given: &Trial, seed: &mut Seed, rows: &mut Rows) -> Result<()> {
    let submission_id = find(ground.ids, &given.submission)?;
    let by = ground.person(&given.by)?;
    let begun = ground.at(given.starts_days_ago, 1);
    let ended_at =
        given.ended.as_ref().map(|end| ground.at(end.days_ago, 2).max(begun.plus(MINUTE)));
    let end = given.ended.as_ref();
    let row = trial::Model {
        id: entity::id::TrialId(seed.id_at(begun)),
        submission_id,
        number: 1,
        guess: given.guess.clone(),
        measure: given.measure.clone(),
        starts_on: begun.day(),
        ends_on: Some(
            ended_at.map_or_else(|| ground.at(0, 0).plus(14 * 24 * HOUR).day(), Instant::day),
        ),
        result: end.map(|it| it.result.clone()),
        learned: end.map(|it| it.learned.clone()),
        state: end.map_or(TrialState::Running, |it| it.state),
        created_by: Some(by),
        created_at: begun,
        ended_by: ended_at.map(|_| by),
        ended_at,
        version: if ended_at.is_some() { 2 } else { 1 },
    };
    let mut happen = |at, kind, state: TrialState| {
        let data = json!({ "trial": row.id, "state": state });
        let fact = facts::inside(kind, ("submission", submission_id.0), &data);
        rows.happenings.push(Happening::by(Some(by), at, fact));
    };
    happen(begun, "trial.started", TrialState::Running);
    if let Some(at) = ended_at {
        let adopted = row.state == TrialState::Adopted;
        happen(at, if adopted { "trial.adopted" } else { "trial.stopped" }, row.state);
    }
    rows.work.trials.push(row);
    Ok(())
}

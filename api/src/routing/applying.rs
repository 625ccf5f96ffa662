//! Applying rules to one new submission.

use entity::id::{CauseId, PersonId, RuleId, SubmissionId, UnitId};
use entity::instant::Day;
use entity::routing::rule;
use entity::routing::words::Folded;
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::triage::values::LinkSource;
use serde::Serialize;

use super::matching::{Conditions, Effects};
use super::query::{self, There};
use crate::identity;
use crate::kit::error::Result;
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::triage::causes::service::{self as triage, Links};
use crate::workflow;
use crate::workflow::absent;
use crate::workflow::handling::MOST_TAGS;

/// Why a rule that is switched on is not applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Its touchpoint is out of use.
    TouchpointGone,
    /// The unit of its condition is closed.
    UnitGone,
    /// Its function is closed.
    FunctionGone,
    /// Its assignee has left, or reviews nothing any more.
    AssigneeGone,
    /// Its root cause was rejected, or merged into another one.
    CauseGone,
}

/// What is wrong with a rule, given what is still there.
#[must_use]
pub fn flaws(rule: &rule::Model, there: &There) -> Vec<Flaw> {
    let gone = |missing: bool, flaw: Flaw| missing.then_some(flaw);
    [
        gone(
            rule.touchpoint_id.is_some_and(|id| !there.touchpoints.contains(&id)),
            Flaw::TouchpointGone,
        ),
        gone(rule.unit_id.is_some_and(|id| !there.units.contains(&id)), Flaw::UnitGone),
        gone(rule.function_id.is_some_and(|id| !there.functions.contains(&id)), Flaw::FunctionGone),
        gone(rule.assignee_id.is_some_and(|id| !there.reviewers.contains(&id)), Flaw::AssigneeGone),
        gone(rule.cause_id.is_some_and(|id| !there.causes.contains(&id)), Flaw::CauseGone),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The rules that are to be applied now, in their order: switched on and whole. At most four
/// statements.
///
/// # Errors
/// A fault of the database.
pub async fn live_rules(scope: &Scope) -> Result<Vec<rule::Model>> {
    let db = scope.db();
    let rules = query::switched_on(&db).await?;
    if rules.is_empty() {
        return Ok(rules);
    }
    let today: Day = scope.now.day();
    let there = query::there(&db, &rules, today).await?;
    Ok(rules.into_iter().filter(|rule| flaws(rule, &there).is_empty()).collect())
}

#[derive(Serialize)]
struct HandedOver {
    function: UnitId,
    previous: Option<UnitId>,
    rule: RuleId,
}

#[derive(Serialize)]
struct Assigned {
    assignee: PersonId,
    previous: Option<PersonId>,
    rule: RuleId,
}

#[derive(Serialize)]
struct Tagged {
    fields: [&'static str; 1],
    rule: RuleId,
}

/// Applies `rules` to a submission that nobody has looked at yet. What a person has set stays, and a
/// submission that a person has taken up is left alone. Returns whether anything was done.
///
/// # Errors
/// A fault of the database.
pub async fn apply(
    tx: &mut Tx,
    scope: &Scope,
    id: SubmissionId,
    rules: &[rule::Model],
) -> Result<Outcome> {
    let Some(row) = workflow::query::locked(tx, &scope.actor, id).await? else {
        return Ok(Outcome::Nothing);
    };
    // What a split made went its way with the whole.
    let is_part = row.split_from.is_some();
    if is_part || row.phase != Phase::Submitted || row.pending_decision_id.is_some() {
        return Ok(Outcome::Nothing);
    }
    let effects = effects(tx, &row, rules).await?;
    let (sent, row) = route(tx, scope, row, &effects).await?;
    let tagged = add_tags(tx, id, &effects.tags).await?;
    let linked = link(tx, scope, (&row, &effects.causes)).await?;
    let done = [sent, tagged, linked].contains(&Outcome::Done);
    Ok(if done { Outcome::Done } else { Outcome::Nothing })
}

/// Links to root causes, each with its rule as the source. Moves nothing: that takes a person.
async fn link(
    tx: &mut Tx,
    scope: &Scope,
    (row, causes): (&submission::Model, &[(CauseId, RuleId)]),
) -> Result<Outcome> {
    let ids: Vec<CauseId> = causes.iter().map(|(cause, _)| *cause).collect();
    let live = triage::still_live(tx, scope, &ids).await?;
    let fresh = triage::not_linked(tx, (row.id, LinkSource::Rule), &live).await?;
    for (cause, rule) in causes.iter().filter(|(cause, _)| fresh.contains(cause)) {
        let links = Links {
            causes: vec![*cause],
            source: LinkSource::Rule,
            note: None,
            decision: None,
            rule: Some(*rule),
        };
        triage::link_within(tx, scope, (row, links)).await?;
    }
    Ok(if fresh.is_empty() { Outcome::Nothing } else { Outcome::Done })
}

/// Whether a rule did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did.
    Done,
    /// No rule means it, or there was nothing left to set.
    Nothing,
}

/// What the rules that mean a submission do with it. Rules that were made after it was sent do not
/// mean it.
async fn effects(tx: &Tx, row: &submission::Model, rules: &[rule::Model]) -> Result<Effects> {
    let lineages = identity::query::lineages(tx, &[row.unit_id]).await?;
    let lineage = lineages.get(&row.unit_id).cloned().unwrap_or_default();
    let meant: Vec<(&rule::Model, Conditions)> = rules
        .iter()
        .filter(|rule| rule.created_at <= row.created_at)
        .map(|rule| (rule, Conditions::of(rule)))
        .filter(|(_, conditions)| conditions.mean(row, &lineage))
        .collect();
    let reads = meant.iter().any(|(_, conditions)| !conditions.words.is_empty());
    let text = if reads { query::words(tx, row.text_id).await? } else { String::new() };
    let text = Folded::of(&text);
    let meant = meant.iter().filter(|(_, conditions)| conditions.words_hold(&text));
    Ok(Effects::of(meant.map(|(rule, _)| *rule)))
}

/// Hands over and gives, where nobody has.
async fn route(
    tx: &mut Tx,
    scope: &Scope,
    row: submission::Model,
    effects: &Effects,
) -> Result<(Outcome, submission::Model)> {
    let found = row.clone();
    let mut row = row;
    if let (None, None, Some((function, rule))) =
        (row.function_id, row.assignee_id, effects.function)
    {
        row.function_id = Some(function);
        row.handover = Some(query::OFFERED);
        let data = HandedOver { function, previous: None, rule };
        tx.state(
            NewFact::new("submission.handed_over", ("submission", row.id.0), &data).internal(),
        );
    }
    if row.assignee_id.is_none()
        && let Some((assignee, rule)) = reviewer(tx, scope, &row, &effects.assignees).await?
    {
        row.assignee_id = Some(assignee);
        let data = Assigned { assignee, previous: None, rule };
        tx.state(NewFact::new("submission.assigned", ("submission", row.id.0), &data).internal());
    }
    if (row.function_id, row.assignee_id) == (found.function_id, found.assignee_id) {
        return Ok((Outcome::Nothing, row));
    }
    row.updated_at = scope.now;
    row.version += 1;
    query::send(tx, &row).await?;
    Ok((Outcome::Done, row))
}

/// The first of the named who may be given it: holds R on it where it goes, neither wrote it nor is
/// concerned, and is there. For who is away, who stands in.
async fn reviewer(
    tx: &Tx,
    scope: &Scope,
    row: &submission::Model,
    named: &[(PersonId, RuleId)],
) -> Result<Option<(PersonId, RuleId)>> {
    for (person, rule) in named {
        let person = match absent::today(tx, scope, *person).await? {
            Some(absence) => absence.delegate_id,
            None => Some(*person),
        };
        let Some(person) = person else { continue };
        if workflow::query::is_reviewer(tx, row, person).await? {
            return Ok(Some((person, *rule)));
        }
    }
    Ok(None)
}

/// Adds tags as long as there is room.
async fn add_tags(tx: &mut Tx, id: SubmissionId, tags: &[(String, RuleId)]) -> Result<Outcome> {
    if tags.is_empty() {
        return Ok(Outcome::Nothing);
    }
    let known = query::tags(tx, id).await?;
    let room = MOST_TAGS.saturating_sub(known.len());
    let fresh: Vec<&(String, RuleId)> =
        tags.iter().filter(|(tag, _)| !known.contains(tag)).take(room).collect();
    if fresh.is_empty() {
        return Ok(Outcome::Nothing);
    }
    query::add_tags(tx, id, fresh.iter().map(|(tag, _)| tag.clone())).await?;
    let mut by: Vec<RuleId> = fresh.iter().map(|(_, rule)| *rule).collect();
    by.dedup();
    for rule in by {
        let data = Tagged { fields: ["tags"], rule };
        tx.state(NewFact::new("submission.triaged", ("submission", id.0), &data).internal());
    }
    Ok(Outcome::Done)
}

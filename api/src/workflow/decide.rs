//! Writing a decision: the row, the decision with what it found, the facts.

use entity::clocks::machine::{Overtaken, Turn};
use entity::facts::values::ActorKind;
use entity::id::{DecisionId, PersonId, ReasonId, ResponseId, StatusId, SubmissionId};
use entity::instant::Day;
use entity::submissions::hold::{self, Announce, HoldPolicy};
use entity::submissions::phase::{Letter, Phase, Step};
use entity::submissions::submission;
use entity::submissions::values::Handover;
use entity::workflow::decision;
use entity::workflow::snapshot::{Before, Place};
use entity::workflow::values::DecisionState;
use serde::Serialize;

use super::announce;
use super::case::{self, Case};
use super::handling::handover;
use super::query;
use crate::clocks;
use crate::kit::actor::Principal;
use crate::kit::error::{Fault, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::reach::service as reach;
use crate::submissions::disclosure;
use crate::triage;

/// What is decided, in full: law and needs have been checked.
#[derive(Clone, Debug)]
pub(super) struct Ruling {
    /// In which capacity.
    pub(super) letter: Letter,
    /// Where it stands afterwards.
    pub(super) to: Place,
    /// The phase that the decision leaves, as its log line says.
    pub(super) from: Phase,
    /// The label afterwards.
    pub(super) status: StatusId,
    /// From the catalogue.
    pub(super) reason: Option<ReasonId>,
    /// Words to the author, already written.
    pub(super) response: Option<ResponseId>,
    /// When to tell.
    pub(super) announce: Announce,
    /// The wake date of a deferral.
    pub(super) wake_on: Option<Day>,
    /// A new promised date.
    pub(super) promised_on: Option<Day>,
    /// A new assignee.
    pub(super) assignee: Option<PersonId>,
    /// The one that it is joined into; none keeps what is there as long as it is MERGED.
    pub(super) joins: Option<SubmissionId>,
    /// What becomes of the decision whose place this one takes.
    pub(super) overtakes: Overtakes,
}

/// What becomes of a decision that was still pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overtakes {
    /// Its links to causes go on with the new decision.
    Continues,
    /// It ends with all that came with it: the author took the submission back.
    Cancels,
}

impl Ruling {
    /// A step with nothing but a label.
    pub(super) fn of(step: &Step, status: StatusId) -> Self {
        Self {
            letter: step.letter(),
            to: Place { phase: step.to(), stack: step.stack_after() },
            from: step.from(),
            status,
            reason: None,
            response: None,
            announce: Announce::AfterHold,
            wake_on: None,
            promised_on: None,
            assignee: None,
            joins: None,
            overtakes: if step.cancels_pending() {
                Overtakes::Cancels
            } else {
                Overtakes::Continues
            },
        }
    }
}

/// A decision as written.
#[derive(Clone, Debug)]
pub struct Decided {
    /// The submission afterwards.
    pub submission: submission::Model,
    /// The decision.
    pub decision: decision::Model,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DecidedData {
    from: Phase,
    to: Phase,
    status: StatusId,
    decision: DecisionId,
    letter: Letter,
    reason: Option<ReasonId>,
    /// Milliseconds make no sense here: the instant in microseconds, none for "later".
    release_at: Option<i64>,
}

/// Writes a decision that obeys the law. The phase changes at once; what others see changes now
/// or, held, later.
pub(super) async fn carry_out(
    tx: &mut Tx,
    scope: &Scope,
    case: Case,
    ruling: Ruling,
) -> Result<Decided> {
    let mut decided = carry_out_all(tx, scope, vec![(case, ruling)]).await?;
    Ok(decided.pop().ok_or_else(|| Fault::internal("a decision was not written"))?)
}

/// As [`carry_out`], for decisions on several submissions at once, each on another one: reading and
/// counting takes a fixed number of statements, writing one for each submission.
pub(super) async fn carry_out_all(
    tx: &mut Tx,
    scope: &Scope,
    cases: Vec<(Case, Ruling)>,
) -> Result<Vec<Decided>> {
    let rows = cases.iter().map(|(case, ruling)| changed(&case.row, ruling, scope));
    let mut rows: Vec<submission::Model> = rows.collect();
    let found: Vec<&submission::Model> =
        cases.iter().map(|(case, _)| &case.row).chain(&rows).collect();
    let behind = reach::before(&*tx, &found).await?;
    let decisions = write(tx, scope, &cases).await?;
    let (mut turns, mut facts) = (Vec::with_capacity(rows.len()), Vec::new());
    for (((case, ruling), row), decision) in cases.iter().zip(&mut rows).zip(&decisions) {
        let news = reveal_or_hold(tx, row, (decision, scope)).await?;
        let at_once = decision.state == DecisionState::Announced;
        let told =
            at_once.then(|| announce::told(row, decision, (news.announced.as_ref(), scope.now)));
        turns.push((turn(case, ruling, (decision, row))?, told));
        facts.extend(facts_of(scope, (case, ruling), (row, decision), news));
        facts.extend(disclosure::facts(&case.row, row));
    }
    clocks::service::decided(tx, &mut rows, &turns).await?;
    for row in &rows {
        query::store(tx, row).await?;
    }
    reach::settle(&*tx, behind).await?;
    facts.into_iter().for_each(|fact| tx.state(fact));
    let decided = rows.into_iter().zip(decisions);
    Ok(decided.map(|(submission, decision)| Decided { submission, decision }).collect())
}

/// Shows the decided place now, or notes that the decision is held.
async fn reveal_or_hold(
    tx: &Tx,
    row: &mut submission::Model,
    (decision, scope): (&decision::Model, &Scope),
) -> Result<announce::News> {
    if decision.state == DecisionState::Announced {
        return announce::show(tx, row, (decision, scope.now)).await;
    }
    row.pending_decision_id = Some(decision.id);
    Ok(announce::News::default())
}

/// A decision as the clocks see it.
fn turn(
    case: &Case,
    ruling: &Ruling,
    (decision, row): (&decision::Model, &submission::Model),
) -> Result<Turn> {
    Ok(Turn {
        shown: case::before(decision)?.shown,
        to: ruling.to,
        promised_on: row.promised_on,
        at: decision.decided_at,
        decision: decision.id,
        overtakes: overtaken(case, ruling.overtakes),
    })
}

/// What is stated of one decision, in this order.
fn facts_of(
    scope: &Scope,
    (case, ruling): (&Case, &Ruling),
    (row, decision): (&submission::Model, &decision::Model),
    news: announce::News,
) -> Vec<NewFact> {
    let taken = takes_in(&case.row, ruling.letter).then(|| handover::taken_fact(&case.row));
    let opened = case.row.opened_at.is_none() && row.opened_at.is_some();
    let by_person = !matches!(ruling.letter, Letter::Author | Letter::Scheduler);
    // What follows by itself from somebody's step is the system's doing, not that person's.
    let by_system = scope.actor.principal == Principal::System;
    let actor = |fact: &NewFact| fact.actor.or(by_system.then_some(ActorKind::System));
    let news = news.facts().map(|fact| NewFact { actor: actor(&fact), ..fact });
    (taken.into_iter())
        .chain(opened.then(|| opened_fact(row)))
        .chain(by_person.then(|| decided_fact(row, decision)))
        .chain(news)
        .collect()
}

/// The fact that somebody of the inside looked at it for the first time.
pub(crate) fn opened_fact(row: &submission::Model) -> NewFact {
    NewFact::new("submission.opened", ("submission", row.id.0), &serde_json::json!({})).internal()
}

/// The fact that a decision was made.
pub(crate) fn decided_fact(row: &submission::Model, decision: &decision::Model) -> NewFact {
    let data = DecidedData {
        from: decision.from_phase,
        to: decision.to_phase,
        status: decision.to_status_id,
        decision: decision.id,
        letter: decision.letter,
        reason: decision.reason_id,
        release_at: decision.release_at.map(entity::instant::Instant::micros),
    };
    NewFact::new("submission.decided", ("submission", row.id.0), &data).internal()
}

/// What this decision found: the announced state, however many decisions lie between.
fn found(case: &Case, ruling: &Ruling) -> Result<Before> {
    let mut before = match &case.pending {
        Some(pending) => case::before(pending)?.handed_on(&case.row),
        None => Before::of(&case.row),
    };
    if ruling.assignee.is_some() {
        before = before.with_assignee(&case.row);
    }
    if ruling.promised_on.is_some() {
        before = before.with_promise(&case.row);
    }
    if takes_in(&case.row, ruling.letter) {
        before = before.with_offer(&case.row);
    }
    Ok(before)
}

/// Whoever reviews for the function and decides on what was offered to it has taken it.
pub(super) fn takes_in(row: &submission::Model, letter: Letter) -> bool {
    letter == Letter::Reviewer && row.handover == Some(Handover::Offered)
}

async fn overtake(tx: &Tx, scope: &Scope, case: &Case, by: (DecisionId, Overtakes)) -> Result<()> {
    let Some(pending) = &case.pending else { return Ok(()) };
    query::close(tx, pending.id, (DecisionState::Superseded, scope.now)).await?;
    match by.1 {
        Overtakes::Continues => triage::causes::query::hand_on(tx, pending.id, by.0).await,
        Overtakes::Cancels => {
            triage::causes::query::unlink_decided(tx, &[pending.id]).await?;
            query::forget_responses(tx, std::slice::from_ref(pending)).await
        }
    }
}

/// What becomes of the held decision, as the clocks see it.
fn overtaken(case: &Case, overtakes: Overtakes) -> Option<Overtaken> {
    let pending = case.pending.as_ref()?.id;
    Some(match overtakes {
        Overtakes::Continues => Overtaken::Continued(pending),
        Overtakes::Cancels => Overtaken::Cancelled(pending),
    })
}

/// Writes decisions, each in the place of what was pending.
async fn write(tx: &Tx, scope: &Scope, cases: &[(Case, Ruling)]) -> Result<Vec<decision::Model>> {
    let hold = query::hold_policy(tx).await?;
    let mut decisions = Vec::with_capacity(cases.len());
    for (case, ruling) in cases {
        let decision = written(scope, (case, ruling), hold)?;
        overtake(tx, scope, case, (decision.id, ruling.overtakes)).await?;
        decisions.push(decision);
    }
    query::insert_decisions(tx, &decisions).await?;
    Ok(decisions)
}

fn written(
    scope: &Scope,
    (case, ruling): (&Case, &Ruling),
    hold: HoldPolicy,
) -> Result<decision::Model> {
    let wish = ruling.announce.by(ruling.letter);
    let release_at = hold::release_at(scope.now.micros(), hold, wish).map(entity::instant::Instant);
    let at_once = release_at.is_some_and(|at| at <= scope.now);
    Ok(decision::Model {
        id: DecisionId(scope.fresh_id()),
        submission_id: case.row.id,
        decider_id: scope.actor.person(),
        letter: ruling.letter,
        from_phase: ruling.from,
        to_phase: ruling.to.phase,
        to_status_id: ruling.status,
        reason_id: ruling.reason,
        response_id: ruling.response,
        state: if at_once { DecisionState::Announced } else { DecisionState::Pending },
        before: found(case, ruling)?.to_text(),
        decided_at: scope.now,
        release_at,
        closed_at: at_once.then_some(scope.now),
    })
}

/// The row with the decided place.
fn changed(found: &submission::Model, ruling: &Ruling, scope: &Scope) -> submission::Model {
    // A new label within the hold of a move takes that move's place: the phase is entered by it.
    let held = found.pending_decision_id.is_some() && found.phase != found.shown_phase;
    let moved = ruling.to.phase != found.phase || held;
    submission::Model {
        phase: ruling.to.phase,
        phase_stack: ruling.to.stack,
        status_id: ruling.status,
        wake_on: wake_date(found, ruling),
        merged_into: ruling
            .joins
            .or(found.merged_into)
            .filter(|_| ruling.to.phase == Phase::Merged),
        promised_on: ruling.promised_on.or(found.promised_on),
        assignee_id: ruling.assignee.or(found.assignee_id),
        handover: found
            .handover
            .map(|now| if takes_in(found, ruling.letter) { Handover::Accepted } else { now }),
        // Whatever the author does brings it back into the queue.
        snoozed_until: found.snoozed_until.filter(|_| ruling.letter != Letter::Author),
        entered_at: if moved { scope.now } else { found.entered_at },
        updated_at: scope.now,
        version: found.version + 1,
        ..found.clone()
    }
}

/// A joined submission keeps its wake date: undoing the joining brings it back.
fn wake_date(found: &submission::Model, ruling: &Ruling) -> Option<Day> {
    match ruling.to.phase {
        Phase::Deferred => ruling.wake_on.or(found.wake_on),
        Phase::Merged => found.wake_on,
        _ => None,
    }
}

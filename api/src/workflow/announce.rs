//! Telling what was decided.
//!
//! Every change of the shown phase or label states one fact, `submission.announced`, whoever or
//! whatever caused it. It is idempotent and safe with several processes: a decision is claimed by
//! the update that closes it. What the clock does is in `timed.rs`.

use entity::clocks::machine::{Announcement, Answer};
use entity::facts::values::ActorKind;
use entity::id::{DecisionId, ReasonId, ResponseId, StatusId, SubmissionId};
use entity::instant::Instant;
use entity::submissions::phase::{Kind, Letter, Phase};
use entity::submissions::submission;
use entity::workflow::decision;
use entity::workflow::values::DecisionState;
use serde::Serialize;

use super::case::Case;
use super::{policy, query};
use crate::clocks;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result, once_more};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::reach::service as reach;
use crate::submissions::joining::query as groups;
use crate::submissions::joining::service::{self as joining, Shown};

/// What `submission.announced` says. Statuses, decision, response and reason are bare UUIDs.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Announced {
    /// Idea or observation.
    pub kind: Kind,
    /// The phase that everybody saw until now.
    pub from: Phase,
    /// The phase that everybody sees from now on.
    pub to: Phase,
    /// The label until now.
    pub status_from: StatusId,
    /// The label from now on.
    pub status_to: StatusId,
    /// The decision that is announced.
    pub decision: DecisionId,
    /// In which capacity it was taken.
    pub letter: Letter,
    /// The words to the author.
    pub response: Option<ResponseId>,
    /// The reason from the catalogue.
    pub reason: Option<ReasonId>,
}

/// Shows the decided place of `row` to everybody. Returns the fact to state, unless nothing would
/// be news to anybody: neither another phase, nor another label, nor words.
pub(crate) fn reveal(
    row: &mut submission::Model,
    decision: &decision::Model,
    now: Instant,
) -> Option<NewFact> {
    let data = Announced {
        kind: row.kind,
        from: row.shown_phase,
        to: row.phase,
        status_from: row.shown_status_id,
        status_to: row.status_id,
        decision: decision.id,
        letter: decision.letter,
        response: decision.response_id,
        reason: decision.reason_id,
    };
    if row.phase == Phase::Implemented && row.shown_phase != Phase::Implemented {
        row.implemented_shown_at = Some(now);
    }
    // A decision opens an idea to everyone, but not before it is told. Joining opens nothing: it
    // must not widen who reads a text, nor must its undoing.
    let joins = row.phase == Phase::Merged || row.shown_phase == Phase::Merged;
    if !joins && matches!(decision.letter, Letter::Reviewer | Letter::Manager) {
        row.opened_at = row.opened_at.or(Some(now));
    }
    row.shown_phase = row.phase;
    row.shown_status_id = row.status_id;
    row.pending_decision_id = None;
    row.updated_at = now;
    let news =
        data.from != data.to || data.status_from != data.status_to || data.response.is_some();
    news.then(|| NewFact::new("submission.announced", ("submission", row.id.0), &data))
}

/// What was just revealed, as the clocks see it: news by somebody in charge is an answer.
pub(super) fn told(
    row: &submission::Model,
    decision: &decision::Model,
    (news, at): (Option<&NewFact>, Instant),
) -> Announcement {
    let in_charge = matches!(decision.letter, Letter::Reviewer | Letter::Manager);
    let answer = if in_charge && news.is_some() { Answer::Yes } else { Answer::No };
    Announcement { shown: row.shown_phase, answer, at }
}

/// The facts of an announcement.
#[derive(Default)]
pub(super) struct News {
    /// The announcement itself, unless it would be news to nobody.
    pub(super) announced: Option<NewFact>,
    /// Joinings that begin or end by it.
    joinings: Vec<NewFact>,
}

impl News {
    /// All of them, in the order in which they are stated.
    pub(super) fn facts(self) -> impl Iterator<Item = NewFact> {
        self.announced.into_iter().chain(self.joinings)
    }
}

/// Shows the decided place of `row` to everybody, and lets a joining that begins or ends by it count
/// from now on.
pub(super) async fn show(
    tx: &Tx,
    row: &mut submission::Model,
    (decision, now): (&decision::Model, Instant),
) -> Result<News> {
    let shown = Shown { until_now: row.shown_phase, at: now };
    let announced = reveal(row, decision, now);
    let joinings = joining::settle(tx, row, shown).await?;
    Ok(News { announced, joinings })
}

/// Announces the pending decision of a locked row, unless somebody else did. The version stays: what
/// a reviewer read and decides on is the decided place, which does not change.
pub(super) async fn release(
    tx: &mut Tx,
    now: Instant,
    row: submission::Model,
    decision: &decision::Model,
) -> Result<submission::Model> {
    let told = release_all(tx, now, vec![(row.clone(), decision.clone())]).await?;
    Ok(told.into_iter().next().unwrap_or(row))
}

/// As [`release`], for decisions on several locked submissions; returns those that it announced.
/// Reading and counting takes a fixed number of statements, writing one for each submission.
pub(super) async fn release_all(
    tx: &mut Tx,
    now: Instant,
    held: Vec<(submission::Model, decision::Model)>,
) -> Result<Vec<submission::Model>> {
    let ids: Vec<DecisionId> = held.iter().map(|(_, decision)| decision.id).collect();
    let closed = query::close_all(tx, &ids, (DecisionState::Announced, now)).await?;
    let held = held.into_iter().filter(|(_, decision)| closed.contains(&decision.id));
    let (mut rows, decisions): (Vec<submission::Model>, Vec<decision::Model>) = held.unzip();
    if rows.is_empty() {
        return Ok(rows);
    }
    let behind = reach::before(&*tx, &rows.iter().collect::<Vec<_>>()).await?;
    let (mut announcements, mut facts) = (Vec::with_capacity(rows.len()), Vec::new());
    for (row, decision) in rows.iter_mut().zip(&decisions) {
        let news = show(tx, row, (decision, now)).await?;
        announcements.push(told(row, decision, (news.announced.as_ref(), now)));
        facts.extend(news.facts());
    }
    clocks::service::announced(tx, &mut rows, &announcements).await?;
    for row in &rows {
        query::store(tx, row).await?;
    }
    reach::settle(&*tx, behind).await?;
    for fact in facts {
        tx.state(NewFact { actor: Some(ActorKind::System), ..fact });
    }
    Ok(rows)
}

/// Announces the pending decision of a locked row when its hold is over.
pub(super) async fn settle(
    tx: &mut Tx,
    now: Instant,
    row: submission::Model,
) -> Result<submission::Model> {
    let Some(id) = row.pending_decision_id else { return Ok(row) };
    match query::decision(tx, id).await? {
        Some(decision) if decision.release_at.is_some_and(|at| at <= now) => {
            release(tx, now, row, &decision).await
        }
        _ => Ok(row),
    }
}

/// Announces a decision whose hold is over, in a transaction of its own. For whoever will be alone
/// with the tree of causes: announcing shares it, and going from there to alone, two would wait for
/// each other.
pub(super) async fn settle_before(scope: &Scope, id: SubmissionId) -> Result<()> {
    let found = query::readable(&scope.db(), &scope.actor, &[id]).await?;
    let found = found.into_iter().next().or_not_found("id")?;
    if found.pending_decision_id.is_none() {
        return Ok(());
    }
    let mut tx = scope.begin().await?;
    Case::open(&mut tx, scope, id).await?;
    tx.commit(()).await
}

/// "Tell them now": announces decisions that are still held, at most 100, together or not at all.
///
/// # Errors
/// NOT_FOUND at `ids`, FORBIDDEN, TOO_LATE when one was announced, undone or overtaken.
pub async fn announce_now(
    scope: &Scope,
    ids: Vec<DecisionId>,
) -> Result<Vec<(submission::Model, decision::Model)>> {
    scope.actor.require_person()?;
    let mut ids = ids;
    ids.sort_unstable();
    ids.dedup();
    once_more(|| announce_all(scope, &ids)).await
}

async fn announce_all(
    scope: &Scope,
    ids: &[DecisionId],
) -> Result<Vec<(submission::Model, decision::Model)>> {
    let mut tx = scope.begin().await?;
    let mut told = Vec::with_capacity(ids.len());
    if query::any_joining(&tx, ids).await? {
        groups::alone(&tx).await?;
    }
    // All rows before the causes of the first: the order of every other verb (docs/adr/0012).
    let about = query::subjects(&tx, ids).await?;
    groups::hold(&tx, &about).await?;
    for id in ids {
        told.push(announce_held(&mut tx, scope, *id).await?);
    }
    tx.commit(told).await
}

async fn announce_held(
    tx: &mut Tx,
    scope: &Scope,
    id: DecisionId,
) -> Result<(submission::Model, decision::Model)> {
    let found = query::decision_for(tx, &scope.actor, id).await?.or_not_found("ids")?;
    let row = query::locked(tx, &scope.actor, found.submission_id).await?.or_not_found("ids")?;
    let case = Case::of(tx, scope, row).await?;
    policy::may_announce(case.letters_in_force(scope), found.letter)?;
    if case.row.pending_decision_id != Some(id) {
        return Err(no_longer_held("ids").into());
    }
    let row = release(tx, scope.now, case.row, &found).await?;
    let decision = query::decision(tx, id).await?.or_not_found("ids")?;
    Ok((row, decision))
}

/// A decision that was told, taken back or overtaken.
pub(super) fn no_longer_held(field: &str) -> Refusal {
    Refusal::new(
        Code::TooLate,
        field,
        "This decision is not held any more: it was announced, taken back, or overtaken by a later one. Read the submission again and move it instead.",
    )
}

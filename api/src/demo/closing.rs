//! How the loop was closed in the demo: causes that were resolved, and whether what was done still works.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::closing::fate::Stays;
use entity::closing::values::{IdeasToo, ItemState, ResolutionState, SustainAnswer};
use entity::closing::{item, resolution, resolution_text, resolved_cause, sustain, sustained};
use entity::id::{PersonId, ResolutionId, SubmissionId, SustainId};
use entity::instant::{Instant, MINUTE};
use entity::submissions::hold::Announce;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::triage::values::CauseStatus;
use serde_json::json;

use super::content;
use super::facts;
use super::lives::World;
use super::organisation::find;
use super::rows::{Happening, Resolved, Rows, Told};
use super::seed::Seed;
use crate::kit::error::Result;

/// How long after its hour the scheduler came to ask, and to flag.
const LATER: i64 = 5 * MINUTE;

/// Fills `rows` with resolutions and questions. Behind lives and work, which they are about.
///
/// # Errors
/// A fault when the file names what the demo does not define.
pub(super) fn furnish(world: World<'_>, seed: &mut Seed, rows: &mut Rows) -> Result<()> {
    let resolved = std::mem::take(&mut rows.work.resolved);
    for given in &world.content.organisation.resolutions {
        let mut behind: Vec<&Resolved> =
            resolved.iter().filter(|it| it.cause == given.cause).collect();
        behind.sort_by_key(|it| it.submission);
        resolve(world, (given, &behind), seed, rows)?;
    }
    ask(world.known.now, seed, rows);
    Ok(())
}

fn resolve(
    world: World<'_>,
    (given, behind): (&content::Resolution, &[&Resolved]),
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let known = world.known;
    let Some(first) = behind.first() else { return Ok(()) };
    let begun = first.at.plus(-MINUTE);
    let id = ResolutionId(seed.id_at(begun));
    let cause_id = find(&known.causes, &given.cause)?;
    let by = find(&known.people, &given.by)?;
    let total = i32::try_from(behind.len()).unwrap_or(i32::MAX);
    rows.work.resolutions.push(resolution::Model {
        id,
        cause_id,
        state: ResolutionState::Decided,
        ideas: IdeasToo::Stay,
        announce: Announce::AfterHold,
        total,
        done: total,
        moved: total,
        resolved_by: Some(by),
        created_at: begun,
        finished_at: Some(first.at),
        release_at: first.told_at,
        undone_by: None,
        undone_at: None,
    });
    rows.work.resolved_causes.push(resolved_cause::Model {
        resolution_id: id,
        cause_id,
        status_before: CauseStatus::BeingAddressed,
    });
    rows.work.resolution_texts.extend(given.texts.iter().map(|(language, body)| {
        resolution_text::Model { resolution_id: id, language: language.clone(), body: body.clone() }
    }));
    let data = json!({ "resolution": id, "total": total });
    let fact = facts::inside("cause.resolved", ("cause", cause_id.0), &data);
    rows.happenings.push(Happening::by(Some(by), begun, fact));
    stand_behind((id, cause_id), (behind, begun), rows);
    tell(id, behind, rows);
    Ok(())
}

/// What stood behind the cause then: what was closed, and ideas, which stayed.
fn stand_behind(
    (id, cause): (ResolutionId, entity::id::CauseId),
    (behind, begun): (&[&Resolved], Instant),
    rows: &mut Rows,
) {
    let closed: HashMap<SubmissionId, &Resolved> =
        behind.iter().map(|it| (it.submission, *it)).collect();
    let linked: HashSet<SubmissionId> = rows
        .links
        .iter()
        .filter(|link| link.cause_id == cause && link.created_at < begun)
        .map(|link| link.submission_id)
        .collect();
    let was_done = |row: &submission::Model| {
        let mut of_it = rows.decisions.iter().filter(|it| it.submission_id == row.id);
        of_it.any(|it| it.to_phase == Phase::Implemented && it.decided_at < begun)
    };
    let mut items = Vec::new();
    for row in rows.submissions.iter().filter(|row| linked.contains(&row.id)) {
        let moved = closed.get(&row.id);
        let stays = match row.kind {
            _ if moved.is_some() => None,
            _ if was_done(row) => Some(Stays::Done),
            Kind::Idea => Some(Stays::IdeasStay),
            Kind::Observation => Some(Stays::Closed),
        };
        items.push(item::Model {
            resolution_id: id,
            submission_id: row.id,
            state: if moved.is_some() { ItemState::Moved } else { ItemState::Stayed },
            why: stays,
            decision_id: moved.map(|it| it.decision),
        });
    }
    rows.work.closed_items.extend(items);
}

/// Everybody once, by the first of theirs.
fn tell(id: ResolutionId, behind: &[&Resolved], rows: &mut Rows) {
    let mut told: BTreeMap<PersonId, Told> = BTreeMap::new();
    for it in behind {
        let Some(person) = it.author else { continue };
        told.entry(person).or_insert(Told {
            resolution: id,
            person,
            submission: it.submission,
            decision: it.decision,
        });
    }
    rows.work.told.extend(told.into_values());
}

/// "Is it still fixed?": asked of what has been done for long, as the scheduler would have.
fn ask(now: Instant, seed: &mut Seed, rows: &mut Rows) {
    let reasons: HashSet<SubmissionId> = rows
        .links
        .iter()
        .map(|link| link.submission_id)
        .chain(rows.work.outcomes.iter().filter_map(|it| it.submission_id))
        .collect();
    let mut questions = Vec::new();
    for row in rows.submissions.iter().filter(|row| reasons.contains(&row.id)) {
        let Some(shown) = row.implemented_shown_at else { continue };
        let done = matches!(row.shown_phase, Phase::Implemented | Phase::Sustained);
        if done && row.pending_decision_id.is_none() && shown < sustain::announced_before(now) {
            questions.push(question((row, shown, now), seed));
        }
    }
    for question in &questions {
        state(question, rows);
    }
    rows.work.questions = questions;
}

fn question(
    (row, shown_at, now): (&submission::Model, Instant, Instant),
    seed: &mut Seed,
) -> sustained::Model {
    let soon = |from: Instant| from.plus(LATER).min(now.plus(-MINUTE)).max(from);
    let asked_at = soon(sustain::asked_from(shown_at));
    let answered_at = (row.shown_phase == Phase::Sustained).then_some(row.entered_at);
    let unanswered = answered_at.is_none() && asked_at < sustain::asked_before(now);
    sustained::Model {
        id: SustainId(seed.id_at(asked_at)),
        submission_id: row.id,
        shown_at,
        asked_at,
        answer: answered_at.map(|_| SustainAnswer::Yes),
        answered_by: answered_at.and(row.author_id),
        answered_at,
        flagged_at: unanswered.then(|| soon(sustain::flagged_from(asked_at))),
        closed_at: answered_at,
    }
}

fn state(question: &sustained::Model, rows: &mut Rows) {
    let mut happen = |by, at, fact| rows.happenings.push(Happening::by(by, at, fact));
    happen(None, question.asked_at, facts::asked(question));
    if let Some(at) = question.answered_at {
        happen(question.answered_by, at, facts::holds(question));
    }
    if let Some(at) = question.flagged_at {
        happen(None, at, facts::flagged(question));
    }
}

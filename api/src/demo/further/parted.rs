//! One text, several topics.
//!
//! The reviewer takes it up and splits it in one go, so the parts still stand where everybody sees the whole:
//! SUBMITTED, with its author, its desk, and the time since which the author waits.

use entity::clocks::machine::Clocks;
use entity::engagement::follow;
use entity::id::{DecisionId, PersonId, SplitId, SubmissionId, TextId};
use entity::instant::Instant;
use entity::submissions::phase::{Phase, Position};
use entity::submissions::reference::PREFIX;
use entity::submissions::{submission, wording};
use entity::workflow::{split, split_part};
use serde_json::json;

use super::super::lives::World;
use super::super::organisation::find;
use super::super::rows::{Happening, Rows};
use super::super::seed::Seed;
use super::{Split, row_of};
use crate::kit::error::{Fault, Result};
use crate::kit::fact::NewFact;
use crate::submissions;
use crate::submissions::service::Words;

/// How long after the step into UNDER_REVIEW it was split: within the hold.
const LATER: i64 = 20_000_000;

pub(super) fn split(
    world: World<'_>,
    (given, id): (&Split, SubmissionId),
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let by = find(&world.known.people, &given.by)?;
    let at = taken_up(rows, id)?.plus(LATER);
    let split = SplitId(seed.id_at(at));
    let mut parts = Vec::new();
    for part in given.parts.iter().skip(1) {
        let words = Words::of(&part.text, part.title.as_deref(), None)?;
        let row = part_of(world, row_of(rows, id)?, at, seed)?;
        keep(world, (row.clone(), words, at), rows);
        state(rows, (by, at), submissions::service::sent_fact(&row));
        parts.push(row);
    }
    keep_first((given, id, split), (by, at), seed, rows)?;
    for (part, position) in parts.iter().zip(1..) {
        rows.parts.push(split_part::Model { split_id: split, submission_id: part.id, position });
        follow_too(id, part.id, at, rows);
    }
    let parts: Vec<SubmissionId> = parts.iter().map(|part| part.id).collect();
    let data = json!({ "split": split, "parts": parts });
    state(rows, (by, at), NewFact::new("submission.split", ("submission", id.0), &data));
    Ok(())
}

fn state(rows: &mut Rows, (by, at): (PersonId, Instant), fact: NewFact) {
    rows.happenings.push(Happening::by(Some(by), at, fact));
}

/// When a reviewer took it up: its only step so far.
fn taken_up(rows: &Rows, id: SubmissionId) -> Result<Instant> {
    let mut steps = rows.decisions.iter().filter(|it| it.submission_id == id);
    match (steps.next(), steps.next()) {
        (Some(only), None) if only.to_phase == Phase::UnderReview => Ok(only.decided_at),
        _ => Err(Fault::internal(format!("the demo splits {id}, which was decided on")).into()),
    }
}

fn part_of(
    world: World<'_>,
    whole: &submission::Model,
    at: Instant,
    seed: &mut Seed,
) -> Result<submission::Model> {
    let status = world.known.catalogue.status(Phase::Submitted)?;
    Ok(submission::Model {
        id: SubmissionId(seed.id_at(at)),
        reference: String::new(),
        phase: Phase::Submitted,
        shown_phase: Phase::Submitted,
        status_id: status,
        shown_status_id: status,
        phase_stack: Position::start(whole.kind).stack(),
        text_id: TextId(seed.id_at(at)),
        vote_count: 0,
        comment_count: 0,
        photo_count: 0,
        reach: 1,
        split_from: Some(whole.id),
        pending_decision_id: None::<DecisionId>,
        updated_at: at,
        version: 1,
        ..whole.clone()
    })
}

/// The part with its words and clocks, under the next reference.
fn keep(
    world: World<'_>,
    (mut row, words, at): (submission::Model, Words, Instant),
    rows: &mut Rows,
) {
    let numbered = rows.submissions.iter().filter(|it| it.author_id.is_some()).count();
    row.reference = format!("{PREFIX}-{}", numbered + 1);
    let clocks = Clocks::begin(row.id, row.created_at, world.terms);
    row.due_at = clocks.due_at();
    rows.clocks.extend_from_slice(clocks.rows());
    rows.texts.push(wording((row.id, row.text_id), (1, words), at));
    rows.submissions.push(row);
}

fn wording(
    (submission_id, id): (SubmissionId, TextId),
    (revision, words): (i32, Words),
    at: Instant,
) -> wording::Model {
    wording::Model {
        id,
        submission_id,
        revision,
        title: words.title,
        body: words.body,
        customer_words: words.customer_words,
        created_at: at,
        redacted_at: None,
    }
}

/// The whole becomes the first part, under its own reference.
fn keep_first(
    (given, id, split): (&Split, SubmissionId, SplitId),
    (by, at): (PersonId, Instant),
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let part =
        given.parts.first().ok_or_else(|| Fault::internal("the demo splits into nothing"))?;
    let words = Words::of(&part.text, part.title.as_deref(), None)?;
    let text_id = TextId(seed.id_at(at));
    let row = row_of(rows, id)?;
    let made = split::Model {
        id: split,
        submission_id: id,
        done_by: Some(by),
        created_at: at,
        text_before: row.text_id,
        text_after: text_id,
        kind_before: row.kind,
        version_after: row.version + 1,
        undone_at: None,
    };
    row.text_id = text_id;
    row.version += 1;
    row.updated_at = row.updated_at.max(at);
    rows.splits.push(made);
    rows.texts.push(wording((id, text_id), (2, words), at));
    Ok(())
}

/// Whoever followed the whole follows its parts.
fn follow_too(whole: SubmissionId, part: SubmissionId, at: Instant, rows: &mut Rows) {
    let before: Vec<follow::Model> = rows
        .follows
        .iter()
        .filter(|it| it.submission_id == whole && it.created_at < at)
        .map(|it| follow::Model { submission_id: part, created_at: at, ..it.clone() })
        .collect();
    rows.follows.extend(before);
}

//! One text, several topics: a submission becomes several, and its author stays author of each.
//!
//! What was sent stays the first of the parts: it keeps its reference, its photos, votes, comments
//! and links, and its former words as a revision. The others are new, stand where it stands, and are
//! read by nobody who could not read it. Undone while nothing happened to them, the new ones are
//! gone as if they had never been.

use entity::id::{SplitId, SubmissionId, TextId, TypedId as _};
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::workflow::split;
use sea_orm::ActiveModelTrait as _;
use sea_orm::IntoActiveModel as _;
use serde::Serialize;

use super::{Aim, query, taken_up, touched};
use crate::clocks;
use crate::db::search;
use crate::kit::client_key::{Claim, ClientKey, claim};
use crate::kit::error::{Code, Error, Fault, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::joining::query as groups;
use crate::submissions::query as submissions;
use crate::submissions::service::{Words, identity_like, sent_fact};
use crate::workflow;
use crate::workflow::case::Case;

/// Fewest parts.
pub const FEWEST_PARTS: usize = 2;
/// Most parts.
pub const MOST_PARTS: usize = 10;

/// One topic.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// Idea or observation; that of the whole when not given.
    pub kind: Option<Kind>,
    /// Derived from the text when not given.
    pub title: Option<String>,
    /// What of the author's text belongs to it.
    pub text: String,
}

/// What is split into what.
#[derive(Clone, Debug)]
pub struct Split {
    /// What.
    pub aim: Aim,
    /// Into what; the first one stays where the whole was.
    pub parts: Vec<Part>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Divided {
    /// The first of the parts: what was split.
    pub submission: submission::Model,
    /// The new ones, in order.
    pub parts: Vec<submission::Model>,
}

#[derive(Serialize)]
struct SplitData {
    split: SplitId,
    parts: Vec<SubmissionId>,
}

#[derive(Serialize)]
struct Body<'a> {
    split: SubmissionId,
    parts: &'a [Part],
}

/// "These are several things": splits what nobody has decided on yet. Exactly once with a client
/// key.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION; INVALID at `parts` for fewer than 2 or more than 10;
/// REQUIRED or TOO_LONG naming the part; STEP_NOT_ALLOWED once it is decided; IN_USE while joined;
/// IDEMPOTENCY_KEY_REUSED; REQUIRED at `expectedVersion` without it and without a client key.
pub async fn split(scope: &Scope, cmd: Split, client_key: Option<&str>) -> Result<Divided> {
    scope.actor.require_person()?;
    let body = Body { split: cmd.aim.id, parts: &cmd.parts };
    let key = ClientKey::of(client_key, &body)?;
    let words = words_of(&cmd.parts)?;
    if key.is_none() && cmd.aim.expected_version.is_none() {
        return Err(once_or_twice().into());
    }
    let id = SplitId(scope.fresh_id());
    let mut tx = scope.begin().await?;
    if let Claim::Received(before) = claim(&tx, scope, key.as_ref(), &id.to_string()).await? {
        let divided = received_before(&tx, scope, &before).await?;
        return tx.commit(divided).await;
    }
    let case = taken_up(&mut tx, scope, cmd.aim).await?;
    check(&tx, &case).await?;
    refuse_opening(&case.row, &cmd.parts)?;
    let row = case.row.clone();
    let parts = new_parts(&tx, scope, (&row, &cmd.parts), &words).await?;
    let submission = keep_first(&tx, scope, case, (cmd.parts.first(), words.first())).await?;
    let made = split::Model {
        id,
        submission_id: row.id,
        done_by: scope.actor.person(),
        created_at: scope.now,
        text_before: row.text_id,
        text_after: submission.text_id,
        kind_before: row.kind,
        version_after: submission.version,
        undone_at: None,
    };
    made.into_active_model().reset_all().insert(&tx).await?;
    query::write_parts(&tx, id, &parts).await?;
    for part in &parts {
        tx.state(sent_fact(part));
    }
    tx.state(fact("submission.split", row.id, (id, &parts)));
    tx.commit(Divided { submission, parts }).await
}

fn fact(
    kind: &'static str,
    of: SubmissionId,
    (split, parts): (SplitId, &[submission::Model]),
) -> NewFact {
    let data = SplitData { split, parts: parts.iter().map(|part| part.id).collect() };
    NewFact::new(kind, ("submission", of.0), &data)
}

fn words_of(parts: &[Part]) -> Result<Vec<Words>> {
    if !(FEWEST_PARTS..=MOST_PARTS).contains(&parts.len()) {
        let message = format!(
            "These are {} parts; a split makes {FEWEST_PARTS} to {MOST_PARTS}.",
            parts.len()
        );
        return Err(Refusal::new(Code::Invalid, "parts", message).into());
    }
    parts.iter().enumerate().map(|(at, part)| words_at(at, part)).collect()
}

fn words_at(at: usize, part: &Part) -> Result<Words> {
    Words::of(&part.text, part.title.as_deref(), None).map_err(|error| match error {
        Error::Refusal(mut refusal) => {
            refusal.field.splice(0..0, [String::from("parts"), at.to_string()]);
            refusal.into()
        }
        fault => fault,
    })
}

/// The same call again: what it made, as it is now.
async fn received_before(tx: &Tx, scope: &Scope, before: &str) -> Result<Divided> {
    let id =
        SplitId::parse(before).map_err(|_| Fault::internal("a client key points at no split"))?;
    let made = query::split(tx, id).await?.or_not_found("clientKey")?;
    let submission = submissions::one_readable(tx, &scope.actor, made.submission_id).await?;
    let parts = query::parts(tx, id).await?;
    Ok(Divided { submission: submission.or_not_found("id")?, parts })
}

/// Only what nobody has decided on, and what stands alone.
async fn check(tx: &Tx, case: &Case) -> Result<()> {
    let row = &case.row;
    let open = |phase| matches!(phase, Phase::Submitted | Phase::UnderReview);
    if !open(row.phase) || !open(row.shown_phase) {
        let message = "Only what nobody has decided on can be split. Undo the decision, or take it under review again first.";
        let allowed = [Phase::Submitted, Phase::UnderReview].map(|it| it.to_string()).to_vec();
        return Err(Refusal::new(Code::StepNotAllowed, "id", message).allowing(allowed).into());
    }
    if groups::is_joined(tx, row).await? {
        let message = "It is joined with another one. Undo the joining first.";
        return Err(Refusal::new(Code::InUse, "id", message).into());
    }
    Ok(())
}

/// Sent twice by a double click, a split without either would make everything twice.
fn once_or_twice() -> Refusal {
    let cure = "Send the version that you read, or a `clientKey`: then the same call again splits nothing twice.";
    Refusal::new(Code::Required, "expectedVersion", cure)
}

/// Splitting never widens who reads a text, and an idea is read by more people than an observation.
fn refuse_opening(whole: &submission::Model, parts: &[Part]) -> Result<(), Refusal> {
    let opens = |part: &Part| whole.kind == Kind::Observation && part.kind == Some(Kind::Idea);
    let Some(at) = parts.iter().position(opens) else { return Ok(()) };
    let message = "An idea is read by more people than an observation, and splitting shows nobody more. Split it first, then put the kind of this part right.";
    let mut refusal = Refusal::new(Code::Invalid, "parts", message);
    refusal.field.extend([at.to_string(), String::from("kind")]);
    Err(refusal)
}

/// Writes all parts but the first.
async fn new_parts(
    tx: &Tx,
    scope: &Scope,
    (whole, parts): (&submission::Model, &[Part]),
    words: &[Words],
) -> Result<Vec<submission::Model>> {
    let tags = query::tags(tx, whole.id).await?;
    let mut made = Vec::with_capacity(parts.len());
    for (part, words) in parts.iter().zip(words).skip(1) {
        let (id, reference) = identity_like(tx, scope, whole).await?;
        let row = submission::Model { id, reference, ..part_of(whole, part, scope) };
        let mut row = row;
        let clocks = clocks::service::inherit(tx, &mut row, whole.id).await?;
        let row = row.into_active_model().reset_all().insert(tx).await?;
        clocks::service::keep(tx, &clocks).await?;
        submissions::write_words(tx, &row, 1, words).await?;
        submissions::write_tags(tx, id, &tags).await?;
        made.push(row);
    }
    query::copy_followers(tx, (whole.id, scope.now), &made).await?;
    query::copy_moderations(tx, scope, (whole, &made)).await?;
    Ok(made)
}

/// A part stands where the whole is shown to stand, with the same readers, author and desk; votes,
/// comments, photos and everything that was decided stay behind. It counts as received when the
/// whole was: its author has waited since then.
fn part_of(whole: &submission::Model, part: &Part, scope: &Scope) -> submission::Model {
    submission::Model {
        kind: part.kind.unwrap_or(whole.kind),
        phase: whole.shown_phase,
        status_id: whole.shown_status_id,
        text_id: TextId(scope.fresh_id()),
        owner_id: None,
        impact: None,
        effort: None,
        promised_on: None,
        wake_on: None,
        vote_count: 0,
        comment_count: 0,
        photo_count: 0,
        pending_decision_id: None,
        second_look_at: None,
        implemented_shown_at: None,
        reach: 1,
        due_at: None,
        snoozed_until: None,
        split_from: Some(whole.id),
        updated_at: scope.now,
        version: 1,
        ..whole.clone()
    }
}

/// The whole becomes the first part, under its own reference.
async fn keep_first(
    tx: &Tx,
    scope: &Scope,
    case: Case,
    first: (Option<&Part>, Option<&Words>),
) -> Result<submission::Model> {
    let (Some(part), Some(words)) = first else { return Ok(case.row) };
    let before = submissions::words(tx, case.row.text_id)
        .await?
        .ok_or_else(|| Fault::internal(format!("{} has no words", case.row.id)))?;
    let kind = part.kind.unwrap_or(case.row.kind);
    let text_id = TextId(scope.fresh_id());
    let row = submission::Model { kind, text_id, ..touched(case.row, scope) };
    workflow::query::store(tx, &row).await?;
    query::point_at(tx, row.id, text_id).await?;
    let words = Words { customer_words: before.customer_words, ..words.clone() };
    submissions::write_words(tx, &row, before.revision + 1, &words).await?;
    Ok(row)
}

/// "They belong together after all": as long as nothing happened to any part.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, STEP_NOT_ALLOWED when it was not split, TOO_LATE when
/// something happened to it or to a part.
pub async fn undo_split(scope: &Scope, aim: Aim) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = taken_up(&mut tx, scope, aim).await?;
    let made = query::standing_split(&tx, case.row.id).await?.ok_or_else(|| {
        let message = "This is not the first part of a split. Undo the split on that one.";
        Refusal::new(Code::StepNotAllowed, "id", message)
    })?;
    let parts = query::parts(&tx, made.id).await?;
    check_untouched(&tx, (&case.row, &made), &parts).await?;
    let ids: Vec<SubmissionId> = parts.iter().map(|part| part.id).collect();
    query::remove_parts(&tx, (made.id, &ids)).await?;
    query::forget_split(&tx, (&made, scope.now)).await?;
    query::point_at(&tx, case.row.id, made.text_before).await?;
    if let Some(words) = submissions::words(&tx, made.text_before).await? {
        search::put_wording(&tx, &words).await?;
    }
    let row = submission::Model {
        kind: made.kind_before,
        text_id: made.text_before,
        ..touched(case.row, scope)
    };
    workflow::query::store(&tx, &row).await?;
    tx.state(fact("submission.split_undone", row.id, (made.id, &parts)));
    tx.commit(row).await
}

async fn check_untouched(
    tx: &Tx,
    (row, made): (&submission::Model, &split::Model),
    parts: &[submission::Model],
) -> Result<()> {
    let ids: Vec<SubmissionId> = parts.iter().map(|part| part.id).collect();
    let undone =
        query::undone_splits(tx, std::iter::once(row.id).chain(ids.iter().copied())).await?;
    // A split and its undo leave everything as it was, and count two changes.
    let counted = |id: SubmissionId, since: i32| {
        let later = |it: &&split::Model| it.submission_id == id && it.version_after > since;
        since + 2 * i32::try_from(undone.iter().filter(later).count()).unwrap_or(i32::MAX / 4)
    };
    let late = |message: &str| Err(Refusal::new(Code::TooLate, "id", message).into());
    let whole = counted(row.id, made.version_after);
    if row.version != whole || row.text_id != made.text_after {
        return late(
            "Something happened to it since the split, so the split can no longer be undone. Join the parts instead, or decide on each.",
        );
    }
    let still = parts.iter().all(|part| part.version == counted(part.id, 1));
    if !still || query::were_touched(tx, &ids).await? {
        return late(
            "Something happened to a part since the split, so it can no longer be undone. Join the parts instead, or decide on each.",
        );
    }
    Ok(())
}

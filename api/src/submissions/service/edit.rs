//! Editing while nobody has taken it up; every revision is kept.

use entity::id::{SubmissionId, TextId, TouchpointId};
use entity::submissions::phase::{Kind, Position};
use entity::submissions::text::derive_title;
use entity::submissions::values::Severity;
use entity::submissions::{submission, wording};
use sea_orm::ActiveModelTrait as _;
use sea_orm::ActiveValue::Set;
use sea_orm::IntoActiveModel as _;
use serde::Serialize;

use super::{Words, words};
use crate::kit::change::Change;
use crate::kit::error::{Code, Fault, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::programs::service::expect_version;
use crate::submissions::joining::service::refuse_joined;
use crate::submissions::standing::standing;
use crate::submissions::{policy, query};

/// Changes to what was sent.
#[derive(Clone, Debug)]
pub struct Edit {
    /// What.
    pub id: SubmissionId,
    /// The version that the author read.
    pub expected_version: Option<i32>,
    /// New text.
    pub text: Option<String>,
    /// New title; cleared, it is derived from the text again.
    pub title: Change<String>,
    /// The customer's own words.
    pub customer_words: Change<String>,
    /// How bad it is.
    pub severity: Change<Severity>,
    /// Where on a journey.
    pub touchpoint: Change<TouchpointId>,
    /// All tags anew.
    pub tags: Option<Vec<String>>,
}

/// Whether the words changed: a code, never the words.
#[derive(Serialize)]
struct EditedData {
    revision: i32,
}

/// Changes a submission while it is SUBMITTED. The former words stay as a revision.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TOO_LATE, STALE_VERSION; REQUIRED, TOO_LONG, INVALID naming the field.
pub async fn edit(scope: &Scope, cmd: Edit) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let tags = cmd.tags.as_deref().map(words::tags).transpose()?;
    let mut tx = scope.begin().await?;
    let row = query::locked(&tx, &scope.actor, cmd.id).await?.or_not_found("id")?;
    policy::may_edit(&row, standing(&tx, &scope.actor, &row).await?)?;
    expect_version(cmd.expected_version, row.version)?;
    let before = query::words(&tx, row.text_id)
        .await?
        .ok_or_else(|| Fault::internal(format!("{} has no words", row.id)))?;
    let words = words_after(&before, &cmd)?;
    let touchpoint = cmd.touchpoint.of(row.touchpoint_id);
    if let Some(id) = touchpoint.filter(|id| Some(*id) != row.touchpoint_id) {
        query::touchpoint_in_use(&tx, id).await?.or_not_found("touchpointId")?;
    }
    let severity = cmd.severity.of(row.severity);
    let id = row.id;
    let mut change = row.clone().into_active_model();
    change.severity = Set(severity);
    change.touchpoint_id = Set(touchpoint);
    change.updated_at = Set(scope.now);
    change.version = Set(row.version + 1);
    let changed = differs(&before, &words);
    if changed {
        change.text_id = Set(TextId(scope.fresh_id()));
    }
    let row = change.update(&tx).await?;
    let revision = before.revision + i32::from(changed);
    if changed {
        query::write_words(&tx, &row, revision, &words).await?;
    }
    if let Some(tags) = tags {
        query::replace_tags(&tx, id, &tags).await?;
    }
    tx.state(NewFact::new("submission.edited", ("submission", id.0), &EditedData { revision }));
    tx.commit(row).await
}

/// A title that was derived before is derived again; a given one stays.
fn words_after(before: &wording::Model, cmd: &Edit) -> Result<Words> {
    let text = cmd.text.as_deref().unwrap_or(&before.body);
    let was_derived = before.title == derive_title(&before.body);
    let kept = (!was_derived).then(|| before.title.clone());
    let title = cmd.title.clone().of(kept);
    let customer_words = cmd.customer_words.clone().of(before.customer_words.clone());
    Words::of(text, title.as_deref(), customer_words.as_deref())
}

fn differs(before: &wording::Model, after: &Words) -> bool {
    before.title != after.title
        || before.body != after.body
        || before.customer_words != after.customer_words
}

/// Which kind it was, and is.
#[derive(Serialize)]
struct CorrectedData {
    from: Kind,
    to: Kind,
}

/// Puts the kind right: the author while it is SUBMITTED, its reviewers at any time that the phase
/// machine allows. Asking for what it is already changes nothing.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TOO_LATE, STALE_VERSION; STEP_NOT_ALLOWED where the phase is for ideas
/// only; IN_USE while it is joined with another one.
pub async fn correct_kind(
    scope: &Scope,
    id: SubmissionId,
    (kind, expected_version): (Kind, Option<i32>),
) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let row = query::locked(&tx, &scope.actor, id).await?.or_not_found("id")?;
    policy::may_correct_kind(&row, standing(&tx, &scope.actor, &row).await?)?;
    expect_version(expected_version, row.version)?;
    if row.kind == kind {
        return tx.commit(row).await;
    }
    refuse_joined(&tx, &row, "kind").await?;
    check_place(&row, kind)?;
    let data = CorrectedData { from: row.kind, to: kind };
    let row = write_kind(&tx, scope, row, kind).await?;
    tx.state(NewFact::new("submission.kind_corrected", ("submission", id.0), &data));
    tx.commit(row).await
}

fn check_place(row: &submission::Model, kind: Kind) -> Result<()> {
    let at = Position::new(row.phase, row.kind, row.phase_stack)
        .map_err(|error| Fault::internal(format!("{}: {error}", row.id)))?;
    at.corrected(kind)
        .map_err(|refused| Refusal::new(Code::StepNotAllowed, "kind", format!("{refused}.")))?;
    Ok(())
}

async fn write_kind(
    tx: &Tx,
    scope: &Scope,
    row: submission::Model,
    kind: Kind,
) -> Result<submission::Model> {
    let version = row.version + 1;
    let opened_at = row.opened_at_as(kind);
    let mut change = row.into_active_model();
    change.opened_at = Set(opened_at);
    change.kind = Set(kind);
    change.updated_at = Set(scope.now);
    change.version = Set(version);
    Ok(change.update(tx).await?)
}

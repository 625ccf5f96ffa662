//! What the author of a twin says: the twin has no moves of its own, so an answer, "not fixed" and
//! a wish for a second look go to those who work on the canonical one, as a comment.
//!
//! The words stand twice: in public on the twin, where its author finds them again, and inside on
//! the canonical one, whose readers gain nothing that was there before.

use entity::id::{CommentId, SubmissionId};
use entity::submissions::phase::{NOT_FIXED_DAYS, Phase};
use entity::submissions::text::Limit;
use entity::submissions::values::CommentVisibility;
use entity::submissions::{comment, submission};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};
use serde::Serialize;

use super::super::case::{self, Case};
use super::super::query;
use super::super::service::checked;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::joining::query as groups;
use crate::submissions::service::comment_fact;

/// What an author says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// An answer to a question.
    Answer,
    /// A wish for a second look.
    SecondLook,
    /// "It is not fixed."
    NotFixed,
    /// "I take it back": a twin cannot be, it never comes here.
    Withdraw,
}

impl Word {
    const fn fact(self) -> &'static str {
        match self {
            Self::Answer | Self::Withdraw => "twin.answered",
            Self::SecondLook => "twin.second_look_asked",
            Self::NotFixed => "twin.not_fixed",
        }
    }
}

/// Which twin spoke, and where its words stand on the canonical one.
#[derive(Serialize)]
struct SpokenData {
    twin: SubmissionId,
    comment: Option<CommentId>,
}

/// Takes what the author of an announced twin says to those who work on the canonical one.
///
/// # Errors
/// STEP_NOT_ALLOWED where the canonical one does not wait for it; REQUIRED or TOO_LONG at `text`.
pub(crate) async fn speak(
    tx: &mut Tx,
    scope: &Scope,
    case: Case,
    (word, text): (Word, Option<String>),
) -> Result<submission::Model> {
    let root = case.row.canonical_id.ok_or_else(|| Refusal::not_found("id"))?;
    let root = groups::root(tx, root).await?.or_not_found("id")?;
    expected(&case.row, &root, (word, scope))?;
    let text = words(word, text)?;
    let mut twin = case.row;
    let mut told = None;
    if let Some(body) = text {
        let home = write(tx, scope, (twin.id, body.clone(), CommentVisibility::Public)).await?;
        tx.state(comment_fact(&home));
        let inside = write(tx, scope, (root.id, body, CommentVisibility::Internal)).await?;
        told = Some(inside.id);
        twin.comment_count += 1;
    }
    if word == Word::SecondLook {
        twin.second_look_at = Some(scope.now);
    }
    twin.updated_at = scope.now;
    twin.version += 1;
    query::store(tx, &twin).await?;
    let data = SpokenData { twin: twin.id, comment: told };
    tx.state(NewFact::new(word.fact(), ("submission", root.id.0), &data).internal());
    Ok(twin)
}

/// Whether the shown place of the canonical one waits for such a word from its twins.
fn expected(
    twin: &submission::Model,
    root: &submission::Model,
    (word, scope): (Word, &Scope),
) -> Result<(), Refusal> {
    let recused = root.concerned_id.is_some() && root.concerned_id == twin.author_id;
    let days = root.implemented_shown_at.map(|at| case::days(at, scope.now));
    let (waits, sentence) = match word {
        Word::Answer => {
            (root.shown_phase == Phase::NeedsInfo, "There is no open question on this submission.")
        }
        Word::SecondLook => (
            root.shown_phase == Phase::Declined && twin.second_look_at.is_none(),
            "A second look is for a submission that was declined, once.",
        ),
        Word::NotFixed => (
            matches!(root.shown_phase, Phase::Implemented | Phase::Sustained)
                && days.is_some_and(|days| days <= NOT_FIXED_DAYS),
            "\"Not fixed\" is for a submission that was done in the last 90 days.",
        ),
        Word::Withdraw => (
            false,
            "It is joined with another one, so it cannot be taken back. Write a comment instead.",
        ),
    };
    if waits && !recused {
        return Ok(());
    }
    Err(Refusal::new(Code::StepNotAllowed, "id", sentence))
}

fn words(word: Word, text: Option<String>) -> Result<Option<String>> {
    match text.filter(|text| !text.trim().is_empty()) {
        Some(text) => Ok(Some(checked(&text, Limit::COMMENT.called("text"))?)),
        None if word == Word::Answer => {
            let cure = "An answer needs words: write at least one.";
            Err(Refusal::new(Code::Required, "text", cure).into())
        }
        None => Ok(None),
    }
}

async fn write(
    tx: &Tx,
    scope: &Scope,
    (on, body, visibility): (SubmissionId, String, CommentVisibility),
) -> Result<comment::Model> {
    let row = comment::Model {
        id: CommentId(scope.fresh_id()),
        submission_id: on,
        author_id: scope.actor.person(),
        service_id: None,
        visibility,
        body,
        created_at: scope.now,
        redacted_at: None,
    };
    Ok(row.into_active_model().reset_all().insert(tx).await?)
}

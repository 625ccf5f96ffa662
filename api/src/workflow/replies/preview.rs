//! What an author would be told, before anything is decided.

use entity::id::{ReasonId, ReplyId, SubmissionId};
use entity::identity::person;
use entity::instant::Day;
use entity::submissions::phase::{Letter, Phase};
use entity::submissions::submission;
use entity::workflow::reply_fields::{ReplyField, Template, addressed};

use super::fill::{self, About, Chosen, Filled, Words};
use super::query;
use crate::identity::fields;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::Scope;
use crate::submissions;
use crate::submissions::policy::sees_author;
use crate::workflow::case::Case;
use crate::workflow::policy::may_name_owner;
use crate::workflow::service::step_of;

/// What is to be looked at.
#[derive(Clone, Debug)]
pub struct Preview {
    /// About which submission.
    pub submission: SubmissionId,
    /// A template.
    pub template: Option<ReplyId>,
    /// Or a text with fields.
    pub text: Option<String>,
    /// The language of the text; the asker's own when not named.
    pub language: Option<String>,
    /// Where the decision would lead.
    pub to: Phase,
    /// Code or id of a reason of the catalogue.
    pub reason: Option<String>,
    /// The wake date of a deferral.
    pub wake_on: Option<Day>,
    /// A promised date.
    pub promised_on: Option<Day>,
}

/// What the author would be told.
#[derive(Clone, Debug)]
pub struct Previewed {
    /// The submission.
    pub row: submission::Model,
    /// The words.
    pub filled: Filled,
    /// Who is told; none for a submission without an author.
    pub author: Option<person::Model>,
    /// Whether the asker sees the author's name.
    pub names: Names,
    /// Where the decision would lead.
    pub to: Phase,
    /// The reason.
    pub reason: Option<ReasonId>,
    /// In which capacity it would be decided.
    pub letter: Letter,
    /// The date named with it.
    pub date: Option<Day>,
}

/// Whether the author's name may stand in what the asker sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// It may.
    Shown,
    /// It may not.
    Hidden,
}

/// "What would they read?": fills a template or a text for the author of one submission. Changes
/// nothing.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN without a letter to decide with, STEP_NOT_ALLOWED, REQUIRED without
/// template and text, INVALID or TOO_LONG naming the field.
pub async fn preview(scope: &Scope, asked: Preview) -> Result<Previewed> {
    scope.actor.require_person()?;
    let db = scope.db();
    let row = submissions::query::one_readable(&db, &scope.actor, asked.submission)
        .await?
        .or_not_found("submissionId")?;
    let case = Case::of(&db, scope, row).await?;
    let letters = case.letters_in_force(scope);
    may_name_owner(letters)?;
    if asked.to != case.row.phase {
        // Whether it could be decided at all; the step itself is not taken.
        let _ = step_of(&case, asked.to, scope)?;
    }
    let reason = reason_of(scope, &asked).await?;
    let date = asked.wake_on.or(asked.promised_on);
    let filled = words(scope, &case.row, &asked, (reason, date)).await?;
    let author = query::person(&db, case.row.author_id).await?;
    let names = if sees_author(&scope.actor, case.standing) { Names::Shown } else { Names::Hidden };
    let name = filled.name.as_deref().filter(|_| names == Names::Shown);
    let text = addressed(&filled.text, &filled.language, name).into_owned();
    let filled = Filled { text, ..filled };
    let letter = if letters.has(Letter::Reviewer) { Letter::Reviewer } else { Letter::Manager };
    let to = asked.to;
    Ok(Previewed { row: case.row, filled, author, names, to, reason, letter, date })
}

/// A typed text comes back filled, to be sent as a message that others read too: it cannot hold the
/// author's name. A template can, which is filled for each reader.
fn greets_nobody(body: &str) -> Result<()> {
    let greets = |template: Template| template.fields().contains(&ReplyField::Name);
    if !Template::read(body).is_ok_and(greets) {
        return Ok(());
    }
    let cure = "Others than the author read a message too, so {name} cannot stand in one. Use a reply template, where only the author reads the name, or leave it out.";
    Err(Refusal::new(Code::Invalid, "text", cure).into())
}

async fn reason_of(scope: &Scope, asked: &Preview) -> Result<Option<ReasonId>> {
    let Some(called) = asked.reason.as_deref() else { return Ok(None) };
    let found = query::reason_called(&scope.db(), asked.to, called).await?;
    let cure = format!("This is no reason for {}. Take one of its `reasons`.", asked.to);
    found.map(Some).ok_or_else(|| Refusal::new(Code::Invalid, "reason", cure).into())
}

async fn words(
    scope: &Scope,
    row: &submission::Model,
    asked: &Preview,
    (reason, date): (Option<ReasonId>, Option<Day>),
) -> Result<Filled> {
    let about = About { row, date, cause: None };
    match (asked.template, asked.text.as_deref()) {
        (Some(id), None) => {
            let chosen = Chosen { id, to: asked.to, reason, field: "replyTemplateId" };
            fill::from_template(&scope.db(), scope, &about, &chosen).await
        }
        (None, Some(body)) => {
            let language = match asked.language.as_deref() {
                Some(tag) => fields::locale(tag, "language")?,
                None => scope.actor.locale.clone(),
            };
            let words = Words { body, language, field: "text" };
            greets_nobody(body)?;
            fill::from_text(&scope.db(), &about, words).await
        }
        (None, None) => Err(Refusal::new(
            Code::Required,
            "replyTemplateId",
            "Name a reply template, or give a text.",
        )
        .into()),
        (Some(_), Some(_)) => {
            Err(Refusal::new(Code::Invalid, "text", "Give a reply template or a text, not both.")
                .into())
        }
    }
}

//! Filling a template for one author: which language, which values, and what is refused.

use entity::id::{ReasonId, ReplyId};
use entity::instant::Day;
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::submissions::text::{Limit, bounded};
use entity::workflow::reply_fields::{
    NAME_MARK, ReplyField, Template, addressed, best_language, written_day,
};
use sea_orm::ConnectionTrait;

use super::query;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::Scope;

/// What a template is filled for.
pub struct About<'a> {
    /// The submission.
    pub row: &'a submission::Model,
    /// The day named with the decision: the wake date, else the promised date.
    pub date: Option<Day>,
    /// The name of a cause that is linked on the way, for what no cause was linked to before.
    pub cause: Option<String>,
}

/// Which template, and the decision that it is to go with.
pub struct Chosen {
    /// The template.
    pub id: ReplyId,
    /// Where the decision leads.
    pub to: Phase,
    /// Its reason.
    pub reason: Option<ReasonId>,
    /// The input field that named it.
    pub field: &'static str,
}

/// Words to an author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The words; a mark stands where the author is named ([`addressed`]).
    pub text: String,
    /// The author's name, where the words use it.
    pub name: Option<String>,
    /// Their language, which need not be the one that the author asked for.
    pub language: String,
}

/// The words of a template for the author of one submission, in the author's language if it has that.
///
/// # Errors
/// NOT_FOUND for a template that is not there or out of use; INVALID for one of another phase or
/// reason, and where a field has no value; TOO_LONG.
pub async fn from_template<C: ConnectionTrait>(
    conn: &C,
    scope: &Scope,
    about: &About<'_>,
    chosen: &Chosen,
) -> Result<Filled> {
    let found = query::one(conn, &scope.actor, chosen.id).await?.or_not_found(chosen.field)?;
    if found.archived_at.is_some() {
        return Err(Refusal::not_found(chosen.field).into());
    }
    fits((found.phase, found.reason_id), chosen)?;
    let texts = query::texts_of(conn, &[found.id]).await?.remove(&found.id).unwrap_or_default();
    let author = query::person(conn, about.row.author_id).await?;
    let locale = author.map(|person| person.locale).unwrap_or_default();
    let languages: Vec<String> = texts.iter().map(|text| text.language.clone()).collect();
    let language = best_language(&languages, &locale).unwrap_or_default().to_owned();
    let text = texts.into_iter().find(|text| text.language == language);
    let body = text.map(|text| text.body).or_not_found(chosen.field)?;
    from_text(conn, about, Words { body: &body, language, field: chosen.field }).await
}

/// A template belongs to a phase or a reason, or to everything.
fn fits((phase, reason): (Option<Phase>, Option<ReasonId>), chosen: &Chosen) -> Result<()> {
    let refuse = |what: String| Err(Refusal::new(Code::Invalid, chosen.field, what).into());
    match (phase, reason) {
        (Some(phase), _) if phase != chosen.to => refuse(format!(
            "This reply is for {phase}, not for {}. Choose another one, or write the message.",
            chosen.to
        )),
        (_, Some(reason)) if chosen.reason != Some(reason) => refuse(String::from(
            "This reply belongs to another reason. Choose another one, or write the message.",
        )),
        _ => Ok(()),
    }
}

/// A text with fields, its language, and the input field it came in.
pub struct Words<'a> {
    /// The text.
    pub body: &'a str,
    /// Its language.
    pub language: String,
    /// For refusals.
    pub field: &'static str,
}

/// As [`from_template`], for a text that is written now.
///
/// # Errors
/// INVALID for what is no template, and where a field has no value; REQUIRED, TOO_LONG.
pub async fn from_text<C: ConnectionTrait>(
    conn: &C,
    about: &About<'_>,
    words: Words<'_>,
) -> Result<Filled> {
    let template = Template::read(words.body)
        .map_err(|error| Refusal::new(Code::Invalid, words.field, format!("{error}.")))?;
    let mut values = Vec::new();
    let mut name = None;
    for field in template.fields() {
        let mut found = value(conn, about, (field, &words.language)).await?;
        if field == ReplyField::Name && found.is_some() {
            name = found.replace(NAME_MARK.to_string());
        }
        values.push((field, found));
    }
    let text = template.fill(|field| {
        values.iter().find(|(known, _)| *known == field).and_then(|(_, value)| value.clone())
    });
    let text = text.map_err(|field| nothing_for(field, words.field))?;
    // As long as its author will read it.
    let read = addressed(&text, &words.language, name.as_deref());
    let whole = bounded(&read, Limit::MESSAGE.called(words.field))?;
    // Cleaning takes the mark for what it is; a template was cleaned when it was written.
    let text = if name.is_some() { text.trim().to_owned() } else { whole };
    Ok(Filled { text, name, language: words.language })
}

async fn value<C: ConnectionTrait>(
    conn: &C,
    about: &About<'_>,
    (field, language): (ReplyField, &str),
) -> Result<Option<String>> {
    let row = about.row;
    match field {
        ReplyField::Reference => Ok(Some(row.reference.clone())),
        ReplyField::Date => {
            let day = about.date.or(row.promised_on);
            Ok(day.map(|day| written_day(day, language)))
        }
        ReplyField::Name => Ok(query::person(conn, row.author_id).await?.map(|person| person.name)),
        ReplyField::Touchpoint => query::touchpoint_name(conn, row.touchpoint_id).await,
        ReplyField::Cause => {
            let linked = query::first_cause(conn, row.id).await?;
            Ok(linked.or_else(|| about.cause.clone()))
        }
    }
}

/// A gap in a sentence is worse than another sentence: what is missing is named, and nothing is sent.
fn nothing_for(field: ReplyField, at: &str) -> Refusal {
    let why = match field {
        ReplyField::Name => "nobody is recorded as its author",
        ReplyField::Reference => "it has no reference",
        ReplyField::Touchpoint => "it has no touchpoint",
        ReplyField::Cause => "nobody has linked it to a root cause",
        ReplyField::Date => "no wake date and no promised date is named",
    };
    Refusal::new(
        Code::Invalid,
        at,
        format!(
            "There is nothing to put in the place of {{{field}}}: {why}. Write another text, or put that right first."
        ),
    )
}

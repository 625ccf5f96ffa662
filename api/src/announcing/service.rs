//! The verbs of announcements: write, change, publish, withdraw, throw a draft away.

use entity::announcing::values::AnnouncementState;
use entity::announcing::{announcement, announcement_text};
use entity::id::{AnnouncementId, CauseId, SubmissionId, TypedId as _, UnitId};
use entity::submissions::text::{Limit, bounded};
use entity::workflow::reply_fields::best_language;
use sea_orm::ConnectionTrait;
use serde::Serialize;

use super::policy::{self, Deed};
use super::query;
use crate::identity::{fields, query as people};
use crate::kit::change::Change;
use crate::kit::client_key::{Claim, ClientKey, claim};
use crate::kit::error::{Code, Fault, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::programs::labels;
use crate::submissions::query as submissions;
use crate::submissions::service::Receipt;
use crate::triage::causes::query as causes;

/// Most units of one announcement.
pub const MOST_UNITS: usize = 100;
/// Most submissions that one announcement is about.
pub const MOST_SUBMISSIONS: usize = 20;
/// Most languages of one announcement.
pub const MOST_LANGUAGES: usize = 40;

/// The fact that somebody published one: those who tell people read it.
pub const PUBLISHED: &str = "announcement.published";

/// Words in one language.
#[derive(Clone, Debug, Serialize)]
pub struct Text {
    /// BCP 47.
    pub language: String,
    /// One line.
    pub title: String,
    /// What is announced.
    pub body: String,
}

/// An announcement to be written.
#[derive(Clone, Debug, Serialize)]
pub struct NewAnnouncement {
    /// To which units it goes, with all below them.
    pub units: Vec<UnitId>,
    /// At least in the language that everything falls back to.
    pub texts: Vec<Text>,
    /// The root cause that it is about.
    pub cause: Option<CauseId>,
    /// The submissions that it is about.
    pub submissions: Vec<SubmissionId>,
}

/// An announcement as written, and whether that was now.
#[derive(Clone, Debug)]
pub struct Made {
    /// The announcement.
    pub announcement: announcement::Model,
    /// Now, or before.
    pub receipt: Receipt,
}

/// What changes of a draft.
#[derive(Clone, Debug)]
pub struct UpdateAnnouncement {
    /// Which.
    pub id: AnnouncementId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// All units anew.
    pub units: Option<Vec<UnitId>>,
    /// All texts anew.
    pub texts: Option<Vec<Text>>,
    /// Another root cause.
    pub cause: Change<CauseId>,
    /// All submissions anew.
    pub submissions: Option<Vec<SubmissionId>>,
}

/// Whom an announcement reaches, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// People of its units.
    pub people: i64,
    /// Of those, how many have no e-mail address that takes mail.
    pub without_channel: i64,
    /// How many read which of its texts: language, people, and how many of them asked for another
    /// language.
    pub languages: Vec<(String, i64, i64)>,
}

/// What facts say of an announcement: ids alone.
#[derive(Serialize)]
struct Said<'a> {
    units: &'a [UnitId],
    cause: Option<CauseId>,
    submissions: &'a [SubmissionId],
}

/// Where an announcement goes and what it is about.
struct About {
    units: Vec<UnitId>,
    submissions: Vec<SubmissionId>,
}

async fn about<C: ConnectionTrait>(conn: &C, id: AnnouncementId) -> Result<About> {
    Ok(About {
        units: query::units_of(conn, &[id]).await?.remove(&id).unwrap_or_default(),
        submissions: query::submissions_of(conn, &[id]).await?.remove(&id).unwrap_or_default(),
    })
}

fn fact(kind: &'static str, row: &announcement::Model, about: &About) -> NewFact {
    let said = Said { units: &about.units, cause: row.cause_id, submissions: &about.submissions };
    let fact = NewFact::new(kind, ("announcement", row.id.0), &said);
    if row.state == AnnouncementState::Draft { fact.internal() } else { fact }
}

/// "There is something to tell them": writes a draft.
///
/// # Errors
/// FORBIDDEN; NOT_FOUND at `unitIds`, `causeId` or `submissionIds`; REQUIRED, TOO_LONG or INVALID
/// naming the field; IDEMPOTENCY_KEY_REUSED.
pub async fn create(scope: &Scope, new: NewAnnouncement, client_key: Option<&str>) -> Result<Made> {
    policy::may_review(&scope.actor)?;
    let key = ClientKey::of(client_key, &new)?;
    let texts = checked_texts(&new.texts)?;
    let id = AnnouncementId(scope.fresh_id());
    let mut tx = scope.begin().await?;
    if let Claim::Received(before) = claim(&tx, scope, key.as_ref(), &id.to_string()).await? {
        let before = AnnouncementId::parse(&before)
            .map_err(|_| Fault::internal("a client key points at no announcement"))?;
        let announcement =
            query::one(&tx, &scope.actor, before).await?.or_not_found("clientKey")?;
        return tx.commit(Made { announcement, receipt: Receipt::Already }).await;
    }
    let about = About {
        units: checked_units(&tx, scope, new.units).await?,
        submissions: checked_submissions(&tx, scope, new.submissions).await?,
    };
    check_cause(&tx, scope, new.cause).await?;
    let row = announcement::Model {
        id,
        state: AnnouncementState::Draft,
        cause_id: new.cause,
        created_by: scope.actor.person(),
        created_at: scope.now,
        updated_at: scope.now,
        published_by: None,
        published_at: None,
        withdrawn_by: None,
        withdrawn_at: None,
        told: 0,
        told_up_to: None,
        told_at: None,
        version: 1,
    };
    query::insert(&tx, &row).await?;
    query::replace_texts(&tx, id, &texts).await?;
    query::replace_units(&tx, id, &about.units).await?;
    query::replace_submissions(&tx, id, &about.submissions).await?;
    tx.state(fact("announcement.created", &row, &about));
    tx.commit(Made { announcement: row, receipt: Receipt::Fresh }).await
}

/// "It says it better like this": changes a draft.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, STALE_VERSION; STEP_NOT_ALLOWED for what is no draft any more; REQUIRED,
/// TOO_LONG or INVALID naming the field.
pub async fn update(scope: &Scope, cmd: UpdateAnnouncement) -> Result<announcement::Model> {
    let texts = cmd.texts.as_deref().map(checked_texts).transpose()?;
    let mut tx = scope.begin().await?;
    let which = (cmd.id, cmd.expected_version);
    let (found, before) = to_do(&tx, scope, which, Deed::Change).await?;
    let units = match cmd.units {
        Some(units) => Some(checked_units(&tx, scope, units).await?),
        None => None,
    };
    let submissions = match cmd.submissions {
        Some(ids) => Some(checked_submissions(&tx, scope, ids).await?),
        None => None,
    };
    check_cause(&tx, scope, cmd.cause.set()).await?;
    let row =
        announcement::Model { cause_id: cmd.cause.of(found.cause_id), ..touched(scope, found) };
    query::store(&tx, &row).await?;
    if let Some(texts) = &texts {
        query::replace_texts(&tx, row.id, texts).await?;
    }
    if let Some(units) = &units {
        query::replace_units(&tx, row.id, units).await?;
    }
    if let Some(ids) = &submissions {
        query::replace_submissions(&tx, row.id, ids).await?;
    }
    let after = About {
        units: units.unwrap_or(before.units),
        submissions: submissions.unwrap_or(before.submissions),
    };
    tx.state(fact("announcement.updated", &row, &after));
    tx.commit(row).await
}

/// "Tell them": shows it to the people of its units, who are told once, in the background.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, STALE_VERSION; STEP_NOT_ALLOWED; INVALID at `unitIds` when nobody works in
/// any of its units.
pub async fn publish(
    scope: &Scope,
    which: (AnnouncementId, Option<i32>),
) -> Result<announcement::Model> {
    let mut tx = scope.begin().await?;
    let (found, about) = to_do(&tx, scope, which, Deed::Publish).await?;
    if query::next_people(&tx, &found, 1).await?.is_empty() {
        let nobody = "Nobody works in these units. Choose others, or a unit above them.";
        return Err(Refusal::new(Code::Invalid, "unitIds", nobody).into());
    }
    let row = announcement::Model {
        state: AnnouncementState::Published,
        published_by: scope.actor.person(),
        published_at: Some(scope.now),
        ..touched(scope, found)
    };
    query::store(&tx, &row).await?;
    tx.state(fact(PUBLISHED, &row, &about));
    tx.commit(row).await
}

/// "That was wrong": it is shown no longer, and whoever was not told yet is not told. Mails that were
/// sent stay sent.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED.
pub async fn withdraw(
    scope: &Scope,
    which: (AnnouncementId, Option<i32>),
) -> Result<announcement::Model> {
    let mut tx = scope.begin().await?;
    let (found, about) = to_do(&tx, scope, which, Deed::Withdraw).await?;
    let row = announcement::Model {
        state: AnnouncementState::Withdrawn,
        withdrawn_by: scope.actor.person(),
        withdrawn_at: Some(scope.now),
        ..touched(scope, found)
    };
    query::store(&tx, &row).await?;
    tx.state(fact("announcement.withdrawn", &row, &about));
    tx.commit(row).await
}

/// "Never mind": throws a draft away.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED.
pub async fn delete(scope: &Scope, which: (AnnouncementId, Option<i32>)) -> Result<AnnouncementId> {
    let mut tx = scope.begin().await?;
    let (found, about) = to_do(&tx, scope, which, Deed::Delete).await?;
    query::delete(&tx, found.id).await?;
    tx.state(fact("announcement.deleted", &found, &about));
    tx.commit(found.id).await
}

/// "Who will hear?": whom an announcement reaches if it is published now. For those who may publish
/// it; `None` for everybody else.
///
/// # Errors
/// UNAUTHENTICATED; a fault of the database.
pub async fn reach(scope: &Scope, id: AnnouncementId) -> Result<Option<Reach>> {
    scope.actor.require_signed_in()?;
    let db = scope.db();
    let Some(row) = query::one(&db, &scope.actor, id).await? else { return Ok(None) };
    let about = about(&db, row.id).await?;
    if may_announce_to(&db, scope, &about.units).await.is_err() {
        return Ok(None);
    }
    let texts = query::texts_of(&db, &[id]).await?.remove(&id).unwrap_or_default();
    let tags: Vec<String> = texts.into_iter().map(|text| text.language).collect();
    let mut reach = Reach::default();
    for group in query::speakers(&db, &about.units).await? {
        reach.people += group.people;
        reach.without_channel += group.people - group.with_mail;
        let Some(language) = best_language(&tags, &group.locale) else { continue };
        let other = if primary(language) == primary(&group.locale) { 0 } else { group.people };
        match reach.languages.iter_mut().find(|it| it.0 == language) {
            Some(known) => {
                known.1 += group.people;
                known.2 += other;
            }
            None => reach.languages.push((language.to_owned(), group.people, other)),
        }
    }
    Ok(Some(reach))
}

fn primary(tag: &str) -> String {
    tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase()
}

/// The text that somebody who prefers `locale` reads; falls back as replies do.
#[must_use]
pub fn text_for<'a>(
    texts: &'a [announcement_text::Model],
    locale: &str,
) -> Option<&'a announcement_text::Model> {
    let tags: Vec<String> = texts.iter().map(|text| text.language.clone()).collect();
    let language = best_language(&tags, locale)?;
    texts.iter().find(|text| text.language == language)
}

/// The announcement that something is to be done with, and where it goes.
async fn to_do(
    tx: &Tx,
    scope: &Scope,
    (id, expected): (AnnouncementId, Option<i32>),
    deed: Deed,
) -> Result<(announcement::Model, About)> {
    scope.actor.require_person()?;
    let found = query::locked(tx, &scope.actor, id).await?.or_not_found("id")?;
    let about = about(tx, id).await?;
    may_announce_to(tx, scope, &about.units).await?;
    policy::may_now(found.state, deed)?;
    if expected.is_some_and(|version| version != found.version) {
        return Err(Refusal::stale(found.version).into());
    }
    Ok((found, about))
}

async fn may_announce_to<C: ConnectionTrait>(
    conn: &C,
    scope: &Scope,
    units: &[UnitId],
) -> Result<()> {
    let lineages = people::lineages(conn, units).await?;
    let lineages: Vec<Vec<UnitId>> =
        units.iter().map(|unit| lineages.get(unit).cloned().unwrap_or_default()).collect();
    policy::may_announce(&scope.actor, &lineages)
}

fn touched(scope: &Scope, row: announcement::Model) -> announcement::Model {
    announcement::Model { updated_at: scope.now, version: row.version + 1, ..row }
}

/// Units that are there and over which the asker reviews, each once.
async fn checked_units(tx: &Tx, scope: &Scope, mut units: Vec<UnitId>) -> Result<Vec<UnitId>> {
    units.sort_unstable();
    units.dedup();
    if units.is_empty() {
        let nowhere = "Name at least one unit that it goes to.";
        return Err(Refusal::new(Code::Required, "unitIds", nowhere).into());
    }
    if units.len() > MOST_UNITS {
        let many = format!(
            "It goes to {} units; at most {MOST_UNITS} can be named. Name one above them instead.",
            units.len()
        );
        return Err(Refusal::new(Code::Invalid, "unitIds", many).into());
    }
    if query::known_units(tx, &units).await?.len() < units.len() {
        return Err(Refusal::not_found("unitIds").into());
    }
    may_announce_to(tx, scope, &units).await?;
    Ok(units)
}

/// Submissions that the asker may read, each once. Readers of the announcement see of them what they
/// may read themselves.
async fn checked_submissions(
    tx: &Tx,
    scope: &Scope,
    mut ids: Vec<SubmissionId>,
) -> Result<Vec<SubmissionId>> {
    ids.sort_unstable();
    ids.dedup();
    if ids.len() > MOST_SUBMISSIONS {
        let many = format!("It can be about {MOST_SUBMISSIONS} submissions. Leave some out.");
        return Err(Refusal::new(Code::Invalid, "submissionIds", many).into());
    }
    if submissions::some_readable(tx, &scope.actor, &ids).await?.len() < ids.len() {
        return Err(Refusal::not_found("submissionIds").into());
    }
    Ok(ids)
}

async fn check_cause(tx: &Tx, scope: &Scope, id: Option<CauseId>) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    if causes::some(tx, &scope.actor, &[id]).await?.is_empty() {
        return Err(Refusal::not_found("causeId").into());
    }
    Ok(())
}

/// Languages with their words, each sound; the one that everything falls back to among them.
fn checked_texts(texts: &[Text]) -> Result<Vec<(String, String, String)>> {
    if texts.is_empty() || texts.len() > MOST_LANGUAGES {
        let code = if texts.is_empty() { Code::Required } else { Code::Invalid };
        let message =
            format!("Write it in at least one language, and in at most {MOST_LANGUAGES}.");
        return Err(Refusal::new(code, "texts", message).into());
    }
    let mut checked: Vec<(String, String, String)> = Vec::with_capacity(texts.len());
    for text in texts {
        let language = fields::locale(&text.language, "texts.language")?;
        if checked.iter().any(|(known, ..)| known.eq_ignore_ascii_case(&language)) {
            let twice =
                format!("The language {language} is there twice. Leave one of the texts out.");
            return Err(Refusal::new(Code::Invalid, "texts.language", twice).into());
        }
        let title = bounded(&text.title, Limit::TITLE.called("texts.title"))?;
        let body = bounded(&text.body, Limit::MESSAGE.called("texts.body"))?;
        checked.push((language, title, body));
    }
    if !checked.iter().any(|(language, ..)| language.eq_ignore_ascii_case(labels::FALLBACK)) {
        let message = format!(
            "Write it in `{}` too: whoever reads none of the other languages gets that.",
            labels::FALLBACK
        );
        return Err(Refusal::new(Code::Required, "texts.language", message).into());
    }
    Ok(checked)
}

//! What a mail says: from a notification, for one reader, with the rights of this moment.

use entity::id::{PersonId, SubmissionId};
use entity::identity::person;
use entity::instant::{DAY, MINUTE};
use entity::notify::values::{MailKind, NotificationKind};
use entity::notify::{mail, notification};
use entity::submissions::phase::Phase;
use entity::submissions::redaction;
use entity::submissions::submission;
use entity::workflow::decision;

use super::links::{self, Sort, Stop};
use super::reader::why;
use super::templates::{
    self, Audience, Besides, Comment, Decision, Escalation, Frame, Line, Mail, Question,
    ReceivedForYou, Reminder, Rendered, SignInCode, StillFixed, StopLink,
};
use super::words::Language;
use super::{announcing, offering, query, reminding, resolving, rights, telling};
use crate::closing::query::told::Also;
use crate::identity::codes;
use crate::kit::actor::{Actor, AuthorNames};
use crate::kit::error::{Fault, Result};
use crate::kit::scope::Scope;
use crate::workflow::query as workflow;

/// The setting with the organisation's own name for its programme.
const PROGRAM_NAME: &str = "program_name";
/// The name of a programme that nobody has named yet.
const FIRST_NAME: &str = "Earshot";

/// A mail as people read it, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Letter {
    /// It says this.
    Written(Written),
    /// There is none, for this reason.
    None(&'static str),
}

impl Letter {
    /// The same letter, with words of a person in this language.
    fn quoting(self, language: Option<String>) -> Self {
        match self {
            Self::Written(written) => Self::Written(Written { quoted: language, ..written }),
            none => none,
        }
    }
}

/// What a mail says and what its headers need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Subject, text, page.
    pub rendered: Rendered,
    /// In which language.
    pub language: Language,
    /// The language of what it quotes, where that is known.
    pub quoted: Option<String>,
    /// The submission whose thread it belongs to.
    pub thread: Option<SubmissionId>,
    /// Where such mails are stopped; none for security mails.
    pub unsubscribe: Option<String>,
    /// Whether the reader is told the text.
    pub form: Form,
}

/// How much a letter tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// All that there is, for somebody who may read the submission.
    Full,
    /// Reference, phase and response, for a follower who may not (any more).
    Bare,
}

/// The organisation's own name for its programme.
///
/// # Errors
/// A fault of the database.
pub async fn program_name(scope: &Scope) -> Result<String> {
    let name = query::setting(&scope.db(), PROGRAM_NAME).await?;
    Ok(name.unwrap_or_else(|| FIRST_NAME.to_owned()))
}

/// Writes the mail that brings a sign-in code. The code is derived, here and now: it is kept nowhere.
///
/// # Errors
/// A fault of the database, or a mistake in a template.
pub async fn with_code(
    scope: &Scope,
    mail: &mail::Model,
    person: &person::Model,
) -> Result<Letter> {
    let code = match mail.login_code_id {
        Some(id) if mail.kind == MailKind::SignInCode => query::login_code(&scope.db(), id).await?,
        _ => None,
    };
    let Some(code) = code else { return Ok(Letter::None(why::GONE)) };
    let left = code.expires_at.since(scope.now);
    if code.used_at.is_some() || left <= 0 {
        return Ok(Letter::None(why::SPENT));
    }
    let program = program_name(scope).await?;
    let language = Language::best(&person.locale);
    let frame = Frame {
        language,
        program: &program,
        reader: Some(&person.name),
        preferences: None,
        unsubscribe: None,
    };
    let minutes = u32::try_from((left + MINUTE - 1) / MINUTE).unwrap_or(1);
    let digits = codes::code_of(&scope.house.keys, code.id);
    let letter = SignInCode { code: &digits, minutes, device: None, link: None };
    let rendered = render(&frame, &letter)?;
    Ok(Letter::Written(Written {
        rendered,
        language,
        quoted: None,
        thread: None,
        unsubscribe: None,
        form: Form::Full,
    }))
}

pub(super) fn render(frame: &Frame<'_>, mail: &impl Mail) -> Result<Rendered> {
    let rendered = templates::render(frame, mail);
    Ok(rendered.map_err(|error| Fault::internal(format!("a mail was not rendered: {error}")))?)
}

/// One reader and what they may read.
struct Reader<'a> {
    person: &'a person::Model,
    actor: Actor,
    language: Language,
    submission: submission::Model,
    title: Option<String>,
    form: Form,
}

impl Reader<'_> {
    fn audience(&self, kind: NotificationKind) -> Audience {
        match kind {
            NotificationKind::FollowedDecision => Audience::Follower,
            NotificationKind::Mention => Audience::Mentioned,
            _ => Audience::Author,
        }
    }
}

/// Writes the mail of a notification.
///
/// The right to read is asked for now: whoever lost it is told the reference, the phase and the
/// response, never the text; the person concerned is told nothing.
///
/// # Errors
/// A fault of the database, or a mistake in a template.
pub async fn write(
    scope: &Scope,
    note: &notification::Model,
    person: &person::Model,
) -> Result<Letter> {
    if note.kind == NotificationKind::Escalated {
        return listed(scope, note, person).await;
    }
    let db = scope.db();
    if note.kind == NotificationKind::ActionReminder {
        return reminding::letter(scope, note, person).await;
    }
    if note.kind == NotificationKind::AdoptionOffered {
        return offering::letter(scope, note, person).await;
    }
    if note.kind == NotificationKind::Announcement {
        return announcing::letter(scope, note, person).await;
    }
    let Some(about) = note.submission_id else { return Ok(Letter::None(why::GONE)) };
    let Some(submission) = query::submission(&db, about).await? else {
        return Ok(Letter::None(why::GONE));
    };
    if telling::is_recused(&submission, person.id) {
        return Ok(Letter::None(why::MAY_NOT_READ));
    }
    let Some(actor) = rights::actor_of(scope, person.id).await? else {
        return Ok(Letter::None(why::DEACTIVATED));
    };
    let may_read = query::may_read(&db, &actor, submission.id).await?;
    let has_bare_form = telling::mail_kind(note.kind) == Some(MailKind::Decision);
    if !may_read && !has_bare_form {
        return Ok(Letter::None(why::MAY_NOT_READ));
    }
    let form = if may_read { Form::Full } else { Form::Bare };
    let title = match form {
        Form::Full => query::wording(&db, submission.text_id).await?.map(|wording| wording.title),
        Form::Bare => None,
    };
    let language = Language::best(&person.locale);
    let title = title.map(|title| redaction::shown(&title, language.tag()).into_owned());
    let reader = Reader { person, actor, language, submission, title, form };
    match telling::mail_kind(note.kind) {
        Some(MailKind::Decision) => decided(scope, note, &reader).await,
        Some(MailKind::Question) => asked(scope, note, &reader).await,
        Some(MailKind::Comment) => commented(scope, note, &reader).await,
        Some(MailKind::Reminder) => reminded(scope, note, &reader).await,
        Some(MailKind::StillFixed) => still_fixed(scope, note, &reader).await,
        Some(MailKind::ReceivedForYou) => received_for(scope, note, &reader).await,
        _ => Ok(Letter::None(why::GONE)),
    }
}

async fn decision_of(scope: &Scope, note: &notification::Model) -> Result<Option<decision::Model>> {
    match note.decision_id {
        Some(id) => query::decision(&scope.db(), id).await,
        None => Ok(None),
    }
}

/// The words of a response and the name under them.
#[derive(Default)]
struct Said {
    words: Option<String>,
    /// The language of the words, as it can stand in a header.
    language: Option<String>,
    by: Option<String>,
    /// Whether passages were made unreadable: then nothing else is said in its place.
    is_redacted: bool,
}

impl Said {
    /// The words with every redaction in the reader's language.
    fn words_for(&self, language: Language) -> Option<String> {
        let words = self.words.as_deref()?;
        Some(redaction::shown(words, language.tag()).into_owned())
    }
}

/// What was said with a decision, as `reader` reads it: the author alone is greeted by name.
async fn said_with(
    scope: &Scope,
    (decision, reader): (&decision::Model, PersonId),
) -> Result<Said> {
    let Some(id) = decision.response_id else { return Ok(Said::default()) };
    let Some(response) = query::response(&scope.db(), id).await? else {
        return Ok(Said::default());
    };
    let by = name_of(scope, response.author_id).await?;
    let language = Some(response.language.clone()).filter(|tag| is_plain_tag(tag));
    let is_redacted = response.redacted_at.is_some();
    let words = workflow::addressed_to(&scope.db(), Some(reader), vec![response]).await?.pop();
    Ok(Said { words: words.map(|words| words.body), language, by, is_redacted })
}

/// Whether a language is written as a plain tag, for instance `es-MX`.
pub(super) fn is_plain_tag(tag: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (2..=35).contains(&tag.len()) && tag.bytes().all(plain)
}

async fn name_of(scope: &Scope, person: Option<PersonId>) -> Result<Option<String>> {
    match person {
        Some(id) => Ok(query::person(&scope.db(), id).await?.map(|person| person.name)),
        None => Ok(None),
    }
}

async fn decided(scope: &Scope, note: &notification::Model, reader: &Reader<'_>) -> Result<Letter> {
    let Some(decision) = decision_of(scope, note).await? else {
        return Ok(Letter::None(why::GONE));
    };
    let db = scope.db();
    let said = said_with(scope, (&decision, reader.person.id)).await?;
    let languages = [reader.person.locale.as_str(), reader.language.tag(), "en"];
    let reason = match decision.reason_id {
        Some(id) => query::reason_label(&db, id, &languages).await?,
        None => None,
    };
    let canonical = canonical(scope, &decision, reader).await?;
    if canonical.as_ref().is_some_and(|it| telling::is_recused(it, reader.person.id)) {
        return Ok(Letter::None(why::MAY_NOT_READ));
    }
    // What is mirrored on a twin has the dates of the one that was decided on.
    let dates = match &canonical {
        Some(canonical) if decision.submission_id == canonical.id => canonical,
        _ => &reader.submission,
    };
    let next = match decision.to_phase {
        Phase::Deferred => dates.wake_on,
        _ => dates.promised_on,
    };
    let link = page_of(scope, &reader.submission);
    let own = &reader.submission;
    let to = (reader.person, own.id, own.reference.as_str());
    let personal = match said.is_redacted {
        true => None,
        false => resolving::letter(scope, decision.id, to).await?,
    };
    let (message, said_in, also) = match personal {
        Some(it) => {
            let language = Some(it.language).filter(|tag| is_plain_tag(tag));
            (Some(it.words), language, besides(&it.also))
        }
        None => (said.words_for(reader.language), said.language, None),
    };
    let mail = Decision {
        reference: &reader.submission.reference,
        title: reader.title.as_deref(),
        kind: reader.submission.kind,
        phase: decision.to_phase,
        audience: reader.audience(note.kind),
        reason: reason.as_deref(),
        message: message.as_deref(),
        words_language: said_in.as_deref(),
        signed: said.by.as_deref(),
        joined_with: canonical.as_ref().map(|it| it.reference.as_str()),
        next: next.map(|day| day.0),
        also: also.as_ref(),
        link: &link,
    };
    let quoted = said_in.clone().filter(|_| message.is_some());
    Ok(finish(scope, note, reader, &mail).await?.quoting(quoted))
}

/// What else a message tells of, as a mail says it.
pub(super) fn besides(also: &Also) -> Option<Besides> {
    let named = also.named.clone();
    (!named.is_empty()).then_some(Besides { named, more: also.more })
}

/// The other submission that a letter speaks of: the one that was decided on, for the people of a
/// twin; the canonical one, when the news is that they were joined.
async fn canonical(
    scope: &Scope,
    decision: &decision::Model,
    reader: &Reader<'_>,
) -> Result<Option<submission::Model>> {
    let own = &reader.submission;
    let id = match decision.to_phase {
        _ if decision.submission_id != own.id => Some(decision.submission_id),
        Phase::Merged => own.canonical_id.or(own.merged_into),
        _ => None,
    };
    match id {
        Some(id) => query::submission(&scope.db(), id).await,
        None => Ok(None),
    }
}

async fn asked(scope: &Scope, note: &notification::Model, reader: &Reader<'_>) -> Result<Letter> {
    let Some(decision) = decision_of(scope, note).await? else {
        return Ok(Letter::None(why::GONE));
    };
    let said = said_with(scope, (&decision, reader.person.id)).await?;
    let Some(question) = said.words_for(reader.language) else {
        return Ok(Letter::None(why::GONE));
    };
    let link = page_of(scope, &reader.submission);
    let mail = Question {
        reference: &reader.submission.reference,
        title: reader.title.as_deref(),
        question: &question,
        words_language: said.language.as_deref(),
        signed: said.by.as_deref(),
        link: &link,
    };
    Ok(finish(scope, note, reader, &mail).await?.quoting(said.language.clone()))
}

async fn commented(
    scope: &Scope,
    note: &notification::Model,
    reader: &Reader<'_>,
) -> Result<Letter> {
    let comment = match note.comment_id {
        Some(id) => query::comment(&scope.db(), id).await?,
        None => None,
    };
    let Some(comment) = comment else { return Ok(Letter::None(why::GONE)) };
    if !rights::may_hear_comment(scope, reader.person.id, &comment).await? {
        return Ok(Letter::None(why::MAY_NOT_READ));
    }
    // Where names are for reviewers only, a colleague's comment is signed by nobody.
    let signed = match reader.actor.rules.author_names {
        AuthorNames::Readers => name_of(scope, comment.author_id).await?,
        AuthorNames::Reviewers => None,
    };
    let link = page_of(scope, &reader.submission);
    let words = redaction::shown(&comment.body, reader.language.tag());
    let mail = Comment {
        reference: &reader.submission.reference,
        title: reader.title.as_deref(),
        audience: reader.audience(note.kind),
        comment: &words,
        signed: signed.as_deref(),
        link: &link,
    };
    finish(scope, note, reader, &mail).await
}

/// Most lines of a list in a mail; the rest is counted.
const LINES: usize = 50;

/// The daily list: references and how long they have waited, never a word of what was written.
async fn listed(
    scope: &Scope,
    note: &notification::Model,
    person: &person::Model,
) -> Result<Letter> {
    let Some(fact) = query::fact(&scope.db(), note.fact_seq).await? else {
        return Ok(Letter::None(why::GONE));
    };
    let Some(waiting) = super::reader::waiting(scope, &fact, person.id).await? else {
        return Ok(Letter::None(why::DEACTIVATED));
    };
    if waiting.is_empty() {
        return Ok(Letter::None(why::ANSWERED));
    }
    let line = |waiting: &query::Waiting| Line {
        reference: waiting.reference.clone(),
        days: scope.now.since(waiting.created_at) / DAY,
        link: links::submission(&scope.house.config.public_url, &waiting.reference),
    };
    let lines: Vec<Line> = waiting.iter().take(LINES).map(line).collect();
    let mail = Escalation { lines: &lines, more: waiting.len().saturating_sub(LINES) };
    let signature = Signature { person, language: Language::best(&person.locale) };
    let (rendered, unsubscribe) = around(scope, note, &signature, &mail).await?;
    Ok(Letter::Written(Written {
        rendered,
        language: signature.language,
        quoted: None,
        thread: None,
        unsubscribe: Some(unsubscribe),
        form: Form::Full,
    }))
}

async fn reminded(
    scope: &Scope,
    note: &notification::Model,
    reader: &Reader<'_>,
) -> Result<Letter> {
    let Some(day) = reader.submission.promised_on else { return Ok(Letter::None(why::GONE)) };
    let link = page_of(scope, &reader.submission);
    let mail = Reminder {
        reference: &reader.submission.reference,
        title: reader.title.as_deref(),
        promised: day.0,
        link: &link,
    };
    finish(scope, note, reader, &mail).await
}

/// An integration sent something in the reader's name.
async fn received_for(
    scope: &Scope,
    note: &notification::Model,
    reader: &Reader<'_>,
) -> Result<Letter> {
    let Some(id) = reader.submission.sent_by else { return Ok(Letter::None(why::GONE)) };
    if reader.submission.shown_phase == Phase::Withdrawn {
        return Ok(Letter::None(why::GONE));
    }
    let service = query::service(&scope.db(), id).await?;
    let link = page_of(scope, &reader.submission);
    let mail = ReceivedForYou {
        reference: &reader.submission.reference,
        title: reader.title.as_deref(),
        sender: service.as_ref().map_or("", |service| service.name.as_str()),
        link: &link,
    };
    finish(scope, note, reader, &mail).await
}

async fn still_fixed(
    scope: &Scope,
    note: &notification::Model,
    reader: &Reader<'_>,
) -> Result<Letter> {
    if reader.submission.shown_phase != Phase::Implemented {
        return Ok(Letter::None(why::ANSWERED));
    }
    let Some(done) = reader.submission.implemented_shown_at else {
        return Ok(Letter::None(why::GONE));
    };
    let link = page_of(scope, &reader.submission);
    let mail = StillFixed {
        reference: &reader.submission.reference,
        title: reader.title.as_deref(),
        done: done.day().0,
        link: &link,
    };
    finish(scope, note, reader, &mail).await
}

pub(super) fn page_of(scope: &Scope, submission: &submission::Model) -> String {
    links::submission(&scope.house.config.public_url, &submission.reference)
}

async fn finish(
    scope: &Scope,
    note: &notification::Model,
    reader: &Reader<'_>,
    mail: &impl Mail,
) -> Result<Letter> {
    let signature = Signature { person: reader.person, language: reader.language };
    let (rendered, unsubscribe) = around(scope, note, &signature, mail).await?;
    Ok(Letter::Written(Written {
        rendered,
        language: reader.language,
        quoted: None,
        thread: Some(reader.submission.id),
        unsubscribe: Some(unsubscribe),
        form: reader.form,
    }))
}

/// To whom a letter goes, in which language.
pub(super) struct Signature<'a> {
    pub(super) person: &'a person::Model,
    pub(super) language: Language,
}

/// A letter with what is around it, and the address that stops such letters.
async fn around(
    scope: &Scope,
    note: &notification::Model,
    to: &Signature<'_>,
    mail: &impl Mail,
) -> Result<(Rendered, String)> {
    framed(scope, (Sort::Of(note.kind), to), mail).await
}

/// A letter with what is around it, and the address that stops mails of its sort.
pub(super) async fn framed(
    scope: &Scope,
    (sort, to): (Sort, &Signature<'_>),
    mail: &impl Mail,
) -> Result<(Rendered, String)> {
    let house = &scope.house;
    let program = program_name(scope).await?;
    let preferences = links::preferences(&house.config.public_url);
    let stop = Stop { person: to.person.id, sort };
    let unsubscribe = links::unsubscribe(&house.config.public_url, &house.keys, stop);
    let frame = Frame {
        language: to.language,
        program: &program,
        reader: Some(&to.person.name),
        preferences: Some(&preferences),
        unsubscribe: Some(StopLink { address: &unsubscribe, says: sort.says() }),
    };
    Ok((render(&frame, mail)?, unsubscribe))
}

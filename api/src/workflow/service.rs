//! Deciding: one step along the way, and what could be done next.

use std::collections::HashMap;

use entity::id::{ReasonId, ReplyId, ResponseId, StatusId, SubmissionId};
use entity::instant::{Day, Instant};
use entity::submissions::hold::Announce;
use entity::submissions::phase::{Letter, Message, Need, Phase, RefusedStep, Requires, Step};
use entity::submissions::text::{Limit, TextRefusal, bounded};
use entity::workflow::response;
use entity::workflow::snapshot::Place;
use serde::Serialize;

use super::asking;
use super::case::Case;
use super::decide::{self, Decided, Overtakes, Ruling};
use super::replies::fill::{self, About, Chosen};
use super::{policy, query};
use crate::identity::fields;
use crate::kit::error::{Code, Fault, OrNotFound as _, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::submissions::joining::query as groups;

/// One step along the way, as asked for.
#[derive(Clone, Debug)]
pub struct Move {
    /// What.
    pub id: SubmissionId,
    /// Where it is to go; the present phase to change only the label.
    pub to: Phase,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// Code or id of a reason of the catalogue.
    pub reason: Option<String>,
    /// Words to the author.
    pub message: Option<String>,
    /// How the words are found otherwise, and their language.
    pub reply: Reply,
    /// The label; the phase's own one when none is named.
    pub status: Option<StatusId>,
    /// The day on which a deferred one is looked at again.
    pub wake_on: Option<Day>,
    /// When to tell.
    pub announce: Announce,
    /// The next date that the author is promised.
    pub promised_on: Option<Day>,
}

/// Words to the author that are not simply written in the asker's language.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Reply {
    /// A template in the place of the message, filled for the author when it is decided.
    pub template: Option<ReplyId>,
    /// The language of the message; the asker's own when not named.
    pub language: Option<String>,
    /// The name of the cause that is linked in the same call: what `{cause}` stands for where no
    /// cause was linked before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
}

impl Move {
    /// A step with nothing said about it.
    #[must_use]
    pub fn plain(id: SubmissionId, to: Phase) -> Self {
        Self {
            id,
            to,
            expected_version: None,
            reason: None,
            message: None,
            reply: Reply::default(),
            status: None,
            wake_on: None,
            announce: Announce::AfterHold,
            promised_on: None,
        }
    }
}

/// "This goes there": moves a submission one step, for whoever the table allows.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, STEP_NOT_ALLOWED with the list of what is allowed,
/// REQUIRED, TOO_LONG or INVALID naming the field.
pub async fn move_to(scope: &Scope, cmd: Move) -> Result<Decided> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    if cmd.to == Phase::Withdrawn {
        // What is joined into it is let go.
        groups::alone(&tx).await?;
    }
    let case = Case::open(&mut tx, scope, cmd.id).await?;
    let decided = move_within(&mut tx, scope, case, cmd).await?;
    tx.commit(decided).await
}

/// As [`move_to`], on the way of another verb, which has opened the submission.
///
/// # Errors
/// As [`move_to`].
pub(super) async fn move_within(
    tx: &mut Tx,
    scope: &Scope,
    case: Case,
    cmd: Move,
) -> Result<Decided> {
    policy::may_move_at_all(case.letters(scope))?;
    case.expect(cmd.expected_version)?;
    if cmd.to == case.row.phase && cmd.status.is_some_and(|status| status != case.row.status_id) {
        return relabel(tx, scope, case, cmd).await;
    }
    let step = step_of(&case, cmd.to, scope)?;
    if step.letter() == Letter::Author {
        if cmd.reply.template.is_some() {
            return Err(no_template_here().into());
        }
        let words = asking::Words { text: cmd.message, field: "message" };
        return asking::as_author(tx, scope, case, (step, words)).await;
    }
    if step.to() == Phase::Merged {
        return Err(joining_has_its_own_verb().into());
    }
    let ruling = ruling_of(tx, scope, &case, (step, cmd)).await?;
    decide::carry_out(tx, scope, case, ruling).await
}

fn no_template_here() -> Refusal {
    Refusal::new(
        Code::Invalid,
        "replyTemplateId",
        "Reply templates are words to the author. This step is the author's own: leave it out.",
    )
}

/// Joining needs the one to join with, which a move does not name.
fn joining_has_its_own_verb() -> Refusal {
    Refusal::new(
        Code::Invalid,
        "to",
        "Joining needs the one to join with. Use `submissionMerge` and name it in `intoId`.",
    )
}

/// The step, or the refusal with all that is allowed.
pub(super) fn step_of(case: &Case, to: Phase, scope: &Scope) -> Result<Step> {
    let step = case.position()?.step(to, case.letters(scope), &case.facts);
    Ok(step.map_err(refused_step)?)
}

/// The refusal of the table, with what it allows.
pub(super) fn refused_step(refused: RefusedStep) -> Refusal {
    let allowed = refused.allowed.iter().map(ToString::to_string).collect();
    Refusal::new(Code::StepNotAllowed, "to", refused.to_string()).allowing(allowed)
}

pub(super) async fn ruling_of(
    tx: &Tx,
    scope: &Scope,
    case: &Case,
    (step, cmd): (Step, Move),
) -> Result<Ruling> {
    let needs = step.needs();
    let wake_on = wake_date(cmd.wake_on, (needs, step.to()), scope)?;
    let promised_on = promise(cmd.promised_on, scope)?;
    let reason = reason(tx, cmd.reason.as_deref(), (needs, step.to())).await?;
    let status = status(tx, cmd.status, step.to()).await?;
    let said = Said { message: cmd.message, reply: cmd.reply, date: wake_on.or(promised_on) };
    let given = given_words(tx, scope, case, (said, step.to(), reason)).await?;
    let message = message(tx, case, (needs.message, given, step.to())).await?;
    let response = match message {
        Some(words) => Some(respond(tx, scope, (case.row.id, words)).await?),
        None => None,
    };
    Ok(Ruling {
        reason,
        response,
        announce: cmd.announce,
        wake_on,
        promised_on,
        ..Ruling::of(&step, status)
    })
}

fn wake_date(
    given: Option<Day>,
    (needs, to): (Requires, Phase),
    scope: &Scope,
) -> Result<Option<Day>> {
    let refuse = |code, message: String| Err(Refusal::new(code, "wakeOn", message).into());
    match (needs.wake_date, given) {
        (Need::No, None) => Ok(None),
        (Need::No, Some(_)) => refuse(
            Code::Invalid,
            format!("Only DEFERRED has a wake date, not {to}. Leave `wakeOn` out."),
        ),
        (Need::Required, None) => refuse(
            Code::Required,
            String::from("Say on which day it is looked at again, for instance 2026-02-28."),
        ),
        (Need::Required, Some(day)) if day <= scope.now.day() => refuse(
            Code::Invalid,
            format!("The wake date {day} is not in the future. Choose a day after today."),
        ),
        (Need::Required, Some(day)) if day > farthest(scope) => refuse(
            Code::Invalid,
            format!("The wake date {day} is too far away. Choose a day until {}.", farthest(scope)),
        ),
        (Need::Required, Some(day)) => Ok(Some(day)),
    }
}

/// How far ahead somebody may be put off, in days: five years.
const FARTHEST: i64 = 5 * 365;

fn farthest(scope: &Scope) -> Day {
    scope.now.plus(FARTHEST * entity::instant::DAY).day()
}

pub(super) fn promise(given: Option<Day>, scope: &Scope) -> Result<Option<Day>> {
    match given {
        Some(day) if day < scope.now.day() => Err(Refusal::new(
            Code::Invalid,
            "promisedOn",
            format!("The promised date {day} is past. Choose today or a later day."),
        )
        .into()),
        Some(day) if day > farthest(scope) => Err(Refusal::new(
            Code::Invalid,
            "promisedOn",
            format!(
                "The promised date {day} is too far away. Choose a day until {}.",
                farthest(scope)
            ),
        )
        .into()),
        given => Ok(given),
    }
}

/// The reason by code or id, from the catalogue of the phase.
async fn reason(
    tx: &Tx,
    given: Option<&str>,
    (needs, to): (Requires, Phase),
) -> Result<Option<ReasonId>> {
    if given.is_none() && needs.reason == Need::No {
        return Ok(None);
    }
    let known = query::reasons_for(tx, to).await?;
    let found = given.and_then(|given| {
        known.iter().find(|reason| {
            reason.code.eq_ignore_ascii_case(given.trim()) || reason.id.to_string() == given
        })
    });
    if let Some(reason) = found {
        return Ok(Some(reason.id));
    }
    let codes: Vec<String> = known.into_iter().map(|reason| reason.code).collect();
    let (code, text) = match given {
        None => (Code::Required, format!("{to} needs a reason. Use one of {}.", codes.join(", "))),
        Some(_) if codes.is_empty() => {
            (Code::Invalid, format!("{to} takes no reason. Leave `reason` out."))
        }
        Some(_) => {
            (Code::Invalid, format!("This is no reason for {to}. Use one of {}.", codes.join(", ")))
        }
    };
    Err(Refusal::new(code, "reason", text).allowing(codes).into())
}

async fn status(tx: &Tx, given: Option<StatusId>, to: Phase) -> Result<StatusId> {
    let Some(id) = given else { return query::default_status(tx, to).await };
    let found = query::status_of(tx, id).await?.or_not_found("statusId")?;
    if found.phase == to {
        return Ok(id);
    }
    Err(Refusal::new(
        Code::Invalid,
        "statusId",
        format!("This label belongs to {}, not to {to}. Choose one of {to}.", found.phase),
    )
    .into())
}

/// Words to the author with their language; the asker's own when not named.
pub(super) struct Told {
    text: String,
    language: Option<String>,
    /// When what they stand in the place of was taken out.
    redacted_at: Option<Instant>,
}

impl Told {
    /// Words in a language.
    pub(super) fn new(text: String, language: String) -> Self {
        Self { text, language: Some(language), redacted_at: None }
    }

    /// The same, in the place of words that were taken out.
    pub(super) fn in_place_of_others(self, at: Option<Instant>) -> Self {
        Self { redacted_at: at, ..self }
    }
}

/// What was said about the words to the author, and the date that goes with them.
pub(super) struct Said {
    pub(super) message: Option<String>,
    pub(super) reply: Reply,
    pub(super) date: Option<Day>,
}

/// The words that were written, or a template filled for this author.
pub(super) async fn given_words(
    tx: &Tx,
    scope: &Scope,
    case: &Case,
    (said, to, reason): (Said, Phase, Option<ReasonId>),
) -> Result<Option<Told>> {
    let message = said.message.filter(|text| !text.trim().is_empty());
    match (message, said.reply.template) {
        (Some(_), Some(_)) => Err(Refusal::new(
            Code::Invalid,
            "replyTemplateId",
            "Give a message or a reply template, not both.",
        )
        .into()),
        (Some(text), None) => {
            let language = said.reply.language.as_deref();
            let language =
                language.map(|tag| fields::locale(tag, "messageLanguage")).transpose()?;
            Ok(Some(Told { text: checked(&text, Limit::MESSAGE)?, language, redacted_at: None }))
        }
        (None, Some(id)) => {
            let about = About { row: &case.row, date: said.date, cause: said.reply.cause };
            let chosen = Chosen { id, to, reason, field: "replyTemplateId" };
            let filled = fill::from_template(tx, scope, &about, &chosen).await?;
            Ok(Some(Told::new(filled.text, filled.language)))
        }
        (None, None) => Ok(None),
    }
}

async fn message(
    tx: &Tx,
    case: &Case,
    (need, given, to): (Message, Option<Told>, Phase),
) -> Result<Option<Told>> {
    match (given, need) {
        (Some(told), _) => Ok(Some(told)),
        (None, Message::None) => Ok(None),
        (None, Message::Required) => Err(Refusal::new(
            Code::Required,
            "message",
            format!("{to} needs a message to the author: say in your own words why, or ask your question."),
        )
        .into()),
        (None, Message::DefaultAllowed) => {
            let locale = query::locale_of(tx, case.row.author_id).await?.unwrap_or_default();
            Ok(Some(default_words(to, &locale)))
        }
    }
}

/// The words of a step that needs some and of which nobody wrote any.
pub(super) async fn by_default(tx: &Tx, case: &Case, step: &Step) -> Result<Option<Told>> {
    match step.needs().message {
        Message::DefaultAllowed => {
            message(tx, case, (Message::DefaultAllowed, None, step.to())).await
        }
        _ => Ok(None),
    }
}

/// What an author is told when nobody writes anything else: of what is done, and of a joining.
fn default_words(to: Phase, locale: &str) -> Told {
    let spanish = locale.split(['-', '_']).next() == Some("es");
    let text = match (to, spanish) {
        (Phase::Merged, false) => {
            "Thank you. Yours counts together with the other one, and whatever becomes of it, we tell you too."
        }
        (Phase::Merged, true) => {
            "Gracias. Lo tuyo cuenta junto con lo otro y, pase lo que pase, también te lo contaremos."
        }
        (_, false) => "What you told us about is done. Thank you for telling us.",
        (_, true) => "Lo que nos contó ya está resuelto. Gracias por avisarnos.",
    };
    let language = if spanish { "es" } else { "en" };
    Told::new(text.to_owned(), language.to_owned())
}

/// The words, cleaned and within their limit.
pub(super) fn checked(text: &str, limit: Limit) -> Result<String> {
    Ok(bounded(text, limit).map_err(refused_text)?)
}

/// A text refusal with its field and cure.
pub(super) fn refused_text(refused: TextRefusal) -> Refusal {
    let code = match refused {
        TextRefusal::Empty { .. } => Code::Required,
        TextRefusal::TooLong { .. } => Code::TooLong,
    };
    Refusal::new(code, refused.field(), format!("{refused}."))
}

/// Writes what the author will be told, in a row of its own: redactable, erasable.
pub(super) async fn respond(
    tx: &Tx,
    scope: &Scope,
    said: (SubmissionId, Told),
) -> Result<ResponseId> {
    let ids = respond_all(tx, scope, vec![said]).await?;
    Ok(ids.into_iter().next().ok_or_else(|| Fault::internal("words were not written"))?)
}

/// As [`respond`], about several submissions in one statement; in the order given.
pub(super) async fn respond_all(
    tx: &Tx,
    scope: &Scope,
    said: Vec<(SubmissionId, Told)>,
) -> Result<Vec<ResponseId>> {
    let rows = said.into_iter().map(|(submission_id, words)| response::Model {
        id: ResponseId(scope.fresh_id()),
        submission_id,
        author_id: scope.actor.person(),
        body: words.text,
        language: words.language.unwrap_or_else(|| scope.actor.locale.clone()),
        created_at: scope.now,
        redacted_at: words.redacted_at,
    });
    let rows: Vec<response::Model> = rows.collect();
    let ids = rows.iter().map(|row| row.id).collect();
    query::insert_responses(tx, rows).await?;
    Ok(ids)
}

/// Another label inside the same phase. What a pending decision was to tell is told with it.
async fn relabel(tx: &mut Tx, scope: &Scope, case: Case, cmd: Move) -> Result<Decided> {
    let letter = policy::may_relabel(case.letters_in_force(scope), case.row.phase)?;
    let status = status(tx, cmd.status, case.row.phase).await?;
    let promised_on = promise(cmd.promised_on, scope)?;
    let held = case.pending.as_ref();
    let reason = held.and_then(|held| held.reason_id);
    let said =
        Said { message: cmd.message, reply: cmd.reply, date: case.row.wake_on.or(promised_on) };
    let given = given_words(tx, scope, &case, (said, case.row.phase, reason)).await?;
    let response = match given {
        Some(told) => Some(respond(tx, scope, (case.row.id, told)).await?),
        None => held.and_then(|held| held.response_id),
    };
    let ruling = Ruling {
        letter,
        to: Place::of(&case.row),
        from: held.map_or(case.row.phase, |held| held.from_phase),
        status,
        reason,
        response,
        announce: cmd.announce,
        wake_on: case.row.wake_on,
        promised_on,
        assignee: None,
        joins: None,
        overtakes: Overtakes::Continues,
    };
    decide::carry_out(tx, scope, case, ruling).await
}

/// What could be done with a submission now, for one asker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowedMove {
    /// Where it stands.
    pub from: Phase,
    /// Where it leads.
    pub to: Phase,
    /// In which capacity.
    pub letter: Letter,
    /// What has to be given.
    pub needs: Requires,
}

/// Everything that the asker may do with these submissions now, by the table. MERGED is among it:
/// `joining::merge` does it. A fixed number of statements, but for second looks, which are rare.
///
/// # Errors
/// A fault of the database.
pub async fn allowed_moves(
    scope: &Scope,
    ids: &[SubmissionId],
) -> Result<HashMap<SubmissionId, Vec<AllowedMove>>> {
    if scope.actor.person().is_none() {
        return Ok(HashMap::new());
    }
    let cases = Case::of_all(&scope.db(), scope, ids).await?;
    cases.iter().map(|case| Ok((case.row.id, allowed_on(case, scope)?))).collect()
}

fn allowed_on(case: &Case, scope: &Scope) -> Result<Vec<AllowedMove>> {
    let position = case.position()?;
    let letters = case.letters(scope);
    let moves = position.allowed(letters, &case.facts);
    let steps = moves.into_iter().filter_map(|it| position.step(it.to, letters, &case.facts).ok());
    Ok(steps
        .map(|step| AllowedMove {
            from: step.from(),
            to: step.to(),
            letter: step.letter(),
            needs: step.needs(),
        })
        .collect())
}

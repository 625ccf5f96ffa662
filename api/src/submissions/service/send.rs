//! "Here is what I saw, or what would help": the one way in for everything that people send.

use entity::id::{
    PersonId, ProgramId, ServiceId, StatusId, SubmissionId, TextId, TouchpointId, TypedId as _,
    UnitId,
};
use entity::identity::values::{DeviceKind, Role};
use entity::instant::DAY;
use entity::submissions::phase::{Kind, Phase, PhaseStack};
use entity::submissions::reference::{Code as RandomCode, Reference};
use entity::submissions::submission;
use entity::submissions::text::guess_kind;
use entity::submissions::values::{Audience, Channel, Severity};
use sea_orm::ActiveModelTrait as _;
use sea_orm::IntoActiveModel as _;
use serde::Serialize;

use super::{Receipt, Words, words};
use crate::clocks;
use crate::db::dialect;
use crate::identity::query as identity;
use crate::kit::actor::{ApiScope, Principal};
use crate::kit::client_key::{Claim, ClientKey, claim};
use crate::kit::error::{Code, Fault, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::kit::secret;
use crate::programs::{labels, query as programs};
use crate::submissions::query;

/// Most that integrations send in one person's name within 24 hours.
const MOST_FOR_SOMEBODY: u64 = 100;

/// What somebody sends. Only the text is required.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Send {
    /// What they saw, or what would help.
    pub text: String,
    /// Derived from the text when not given.
    pub title: Option<String>,
    /// Guessed from the words when not given.
    pub kind: Option<Kind>,
    /// The unit it is about; the home unit when not given.
    pub unit: Option<UnitId>,
    /// Where on a journey.
    pub touchpoint: Option<TouchpointId>,
    /// The standing programme when not given.
    pub program: Option<ProgramId>,
    /// How it came; told by the device when not given.
    pub channel: Option<Channel>,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// The customer's own words.
    pub customer_words: Option<String>,
    /// Everybody the rules admit when not given.
    pub audience: Option<Audience>,
    /// Tags.
    pub tags: Vec<String>,
    /// The person it is about: recused.
    pub concerned: Option<PersonId>,
    /// Language of the words.
    pub language: Option<String>,
    /// Staff code or address of the person on whose behalf an integration sends.
    pub author_external_id: Option<String>,
}

/// What was received.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The submission.
    pub submission: submission::Model,
    /// Now, or before.
    pub receipt: Receipt,
}

/// Ids and enums of `submission.sent`.
#[derive(Serialize)]
struct SentData {
    kind: Kind,
    unit: UnitId,
    channel: Channel,
    program: ProgramId,
    touchpoint: Option<TouchpointId>,
}

/// Who sends, and for whom.
struct Sender {
    author: Option<PersonId>,
    sent_by: Option<ServiceId>,
    home: Option<UnitId>,
    /// An integration names units of its subtrees only.
    within: Option<Vec<UnitId>>,
}

/// Receives a submission, exactly once when it carries a client key. At most 13 statements.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN; REQUIRED, TOO_LONG or INVALID naming the field; NOT_FOUND at
/// `unitId`, `touchpointId`, `programId`, `concernedId` or `authorExternalId`;
/// TOO_MANY_ATTEMPTS at `authorExternalId` after 100 in one person's name within 24 hours;
/// IDEMPOTENCY_KEY_REUSED.
pub async fn send(scope: &Scope, cmd: Send, client_key: Option<&str>) -> Result<Sent> {
    scope.actor.require_signed_in()?;
    may_send(scope, &cmd)?;
    let key = ClientKey::of(client_key, &cmd)?;
    let words = Words::of(&cmd.text, cmd.title.as_deref(), cmd.customer_words.as_deref())?;
    let tags = words::tags(&cmd.tags)?;
    check_language(cmd.language.as_deref())?;
    let id = fresh_id(scope, &cmd)?;
    let mut tx = scope.begin().await?;
    if let Claim::Received(before) = claim(&tx, scope, key.as_ref(), &id.to_string()).await? {
        let submission = received_before(&tx, &before).await?;
        return tx.commit(Sent { submission, receipt: Receipt::Already }).await;
    }
    let mut row = new_row(&tx, scope, id, &cmd).await?;
    let clocks = clocks::service::begin(&tx, &mut row).await?;
    let submission = row.into_active_model().reset_all().insert(&tx).await?;
    query::write_words(&tx, &submission, 1, &words).await?;
    query::write_tags(&tx, id, &tags).await?;
    clocks::service::keep(&tx, &clocks).await?;
    tx.state(sent_fact(&submission));
    tx.commit(Sent { submission, receipt: Receipt::Fresh }).await
}

/// The fact that a submission was received.
pub(crate) fn sent_fact(row: &submission::Model) -> NewFact {
    let data = SentData {
        kind: row.kind,
        unit: row.unit_id,
        channel: row.channel,
        program: row.program_id,
        touchpoint: row.touchpoint_id,
    };
    NewFact::new("submission.sent", ("submission", row.id.0), &data)
}

/// Rights that need no look into the database.
fn may_send(scope: &Scope, cmd: &Send) -> Result<()> {
    let on_behalf = cmd.author_external_id.is_some();
    let need = match (scope.actor.principal, on_behalf) {
        (Principal::Person(_), true) => "an API token with the scope submit-on-behalf",
        (Principal::Service(_), true) if !scope.actor.has_scope(ApiScope::SubmitOnBehalf) => {
            "the scope submit-on-behalf"
        }
        (Principal::Service(_), false) if !scope.actor.has_scope(ApiScope::Submit) => {
            "the scope submit"
        }
        _ => return Ok(()),
    };
    Err(Refusal::forbidden(need).into())
}

fn check_language(language: Option<&str>) -> Result<()> {
    match language {
        Some(tag) if !labels::is_language_tag(tag) => Err(Refusal::new(
            Code::Invalid,
            "language",
            "A language is a tag such as `en` or `es-MX`. Leave it out if it is not known.",
        )
        .into()),
        _ => Ok(()),
    }
}

fn is_authorless(scope: &Scope, cmd: &Send) -> bool {
    scope.actor.person().is_none() && cmd.author_external_id.is_none()
}

fn random_id() -> Result<SubmissionId> {
    let bits = secret::random::<16>()?;
    Ok(SubmissionId(uuid::Builder::from_random_bytes(bits).into_uuid()))
}

/// An authorless submission has an id that says nothing about when (docs/adr/0003).
fn fresh_id(scope: &Scope, cmd: &Send) -> Result<SubmissionId> {
    if is_authorless(scope, cmd) {
        return random_id();
    }
    Ok(SubmissionId(scope.fresh_id()))
}

/// What the same key made before: whoever holds the key made it, so no door is asked.
async fn received_before(tx: &Tx, id: &str) -> Result<submission::Model> {
    let id = SubmissionId::parse(id)
        .map_err(|_| Fault::internal("a client key points at no submission"))?;
    query::made_before(tx, id).await?.or_not_found("clientKey")
}

async fn new_row(
    tx: &Tx,
    scope: &Scope,
    id: SubmissionId,
    cmd: &Send,
) -> Result<submission::Model> {
    let sender = sender(tx, scope, cmd).await?;
    let unit_id = unit_of(tx, scope, cmd, &sender).await?;
    if let Some(touchpoint) = cmd.touchpoint {
        query::touchpoint_in_use(tx, touchpoint).await?.or_not_found("touchpointId")?;
    }
    if let Some(person) = cmd.concerned {
        query::active_person(tx, person).await?.or_not_found("concernedId")?;
    }
    let program_id = program_of(tx, scope, cmd).await?;
    let status_id = programs::default_status(tx, Phase::Submitted).await?.id;
    let channel = channel_of(tx, scope, cmd).await?;
    let reference = reference_of(tx, scope, cmd).await?;
    Ok(submission::Model {
        id,
        reference,
        kind: kind_of(cmd),
        author_id: sender.author,
        sent_by: sender.sent_by,
        unit_id,
        touchpoint_id: cmd.touchpoint,
        program_id,
        channel,
        severity: cmd.severity,
        audience: cmd.audience.unwrap_or(Audience::Everyone),
        concerned_id: cmd.concerned,
        language: cmd.language.clone(),
        ..just_received(scope, id, (unit_id, program_id, status_id))
    })
}

/// A row in its first place: SUBMITTED, nobody at work, nothing counted.
fn just_received(
    scope: &Scope,
    id: SubmissionId,
    (unit_id, program_id, status_id): (UnitId, ProgramId, StatusId),
) -> submission::Model {
    submission::Model {
        id,
        reference: String::new(),
        kind: Kind::Observation,
        phase: Phase::Submitted,
        shown_phase: Phase::Submitted,
        status_id,
        shown_status_id: status_id,
        phase_stack: PhaseStack::EMPTY,
        author_id: None,
        sent_by: None,
        unit_id,
        function_id: None,
        touchpoint_id: None,
        program_id,
        channel: Channel::Web,
        severity: None,
        audience: Audience::Everyone,
        concerned_id: None,
        assignee_id: None,
        owner_id: None,
        impact: None,
        effort: None,
        promised_on: None,
        wake_on: None,
        merged_into: None,
        opened_at: None,
        text_id: TextId(scope.fresh_id()),
        language: None,
        vote_count: 0,
        comment_count: 0,
        photo_count: 0,
        pending_decision_id: None,
        second_look_at: None,
        implemented_shown_at: None,
        entered_at: scope.now,
        canonical_id: None,
        reach: 1,
        due_at: None,
        snoozed_until: None,
        hidden_at: None,
        locked_at: None,
        split_from: None,
        handover: None,
        created_at: scope.now,
        updated_at: scope.now,
        version: 1,
    }
}

/// What was said about the kind wins; then what only observations have; then the words.
fn kind_of(cmd: &Send) -> Kind {
    match cmd.kind {
        Some(kind) => kind,
        None if cmd.severity.is_some() || cmd.customer_words.is_some() => Kind::Observation,
        None => guess_kind(&cmd.text),
    }
}

async fn sender(tx: &Tx, scope: &Scope, cmd: &Send) -> Result<Sender> {
    let (sent_by, within) = match scope.actor.principal {
        Principal::Service(id) => (Some(id), Some(scope.actor.units_with(Role::Integration))),
        _ => (None, None),
    };
    let Some(external) = cmd.author_external_id.as_deref() else {
        let (author, home) = (scope.actor.person(), scope.actor.home);
        return Ok(Sender { author, sent_by, home, within });
    };
    let author = query::person_called(tx, external).await?.ok_or_else(nobody_called_so)?;
    if let Some(units) = &within {
        // A person of another subtree is not there for this integration.
        if !is_within(tx, author.home_unit_id, units).await? {
            return Err(nobody_called_so().into());
        }
    }
    let since = scope.now.plus(-DAY);
    if query::sent_for_since(tx, author.id, since).await? >= MOST_FOR_SOMEBODY {
        return Err(too_many().into());
    }
    Ok(Sender { author: Some(author.id), sent_by, home: Some(author.home_unit_id), within })
}

/// Nobody works here by that name, or not in the integration's units: one sentence for all of it.
fn nobody_called_so() -> Refusal {
    Refusal::new(
        Code::NotFound,
        "authorExternalId",
        "Nobody who works in your units has this staff code or address. Check it against the directory, or send it without, in the integration's own name.",
    )
}

fn too_many() -> Refusal {
    let message = format!(
        "Integrations have sent {MOST_FOR_SOMEBODY} things in this person's name within a day. Send it in the integration's own name, or go on tomorrow."
    );
    Refusal::new(Code::TooManyAttempts, "authorExternalId", message)
}

async fn is_within(tx: &Tx, unit: UnitId, units: &[UnitId]) -> Result<bool> {
    let lineages = identity::lineages(tx, &[unit]).await?;
    Ok(lineages.get(&unit).is_some_and(|lineage| lineage.iter().any(|it| units.contains(it))))
}

async fn unit_of(tx: &Tx, scope: &Scope, cmd: &Send, sender: &Sender) -> Result<UnitId> {
    let granted = match sender.within.as_deref() {
        Some([only]) => Some(*only),
        _ => None,
    };
    let Some(unit) = cmd.unit.or(sender.home).or(granted) else {
        return Err(Refusal::new(
            Code::Required,
            "unitId",
            "Say which unit it is about: this sender has no home unit.",
        )
        .into());
    };
    if let Some(units) = sender.within.as_deref().filter(|_| cmd.unit.is_some())
        && !is_within(tx, unit, units).await?
    {
        return Err(Refusal::not_found("unitId").into());
    }
    query::unit_in_use(tx, unit, scope.now.day()).await?.or_not_found("unitId")?;
    Ok(unit)
}

async fn program_of(tx: &Tx, scope: &Scope, cmd: &Send) -> Result<ProgramId> {
    let Some(id) = cmd.program else { return Ok(programs::default_program(tx).await?.id) };
    let program = programs::program(tx, id).await?.or_not_found("programId")?;
    let over =
        program.archived_at.is_some() || program.ends_on.is_some_and(|last| last < scope.now.day());
    if over {
        return Err(Refusal::new(
            Code::TooLate,
            "programId",
            "This programme takes no submissions any more. Send it without a programme.",
        )
        .into());
    }
    Ok(program.id)
}

async fn channel_of(tx: &Tx, scope: &Scope, cmd: &Send) -> Result<Channel> {
    if let Some(channel) = cmd.channel {
        return Ok(channel);
    }
    if matches!(scope.actor.principal, Principal::Service(_)) {
        return Ok(Channel::Integration);
    }
    let Some(device) = scope.actor.device else { return Ok(Channel::Web) };
    let kind = query::device_kind(tx, device).await?;
    Ok(if kind == Some(DeviceKind::Shared) { Channel::SharedDevice } else { Channel::Web })
}

async fn reference_of(tx: &Tx, scope: &Scope, cmd: &Send) -> Result<String> {
    if is_authorless(scope, cmd) { random_reference() } else { numbered_reference(tx).await }
}

fn random_reference() -> Result<String> {
    let bits = u64::from_be_bytes(secret::random::<8>()?);
    Ok(Reference::Random(RandomCode::from_random(bits)).to_string())
}

/// An id and a reference of the same sort as those of `like`: what has no author gets none that tell
/// when it was made.
///
/// # Errors
/// A fault.
pub(crate) async fn identity_like(
    tx: &Tx,
    scope: &Scope,
    like: &submission::Model,
) -> Result<(SubmissionId, String)> {
    if like.author_id.is_none() {
        return Ok((random_id()?, random_reference()?));
    }
    Ok((SubmissionId(scope.fresh_id()), numbered_reference(tx).await?))
}

async fn numbered_reference(tx: &Tx) -> Result<String> {
    let number = dialect::next_reference(tx).await?;
    let number = u32::try_from(number)
        .ok()
        .and_then(std::num::NonZeroU32::new)
        .ok_or_else(|| Fault::internal("the reference counter ran over"))?;
    Ok(Reference::Numbered(number).to_string())
}

//! The verbs of reply templates: write one, change one, take one out of use.

use entity::id::{ReasonId, ReplyId, TypedId as _};
use entity::submissions::phase::Phase;
use entity::submissions::text::{Limit, bounded};
use entity::triage::name;
use entity::workflow::reply;
use entity::workflow::reply_fields::Template;
use serde::Serialize;

use super::{policy, query};
use crate::identity::fields;
use crate::kit::change::Change;
use crate::kit::client_key::{Claim, ClientKey, claim};
use crate::kit::error::{
    Code, Error, Fault, OrNotFound as _, Refusal, Result, is_unique_violation,
};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::service::Receipt;

/// Most templates in use.
pub const MOST: u64 = 300;
/// Most languages of one template.
pub const MOST_LANGUAGES: usize = 40;

/// Words in one language.
#[derive(Clone, Debug, Serialize)]
pub struct Text {
    /// BCP 47.
    pub language: String,
    /// With fields.
    pub text: String,
}

/// A template to be written.
#[derive(Clone, Debug, Serialize)]
pub struct NewReply {
    /// What reviewers call it.
    pub name: String,
    /// The phase it belongs to.
    pub phase: Option<Phase>,
    /// The reason it belongs to; the reason's phase must be the one named, if one is.
    pub reason: Option<ReasonId>,
    /// At least one.
    pub texts: Vec<Text>,
}

/// A template as written, and whether that was now.
#[derive(Clone, Debug)]
pub struct Made {
    /// The template.
    pub reply: reply::Model,
    /// Now, or before.
    pub receipt: Receipt,
}

/// Whether a template is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InUse {
    /// It can be chosen.
    Yes,
    /// It cannot; what was answered with it stays.
    No,
}

/// What changes of a template.
#[derive(Clone, Debug)]
pub struct UpdateReply {
    /// Which.
    pub id: ReplyId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// Another name.
    pub name: Option<String>,
    /// Another phase.
    pub phase: Change<Phase>,
    /// Another reason.
    pub reason: Change<ReasonId>,
    /// All texts anew.
    pub texts: Option<Vec<Text>>,
    /// In use or not.
    pub in_use: Option<InUse>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReplyData {
    phase: Option<Phase>,
    reason: Option<ReasonId>,
}

fn fact(kind: &'static str, row: &reply::Model) -> NewFact {
    let data = ReplyData { phase: row.phase, reason: row.reason_id };
    NewFact::new(kind, ("reply", row.id.0), &data).administrative()
}

/// "We say this often": writes a template.
///
/// # Errors
/// FORBIDDEN; REQUIRED, TOO_LONG or INVALID naming the field; NOT_FOUND at `reasonId`; TAKEN;
/// IN_USE when there are too many; IDEMPOTENCY_KEY_REUSED.
pub async fn create(scope: &Scope, new: NewReply, client_key: Option<&str>) -> Result<Made> {
    policy::may_write(&scope.actor)?;
    let key = ClientKey::of(client_key, &new)?;
    let name = bounded(&new.name, Limit::NAME)?;
    let texts = checked_texts(&new.texts)?;
    let id = ReplyId(scope.fresh_id());
    let mut tx = scope.begin().await?;
    if let Claim::Received(before) = claim(&tx, scope, key.as_ref(), &id.to_string()).await? {
        let before = ReplyId::parse(&before)
            .map_err(|_| Fault::internal("a client key points at no reply template"))?;
        let reply = query::one(&tx, &scope.actor, before).await?.or_not_found("clientKey")?;
        return tx.commit(Made { reply, receipt: Receipt::Already }).await;
    }
    if query::count_in_use(&tx).await? >= MOST {
        return Err(too_many().into());
    }
    let row = reply::Model {
        id,
        name_key: name::key(&name),
        name,
        phase: new.phase,
        reason_id: new.reason,
        created_by: scope.actor.person(),
        archived_at: None,
        created_at: scope.now,
        updated_at: scope.now,
        version: 1,
    };
    check_purpose(&tx, &row).await?;
    refuse_taken(&tx, &row).await?;
    if !query::insert(&tx, &row).await? {
        return Err(taken(None));
    }
    query::replace_texts(&tx, id, &texts).await?;
    tx.state(fact("reply.created", &row));
    tx.commit(Made { reply: row, receipt: Receipt::Fresh }).await
}

/// "We say it otherwise now": changes a template, or takes it out of use. What was sent stays.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, STALE_VERSION; REQUIRED, TOO_LONG or INVALID naming the field; TAKEN.
pub async fn update(scope: &Scope, cmd: UpdateReply) -> Result<reply::Model> {
    policy::may_write(&scope.actor)?;
    let name = cmd.name.as_deref().map(|name| bounded(name, Limit::NAME)).transpose()?;
    let texts = cmd.texts.as_deref().map(checked_texts).transpose()?;
    let mut tx = scope.begin().await?;
    let found = query::locked(&tx, &scope.actor, cmd.id).await?.or_not_found("id")?;
    if cmd.expected_version.is_some_and(|version| version != found.version) {
        return Err(Refusal::stale(found.version).into());
    }
    let mut row = reply::Model {
        phase: cmd.phase.of(found.phase),
        reason_id: cmd.reason.of(found.reason_id),
        updated_at: scope.now,
        version: found.version + 1,
        ..found
    };
    if let Some(name) = name {
        row.name_key = name::key(&name);
        row.name = name;
    }
    match cmd.in_use {
        Some(InUse::Yes) => row.archived_at = None,
        Some(InUse::No) => row.archived_at = row.archived_at.or(Some(scope.now)),
        None => {}
    }
    if !cmd.phase.is_keep() || !cmd.reason.is_keep() {
        check_purpose(&tx, &row).await?;
    }
    refuse_taken(&tx, &row).await?;
    query::store(&tx, &row)
        .await
        .map_err(|error| if is_unique_violation(&error) { taken(None) } else { error.into() })?;
    if let Some(texts) = texts {
        query::replace_texts(&tx, row.id, &texts).await?;
    }
    tx.state(fact("reply.updated", &row));
    tx.commit(row).await
}

fn too_many() -> Refusal {
    Refusal::new(
        Code::InUse,
        "",
        format!("There are {MOST} reply templates already. Take one out of use first."),
    )
}

async fn refuse_taken(tx: &Tx, row: &reply::Model) -> Result<()> {
    if row.archived_at.is_some() {
        return Ok(());
    }
    match query::named(tx, &row.name_key, row.id).await? {
        Some(other) => Err(taken(Some(other.id))),
        None => Ok(()),
    }
}

fn taken(by: Option<ReplyId>) -> Error {
    Refusal::new(
        Code::Taken,
        "name",
        "Another reply template has this name. Choose another name, or change that one.",
    )
    .allowing(by.iter().map(ToString::to_string).collect())
    .into()
}

/// A reason belongs to one phase: naming both must not contradict.
async fn check_purpose(tx: &Tx, row: &reply::Model) -> Result<()> {
    let Some(id) = row.reason_id else { return Ok(()) };
    let reason = query::reason_in_use(tx, id).await?.or_not_found("reasonId")?;
    match row.phase {
        Some(phase) if phase != reason.phase => Err(Refusal::new(
            Code::Invalid,
            "reasonId",
            format!(
                "This reason belongs to {}, not to {phase}. Choose one of {phase}.",
                reason.phase
            ),
        )
        .into()),
        _ => Ok(()),
    }
}

/// Languages with their texts, each sound: cleaned, short enough, with known fields only.
fn checked_texts(texts: &[Text]) -> Result<Vec<(String, String)>> {
    if texts.is_empty() || texts.len() > MOST_LANGUAGES {
        return Err(Refusal::new(
            if texts.is_empty() { Code::Required } else { Code::Invalid },
            "texts",
            format!("Write the words in at least one language, and in at most {MOST_LANGUAGES}."),
        )
        .into());
    }
    let mut checked: Vec<(String, String)> = Vec::with_capacity(texts.len());
    for text in texts {
        let language = fields::locale(&text.language, "texts.language")?;
        if checked.iter().any(|(known, _)| known.eq_ignore_ascii_case(&language)) {
            return Err(Refusal::new(
                Code::Invalid,
                "texts.language",
                format!("The language {language} is there twice. Leave one of the texts out."),
            )
            .into());
        }
        let body = bounded(&text.text, Limit::MESSAGE.called("texts.text"))?;
        Template::read(&body).map_err(|error| {
            Refusal::new(Code::Invalid, "texts.text", format!("{error} ({language})."))
        })?;
        checked.push((language, body));
    }
    Ok(checked)
}

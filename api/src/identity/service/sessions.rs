//! Sessions: opened by a sign-in, kept up by refresh tokens, ended for good.

use entity::id::{PersonId, SessionId};
use entity::identity::values::{DeviceKind, SignInMethod};
use entity::identity::{device, person, refresh_token, session};
use entity::instant::{DAY, Instant, MINUTE, SECOND};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use serde_json::json;

use crate::http::auth::Credentials;
use crate::identity::query::{self, Sessions};
use crate::identity::tokens::{Bearer, Issued, Tokens};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::kit::secret;

/// Longest life of a session, in microseconds: then everybody signs in anew.
const LONGEST: i64 = 90 * DAY;
/// Longest life of a session on a shared device, in microseconds: one access token.
const SHARED: i64 = 10 * MINUTE;
/// How long a refresh token waits to be used, in microseconds.
const UNUSED: i64 = 30 * DAY;
/// How long a spent refresh token may be sent again when its answer was lost, in microseconds.
const LOST_ANSWER: i64 = 60 * SECOND;

/// What a signed-in client gets.
#[derive(Clone, Debug)]
pub struct Opened {
    /// Who signed in.
    pub person: person::Model,
    /// The session.
    pub session: session::Model,
    /// The access token.
    pub access: Issued,
    /// The refresh token; none on a shared device.
    pub refresh: Option<String>,
}

/// How somebody signed in.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Who.
    pub person: person::Model,
    /// By what.
    pub method: SignInMethod,
    /// On which enrolled device.
    pub device: Option<device::Model>,
}

/// Opens a session in the transaction that proved who it is for.
///
/// # Errors
/// A fault.
pub async fn open(tx: &Tx, scope: &Scope, opening: Opening) -> Result<Opened> {
    let shared = opening.device.as_ref().is_some_and(|device| device.kind == DeviceKind::Shared);
    let id = SessionId(scope.fresh_id());
    let ends_at = scope.now.plus(if shared { SHARED } else { LONGEST });
    let row = session::ActiveModel {
        id: Set(id),
        person_id: Set(opening.person.id),
        device_id: Set(opening.device.map(|device| device.id)),
        method: Set(opening.method),
        created_at: Set(scope.now),
        expires_at: Set(ends_at),
        revoked_at: Set(None),
    };
    let session = row.insert(tx).await?;
    let refresh = if shared {
        None
    } else {
        Some(hand_out(tx, scope, Family { session: id, ends_at, previous: None }).await?)
    };
    let access = access(scope, &session)?;
    Ok(Opened { person: opening.person, session, access, refresh })
}

fn access(scope: &Scope, session: &session::Model) -> Result<Issued> {
    Tokens::new(&scope.house.keys, &scope.house.config.public_url).issue(
        Bearer { person: session.person_id, session: session.id },
        scope.now,
        session.expires_at,
    )
}

struct Family {
    session: SessionId,
    ends_at: Instant,
    previous: Option<String>,
}

async fn hand_out(tx: &Tx, scope: &Scope, family: Family) -> Result<String> {
    let token = secret::token("")?;
    let row = refresh_token::ActiveModel {
        hash: Set(secret::sha256_hex(&token)),
        session_id: Set(family.session),
        previous: Set(family.previous),
        issued_at: Set(scope.now),
        used_at: Set(None),
        expires_at: Set(scope.now.plus(UNUSED).min(family.ends_at)),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(token)
}

fn over() -> Refusal {
    Refusal::new(Code::WrongCredentials, "refreshToken", "This session is over. Sign in again.")
}

/// What a refresh token that arrives means.
enum Arrival {
    /// Its first use: spend it and hand out the next.
    First,
    /// Its answer was lost on the way: hand out another next one.
    Again,
    /// Somebody uses a copy: the family dies.
    Copy,
}

/// Exchanges a refresh token for the next one and a fresh access token. A spent token ends the
/// session, because one of its two holders is a thief; except when its answer may have been lost:
/// within 60 seconds, and nobody has used what it was exchanged for.
///
/// # Errors
/// WRONG_CREDENTIALS when the session is over.
pub async fn refresh(scope: &Scope, token: &str) -> Result<Opened> {
    let mut tx = scope.begin().await?;
    let hash = secret::sha256_hex(token);
    let found = query::refresh_token(&tx, &hash).await?;
    let Some(found) = found.filter(|row| row.expires_at > scope.now) else {
        return Err(over().into());
    };
    let session = query::open_session(&tx, found.session_id, scope.now).await?.ok_or_else(over)?;
    let person = query::active_person(&tx, session.person_id).await?.ok_or_else(over)?;
    match arrival(&tx, scope, &found).await? {
        Arrival::Copy => {
            query::end_sessions(&tx, Sessions::One(session.id), scope.now).await?;
            tx.state(
                NewFact::new(
                    "session.copied",
                    ("session", session.id.0),
                    &json!({"person": session.person_id.to_string()}),
                )
                .administrative(),
            );
            tx.commit(()).await?;
            return Err(over().into());
        }
        Arrival::First => query::spend_refresh_token(&tx, &hash, scope.now).await?,
        Arrival::Again => {}
    }
    let family = Family { session: session.id, ends_at: session.expires_at, previous: Some(hash) };
    let refresh = Some(hand_out(&tx, scope, family).await?);
    let access = access(scope, &session)?;
    tx.commit(Opened { person, session, access, refresh }).await
}

/// A spent token may come again while nobody has used what it was exchanged for. What it was
/// exchanged for is then superseded: spent without a successor, so that its use is a copy's.
async fn arrival(tx: &Tx, scope: &Scope, found: &refresh_token::Model) -> Result<Arrival> {
    let Some(used_at) = found.used_at else { return Ok(Arrival::First) };
    let next = query::successors(tx, std::slice::from_ref(&found.hash)).await?;
    if next.is_empty() || scope.now.since(used_at) > LOST_ANSWER {
        return Ok(Arrival::Copy);
    }
    let next: Vec<String> = next.into_iter().map(|token| token.hash).collect();
    if !query::successors(tx, &next).await?.is_empty() {
        return Ok(Arrival::Copy);
    }
    for hash in &next {
        query::spend_refresh_token(tx, hash, scope.now).await?;
    }
    Ok(Arrival::Again)
}

/// Signs out: ends the session of the access token, and that of the refresh token in the cookie;
/// every session of `everywhere`, if a person is named.
///
/// # Errors
/// A fault.
pub async fn sign_out(
    scope: &Scope,
    credentials: &Credentials,
    everywhere: Option<PersonId>,
) -> Result<()> {
    let tx = scope.begin().await?;
    if let Some(person) = everywhere {
        query::end_sessions(&tx, Sessions::OfPerson(person), scope.now).await?;
    }
    if let Some(session) = scope.actor.session {
        query::end_sessions(&tx, Sessions::One(session), scope.now).await?;
    }
    if let Some(token) = &credentials.refresh_cookie {
        let found = query::refresh_token(&tx, &secret::sha256_hex(token)).await?;
        if let Some(found) = found {
            query::end_sessions(&tx, Sessions::One(found.session_id), scope.now).await?;
        }
    }
    tx.commit(()).await
}

/// The enrolled device that the request names, if it is one in use.
///
/// # Errors
/// A fault of the database.
pub async fn device_of(scope: &Scope, credentials: &Credentials) -> Result<Option<device::Model>> {
    match credentials.device_fingerprint() {
        Some(hash) => query::device_in_use(&scope.db(), &hash).await,
        None => Ok(None),
    }
}

/// The device is needed and there is none.
#[must_use]
pub fn needs_device() -> Refusal {
    Refusal::new(
        Code::Forbidden,
        "",
        "Staff code and PIN work on an enrolled device only. Ask your manager to enrol this one.",
    )
}

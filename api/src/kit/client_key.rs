//! Exactly once: a create that carries a client key makes one thing, however often it arrives
//! (docs/adr/0005).
#![allow(clippy::disallowed_methods)] // the key table's own door

use entity::facts::client_key;
use entity::instant::DAY;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Serialize;

use super::error::{Code, Refusal, Result};
use super::scope::{Scope, Tx};
use super::secret;

/// How long a key is remembered, in microseconds.
const REMEMBERED: i64 = 30 * DAY;
/// Longest key, in characters.
const LONGEST: usize = 200;

/// A key together with the digest of what it was sent with.
#[derive(Clone, Debug)]
pub struct ClientKey {
    key: String,
    body_hash: String,
}

impl ClientKey {
    /// A key for `input`: the parsed input without the key itself. `None` when no key was sent.
    ///
    /// # Errors
    /// INVALID at `clientKey` when the key is empty, too long or holds control characters.
    pub fn of(key: Option<&str>, input: &impl Serialize) -> Result<Option<Self>> {
        let Some(key) = key else { return Ok(None) };
        let sound = !key.trim().is_empty()
            && key.chars().count() <= LONGEST
            && !key.chars().any(char::is_control);
        if !sound {
            return Err(Refusal::new(
                Code::Invalid,
                "clientKey",
                "A client key has 1 to 200 printable characters. Use a fresh UUID for each thing that you send.",
            )
            .into());
        }
        let body = serde_json::to_string(input).unwrap_or_default();
        Ok(Some(Self { key: key.to_owned(), body_hash: secret::sha256_hex(&body) }))
    }
}

/// What `claim` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing yet: go on, and store the result with the key.
    Fresh,
    /// The same key and body were received before; this is the id of what was made then.
    Received(String),
}

/// Claims `key` for what the transaction is about to make, whose id will be `result`. A racing
/// twin waits here until the first one commits or fails.
///
/// # Errors
/// IDEMPOTENCY_KEY_REUSED when the key was used with another body.
pub async fn claim(tx: &Tx, scope: &Scope, key: Option<&ClientKey>, result: &str) -> Result<Claim> {
    let Some(key) = key else { return Ok(Claim::Fresh) };
    let principal = scope.actor.key();
    forget_expired(tx, scope, &principal, key).await?;
    let row = client_key::ActiveModel {
        principal: Set(principal.clone()),
        key: Set(key.key.clone()),
        body_hash: Set(key.body_hash.clone()),
        result: Set(result.to_owned()),
        expires_at: Set(scope.now.plus(REMEMBERED)),
    };
    let inserted = client_key::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([client_key::Column::Principal, client_key::Column::Key])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    if inserted > 0 {
        return Ok(Claim::Fresh);
    }
    received(tx, &principal, key).await
}

async fn forget_expired(tx: &Tx, scope: &Scope, principal: &str, key: &ClientKey) -> Result<()> {
    client_key::Entity::delete_many()
        .filter(client_key::Column::Principal.eq(principal))
        .filter(client_key::Column::Key.eq(&key.key))
        .filter(client_key::Column::ExpiresAt.lte(scope.now))
        .exec(tx)
        .await?;
    Ok(())
}

async fn received<C: ConnectionTrait>(tx: &C, principal: &str, key: &ClientKey) -> Result<Claim> {
    let found =
        client_key::Entity::find_by_id((principal.to_owned(), key.key.clone())).one(tx).await?;
    match found {
        Some(row) if row.body_hash == key.body_hash => Ok(Claim::Received(row.result)),
        Some(_) => Err(Refusal::new(
            Code::IdempotencyKeyReused,
            "clientKey",
            "This client key was already used with other content. Send this one with a fresh key; the first one was kept.",
        )
        .into()),
        None => Ok(Claim::Fresh),
    }
}

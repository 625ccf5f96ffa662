//! One-time links: a secret in an address that signs in once, and the one that sets up the first
//! administrator.
//!
//! The secret has 256 bits and only its digest is kept. A link is opened by a page whose button
//! POSTs: mail scanners fetch every address they see, and would spend it.

use entity::id::{LoginCodeId, PersonId};
use entity::identity::login_code;
use entity::identity::values::{CodePurpose, SignInMethod};
use entity::instant::DAY;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::sessions::{self, Opened, Opening};
use crate::http::auth::Credentials;
use crate::identity::query;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::kit::secret;

/// Life of the set-up link, in microseconds. A fresh one is printed at every start.
const SET_UP_LIFE: i64 = DAY;

/// The address of the page that opens a link with its button.
#[must_use]
pub fn address(scope: &Scope, token: &str) -> String {
    format!("{}/link?token={token}", scope.house.config.public_url)
}

/// Makes a link that signs `person` in once, within `life` microseconds, and returns its secret.
/// The caller has decided that this person may have it.
///
/// # Errors
/// NOT_FOUND when nobody of that id works here.
pub async fn issue_link(scope: &Scope, person: PersonId, life: i64) -> Result<String> {
    let tx = scope.begin().await?;
    query::active_person(&tx, person).await?.or_not_found("personId")?;
    let link =
        write(&tx, scope, New { purpose: CodePurpose::Link, person: Some(person), life }).await?;
    tx.commit(link).await
}

/// The address by which the first administrator sets the organisation up; `None` once there is
/// one. Earlier ones are over.
///
/// # Errors
/// A fault.
pub async fn set_up_link(scope: &Scope) -> Result<Option<String>> {
    let tx = scope.begin().await?;
    if query::has_administrator(&tx).await? {
        return Ok(None);
    }
    let new = New { purpose: CodePurpose::SetUp, person: None, life: SET_UP_LIFE };
    query::spend_set_up_links(&tx, scope.now).await?;
    let token = write(&tx, scope, new).await?;
    tx.commit(Some(address(scope, &token))).await
}

struct New {
    purpose: CodePurpose,
    person: Option<PersonId>,
    life: i64,
}

async fn write(tx: &Tx, scope: &Scope, new: New) -> Result<String> {
    let token = secret::token("")?;
    let row = login_code::ActiveModel {
        id: Set(LoginCodeId(scope.fresh_id())),
        purpose: Set(new.purpose),
        person_id: Set(new.person),
        account: Set(None),
        request_hash: Set(Some(secret::sha256_hex(&token))),
        attempts: Set(0),
        created_at: Set(scope.now),
        expires_at: Set(scope.now.plus(new.life)),
        used_at: Set(None),
    };
    login_code::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(token)
}

/// What a link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It signs in.
    SignIn,
    /// It sets the organisation up.
    SetUp,
}

/// What the link with this secret opens; `None` when it is spent, over or none at all.
///
/// # Errors
/// A fault of the database.
pub async fn kind_of(scope: &Scope, token: &str) -> Result<Option<Kind>> {
    let db = scope.db();
    let hash = secret::sha256_hex(token);
    for (purpose, kind) in [(CodePurpose::Link, Kind::SignIn), (CodePurpose::SetUp, Kind::SetUp)] {
        if query::open_code(&db, purpose, &hash, scope.now).await?.is_some() {
            return Ok(Some(kind));
        }
    }
    Ok(None)
}

/// The refusal of every link that does not work, whatever the reason.
#[must_use]
pub fn spent() -> Refusal {
    Refusal::new(
        Code::WrongCredentials,
        "token",
        "This link was used already, is over, or is not complete. Ask for a new one.",
    )
}

/// Signs in by a one-time link, on whatever device it is opened.
///
/// # Errors
/// WRONG_CREDENTIALS.
pub async fn sign_in_by_link(
    scope: &Scope,
    credentials: &Credentials,
    token: &str,
) -> Result<Opened> {
    let device = sessions::device_of(scope, credentials).await?;
    let tx = scope.begin().await?;
    let hash = secret::sha256_hex(token);
    let code =
        query::unspent_code(&tx, CodePurpose::Link, &hash, scope.now).await?.ok_or_else(spent)?;
    let person = code.person_id.ok_or_else(spent)?;
    let person = query::active_person(&tx, person).await?.ok_or_else(spent)?;
    query::spend_code(&tx, code.id, scope.now).await?;
    let opening = Opening { person, method: SignInMethod::Link, device };
    let opened = sessions::open(&tx, scope, opening).await?;
    tx.commit(opened).await
}

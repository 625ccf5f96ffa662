//! Signing in: by a mailed code, a password, or staff code and PIN on an enrolled device.

use std::time::Duration;

use entity::id::LoginCodeId;
use entity::identity::password::{Known, Password};
use entity::identity::pin::Pin;
use entity::identity::values::{CodePurpose, PinState, SignInMethod};
use entity::identity::{device, login_code, person};
use entity::instant::MINUTE;
use entity::notify::values::MailKind;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};

use super::guesses::{self, Account, Guess};
use super::sessions::{self, Opened, Opening};
use crate::http::auth::Credentials;
use crate::identity::query::{self, Sessions};
use crate::identity::{codes, fields, hashing};
use crate::jobs::post::{self, NewMail};
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::kit::secret;

/// Life of a mailed code, in microseconds.
const CODE_LIFE: i64 = 10 * MINUTE;
/// Wrong codes that one request takes.
const CODE_ATTEMPTS: i32 = 5;
/// Codes that one account may ask for in [`ASKING_WINDOW`].
const MOST_CODES: u64 = 5;
/// The window of [`MOST_CODES`], in microseconds.
const ASKING_WINDOW: i64 = 15 * MINUTE;
/// An answer about a mail address takes at least this long, whoever has the address.
const SAME_TIME: Duration = Duration::from_millis(60);
/// How long after a sign-in by mail a password may be replaced without the old one.
const FRESH_SIGN_IN: i64 = 15 * MINUTE;

fn wrong(field: &str, message: &str) -> Refusal {
    Refusal::new(Code::WrongCredentials, field, message)
}

/// Mails a sign-in code to whoever has this address. Answers the same, in the same time, when
/// nobody has it; returns the secret that binds the code to this client.
///
/// # Errors
/// A fault.
pub async fn start(scope: &Scope, email: &str) -> Result<String> {
    let same_time = tokio::time::sleep(SAME_TIME);
    let request_token = secret::token("")?;
    let tx = scope.begin().await?;
    let key = fields::email_key(email);
    let person = query::active_person_by_email(&tx, &key).await?;
    let account = Account::of(person, &key);
    let asked = query::codes_since(&tx, account.key(), scope.now.plus(-ASKING_WINDOW)).await?;
    if asked < MOST_CODES {
        ask_for_code(&tx, scope, &account, &request_token).await?;
    }
    tx.commit(()).await?;
    same_time.await;
    Ok(request_token)
}

async fn ask_for_code(
    tx: &Tx,
    scope: &Scope,
    account: &Account,
    request_token: &str,
) -> Result<()> {
    let id = LoginCodeId(scope.fresh_id());
    let person = account.person().map(|person| person.id);
    let row = login_code::ActiveModel {
        id: Set(id),
        purpose: Set(CodePurpose::SignIn),
        person_id: Set(person),
        account: Set(Some(account.key().to_owned())),
        request_hash: Set(Some(secret::sha256_hex(request_token))),
        attempts: Set(0),
        created_at: Set(scope.now),
        expires_at: Set(scope.now.plus(CODE_LIFE)),
        used_at: Set(None),
    };
    login_code::Entity::insert(row).exec_without_returning(tx).await?;
    if let Some(person) = person {
        post::order(tx, scope, NewMail::security(MailKind::SignInCode, person, id)).await?;
    }
    Ok(())
}

fn wrong_code() -> Refusal {
    wrong("code", "This code is wrong, used or older than 10 minutes. Ask for a new one.")
}

/// Signs in by a mailed code, on the client that asked for it.
///
/// # Errors
/// WRONG_CREDENTIALS, TOO_MANY_ATTEMPTS.
pub async fn complete(
    scope: &Scope,
    credentials: &Credentials,
    code: &str,
    request_token: &str,
) -> Result<Opened> {
    let device = sessions::device_of(scope, credentials).await?;
    let tx = scope.begin().await?;
    let hash = secret::sha256_hex(request_token);
    let asked = query::unspent_code(&tx, CodePurpose::SignIn, &hash, scope.now).await?;
    let asked = asked.filter(|it| it.attempts < CODE_ATTEMPTS).ok_or_else(wrong_code)?;
    let person = match asked.person_id {
        Some(id) => query::active_person(&tx, id).await?,
        None => None,
    };
    let key = asked.account.clone().unwrap_or_default();
    let account = Account::kept(key, person.clone());
    let guess = guesses::count(&tx, scope, &account, credentials).await?;
    let right = secret::same(&codes::typed(code), &codes::code_of(&scope.house.keys, asked.id));
    let Some(person) = person.filter(|_| right) else {
        query::count_wrong_code(&tx, asked.id).await?;
        tx.commit(()).await?;
        return Err(wrong_code().into());
    };
    query::spend_code(&tx, asked.id, scope.now).await?;
    let proven = Proven { person, guess, device, method: SignInMethod::Code };
    let opened = welcome(&tx, scope, credentials, proven).await?;
    tx.commit(opened).await
}

/// Somebody whose secret was right.
struct Proven {
    person: person::Model,
    guess: Guess,
    device: Option<device::Model>,
    method: SignInMethod,
}

async fn welcome(
    tx: &Tx,
    scope: &Scope,
    credentials: &Credentials,
    proven: Proven,
) -> Result<Opened> {
    guesses::take_back(tx, scope, &proven.guess).await?;
    guesses::remember_device(tx, scope, &proven.person, credentials).await?;
    let opening = Opening { person: proven.person, method: proven.method, device: proven.device };
    sessions::open(tx, scope, opening).await
}

/// Counts the guess, then compares: the count is committed before the secret is looked at, and the
/// comparison holds no transaction open.
async fn prove(
    scope: &Scope,
    credentials: &Credentials,
    account: &Account,
    claim: Claim<'_>,
) -> Result<Option<Guess>> {
    let tx = scope.begin().await?;
    let guess = guesses::count(&tx, scope, account, credentials).await?;
    let guess = tx.commit(guess).await?;
    let right = hashing::verify(claim.secret, claim.stored).await?;
    Ok(right.then_some(guess))
}

/// A secret as typed, and the hash that it should fit.
struct Claim<'a> {
    secret: &'a str,
    stored: Option<String>,
}

fn wrong_password() -> Refusal {
    wrong("", "Address or password is wrong. Try again, or sign in by a code that we mail to you.")
}

/// Signs in by mail address and password.
///
/// # Errors
/// WRONG_CREDENTIALS, TOO_MANY_ATTEMPTS.
pub async fn by_password(
    scope: &Scope,
    credentials: &Credentials,
    email: &str,
    password: &str,
) -> Result<Opened> {
    let device = sessions::device_of(scope, credentials).await?;
    let key = fields::email_key(email);
    let person = query::active_person_by_email(&scope.db(), &key).await?;
    let account = Account::of(person, &key);
    let stored = account.person().and_then(|person| person.password_hash.clone());
    let claim = Claim { secret: password, stored };
    let guess = prove(scope, credentials, &account, claim).await?.ok_or_else(wrong_password)?;
    let tx = scope.begin().await?;
    let person = still_here(&tx, &account).await?.ok_or_else(wrong_password)?;
    let proven = Proven { person, guess, device, method: SignInMethod::Password };
    let opened = welcome(&tx, scope, credentials, proven).await?;
    tx.commit(opened).await
}

/// The person as they are now: hashing takes long enough for somebody to leave.
async fn still_here(tx: &Tx, account: &Account) -> Result<Option<person::Model>> {
    match account.person() {
        Some(person) => query::active_person(tx, person.id).await,
        None => Ok(None),
    }
}

fn wrong_pin() -> Refusal {
    wrong("", "Staff code or PIN is wrong. Try again, or ask your manager for a new PIN.")
}

/// Somebody at an enrolled device, PIN proven.
struct AtDevice {
    person: person::Model,
    guess: Guess,
    device: device::Model,
}

async fn prove_pin(
    scope: &Scope,
    credentials: &Credentials,
    staff_code: &str,
    pin: &str,
) -> Result<AtDevice> {
    let device =
        sessions::device_of(scope, credentials).await?.ok_or_else(sessions::needs_device)?;
    let code: String = staff_code.trim().to_uppercase().chars().take(64).collect();
    let person = query::active_person_by_staff_code(&scope.db(), &code).await?;
    let account = Account::of(person, &code);
    let stored = account.person().and_then(|person| person.pin_hash.clone());
    let claim = Claim { secret: pin.trim(), stored };
    let guess = prove(scope, credentials, &account, claim).await?.ok_or_else(wrong_pin)?;
    let person = account.person().cloned().ok_or_else(wrong_pin)?;
    Ok(AtDevice { person, guess, device })
}

/// Signs in by staff code and PIN on an enrolled device. A one-time PIN opens nothing: it is
/// replaced first.
///
/// # Errors
/// FORBIDDEN without an enrolled device, WRONG_CREDENTIALS, TOO_MANY_ATTEMPTS,
/// PIN_CHANGE_REQUIRED.
pub async fn by_pin(
    scope: &Scope,
    credentials: &Credentials,
    staff_code: &str,
    pin: &str,
) -> Result<Opened> {
    let here = prove_pin(scope, credentials, staff_code, pin).await?;
    let tx = scope.begin().await?;
    let person = query::active_person(&tx, here.person.id).await?.ok_or_else(wrong_pin)?;
    if person.pin_once == PinState::Once {
        guesses::take_back(&tx, scope, &here.guess).await?;
        tx.commit(()).await?;
        return Err(Refusal::new(
            Code::PinChangeRequired,
            "pin",
            "This PIN works once. Choose your own with `pinSet`: 6 to 12 digits that only you know.",
        )
        .into());
    }
    let device = Some(here.device);
    let proven = Proven { person, guess: here.guess, device, method: SignInMethod::Pin };
    let opened = welcome(&tx, scope, credentials, proven).await?;
    tx.commit(opened).await
}

fn sound_pin(new_pin: &str, staff_code: &str) -> Result<Pin> {
    Pin::new(new_pin, staff_code).map_err(|refusal| {
        Refusal::new(Code::TooSimple, "newPin", format!("Not this PIN: {refusal}.")).into()
    })
}

/// Replaces a PIN by one's own choice on an enrolled device, and signs in with it.
///
/// # Errors
/// As [`by_pin`], and TOO_SIMPLE at `newPin`.
pub async fn choose_pin(
    scope: &Scope,
    credentials: &Credentials,
    change: PinChange<'_>,
) -> Result<Opened> {
    let new = sound_pin(change.new_pin, change.staff_code)?;
    if new.expose() == change.pin.trim() {
        return Err(same_pin().into());
    }
    let here = prove_pin(scope, credentials, change.staff_code, change.pin).await?;
    let hash = hashing::hash(new.expose()).await?;
    let tx = scope.begin().await?;
    let person = query::active_person(&tx, here.person.id).await?.ok_or_else(wrong_pin)?;
    query::end_sessions(&tx, Sessions::ByPin(person.id), scope.now).await?;
    let person = write_pin(&tx, person, NewPin { hash, state: PinState::Own }).await?;
    let device = Some(here.device);
    let proven = Proven { person, guess: here.guess, device, method: SignInMethod::Pin };
    let opened = welcome(&tx, scope, credentials, proven).await?;
    tx.commit(opened).await
}

fn same_pin() -> Refusal {
    Refusal::new(Code::TooSimple, "newPin", "That is the PIN you have. Choose another one.")
}

/// A PIN is replaced by staff code, old PIN and new PIN.
#[derive(Clone, Copy)]
pub struct PinChange<'a> {
    /// Whose.
    pub staff_code: &'a str,
    /// The PIN so far, or the one-time PIN.
    pub pin: &'a str,
    /// The own choice.
    pub new_pin: &'a str,
}

/// A PIN to be written.
pub(super) struct NewPin {
    /// argon2id, PHC form.
    pub hash: String,
    /// Own or one-time.
    pub state: PinState,
}

pub(super) async fn write_pin(
    tx: &Tx,
    person: person::Model,
    new: NewPin,
) -> Result<person::Model> {
    let mut row = person.into_active_model();
    row.pin_hash = Set(Some(new.hash));
    row.pin_once = Set(new.state);
    Ok(row.update(tx).await?)
}

/// Sets one's own PIN while signed in by other means. The present PIN is needed when there is one
/// of one's own, unless the sign-in was by mail and is fresh.
///
/// # Errors
/// TOO_SIMPLE, REQUIRED, WRONG_CREDENTIALS, TOO_MANY_ATTEMPTS; FORBIDDEN without a staff code.
pub async fn set_own_pin(
    scope: &Scope,
    credentials: &Credentials,
    pin: Option<&str>,
    new_pin: &str,
) -> Result<person::Model> {
    let me = signed_in_person(scope).await?;
    let staff_code = me.staff_code.clone().ok_or_else(|| {
        Refusal::forbidden("a staff code, because a PIN is used together with it")
    })?;
    let new = sound_pin(new_pin, &staff_code)?;
    let stored = me.pin_hash.clone().filter(|_| me.pin_once == PinState::Own);
    let guess =
        confirm(scope, credentials, &me, Confirm { field: "pin", typed: pin, stored }).await?;
    let hash = hashing::hash(new.expose()).await?;
    let tx = scope.begin().await?;
    let me = query::active_person(&tx, me.id).await?.or_not_found("")?;
    if let Some(guess) = guess {
        guesses::take_back(&tx, scope, &guess).await?;
    }
    let me = write_pin(&tx, me, NewPin { hash, state: PinState::Own }).await?;
    tx.commit(me).await
}

/// Sets one's own password and ends every other session. The present password is needed when there
/// is one, unless the sign-in was by mail and is fresh.
///
/// # Errors
/// TOO_SIMPLE, REQUIRED, WRONG_CREDENTIALS, TOO_MANY_ATTEMPTS.
pub async fn set_password(
    scope: &Scope,
    credentials: &Credentials,
    password: Option<&str>,
    new_password: &str,
) -> Result<person::Model> {
    let me = signed_in_person(scope).await?;
    if me.email_key.is_none() {
        return Err(Refusal::forbidden(
            "a mail address, because a password is used together with it",
        )
        .into());
    }
    let new = sound_password(new_password, &me, "newPassword")?;
    let asked = Confirm { field: "password", typed: password, stored: me.password_hash.clone() };
    let guess = confirm(scope, credentials, &me, asked).await?;
    let hash = hashing::hash(new.expose()).await?;
    let tx = scope.begin().await?;
    let me = query::active_person(&tx, me.id).await?.or_not_found("")?;
    if let Some(guess) = guess {
        guesses::take_back(&tx, scope, &guess).await?;
    }
    if let Some(session) = scope.actor.session {
        query::end_sessions(&tx, Sessions::OthersOf(me.id, session), scope.now).await?;
    }
    let mut row = me.into_active_model();
    row.password_hash = Set(Some(hash));
    let me = row.update(&tx).await?;
    tx.commit(me).await
}

/// Checks a password that `person` chose.
///
/// # Errors
/// TOO_SIMPLE at `field`.
pub fn sound_password(typed: &str, person: &person::Model, field: &str) -> Result<Password> {
    let email = person.email.as_deref().unwrap_or_default();
    Password::new(typed, Known { email, name: &person.name }).map_err(|refusal| {
        Refusal::new(Code::TooSimple, field, format!("Not this password: {refusal}.")).into()
    })
}

async fn signed_in_person(scope: &Scope) -> Result<person::Model> {
    let me = scope.actor.require_person()?;
    query::active_person(&scope.db(), me).await?.or_not_found("")
}

/// The present secret, asked for before it is replaced.
struct Confirm<'a> {
    field: &'static str,
    typed: Option<&'a str>,
    stored: Option<String>,
}

async fn confirm(
    scope: &Scope,
    credentials: &Credentials,
    me: &person::Model,
    asked: Confirm<'_>,
) -> Result<Option<Guess>> {
    let Some(stored) = asked.stored else { return Ok(None) };
    if asked.typed.is_none() && proved_by_mail(scope).await? {
        return Ok(None);
    }
    let typed = asked.typed.ok_or_else(|| {
        Refusal::new(
            Code::Required,
            asked.field,
            format!("Give the present `{}` too, or sign in by a mailed code first.", asked.field),
        )
    })?;
    let account = Account::of(Some(me.clone()), "");
    let claim = Claim { secret: typed, stored: Some(stored) };
    let guess = prove(scope, credentials, &account, claim).await?;
    let guess = guess.ok_or_else(|| {
        wrong(asked.field, "This is not the present one. Try again, or sign in by a mailed code.")
    })?;
    Ok(Some(guess))
}

/// Whether this session was opened by a mailed code or link a short while ago.
async fn proved_by_mail(scope: &Scope) -> Result<bool> {
    let Some(session) = scope.actor.session else { return Ok(false) };
    let session = query::own_session(&scope.db(), &scope.actor, session, scope.now).await?;
    Ok(session.is_some_and(|session| {
        matches!(session.method, SignInMethod::Code | SignInMethod::Link)
            && scope.now.since(session.created_at) <= FRESH_SIGN_IN
    }))
}

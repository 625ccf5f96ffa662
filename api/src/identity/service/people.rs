//! People: joining, changing, leaving, coming back, a new PIN.

use entity::id::{PersonId, UnitId};
use entity::identity::person;
use entity::identity::values::{PinState, Role, VoteFollows};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde_json::json;

use super::sign_in::{NewPin, write_pin};
use super::units::{Made, expect};
use crate::identity::fields::Email;
use crate::identity::query::{self, Sessions};
use crate::identity::{codes, hashing, policy};
use crate::kit::client_key::{self, Claim, ClientKey};
use crate::kit::error::{Code, Error, OrNotFound as _, Refusal, Result, is_unique_violation};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};

/// Somebody who joins; parsed.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Display name.
    pub name: String,
    /// Mail address.
    pub email: Option<Email>,
    /// Staff code.
    pub staff_code: Option<String>,
    /// Home unit.
    pub home: UnitId,
    /// Preferred language.
    pub locale: String,
}

async fn lineage(tx: &Tx, unit: UnitId) -> Result<Vec<UnitId>> {
    let rows = query::ancestry(tx, unit).await?;
    Ok(rows.into_iter().map(|row| row.ancestor).collect())
}

/// Somebody joins.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, REQUIRED without address and staff code, TAKEN, IDEMPOTENCY_KEY_REUSED.
pub async fn create(
    scope: &Scope,
    new: NewPerson,
    key: Option<ClientKey>,
) -> Result<Made<person::Model>> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    query::unit(&tx, &scope.actor, new.home).await?.or_not_found("homeUnitId")?;
    policy::may_administer(&scope.actor, &lineage(&tx, new.home).await?)?;
    let id = PersonId(scope.fresh_id());
    let claim = client_key::claim(&tx, scope, key.as_ref(), &id.to_string()).await?;
    if let Claim::Received(result) = claim {
        let id = result.parse().map_err(|_| Refusal::not_found(""))?;
        let thing = query::person(&tx, &scope.actor, id).await?.or_not_found("")?;
        return Ok(Made { thing, already: true });
    }
    let thing = insert(&mut tx, scope, id, new).await?;
    tx.commit(Made { thing, already: false }).await
}

/// Writes a person and states the fact.
///
/// # Errors
/// REQUIRED without address and staff code, TAKEN.
pub async fn insert(
    tx: &mut Tx,
    scope: &Scope,
    id: PersonId,
    new: NewPerson,
) -> Result<person::Model> {
    reachable(new.email.is_some(), new.staff_code.is_some())?;
    refuse_taken(tx, None, new.email.as_ref(), new.staff_code.as_deref()).await?;
    let (email, email_key) = new.email.map(|it| (it.address, it.key)).unzip();
    let row = person::ActiveModel {
        id: Set(id),
        name: Set(new.name),
        email: Set(email),
        email_key: Set(email_key),
        staff_code: Set(new.staff_code),
        home_unit_id: Set(new.home),
        locale: Set(new.locale),
        password_hash: Set(None),
        pin_hash: Set(None),
        pin_once: Set(PinState::None),
        vote_follows: Set(VoteFollows::Yes),
        bounced_at: Set(None),
        deactivated_at: Set(None),
        created_at: Set(scope.now),
        version: Set(1),
    };
    let made = row.insert(tx).await.map_err(taken_meanwhile)?;
    tx.state(
        NewFact::new(
            "person.created",
            ("person", id.0),
            &json!({"unit": made.home_unit_id.to_string()}),
        )
        .administrative(),
    );
    Ok(made)
}

/// Without one of the two nobody could ever sign in.
fn reachable(email: bool, staff_code: bool) -> Result<()> {
    if email || staff_code {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Required,
        "staffCode",
        "Give a mail address, a staff code or both: one of them is needed to sign in.",
    )
    .into())
}

async fn refuse_taken(
    tx: &Tx,
    me: Option<PersonId>,
    email: Option<&Email>,
    staff_code: Option<&str>,
) -> Result<()> {
    let key = email.map(|email| email.key.as_str());
    let others = query::person_named(tx, key, staff_code).await?;
    let other = others.into_iter().find(|other| Some(other.id) != me);
    let Some(other) = other else { return Ok(()) };
    let by_mail = key.is_some() && other.email_key.as_deref() == key;
    Err(if by_mail { taken("email", "mail address") } else { taken("staffCode", "staff code") })
}

fn taken(field: &str, what: &str) -> Error {
    Refusal::new(
        Code::Taken,
        field,
        format!(
            "Somebody else has this {what}, perhaps somebody who left. Look them up, or correct it."
        ),
    )
    .into()
}

fn taken_meanwhile(error: sea_orm::DbErr) -> Error {
    if is_unique_violation(&error) {
        return taken("", "mail address or staff code");
    }
    error.into()
}

/// What changes about a person; `None` leaves it, `Some(None)` clears it.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// The version that was read.
    pub expected_version: Option<i32>,
    /// Another name.
    pub name: Option<String>,
    /// Another mail address.
    pub email: Option<Option<Email>>,
    /// Another staff code.
    pub staff_code: Option<Option<String>>,
    /// Another home unit.
    pub home: Option<UnitId>,
    /// Another language: one's own choice too.
    pub locale: Option<String>,
    /// Whether a vote also follows: one's own choice alone.
    pub vote_follows: Option<VoteFollows>,
}

impl Patch {
    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.is_preference() && self.locale.is_none() && self.vote_follows.is_none()
    }

    /// Whether nothing but one's own preferences would change.
    fn is_preference(&self) -> bool {
        self.name.is_none()
            && self.email.is_none()
            && self.staff_code.is_none()
            && self.home.is_none()
    }
}

/// Changes a person: administrators everything but preferences, everybody their own preferences.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, TAKEN, REQUIRED.
pub async fn update(scope: &Scope, id: PersonId, patch: Patch) -> Result<person::Model> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    let after = update_within(&mut tx, scope, id, patch).await?;
    tx.commit(after).await
}

/// As [`update`], in a transaction that goes on: for imports.
///
/// # Errors
/// As [`update`].
pub async fn update_within(
    tx: &mut Tx,
    scope: &Scope,
    id: PersonId,
    patch: Patch,
) -> Result<person::Model> {
    let before = query::person_locked(tx, &scope.actor, id).await?.or_not_found("id")?;
    may_update(tx, scope, &before, &patch).await?;
    expect(before.version, patch.expected_version)?;
    if let Some(home) = patch.home {
        query::unit(tx, &scope.actor, home).await?.or_not_found("homeUnitId")?;
        policy::may_administer(&scope.actor, &lineage(tx, home).await?)?;
    }
    let email = patch.email.clone().flatten();
    let code = patch.staff_code.clone().flatten();
    refuse_taken(tx, Some(id), email.as_ref(), code.as_deref()).await?;
    let moved = patch.home.is_some_and(|home| home != before.home_unit_id);
    let after = write(tx, before, patch).await?;
    tx.state(
        NewFact::new(
            if moved { "person.moved" } else { "person.changed" },
            ("person", id.0),
            &json!({"unit": after.home_unit_id.to_string()}),
        )
        .administrative(),
    );
    Ok(after)
}

async fn may_update(tx: &Tx, scope: &Scope, before: &person::Model, patch: &Patch) -> Result<()> {
    let own = scope.actor.person() == Some(before.id);
    if own && patch.is_preference() {
        return Ok(());
    }
    if !own && patch.vote_follows.is_some() {
        return Err(
            Refusal::forbidden("the person's own sign-in, because it is a preference").into()
        );
    }
    policy::may_administer(&scope.actor, &lineage(tx, before.home_unit_id).await?)?;
    if !own && (patch.email.is_some() || patch.staff_code.is_some()) {
        may_hand_out_credentials(tx, scope, before.id).await?;
    }
    Ok(())
}

/// Who can set how somebody signs in can sign in as them. So that needs every right that the
/// person holds: ADMIN over the unit of each of their roles, or, for a manager's role, MANAGER.
async fn may_hand_out_credentials(tx: &Tx, scope: &Scope, person: PersonId) -> Result<()> {
    let grants = query::grants_of_people(tx, &[person]).await?;
    let units: Vec<UnitId> = grants.iter().map(|grant| grant.unit_id).collect();
    let lineages = query::lineages(tx, &units).await?;
    let held: Vec<(Role, Vec<UnitId>)> = grants
        .into_iter()
        .map(|grant| (grant.role, lineages.get(&grant.unit_id).cloned().unwrap_or_default()))
        .collect();
    policy::may_hand_out_credentials(&scope.actor, &held)
}

async fn write(tx: &Tx, before: person::Model, patch: Patch) -> Result<person::Model> {
    let version = before.version + 1;
    let email_after = patch.email.as_ref().map_or(before.email.is_some(), Option::is_some);
    let code_after = patch.staff_code.as_ref().map_or(before.staff_code.is_some(), Option::is_some);
    reachable(email_after, code_after)?;
    let mut row = before.into_active_model();
    if let Some(name) = patch.name {
        row.name = Set(name);
    }
    if let Some(email) = patch.email {
        let (address, key) = email.map(|it| (it.address, it.key)).unzip();
        row.email = Set(address);
        row.email_key = Set(key);
        // Another address has not bounced yet.
        row.bounced_at = Set(None);
    }
    if let Some(code) = patch.staff_code {
        row.staff_code = Set(code);
    }
    if let Some(home) = patch.home {
        row.home_unit_id = Set(home);
    }
    if let Some(locale) = patch.locale {
        row.locale = Set(locale);
    }
    if let Some(follows) = patch.vote_follows {
        row.vote_follows = Set(follows);
    }
    row.version = Set(version);
    row.update(tx).await.map_err(taken_meanwhile)
}

/// Somebody leaves: refused from the next request on, signed out everywhere. What they sent stays.
/// `before` is the locked row, in the transaction of `desk`, which asks first what they leave
/// behind.
///
/// # Errors
/// FORBIDDEN, STALE_VERSION; IN_USE for the last administrator.
pub async fn deactivate_within(
    tx: &mut Tx,
    scope: &Scope,
    before: person::Model,
    expected_version: Option<i32>,
) -> Result<person::Model> {
    let id = before.id;
    policy::may_administer(&scope.actor, &lineage(tx, before.home_unit_id).await?)?;
    expect(before.version, expected_version)?;
    if before.deactivated_at.is_some() {
        return Ok(before);
    }
    keep_one_administrator(tx, id).await?;
    query::end_sessions(tx, Sessions::OfPerson(id), scope.now).await?;
    let version = before.version + 1;
    let mut row = before.into_active_model();
    row.deactivated_at = Set(Some(scope.now));
    row.version = Set(version);
    let after = row.update(&**tx).await?;
    tx.state(NewFact::new("person.deactivated", ("person", id.0), &json!({})).administrative());
    Ok(after)
}

/// Refuses when nobody would be left to run the system.
pub(super) async fn keep_one_administrator(tx: &Tx, leaving: PersonId) -> Result<()> {
    let runs = query::grants_of_people(tx, &[leaving]).await?;
    let runs = runs.iter().any(|grant| grant.role == entity::identity::values::Role::Admin);
    if !runs || !query::other_administrators(tx, leaving).await?.is_empty() {
        return Ok(());
    }
    Err(Refusal::new(
        Code::InUse,
        "id",
        "This is the last administrator. Give the role ADMIN to somebody else first.",
    )
    .into())
}

/// Somebody comes back: may sign in again, with the roles they had.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION.
pub async fn reactivate(
    scope: &Scope,
    id: PersonId,
    expected_version: Option<i32>,
) -> Result<person::Model> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    let before = query::person_locked(&tx, &scope.actor, id).await?.or_not_found("id")?;
    policy::may_administer(&scope.actor, &lineage(&tx, before.home_unit_id).await?)?;
    expect(before.version, expected_version)?;
    if before.deactivated_at.is_none() {
        return tx.commit(before).await;
    }
    let version = before.version + 1;
    let mut row = before.into_active_model();
    row.deactivated_at = Set(None);
    row.version = Set(version);
    let after = row.update(&tx).await?;
    tx.state(NewFact::new("person.reactivated", ("person", id.0), &json!({})).administrative());
    tx.commit(after).await
}

/// A one-time PIN to be printed. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct OneTimePin {
    /// Whose.
    pub person: person::Model,
    /// The PIN, shown once.
    pub pin: String,
}

impl std::fmt::Debug for OneTimePin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OneTimePin(..)")
    }
}

/// Gives somebody a one-time PIN in place of the one they had, and ends what was opened with that.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, REQUIRED when they have no staff code.
pub async fn reset_pin(scope: &Scope, id: PersonId) -> Result<OneTimePin> {
    scope.actor.require_signed_in()?;
    let known = query::person(&scope.db(), &scope.actor, id).await?.or_not_found("personId")?;
    // Hashed before the transaction, which would make every other writer wait for it.
    let pin = codes::one_time_pin(known.staff_code.as_deref().unwrap_or_default())?;
    let hash = hashing::hash(&pin).await?;
    let mut tx = scope.begin().await?;
    let before = query::person_locked(&tx, &scope.actor, id).await?.or_not_found("personId")?;
    policy::may_lead(&scope.actor, &lineage(&tx, before.home_unit_id).await?)?;
    may_hand_out_credentials(&tx, scope, id).await?;
    has_staff_code(&before)?;
    query::end_sessions(&tx, Sessions::ByPin(id), scope.now).await?;
    let person = write_pin(&tx, before, NewPin { hash, state: PinState::Once }).await?;
    tx.state(NewFact::new("person.pin_reset", ("person", id.0), &json!({})).administrative());
    tx.commit(OneTimePin { person, pin }).await
}

fn has_staff_code(person: &person::Model) -> Result<()> {
    if person.staff_code.is_some() {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Required,
        "personId",
        "This person has no staff code, which a PIN is used with. Give them one first.",
    )
    .into())
}

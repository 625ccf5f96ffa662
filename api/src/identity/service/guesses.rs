//! Wrong guesses at codes, PINs and passwords, counted by the law `entity::identity::guess`.
//!
//! A guess is counted before the secret is looked at and taken back when it was right, so that
//! racing requests cannot pack more of them than the law allows. Whether somebody of that name
//! works here makes no difference to what is counted or answered.

use std::time::Duration;

use entity::identity::guess::{self, Device, Failures, History, Verdict};
use entity::identity::{failed_guess, known_device, person};
use entity::instant::{DAY, Instant};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::NotSet, ActiveValue::Set, EntityTrait};

use crate::db::dialect;
use crate::http::auth::Credentials;
use crate::identity::query;
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::kit::secret;

/// Shortest device secret that is believed, in characters: anything shorter could be guessed too.
const SHORTEST_DEVICE: usize = 32;

/// An account on which guesses are counted: a person, by whatever name; or what was typed, when
/// nobody has that name.
#[derive(Clone, Debug)]
pub struct Account {
    key: String,
    person: Option<person::Model>,
}

impl Account {
    /// The account of `person`, or of the `typed` name that nobody has.
    #[must_use]
    pub fn of(person: Option<person::Model>, typed: &str) -> Self {
        let name = match &person {
            Some(person) => person.id.to_string(),
            None => format!("typed:{typed}"),
        };
        Self { key: secret::sha256_hex(&name), person }
    }

    /// The account with this key, as kept beside a mailed code.
    #[must_use]
    pub fn kept(key: String, person: Option<person::Model>) -> Self {
        Self { key, person }
    }

    /// Digest of the name.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The person, if there is one.
    #[must_use]
    pub fn person(&self) -> Option<&person::Model> {
        self.person.as_ref()
    }
}

/// A guess that was counted.
#[derive(Clone, Debug)]
pub struct Guess {
    id: i64,
    account: String,
}

/// The secret by which a device is recognised, as a digest.
fn fingerprint(credentials: &Credentials) -> Option<String> {
    let long = credentials.device.as_ref().is_some_and(|it| it.len() >= SHORTEST_DEVICE);
    if long { credentials.device_fingerprint() } else { None }
}

/// Counts one guess on `account`.
///
/// # Errors
/// TOO_MANY_ATTEMPTS when the law allows no more; then nothing may be looked at.
pub async fn count(
    tx: &Tx,
    scope: &Scope,
    account: &Account,
    credentials: &Credentials,
) -> Result<Guess> {
    dialect::alone_with(tx, &account.key).await?;
    let seen = fingerprint(credentials);
    let known = match &account.person {
        Some(person) => query::known_devices(tx, person.id).await?,
        None => Vec::new(),
    };
    let device = device(&known, seen.as_deref(), scope.now);
    let failed = query::failed_guesses(tx, &account.key, scope.now.plus(-DAY)).await?;
    let history = history(&failed, seen.as_deref(), scope.now);
    if let Verdict::Refused { retry_after } = guess::verdict(device, &history) {
        return Err(too_many(retry_after).into());
    }
    let own_budget = device.budget() == guess::Budget::KnownDevice;
    let row = failed_guess::ActiveModel {
        id: NotSet,
        account: Set(account.key.clone()),
        device: Set(seen.filter(|_| own_budget)),
        at: Set(scope.now),
    };
    let id = failed_guess::Entity::insert(row).exec(tx).await?.last_insert_id;
    Ok(Guess { id, account: account.key.clone() })
}

/// Takes a right guess back.
///
/// # Errors
/// A fault of the database.
pub async fn take_back(tx: &Tx, scope: &Scope, guess: &Guess) -> Result<()> {
    query::forget_guesses(tx, &guess.account, guess.id, scope.now.plus(-DAY)).await
}

/// Remembers the device on which `person` signed in.
///
/// # Errors
/// A fault of the database.
pub async fn remember_device(
    tx: &Tx,
    scope: &Scope,
    person: &person::Model,
    credentials: &Credentials,
) -> Result<()> {
    let Some(fingerprint) = fingerprint(credentials) else { return Ok(()) };
    let row = known_device::ActiveModel {
        person_id: Set(person.id),
        fingerprint: Set(fingerprint),
        last_used_at: Set(scope.now),
    };
    let key = [known_device::Column::PersonId, known_device::Column::Fingerprint];
    known_device::Entity::insert(row)
        .on_conflict(
            OnConflict::columns(key).update_column(known_device::Column::LastUsedAt).to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

fn too_many(retry_after: Duration) -> Refusal {
    let minutes = retry_after.as_secs().div_ceil(60);
    Refusal::new(
        Code::TooManyAttempts,
        "",
        format!(
            "There were too many wrong attempts. Wait {minutes} min and try again, or ask your manager for a new PIN."
        ),
    )
}

fn device(known: &[known_device::Model], seen: Option<&str>, now: Instant) -> Device {
    let Some(this) = known.iter().find(|it| Some(it.fingerprint.as_str()) == seen) else {
        return Device::Stranger;
    };
    let newer = known.iter().filter(|it| it.last_used_at > this.last_used_at).count();
    Device::SeenBefore {
        newer_devices: u32::try_from(newer).unwrap_or(u32::MAX),
        unused_for: span(now.since(this.last_used_at)),
    }
}

fn span(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

fn history(failed: &[failed_guess::Model], seen: Option<&str>, now: Instant) -> History {
    let within = |window: Duration, counts: &dyn Fn(&failed_guess::Model) -> bool| {
        let ages = failed.iter().filter(|it| counts(it)).map(|it| span(now.since(it.at)));
        let ages: Vec<Duration> = ages.filter(|age| *age < window).collect();
        Failures {
            count: u32::try_from(ages.len()).unwrap_or(u32::MAX),
            oldest_ago: ages.into_iter().max().unwrap_or_default(),
        }
    };
    History {
        unknown_devices: within(guess::SHORT_WINDOW, &|it| it.device.is_none()),
        this_device: within(guess::SHORT_WINDOW, &|it| {
            it.device.is_some() && it.device.as_deref() == seen
        }),
        day: within(guess::DAY_WINDOW, &|_| true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::id::PersonId;
    use entity::instant::{MINUTE, SECOND};

    const NOW: Instant = Instant(1_800_000_000 * SECOND);

    fn failed(ago: i64, device: Option<&str>) -> failed_guess::Model {
        failed_guess::Model {
            id: 0,
            account: "a".into(),
            device: device.map(str::to_owned),
            at: NOW.plus(-ago),
        }
    }

    fn known(fingerprint: &str, ago: i64) -> known_device::Model {
        known_device::Model {
            person_id: PersonId(uuid::Uuid::nil()),
            fingerprint: fingerprint.into(),
            last_used_at: NOW.plus(-ago),
        }
    }

    #[test]
    fn guesses_are_sorted_into_their_budgets() {
        let rows = [
            failed(MINUTE, None),
            failed(14 * MINUTE, None),
            failed(15 * MINUTE, None),
            failed(2 * MINUTE, Some("mine")),
            failed(3 * MINUTE, Some("other")),
        ];
        let history = history(&rows, Some("mine"), NOW);
        assert_eq!(history.unknown_devices.count, 2);
        assert_eq!(history.unknown_devices.oldest_ago, Duration::from_secs(14 * 60));
        assert_eq!(history.this_device.count, 1);
        assert_eq!(history.day.count, 5);
    }

    #[test]
    fn a_stranger_has_no_budget_of_its_own() {
        let rows = [failed(MINUTE, None), failed(MINUTE, Some("mine"))];
        assert_eq!(history(&rows, None, NOW).this_device.count, 0);
        let devices = [known("mine", DAY), known("newer", MINUTE)];
        assert_eq!(device(&devices, None, NOW), Device::Stranger);
        assert_eq!(device(&devices, Some("else"), NOW), Device::Stranger);
        let mine = device(&devices, Some("mine"), NOW);
        assert!(matches!(mine, Device::SeenBefore { newer_devices: 1, .. }), "{mine:?}");
    }
}

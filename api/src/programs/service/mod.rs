//! Verbs of programmes, catalogues and settings. Administrators alone, and the system at start.

mod first;

pub use first::{ensure_catalogue, lay_catalogue};

use entity::clocks::values::Weekday;
use entity::id::{ProgramId, ReasonId, StatusId};
use entity::identity::values::Role;
use entity::implementation::values::OutcomeOrder;
use entity::instant::{Day, Instant};
use entity::notify::rhythm::TimeOfDay;
use entity::programs::values::{ProgramKind, Standard};
use entity::programs::{program, reason, status};
use entity::submissions::phase::Phase;
use entity::submissions::text::{Limit, bounded};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};
use serde::Serialize;
use uuid::Uuid;

use crate::kit::actor::{AuthorNames, ReadPolicy};
use crate::kit::change::Change;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result, is_unique_violation};
use crate::kit::fact::NewFact;
use crate::kit::scope::Scope;
use crate::programs::settings::{self, Settings};
use crate::programs::{labels, query};

/// Longest code of a reason or status, in characters.
const LONGEST_CODE: usize = 40;

/// A programme to make.
#[derive(Clone, Debug)]
pub struct NewProgram {
    /// Its name.
    pub name: String,
    /// Standing or campaign.
    pub kind: ProgramKind,
    /// Last day of a campaign.
    pub ends_on: Option<Day>,
}

/// Makes a programme or campaign.
///
/// # Errors
/// FORBIDDEN without ADMIN; REQUIRED, TOO_LONG at `name`; INVALID at `endsOn`.
pub async fn create_program(scope: &Scope, new: NewProgram) -> Result<program::Model> {
    scope.actor.require_role(Role::Admin)?;
    let name = bounded(&new.name, Limit::NAME)?;
    check_end(new.kind, new.ends_on)?;
    let mut tx = scope.begin().await?;
    let row = program::ActiveModel {
        id: Set(ProgramId(scope.fresh_id())),
        name: Set(name),
        kind: Set(new.kind),
        standard: Set(Standard::Named),
        ends_on: Set(new.ends_on),
        archived_at: Set(None),
        created_at: Set(scope.now),
        version: Set(1),
    };
    let made = row.insert(&tx).await?;
    tx.state(NewFact::new("program.created", ("program", made.id.0), &()).administrative());
    tx.commit(made).await
}

fn check_end(kind: ProgramKind, ends_on: Option<Day>) -> Result<()> {
    if kind == ProgramKind::Standing && ends_on.is_some() {
        return Err(Refusal::new(
            Code::Invalid,
            "endsOn",
            "A standing programme has no last day. Leave `endsOn` out, or make a campaign.",
        )
        .into());
    }
    Ok(())
}

/// Changes to a programme.
#[derive(Clone, Debug)]
pub struct ProgramChange {
    /// Which one.
    pub id: ProgramId,
    /// The version that the caller read.
    pub expected_version: Option<i32>,
    /// A new name.
    pub name: Option<String>,
    /// The last day.
    pub ends_on: Change<Day>,
    /// Open, or closed for new submissions.
    pub archived: Option<Archived>,
}

/// Whether a row is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archived {
    /// In use.
    No,
    /// Out of use; what points at it keeps pointing at it.
    Yes,
}

impl Archived {
    /// The instant of archiving after the change.
    #[must_use]
    pub fn over(self, present: Option<Instant>, now: Instant) -> Option<Instant> {
        match self {
            Self::No => None,
            Self::Yes => present.or(Some(now)),
        }
    }
}

impl From<bool> for Archived {
    fn from(archived: bool) -> Self {
        if archived { Self::Yes } else { Self::No }
    }
}

/// Refuses a change of a row that moved on.
///
/// # Errors
/// STALE_VERSION.
pub fn expect_version(expected: Option<i32>, found: i32) -> Result<()> {
    match expected {
        Some(version) if version != found => Err(Refusal::stale(found).into()),
        _ => Ok(()),
    }
}

/// Changes a programme.
///
/// # Errors
/// FORBIDDEN without ADMIN; NOT_FOUND; STALE_VERSION; REQUIRED, TOO_LONG at `name`; INVALID at
/// `endsOn`; IN_USE when the standing default is to be closed.
pub async fn update_program(scope: &Scope, change: ProgramChange) -> Result<program::Model> {
    scope.actor.require_role(Role::Admin)?;
    let name = change.name.as_deref().map(|name| bounded(name, Limit::NAME)).transpose()?;
    let mut tx = scope.begin().await?;
    let found = query::program(&tx, change.id).await?.or_not_found("id")?;
    expect_version(change.expected_version, found.version)?;
    let ends_on = change.ends_on.of(found.ends_on);
    check_end(found.kind, ends_on)?;
    if change.archived == Some(Archived::Yes) && found.standard == Standard::Default {
        return Err(Refusal::new(
            Code::InUse,
            "archived",
            "Submissions that name no programme go here, so it stays open.",
        )
        .into());
    }
    let archived_at = match change.archived {
        Some(archived) => archived.over(found.archived_at, scope.now),
        None => found.archived_at,
    };
    let version = found.version + 1;
    let mut row = found.into_active_model();
    if let Some(name) = name {
        row.name = Set(name);
    }
    row.ends_on = Set(ends_on);
    row.archived_at = Set(archived_at);
    row.version = Set(version);
    let updated = row.update(&tx).await?;
    tx.state(NewFact::new("program.updated", ("program", updated.id.0), &()).administrative());
    tx.commit(updated).await
}

/// A translated name as it came in.
#[derive(Clone, Debug)]
pub struct NewLabel {
    /// Language tag.
    pub locale: String,
    /// What people read.
    pub text: String,
}

/// Whether names must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fallback {
    Needed,
    There,
}

fn checked_labels(new: &[NewLabel], fallback: Fallback) -> Result<Vec<(String, String)>> {
    let limit = Limit { max: labels::LONGEST, ..Limit::NAME.called("labels") };
    let mut checked: Vec<(String, String)> = Vec::with_capacity(new.len());
    for label in new {
        if !labels::is_language_tag(&label.locale) {
            return Err(Refusal::new(
                Code::Invalid,
                "labels",
                "A language is a tag such as `en` or `es-MX`.",
            )
            .into());
        }
        if checked.iter().any(|(locale, _)| *locale == label.locale) {
            let twice = format!("The language {} is there twice; send it once.", label.locale);
            return Err(Refusal::new(Code::Invalid, "labels", twice).into());
        }
        checked.push((label.locale.clone(), bounded(&label.text, limit)?));
    }
    let falls_back = checked.iter().any(|(locale, _)| locale == labels::FALLBACK);
    if fallback == Fallback::Needed && !falls_back {
        return Err(Refusal::new(
            Code::Required,
            "labels",
            "Give at least the English name (`en`): everybody without a better one reads it.",
        )
        .into());
    }
    Ok(checked)
}

fn checked_code(code: &str) -> Result<String> {
    let sound = !code.is_empty()
        && code.len() <= LONGEST_CODE
        && code.starts_with(|first: char| first.is_ascii_uppercase())
        && code
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    if sound {
        return Ok(code.to_owned());
    }
    Err(Refusal::new(
        Code::Invalid,
        "code",
        "A code has 1 to 40 of A-Z, 0-9 and _, and begins with a letter, for instance NOT_OURS.",
    )
    .into())
}

fn taken(error: sea_orm::DbErr) -> crate::kit::error::Error {
    if is_unique_violation(&error) {
        return Refusal::new(Code::Taken, "code", "Another row has this code. Choose another one.")
            .into();
    }
    error.into()
}

/// Ids and enums of a catalogue's fact.
#[derive(Serialize)]
struct CatalogueData {
    phase: Phase,
}

/// A reason to make.
#[derive(Clone, Debug)]
pub struct NewReason {
    /// DECLINED or DEFERRED.
    pub phase: Phase,
    /// Stable code.
    pub code: String,
    /// Order in lists; the end when not given.
    pub position: Option<i32>,
    /// Names.
    pub labels: Vec<NewLabel>,
}

/// Adds a reason to the catalogue.
///
/// # Errors
/// FORBIDDEN without ADMIN; INVALID at `phase`, `code` or `labels`; TAKEN at `code`; REQUIRED,
/// TOO_LONG at `labels`.
pub async fn create_reason(scope: &Scope, new: NewReason) -> Result<reason::Model> {
    scope.actor.require_role(Role::Admin)?;
    if !matches!(new.phase, Phase::Declined | Phase::Deferred) {
        return Err(Refusal::new(
            Code::Invalid,
            "phase",
            "Reasons are given for DECLINED and DEFERRED only.",
        )
        .allowing(vec![Phase::Declined.to_string(), Phase::Deferred.to_string()])
        .into());
    }
    let code = checked_code(&new.code)?;
    let labels = checked_labels(&new.labels, Fallback::Needed)?;
    let mut tx = scope.begin().await?;
    let row = reason::ActiveModel {
        id: Set(ReasonId(scope.fresh_id())),
        code: Set(code),
        phase: Set(new.phase),
        position: Set(new.position.unwrap_or(1_000)),
        archived_at: Set(None),
        version: Set(1),
    };
    let made = row.insert(&tx).await.map_err(taken)?;
    query::write_labels(&tx, made.id.0, &labels).await?;
    let data = CatalogueData { phase: made.phase };
    tx.state(NewFact::new("reason.created", ("reason", made.id.0), &data).administrative());
    tx.commit(made).await
}

/// Changes to a row of a catalogue.
#[derive(Clone, Debug)]
pub struct CatalogueChange<Id> {
    /// Which one.
    pub id: Id,
    /// The version that the caller read.
    pub expected_version: Option<i32>,
    /// Order in lists.
    pub position: Option<i32>,
    /// Names to write; other languages stay.
    pub labels: Vec<NewLabel>,
    /// In use or not.
    pub archived: Option<Archived>,
}

/// Changes a reason. Archiving takes it out of the choice; what was decided with it keeps it.
///
/// # Errors
/// FORBIDDEN without ADMIN; NOT_FOUND; STALE_VERSION; INVALID, TOO_LONG at `labels`.
pub async fn update_reason(
    scope: &Scope,
    change: CatalogueChange<ReasonId>,
) -> Result<reason::Model> {
    scope.actor.require_role(Role::Admin)?;
    let labels = checked_labels(&change.labels, Fallback::There)?;
    let mut tx = scope.begin().await?;
    let found = query::reason(&tx, change.id).await?.or_not_found("id")?;
    expect_version(change.expected_version, found.version)?;
    let position = change.position.unwrap_or(found.position);
    let archived_at =
        change.archived.map_or(found.archived_at, |to| to.over(found.archived_at, scope.now));
    let version = found.version + 1;
    let mut row = found.into_active_model();
    row.position = Set(position);
    row.archived_at = Set(archived_at);
    row.version = Set(version);
    let updated = row.update(&tx).await?;
    query::write_labels(&tx, updated.id.0, &labels).await?;
    let data = CatalogueData { phase: updated.phase };
    tx.state(NewFact::new("reason.updated", ("reason", updated.id.0), &data).administrative());
    tx.commit(updated).await
}

/// A status to make.
#[derive(Clone, Debug)]
pub struct NewStatus {
    /// The phase it stands in.
    pub phase: Phase,
    /// Stable code.
    pub code: String,
    /// Order in lists.
    pub position: Option<i32>,
    /// Names.
    pub labels: Vec<NewLabel>,
    /// Whether entering the phase takes it.
    pub standard: Standard,
}

/// Adds a status label to a phase.
///
/// # Errors
/// FORBIDDEN without ADMIN; INVALID at `code` or `labels`; TAKEN at `code`; REQUIRED, TOO_LONG at
/// `labels`.
pub async fn create_status(scope: &Scope, new: NewStatus) -> Result<status::Model> {
    scope.actor.require_role(Role::Admin)?;
    let code = checked_code(&new.code)?;
    let labels = checked_labels(&new.labels, Fallback::Needed)?;
    let mut tx = scope.begin().await?;
    if new.standard == Standard::Default {
        query::clear_default_status(&tx, new.phase).await?;
    }
    let row = status::ActiveModel {
        id: Set(StatusId(scope.fresh_id())),
        code: Set(code),
        phase: Set(new.phase),
        standard: Set(new.standard),
        position: Set(new.position.unwrap_or(1_000)),
        archived_at: Set(None),
        version: Set(1),
    };
    let made = row.insert(&tx).await.map_err(taken)?;
    query::write_labels(&tx, made.id.0, &labels).await?;
    let data = CatalogueData { phase: made.phase };
    tx.state(NewFact::new("status.created", ("status", made.id.0), &data).administrative());
    tx.commit(made).await
}

/// Changes a status label; `standard` makes it the one that entering its phase takes.
///
/// # Errors
/// FORBIDDEN without ADMIN; NOT_FOUND; STALE_VERSION; INVALID, TOO_LONG at `labels`; IN_USE when
/// the default of a phase is to be archived.
pub async fn update_status(
    scope: &Scope,
    change: CatalogueChange<StatusId>,
    standard: Option<Standard>,
) -> Result<status::Model> {
    scope.actor.require_role(Role::Admin)?;
    let labels = checked_labels(&change.labels, Fallback::There)?;
    let mut tx = scope.begin().await?;
    let found = query::status(&tx, change.id).await?.or_not_found("id")?;
    expect_version(change.expected_version, found.version)?;
    let standard = next_standard(&found, standard, change.archived)?;
    if standard == Standard::Default {
        query::clear_default_status(&tx, found.phase).await?;
    }
    let position = change.position.unwrap_or(found.position);
    let archived_at =
        change.archived.map_or(found.archived_at, |to| to.over(found.archived_at, scope.now));
    let version = found.version + 1;
    let mut row = found.into_active_model();
    row.standard = Set(standard);
    row.position = Set(position);
    row.archived_at = Set(archived_at);
    row.version = Set(version);
    let updated = row.update(&tx).await?;
    query::write_labels(&tx, updated.id.0, &labels).await?;
    let data = CatalogueData { phase: updated.phase };
    tx.state(NewFact::new("status.updated", ("status", updated.id.0), &data).administrative());
    tx.commit(updated).await
}

/// Every phase keeps exactly one default, and that one is in use.
fn next_standard(
    found: &status::Model,
    wanted: Option<Standard>,
    archived: Option<Archived>,
) -> Result<Standard> {
    let next = match (found.standard, wanted) {
        (Standard::Default, Some(Standard::Named)) => {
            return Err(Refusal::new(
                Code::InUse,
                "default",
                "Every phase needs one default. Make another status of this phase the default instead.",
            )
            .into());
        }
        (Standard::Default, _) | (_, Some(Standard::Default)) => Standard::Default,
        _ => Standard::Named,
    };
    let out_of_use = match archived {
        Some(archived) => archived == Archived::Yes,
        None => found.archived_at.is_some(),
    };
    if next == Standard::Default && out_of_use {
        return Err(Refusal::new(
            Code::InUse,
            "archived",
            "The default of a phase stays in use. Make another status of this phase the default first.",
        )
        .into());
    }
    Ok(next)
}

/// Changes to the settings of the organisation.
#[derive(Clone, Debug, Default)]
pub struct SettingsChange {
    /// Seconds between decision and announcement.
    pub hold_seconds: Option<i32>,
    /// Who reads ideas.
    pub read_policy: Option<ReadPolicy>,
    /// Who sees names of authors.
    pub author_names: Option<AuthorNames>,
    /// The organisation's own name for its programme.
    pub program_name: Option<String>,
    /// Whether an actual figure of an outcome may come before its target.
    pub outcome_order: Option<OutcomeOrder>,
    /// From when on nothing is sent that can wait, `HH:MM`.
    pub quiet_from: Option<String>,
    /// Until when; the same as `quiet_from`: no hours are quiet.
    pub quiet_to: Option<String>,
    /// When digests go out, `HH:MM`.
    pub digest_at: Option<String>,
    /// On which day the weekly digest does.
    pub digest_on: Option<Weekday>,
}

/// Names of the settings that changed.
#[derive(Serialize)]
struct SettingsData {
    keys: Vec<&'static str>,
}

/// Changes the settings.
///
/// # Errors
/// FORBIDDEN without ADMIN; INVALID at `holdSeconds` and at times of day; REQUIRED, TOO_LONG at `programName`.
pub async fn update_settings(scope: &Scope, change: SettingsChange) -> Result<Settings> {
    scope.actor.require_role(Role::Admin)?;
    let values = setting_values(change)?;
    let mut tx = scope.begin().await?;
    for (key, value) in &values {
        query::set(&tx, key, value.clone(), scope.now).await?;
    }
    let settings = query::settings(&tx).await?;
    if !values.is_empty() {
        let data = SettingsData { keys: values.iter().map(|(key, _)| *key).collect() };
        tx.state(
            NewFact::new("settings.updated", ("setting", Uuid::nil()), &data).administrative(),
        );
    }
    tx.commit(settings).await
}

fn setting_values(change: SettingsChange) -> Result<Vec<(&'static str, String)>> {
    let mut values = Vec::new();
    if let Some(seconds) = change.hold_seconds {
        values.push((settings::HOLD_SECONDS, checked_hold(seconds)?.to_string()));
    }
    if let Some(policy) = change.read_policy {
        values.push((settings::READ_POLICY, policy.as_str().to_owned()));
    }
    if let Some(names) = change.author_names {
        values.push((settings::AUTHOR_NAMES, names.as_str().to_owned()));
    }
    if let Some(name) = change.program_name {
        let limit = Limit { max: 80, ..Limit::NAME.called("programName") };
        values.push((settings::PROGRAM_NAME, bounded(&name, limit)?));
    }
    if let Some(order) = change.outcome_order {
        values.push((settings::OUTCOME_ORDER, order.to_string()));
    }
    for (key, field, time) in [
        (settings::QUIET_FROM, "quietFrom", change.quiet_from),
        (settings::QUIET_TO, "quietTo", change.quiet_to),
        (settings::DIGEST_AT, "digestAt", change.digest_at),
    ] {
        if let Some(time) = time {
            values.push((key, checked_time(&time, field)?.to_string()));
        }
    }
    if let Some(day) = change.digest_on {
        values.push((settings::DIGEST_ON, day.to_string()));
    }
    Ok(values)
}

fn checked_time(time: &str, field: &str) -> Result<TimeOfDay> {
    let read = time.trim().parse::<TimeOfDay>();
    read.map_err(|error| {
        Refusal::new(Code::Invalid, field, format!("{error}. Write one such as 20:00.")).into()
    })
}

fn checked_hold(seconds: i32) -> Result<u32> {
    u32::try_from(seconds).ok().filter(|held| *held <= settings::LONGEST_HOLD_SECONDS).ok_or_else(
        || {
            Refusal::new(
                Code::Invalid,
                "holdSeconds",
                format!(
                    "The hold is {seconds} seconds; choose 0 (announce at once) to {} (seven days).",
                    settings::LONGEST_HOLD_SECONDS
                ),
            )
            .into()
        },
    )
}

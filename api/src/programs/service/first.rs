//! The catalogue of a first start.

use entity::id::{ProgramId, ReasonId, StatusId};
use entity::instant::Instant;
use entity::programs::values::{ProgramKind, Standard};
use entity::programs::{program, reason, status};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::kit::error::Result;
use crate::kit::scope::{Scope, Tx};
use crate::kit::secret;
use crate::programs::catalogue::{self, Entry};
use crate::programs::query;
use crate::programs::settings::{self, Settings};

/// Lays the catalogue of a first start, once: the standing programme, a status for every phase,
/// reasons, settings. Later starts find the epoch of the log and touch nothing.
///
/// # Errors
/// A fault of the database.
pub async fn ensure_catalogue(scope: &Scope) -> Result<()> {
    if query::stored_setting(&scope.db(), settings::FACT_EPOCH).await?.is_some() {
        return Ok(());
    }
    let tx = scope.begin().await?;
    lay_catalogue(&tx, scope.now).await?;
    tx.commit(()).await
}

/// As [`ensure_catalogue`], within a transaction; leaves what is there.
///
/// # Errors
/// A fault of the database.
pub async fn lay_catalogue(tx: &Tx, now: Instant) -> Result<()> {
    lay_program(tx, now).await?;
    for (position, entry) in catalogue::STATUSES.iter().enumerate() {
        lay_status(tx, entry, position).await?;
    }
    for (position, entry) in catalogue::REASONS.iter().enumerate() {
        lay_reason(tx, entry, position).await?;
    }
    lay_settings(tx, now).await
}

fn or_leave() -> OnConflict {
    OnConflict::new().do_nothing().to_owned()
}

async fn lay_program(tx: &Tx, now: Instant) -> Result<()> {
    let row = program::ActiveModel {
        id: Set(ProgramId(catalogue::id_of("program", "STANDING"))),
        name: Set(settings::FIRST_NAME.to_owned()),
        kind: Set(ProgramKind::Standing),
        standard: Set(Standard::Default),
        ends_on: Set(None),
        archived_at: Set(None),
        created_at: Set(now),
        version: Set(1),
    };
    program::Entity::insert(row).on_conflict(or_leave()).exec_without_returning(tx).await?;
    Ok(())
}

async fn lay_status(tx: &Tx, entry: &Entry, position: usize) -> Result<()> {
    let id = catalogue::id_of("status", entry.code);
    let row = status::ActiveModel {
        id: Set(StatusId(id)),
        code: Set(entry.code.to_owned()),
        phase: Set(entry.phase),
        standard: Set(Standard::Default),
        position: Set(i32::try_from(position).unwrap_or(i32::MAX)),
        archived_at: Set(None),
        version: Set(1),
    };
    status::Entity::insert(row).on_conflict(or_leave()).exec_without_returning(tx).await?;
    query::write_labels(tx, id, &both_languages(entry)).await
}

async fn lay_reason(tx: &Tx, entry: &Entry, position: usize) -> Result<()> {
    let id = catalogue::id_of("reason", entry.code);
    let row = reason::ActiveModel {
        id: Set(ReasonId(id)),
        code: Set(entry.code.to_owned()),
        phase: Set(entry.phase),
        position: Set(i32::try_from(position).unwrap_or(i32::MAX)),
        archived_at: Set(None),
        version: Set(1),
    };
    reason::Entity::insert(row).on_conflict(or_leave()).exec_without_returning(tx).await?;
    query::write_labels(tx, id, &both_languages(entry)).await
}

fn both_languages(entry: &Entry) -> [(String, String); 2] {
    [("en".to_owned(), entry.en.to_owned()), ("es".to_owned(), entry.es.to_owned())]
}

async fn lay_settings(tx: &Tx, now: Instant) -> Result<()> {
    let first = Settings::default();
    let values = [
        (settings::HOLD_SECONDS, first.hold.seconds.to_string()),
        (settings::READ_POLICY, first.read_policy.as_str().to_owned()),
        (settings::AUTHOR_NAMES, first.author_names.as_str().to_owned()),
        (settings::PROGRAM_NAME, first.program_name),
        (settings::FACT_EPOCH, secret::hex(&secret::random::<4>()?)),
    ];
    for (key, value) in values {
        query::set_if_missing(tx, key, value, now).await?;
    }
    Ok(())
}

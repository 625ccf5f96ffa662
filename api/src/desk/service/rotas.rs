//! Whose day it is: a rota for a unit and all below it.

use std::collections::HashMap;

use entity::desk::rota;
use entity::desk::turns::{MOST_TURNS, WEEKDAYS, on_duty};
use entity::desk::values::RotaKind;
use entity::id::{PersonId, RotaId, UnitId};
use entity::identity::values::Role;
use entity::instant::Day;
use serde::Serialize;

use crate::desk::{policy, query};
use crate::identity;
use crate::identity::zone;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};

/// The rota of a unit, as it is to be.
#[derive(Clone, Debug)]
pub struct SetRota {
    /// Which unit.
    pub unit: UnitId,
    /// The version that the asker read; none where there was no rota.
    pub expected_version: Option<i32>,
    /// By weekday or in turns.
    pub kind: RotaKind,
    /// The day of the first turn; today when not named.
    pub starts_on: Option<Day>,
    /// Positions (weekday 1 to 7, or the turn from 0 on) with their people.
    pub places: Vec<(i32, PersonId)>,
}

#[derive(Serialize)]
struct RotaData {
    unit: UnitId,
    kind: RotaKind,
}

pub(super) fn fact(kind: &'static str, row: &rota::Model) -> NewFact {
    let data = RotaData { unit: row.unit_id, kind: row.kind };
    NewFact::new(kind, ("rota", row.id.0), &data).administrative()
}

/// "On Mondays she looks": makes the rota of a unit, or puts another in its place.
///
/// # Errors
/// NOT_FOUND at `unitId`, FORBIDDEN, STALE_VERSION, REQUIRED or INVALID naming the field.
pub async fn set(scope: &Scope, cmd: SetRota) -> Result<rota::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let lineage = may_keep(&tx, scope, cmd.unit).await?;
    let found = query::rota_locked(&tx, cmd.unit).await?;
    let version = found.as_ref().map(|row| row.version);
    if cmd.expected_version.is_some() && cmd.expected_version != version {
        return Err(Refusal::stale(version.unwrap_or(0)).into());
    }
    check_places(&tx, &cmd, &lineage).await?;
    let today = zone::today(&tx, cmd.unit, scope.now).await?;
    let starts_on = cmd.starts_on.or(found.as_ref().map(|row| row.starts_on)).unwrap_or(today);
    let row = rota::Model {
        id: found.as_ref().map_or_else(|| RotaId(scope.fresh_id()), |row| row.id),
        unit_id: cmd.unit,
        kind: cmd.kind,
        starts_on,
        created_at: found.as_ref().map_or(scope.now, |row| row.created_at),
        updated_at: scope.now,
        version: version.map_or(1, |version| version + 1),
    };
    query::put_rota(&tx, &row, &cmd.places).await?;
    tx.state(fact("rota.updated", &row));
    tx.commit(row).await
}

/// "We do it otherwise": takes the rota of a unit away.
///
/// # Errors
/// NOT_FOUND at `unitId`, FORBIDDEN, STALE_VERSION.
pub async fn remove(
    scope: &Scope,
    unit: UnitId,
    expected_version: Option<i32>,
) -> Result<rota::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    may_keep(&tx, scope, unit).await?;
    let found = query::rota_locked(&tx, unit).await?.or_not_found("unitId")?;
    if expected_version.is_some_and(|version| version != found.version) {
        return Err(Refusal::stale(found.version).into());
    }
    query::delete_rota(&tx, found.id).await?;
    tx.state(fact("rota.removed", &found));
    tx.commit(found).await
}

/// The ancestors of a unit whose rota the asker keeps.
async fn may_keep(tx: &Tx, scope: &Scope, unit: UnitId) -> Result<Vec<UnitId>> {
    // One at a time: two first rotas of a unit would be two rows.
    identity::query::unit_locked(tx, &scope.actor, unit).await?.or_not_found("unitId")?;
    let lineage = identity::query::lineages(tx, &[unit]).await?.remove(&unit).unwrap_or_default();
    policy::may_keep_rota(&scope.actor, &lineage)?;
    Ok(lineage)
}

async fn check_places(tx: &Tx, cmd: &SetRota, lineage: &[UnitId]) -> Result<()> {
    let field = match cmd.kind {
        RotaKind::Weekly => "week",
        RotaKind::Turns => "turns",
    };
    let refuse = |code, message: String| Err(Refusal::new(code, field, message).into());
    if cmd.places.is_empty() {
        return refuse(Code::Required, String::from("Name at least one reviewer."));
    }
    let most = match cmd.kind {
        RotaKind::Weekly => usize::try_from(WEEKDAYS).unwrap_or_default(),
        RotaKind::Turns => MOST_TURNS,
    };
    let mut positions: Vec<i32> = cmd.places.iter().map(|(position, _)| *position).collect();
    positions.sort_unstable();
    positions.dedup();
    if positions.len() < cmd.places.len() {
        return refuse(
            Code::Invalid,
            String::from("A weekday is there twice. Name one reviewer for each."),
        );
    }
    if cmd.places.len() > most {
        return refuse(Code::Invalid, format!("A rota has at most {most} places."));
    }
    let people: Vec<PersonId> = cmd.places.iter().map(|(_, person)| *person).collect();
    let reviewers = reviewers_among(tx, &people, lineage).await?;
    if people.iter().all(|person| reviewers.contains(person)) {
        return Ok(());
    }
    refuse(
        Code::Invalid,
        String::from(
            "Somebody here does not review this unit. Choose reviewers of it who work here.",
        ),
    )
}

/// Who of these works here and holds REVIEWER over a unit with these ancestors.
pub(super) async fn reviewers_among(
    tx: &Tx,
    people: &[PersonId],
    lineage: &[UnitId],
) -> Result<Vec<PersonId>> {
    let active: Vec<PersonId> =
        query::active_people(tx, people).await?.into_iter().map(|person| person.id).collect();
    let grants = identity::query::grants_of_people(tx, &active).await?;
    Ok(grants
        .into_iter()
        .filter(|grant| grant.role == Role::Reviewer && lineage.contains(&grant.unit_id))
        .filter_map(|grant| grant.person_id)
        .collect())
}

/// Whose day it is, and whether somebody stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnDuty {
    /// Whose day it is by the rota.
    pub person: PersonId,
    /// Who does it: the person, or who stands in; nobody when away without one.
    pub acts: Option<PersonId>,
}

/// Whose day it is today in each of these units, by the nearest rota at or above it, in the unit's
/// own zone. Four statements, however many units.
///
/// # Errors
/// A fault of the database.
pub async fn on_duty_today(scope: &Scope, units: &[UnitId]) -> Result<HashMap<UnitId, OnDuty>> {
    let db = scope.db();
    let lineages = identity::query::lineages(&db, units).await?;
    let mut above: Vec<UnitId> = lineages.values().flatten().copied().collect();
    above.sort_unstable();
    above.dedup();
    let rotas = query::rotas_of(&db, &above).await?;
    let ids: Vec<RotaId> = rotas.iter().map(|row| row.id).collect();
    let places = query::places_of(&db, &ids).await?;
    let days = zone::days(&db, units, scope.now).await?;
    let mut found = HashMap::new();
    for (unit, lineage) in &lineages {
        let nearest = lineage.iter().find_map(|it| rotas.iter().find(|row| row.unit_id == *it));
        let (Some(row), Some(day)) = (nearest, days.get(unit)) else { continue };
        let places = places.get(&row.id).map_or(&[][..], Vec::as_slice);
        if let Some(person) = on_duty(row.kind, row.starts_on, places, *day) {
            found.insert(*unit, (person, *day));
        }
    }
    let people: Vec<PersonId> = found.values().map(|(person, _)| *person).collect();
    let away = query::absences_of(&db, &people, query::around(scope.now)).await?;
    Ok(found
        .into_iter()
        .map(|(unit, (person, day))| {
            let absent = away
                .iter()
                .find(|it| it.person_id == person && it.from_on <= day && day <= it.to_on);
            let acts = absent.map_or(Some(person), |absence| absence.delegate_id);
            (unit, OnDuty { person, acts })
        })
        .collect())
}

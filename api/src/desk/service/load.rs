//! To whom work may be given: how much they have, whether they are there, whose day it is.

use std::collections::HashMap;

use entity::desk::absence;
use entity::id::{PersonId, UnitId};
use entity::instant::Day;
use serde::Serialize;

use super::absences::may_plan_for;
use super::rotas;
use crate::desk::policy;
use crate::desk::query::{self, Loaded};
use crate::identity;
use crate::identity::zone;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::Scope;

/// Highest limit of load.
pub const HIGHEST: i32 = 10_000;

/// One to whom a submission of a unit may be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Who.
    pub person: PersonId,
    /// Open submissions assigned to them, of all units.
    pub open: i64,
    /// Their limit: their own, else the organisation's.
    pub limit: Option<i32>,
    /// The absence of today, when there is one.
    pub away: Option<Away>,
    /// Whether it is their day.
    pub duty: Duty,
}

/// Until when somebody is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away {
    /// Last day.
    pub until: Day,
    /// Who stands in.
    pub delegate: Option<PersonId>,
}

/// Whether it is somebody's day by the rota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// It is, or they stand in for whose it is.
    On,
    /// It is not.
    Off,
}

impl Choice {
    /// Whether they have more than they should, or would with one more.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.limit.is_some_and(|limit| self.open >= i64::from(limit))
    }
}

/// Who reviews each of these units, with load, absence and rota. A fixed number of statements,
/// however many units and people.
///
/// # Errors
/// A fault of the database.
pub async fn choices(scope: &Scope, units: &[UnitId]) -> Result<HashMap<UnitId, Vec<Choice>>> {
    let db = scope.db();
    let loaded = query::reviewers_with_load(&db, units).await?;
    let of_all = query::limit_of_all(&db).await?;
    let mut people: Vec<PersonId> = loaded.values().flatten().map(|it| it.person).collect();
    people.sort_unstable();
    people.dedup();
    let away = query::absences_of(&db, &people, query::around(scope.now)).await?;
    let days = zone::days(&db, units, scope.now).await?;
    let duties = rotas::on_duty_today(scope, units).await?;
    Ok(loaded
        .into_iter()
        .map(|(unit, people)| {
            let day = days.get(&unit).copied().unwrap_or_else(|| scope.now.day());
            let acts = duties.get(&unit).and_then(|duty| duty.acts);
            let choices = people.into_iter().map(|it| Choice {
                person: it.person,
                open: it.open,
                limit: it.limit.or(of_all),
                away: away_on(&away, it.person, day),
                duty: if acts == Some(it.person) { Duty::On } else { Duty::Off },
            });
            (unit, choices.collect())
        })
        .collect())
}

fn away_on(absences: &[absence::Model], person: PersonId, day: Day) -> Option<Away> {
    absences
        .iter()
        .find(|it| it.person_id == person && it.from_on <= day && day <= it.to_on)
        .map(|it| Away { until: it.to_on, delegate: it.delegate_id })
}

/// That somebody has more open work than they should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overload {
    /// Who.
    pub person: PersonId,
    /// How much they have.
    pub open: i64,
    /// How much they should have at most.
    pub limit: i32,
}

/// Whether somebody who was just given something has too much now. A warning, never a refusal.
///
/// # Errors
/// A fault of the database.
pub async fn overload(scope: &Scope, person: PersonId) -> Result<Option<Overload>> {
    let db = scope.db();
    let Some(Loaded { open, limit, .. }) = query::load_of(&db, person).await? else {
        return Ok(None);
    };
    let limit = match limit {
        Some(limit) => Some(limit),
        None => query::limit_of_all(&db).await?,
    };
    let over = limit.filter(|limit| open > i64::from(*limit));
    Ok(over.map(|limit| Overload { person, open, limit }))
}

/// How much open work there should be at most.
#[derive(Clone, Debug)]
pub struct SetLimit {
    /// For whom; everybody without a limit of their own when not named.
    pub person: Option<PersonId>,
    /// Open submissions; none takes the limit away.
    pub limit: Option<i32>,
}

#[derive(Serialize)]
struct LimitData {
    person: Option<PersonId>,
    limit: Option<i32>,
}

/// "Not more than twenty at a time": sets a limit of load, of one person or of all. It warns and
/// refuses nothing.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND at `personId`, INVALID at `limit`.
pub async fn set_limit(scope: &Scope, cmd: SetLimit) -> Result<Option<i32>> {
    scope.actor.require_person()?;
    if cmd.limit.is_some_and(|limit| !(1..=HIGHEST).contains(&limit)) {
        let cure = format!("A limit is 1 to {HIGHEST} open submissions; `null` takes it away.");
        return Err(Refusal::new(Code::Invalid, "limit", cure).into());
    }
    let mut tx = scope.begin().await?;
    match cmd.person {
        Some(id) => {
            let found = identity::query::person(&tx, &scope.actor, id).await?;
            may_plan_for(&tx, scope, &found.or_not_found("personId")?).await?;
            query::set_limit_of(&tx, id, cmd.limit, scope.now).await?;
        }
        None => {
            let root = identity::query::root(&tx).await?.or_not_found("")?;
            policy::may_set_limit_of_all(&scope.actor, root.id)?;
            query::set_limit_of_all(&tx, cmd.limit, scope.now).await?;
        }
    }
    let data = LimitData { person: cmd.person, limit: cmd.limit };
    let subject = cmd.person.map_or(uuid::Uuid::nil(), |person| person.0);
    tx.state(NewFact::new("load_limit.set", ("person", subject), &data).administrative());
    tx.commit(cmd.limit).await
}

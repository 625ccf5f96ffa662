//! Being away: from when to when, and who stands in.

use entity::desk::absence;
use entity::desk::turns::overlap;
use entity::id::{AbsenceId, PersonId, TypedId as _, UnitId};
use entity::identity::person;
use entity::identity::values::Role;
use entity::instant::{DAY, Day};
use serde::Serialize;

use crate::db::dialect;
use crate::desk::{policy, query};
use crate::identity;
use crate::identity::zone;
use crate::kit::change::Change;
use crate::kit::client_key::{Claim, ClientKey, claim};
use crate::kit::error::{Code, Fault, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::service::Receipt;

/// Longest absence, in days.
pub const LONGEST: i64 = 366;
/// What absences take turns by: two that are each sound could make a circle together.
const ABSENCES: &str = "absences";

/// Days to be away.
#[derive(Clone, Debug, Serialize)]
pub struct NewAbsence {
    /// Who; the asker when not named.
    pub person: Option<PersonId>,
    /// First day.
    #[serde(serialize_with = "as_text")]
    pub from: Day,
    /// Last day.
    #[serde(serialize_with = "as_text")]
    pub to: Day,
    /// Who stands in.
    pub delegate: Option<PersonId>,
}

fn as_text<S: serde::Serializer>(day: &Day, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(day)
}

/// Other days, or somebody else who stands in.
#[derive(Clone, Debug)]
pub struct UpdateAbsence {
    /// Which.
    pub id: AbsenceId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// Another first day.
    pub from: Option<Day>,
    /// Another last day.
    pub to: Option<Day>,
    /// Somebody else who stands in.
    pub delegate: Change<PersonId>,
}

/// An absence as entered, and whether that was now.
#[derive(Clone, Debug)]
pub struct Made {
    /// The absence.
    pub absence: absence::Model,
    /// Now, or before.
    pub receipt: Receipt,
}

#[derive(Serialize)]
struct AbsenceData {
    person: PersonId,
    delegate: Option<PersonId>,
    from: String,
    to: String,
}

pub(super) fn fact(kind: &'static str, row: &absence::Model) -> NewFact {
    let data = AbsenceData {
        person: row.person_id,
        delegate: row.delegate_id,
        from: row.from_on.to_string(),
        to: row.to_on.to_string(),
    };
    NewFact::new(kind, ("absence", row.id.0), &data).administrative()
}

/// "I am away, and she stands in": new work goes to nobody who is away.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND at `personId` or `delegateId`, INVALID naming the field,
/// IDEMPOTENCY_KEY_REUSED.
pub async fn create(scope: &Scope, new: NewAbsence, client_key: Option<&str>) -> Result<Made> {
    let me = scope.actor.require_person()?;
    let key = ClientKey::of(client_key, &new)?;
    let id = AbsenceId(scope.fresh_id());
    let mut tx = scope.begin().await?;
    let person = who(&tx, scope, new.person.unwrap_or(me)).await?;
    if let Claim::Received(before) = claim(&tx, scope, key.as_ref(), &id.to_string()).await? {
        let before = AbsenceId::parse(&before)
            .map_err(|_| Fault::internal("a client key points at no absence"))?;
        let absence = query::absence(&tx, &scope.actor, before).await?.or_not_found("clientKey")?;
        return tx.commit(Made { absence, receipt: Receipt::Already }).await;
    }
    let row = absence::Model {
        id,
        person_id: person.id,
        from_on: new.from,
        to_on: new.to,
        delegate_id: new.delegate,
        created_by: Some(me),
        cancelled_at: None,
        created_at: scope.now,
        version: 1,
    };
    alone(&tx).await?;
    check(&tx, scope, &row, &person).await?;
    query::insert_absence(&tx, &row).await?;
    tx.state(fact("absence.created", &row));
    tx.commit(Made { absence: row, receipt: Receipt::Fresh }).await
}

/// "Later than I thought": changes the days or who stands in.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, STALE_VERSION, TOO_LATE once it is over or was taken back, INVALID naming
/// the field.
pub async fn update(scope: &Scope, cmd: UpdateAbsence) -> Result<absence::Model> {
    let mut tx = scope.begin().await?;
    let (found, person) = open(&tx, scope, (cmd.id, cmd.expected_version)).await?;
    let row = absence::Model {
        from_on: cmd.from.unwrap_or(found.from_on),
        to_on: cmd.to.unwrap_or(found.to_on),
        delegate_id: cmd.delegate.of(found.delegate_id),
        version: found.version + 1,
        ..found
    };
    alone(&tx).await?;
    check(&tx, scope, &row, &person).await?;
    query::store_absence(&tx, &row).await?;
    tx.state(fact("absence.updated", &row));
    tx.commit(row).await
}

/// "I am here after all": takes an absence back.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND, STALE_VERSION, TOO_LATE once it is over or was taken back.
pub async fn cancel(
    scope: &Scope,
    id: AbsenceId,
    expected_version: Option<i32>,
) -> Result<absence::Model> {
    let mut tx = scope.begin().await?;
    let (found, _) = open(&tx, scope, (id, expected_version)).await?;
    let row = absence::Model { cancelled_at: Some(scope.now), version: found.version + 1, ..found };
    query::store_absence(&tx, &row).await?;
    tx.state(fact("absence.cancelled", &row));
    tx.commit(row).await
}

/// Waits until this transaction is the only one that plans absences.
pub(super) async fn alone(tx: &Tx) -> Result<()> {
    dialect::alone_with(tx, ABSENCES).await
}

/// The person whose days the asker may plan.
async fn who(tx: &Tx, scope: &Scope, id: PersonId) -> Result<person::Model> {
    let person = identity::query::person(tx, &scope.actor, id).await?.or_not_found("personId")?;
    if person.deactivated_at.is_some() {
        return Err(Refusal::not_found("personId").into());
    }
    may_plan_for(tx, scope, &person).await?;
    Ok(person)
}

/// Whether the asker may plan for a person.
pub(super) async fn may_plan_for(tx: &Tx, scope: &Scope, person: &person::Model) -> Result<()> {
    let home = person.home_unit_id;
    let lineages = identity::query::lineages(tx, &[home]).await?;
    let lineage = lineages.get(&home).cloned().unwrap_or_default();
    policy::may_plan_for(&scope.actor, person.id, &lineage)
}

/// An absence that can still be changed, locked, and whose it is.
async fn open(
    tx: &Tx,
    scope: &Scope,
    (id, expected): (AbsenceId, Option<i32>),
) -> Result<(absence::Model, person::Model)> {
    scope.actor.require_person()?;
    let found = query::absence_locked(tx, &scope.actor, id).await?.or_not_found("id")?;
    let people = identity::query::people_by_ids(tx, &[found.person_id]).await?;
    let person = people.into_iter().next().or_not_found("id")?;
    may_plan_for(tx, scope, &person).await?;
    if expected.is_some_and(|version| version != found.version) {
        return Err(Refusal::stale(found.version).into());
    }
    let today = zone::today(tx, person.home_unit_id, scope.now).await?;
    if found.cancelled_at.is_some() || found.to_on < today {
        return Err(Refusal::new(
            Code::TooLate,
            "id",
            "This absence is over or was taken back. Enter a new one.",
        )
        .into());
    }
    Ok((found, person))
}

fn invalid<T>(field: &str, message: impl Into<String>) -> Result<T> {
    Err(Refusal::new(Code::Invalid, field, message).into())
}

/// Whether an absence is sound among all others. Its transaction is alone with absences.
pub(super) async fn check(
    tx: &Tx,
    scope: &Scope,
    row: &absence::Model,
    person: &person::Model,
) -> Result<()> {
    let today = zone::today(tx, person.home_unit_id, scope.now).await?;
    check_days(row, today)?;
    let span = (row.from_on, row.to_on);
    let own = query::absences_of(tx, &[person.id], span).await?;
    if let Some(other) = own.iter().find(|other| other.id != row.id) {
        return invalid(
            "from",
            format!(
                "There is an absence from {} to {} already. Change that one.",
                other.from_on, other.to_on
            ),
        );
    }
    let relied_on = query::absences_with(tx, person.id, span).await?;
    if let Some(other) = relied_on.iter().find(|other| overlap(span, (other.from_on, other.to_on)))
    {
        return invalid(
            "from",
            format!(
                "This person stands in for somebody else from {} to {}. Let somebody else stand in there first.",
                other.from_on, other.to_on
            ),
        );
    }
    match row.delegate_id {
        Some(delegate) => check_delegate(tx, row, delegate).await,
        None => Ok(()),
    }
}

fn check_days(row: &absence::Model, today: Day) -> Result<()> {
    if row.to_on < row.from_on {
        return invalid("to", "The last day is before the first. Exchange them.");
    }
    if row.to_on < today {
        return invalid("to", format!("The last day {} is past. Enter days to come.", row.to_on));
    }
    let days = row.to_on.start().since(row.from_on.start()) / DAY + 1;
    if days > LONGEST {
        return invalid(
            "to",
            format!("{days} days are too long for one absence; enter at most {LONGEST}."),
        );
    }
    Ok(())
}

/// Who stands in is there, is somebody else, is not away, and reviews all that the person reviews.
pub(super) async fn check_delegate(
    tx: &Tx,
    row: &absence::Model,
    delegate: PersonId,
) -> Result<()> {
    if delegate == row.person_id {
        return invalid("delegateId", "Nobody stands in for themselves. Choose somebody else.");
    }
    query::active_people(tx, &[delegate]).await?.into_iter().next().or_not_found("delegateId")?;
    let away = query::absences_of(tx, &[delegate], (row.from_on, row.to_on)).await?;
    if let Some(other) = away.first() {
        return invalid(
            "delegateId",
            format!(
                "This person is away from {} to {}. Choose somebody who is here.",
                other.from_on, other.to_on
            ),
        );
    }
    if reviews_all_of(tx, delegate, row.person_id).await? {
        return Ok(());
    }
    invalid(
        "delegateId",
        "This person does not review all units that the absent one reviews. Choose a reviewer of the same units.",
    )
}

/// Whether `one` holds REVIEWER over every unit where `other` does.
pub(super) async fn reviews_all_of(tx: &Tx, one: PersonId, other: PersonId) -> Result<bool> {
    let grants = identity::query::grants_of_people(tx, &[one, other]).await?;
    let of = |person: PersonId| {
        let held = grants.iter().filter(move |it| it.person_id == Some(person));
        held.filter(|it| it.role == Role::Reviewer).map(|it| it.unit_id)
    };
    let needed: Vec<UnitId> = of(other).collect();
    let held: Vec<UnitId> = of(one).collect();
    let lineages = identity::query::lineages(tx, &needed).await?;
    Ok(needed.iter().all(|unit| {
        lineages.get(unit).is_some_and(|lineage| lineage.iter().any(|it| held.contains(it)))
    }))
}

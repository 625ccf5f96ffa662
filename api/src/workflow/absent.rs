//! Whether somebody is away: work is not given to who cannot do it.

use entity::desk::absence;
use entity::id::PersonId;
use sea_orm::ConnectionTrait;

use super::query;
use crate::identity::{self, zone};
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::Scope;

/// The absence of a person today, as the day is in their home unit. At most three statements.
///
/// # Errors
/// A fault of the database.
pub async fn today<C: ConnectionTrait>(
    conn: &C,
    scope: &Scope,
    person: PersonId,
) -> Result<Option<absence::Model>> {
    let around = query::absences_around(conn, person, scope.now).await?;
    if around.is_empty() {
        return Ok(None);
    }
    let Some(row) = query::active_person(conn, person).await? else { return Ok(None) };
    let day = zone::today(conn, row.home_unit_id, scope.now).await?;
    Ok(around.into_iter().find(|absence| absence.from_on <= day && day <= absence.to_on))
}

/// Somebody who works here, and cannot leave before the transaction ends: what they are given in it
/// is there when their leaving asks for it.
///
/// # Errors
/// NOT_FOUND at `field`.
pub async fn stays<C: ConnectionTrait>(tx: &C, person: PersonId, field: &str) -> Result<()> {
    identity::query::staying_person(tx, person).await?.or_not_found(field).map(|_| ())
}

/// Refuses to give work to somebody who has left or is away, and names who stands in. Whoever is away
/// may still take something themselves. Nobody who is given work leaves before it is written.
pub(super) async fn refuse<C: ConnectionTrait>(
    conn: &C,
    scope: &Scope,
    person: PersonId,
) -> Result<()> {
    stays(conn, person, "assigneeId").await?;
    if scope.actor.person() == Some(person) {
        return Ok(());
    }
    let Some(absence) = today(conn, scope, person).await? else { return Ok(()) };
    let stands_in = match absence.delegate_id {
        Some(id) => query::active_person(conn, id).await?,
        None => None,
    };
    let cure = match &stands_in {
        Some(person) => format!("{} stands in: give it to them.", person.name),
        None => String::from("Nobody stands in: choose another reviewer."),
    };
    Err(Refusal::new(
        Code::Invalid,
        "assigneeId",
        format!("This person is away until {}. {cure}", absence.to_on),
    )
    .allowing(stands_in.iter().map(|person| person.id.to_string()).collect())
    .into())
}

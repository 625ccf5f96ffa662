//! Verbs of journeys and touchpoints: for administrators and reviewers.

use entity::id::{JourneyId, PersonId, TouchpointId};
use entity::identity::values::Role;
use entity::instant::Instant;
use entity::journey::{journey, touchpoint};
use entity::submissions::text::{Limit, bounded};
use sea_orm::{ActiveModelTrait as _, ActiveValue::Set, IntoActiveModel as _};

use super::query;
use crate::identity;
use crate::kit::actor::{Actor, Principal};
use crate::kit::change::Change;
use crate::kit::error::{Code, Error, OrNotFound as _, Refusal, Result, is_unique_violation};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};

/// Whether a journey or touchpoint is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InUse {
    /// It can be chosen.
    Yes,
    /// It can not; what points at it keeps pointing at it.
    No,
}

impl InUse {
    fn over(self, present: Option<Instant>, now: Instant) -> Option<Instant> {
        match self {
            Self::Yes => None,
            Self::No => present.or(Some(now)),
        }
    }
}

/// A journey, or a touchpoint, to make.
#[derive(Clone, Debug)]
pub struct New {
    /// Its name.
    pub name: String,
    /// Order in lists.
    pub position: Option<i32>,
    /// Who answers for it.
    pub owner: Option<PersonId>,
}

/// Changes to a journey or touchpoint.
#[derive(Clone, Debug)]
pub struct Update<Id> {
    /// Which one.
    pub id: Id,
    /// The version that the caller read.
    pub expected_version: Option<i32>,
    /// A new name.
    pub name: Option<String>,
    /// Order in lists.
    pub position: Option<i32>,
    /// Who answers for it.
    pub owner: Change<PersonId>,
    /// In use or not.
    pub in_use: Option<InUse>,
}

fn may_edit(actor: &Actor) -> Result<()> {
    actor.require_signed_in()?;
    let may = actor.principal == Principal::System
        || actor.holds(Role::Admin)
        || actor.holds(Role::Reviewer);
    if may { Ok(()) } else { Err(Refusal::forbidden("the role ADMIN or REVIEWER").into()) }
}

fn taken(error: sea_orm::DbErr) -> Error {
    if is_unique_violation(&error) {
        let message = "This name is there already. Choose another one, or use that one.";
        return Refusal::new(Code::Taken, "name", message).into();
    }
    error.into()
}

async fn check_owner(tx: &Tx, owner: Option<PersonId>) -> Result<()> {
    if let Some(person) = owner {
        identity::query::staying_person(tx, person).await?.or_not_found("ownerId")?;
    }
    Ok(())
}

fn expect(expected: Option<i32>, found: i32) -> Result<()> {
    match expected {
        Some(version) if version != found => Err(Refusal::stale(found).into()),
        _ => Ok(()),
    }
}

/// Makes a journey.
///
/// # Errors
/// FORBIDDEN without ADMIN or REVIEWER; REQUIRED, TOO_LONG, TAKEN at `name`; NOT_FOUND at
/// `ownerId`.
pub async fn create_journey(scope: &Scope, new: New) -> Result<journey::Model> {
    may_edit(&scope.actor)?;
    let name = bounded(&new.name, Limit::NAME)?;
    let mut tx = scope.begin().await?;
    check_owner(&tx, new.owner).await?;
    let row = journey::ActiveModel {
        id: Set(JourneyId(scope.fresh_id())),
        name: Set(name),
        position: Set(new.position.unwrap_or(1_000)),
        owner_id: Set(new.owner),
        archived_at: Set(None),
        created_at: Set(scope.now),
        version: Set(1),
    };
    let made = row.insert(&tx).await.map_err(taken)?;
    tx.state(NewFact::new("journey.created", ("journey", made.id.0), &()));
    tx.commit(made).await
}

/// Changes a journey.
///
/// # Errors
/// FORBIDDEN without ADMIN or REVIEWER; NOT_FOUND; STALE_VERSION; REQUIRED, TOO_LONG, TAKEN at
/// `name`.
pub async fn update_journey(scope: &Scope, cmd: Update<JourneyId>) -> Result<journey::Model> {
    may_edit(&scope.actor)?;
    let name = cmd.name.as_deref().map(|name| bounded(name, Limit::NAME)).transpose()?;
    let mut tx = scope.begin().await?;
    let found = query::journey(&tx, cmd.id).await?.or_not_found("id")?;
    expect(cmd.expected_version, found.version)?;
    check_owner(&tx, cmd.owner.set()).await?;
    let mut row = found.clone().into_active_model();
    row.name = Set(name.unwrap_or(found.name));
    row.position = Set(cmd.position.unwrap_or(found.position));
    row.owner_id = Set(cmd.owner.of(found.owner_id));
    row.archived_at =
        Set(cmd.in_use.map_or(found.archived_at, |to| to.over(found.archived_at, scope.now)));
    row.version = Set(found.version + 1);
    let updated = row.update(&tx).await.map_err(taken)?;
    tx.state(NewFact::new("journey.updated", ("journey", updated.id.0), &()));
    tx.commit(updated).await
}

/// Makes a touchpoint of a journey.
///
/// # Errors
/// FORBIDDEN without ADMIN or REVIEWER; NOT_FOUND at `journeyId` or `ownerId`; REQUIRED, TOO_LONG,
/// TAKEN at `name`.
pub async fn create_touchpoint(
    scope: &Scope,
    journey: JourneyId,
    new: New,
) -> Result<touchpoint::Model> {
    may_edit(&scope.actor)?;
    let name = bounded(&new.name, Limit::NAME)?;
    let mut tx = scope.begin().await?;
    query::journey(&tx, journey).await?.or_not_found("journeyId")?;
    check_owner(&tx, new.owner).await?;
    let row = touchpoint::ActiveModel {
        id: Set(TouchpointId(scope.fresh_id())),
        journey_id: Set(journey),
        name: Set(name),
        position: Set(new.position.unwrap_or(1_000)),
        owner_id: Set(new.owner),
        archived_at: Set(None),
        created_at: Set(scope.now),
        version: Set(1),
    };
    let made = row.insert(&tx).await.map_err(taken)?;
    tx.state(NewFact::new("touchpoint.created", ("touchpoint", made.id.0), &()));
    tx.commit(made).await
}

/// Changes a touchpoint.
///
/// # Errors
/// FORBIDDEN without ADMIN or REVIEWER; NOT_FOUND; STALE_VERSION; REQUIRED, TOO_LONG, TAKEN at
/// `name`.
pub async fn update_touchpoint(
    scope: &Scope,
    cmd: Update<TouchpointId>,
) -> Result<touchpoint::Model> {
    may_edit(&scope.actor)?;
    let name = cmd.name.as_deref().map(|name| bounded(name, Limit::NAME)).transpose()?;
    let mut tx = scope.begin().await?;
    let found = query::touchpoint(&tx, cmd.id).await?.or_not_found("id")?;
    expect(cmd.expected_version, found.version)?;
    check_owner(&tx, cmd.owner.set()).await?;
    let mut row = found.clone().into_active_model();
    row.name = Set(name.unwrap_or(found.name));
    row.position = Set(cmd.position.unwrap_or(found.position));
    row.owner_id = Set(cmd.owner.of(found.owner_id));
    row.archived_at =
        Set(cmd.in_use.map_or(found.archived_at, |to| to.over(found.archived_at, scope.now)));
    row.version = Set(found.version + 1);
    let updated = row.update(&tx).await.map_err(taken)?;
    tx.state(NewFact::new("touchpoint.updated", ("touchpoint", updated.id.0), &()));
    tx.commit(updated).await
}

//! Roles: giving and taking them.

use entity::id::{GrantId, UnitId};
use entity::identity::grant;
use entity::identity::values::Role;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ModelTrait, QueryFilter};
use serde_json::json;

use super::people::keep_one_administrator;
use crate::identity::policy::{self, ROLES_OF_PEOPLE};
use crate::identity::query::{self, Holder};
use crate::kit::error::{Code, Error, OrNotFound as _, Refusal, Result, is_unique_violation};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};

/// A role to be given.
#[derive(Clone, Copy, Debug)]
pub struct NewGrant {
    /// To whom.
    pub holder: Holder,
    /// Which.
    pub role: Role,
    /// Where; the whole subtree.
    pub unit: UnitId,
}

async fn may_administer(tx: &Tx, scope: &Scope, unit: UnitId) -> Result<()> {
    let lineage: Vec<UnitId> =
        query::ancestry(tx, unit).await?.into_iter().map(|row| row.ancestor).collect();
    policy::may_administer(&scope.actor, &lineage)
}

/// Gives a role on a unit and everything below it. It counts from the next request on.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, TAKEN when it is held already, INVALID for a role that cannot be given.
pub async fn add(scope: &Scope, new: NewGrant) -> Result<grant::Model> {
    scope.actor.require_signed_in()?;
    let mut tx = scope.begin().await?;
    query::unit(&tx, &scope.actor, new.unit).await?.or_not_found("unitId")?;
    match new.holder {
        Holder::Person(id) => {
            query::person(&tx, &scope.actor, id).await?.or_not_found("personId").map(|_| ())?;
        }
        Holder::Service(id) => {
            query::service(&tx, &scope.actor, id).await?.or_not_found("serviceId").map(|_| ())?;
        }
    }
    may_administer(&tx, scope, new.unit).await?;
    fits(new)?;
    let made = insert(&mut tx, scope, new).await?;
    tx.commit(made).await
}

fn fits(new: NewGrant) -> Result<()> {
    let allowed: &[Role] = match new.holder {
        Holder::Person(_) => &ROLES_OF_PEOPLE,
        Holder::Service(_) => &[Role::Integration],
    };
    if allowed.contains(&new.role) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Invalid,
        "role",
        "This role cannot be given here. Everyone is an employee of the home unit without a grant, and integrations have the role INTEGRATION alone.",
    )
    .allowing(allowed.iter().map(ToString::to_string).collect())
    .into())
}

/// Writes a grant and states the fact.
///
/// # Errors
/// TAKEN when it is held already.
pub async fn insert(tx: &mut Tx, scope: &Scope, new: NewGrant) -> Result<grant::Model> {
    let (person, service) = match new.holder {
        Holder::Person(id) => (Some(id), None),
        Holder::Service(id) => (None, Some(id)),
    };
    let row = grant::ActiveModel {
        id: Set(GrantId(scope.fresh_id())),
        person_id: Set(person),
        service_id: Set(service),
        role: Set(new.role),
        unit_id: Set(new.unit),
        granted_by: Set(scope.actor.person()),
        created_at: Set(scope.now),
    };
    let made = row.insert(tx).await.map_err(held_already)?;
    tx.state(fact("grant.added", &made));
    Ok(made)
}

fn held_already(error: sea_orm::DbErr) -> Error {
    if is_unique_violation(&error) {
        return Refusal::new(
            Code::Taken,
            "role",
            "This role is held on this unit already. Nothing needs to be done.",
        )
        .into();
    }
    error.into()
}

fn fact(kind: &'static str, grant: &grant::Model) -> NewFact {
    let data = json!({
        "person": grant.person_id.map(|id| id.to_string()),
        "service": grant.service_id.map(|id| id.to_string()),
        "role": grant.role,
        "unit": grant.unit_id.to_string(),
    });
    NewFact::new(kind, ("grant", grant.id.0), &data).administrative()
}

/// Takes a role away, from the next request on; in the transaction of `desk`, which asks what would
/// be left without a reviewer.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN; IN_USE for the last administrator.
pub async fn remove_within(tx: &mut Tx, scope: &Scope, id: GrantId) -> Result<grant::Model> {
    let held = query::grants_visible_to(&scope.actor)
        .filter(grant::Column::Id.eq(id))
        .one(&**tx)
        .await?
        .or_not_found("id")?;
    may_administer(tx, scope, held.unit_id).await?;
    if let Some(person) = held.person_id {
        query::hold_person(&**tx, person).await?;
    }
    if let (Role::Admin, Some(person)) = (held.role, held.person_id) {
        let own = query::grants_of_people(&**tx, &[person]).await?;
        if own.iter().filter(|grant| grant.role == Role::Admin).count() == 1 {
            keep_one_administrator(tx, person).await?;
        }
    }
    held.clone().delete(&**tx).await?;
    tx.state(fact("grant.removed", &held));
    Ok(held)
}

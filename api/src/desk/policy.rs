//! Who plans whose days, keeps rotas and hands work over. Pure.

use entity::id::{PersonId, UnitId};
use entity::identity::values::Role;

use crate::identity;
use crate::kit::actor::{Actor, Principal};
use crate::kit::error::{Refusal, Result};

/// One's own days and work, and those of the people whom one leads: MANAGER or ADMIN over their
/// home unit.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_plan_for(actor: &Actor, person: PersonId, home: &[UnitId]) -> Result<()> {
    if actor.person() == Some(person) {
        return Ok(());
    }
    identity::policy::may_lead(actor, home)
}

/// A rota is kept by reviewers and administrators of its unit.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_keep_rota(actor: &Actor, lineage: &[UnitId]) -> Result<()> {
    actor.require_signed_in()?;
    let roles = [Role::Reviewer, Role::Admin];
    let may = actor.principal == Principal::System
        || roles.into_iter().any(|role| actor.covers(role, lineage));
    if may {
        return Ok(());
    }
    Err(Refusal::forbidden("the role REVIEWER or ADMIN on this unit or above").into())
}

/// Rotas and absences are seen by those who share out work or lead people.
#[must_use]
pub fn sees_the_desk(actor: &Actor) -> bool {
    let roles = [Role::Reviewer, Role::Manager, Role::Admin];
    actor.principal == Principal::System || roles.into_iter().any(|role| actor.holds(role))
}

/// As [`sees_the_desk`], for lists.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_look(actor: &Actor) -> Result<()> {
    actor.require_signed_in()?;
    if sees_the_desk(actor) {
        return Ok(());
    }
    Err(Refusal::forbidden("the role REVIEWER, MANAGER or ADMIN").into())
}

/// The organisation's limit of load is set by its administrators.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_set_limit_of_all(actor: &Actor, root: UnitId) -> Result<()> {
    identity::policy::may_administer(actor, &[root])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::actor::Held;
    use uuid::Uuid;

    const UNIT: UnitId = UnitId(Uuid::from_u128(1));
    const ME: PersonId = PersonId(Uuid::from_u128(2));
    const OTHER: PersonId = PersonId(Uuid::from_u128(3));

    #[test]
    fn who_may_what() {
        for role in Role::ALL {
            let mut actor = Actor::of_person(ME, UNIT, UNIT);
            actor.grants.push(Held { role, unit: UNIT });
            let leads = matches!(role, Role::Manager | Role::Admin);
            let keeps = matches!(role, Role::Reviewer | Role::Admin);
            assert!(may_plan_for(&actor, ME, &[UNIT]).is_ok(), "{role}");
            assert_eq!(may_plan_for(&actor, OTHER, &[UNIT]).is_ok(), leads, "{role}");
            assert_eq!(may_keep_rota(&actor, &[UNIT]).is_ok(), keeps, "{role}");
            assert!(may_keep_rota(&actor, &[]).is_err(), "{role}");
            assert_eq!(may_look(&actor).is_ok(), leads || keeps, "{role}");
            let all = role == Role::Admin;
            assert_eq!(may_set_limit_of_all(&actor, UNIT).is_ok(), all, "{role}");
        }
    }
}

//! Who may do what with people, units, devices and integrations (product.md, "Units, roles,
//! rights"). Pure: an actor and the ancestors of the unit in question, itself included.

use entity::id::{PersonId, UnitId};
use entity::identity::values::Role;

use crate::kit::actor::{Actor, ApiScope, Principal};
use crate::kit::error::{Refusal, Result};

fn runs(actor: &Actor, lineage: &[UnitId]) -> bool {
    actor.principal == Principal::System || actor.covers(Role::Admin, lineage)
}

fn leads(actor: &Actor, lineage: &[UnitId]) -> bool {
    runs(actor, lineage) || actor.covers(Role::Manager, lineage)
}

fn or_refuse(allowed: bool, actor: &Actor, need: &str) -> Result<()> {
    actor.require_signed_in()?;
    if allowed { Ok(()) } else { Err(Refusal::forbidden(need).into()) }
}

/// Units, people and roles are kept by an administrator of the unit or of one above it.
///
/// # Errors
/// UNAUTHENTICATED or FORBIDDEN.
pub fn may_administer(actor: &Actor, lineage: &[UnitId]) -> Result<()> {
    or_refuse(runs(actor, lineage), actor, "the role ADMIN on this unit or above")
}

/// Devices are enrolled, and PINs reset, by a manager over the unit or an administrator.
///
/// # Errors
/// UNAUTHENTICATED or FORBIDDEN.
pub fn may_lead(actor: &Actor, lineage: &[UnitId]) -> Result<()> {
    or_refuse(leads(actor, lineage), actor, "the role MANAGER or ADMIN on this unit or above")
}

/// The means to sign in as somebody are handed out only by who holds all that they hold: `held` has
/// their roles, each with the ancestors of its unit.
///
/// # Errors
/// UNAUTHENTICATED or FORBIDDEN.
pub fn may_hand_out_credentials(actor: &Actor, held: &[(Role, Vec<UnitId>)]) -> Result<()> {
    let allowed = held.iter().all(|(role, lineage)| match role {
        Role::Manager | Role::Employee => leads(actor, lineage),
        _ => runs(actor, lineage),
    });
    or_refuse(allowed, actor, "the role ADMIN over every unit where this person has a role")
}

/// Mail address, staff code, roles and state of a person are for the person, managers over them,
/// administrators, and integrations with the scope `personal`.
#[must_use]
pub fn sees_personal_data(actor: &Actor, person: PersonId, home: &[UnitId]) -> bool {
    let integration = actor.has_scope(ApiScope::Personal) && actor.covers(Role::Integration, home);
    actor.person() == Some(person) || leads(actor, home) || integration
}

/// Roles are seen by whoever sees personal data, and by auditors.
#[must_use]
pub fn sees_roles(actor: &Actor, person: PersonId, home: &[UnitId]) -> bool {
    sees_personal_data(actor, person, home) || actor.covers(Role::Auditor, home)
}

/// The list of people is for managers (their own subtree), reviewers, administrators and auditors.
///
/// # Errors
/// UNAUTHENTICATED or FORBIDDEN.
pub fn may_list_people(actor: &Actor) -> Result<()> {
    let roles = [Role::Manager, Role::Reviewer, Role::Admin, Role::Auditor];
    let allowed = actor.principal == Principal::System
        || actor.has_scope(ApiScope::Personal)
        || roles.into_iter().any(|role| actor.holds(role));
    if !allowed && matches!(actor.principal, Principal::Service(_)) {
        return Err(Refusal::without_scope("personal").into());
    }
    or_refuse(allowed, actor, "the role MANAGER, REVIEWER, ADMIN or AUDITOR")
}

/// Devices are listed by managers (their own subtree), administrators and auditors.
///
/// # Errors
/// UNAUTHENTICATED or FORBIDDEN.
pub fn may_list_devices(actor: &Actor) -> Result<()> {
    let roles = [Role::Manager, Role::Admin, Role::Auditor];
    let allowed =
        actor.principal == Principal::System || roles.into_iter().any(|role| actor.holds(role));
    or_refuse(allowed, actor, "the role MANAGER, ADMIN or AUDITOR")
}

/// Integrations are listed by administrators and auditors.
///
/// # Errors
/// UNAUTHENTICATED or FORBIDDEN.
pub fn may_list_integrations(actor: &Actor) -> Result<()> {
    let allowed = actor.principal == Principal::System
        || actor.holds(Role::Admin)
        || actor.holds(Role::Auditor);
    or_refuse(allowed, actor, "the role ADMIN or AUDITOR")
}

/// Roles that people may be given: everyone is an employee of the home unit anyway, and
/// integrations have a role of their own.
pub const ROLES_OF_PEOPLE: [Role; 6] =
    [Role::Manager, Role::Reviewer, Role::Executive, Role::Moderator, Role::Auditor, Role::Admin];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::actor::Held;
    use uuid::Uuid;

    const ROOT: UnitId = UnitId(Uuid::from_u128(1));
    const SITE: UnitId = UnitId(Uuid::from_u128(2));
    const OTHER: UnitId = UnitId(Uuid::from_u128(3));
    const ME: PersonId = PersonId(Uuid::from_u128(10));
    const SOMEBODY: PersonId = PersonId(Uuid::from_u128(11));

    fn with(role: Role, unit: UnitId) -> Actor {
        Actor { grants: vec![Held { role, unit }], ..Actor::of_person(ME, SITE, SITE) }
    }

    #[test]
    fn roles_reach_down_and_not_sideways() {
        let lineage = [SITE, ROOT];
        for (role, administers, leads) in [
            (Role::Employee, false, false),
            (Role::Manager, false, true),
            (Role::Reviewer, false, false),
            (Role::Executive, false, false),
            (Role::Moderator, false, false),
            (Role::Auditor, false, false),
            (Role::Admin, true, true),
            (Role::Integration, false, false),
        ] {
            for unit in lineage {
                assert_eq!(may_administer(&with(role, unit), &lineage).is_ok(), administers);
                assert_eq!(may_lead(&with(role, unit), &lineage).is_ok(), leads, "{role}");
            }
            assert!(may_administer(&with(role, OTHER), &lineage).is_err(), "{role}");
            assert!(may_lead(&with(role, OTHER), &lineage).is_err(), "{role}");
        }
        assert!(may_administer(&Actor::anonymous(), &lineage).is_err());
        assert!(may_administer(&Actor::system(), &lineage).is_ok());
    }

    #[test]
    fn personal_data_is_for_few() {
        let home = [SITE, ROOT];
        for (role, sees) in [
            (Role::Employee, false),
            (Role::Manager, true),
            (Role::Reviewer, false),
            (Role::Executive, false),
            (Role::Moderator, false),
            (Role::Auditor, false),
            (Role::Admin, true),
        ] {
            assert_eq!(sees_personal_data(&with(role, ROOT), SOMEBODY, &home), sees, "{role}");
            assert!(!sees_personal_data(&with(role, OTHER), SOMEBODY, &home), "{role}");
            assert!(sees_personal_data(&with(role, OTHER), ME, &home), "one's own, {role}");
        }
        assert!(sees_roles(&with(Role::Auditor, ROOT), SOMEBODY, &home));
        assert!(!sees_personal_data(&Actor::anonymous(), SOMEBODY, &home));
    }

    #[test]
    fn lists_are_for_their_readers() {
        let who = |check: fn(&Actor) -> Result<()>| {
            Role::ALL.into_iter().filter(|role| check(&with(*role, ROOT)).is_ok()).collect()
        };
        let people: Vec<Role> = who(may_list_people);
        assert_eq!(people, [Role::Manager, Role::Reviewer, Role::Auditor, Role::Admin]);
        let devices: Vec<Role> = who(may_list_devices);
        assert_eq!(devices, [Role::Manager, Role::Auditor, Role::Admin]);
        let integrations: Vec<Role> = who(may_list_integrations);
        assert_eq!(integrations, [Role::Auditor, Role::Admin]);
        assert!(may_list_people(&Actor::anonymous()).is_err());
    }
}

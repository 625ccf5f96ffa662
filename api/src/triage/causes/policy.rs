//! Who may name and change root causes. Pure.

use entity::identity::values::Role;
use entity::triage::cause;
use entity::triage::values::CauseStatus;

use crate::kit::actor::Actor;
use crate::kit::error::{Code, Refusal, Result};

/// Naming a root cause: a reviewer, anywhere.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_name(actor: &Actor) -> Result<()> {
    actor.require_person()?;
    actor.require_role(Role::Reviewer)
}

/// Changing a root cause: a reviewer, anywhere, or its owner.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_change(actor: &Actor, cause: &cause::Model) -> Result<()> {
    let me = actor.require_person()?;
    if cause.owner_id == Some(me) { Ok(()) } else { actor.require_role(Role::Reviewer) }
}

/// What somebody may say of a cause by hand. Being addressed, resolved and merged come with verbs
/// that carry the linked submissions along.
///
/// # Errors
/// INVALID at `status`.
pub fn may_be_stated(status: CauseStatus) -> Result<()> {
    match status {
        CauseStatus::Suspected | CauseStatus::Confirmed => Ok(()),
        _ => Err(Refusal::new(
            Code::Invalid,
            "status",
            format!("A cause cannot be set to {status} here. Use SUSPECTED or CONFIRMED."),
        )
        .allowing(vec![CauseStatus::Suspected.to_string(), CauseStatus::Confirmed.to_string()])
        .into()),
    }
}

/// Whether submissions can be linked to it.
///
/// # Errors
/// INVALID at `causeIds`.
pub fn may_be_linked(cause: &cause::Model) -> Result<()> {
    match cause.status {
        CauseStatus::Rejected | CauseStatus::Merged => Err(Refusal::new(
            Code::Invalid,
            "causeIds",
            format!("The cause {} is {}. Choose a live one.", cause.id, cause.status),
        )
        .into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::actor::Held;
    use entity::id::{CauseId, PersonId, UnitId};
    use entity::instant::Instant;
    use entity::triage::values::Category;
    use uuid::Uuid;

    fn somebody(role: Option<Role>) -> Actor {
        let unit = UnitId(Uuid::from_u128(1));
        let mut actor = Actor::of_person(PersonId(Uuid::from_u128(9)), unit, unit);
        actor.grants.extend(role.map(|role| Held { role, unit }));
        actor
    }

    fn cause(owner: Option<u128>, status: CauseStatus) -> cause::Model {
        cause::Model {
            id: CauseId(Uuid::nil()),
            parent_id: None,
            name: String::from("No hooks"),
            name_key: String::from("no hooks"),
            category: Category::Place,
            status,
            owner_id: owner.map(|id| PersonId(Uuid::from_u128(id))),
            owner_unit_id: None,
            created_by: None,
            created_at: Instant(0),
            version: 1,
        }
    }

    #[test]
    fn who_names_and_who_changes() {
        for (role, names, changes, changes_own) in [
            (None, false, false, true),
            (Some(Role::Manager), false, false, true),
            (Some(Role::Admin), false, false, true),
            (Some(Role::Auditor), false, false, true),
            (Some(Role::Reviewer), true, true, true),
        ] {
            let actor = somebody(role);
            assert_eq!(may_name(&actor).is_ok(), names, "{role:?}");
            let foreign = cause(Some(8), CauseStatus::Suspected);
            assert_eq!(may_change(&actor, &foreign).is_ok(), changes, "{role:?}");
            let own = cause(Some(9), CauseStatus::Suspected);
            assert_eq!(may_change(&actor, &own).is_ok(), changes_own, "{role:?}");
        }
        assert!(may_name(&Actor::anonymous()).is_err());
    }

    #[test]
    fn dead_causes_take_no_links() {
        for status in CauseStatus::ALL {
            let live = !matches!(status, CauseStatus::Rejected | CauseStatus::Merged);
            assert_eq!(may_be_linked(&cause(None, status)).is_ok(), live, "{status}");
        }
    }
}

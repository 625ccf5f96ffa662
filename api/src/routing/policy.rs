//! Who sees routing rules and who makes them. Pure.

use entity::id::UnitId;
use entity::identity::values::Role;

use crate::kit::actor::{Actor, Principal};
use crate::kit::error::{Refusal, Result};

/// A rule works on everything that comes in: REVIEWER or ADMIN at the root.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_write(actor: &Actor, root: UnitId) -> Result<()> {
    actor.require_person()?;
    let roles = [Role::Reviewer, Role::Admin];
    if roles.into_iter().any(|role| actor.covers(role, &[root])) {
        return Ok(());
    }
    Err(Refusal::forbidden("the role REVIEWER or ADMIN at the top of the organisation").into())
}

/// Rules are seen by reviewers, administrators and auditors.
#[must_use]
pub fn may_read(actor: &Actor) -> bool {
    let roles = [Role::Reviewer, Role::Admin, Role::Auditor];
    actor.principal == Principal::System || roles.into_iter().any(|role| actor.holds(role))
}

/// As [`may_read`], for lists.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_list(actor: &Actor) -> Result<()> {
    actor.require_signed_in()?;
    if may_read(actor) {
        return Ok(());
    }
    Err(Refusal::forbidden("the role REVIEWER, ADMIN or AUDITOR").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::actor::Held;
    use entity::id::PersonId;
    use uuid::Uuid;

    #[test]
    fn who_reads_and_who_writes() {
        let (root, site) = (UnitId(Uuid::from_u128(1)), UnitId(Uuid::from_u128(2)));
        for role in Role::ALL {
            for unit in [root, site] {
                let mut actor = Actor::of_person(PersonId(Uuid::from_u128(3)), site, site);
                actor.grants.push(Held { role, unit });
                let writes = unit == root && matches!(role, Role::Reviewer | Role::Admin);
                let reads = matches!(role, Role::Reviewer | Role::Admin | Role::Auditor);
                assert_eq!(may_write(&actor, root).is_ok(), writes, "{role}");
                assert_eq!(may_list(&actor).is_ok(), reads, "{role}");
            }
        }
        assert!(may_list(&Actor::anonymous()).is_err());
    }
}

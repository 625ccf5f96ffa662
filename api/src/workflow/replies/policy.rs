//! Who reads and who writes reply templates. Pure.

use entity::identity::values::Role;

use crate::kit::actor::{Actor, Principal};
use crate::kit::error::{Refusal, Result};

fn holds_one(actor: &Actor, roles: &[Role]) -> bool {
    actor.principal == Principal::System || roles.iter().any(|role| actor.holds(*role))
}

/// Templates are shared in the organisation: any reviewer or administrator keeps them.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_write(actor: &Actor) -> Result<()> {
    actor.require_signed_in()?;
    if holds_one(actor, &[Role::Reviewer, Role::Admin]) {
        return Ok(());
    }
    Err(Refusal::forbidden("the role REVIEWER or ADMIN").into())
}

/// They are read by those who answer authors, and by those who look after the system.
#[must_use]
pub fn may_read(actor: &Actor) -> bool {
    holds_one(actor, &[Role::Reviewer, Role::Manager, Role::Admin, Role::Auditor])
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
    Err(Refusal::forbidden("the role REVIEWER, MANAGER, ADMIN or AUDITOR").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::actor::Held;
    use entity::id::{PersonId, UnitId};
    use uuid::Uuid;

    #[test]
    fn who_reads_and_who_writes() {
        let unit = UnitId(Uuid::from_u128(1));
        for role in Role::ALL {
            let mut actor = Actor::of_person(PersonId(Uuid::from_u128(2)), unit, unit);
            actor.grants.push(Held { role, unit });
            let writes = matches!(role, Role::Reviewer | Role::Admin);
            let reads = writes || matches!(role, Role::Manager | Role::Auditor);
            assert_eq!(may_write(&actor).is_ok(), writes, "{role}");
            assert_eq!(may_read(&actor), reads, "{role}");
            assert_eq!(may_list(&actor).is_ok(), reads, "{role}");
        }
        assert!(may_list(&Actor::anonymous()).is_err());
    }
}

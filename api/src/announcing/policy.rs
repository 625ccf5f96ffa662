//! Who announces, and when. Pure.

use entity::announcing::values::AnnouncementState;
use entity::id::UnitId;
use entity::identity::values::Role;

use crate::kit::actor::{Actor, Principal};
use crate::kit::error::{Code, Refusal, Result};

/// What somebody wants to do with an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Change its words, its units, what it is about.
    Change,
    /// Show it to the people of its units.
    Publish,
    /// Show it no longer.
    Withdraw,
    /// Throw the draft away.
    Delete,
}

/// Announcing is for reviewers over each of the units: `lineages` has the ancestors of each, itself
/// included.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_announce(actor: &Actor, lineages: &[Vec<UnitId>]) -> Result<()> {
    actor.require_person()?;
    let over = |lineage: &Vec<UnitId>| actor.covers(Role::Reviewer, lineage);
    if !lineages.is_empty() && lineages.iter().all(over) {
        return Ok(());
    }
    Err(Refusal::forbidden("the role REVIEWER over every unit that it goes to").into())
}

/// Whether somebody may be over any unit at all: a look before the database is asked.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_review(actor: &Actor) -> Result<()> {
    actor.require_person()?;
    if actor.holds(Role::Reviewer) {
        return Ok(());
    }
    Err(Refusal::forbidden("the role REVIEWER over every unit that it goes to").into())
}

/// Whether `actor` can have read anything here: whoever is a person.
#[must_use]
pub fn is_reader(actor: &Actor) -> bool {
    matches!(actor.principal, Principal::Person(_))
}

/// What can be done with an announcement in a state.
///
/// # Errors
/// STEP_NOT_ALLOWED with what to do instead; `allowed` holds the states in which it could be done.
pub fn may_now(state: AnnouncementState, deed: Deed) -> Result<()> {
    let needs = match deed {
        Deed::Change | Deed::Publish | Deed::Delete => AnnouncementState::Draft,
        Deed::Withdraw => AnnouncementState::Published,
    };
    if state == needs {
        return Ok(());
    }
    let message = match (deed, state) {
        (Deed::Withdraw, AnnouncementState::Draft) => {
            "It is a draft, which nobody else sees. Delete it instead."
        }
        (Deed::Withdraw, _) => "It was withdrawn already. There is nothing left to do.",
        (Deed::Publish, AnnouncementState::Published) => {
            "It was published already, and everybody is told once. There is nothing left to do."
        }
        (Deed::Change | Deed::Delete, AnnouncementState::Published) => {
            "It was published, and people may have read it. Withdraw it, and write another one."
        }
        _ => "It was withdrawn. Write another one.",
    };
    Err(Refusal::new(Code::StepNotAllowed, "id", message).allowing(vec![needs.to_string()]).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::actor::Held;
    use entity::id::PersonId;
    use uuid::Uuid;

    fn unit(number: u128) -> UnitId {
        UnitId(Uuid::from_u128(number))
    }

    fn reviewer(units: &[UnitId], role: Role) -> Actor {
        let mut actor = Actor::of_person(PersonId(Uuid::from_u128(9)), unit(3), unit(2));
        actor.grants = units.iter().map(|unit| Held { role, unit: *unit }).collect();
        actor
    }

    #[test]
    fn announcing_needs_every_unit() {
        let (here, there) = (vec![unit(3), unit(2), unit(1)], vec![unit(4), unit(1)]);
        let both = [here.clone(), there.clone()];
        assert!(may_announce(&reviewer(&[unit(1)], Role::Reviewer), &both).is_ok(), "from above");
        assert!(may_announce(&reviewer(&[unit(2), unit(4)], Role::Reviewer), &both).is_ok());
        assert!(may_announce(&reviewer(&[unit(2)], Role::Reviewer), &both).is_err(), "one of two");
        assert!(may_announce(&reviewer(&[unit(2)], Role::Reviewer), &[here]).is_ok());
        assert!(may_announce(&reviewer(&[unit(1)], Role::Reviewer), &[]).is_err(), "to nobody");
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Reviewer) {
            assert!(may_announce(&reviewer(&[unit(1)], role), &both).is_err(), "{role}");
            assert!(may_review(&reviewer(&[unit(1)], role)).is_err(), "{role}");
        }
        assert!(may_announce(&Actor::anonymous(), &both).is_err());
    }

    #[test]
    fn a_draft_is_changed_published_or_deleted_and_what_is_published_is_withdrawn() {
        use AnnouncementState::{Draft, Published, Withdrawn};
        for (deed, allowed) in [
            (Deed::Change, Draft),
            (Deed::Publish, Draft),
            (Deed::Delete, Draft),
            (Deed::Withdraw, Published),
        ] {
            for state in [Draft, Published, Withdrawn] {
                assert_eq!(may_now(state, deed).is_ok(), state == allowed, "{deed:?} {state}");
            }
        }
    }
}

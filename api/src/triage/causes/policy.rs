//! Who may name and change root causes. Pure.

use entity::id::CauseId;
use entity::identity::values::Role;
use entity::triage::cause;
use entity::triage::progress::{self, Capacity, RefusedProgress};
use entity::triage::values::CauseStatus;

use crate::kit::actor::{Actor, Principal};
use crate::kit::error::{Code, Refusal, Result};

/// Naming a root cause: a reviewer, anywhere.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_name(actor: &Actor) -> Result<()> {
    actor.require_person()?;
    actor.require_role(Role::Reviewer)
}

/// Changing a root cause: a reviewer, anywhere, or who answers for it.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_change(actor: &Actor, cause: &cause::Model, function: Function) -> Result<Capacity> {
    actor.require_person()?;
    if actor.holds(Role::Reviewer) {
        Ok(Capacity::Reviewer)
    } else if answers_for(actor, cause, function) {
        Ok(Capacity::Owner)
    } else {
        Err(Refusal::forbidden("the right of a reviewer, or to answer for this cause").into())
    }
}

/// Whether somebody manages the function that owns a cause. A grant holds for all below its unit,
/// so the tree of units says so (`query::managed_by`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// They do.
    Managed,
    /// They do not, or no function owns it.
    NotManaged,
}

/// Its owner, and whoever manages the function that owns it.
#[must_use]
pub fn answers_for(actor: &Actor, cause: &cause::Model, function: Function) -> bool {
    owns(actor, cause) || (actor.person().is_some() && function == Function::Managed)
}

/// The person who owns it.
#[must_use]
pub fn owns(actor: &Actor, cause: &cause::Model) -> bool {
    actor.person().is_some() && cause.owner_id == actor.person()
}

/// Whether somebody sees what is decided of links before it is announced, and figures in full.
#[must_use]
pub fn sees_all(actor: &Actor) -> bool {
    actor.principal == Principal::System || actor.holds(Role::Reviewer)
}

/// Reports over causes: reviewers in full; managers and executives without small groups.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_report(actor: &Actor) -> Result<()> {
    actor.require_signed_in()?;
    let reads = [Role::Reviewer, Role::Manager, Role::Executive];
    if sees_all(actor) || reads.into_iter().any(|role| actor.holds(role)) {
        Ok(())
    } else {
        Err(Refusal::forbidden("the role REVIEWER, MANAGER or EXECUTIVE").into())
    }
}

/// What somebody may say of a cause by hand.
///
/// # Errors
/// INVALID at `status` with what is allowed.
pub fn may_be_stated(from: CauseStatus, to: CauseStatus, by: Capacity) -> Result<()> {
    if to == CauseStatus::Resolved && from != to {
        return Err(has_its_own_verb(from, by).into());
    }
    progress::step(from, to, by).map_err(|refused| {
        let refused = RefusedProgress { allowed: statable(refused.from, by), ..refused };
        let allowed = refused.allowed.iter().map(ToString::to_string).collect();
        Refusal::new(Code::Invalid, "status", format!("{refused}.")).allowing(allowed).into()
    })
}

/// What may be said next of a cause; resolving has a verb of its own.
#[must_use]
pub fn statable(from: CauseStatus, by: Capacity) -> Vec<CauseStatus> {
    let mut allowed = progress::allowed(from, by);
    allowed.retain(|to| *to != CauseStatus::Resolved);
    allowed
}

fn has_its_own_verb(from: CauseStatus, by: Capacity) -> Refusal {
    Refusal::new(
        Code::Invalid,
        "status",
        "Resolving tells everybody behind the cause that it is done, with words to each. Use `causeResolve`; `causeResolvePreview` shows first who will hear.",
    )
    .allowing(statable(from, by).iter().map(ToString::to_string).collect())
}

/// What a cause may be named with.
///
/// # Errors
/// INVALID at `status`.
pub fn may_begin_as(status: CauseStatus) -> Result<()> {
    match status {
        CauseStatus::Suspected | CauseStatus::Confirmed => Ok(()),
        _ => Err(Refusal::new(
            Code::Invalid,
            "status",
            format!("A new cause cannot be {status}. Use SUSPECTED or CONFIRMED."),
        )
        .allowing(vec![CauseStatus::Suspected.to_string(), CauseStatus::Confirmed.to_string()])
        .into()),
    }
}

/// Refuses a cause that is dead, for `field`. `survivor` is the one that lives on, of a merged one.
///
/// # Errors
/// INVALID with the survivor in `allowed`.
pub fn must_live(cause: &cause::Model, field: &str, survivor: Option<CauseId>) -> Result<()> {
    let message = match (cause.status, survivor) {
        (CauseStatus::Merged, Some(survivor)) => {
            format!("The cause {} was merged into {survivor}. Use that one.", cause.id)
        }
        (CauseStatus::Rejected | CauseStatus::Merged, _) => {
            format!("The cause {} is {}. Choose a live one.", cause.id, cause.status)
        }
        _ => return Ok(()),
    };
    let allowed = survivor.into_iter().map(|id| id.to_string()).collect();
    Err(Refusal::new(Code::Invalid, field, message).allowing(allowed).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::actor::Held;
    use entity::id::{PersonId, UnitId};
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
            merged_into: None,
            reach: 0,
            submission_count: 0,
            shown_reach: 0,
            shown_submission_count: 0,
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
            assert_eq!(
                may_change(&actor, &foreign, Function::NotManaged).is_ok(),
                changes,
                "{role:?}"
            );
            let own = cause(Some(9), CauseStatus::Suspected);
            assert_eq!(
                may_change(&actor, &own, Function::NotManaged).is_ok(),
                changes_own,
                "{role:?}"
            );
        }
        assert!(may_name(&Actor::anonymous()).is_err());
    }

    #[test]
    fn dead_causes_take_no_links() {
        for status in CauseStatus::ALL {
            let live = !matches!(status, CauseStatus::Rejected | CauseStatus::Merged);
            let found = must_live(&cause(None, status), "causeIds", None);
            assert_eq!(found.is_ok(), live, "{status}");
        }
    }

    #[test]
    fn a_merged_cause_names_its_survivor() {
        let survivor = CauseId(Uuid::from_u128(7));
        let refused = must_live(&cause(None, CauseStatus::Merged), "causeIds", Some(survivor));
        let Err(crate::kit::error::Error::Refusal(refusal)) = refused else {
            unreachable!("a merged cause is refused")
        };
        assert_eq!(refusal.allowed, [survivor.to_string()]);
    }

    #[test]
    fn resolving_is_refused_with_a_cure() {
        let refused =
            may_be_stated(CauseStatus::Confirmed, CauseStatus::Resolved, Capacity::Reviewer);
        assert!(refused.is_err());
        assert!(
            !statable(CauseStatus::Confirmed, Capacity::Reviewer).contains(&CauseStatus::Resolved)
        );
    }

    #[test]
    fn who_manages_the_function_answers_for_its_causes() {
        let actor = somebody(Some(Role::Manager));
        let owned = cause(None, CauseStatus::Suspected);
        assert!(answers_for(&actor, &owned, Function::Managed));
        assert!(!answers_for(&actor, &owned, Function::NotManaged));
        assert!(!answers_for(&Actor::anonymous(), &owned, Function::Managed));
    }
}

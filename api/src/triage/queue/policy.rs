//! Who may work with the queue and its views, and how many views one may keep. Pure.

use entity::id::{PersonId, UnitId};
use entity::identity::values::Role;
use entity::triage::queue_view;
use entity::triage::values::ViewSharing;

use crate::kit::actor::Actor;
use crate::kit::error::{Code, Refusal, Result};

/// Most views that one person keeps.
pub const MOST_VIEWS: usize = 50;
/// Longest name of a view, in code points.
pub const LONGEST_NAME: usize = 60;

/// Reading the queue and keeping views of it: a person who reviews, anywhere.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN.
pub fn may_review(actor: &Actor) -> Result<PersonId> {
    let me = actor.require_person()?;
    actor.require_role(Role::Reviewer)?;
    Ok(me)
}

/// A shared view is changed by its owner alone.
///
/// # Errors
/// FORBIDDEN.
pub fn may_change(view: &queue_view::Model, me: PersonId) -> Result<()> {
    if view.owner_id == me {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Forbidden,
        "",
        "This view belongs to somebody else. Save your own with its filter.",
    )
    .into())
}

/// Whether the owner of a view still works here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The owner does.
    Here,
    /// The owner was deactivated.
    Left,
}

/// A shared view whose owner has left is anybody's who reviews for those it is shared with, and
/// administrators'. `lineage` is the unit that it is shared with and those above it.
///
/// # Errors
/// FORBIDDEN.
pub fn may_inherit(
    actor: &Actor,
    view: &queue_view::Model,
    (owner, lineage): (Owner, &[UnitId]),
) -> Result<()> {
    let reviews = match view.sharing {
        ViewSharing::Private => false,
        ViewSharing::Unit => actor.covers(Role::Reviewer, lineage),
        ViewSharing::Reviewers => actor.holds(Role::Reviewer),
    };
    let shared = view.sharing != ViewSharing::Private;
    if owner == Owner::Left && (reviews || (shared && actor.holds(Role::Admin))) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Forbidden,
        "",
        "This view belongs to somebody else. Save your own with its filter.",
    )
    .into())
}

/// Another view for somebody who has `kept` so far.
///
/// # Errors
/// INVALID.
pub fn may_keep_another(kept: usize) -> Result<()> {
    if kept < MOST_VIEWS {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Invalid,
        "",
        format!("You have {kept} views, and {MOST_VIEWS} can be kept. Delete one first."),
    )
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::actor::Held;
    use entity::id::{UnitId, ViewId};
    use entity::instant::Instant;
    use entity::triage::values::{QueueOrder, ViewSharing};
    use uuid::Uuid;

    #[test]
    fn who_reviews_and_who_changes() {
        let unit = UnitId(Uuid::from_u128(1));
        let me = PersonId(Uuid::from_u128(2));
        let mut actor = Actor::of_person(me, unit, unit);
        assert!(may_review(&actor).is_err());
        actor.grants.push(Held { role: Role::Reviewer, unit });
        assert_eq!(may_review(&actor).expect("a reviewer"), me);
        assert!(may_review(&Actor::anonymous()).is_err());
        let view = queue_view::Model {
            id: ViewId(Uuid::nil()),
            owner_id: me,
            name: String::from("Mine"),
            name_key: String::from("mine"),
            sharing: ViewSharing::Reviewers,
            unit_id: None,
            filter: String::from("{}"),
            sorted: QueueOrder::Due,
            position: 0,
            created_at: Instant(0),
            updated_at: Instant(0),
            version: 1,
        };
        assert!(may_change(&view, me).is_ok());
        assert!(may_change(&view, PersonId(Uuid::from_u128(3))).is_err());
    }

    #[test]
    fn who_inherits_a_view() {
        let (unit, other) = (UnitId(Uuid::from_u128(1)), UnitId(Uuid::from_u128(9)));
        let view = |sharing| queue_view::Model {
            id: ViewId(Uuid::nil()),
            owner_id: PersonId(Uuid::from_u128(3)),
            name: String::from("Lifts"),
            name_key: String::from("lifts"),
            sharing,
            unit_id: (sharing == ViewSharing::Unit).then_some(unit),
            filter: String::from("{}"),
            sorted: QueueOrder::Due,
            position: 0,
            created_at: Instant(0),
            updated_at: Instant(0),
            version: 1,
        };
        let holder = |role, unit| {
            let mut actor = Actor::of_person(PersonId(Uuid::from_u128(2)), unit, unit);
            actor.grants.push(Held { role, unit });
            actor
        };
        use ViewSharing::{Private, Reviewers, Unit};
        for (role, at, sharing, owner, may) in [
            (Role::Reviewer, unit, Unit, Owner::Left, true),
            (Role::Reviewer, other, Unit, Owner::Left, false),
            (Role::Reviewer, other, Reviewers, Owner::Left, true),
            (Role::Reviewer, unit, Private, Owner::Left, false),
            (Role::Reviewer, unit, Unit, Owner::Here, false),
            (Role::Admin, other, Unit, Owner::Left, true),
            (Role::Admin, other, Private, Owner::Left, false),
            (Role::Admin, other, Reviewers, Owner::Here, false),
            (Role::Manager, unit, Reviewers, Owner::Left, false),
        ] {
            let found = may_inherit(&holder(role, at), &view(sharing), (owner, &[unit]));
            assert_eq!(found.is_ok(), may, "{role} {sharing} {owner:?}");
        }
    }

    #[test]
    fn views_have_an_end() {
        assert!(may_keep_another(MOST_VIEWS - 1).is_ok());
        assert!(may_keep_another(MOST_VIEWS).is_err());
    }
}

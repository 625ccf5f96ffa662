//! Who may pull the log, and which facts. Pure: what the doors say of the subjects is given.

use entity::facts::fact;
use entity::facts::values::FactAudience;
use entity::identity::values::Role;

use crate::kit::actor::{Actor, ApiScope, Principal};
use crate::kit::error::{Refusal, Result};

/// Pulling the log: whoever is signed in hears of what they may read; an integration needs the scope
/// `facts`.
///
/// # Errors
/// UNAUTHENTICATED; FORBIDDEN for a token without the scope.
pub fn may_pull(actor: &Actor) -> Result<()> {
    actor.require_signed_in()?;
    match actor.principal {
        Principal::Service(_) if !actor.has_scope(ApiScope::Facts) => {
            Err(Refusal::forbidden("an API token with the scope facts").into())
        }
        _ => Ok(()),
    }
}

/// Whether somebody runs the system, or audits it.
#[must_use]
pub fn administers(actor: &Actor) -> bool {
    matches!(actor.principal, Principal::System)
        || (actor.person().is_some() && (actor.holds(Role::Admin) || actor.holds(Role::Auditor)))
}

/// The audiences that somebody can be part of at all; the rest of the log is never read for them.
#[must_use]
pub fn audiences(actor: &Actor) -> Vec<FactAudience> {
    let mut audiences = vec![FactAudience::Readers];
    if !matches!(actor.principal, Principal::Service(_) | Principal::Anonymous) {
        audiences.push(FactAudience::Internal);
    }
    if administers(actor) {
        audiences.push(FactAudience::Administration);
    }
    audiences
}

/// How somebody stands to the subject of a fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stands {
    /// May not read it.
    #[default]
    Outside,
    /// Reads it.
    Reads,
    /// Works on it.
    Inside,
}

/// Whether a fact is for somebody who stands so to its subject. The audience comes before the rights,
/// never instead of them.
#[must_use]
pub fn hears(actor: &Actor, fact: &fact::Model, stands: Stands) -> bool {
    match fact.audience {
        FactAudience::Readers => stands >= Stands::Reads,
        FactAudience::Internal => stands == Stands::Inside,
        FactAudience::Administration => administers(actor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::actor::Held;
    use entity::facts::values::ActorKind;
    use entity::id::{PersonId, ServiceId, UnitId};
    use entity::instant::Instant;
    use uuid::Uuid;

    fn person(role: Option<Role>) -> Actor {
        let unit = UnitId(Uuid::nil());
        let mut actor = Actor::of_person(PersonId(Uuid::from_u128(1)), unit, unit);
        actor.grants = role.map(|role| Held { role, unit }).into_iter().collect();
        actor
    }

    fn fact(audience: FactAudience) -> fact::Model {
        fact::Model {
            seq: 1,
            kind: String::from("submission.sent"),
            subject_kind: String::from("submission"),
            subject_id: Uuid::from_u128(7),
            actor_kind: ActorKind::System,
            actor_id: None,
            caused_by: None,
            audience,
            at: Instant(0),
            data: String::from("{}"),
        }
    }

    #[test]
    fn a_token_needs_its_scope_and_nobody_a_sign_in() {
        let service = |scopes| Actor::of_service(ServiceId(Uuid::nil()), scopes);
        assert!(may_pull(&Actor::anonymous()).is_err());
        assert!(may_pull(&person(None)).is_ok());
        assert!(may_pull(&service(vec![ApiScope::Content, ApiScope::Personal])).is_err());
        assert!(may_pull(&service(vec![ApiScope::Facts])).is_ok());
    }

    #[test]
    fn the_audience_comes_before_the_rights() {
        use FactAudience::{Administration, Internal, Readers};
        use Stands::{Inside, Outside, Reads};
        let roles = [None, Some(Role::Reviewer), Some(Role::Admin), Some(Role::Auditor)];
        for role in roles {
            let actor = person(role);
            let runs = matches!(role, Some(Role::Admin | Role::Auditor));
            for (audience, stands, heard) in [
                (Readers, Outside, false),
                (Readers, Reads, true),
                (Readers, Inside, true),
                (Internal, Outside, false),
                (Internal, Reads, false),
                (Internal, Inside, true),
                (Administration, Outside, runs),
                (Administration, Inside, runs),
            ] {
                assert_eq!(hears(&actor, &fact(audience), stands), heard, "{role:?} {audience}");
            }
        }
        let service = Actor::of_service(ServiceId(Uuid::nil()), ApiScope::ALL.to_vec());
        assert_eq!(audiences(&service), [Readers]);
        assert_eq!(audiences(&person(None)), [Readers, Internal]);
        assert_eq!(audiences(&person(Some(Role::Auditor))), [Readers, Internal, Administration]);
    }
}

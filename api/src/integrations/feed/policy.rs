//! Who may pull the log, and which facts. Pure: what the doors say of the subjects is given.

use entity::facts::fact;
use entity::facts::values::{ActorKind, FactAudience};
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

/// The audiences that somebody can be part of, whatever the subject. Beside them, what is INTERNAL is for
/// people who work on its subject, and [`NAMES`] are for integrations that keep them.
#[must_use]
pub fn audiences(actor: &Actor) -> Vec<FactAudience> {
    let mut audiences = vec![FactAudience::Readers];
    if matches!(actor.principal, Principal::Service(_)) {
        audiences.push(FactAudience::Integrations);
    }
    if administers(actor) {
        audiences.push(FactAudience::Administration);
    }
    audiences
}

/// What something is called in other systems: of all that is INTERNAL this alone is for integrations too.
pub const NAMES: [&str; 2] = ["link.set", "link.removed"];

/// Whether somebody is an integration that keeps links to other systems, and so sees those of what it
/// reads (`external::policy::sees`).
#[must_use]
pub fn keeps_links(actor: &Actor) -> bool {
    matches!(actor.principal, Principal::Service(_)) && actor.has_scope(ApiScope::ExternalLinks)
}

/// Links of items of plans are seen with the item, which integrations do not: of those one hears what it
/// has set itself.
fn hears_of_link(actor: &Actor, fact: &fact::Model) -> bool {
    let of_item = || {
        let data = serde_json::from_str::<serde_json::Value>(&fact.data).unwrap_or_default();
        !data["item"].is_null()
    };
    let own = || fact.actor_kind == ActorKind::Service && fact.actor_id == actor.uuid();
    keeps_links(actor) && NAMES.contains(&fact.kind.as_str()) && (own() || !of_item())
}

/// How somebody stands to the subject of a fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stands {
    /// May not read it.
    #[default]
    Outside,
    /// Is an integration whose view of it has changed, as the fact says.
    Passed,
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
        FactAudience::Internal => {
            stands == Stands::Inside || stands == Stands::Reads && hears_of_link(actor, fact)
        }
        FactAudience::Integrations => stands == Stands::Passed,
        FactAudience::Administration => administers(actor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::actor::Held;
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
        assert_eq!(audiences(&service), [Readers, FactAudience::Integrations]);
        assert_eq!(audiences(&person(None)), [Readers]);
        assert_eq!(audiences(&person(Some(Role::Auditor))), [Readers, Administration]);
    }

    #[test]
    fn links_are_told_to_whoever_keeps_them() {
        let me = Uuid::from_u128(3);
        let service = |scopes| Actor::of_service(ServiceId(me), scopes);
        let keeper = service(vec![ApiScope::Facts, ApiScope::ExternalLinks]);
        let link = |kind: &str, data: &str, by: Option<Uuid>| fact::Model {
            kind: kind.to_owned(),
            data: data.to_owned(),
            actor_kind: if by.is_some() { ActorKind::Service } else { ActorKind::Person },
            actor_id: by,
            ..fact(FactAudience::Internal)
        };
        let plain = r#"{"link":"a"}"#;
        let of_item = r#"{"link":"a","item":"b"}"#;
        for (actor, fact, heard) in [
            (&keeper, link("link.set", plain, None), true),
            (&keeper, link("link.removed", plain, Some(Uuid::from_u128(4))), true),
            (&keeper, link("link.set", of_item, None), false),
            (&keeper, link("link.set", of_item, Some(Uuid::from_u128(4))), false),
            (&keeper, link("link.set", of_item, Some(me)), true),
            (&keeper, link("submission.hidden", plain, None), false),
            (&service(vec![ApiScope::Facts]), link("link.set", plain, None), false),
            (&person(None), link("link.set", plain, None), false),
        ] {
            assert_eq!(hears(actor, &fact, Stands::Reads), heard, "{fact:?}");
            assert!(!hears(actor, &fact, Stands::Outside));
        }
    }
}

//! Who keeps links to other systems, and who sees them. Pure.

use entity::external::external_link;

use crate::implementation::policy::Ties;
use crate::kit::actor::{Actor, ApiScope, Principal};
use crate::kit::error::{Refusal, Result};
use crate::submissions::standing::Standing;

/// Whether somebody can keep links at all: people may, where they review; an integration needs the
/// scope.
///
/// # Errors
/// UNAUTHENTICATED; FORBIDDEN for a token without the scope.
pub fn may_link(actor: &Actor) -> Result<()> {
    actor.require_signed_in()?;
    match actor.principal {
        Principal::Service(_) if !actor.has_scope(ApiScope::ExternalLinks) => {
            Err(Refusal::without_scope("external-links").into())
        }
        _ => Ok(()),
    }
}

/// Links of a submission are kept by its reviewers, and by integrations that read it.
///
/// # Errors
/// FORBIDDEN.
pub fn may_keep_for(actor: &Actor, standing: Standing) -> Result<(), Refusal> {
    match actor.principal {
        Principal::Person(_) if !standing.reviewer || standing.recused => {
            Err(Refusal::forbidden("to be its reviewer"))
        }
        _ => Ok(()),
    }
}

/// Links of an item are kept by whoever plans what it is for, and by integrations that read that.
///
/// # Errors
/// FORBIDDEN.
pub fn may_keep_for_item(actor: &Actor, ties: Ties) -> Result<(), Refusal> {
    let works = ties.reviewer || ties.manager || ties.owner || ties.co_owner || ties.assigned;
    match actor.principal {
        Principal::Person(_) if !works => {
            Err(Refusal::forbidden("to work on what the item is for"))
        }
        _ => Ok(()),
    }
}

/// An integration changes what it set itself and what people set; that of another integration is
/// changed by that one, or by a reviewer.
///
/// # Errors
/// FORBIDDEN.
pub fn may_change(actor: &Actor, link: &external_link::Model) -> Result<(), Refusal> {
    match (actor.principal, link.service_id) {
        (Principal::Service(me), Some(other)) if me != other => {
            Err(Refusal::forbidden("to be the integration that set this link, or a reviewer"))
        }
        _ => Ok(()),
    }
}

/// Whether somebody sees the links of a submission that they read: those who work on it, and
/// integrations that keep links. Its author and other readers do not.
#[must_use]
pub fn sees(actor: &Actor, standing: Standing) -> bool {
    match actor.principal {
        Principal::System => true,
        Principal::Anonymous => false,
        Principal::Service(_) => actor.has_scope(ApiScope::ExternalLinks),
        Principal::Person(_) => standing.inside(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::id::{ExternalLinkId, PersonId, ServiceId, UnitId};
    use entity::instant::Instant;
    use uuid::Uuid;

    fn person() -> Actor {
        let unit = UnitId(Uuid::nil());
        Actor::of_person(PersonId(Uuid::from_u128(1)), unit, unit)
    }

    fn service(id: u128, scopes: &[ApiScope]) -> Actor {
        Actor::of_service(ServiceId(Uuid::from_u128(id)), scopes.to_vec())
    }

    #[test]
    fn integrations_need_the_scope() {
        let with = service(1, &[ApiScope::ExternalLinks]);
        let others: Vec<ApiScope> =
            ApiScope::ALL.into_iter().filter(|it| *it != ApiScope::ExternalLinks).collect();
        assert!(may_link(&with).is_ok());
        assert!(may_link(&service(1, &others)).is_err());
        assert!(may_link(&Actor::anonymous()).is_err());
        assert!(
            sees(&with, Standing::default()) && !sees(&service(1, &others), Standing::default())
        );
    }

    #[test]
    fn reviewers_keep_and_those_inside_see() {
        let reviewer = Standing { reviewer: true, reads_as_reviewer: true, ..Standing::default() };
        let manager = Standing { manager: true, ..Standing::default() };
        let author = Standing { author: true, ..Standing::default() };
        let concerned = Standing { recused: true, ..reviewer };
        for (standing, keeps, sees_them) in [
            (reviewer, true, true),
            (manager, false, true),
            (author, false, false),
            (Standing::default(), false, false),
            (concerned, false, false),
        ] {
            assert_eq!(may_keep_for(&person(), standing).is_ok(), keeps, "{standing:?}");
            assert_eq!(sees(&person(), standing), sees_them, "{standing:?}");
        }
        assert!(may_keep_for_item(&person(), Ties { co_owner: true, ..Ties::default() }).is_ok());
        assert!(may_keep_for_item(&person(), Ties { inside: true, ..Ties::default() }).is_err());
    }

    #[test]
    fn an_integration_leaves_those_of_others_alone() {
        let link = |service_id| external_link::Model {
            id: ExternalLinkId(Uuid::nil()),
            submission_id: None,
            item_id: None,
            system: String::from("jira"),
            key: String::from("OPS-1"),
            url: None,
            state: None,
            service_id,
            created_at: Instant(0),
            updated_at: Instant(0),
            version: 1,
        };
        let (mine, theirs) = (ServiceId(Uuid::from_u128(1)), ServiceId(Uuid::from_u128(2)));
        let me = service(1, &[ApiScope::ExternalLinks]);
        assert!(may_change(&me, &link(None)).is_ok());
        assert!(may_change(&me, &link(Some(mine))).is_ok());
        assert!(may_change(&me, &link(Some(theirs))).is_err());
        assert!(may_change(&person(), &link(Some(theirs))).is_ok());
    }
}

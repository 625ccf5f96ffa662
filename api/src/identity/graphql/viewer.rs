//! Who asks, and what they may do.

use async_graphql::{Context, Object, SimpleObject};
use entity::identity::values::Role;

use super::types::{Session, each};
use super::{Grant, Person, Service, Unit};
use crate::graphql::payload::answer_or_null;
use crate::identity::service::who;
use crate::identity::{loader, policy};
use crate::kit::actor::{Actor, ApiScope, Principal};

/// What the caller may do, so that a client need not guess. The server decides anew at each
/// request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SimpleObject)]
pub struct ViewerPermissions {
    /// Send submissions under the own name.
    pub submit: bool,
    /// Send submissions on behalf of people.
    pub submit_on_behalf: bool,
    /// Triage and decide somewhere.
    pub review: bool,
    /// Lead somewhere: enrol devices, reset PINs.
    pub lead: bool,
    /// Keep units, people, roles and integrations somewhere.
    pub administer: bool,
    /// Look people up.
    pub list_people: bool,
    /// Read settings and logs.
    pub audit: bool,
}

impl ViewerPermissions {
    fn of(actor: &Actor) -> Self {
        let person = actor.person().is_some();
        Self {
            submit: person || actor.has_scope(ApiScope::Submit),
            submit_on_behalf: actor.has_scope(ApiScope::SubmitOnBehalf),
            review: person && actor.holds(Role::Reviewer),
            lead: person && (actor.holds(Role::Manager) || actor.holds(Role::Admin)),
            administer: person && actor.holds(Role::Admin),
            list_people: policy::may_list_people(actor).is_ok(),
            audit: person && (actor.holds(Role::Auditor) || actor.holds(Role::Admin)),
        }
    }
}

/// Whoever asks.
pub struct Viewer;

/// Whoever asks: a person, or an integration.
#[Object]
impl Viewer {
    /// The person, if it is one.
    async fn person(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        let id = asked!(ctx).actor.person()?;
        answer_or_null(loader::person(ctx, id).await.map(|it| it.map(Person)))
    }

    /// The integration, if it is one.
    async fn service(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Service>> {
        let Principal::Service(id) = asked!(ctx).actor.principal else { return None };
        answer_or_null(loader::service(ctx, id).await.map(|it| it.map(Service)))
    }

    /// The roles held, as they stand now.
    async fn roles(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Grant>>> {
        match asked!(ctx).actor.principal {
            Principal::Person(id) => each(loader::grants_of_person(ctx, id).await, Grant),
            Principal::Service(id) => each(loader::grants_of_service(ctx, id).await, Grant),
            Principal::Anonymous | Principal::System => Some(Ok(Vec::new())),
        }
    }

    /// What the caller may do.
    async fn can(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<ViewerPermissions>> {
        Some(Ok(ViewerPermissions::of(&asked!(ctx).actor)))
    }

    /// The home unit of a person.
    async fn unit(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        let home = asked!(ctx).actor.home?;
        answer_or_null(loader::unit(ctx, home).await.map(|it| it.map(Unit)))
    }

    /// Preferred language, BCP 47.
    async fn language(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        Some(Ok(asked!(ctx).actor.locale.clone()))
    }

    /// What came of what you sent, in plain words and numbers; null for an integration. Days are calendar
    /// days (UTC).
    async fn what_came_of_it(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "First day; a year before the last one when left out.")] from: Option<
            crate::graphql::scalars::Date,
        >,
        #[graphql(desc = "Last day; today when left out.")] to: Option<
            crate::graphql::scalars::Date,
        >,
    ) -> Option<async_graphql::Result<crate::closing::graphql::came::WhatCameOfIt>> {
        answer_or_null(crate::closing::graphql::came::of_mine(ctx, (from, to)).await)
    }

    /// How often you want to hear of what: one row for each topic; null for an integration.
    async fn notification_preferences(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<Vec<crate::notify::hearing::TopicPreference>>> {
        let scope = asked!(ctx);
        scope.actor.person()?;
        answer_or_null(crate::notify::hearing::of_mine(scope).await.map(Some))
    }

    /// Your sessions that still go on, at most 100.
    async fn sessions(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Session>>> {
        let scope = asked!(ctx);
        each(who::own_sessions(scope).await, Session)
    }
}

/// The asker.
#[derive(Default)]
pub struct ViewerQuery;

#[Object]
impl ViewerQuery {
    /// Who asks and what they may do; null without a sign-in.
    async fn viewer(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Viewer>> {
        let scope = asked!(ctx);
        (scope.actor.principal != Principal::Anonymous).then_some(Ok(Viewer))
    }

    /// Version of this server.
    async fn server_version(&self) -> &str {
        env!("CARGO_PKG_VERSION")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::actor::Held;
    use entity::id::{PersonId, ServiceId, UnitId};
    use uuid::Uuid;

    #[test]
    fn what_a_caller_can_follows_their_roles() {
        let unit = UnitId(Uuid::nil());
        let nurse = Actor::of_person(PersonId(Uuid::nil()), unit, unit);
        let can = ViewerPermissions::of(&nurse);
        assert!(can.submit && !can.review && !can.lead && !can.administer && !can.list_people);
        let grants = vec![Held { role: Role::Manager, unit }];
        let can = ViewerPermissions::of(&Actor { grants, ..nurse });
        assert!(can.lead && can.list_people && !can.administer && !can.audit);
        let service = Actor::of_service(ServiceId(Uuid::nil()), vec![ApiScope::Submit]);
        let can = ViewerPermissions::of(&service);
        assert!(can.submit && !can.submit_on_behalf && !can.list_people);
        assert!(!ViewerPermissions::of(&Actor::anonymous()).submit);
    }
}

//! Types and enums that the parts of this surface share.

use async_graphql::{Context, Enum, ID, Object};
use entity::id::{GrantId, SessionId};
use entity::identity::{grant, session};
use sea_orm::{ColumnTrait, QueryFilter};

use super::{Device, Person, Service, Unit};
use crate::graphql::payload::{answer, answer_or_null};
use crate::graphql::scalars::DateTime;
use crate::identity::{loader, query};
use crate::kit::error::Result;
use crate::kit::scope::Scope;
use crate::user_errors;

user_errors!(OrganisationUserError, OrganisationErrorCode, "units, people, roles, devices and integrations" {
    /// Not signed in.
    Unauthenticated,
    /// Signed in, but without the right.
    Forbidden,
    /// Not there, or not yours.
    NotFound,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// A value is not of the right form or range.
    Invalid,
    /// Another thing has this name, code or address.
    Taken,
    /// It changed since it was read.
    StaleVersion,
    /// Something still depends on it.
    InUse,
    /// The client key was used with other content.
    IdempotencyKeyReused,
});

/// What sort of unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::identity::values::UnitKind")]
pub enum UnitKind {
    /// A region.
    Region,
    /// A site: the walls that colleagues share.
    Site,
    /// A team.
    Team,
    /// A function such as IT or supply: may own submissions and causes.
    Function,
    /// Anything else.
    Other,
}

/// A role, given on a unit and everything below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::identity::values::Role")]
pub enum Role {
    /// Works here. Everyone has it on the home unit without a grant.
    Employee,
    /// Leads a unit.
    Manager,
    /// CX team: triages and decides.
    Reviewer,
    /// Reads opened ideas and aggregates.
    Executive,
    /// Looks after tone: ideas and reported items.
    Moderator,
    /// Reads settings, logs and switches; no content.
    Auditor,
    /// Runs the system; content only with a further, visible grant.
    Admin,
    /// An integration.
    Integration,
}

/// Whether somebody has a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::identity::values::PinState")]
pub enum PinState {
    /// None.
    None,
    /// A one-time printed PIN that must be replaced.
    Once,
    /// One of their own.
    Own,
}

/// Whether a vote also follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::identity::values::VoteFollows")]
pub enum VoteFollows {
    /// Yes, the default.
    Yes,
    /// No.
    No,
}

/// How somebody signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::identity::values::SignInMethod")]
pub enum SignInMethod {
    /// A code sent by mail.
    Code,
    /// A password.
    Password,
    /// Staff code and PIN on an enrolled device.
    Pin,
    /// A one-time link.
    Link,
}

/// A signed-in client.
#[derive(Clone)]
pub struct Session(pub session::Model);

/// A signed-in client. Everybody sees their own.
#[Object]
impl Session {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// How it began.
    async fn method(&self) -> SignInMethod {
        self.0.method.into()
    }

    /// When it began.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Latest end, whatever is refreshed.
    async fn expires_at(&self) -> DateTime {
        self.0.expires_at.into()
    }

    /// The enrolled device that it is on, for whoever may see that device.
    async fn device(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Device>> {
        let scope = asked!(ctx);
        let id = self.0.device_id?;
        let seen = query::device(&scope.db(), &scope.actor, id).await;
        answer_or_null(seen.map(|it| it.map(Device)))
    }

    /// Whether this request belongs to it.
    async fn is_current(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<bool>> {
        Some(Ok(asked!(ctx).actor.session == Some(self.0.id)))
    }
}

impl Session {
    /// By id: one of the own sessions.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<SessionId>() else { return Ok(None) };
        Ok(query::own_session(&scope.db(), &scope.actor, id, scope.now).await?.map(Self))
    }
}

/// A role that somebody holds.
#[derive(Clone)]
pub struct Grant(pub grant::Model);

/// A role that a person or an integration holds on a unit and everything below it. Seen by its
/// holder, by managers and administrators of the unit, and by auditors.
#[Object]
impl Grant {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Which role.
    async fn role(&self) -> Role {
        self.0.role.into()
    }

    /// On which unit; the whole subtree counts.
    async fn unit(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(loader::unit(ctx, self.0.unit_id).await.map(|it| it.map(Unit)))
    }

    /// The person who holds it, if it is one.
    async fn person(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        let id = self.0.person_id?;
        answer_or_null(loader::person(ctx, id).await.map(|it| it.map(Person)))
    }

    /// The integration that holds it, if it is one.
    async fn service(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Service>> {
        let id = self.0.service_id?;
        let scope = asked!(ctx);
        let seen = query::service(&scope.db(), &scope.actor, id).await;
        answer_or_null(seen.map(|it| it.map(Service)))
    }

    /// When it was given.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

impl Grant {
    /// By id, for whoever may see it.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<GrantId>() else { return Ok(None) };
        let seen = query::grants_visible_to(&scope.actor).filter(grant::Column::Id.eq(id));
        Ok(seen.one(&scope.db()).await?.map(Self))
    }
}

/// Rows as nodes.
pub(super) fn each<M, N>(
    rows: Result<Vec<M>>,
    node: impl Fn(M) -> N,
) -> Option<async_graphql::Result<Vec<N>>> {
    answer(rows.map(|rows| rows.into_iter().map(node).collect()))
}

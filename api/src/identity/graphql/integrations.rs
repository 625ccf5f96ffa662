//! Integrations and their API tokens.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::id::{ServiceId, TokenId};
use entity::identity::{api_token, service};
use sea_orm::{ColumnTrait, QueryFilter};
use serde_json::json;

use super::types::{Grant, OrganisationUserError, each};
use crate::graphql::list::{count_wanted, id_at};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::scalars::DateTime;
use crate::identity::service::integrations::{self, NewApiToken, NewService};
use crate::identity::service::lists;
use crate::identity::{fields, loader, query};
use crate::kit::actor;
use crate::kit::client_key::ClientKey;
use crate::kit::error::Result;
use crate::kit::page::PageArgs;
use crate::kit::scope::Scope;
use crate::{connection, payload};

/// What an API token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "actor::ApiScope")]
pub enum ApiScope {
    /// Read submissions of the subtree.
    Content,
    /// See names of people.
    Personal,
    /// Send submissions under the integration's own name.
    Submit,
    /// Send submissions on behalf of people.
    SubmitOnBehalf,
    /// Pull the fact log. Needs CONTENT too for facts about submissions and root causes.
    Facts,
    /// Say why something happens: link submissions to root causes, as a model. Needs CONTENT too.
    Link,
    /// Keep what submissions and items of plans are called in other systems. Needs CONTENT too.
    ExternalLinks,
}

/// An integration.
#[derive(Clone)]
pub struct Service(pub service::Model);

/// An integration: a program that acts under its own name. Seen by administrators, auditors and
/// itself.
#[Object]
impl Service {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Display name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its roles: the units whose subtrees it may see.
    async fn roles(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Grant>>> {
        each(loader::grants_of_service(ctx, self.0.id).await, Grant)
    }

    /// Its tokens, newest first, without their secrets.
    async fn tokens(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<ApiToken>>> {
        each(loader::tokens_of(ctx, self.0.id).await, ApiToken)
    }

    /// When it was switched off.
    async fn disabled_at(&self) -> Option<DateTime> {
        self.0.disabled_at.map(Into::into)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

impl Service {
    /// By id, for whoever may see it.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<ServiceId>() else { return Ok(None) };
        Ok(query::service(&scope.db(), &scope.actor, id).await?.map(Self))
    }
}

connection!(ServiceConnection, ServiceEdge, Service, "integrations");

/// A token.
#[derive(Clone)]
pub struct ApiToken(pub api_token::Model);

/// A token of an integration; its secret was shown once and is not kept.
#[Object]
impl ApiToken {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What it is for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Whose it is.
    async fn service(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Service>> {
        answer_or_null(loader::service(ctx, self.0.service_id).await.map(|it| it.map(Service)))
    }

    /// What it may be used for.
    async fn scopes(&self) -> Vec<ApiScope> {
        let words = self.0.scopes.split_whitespace();
        words.filter_map(actor::ApiScope::named).map(Into::into).collect()
    }

    /// End of its life; null: until it is revoked.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires_at.map(Into::into)
    }

    /// When it was revoked.
    async fn revoked_at(&self) -> Option<DateTime> {
        self.0.revoked_at.map(Into::into)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

impl ApiToken {
    /// By id, for whoever may see it.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<TokenId>() else { return Ok(None) };
        let seen = query::tokens_visible_to(&scope.actor).filter(api_token::Column::Id.eq(id));
        Ok(seen.one(&scope.db()).await?.map(Self))
    }
}

/// An integration is made.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceCreateInput {
    /// Display name, unique, at most 200 characters.
    pub name: String,
    /// The unit whose subtree it may see.
    pub unit_id: ID,
    /// The same key and content make one integration, however often they arrive.
    pub client_key: Option<String>,
}

/// An integration is switched off.
#[derive(Clone, Debug, InputObject)]
pub struct ServiceDisableInput {
    /// Which.
    pub id: ID,
}

/// A token is made.
#[derive(Clone, Debug, InputObject)]
pub struct ApiTokenCreateInput {
    /// Of which integration.
    pub service_id: ID,
    /// What it is for, at most 200 characters.
    pub name: String,
    /// What it may be used for; at least one.
    pub scopes: Vec<ApiScope>,
    /// End of its life; left out: until it is revoked.
    pub expires_at: Option<DateTime>,
}

/// A token is revoked.
#[derive(Clone, Debug, InputObject)]
pub struct ApiTokenRevokeInput {
    /// Which.
    pub id: ID,
}

payload! {
    /// Result of `serviceCreate`.
    ServiceCreatePayload, OrganisationUserError {
        /// The integration.
        service: Service,
        /// Whether the client key had been received before: then nothing was made now.
        already_received: bool,
    }
}

payload! {
    /// Result of `serviceDisable`.
    ServiceDisablePayload, OrganisationUserError {
        /// The integration as it is now.
        service: Service,
    }
}

payload! {
    /// Result of `apiTokenCreate`.
    ApiTokenCreatePayload, OrganisationUserError {
        /// The token.
        api_token: ApiToken,
        /// Its secret, shown only now: send it as `Authorization: Bearer SECRET`.
        secret: String,
    }
}

payload! {
    /// Result of `apiTokenRevoke`.
    ApiTokenRevokePayload, OrganisationUserError {
        /// The token as it is now.
        api_token: ApiToken,
    }
}

/// Integrations.
#[derive(Default)]
pub struct ServiceQuery;

#[Object]
impl ServiceQuery {
    /// Integrations by name, those switched off too. Needs the role ADMIN or AUDITOR.
    async fn services(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100; 25 when nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<ServiceConnection>> {
        let scope = asked!(ctx);
        let args = PageArgs { first, after, last, before };
        let order = lists::by_service_name(sea_orm::Order::Asc);
        let asked = lists::Asked { order, args, count: count_wanted(ctx) };
        let page = lists::services(scope, asked).await;
        answer(page.map(|page| ServiceConnection::of(page, Service)))
    }
}

/// Integrations and their tokens.
#[derive(Default)]
pub struct ServiceMutation;

#[Object]
impl ServiceMutation {
    /// Makes an integration that may see one subtree. Needs the role ADMIN on that unit or above.
    /// Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG, TAKEN, INVALID,
    /// IDEMPOTENCY_KEY_REUSED.
    async fn service_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The integration.")] input: ServiceCreateInput,
    ) -> Option<async_graphql::Result<ServiceCreatePayload>> {
        let scope = asked!(ctx);
        let result = async {
            let new = NewService {
                name: fields::name(&input.name, "name")?,
                unit: id_at(&input.unit_id, "unitId")?,
            };
            let body = json!([new.name, new.unit.to_string()]);
            let key = ClientKey::of(input.client_key.as_deref(), &body)?;
            integrations::create(scope, new, key).await
        };
        settle(result.await, |made| ServiceCreatePayload::done(Service(made.thing), made.already))
    }

    /// Switches an integration off with all its tokens, from the next request on. Needs the role
    /// ADMIN on every unit that it sees. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND.
    async fn service_disable(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ServiceDisableInput,
    ) -> Option<async_graphql::Result<ServiceDisablePayload>> {
        let scope = asked!(ctx);
        let result = async { integrations::disable(scope, id_at(&input.id, "id")?).await };
        settle(result.await, |service| ServiceDisablePayload::done(Service(service)))
    }

    /// Makes a token of an integration; its secret is shown once. Needs the role ADMIN on every
    /// unit that the integration sees. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, REQUIRED,
    /// TOO_LONG, INVALID.
    async fn api_token_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token.")] input: ApiTokenCreateInput,
    ) -> Option<async_graphql::Result<ApiTokenCreatePayload>> {
        let scope = asked!(ctx);
        let result = async {
            let new = NewApiToken {
                service: id_at(&input.service_id, "serviceId")?,
                name: fields::name(&input.name, "name")?,
                scopes: input.scopes.into_iter().map(Into::into).collect(),
                expires_at: input.expires_at.map(|at| at.0),
            };
            integrations::mint(scope, new).await
        };
        settle(result.await, |it| ApiTokenCreatePayload::done(ApiToken(it.token), it.secret))
    }

    /// Revokes a token, from the next request on. Needs the role ADMIN on every unit that the
    /// integration sees. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND.
    async fn api_token_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ApiTokenRevokeInput,
    ) -> Option<async_graphql::Result<ApiTokenRevokePayload>> {
        let scope = asked!(ctx);
        let result = async { integrations::revoke(scope, id_at(&input.id, "id")?).await };
        settle(result.await, |token| ApiTokenRevokePayload::done(ApiToken(token)))
    }
}

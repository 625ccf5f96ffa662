//! The tree of units.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};
use entity::id::UnitId;
use entity::identity::unit;
use serde_json::json;

use super::types::{OrganisationUserError, UnitKind, each};
use crate::desk::service::closing;
use crate::graphql::list::{OrderDirection, count_wanted, id_at, some_id_at};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::scalars::{Date, DateTime};
use crate::identity::service::lists::{self, UnitFilter};
use crate::identity::service::units::{self, NewUnit, Patch};
use crate::identity::{fields, loader, query};
use crate::kit::client_key::ClientKey;
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::page::PageArgs;
use crate::kit::scope::Scope;
use crate::{connection, payload};

/// A unit.
#[derive(Clone)]
pub struct Unit(pub unit::Model);

/// A unit of the organisation's tree. Everybody who is signed in sees the whole tree.
#[Object]
impl Unit {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What sort of unit.
    async fn kind(&self) -> UnitKind {
        self.0.kind.into()
    }

    /// Display name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// External code: what other systems call it.
    async fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The unit above; null at the top.
    async fn parent(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Self>> {
        let parent = self.0.parent_id?;
        answer_or_null(loader::unit(ctx, parent).await.map(|it| it.map(Self)))
    }

    /// The units right below, by name.
    async fn children(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Self>>> {
        each(loader::children(ctx, self.0.id).await, Self)
    }

    /// The units above, nearest first.
    async fn ancestors(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Self>>> {
        answer(ancestors(ctx, self.0.id).await)
    }

    /// "Own site": the nearest unit of kind SITE upwards, itself included, else the unit itself.
    async fn site(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Self>> {
        answer_or_null(loader::unit(ctx, self.0.site_id).await.map(|it| it.map(Self)))
    }

    /// Time zone (IANA); null when it is that of the unit above.
    async fn zone(&self) -> Option<&str> {
        self.0.zone.as_deref()
    }

    /// First day in use.
    async fn active_from(&self) -> Option<Date> {
        self.0.active_from.map(Into::into)
    }

    /// Last day in use.
    async fn active_to(&self) -> Option<Date> {
        self.0.active_to.map(Into::into)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Counts up with every change; for `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

impl Unit {
    /// By id.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<UnitId>() else { return Ok(None) };
        Ok(query::unit(&scope.db(), &scope.actor, id).await?.map(Self))
    }
}

async fn ancestors(ctx: &Context<'_>, id: UnitId) -> Result<Vec<Unit>> {
    let lineage = loader::lineage(ctx, id).await?;
    let mut found = Vec::new();
    for above in lineage.into_iter().filter(|above| *above != id) {
        found.extend(loader::unit(ctx, above).await?.map(Unit));
    }
    Ok(found)
}

connection!(UnitConnection, UnitEdge, Unit, "units");

/// By what units are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum UnitOrderField {
    /// By name.
    #[default]
    Name,
    /// By when they were made.
    CreatedAt,
}

/// An order of units; the id always comes last.
#[derive(Clone, Copy, Debug, Default, InputObject)]
pub struct UnitOrder {
    /// By what.
    pub field: UnitOrderField,
    /// Which way.
    #[graphql(default)]
    pub direction: OrderDirection,
}

/// Which units are listed; every condition must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct UnitListFilter {
    /// This unit and everything below it.
    pub in_subtree: Option<ID>,
    /// Only these sorts.
    pub kinds: Option<Vec<UnitKind>>,
    /// The unit with this external code.
    pub code: Option<String>,
    /// Name, or a word of it, begins with this.
    pub text: Option<String>,
}

impl UnitListFilter {
    fn parsed(self) -> Result<UnitFilter> {
        Ok(UnitFilter {
            in_subtree: some_id_at(self.in_subtree.as_ref(), "filter.inSubtree")?,
            kinds: self.kinds.map(|kinds| kinds.into_iter().map(Into::into).collect()),
            code: self.code,
            text: self.text,
        })
    }
}

/// A unit is made.
#[derive(Clone, Debug, InputObject)]
pub struct UnitCreateInput {
    /// The unit above.
    pub parent_id: ID,
    /// What sort of unit.
    pub kind: UnitKind,
    /// Display name, at most 200 characters.
    pub name: String,
    /// External code, unique.
    pub code: Option<String>,
    /// Time zone (IANA); left out, it is that of the unit above.
    pub zone: Option<String>,
    /// First day in use.
    pub active_from: Option<Date>,
    /// Last day in use.
    pub active_to: Option<Date>,
    /// The same key and content make one unit, however often they arrive.
    pub client_key: Option<String>,
}

impl UnitCreateInput {
    fn parsed(self) -> Result<(NewUnit, Option<ClientKey>)> {
        let new = NewUnit {
            parent: Some(id_at(&self.parent_id, "parentId")?),
            kind: self.kind.into(),
            name: fields::name(&self.name, "name")?,
            code: self.code.as_deref().map(|code| fields::code(code, "code")).transpose()?,
            zone: self.zone.as_deref().map(|zone| fields::zone(zone, "zone")).transpose()?,
            active_from: self.active_from.map(|day| day.0),
            active_to: self.active_to.map(|day| day.0),
        };
        let body = json!({
            "unit": [new.parent.map(|id| id.to_string()), Some(new.name.clone()), new.code.clone()],
            "kind": new.kind,
            "zone": new.zone,
            "days": [new.active_from.map(|day| day.to_string()), new.active_to.map(|day| day.to_string())],
        });
        Ok((new, ClientKey::of(self.client_key.as_deref(), &body)?))
    }
}

/// A unit changes. What is left out stays; null clears.
#[derive(Clone, Debug, InputObject)]
pub struct UnitUpdateInput {
    /// Which unit.
    pub id: ID,
    /// The version that you read; left out, nothing is checked.
    pub expected_version: Option<i32>,
    /// Another name.
    pub name: Option<String>,
    /// Another sort.
    pub kind: Option<UnitKind>,
    /// Another place: under this unit, with everything below.
    pub parent_id: Option<ID>,
    /// Another external code.
    pub code: MaybeUndefined<String>,
    /// Another time zone.
    pub zone: MaybeUndefined<String>,
    /// Another first day in use.
    pub active_from: MaybeUndefined<Date>,
    /// Another last day in use; null takes a closed unit into use again.
    pub active_to: MaybeUndefined<Date>,
}

/// A three-state value: `None` was left out, `Some(None)` was null.
pub(super) fn three<T, U>(
    value: MaybeUndefined<T>,
    parse: impl FnOnce(T) -> Result<U>,
) -> Result<Option<Option<U>>> {
    match value {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => Ok(Some(None)),
        MaybeUndefined::Value(value) => Ok(Some(Some(parse(value)?))),
    }
}

impl UnitUpdateInput {
    fn parsed(self) -> Result<(UnitId, Patch)> {
        let patch = Patch {
            expected_version: self.expected_version,
            name: self.name.as_deref().map(|name| fields::name(name, "name")).transpose()?,
            kind: self.kind.map(Into::into),
            parent: some_id_at(self.parent_id.as_ref(), "parentId")?,
            code: three(self.code, |code| fields::code(&code, "code"))?,
            zone: three(self.zone, |zone| fields::zone(&zone, "zone"))?,
            active_from: three(self.active_from, |day| Ok(day.0))?,
            active_to: three(self.active_to, |day| Ok(day.0))?,
        };
        Ok((id_at(&self.id, "id")?, patch))
    }
}

/// A unit is taken out of use.
#[derive(Clone, Debug, InputObject)]
pub struct UnitCloseInput {
    /// Which unit.
    pub id: ID,
    /// The last day in use; left out, today.
    pub last_day: Option<Date>,
    /// The version that you read; left out, nothing is checked.
    pub expected_version: Option<i32>,
}

payload! {
    /// Result of `unitCreate`.
    UnitCreatePayload, OrganisationUserError {
        /// The unit.
        unit: Unit,
        /// Whether the client key had been received before: then nothing was made now.
        already_received: bool,
    }
}

payload! {
    /// Result of `unitUpdate`.
    UnitUpdatePayload, OrganisationUserError {
        /// The unit as it is now.
        unit: Unit,
    }
}

payload! {
    /// Result of `unitClose`.
    UnitClosePayload, OrganisationUserError {
        /// The unit as it is now.
        unit: Unit,
    }
}

/// Units.
#[derive(Default)]
pub struct UnitQuery;

#[Object]
impl UnitQuery {
    /// A unit by id or by external code; give one of the two. Needs a sign-in.
    async fn unit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: Option<ID>,
        #[graphql(desc = "Its external code.")] code: Option<String>,
    ) -> Option<async_graphql::Result<Unit>> {
        let scope = asked!(ctx);
        answer_or_null(one(scope, id, code).await)
    }

    /// Units, by name unless another order is asked for. Needs a sign-in.
    #[allow(clippy::too_many_arguments)]
    async fn units(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which units; all when left out.")] filter: Option<UnitListFilter>,
        #[graphql(desc = "At most one key; the id always comes last.")] order_by: Option<
            Vec<UnitOrder>,
        >,
        #[graphql(desc = "Rows from the front, at most 100; 25 when nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<UnitConnection>> {
        let scope = asked!(ctx);
        let args = PageArgs { first, after, last, before };
        let order = match one_key(order_by) {
            Ok(order) => order,
            Err(error) => return answer(Err(error)),
        };
        let order = match order.field {
            UnitOrderField::Name => lists::by_unit_name(order.direction.order()),
            UnitOrderField::CreatedAt => lists::by_unit_age(order.direction.order()),
        };
        let filter = match filter.unwrap_or_default().parsed() {
            Ok(filter) => filter,
            Err(error) => return answer(Err(error)),
        };
        let asked = lists::Asked { order, args, count: count_wanted(ctx) };
        let page = lists::units(scope, filter, asked).await;
        answer(page.map(|page| UnitConnection::of(page, Unit)))
    }
}

/// The first key of an order, or the default; more than one is refused.
pub(super) fn one_key<T: Default>(order_by: Option<Vec<T>>) -> Result<T> {
    let mut keys = order_by.unwrap_or_default();
    if keys.len() > 1 {
        return Err(Refusal::new(
            Code::BadRequest,
            "orderBy",
            "`orderBy` takes one key here; the id always comes last.",
        )
        .into());
    }
    Ok(keys.pop().unwrap_or_default())
}

async fn one(scope: &Scope, id: Option<ID>, code: Option<String>) -> Result<Option<Unit>> {
    scope.actor.require_signed_in()?;
    match (id, code) {
        (Some(id), None) => Unit::by_id(scope, &id.0).await,
        (None, Some(code)) => {
            let code = fields::code(&code, "code")?;
            Ok(query::unit_by_code(&scope.db(), &code).await?.map(Unit))
        }
        _ => {
            Err(Refusal::new(Code::BadRequest, "id", "Give `id` or `code`, one of the two.").into())
        }
    }
}

/// Units.
#[derive(Default)]
pub struct UnitMutation;

#[Object]
impl UnitMutation {
    /// Makes a unit under another. Needs the role ADMIN on the unit above it or further up. Codes:
    /// UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG, INVALID, TAKEN,
    /// IDEMPOTENCY_KEY_REUSED.
    async fn unit_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The unit.")] input: UnitCreateInput,
    ) -> Option<async_graphql::Result<UnitCreatePayload>> {
        let scope = asked!(ctx);
        let result = async {
            let (new, key) = input.parsed()?;
            units::create(scope, new, key).await
        };
        settle(result.await, |made| UnitCreatePayload::done(Unit(made.thing), made.already))
    }

    /// Changes a unit, or moves it with everything below it. Needs the role ADMIN on it or further
    /// up, and on the new place too. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, REQUIRED,
    /// TOO_LONG, INVALID (also when it would lie under itself), TAKEN, STALE_VERSION.
    async fn unit_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UnitUpdateInput,
    ) -> Option<async_graphql::Result<UnitUpdatePayload>> {
        let scope = asked!(ctx);
        let result = async {
            let (id, patch) = input.parsed()?;
            units::update(scope, id, patch).await
        };
        settle(result.await, |unit| UnitUpdatePayload::done(Unit(unit)))
    }

    /// Takes a unit out of use. What was sent there stays readable. Needs the role ADMIN on it or
    /// further up. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, INVALID, STALE_VERSION, IN_USE.
    async fn unit_close(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and its last day.")] input: UnitCloseInput,
    ) -> Option<async_graphql::Result<UnitClosePayload>> {
        let scope = asked!(ctx);
        let result = async {
            let last = input.last_day.map_or_else(|| scope.now.day(), |day| day.0);
            closing::close(scope, id_at(&input.id, "id")?, (last, input.expected_version)).await
        };
        settle(result.await, |unit| UnitClosePayload::done(Unit(unit)))
    }
}

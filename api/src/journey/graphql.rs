//! Surface of journeys.

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::id::{JourneyId, PersonId, TouchpointId, TypedId as _};
use entity::journey::{journey, touchpoint};

use super::loader::{Journeys, TouchpointsOf};
use super::query;
use super::service::{self, InUse, New, Update};
use crate::graphql::list::{id_at, some_id_at};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::ready;
use crate::identity::graphql::Person;
use crate::kit::change::Change;
use crate::kit::error::{Fault, Result};
use crate::kit::scope::Scope;
use crate::submissions::graphql::edges::person;
use crate::{payload, user_errors};

fn signed_in<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    let scope = ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?;
    scope.actor.require_signed_in()?;
    Ok(scope)
}

fn batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Journeys>> {
    Ok(ctx.data::<DataLoader<Journeys>>().map_err(|_| Fault::internal("no batches of journeys"))?)
}

/// A journey.
#[derive(Clone)]
pub struct Journey(pub journey::Model);

/// A journey of the people we serve.
#[Object]
impl Journey {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Order in lists.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Who answers for it.
    async fn owner(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(person(ctx, self.0.owner_id).await)
    }

    /// Its touchpoints, in order.
    async fn touchpoints(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<Vec<Touchpoint>>> {
        let found = async {
            let rows = batches(ctx)?.load_one(TouchpointsOf(self.0.id)).await?;
            Ok(rows.unwrap_or_default().into_iter().map(Touchpoint).collect())
        };
        answer(found.await)
    }

    /// Whether it can no longer be chosen.
    async fn archived(&self) -> bool {
        self.0.archived_at.is_some()
    }

    /// Counts up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A touchpoint.
#[derive(Clone)]
pub struct Touchpoint(pub touchpoint::Model);

/// A moment of a journey.
#[Object]
impl Touchpoint {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Its name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Its journey.
    async fn journey(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Journey>> {
        let found =
            async { Ok(ready::one(ctx, batches(ctx)?, self.0.journey_id).await?.map(Journey)) };
        answer_or_null(found.await)
    }

    /// Order in lists.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Who answers for it.
    async fn owner(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(person(ctx, self.0.owner_id).await)
    }

    /// Whether it can no longer be chosen.
    async fn archived(&self) -> bool {
        self.0.archived_at.is_some()
    }

    /// Counts up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

impl Journey {
    /// By id.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = JourneyId::parse(id) else { return Ok(None) };
        if scope.actor.require_signed_in().is_err() {
            return Ok(None);
        }
        Ok(query::journey(&scope.db(), id).await?.map(Self))
    }
}

impl Touchpoint {
    /// By id.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = TouchpointId::parse(id) else { return Ok(None) };
        if scope.actor.require_signed_in().is_err() {
            return Ok(None);
        }
        Ok(query::touchpoint(&scope.db(), id).await?.map(Self))
    }
}

/// Queries.
#[derive(Default)]
pub struct JourneyQuery;

#[Object]
impl JourneyQuery {
    /// All journeys with their touchpoints, in order. Needs a sign-in.
    async fn journeys(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Journey>>> {
        let found = async {
            let rows = query::journeys(&signed_in(ctx)?.db()).await?;
            Ok(rows.into_iter().map(Journey).collect())
        };
        answer(found.await)
    }
}

user_errors!(JourneyUserError, JourneyErrorCode, "journeys and touchpoints" {
    /// Not signed in, or no longer.
    Unauthenticated,
    /// Without the role ADMIN or REVIEWER.
    Forbidden,
    /// Nothing with this id is there for you.
    NotFound,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// The name is there already.
    Taken,
    /// It changed since it was read.
    StaleVersion,
});

payload!(
    /// The result of `journeyCreate`.
    JourneyCreatePayload, JourneyUserError {
        /// The new journey.
        journey: Journey
    }
);
payload!(
    /// The result of `journeyUpdate`.
    JourneyUpdatePayload, JourneyUserError {
        /// The journey as it is now.
        journey: Journey
    }
);
payload!(
    /// The result of `touchpointCreate`.
    TouchpointCreatePayload, JourneyUserError {
        /// The new touchpoint.
        touchpoint: Touchpoint
    }
);
payload!(
    /// The result of `touchpointUpdate`.
    TouchpointUpdatePayload, JourneyUserError {
        /// The touchpoint as it is now.
        touchpoint: Touchpoint
    }
);

/// A journey to make.
#[derive(InputObject)]
pub struct JourneyCreateInput {
    /// Its name, at most 200 characters; unique.
    pub name: String,
    /// Order in lists; the end when not given.
    pub position: Option<i32>,
    /// Who answers for it.
    pub owner_id: Option<ID>,
}

/// A touchpoint to make.
#[derive(InputObject)]
pub struct TouchpointCreateInput {
    /// Its journey.
    pub journey_id: ID,
    /// Its name, at most 200 characters; unique in the journey.
    pub name: String,
    /// Order in lists; the end when not given.
    pub position: Option<i32>,
    /// Who answers for it.
    pub owner_id: Option<ID>,
}

/// Changes to a journey; what is left out stays.
#[derive(InputObject)]
pub struct JourneyUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version that you read; refused when it moved on.
    pub expected_version: Option<i32>,
    /// A new name.
    pub name: Option<String>,
    /// Order in lists.
    pub position: Option<i32>,
    /// Who answers for it; null: nobody.
    pub owner_id: MaybeUndefined<ID>,
    /// True takes it out of the choice, false puts it back.
    pub archived: Option<bool>,
}

/// Changes to a touchpoint; what is left out stays.
#[derive(InputObject)]
pub struct TouchpointUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version that you read; refused when it moved on.
    pub expected_version: Option<i32>,
    /// A new name.
    pub name: Option<String>,
    /// Order in lists.
    pub position: Option<i32>,
    /// Who answers for it; null: nobody.
    pub owner_id: MaybeUndefined<ID>,
    /// True takes it out of the choice, false puts it back.
    pub archived: Option<bool>,
}

fn owner(given: &MaybeUndefined<ID>) -> Result<Change<PersonId>> {
    Ok(match given {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(id) => Change::Set(id_at(id, "ownerId")?),
    })
}

fn in_use(archived: bool) -> InUse {
    if archived { InUse::No } else { InUse::Yes }
}

/// Mutations.
#[derive(Default)]
pub struct JourneyMutation;

#[Object]
impl JourneyMutation {
    /// Makes a journey. Needs ADMIN or REVIEWER. Codes: UNAUTHENTICATED, FORBIDDEN, REQUIRED,
    /// TOO_LONG, TAKEN, NOT_FOUND.
    async fn journey_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to make.")] input: JourneyCreateInput,
    ) -> Option<async_graphql::Result<JourneyCreatePayload>> {
        let done = async {
            let owner = some_id_at(input.owner_id.as_ref(), "ownerId")?;
            let new = New { name: input.name, position: input.position, owner };
            service::create_journey(signed_in(ctx)?, new).await
        };
        settle(done.await, |row| JourneyCreatePayload::done(Journey(row)))
    }

    /// Changes a journey. Needs ADMIN or REVIEWER. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION, REQUIRED, TOO_LONG, TAKEN.
    async fn journey_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: JourneyUpdateInput,
    ) -> Option<async_graphql::Result<JourneyUpdatePayload>> {
        let done = async {
            let cmd = Update {
                id: id_at::<JourneyId>(&input.id, "id")?,
                expected_version: input.expected_version,
                name: input.name,
                position: input.position,
                owner: owner(&input.owner_id)?,
                in_use: input.archived.map(in_use),
            };
            service::update_journey(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| JourneyUpdatePayload::done(Journey(row)))
    }

    /// Makes a touchpoint of a journey. Needs ADMIN or REVIEWER. Codes: UNAUTHENTICATED,
    /// FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG, TAKEN.
    async fn touchpoint_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to make.")] input: TouchpointCreateInput,
    ) -> Option<async_graphql::Result<TouchpointCreatePayload>> {
        let done = async {
            let owner = some_id_at(input.owner_id.as_ref(), "ownerId")?;
            let journey = id_at::<JourneyId>(&input.journey_id, "journeyId")?;
            let new = New { name: input.name, position: input.position, owner };
            service::create_touchpoint(signed_in(ctx)?, journey, new).await
        };
        settle(done.await, |row| TouchpointCreatePayload::done(Touchpoint(row)))
    }

    /// Changes a touchpoint. Needs ADMIN or REVIEWER. Codes: UNAUTHENTICATED, FORBIDDEN,
    /// NOT_FOUND, STALE_VERSION, REQUIRED, TOO_LONG, TAKEN.
    async fn touchpoint_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: TouchpointUpdateInput,
    ) -> Option<async_graphql::Result<TouchpointUpdatePayload>> {
        let done = async {
            let cmd = Update {
                id: id_at::<TouchpointId>(&input.id, "id")?,
                expected_version: input.expected_version,
                name: input.name,
                position: input.position,
                owner: owner(&input.owner_id)?,
                in_use: input.archived.map(in_use),
            };
            service::update_touchpoint(signed_in(ctx)?, cmd).await
        };
        settle(done.await, |row| TouchpointUpdatePayload::done(Touchpoint(row)))
    }
}

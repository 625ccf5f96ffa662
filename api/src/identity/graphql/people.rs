//! People and their roles.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};
use entity::id::PersonId;
use entity::identity::person;
use serde_json::json;

use super::Unit;
use super::types::{Grant, OrganisationUserError, PinState, Role, VoteFollows, each};
use super::units::{one_key, three};
use crate::desk::service::leaving;
use crate::graphql::list::{OrderDirection, count_wanted, id_at, some_id_at};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::scalars::DateTime;
use crate::identity::query::Holder;
use crate::identity::service::grants::{self, NewGrant};
use crate::identity::service::lists::{self, PersonFilter};
use crate::identity::service::people::{self, NewPerson, Patch};
use crate::identity::{fields, loader, policy, query};
use crate::kit::client_key::ClientKey;
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::page::PageArgs;
use crate::kit::scope::Scope;
use crate::{connection, payload};

/// A person.
#[derive(Clone)]
pub struct Person(pub person::Model);

/// Somebody who works here, or did. Beside a submission the name follows the submission's
/// visibility; looked up, people are seen by themselves, their managers, reviewers, administrators
/// and auditors.
#[Object]
impl Person {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Name as shown.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The one home unit.
    async fn home_unit(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(loader::unit(ctx, self.0.home_unit_id).await.map(|it| it.map(Unit)))
    }

    /// Mail address. Null unless you are the person, lead or run their unit, or are an integration
    /// with the scope `personal`.
    async fn email(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        answer_or_null(self.personal(ctx, |it| it.email.clone()).await)
    }

    /// Staff code. Null as for `email`.
    async fn staff_code(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        answer_or_null(self.personal(ctx, |it| it.staff_code.clone()).await)
    }

    /// Preferred language, BCP 47. Null as for `email`.
    async fn language(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        answer_or_null(self.personal(ctx, |it| Some(it.locale.clone())).await)
    }

    /// Whether they have a PIN. Null as for `email`.
    async fn pin_state(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<PinState>> {
        answer_or_null(self.personal(ctx, |it| Some(it.pin_once.into())).await)
    }

    /// Whether a vote of yours also follows. Null unless you are the person.
    async fn vote_follows(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<VoteFollows>> {
        let own = asked!(ctx).actor.person() == Some(self.0.id);
        own.then(|| Ok(self.0.vote_follows.into()))
    }

    /// When they left; null while they work here, and as for `email`.
    async fn deactivated_at(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<DateTime>> {
        answer_or_null(self.personal(ctx, |it| it.deactivated_at.map(Into::into)).await)
    }

    /// The roles they hold. Null as for `email`, but auditors of their unit see them.
    async fn roles(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Grant>>> {
        let scope = asked!(ctx);
        let home = match loader::lineage(ctx, self.0.home_unit_id).await {
            Ok(home) => home,
            Err(error) => return answer(Err(error)),
        };
        if !policy::sees_roles(&scope.actor, self.0.id, &home) {
            return None;
        }
        each(loader::grants_of_person(ctx, self.0.id).await, Grant)
    }

    /// Counts up with every change; for `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

impl Person {
    /// By id, for whoever may look them up.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<PersonId>() else { return Ok(None) };
        Ok(query::person(&scope.db(), &scope.actor, id).await?.map(Self))
    }

    async fn personal<T>(
        &self,
        ctx: &Context<'_>,
        value: impl FnOnce(&person::Model) -> Option<T>,
    ) -> Result<Option<T>> {
        let Ok(scope) = crate::graphql::payload::scope(ctx) else { return Ok(None) };
        let home = loader::lineage(ctx, self.0.home_unit_id).await?;
        let seen = policy::sees_personal_data(&scope.actor, self.0.id, &home);
        Ok(if seen { value(&self.0) } else { None })
    }
}

connection!(PersonConnection, PersonEdge, Person, "people");

/// Whether people still work here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "lists::PersonState")]
pub enum PersonState {
    /// They do.
    Active,
    /// They left.
    Deactivated,
}

/// By what people are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Enum)]
pub enum PersonOrderField {
    /// By name.
    #[default]
    Name,
    /// By when they joined.
    CreatedAt,
}

/// An order of people; the id always comes last.
#[derive(Clone, Copy, Debug, Default, InputObject)]
pub struct PersonOrder {
    /// By what.
    pub field: PersonOrderField,
    /// Which way.
    #[graphql(default)]
    pub direction: OrderDirection,
}

/// Which people are listed; every condition must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PersonListFilter {
    /// At home in this unit or below it.
    pub in_subtree: Option<ID>,
    /// Name, or a word of it, begins with this.
    pub text: Option<String>,
    /// Only in this state; both when left out.
    pub state: Option<PersonState>,
}

/// Somebody joins.
#[derive(Clone, Debug, InputObject)]
pub struct PersonCreateInput {
    /// Name as shown, at most 200 characters.
    pub name: String,
    /// Home unit.
    pub home_unit_id: ID,
    /// Mail address; needed unless there is a staff code.
    pub email: Option<String>,
    /// Staff code; needed unless there is a mail address.
    pub staff_code: Option<String>,
    /// Preferred language, BCP 47.
    #[graphql(default_with = "String::from(\"en\")")]
    pub language: String,
    /// The same key and content make one person, however often they arrive.
    pub client_key: Option<String>,
}

impl PersonCreateInput {
    fn parsed(self) -> Result<(NewPerson, Option<ClientKey>)> {
        let new = NewPerson {
            name: fields::name(&self.name, "name")?,
            email: self.email.as_deref().map(|it| fields::email(it, "email")).transpose()?,
            staff_code: self
                .staff_code
                .as_deref()
                .map(|it| fields::code(it, "staffCode"))
                .transpose()?,
            home: id_at(&self.home_unit_id, "homeUnitId")?,
            locale: fields::locale(&self.language, "language")?,
        };
        let email = new.email.as_ref().map(|email| &email.address);
        let body = json!([new.name, email, new.staff_code, new.home.to_string(), new.locale]);
        Ok((new, ClientKey::of(self.client_key.as_deref(), &body)?))
    }
}

/// A person changes. What is left out stays; null clears.
#[derive(Clone, Debug, InputObject)]
pub struct PersonUpdateInput {
    /// Who.
    pub id: ID,
    /// The version that you read; left out, nothing is checked.
    pub expected_version: Option<i32>,
    /// Another name.
    pub name: Option<String>,
    /// Another mail address.
    pub email: MaybeUndefined<String>,
    /// Another staff code.
    pub staff_code: MaybeUndefined<String>,
    /// Another home unit.
    pub home_unit_id: Option<ID>,
    /// Another language, BCP 47.
    pub language: Option<String>,
    /// Whether a vote also follows; for oneself alone.
    pub vote_follows: Option<VoteFollows>,
}

impl PersonUpdateInput {
    fn parsed(self) -> Result<(PersonId, Patch)> {
        let patch = Patch {
            expected_version: self.expected_version,
            name: self.name.as_deref().map(|it| fields::name(it, "name")).transpose()?,
            email: three(self.email, |it| fields::email(&it, "email"))?,
            staff_code: three(self.staff_code, |it| fields::code(&it, "staffCode"))?,
            home: some_id_at(self.home_unit_id.as_ref(), "homeUnitId")?,
            locale: self
                .language
                .as_deref()
                .map(|it| fields::locale(it, "language"))
                .transpose()?,
            vote_follows: self.vote_follows.map(Into::into),
        };
        Ok((id_at(&self.id, "id")?, patch))
    }
}

/// Somebody leaves.
#[derive(Clone, Debug, InputObject)]
pub struct PersonDeactivateInput {
    /// Who.
    pub id: ID,
    /// The version that you read; left out, nothing is checked.
    pub expected_version: Option<i32>,
}

/// Somebody comes back.
#[derive(Clone, Debug, InputObject)]
pub struct PersonReactivateInput {
    /// Who.
    pub id: ID,
    /// The version that you read; left out, nothing is checked.
    pub expected_version: Option<i32>,
}

/// Somebody gets a new one-time PIN.
#[derive(Clone, Debug, InputObject)]
pub struct PinResetInput {
    /// Who.
    pub person_id: ID,
}

/// A role is given, to a person or to an integration.
#[derive(Clone, Debug, InputObject)]
pub struct GrantAddInput {
    /// To whom, when it is a person.
    pub person_id: Option<ID>,
    /// To whom, when it is an integration.
    pub service_id: Option<ID>,
    /// Which role.
    pub role: Role,
    /// On which unit; the whole subtree counts.
    pub unit_id: ID,
}

impl GrantAddInput {
    fn parsed(self) -> Result<NewGrant> {
        let holder = match (&self.person_id, &self.service_id) {
            (Some(id), None) => Holder::Person(id_at(id, "personId")?),
            (None, Some(id)) => Holder::Service(id_at(id, "serviceId")?),
            _ => {
                return Err(Refusal::new(
                    Code::Invalid,
                    "personId",
                    "Give `personId` or `serviceId`, one of the two.",
                )
                .into());
            }
        };
        Ok(NewGrant { holder, role: self.role.into(), unit: id_at(&self.unit_id, "unitId")? })
    }
}

/// A role is taken away.
#[derive(Clone, Debug, InputObject)]
pub struct GrantRemoveInput {
    /// Which grant.
    pub id: ID,
}

payload! {
    /// Result of `personCreate`.
    PersonCreatePayload, OrganisationUserError {
        /// The person.
        person: Person,
        /// Whether the client key had been received before: then nothing was made now.
        already_received: bool,
    }
}

payload! {
    /// Result of `personUpdate`.
    PersonUpdatePayload, OrganisationUserError {
        /// The person as they are now.
        person: Person,
    }
}

payload! {
    /// Result of `personDeactivate`.
    PersonDeactivatePayload, OrganisationUserError {
        /// The person as they are now.
        person: Person,
    }
}

payload! {
    /// Result of `personReactivate`.
    PersonReactivatePayload, OrganisationUserError {
        /// The person as they are now.
        person: Person,
    }
}

payload! {
    /// Result of `pinReset`.
    PinResetPayload, OrganisationUserError {
        /// Whose PIN it is.
        person: Person,
        /// The one-time PIN, shown only now: print it and hand it over.
        one_time_pin: String,
    }
}

payload! {
    /// Result of `grantAdd`.
    GrantAddPayload, OrganisationUserError {
        /// The role as given.
        grant: Grant,
    }
}

payload! {
    /// Result of `grantRemove`.
    GrantRemovePayload, OrganisationUserError {
        /// The role as it was.
        grant: Grant,
    }
}

/// People.
#[derive(Default)]
pub struct PersonQuery;

#[Object]
impl PersonQuery {
    /// People, by name unless another order is asked for. Needs the role MANAGER (then those of the
    /// own subtree), REVIEWER, ADMIN or AUDITOR, or an API token with the scope `personal`.
    #[allow(clippy::too_many_arguments)]
    async fn people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which people; all that you may see when left out.")] filter: Option<
            PersonListFilter,
        >,
        #[graphql(desc = "At most one key; the id always comes last.")] order_by: Option<
            Vec<PersonOrder>,
        >,
        #[graphql(desc = "Rows from the front, at most 100; 25 when nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<PersonConnection>> {
        let scope = asked!(ctx);
        let args = PageArgs { first, after, last, before };
        let result = async {
            let order = one_key(order_by)?;
            let order = match order.field {
                PersonOrderField::Name => lists::by_person_name(order.direction.order()),
                PersonOrderField::CreatedAt => lists::by_person_age(order.direction.order()),
            };
            let filter = filter.unwrap_or_default();
            let filter = PersonFilter {
                in_subtree: some_id_at(filter.in_subtree.as_ref(), "filter.inSubtree")?,
                text: filter.text,
                state: filter.state.map(Into::into),
            };
            let asked = lists::Asked { order, args, count: count_wanted(ctx) };
            lists::people(scope, filter, asked).await
        };
        answer(result.await.map(|page| PersonConnection::of(page, Person)))
    }
}

/// People and their roles.
#[derive(Default)]
pub struct PersonMutation;

#[Object]
impl PersonMutation {
    /// Somebody joins. Needs the role ADMIN on the home unit or above. Codes: UNAUTHENTICATED,
    /// FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG, INVALID, TAKEN, IDEMPOTENCY_KEY_REUSED.
    async fn person_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person.")] input: PersonCreateInput,
    ) -> Option<async_graphql::Result<PersonCreatePayload>> {
        let scope = asked!(ctx);
        let result = async {
            let (new, key) = input.parsed()?;
            people::create(scope, new, key).await
        };
        settle(result.await, |made| PersonCreatePayload::done(Person(made.thing), made.already))
    }

    /// Changes a person. Needs the role ADMIN on the home unit or above (on both when it changes);
    /// everybody may change their own `language` and `voteFollows`. Codes: UNAUTHENTICATED,
    /// FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG, INVALID, TAKEN, STALE_VERSION.
    async fn person_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: PersonUpdateInput,
    ) -> Option<async_graphql::Result<PersonUpdatePayload>> {
        let scope = asked!(ctx);
        let result = async {
            let (id, patch) = input.parsed()?;
            people::update(scope, id, patch).await
        };
        settle(result.await, |person| PersonUpdatePayload::done(Person(person)))
    }

    /// Somebody leaves: signed out everywhere and refused from the next request on; what they sent
    /// stays. Needs the role ADMIN on the home unit or above. Codes: UNAUTHENTICATED, FORBIDDEN,
    /// NOT_FOUND, STALE_VERSION, IN_USE for the last administrator and for somebody who still has
    /// work in hand: see `personWork` and `personHandOver`.
    async fn person_deactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: PersonDeactivateInput,
    ) -> Option<async_graphql::Result<PersonDeactivatePayload>> {
        let scope = asked!(ctx);
        let result = async {
            leaving::deactivate(scope, id_at(&input.id, "id")?, input.expected_version).await
        };
        settle(result.await, |person| PersonDeactivatePayload::done(Person(person)))
    }

    /// Somebody comes back, with the roles they had. Needs the role ADMIN on the home unit or
    /// above. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, STALE_VERSION.
    async fn person_reactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: PersonReactivateInput,
    ) -> Option<async_graphql::Result<PersonReactivatePayload>> {
        let scope = asked!(ctx);
        let result = async {
            people::reactivate(scope, id_at(&input.id, "id")?, input.expected_version).await
        };
        settle(result.await, |person| PersonReactivatePayload::done(Person(person)))
    }

    /// Gives somebody a one-time PIN to be printed, in place of the one they had. Needs the role
    /// MANAGER or ADMIN on their home unit or above. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND,
    /// REQUIRED without a staff code.
    async fn pin_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: PinResetInput,
    ) -> Option<async_graphql::Result<PinResetPayload>> {
        let scope = asked!(ctx);
        let result = async { people::reset_pin(scope, id_at(&input.person_id, "personId")?).await };
        settle(result.await, |it| PinResetPayload::done(Person(it.person), it.pin))
    }

    /// Gives a role on a unit and everything below it; it counts from the next request on. Needs
    /// the role ADMIN on that unit or above. Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, INVALID,
    /// TAKEN.
    async fn grant_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who gets which role where.")] input: GrantAddInput,
    ) -> Option<async_graphql::Result<GrantAddPayload>> {
        let scope = asked!(ctx);
        let result = async { grants::add(scope, input.parsed()?).await };
        settle(result.await, |grant| GrantAddPayload::done(Grant(grant)))
    }

    /// Takes a role away, from the next request on. Needs the role ADMIN on its unit or above.
    /// Codes: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, IN_USE for the last administrator, and for
    /// REVIEWER where somebody has work in hand that they could no longer review.
    async fn grant_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: GrantRemoveInput,
    ) -> Option<async_graphql::Result<GrantRemovePayload>> {
        let scope = asked!(ctx);
        let result = async { leaving::remove_grant(scope, id_at(&input.id, "id")?).await };
        settle(result.await, |grant| GrantRemovePayload::done(Grant(grant)))
    }
}

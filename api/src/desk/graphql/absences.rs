//! Days on which people are away.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};
use entity::desk::absence;
use entity::id::{AbsenceId, PersonId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Order, QueryFilter as _};
use uuid::Uuid;

use super::DeskUserError;
use crate::desk::query;
use crate::desk::service::absences::{self, NewAbsence, UpdateAbsence};
use crate::graphql::list::{count_wanted, id_at, some_id_at};
use crate::graphql::patch::try_change;
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::scalars::{Date, DateTime};
use crate::identity::graphql::Person;
use crate::kit::error::Result;
use crate::kit::page::{Key, KeyValue, Keyset, PageArgs, page};
use crate::kit::scope::Scope;
use crate::payload;
use crate::submissions::graphql::edges;
use crate::submissions::service::Receipt;
use crate::triage::graphql::signed_in;

/// An absence.
#[derive(Clone)]
pub struct Absence(pub absence::Model);

impl Absence {
    /// By id, through the door.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<AbsenceId>() else { return Ok(None) };
        Ok(query::absence(&scope.db(), &scope.actor, id).await?.map(Self))
    }
}

/// Days on which somebody is away, and who stands in. New work is not given to who is away. Seen by
/// the person, who stands in, who leads the person, and reviewers.
#[Object]
impl Absence {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Who is away.
    async fn person(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, Some(self.0.person_id)).await)
    }

    /// First day, where the person's home unit is.
    async fn from(&self) -> Date {
        self.0.from_on.into()
    }

    /// Last day.
    async fn to(&self) -> Date {
        self.0.to_on.into()
    }

    /// Who stands in.
    async fn delegate(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.0.delegate_id).await)
    }

    /// When it was taken back.
    async fn cancelled_at(&self) -> Option<DateTime> {
        self.0.cancelled_at.map(Into::into)
    }

    /// Counts up with every change; for `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

crate::connection!(AbsenceConnection, AbsenceEdge, Absence, "absences");

payload!(
    /// The result of `absenceCreate`.
    AbsenceCreatePayload, DeskUserError {
        /// The absence.
        absence: Absence,
        /// Whether the same client key had entered it before.
        already_received: bool
    }
);
payload!(
    /// The result of `absenceUpdate`.
    AbsenceUpdatePayload, DeskUserError {
        /// The absence as it is now.
        absence: Absence
    }
);
payload!(
    /// The result of `absenceCancel`.
    AbsenceCancelPayload, DeskUserError {
        /// The absence, taken back.
        absence: Absence
    }
);

/// Days to be away.
#[derive(Clone, Debug, InputObject)]
pub struct AbsenceCreateInput {
    /// Who; you yourself when left out.
    pub person_id: Option<ID>,
    /// First day.
    pub from: Date,
    /// Last day, at most 366 days on.
    pub to: Date,
    /// Who stands in: reviews all units that the person reviews, and is here on these days. Left
    /// out, new work is refused without naming anybody.
    pub delegate_id: Option<ID>,
    /// The same key and content enter it once, however often they arrive.
    pub client_key: Option<String>,
}

/// Changes to an absence; what is left out stays.
#[derive(Clone, Debug, InputObject)]
pub struct AbsenceUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// Another first day.
    pub from: Option<Date>,
    /// Another last day.
    pub to: Option<Date>,
    /// Somebody else who stands in; `null` for nobody.
    pub delegate_id: MaybeUndefined<ID>,
}

/// An absence to take back.
#[derive(Clone, Debug, InputObject)]
pub struct AbsenceCancelInput {
    /// Which one.
    pub id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

/// Which absences are listed; every condition must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AbsenceFilter {
    /// Of this person.
    pub person_id: Option<ID>,
    /// That reach this day or go beyond it; today when left out.
    pub from: Option<Date>,
    /// True: those that were taken back, too.
    #[graphql(default)]
    pub with_cancelled: bool,
}

fn by_day() -> Keyset<absence::Model> {
    Keyset {
        name: String::from("absence:from"),
        keys: vec![
            Key {
                expr: Expr::col((absence::Entity, absence::Column::FromOn)),
                order: Order::Asc,
                value: |row| KeyValue::Text(row.from_on.to_string()),
            },
            Key {
                expr: Expr::col((absence::Entity, absence::Column::Id)),
                order: Order::Asc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Text(String::new()), KeyValue::Id(Uuid::nil())],
    }
}

async fn listed(
    ctx: &Context<'_>,
    filter: AbsenceFilter,
    args: PageArgs,
) -> Result<AbsenceConnection> {
    let scope = signed_in(ctx)?;
    let from = filter.from.map_or_else(|| scope.now.day(), |day| day.0);
    let mut select =
        query::absences_visible_to(&scope.actor).filter(absence::Column::ToOn.gte(from));
    if let Some(person) = some_id_at::<PersonId>(filter.person_id.as_ref(), "filter.personId")? {
        select = select.filter(absence::Column::PersonId.eq(person));
    }
    if !filter.with_cancelled {
        select = select.filter(absence::Column::CancelledAt.is_null());
    }
    let page = page(&scope.db(), select, &by_day(), &args, count_wanted(ctx)).await?;
    Ok(AbsenceConnection::of(page, Absence))
}

/// Queries.
#[derive(Default)]
pub struct AbsenceQuery;

#[Object]
impl AbsenceQuery {
    /// Present and coming absences, by their first day: your own, those you stand in for, those of
    /// the people you lead; all of them for reviewers. Needs a sign-in.
    async fn absences(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones; present and coming unless said otherwise.")] filter: Option<
            AbsenceFilter,
        >,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<AbsenceConnection>> {
        let args = PageArgs { first, after, last, before };
        answer(listed(ctx, filter.unwrap_or_default(), args).await)
    }
}

async fn entered(ctx: &Context<'_>, input: AbsenceCreateInput) -> Result<absences::Made> {
    let scope = signed_in(ctx)?;
    let new = NewAbsence {
        person: some_id_at(input.person_id.as_ref(), "personId")?,
        from: input.from.0,
        to: input.to.0,
        delegate: some_id_at(input.delegate_id.as_ref(), "delegateId")?,
    };
    absences::create(scope, new, input.client_key.as_deref()).await
}

async fn changed(ctx: &Context<'_>, input: AbsenceUpdateInput) -> Result<absence::Model> {
    let scope = signed_in(ctx)?;
    let cmd = UpdateAbsence {
        id: id_at(&input.id, "id")?,
        expected_version: input.expected_version,
        from: input.from.map(|day| day.0),
        to: input.to.map(|day| day.0),
        delegate: try_change(input.delegate_id, |id| id_at(&id, "delegateId"))?,
    };
    absences::update(scope, cmd).await
}

/// Mutations.
#[derive(Default)]
pub struct AbsenceMutation;

#[Object]
impl AbsenceMutation {
    /// Enters days on which somebody is away. For yourself, or with MANAGER or ADMIN over the
    /// person's home unit. Codes: FORBIDDEN, NOT_FOUND, INVALID, IDEMPOTENCY_KEY_REUSED.
    async fn absence_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, when, and who stands in.")] input: AbsenceCreateInput,
    ) -> Option<async_graphql::Result<AbsenceCreatePayload>> {
        settle(entered(ctx, input).await, |made| {
            let already = made.receipt == Receipt::Already;
            AbsenceCreatePayload::done(Absence(made.absence), already)
        })
    }

    /// Changes the days of an absence or who stands in. For your own, or with MANAGER or ADMIN over
    /// the person's home unit. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, INVALID, TOO_LATE.
    async fn absence_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: AbsenceUpdateInput,
    ) -> Option<async_graphql::Result<AbsenceUpdatePayload>> {
        settle(changed(ctx, input).await, |row| AbsenceUpdatePayload::done(Absence(row)))
    }

    /// Takes an absence back. For your own, or with MANAGER or ADMIN over the person's home unit.
    /// Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, TOO_LATE.
    async fn absence_cancel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: AbsenceCancelInput,
    ) -> Option<async_graphql::Result<AbsenceCancelPayload>> {
        let done = async {
            let id = id_at(&input.id, "id")?;
            absences::cancel(signed_in(ctx)?, id, input.expected_version).await
        };
        settle(done.await, |row| AbsenceCancelPayload::done(Absence(row)))
    }
}

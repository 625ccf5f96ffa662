//! Rotas: whose day it is.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::desk::rota;
use entity::desk::values::RotaKind as Kind;
use entity::id::{PersonId, RotaId, UnitId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, Order, QueryFilter as _};
use uuid::Uuid;

use super::DeskUserError;
use crate::clocks::graphql::Weekday;
use crate::desk::loader::{Desk, DutyOf};
use crate::desk::service::rotas::{self, SetRota};
use crate::desk::{policy, query};
use crate::graphql::list::{count_wanted, id_at};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::scalars::Date;
use crate::identity::graphql::{Person, Unit};
use crate::kit::error::{Code, Fault, Refusal, Result};
use crate::kit::page::{Key, KeyValue, Keyset, PageArgs, page};
use crate::kit::scope::Scope;
use crate::payload;
use crate::submissions::graphql::edges;
use crate::triage::graphql::signed_in;

/// How a rota tells whose day it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::desk::values::RotaKind")]
pub enum RotaKind {
    /// By the day of the week.
    Weekly,
    /// One after the other, a day each.
    Turns,
}

/// The place of a day in a weekly rota: Monday is 1.
fn place_of(day: Weekday) -> i32 {
    let day = entity::clocks::values::Weekday::from(day);
    i32::try_from(day.index()).unwrap_or_default() + 1
}

fn day_at(place: i32) -> Option<Weekday> {
    let index = usize::try_from(place - 1).ok()?;
    entity::clocks::values::Weekday::ALL.get(index).copied().map(Into::into)
}

/// One place of a rota.
#[derive(Clone)]
pub struct RotaPlace {
    kind: Kind,
    position: i32,
    person: PersonId,
}

/// One place of a rota: a weekday, or a turn.
#[Object]
impl RotaPlace {
    /// The day of the week, in a weekly rota.
    async fn weekday(&self) -> Option<Weekday> {
        (self.kind == Kind::Weekly).then(|| day_at(self.position)).flatten()
    }

    /// The turn, the first one 0, in a rota of turns.
    async fn turn(&self) -> Option<i32> {
        (self.kind == Kind::Turns).then_some(self.position)
    }

    /// Whose it is.
    async fn person(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, Some(self.person)).await)
    }
}

/// A rota with its places.
#[derive(Clone)]
pub struct Rota {
    row: rota::Model,
    places: Arc<Vec<(i32, PersonId)>>,
}

impl Rota {
    /// By id, through the door.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<RotaId>() else { return Ok(None) };
        match query::rota(&scope.db(), &scope.actor, id).await? {
            Some(row) => Self::of(scope, row).await.map(Some),
            None => Ok(None),
        }
    }

    async fn of(scope: &Scope, row: rota::Model) -> Result<Self> {
        let places = query::places_of(&scope.db(), &[row.id]).await?.remove(&row.id);
        Ok(Self { row, places: Arc::new(places.unwrap_or_default()) })
    }
}

/// Whose day it is to look at what comes in: for one unit and all below it that have none of their
/// own. Days are those of the unit's time zone.
#[Object]
impl Rota {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// Its unit.
    async fn unit(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(edges::unit(ctx, Some(self.row.unit_id)).await)
    }

    /// By weekday or in turns.
    async fn kind(&self) -> RotaKind {
        self.row.kind.into()
    }

    /// The day of the first turn; nobody has a day before it.
    async fn starts_on(&self) -> Date {
        self.row.starts_on.into()
    }

    /// Its places, in order.
    async fn places(&self) -> Vec<RotaPlace> {
        let kind = self.row.kind;
        let places = self.places.iter();
        places
            .map(|(position, person)| RotaPlace { kind, position: *position, person: *person })
            .collect()
    }

    /// Whose day today is by the rota.
    async fn today(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        let found = async {
            let duty = duty(ctx, self.row.unit_id).await?;
            edges::person(ctx, duty.map(|duty| duty.person)).await
        };
        answer_or_null(found.await)
    }

    /// Who does it today: the same, or who stands in; null when nobody does.
    async fn acts_today(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        let found = async {
            let duty = duty(ctx, self.row.unit_id).await?;
            edges::person(ctx, duty.and_then(|duty| duty.acts)).await
        };
        answer_or_null(found.await)
    }

    /// Counts up with every change; for `expectedVersion`.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

async fn duty(ctx: &Context<'_>, unit: UnitId) -> Result<Option<rotas::OnDuty>> {
    let batches =
        ctx.data::<DataLoader<Desk>>().map_err(|_| Fault::internal("no batches of the desk"))?;
    batches.load_one(DutyOf(unit)).await
}

crate::connection!(RotaConnection, RotaEdge, Rota, "rotas");

payload!(
    /// The result of `rotaSet`.
    RotaSetPayload, DeskUserError {
        /// The rota as it is now.
        rota: Rota
    }
);
payload!(
    /// The result of `rotaRemove`.
    RotaRemovePayload, DeskUserError {
        /// The unit, which has no rota of its own now.
        unit: Unit
    }
);

/// Who looks on a day of the week.
#[derive(Clone, Debug, InputObject)]
pub struct RotaWeekdayInput {
    /// The day.
    pub weekday: Weekday,
    /// Whose it is: a reviewer of the unit.
    pub person_id: ID,
}

/// The rota of a unit, as it is to be: `week` or `turns`.
#[derive(Clone, Debug, InputObject)]
pub struct RotaSetInput {
    /// Which unit; it counts for all below it that have none of their own.
    pub unit_id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
    /// Who looks on which day of the week; days may be left out.
    pub week: Option<Vec<RotaWeekdayInput>>,
    /// Who looks, one after the other, a day each; at most 60.
    pub turns: Option<Vec<ID>>,
    /// The day of the first turn; today, or what it was, when left out.
    pub starts_on: Option<Date>,
}

/// A rota to take away.
#[derive(Clone, Debug, InputObject)]
pub struct RotaRemoveInput {
    /// Of which unit.
    pub unit_id: ID,
    /// The version that you read.
    pub expected_version: Option<i32>,
}

impl RotaSetInput {
    fn parsed(self) -> Result<SetRota> {
        let (kind, places) = match (self.week, self.turns) {
            (Some(week), None) => {
                let place = |day: RotaWeekdayInput| {
                    Ok((place_of(day.weekday), id_at(&day.person_id, "week")?))
                };
                (Kind::Weekly, week.into_iter().map(place).collect::<Result<Vec<_>>>()?)
            }
            (None, Some(turns)) => {
                let people = turns.iter().map(|id| id_at(id, "turns"));
                let people = people.collect::<Result<Vec<PersonId>>>()?;
                (Kind::Turns, (0..).zip(people).collect())
            }
            _ => {
                let cure = "Give `week` or `turns`: one of the two.";
                return Err(Refusal::new(Code::Invalid, "week", cure).into());
            }
        };
        Ok(SetRota {
            unit: id_at(&self.unit_id, "unitId")?,
            expected_version: self.expected_version,
            kind,
            starts_on: self.starts_on.map(|day| day.0),
            places,
        })
    }
}

fn by_unit() -> Keyset<rota::Model> {
    Keyset {
        name: String::from("rota:created"),
        keys: vec![
            Key {
                expr: Expr::col((rota::Entity, rota::Column::CreatedAt)),
                order: Order::Asc,
                value: |row| KeyValue::Int(row.created_at.0),
            },
            Key {
                expr: Expr::col((rota::Entity, rota::Column::Id)),
                order: Order::Asc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Int(0), KeyValue::Id(Uuid::nil())],
    }
}

async fn listed(ctx: &Context<'_>, unit: Option<ID>, args: PageArgs) -> Result<RotaConnection> {
    let scope = signed_in(ctx)?;
    policy::may_look(&scope.actor)?;
    let mut select = query::rotas_visible_to(&scope.actor);
    if let Some(top) = unit {
        let below = crate::submissions::query::below(&[id_at(&top, "inSubtree")?]);
        select = select.filter(rota::Column::UnitId.in_subquery(below));
    }
    let page = page(&scope.db(), select, &by_unit(), &args, count_wanted(ctx)).await?;
    let ids: Vec<RotaId> = page.rows.iter().map(|(_, row)| row.id).collect();
    let places: HashMap<_, _> = query::places_of(&scope.db(), &ids)
        .await?
        .into_iter()
        .map(|(id, places)| (id, Arc::new(places)))
        .collect();
    Ok(RotaConnection::of(page, |row| {
        let places = places.get(&row.id).cloned().unwrap_or_default();
        Rota { row, places }
    }))
}

/// Queries.
#[derive(Default)]
pub struct RotaQuery;

#[Object]
impl RotaQuery {
    /// Rotas, the oldest first. Needs REVIEWER, MANAGER or ADMIN.
    async fn rotas(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this unit and all below it.")] in_subtree: Option<ID>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<RotaConnection>> {
        let args = PageArgs { first, after, last, before };
        answer(listed(ctx, in_subtree, args).await)
    }
}

/// Mutations.
#[derive(Default)]
pub struct RotaMutation;

#[Object]
impl RotaMutation {
    /// Makes the rota of a unit, or puts another in its place. Needs REVIEWER or ADMIN on the unit
    /// or above. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, REQUIRED, INVALID.
    async fn rota_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The rota as it is to be.")] input: RotaSetInput,
    ) -> Option<async_graphql::Result<RotaSetPayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let row = rotas::set(scope, input.parsed()?).await?;
            Rota::of(scope, row).await
        };
        settle(done.await, RotaSetPayload::done)
    }

    /// Takes the rota of a unit away. Needs REVIEWER or ADMIN on the unit or above. Codes:
    /// FORBIDDEN, NOT_FOUND, STALE_VERSION.
    async fn rota_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which unit.")] input: RotaRemoveInput,
    ) -> Option<async_graphql::Result<RotaRemovePayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let unit = id_at(&input.unit_id, "unitId")?;
            let gone = rotas::remove(scope, unit, input.expected_version).await?;
            let unit = edges::unit(ctx, Some(gone.unit_id)).await?;
            Ok(unit.ok_or_else(|| Fault::internal("a rota of no unit"))?)
        };
        settle(done.await, RotaRemovePayload::done)
    }
}

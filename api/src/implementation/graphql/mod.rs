//! Surface of implementation: what a submission and a cause show of it, and one's own work.

pub mod copies;
pub mod items;
mod lists;
pub mod outcomes;
pub mod people;
pub mod plans;
pub mod trials;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, ID, Object, OneofObject, SimpleObject};
use entity::id::{ActionItemId, UnitId};
use entity::implementation::{help, item};
use entity::instant::Day;
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{ColumnTrait as _, Order, QueryFilter as _};

use self::lists::Items;
use self::outcomes::Outcome;
use self::people::Help;
use self::plans::{ActionItem, ActionItemConnection, ActionPlan, ChangeStage, ItemStatus};
use self::trials::Trial;
use super::ground::{Subject, ties_to_cause, ties_to_submission};
use super::loader::{
    AboutOf, DaysOf, HelpersOf, Implementation, OutcomesOf, PlanOf, Planned, Seen, TrialsOf,
};
use super::policy::{self, Place, Ties, View};
use super::{query, service};
use crate::external::graphql::{ExternalLinkKey, called};
use crate::external::service::LinkedTo;
use crate::graphql::list::{count_wanted, id_at};
use crate::graphql::payload::{answer, answer_or_null};
use crate::kit::error::{Fault, Result};
use crate::kit::page::{Key, KeyValue, Keyset, PageArgs, page};
use crate::submissions::graphql::edges;
use crate::submissions::graphql::row::Row;
use crate::triage::causes::graphql::function_of;
use crate::triage::graphql::signed_in;
use crate::user_errors;

user_errors!(ImplementationUserError, ImplementationErrorCode, "plans, trials and outcomes" {
    /// Without the right that this needs.
    Forbidden,
    /// Nothing with this id is there for you.
    NotFound,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// A value is not of the right form or range.
    Invalid,
    /// It is there already.
    Taken,
    /// It changed since it was read.
    StaleVersion,
    /// It cannot take this step now.
    StepNotAllowed,
    /// It is over.
    TooLate,
});

/// Which day it is at a unit; by the usual hours where none is named. Batched.
pub(super) async fn today(ctx: &Context<'_>, unit: Option<UnitId>) -> Result<Day> {
    let now = signed_in(ctx)?.now;
    let time = match unit {
        Some(unit) => batches(ctx)?.load_one(DaysOf(unit)).await?,
        None => None,
    };
    Ok(time.map_or_else(|| now.day(), |time| time.day_of(now)))
}

pub(super) fn batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Implementation>> {
    Ok(ctx
        .data::<DataLoader<Implementation>>()
        .map_err(|_| Fault::internal("no batches of implementation"))?)
}

/// How the asker stands to the plan of a row. One statement for each edge of its page.
async fn ties(ctx: &Context<'_>, row: &Row, planned: Option<&Planned>) -> Result<Ties> {
    let actor = &signed_in(ctx)?.actor;
    let ties = ties_to_submission(edges::standing(ctx, row).await?);
    let items = planned.map(|it| it.items.as_slice()).unwrap_or_default();
    Ok(Ties {
        co_owner: helpers(ctx, row).await?.iter().any(|it| people::is_co_owner(actor, it)),
        assigned: items.iter().any(|it| policy::is_mine(actor, it)),
        ..ties
    })
}

async fn helpers(ctx: &Context<'_>, row: &Row) -> Result<Vec<help::Model>> {
    let found = row.page.helpers.get(batches(ctx)?.loader(), HelpersOf(row.id)).await?;
    Ok(found.unwrap_or_default())
}

async fn planned(ctx: &Context<'_>, row: &Row) -> Result<Option<Planned>> {
    let subject = PlanOf(Subject::Submission(row.id));
    row.page.plans.get(batches(ctx)?.loader(), subject).await
}

/// How much of its plan the asker sees.
async fn view(ctx: &Context<'_>, row: &Row) -> Result<View> {
    let planned = planned(ctx, row).await?;
    Ok(policy::view(ties(ctx, row, planned.as_ref()).await?, Place::of(row)))
}

/// The plan of a submission, as far as the asker sees it.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn plan(ctx: &Context<'_>, row: &Row) -> Result<Option<ActionPlan>> {
    let Some(planned) = planned(ctx, row).await? else { return Ok(None) };
    let view = policy::view(ties(ctx, row, Some(&planned)).await?, Place::of(row));
    let time = row.page.days.get(batches(ctx)?.loader(), DaysOf(row.unit_id)).await?;
    let now = signed_in(ctx)?.now;
    let today = time.map_or_else(|| now.day(), |time| time.day_of(now));
    Ok(ActionPlan::seen(planned, (view, today)))
}

/// The trials of a submission, the first one first, for those who see its plan's items.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn trials(ctx: &Context<'_>, row: &Row) -> Result<Vec<Trial>> {
    let found = row.page.trials.get(batches(ctx)?.loader(), TrialsOf(row.id)).await?;
    let found = found.unwrap_or_default();
    if found.is_empty() || view(ctx, row).await? != View::Whole {
        return Ok(Vec::new());
    }
    Ok(found.into_iter().map(Trial).collect())
}

/// The outcomes of a submission: all for those who see its plan's items; for other readers what
/// somebody else stands for.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn outcomes(ctx: &Context<'_>, row: &Row) -> Result<Vec<Outcome>> {
    let subject = OutcomesOf(Subject::Submission(row.id));
    let found = row.page.outcomes.get(batches(ctx)?.loader(), subject).await?.unwrap_or_default();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let view = view(ctx, row).await?;
    Ok(found.into_iter().filter_map(|it| Outcome::seen(it, view)).collect())
}

/// Who helps with a submission.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn help(ctx: &Context<'_>, row: &Row) -> Result<Help> {
    let inside = edges::standing(ctx, row).await?.inside();
    Ok(Help::seen(helpers(ctx, row).await?, (&signed_in(ctx)?.actor, inside.into())))
}

/// Which item: by exactly one of these.
#[derive(OneofObject)]
pub enum ActionItemBy {
    /// Opaque id.
    Id(ID),
    /// What it is called in another system.
    ExternalLink(ExternalLinkKey),
}

/// An item through the door of what its plan is about.
async fn one_item(ctx: &Context<'_>, by: ActionItemBy) -> Result<Option<ActionItem>> {
    let scope = signed_in(ctx)?;
    let id = match by {
        ActionItemBy::Id(id) => id_at::<ActionItemId>(&id, "by.id").ok(),
        ActionItemBy::ExternalLink(link) => match called(ctx, &link).await? {
            Some(LinkedTo::Item(id)) => Some(id),
            _ => None,
        },
    };
    let Some(id) = id else { return Ok(None) };
    let Some(row) = query::item(&scope.db(), id).await? else { return Ok(None) };
    let plan = match batches(ctx)?.load_one(AboutOf(row.plan_id)).await? {
        Some(Seen::Submission(about)) => plan(ctx, &Row::alone(*about)).await?,
        Some(Seen::Cause(about)) => plan_of_cause(ctx, &about).await?,
        None => None,
    };
    Ok(plan.and_then(|plan| plan.item(id)))
}

/// The plan of a root cause that the asker may see. Batched.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn plan_of_cause(
    ctx: &Context<'_>,
    row: &entity::triage::cause::Model,
) -> Result<Option<ActionPlan>> {
    let Some(planned) = batches(ctx)?.load_one(PlanOf(Subject::Cause(row.id))).await? else {
        return Ok(None);
    };
    let view = view_of_cause(ctx, (row, Some(&planned))).await?;
    Ok(ActionPlan::seen(planned, (view, today(ctx, row.owner_unit_id).await?)))
}

async fn view_of_cause(
    ctx: &Context<'_>,
    (row, planned): (&entity::triage::cause::Model, Option<&Planned>),
) -> Result<View> {
    let actor = &signed_in(ctx)?.actor;
    let items = planned.map(|it| it.items.as_slice()).unwrap_or_default();
    let assigned = items.iter().any(|it| policy::is_mine(actor, it));
    let function = function_of(ctx, row).await?;
    let ties = Ties { assigned, ..ties_to_cause(actor, (row, function)) };
    Ok(policy::view(ties, Place::Cause(row.status)))
}

/// The outcomes of a root cause that the asker may see. Batched.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn outcomes_of_cause(
    ctx: &Context<'_>,
    row: &entity::triage::cause::Model,
) -> Result<Vec<Outcome>> {
    let subject = Subject::Cause(row.id);
    let found = batches(ctx)?.load_one(OutcomesOf(subject)).await?.unwrap_or_default();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let planned = batches(ctx)?.load_one(PlanOf(subject)).await?;
    let view = view_of_cause(ctx, (row, planned.as_ref())).await?;
    Ok(found.into_iter().filter_map(|it| Outcome::seen(it, view)).collect())
}

/// A line of the change checklist.
#[derive(Clone, Debug, SimpleObject)]
pub struct ChangeChecklistLine {
    /// To which part it belongs.
    pub stage: ChangeStage,
    /// What is to be done, in your language.
    pub title: String,
}

/// The earliest last day first; items without one at the end.
fn earliest_first() -> Keyset<item::Model> {
    // Longer than any day's text and behind all of them.
    const NEVER: &str = "9999-99-99";
    let day = Func::coalesce([Expr::col((item::Entity, item::Column::DueOn)), Expr::val(NEVER)]);
    Keyset {
        name: String::from("item:due"),
        keys: vec![
            Key {
                expr: day.into(),
                order: Order::Asc,
                value: |row| {
                    KeyValue::Text(row.due_on.map_or_else(|| NEVER.to_owned(), |it| it.to_string()))
                },
            },
            Key {
                expr: Expr::col((item::Entity, item::Column::Id)),
                order: Order::Asc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Text(String::new()), KeyValue::Id(uuid::Uuid::nil())],
    }
}

/// Queries.
#[derive(Default)]
pub struct ImplementationQuery;

#[Object]
impl ImplementationQuery {
    /// What you have to do, and what the functions that you answer for have to do, the earliest last
    /// day first. Only of what you may read. Needs a person's sign-in.
    #[allow(clippy::too_many_arguments)] // the arguments of every list
    async fn my_action_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Those in any of these statuses; OPEN and IN_PROGRESS when left out.")]
        status: Option<Vec<ItemStatus>>,
    ) -> Option<async_graphql::Result<ActionItemConnection>> {
        let found = async {
            let scope = signed_in(ctx)?;
            scope.actor.require_person()?;
            let wanted = status.unwrap_or_else(|| vec![ItemStatus::Open, ItemStatus::InProgress]);
            let wanted = wanted.into_iter().map(entity::implementation::values::ItemStatus::from);
            let select = query::mine(&scope.actor).filter(item::Column::Status.is_in(wanted));
            let args = PageArgs { first, after, last, before };
            let page =
                page(&scope.db(), select, &earliest_first(), &args, count_wanted(ctx)).await?;
            let list = Items::of(page.rows.iter().map(|(_, row)| row));
            Ok(ActionItemConnection::of(page, |row| ActionItem::among(row, list.clone())))
        };
        answer(found.await)
    }

    /// One item of a plan, or null when there is none for you: for those who work on what it is for,
    /// and whoever has an item of the plan. Needs a person's sign-in.
    async fn action_item(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] by: ActionItemBy,
    ) -> Option<async_graphql::Result<ActionItem>> {
        answer_or_null(one_item(ctx, by).await)
    }

    /// What `actionPlanFill` puts into a plan: what a change needs beside the work itself. Needs a
    /// sign-in.
    async fn change_checklist(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<Vec<ChangeChecklistLine>>> {
        let lines = signed_in(ctx).map(|scope| {
            let lines = service::template::change_checklist(&scope.actor.locale).iter();
            let line = |it: &service::template::Proposed| ChangeChecklistLine {
                stage: it.stage.into(),
                title: it.title.to_owned(),
            };
            lines.map(line).collect()
        });
        answer(lines)
    }
}

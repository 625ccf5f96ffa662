//! Plans and their items as the API shows them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::id::ActionItemId;
use entity::implementation::due;
use entity::implementation::{check, item, work};
use entity::instant::Day;

use super::lists::Items;
use super::{batches, today};
use crate::connection;
use crate::external::graphql::ExternalLink;
use crate::graphql::payload::{answer, answer_or_null};
use crate::graphql::scalars::{Date, DateTime};
use crate::identity::graphql::{Person, Unit};
use crate::implementation::loader::{AboutOf, LinesOf, Planned, Seen, WaitsOf};
use crate::implementation::policy::View;
use crate::kit::error::Result;
use crate::submissions::graphql::edges;
use crate::submissions::graphql::types::Submission;
use crate::triage::causes::graphql::Cause;

/// How far an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::implementation::values::ItemStatus")]
pub enum ItemStatus {
    /// Nobody has begun.
    Open,
    /// Somebody is at it.
    InProgress,
    /// It is done.
    Done,
    /// It is not needed after all.
    Dropped,
}

/// A part of the change checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::implementation::values::ChangeStage")]
pub enum ChangeStage {
    /// Who is touched, and who must carry it.
    Stakeholders,
    /// Where things stand.
    Evaluate,
    /// Where they should stand.
    Envision,
    /// What lies between.
    Analyse,
    /// How to get there.
    Plan,
}

/// How far a plan is. Dropped items do not count.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct PlanProgress {
    /// Items that are done.
    pub done: u32,
    /// Items in all.
    pub total: u32,
    /// Items whose last day has passed with something left to do.
    pub overdue: u32,
}

/// A plan, as far as the asker sees it.
#[derive(Clone)]
pub struct ActionPlan {
    planned: Planned,
    view: View,
    today: Day,
}

impl ActionPlan {
    /// The plan for somebody who sees this much of it.
    pub(super) fn seen(planned: Planned, (view, today): (View, Day)) -> Option<Self> {
        (view != View::Nothing).then_some(Self { planned, view, today })
    }

    /// An item of it, for somebody who sees what the items say.
    pub(super) fn item(&self, id: ActionItemId) -> Option<ActionItem> {
        let mut items = self.planned.items.iter().filter(|_| self.view == View::Whole);
        items.find(|it| it.id == id).cloned().map(ActionItem::alone)
    }
}

/// What is to be done about an idea or a root cause. Everybody who may read that sees how far it is;
/// the items are for those who work on it, its co-owners, and whoever has an item.
#[Object]
impl ActionPlan {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.planned.plan.id.into()
    }

    /// How far it is.
    async fn progress(&self) -> PlanProgress {
        let items = self.planned.items.iter().map(|it| (it.status, it.due_on));
        let sum = work::progress(items, self.today);
        PlanProgress { done: sum.done, total: sum.total, overdue: sum.overdue }
    }

    /// Its items in their order, at most 100; null for those who see only how far it is.
    async fn items(&self) -> Option<Vec<ActionItem>> {
        let items = self.planned.items.iter();
        (self.view == View::Whole).then(|| items.cloned().map(ActionItem::alone).collect())
    }

    /// Whether the change checklist was put in.
    async fn is_filled(&self) -> bool {
        self.planned.plan.filled_at.is_some()
    }

    /// When it was begun.
    async fn created_at(&self) -> DateTime {
        self.planned.plan.created_at.into()
    }
}

/// An item, for somebody who sees all of its plan.
#[derive(Clone)]
pub struct ActionItem {
    row: item::Model,
    /// What it shares with the others of its list; none within a plan, where batches do it.
    list: Option<Arc<Items>>,
}

impl ActionItem {
    /// An item by itself, or within its plan.
    pub(super) fn alone(row: item::Model) -> Self {
        Self { row, list: None }
    }

    /// An item of a list of several plans' items.
    pub(super) fn among(row: item::Model, list: Arc<Items>) -> Self {
        Self { row, list: Some(list) }
    }

    async fn about(&self, ctx: &Context<'_>) -> Result<Option<Seen>> {
        match &self.list {
            Some(list) => list.about(ctx, self.row.plan_id).await,
            None => batches(ctx)?.load_one(AboutOf(self.row.plan_id)).await,
        }
    }

    /// Which day it is where it is done.
    async fn today(&self, ctx: &Context<'_>) -> Result<Day> {
        let unit = self.about(ctx).await?.as_ref().and_then(Seen::unit);
        match &self.list {
            Some(list) => list.today(ctx, unit).await,
            None => today(ctx, unit).await,
        }
    }
}

/// One thing to do of a plan.
#[Object]
impl ActionItem {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// What is to be done.
    async fn title(&self) -> &str {
        &self.row.title
    }

    /// How far it is.
    async fn status(&self) -> ItemStatus {
        self.row.status.into()
    }

    /// Whether its last day has passed, where it is done, with something left to do.
    async fn is_overdue(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<bool>> {
        let found = async {
            let today = self.today(ctx).await?;
            Ok(due::is_overdue(self.row.status, self.row.due_on, today))
        };
        answer(found.await)
    }

    /// The last day for it.
    async fn due_on(&self) -> Option<Date> {
        self.row.due_on.map(Date)
    }

    /// Who does it.
    async fn assignee(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.row.assignee_id).await)
    }

    /// Which function does it.
    async fn function(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(edges::unit(ctx, self.row.function_id).await)
    }

    /// The part of the change checklist that it came from.
    async fn stage(&self) -> Option<ChangeStage> {
        self.row.stage.map(Into::into)
    }

    /// What is to be looked at, in order, at most 20 lines.
    async fn checklist(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<Vec<ChecklistLine>>> {
        let found = async {
            let lines = batches(ctx)?.load_one(LinesOf(self.row.id)).await?.unwrap_or_default();
            Ok(lines.into_iter().map(ChecklistLine).collect())
        };
        answer(found.await)
    }

    /// Ids of the items of the plan that come first.
    async fn waits_for(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<ID>>> {
        let found = async {
            let needed = batches(ctx)?.load_one(WaitsOf(self.row.id)).await?.unwrap_or_default();
            Ok(needed.into_iter().map(ID::from).collect())
        };
        answer(found.await)
    }

    /// The idea that it is about, if it is about one that you may read.
    async fn submission(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Submission>> {
        let found = async {
            let Some(Seen::Submission(row)) = self.about(ctx).await? else { return Ok(None) };
            Ok(Some(match &self.list {
                Some(list) => list.submission(ctx, *row).await?,
                None => Submission::of(*row),
            }))
        };
        answer_or_null(found.await)
    }

    /// The root cause that it is about, if it is about one that you may see.
    async fn cause(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Cause>> {
        let found = async {
            Ok(match self.about(ctx).await? {
                Some(Seen::Cause(row)) => Some(Cause(*row)),
                _ => None,
            })
        };
        answer_or_null(found.await)
    }

    /// What it is called in other systems.
    async fn external_links(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<Vec<ExternalLink>>> {
        answer(crate::external::graphql::links_of_item(ctx, self.row.id).await)
    }

    /// When it was done.
    async fn done_at(&self) -> Option<DateTime> {
        self.row.done_at.map(Into::into)
    }

    /// When it was written down.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// Counts up with every change.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

connection!(ActionItemConnection, ActionItemEdge, ActionItem, "items of plans");

/// A line of a checklist.
#[derive(Clone)]
pub struct ChecklistLine(check::Model);

/// One line of an item's checklist.
#[Object]
impl ChecklistLine {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What is to be looked at.
    async fn text(&self) -> &str {
        &self.0.body
    }

    /// Who ticked it.
    async fn ticked_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.0.ticked_by).await)
    }

    /// When it was ticked; null while it is not.
    async fn ticked_at(&self) -> Option<DateTime> {
        self.0.ticked_at.map(Into::into)
    }
}

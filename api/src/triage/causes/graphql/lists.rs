//! Lists of root causes, and what hangs on them.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};
use entity::id::{CauseId, PersonId, UnitId};
use entity::triage::cause;
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{ColumnTrait as _, Condition, Order, QueryFilter as _};

use super::reports::{self, CausePareto};
use super::values::{CauseCategory, CauseMeasure, CauseStatus};
use super::{Cause, batches};
use crate::graphql::list::{at_most, count_wanted, id_at};
use crate::graphql::payload::{answer, answer_or_null};
use crate::kit::error::Result;
use crate::kit::page::{
    COUNT_CAP, Count, DEFAULT_PAGE, Key, KeyValue, Keyset, LARGEST_PAGE, Page, PageArgs, page,
};
use crate::kit::scope::Scope;
use crate::reach::query::View;
use crate::submissions::filter::{self, By, Field};
use crate::submissions::graphql::inputs::{self, SubmissionFilter};
use crate::submissions::graphql::queries::SubmissionConnection;
use crate::submissions::graphql::row::{Row, Siblings};
use crate::submissions::graphql::types::Submission;
use crate::triage::causes::loader::{ChildrenOf, LinkedTo};
use crate::triage::causes::query::{FirstPage, Nested};
use crate::triage::causes::service::report;
use crate::triage::causes::{policy, query};
use crate::triage::graphql::signed_in;

crate::connection!(CauseConnection, CauseEdge, Cause, "root causes");

/// By what a list of causes is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CauseOrder {
    /// By name.
    Name,
    /// The newest first.
    Newest,
    /// Those with the most people behind them first, as you see it.
    Reach,
}

/// What a cause may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CauseLack {
    /// Nobody answers for it, neither a person nor a function.
    Owner,
    /// Nothing is planned about it: its plan has no item, or only dropped ones.
    Action,
}

/// Which causes; everything that is given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CauseFilter {
    /// Those directly under this one; `null` for those at the top.
    pub parent_id: MaybeUndefined<ID>,
    /// Any of these categories.
    pub category: Option<Vec<CauseCategory>>,
    /// Any of these statuses.
    pub status: Option<Vec<CauseStatus>>,
    /// Those with these words in their name or in another name of theirs, in any case; at most 100
    /// characters.
    pub name_contains: Option<String>,
    /// Those that any of these people answer for.
    pub owner: Option<Vec<ID>>,
    /// Those that any of these functions answer for.
    pub owner_unit: Option<Vec<ID>>,
    /// With `true`, those that nobody answers for; with `false`, the others.
    pub ownerless: Option<bool>,
}

fn condition(scope: &Scope, filter: Option<CauseFilter>) -> Result<Condition> {
    let filter = filter.unwrap_or_default();
    let mut all = Condition::all();
    all = match filter.parent_id {
        MaybeUndefined::Undefined => all,
        MaybeUndefined::Null => all.add(cause::Column::ParentId.is_null()),
        MaybeUndefined::Value(id) => {
            all.add(cause::Column::ParentId.eq(id_at::<CauseId>(&id, "filter.parentId")?))
        }
    };
    if let Some(categories) = filter.category {
        let values = categories.into_iter().map(entity::triage::values::Category::from);
        all = all.add(cause::Column::Category.is_in(values));
    }
    if let Some(statuses) = filter.status {
        let values: Vec<_> =
            statuses.into_iter().map(entity::triage::values::CauseStatus::from).collect();
        all = all.add(query::shown_in(&scope.actor, &values, scope.now));
    }
    if let Some(words) = filter.name_contains {
        all = all.add(query::called(containing(&words)));
    }
    if let Some(owners) = filter.owner {
        at_most(&owners, 100, "filter.owner")?;
        let ids: Result<Vec<PersonId>> =
            owners.iter().map(|id| id_at(id, "filter.owner")).collect();
        all = all.add(cause::Column::OwnerId.is_in(ids?));
    }
    if let Some(units) = filter.owner_unit {
        at_most(&units, 100, "filter.ownerUnit")?;
        let ids: Result<Vec<UnitId>> =
            units.iter().map(|id| id_at(id, "filter.ownerUnit")).collect();
        all = all.add(cause::Column::OwnerUnitId.is_in(ids?));
    }
    if let Some(wanted) = filter.ownerless {
        let nobody = Condition::all()
            .add(cause::Column::OwnerId.is_null())
            .add(cause::Column::OwnerUnitId.is_null());
        all = all.add(if wanted { nobody } else { nobody.not() });
    }
    Ok(all)
}

fn containing(words: &str) -> LikeExpr {
    // PostgreSQL refuses U+0000 in any text; no name has it.
    let key = entity::triage::name::key(words);
    let key: String = key.chars().filter(|letter| *letter != '\0').take(100).collect();
    let literal = key.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    LikeExpr::new(format!("%{literal}%")).escape('\\')
}

fn cause_keys(order: CauseOrder, view: View) -> Keyset<cause::Model> {
    let id = Key {
        expr: Expr::col(cause::Column::Id),
        order: Order::Asc,
        value: |row: &cause::Model| KeyValue::Id(row.id.0),
    };
    type Value = fn(&cause::Model) -> KeyValue;
    let by_reach = |column: cause::Column, value: Value| Key {
        expr: Expr::col(column),
        order: Order::Desc,
        value,
    };
    let (name, first, shape) = match order {
        CauseOrder::Reach if view == View::Decided => (
            "cause:reach",
            by_reach(cause::Column::Reach, |row| KeyValue::Int(i64::from(row.reach))),
            KeyValue::Int(0),
        ),
        CauseOrder::Reach => (
            "cause:shown_reach",
            by_reach(cause::Column::ShownReach, |row| KeyValue::Int(i64::from(row.shown_reach))),
            KeyValue::Int(0),
        ),
        CauseOrder::Name => (
            "cause:name",
            Key {
                expr: Expr::col(cause::Column::NameKey),
                order: Order::Asc,
                value: (|row| KeyValue::Text(row.name_key.clone())) as fn(&cause::Model) -> _,
            },
            KeyValue::Text(String::new()),
        ),
        CauseOrder::Newest => (
            "cause:newest",
            Key {
                expr: Expr::col(cause::Column::CreatedAt),
                order: Order::Desc,
                value: (|row| KeyValue::Int(row.created_at.micros())) as fn(&cause::Model) -> _,
            },
            KeyValue::Int(0),
        ),
    };
    let shape = vec![shape, KeyValue::Id(uuid::Uuid::nil())];
    Keyset { name: String::from(name), keys: vec![first, id], shape }
}

/// One page of causes.
async fn causes_of(
    ctx: &Context<'_>,
    only: Condition,
    (args, order): (PageArgs, CauseOrder),
) -> Result<CauseConnection> {
    let scope = signed_in(ctx)?;
    let select = query::visible_to(&scope.actor).filter(only);
    let page = page(
        &scope.db(),
        select,
        &cause_keys(order, report::view_of(&scope.actor)),
        &args,
        count_wanted(ctx),
    )
    .await?;
    Ok(CauseConnection::of(page, Cause))
}

/// Whether a list begins at its front, so that it can be read together with those beside it; and
/// how long its page is.
fn from_the_front(args: &PageArgs) -> Option<FirstPage> {
    let begins = args.after.is_none() && args.last.is_none() && args.before.is_none();
    let size = args.first.map_or(Some(DEFAULT_PAGE), |first| u64::try_from(first).ok());
    size.filter(|size| begins && *size <= LARGEST_PAGE).map(FirstPage)
}

/// A first page that was read with others. It was asked for with one row more.
fn first_page<M>(
    nested: Option<Nested<M>>,
    wanted: FirstPage,
    (keyset, count): (&Keyset<M>, Count),
) -> Page<M> {
    let nested = nested.unwrap_or(Nested { rows: Vec::new(), total: 0 });
    let wanted = usize::try_from(wanted.0).unwrap_or(usize::MAX);
    let has_next = nested.rows.len() > wanted;
    let rows = nested.rows.into_iter().take(wanted);
    let total = match count {
        Count::Wanted => Some((nested.total.min(COUNT_CAP), nested.total <= COUNT_CAP)),
        Count::Spared => None,
    };
    Page {
        rows: rows.map(|row| (keyset.cursor(&row), row)).collect(),
        has_next,
        has_previous: false,
        total,
    }
}

/// The narrower causes of one; the first pages of many are read together.
pub(super) async fn children(
    ctx: &Context<'_>,
    id: CauseId,
    args: PageArgs,
) -> Result<CauseConnection> {
    let Some(wanted) = from_the_front(&args) else {
        let only = Condition::all().add(cause::Column::ParentId.eq(id));
        return causes_of(ctx, only, (args, CauseOrder::Name)).await;
    };
    let scope = signed_in(ctx)?;
    let key = ChildrenOf { id, page: FirstPage(wanted.0 + 1) };
    let nested = batches(ctx)?.load_one(key).await?;
    let keyset = cause_keys(CauseOrder::Name, report::view_of(&scope.actor));
    let page = first_page(nested, wanted, (&keyset, count_wanted(ctx)));
    Ok(CauseConnection::of(page, Cause))
}

/// The submissions linked to one cause; the first pages of many are read together.
pub(super) async fn linked(
    ctx: &Context<'_>,
    id: CauseId,
    args: PageArgs,
) -> Result<SubmissionConnection> {
    let scope = signed_in(ctx)?;
    let keyset = filter::keyset(&[By { field: Field::CreatedAt, order: Order::Desc }]);
    let Some(wanted) = from_the_front(&args) else {
        let select = query::submissions_of(&scope.actor, id);
        let page = page(&scope.db(), select, &keyset, &args, count_wanted(ctx)).await?;
        let node = Submission::of_page(&page);
        return Ok(SubmissionConnection::of(page, node));
    };
    let key = LinkedTo { id, page: FirstPage(wanted.0 + 1) };
    let (list, siblings) = match batches(ctx)?.load_one(key).await? {
        Some(found) => (Some(found.list), found.siblings),
        None => (None, Siblings::of(std::iter::empty())),
    };
    let page = first_page(list, wanted, (&keyset, count_wanted(ctx)));
    let node = |row| Submission::on_page(Row::among(row, siblings.clone()));
    Ok(SubmissionConnection::of(page, node))
}

/// Queries.
#[derive(Default)]
pub struct CauseQuery;

#[Object]
impl CauseQuery {
    /// One root cause, or null when there is none for you. Needs a sign-in.
    async fn cause(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] id: ID,
    ) -> Option<async_graphql::Result<Cause>> {
        let found = async { Cause::by_id(signed_in(ctx)?, &id.0).await };
        answer_or_null(found.await)
    }

    /// The root causes that you may see: all for reviewers; else those that you answer for, those of
    /// what you may read, and those with at least 5 people behind them. Needs a sign-in.
    #[allow(clippy::too_many_arguments)] // the arguments of every list
    async fn causes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which of them.")] filter: Option<CauseFilter>,
        #[graphql(desc = "In which order; by name unless said otherwise.")] order_by: Option<
            CauseOrder,
        >,
    ) -> Option<async_graphql::Result<CauseConnection>> {
        let found = async {
            let args = PageArgs { first, after, last, before };
            let order = order_by.unwrap_or(CauseOrder::Name);
            let only = condition(signed_in(ctx)?, filter)?;
            causes_of(ctx, only, (args, order)).await
        };
        answer(found.await)
    }

    /// Live causes that lack somebody who answers for them, or anything to be done about them;
    /// resolved ones are left out. Needs REVIEWER.
    #[allow(clippy::too_many_arguments)] // the arguments of every list
    async fn cause_orphans(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(
            desc = "In which order; those with the most people first unless said otherwise."
        )]
        order_by: Option<CauseOrder>,
        #[graphql(desc = "What they lack; an owner unless said otherwise.")] lack: Option<
            CauseLack,
        >,
    ) -> Option<async_graphql::Result<CauseConnection>> {
        let found = async {
            policy::may_name(&signed_in(ctx)?.actor)?;
            let args = PageArgs { first, after, last, before };
            let order = order_by.unwrap_or(CauseOrder::Reach);
            let lacking = match lack.unwrap_or(CauseLack::Owner) {
                CauseLack::Owner => query::report::ownerless(),
                CauseLack::Action => query::report::actionless(),
            };
            causes_of(ctx, lacking, (args, order)).await
        };
        answer(found.await)
    }

    /// Accepted observations that you work on and of which nobody has said why they happen: none
    /// of what they are joined with is linked to a live cause. Ideas need no cause. Newest first.
    /// Needs REVIEWER.
    #[allow(clippy::too_many_arguments)] // the arguments of every list
    async fn submissions_without_cause(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which of them.")] filter: Option<SubmissionFilter>,
    ) -> Option<async_graphql::Result<SubmissionConnection>> {
        let found = async {
            let scope = signed_in(ctx)?;
            policy::may_name(&scope.actor)?;
            let only = inputs::filter(filter)?.condition(&scope.actor);
            let select = query::report::orphans(&scope.actor).filter(only);
            let keyset = filter::keyset(&[By { field: Field::CreatedAt, order: Order::Desc }]);
            let args = PageArgs { first, after, last, before };
            let page = page(&scope.db(), select, &keyset, &args, count_wanted(ctx)).await?;
            let node = Submission::of_page(&page);
            Ok(SubmissionConnection::of(page, node))
        };
        answer(found.await)
    }

    /// What to look at first: the causes under one, or at the top of the tree, by what stands
    /// behind each and the live ones below it, the largest first. Needs REVIEWER; MANAGER and
    /// EXECUTIVE see what was announced, without groups of fewer than 5 people, or of fewer than 5 of
    /// what is counted; while what is kept back is one part of the parent alone, or few taken together,
    /// the next larger goes too. With a filter only those submissions count that you may read.
    async fn cause_pareto(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose narrower causes; left out, those at the top.")] parent_id: Option<
            ID,
        >,
        #[graphql(desc = "By what.")] measure: CauseMeasure,
        #[graphql(desc = "Which submissions count; all unless said otherwise.")] filter: Option<
            SubmissionFilter,
        >,
    ) -> Option<async_graphql::Result<CausePareto>> {
        answer(reports::pareto(ctx, (parent_id, measure), filter).await)
    }
}

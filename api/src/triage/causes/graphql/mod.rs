//! Surface of root causes.

pub mod verbs;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};
use entity::id::CauseId;
use entity::submissions::submission;
use entity::triage::{cause, cause_link};
use sea_orm::sea_query::{Expr, ExprTrait as _, LikeExpr};
use sea_orm::{ColumnTrait as _, Condition, Order, QueryFilter as _};

use crate::graphql::list::{count_wanted, id_at};
use crate::graphql::payload::{answer, answer_or_null};
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::{Person, Unit};
use crate::kit::error::{Fault, Result};
use crate::kit::page::{Key, KeyValue, Keyset, PageArgs, page};
use crate::kit::scope::Scope;
use crate::submissions::filter::{self, By, Field};
use crate::submissions::graphql::queries::SubmissionConnection;
use crate::submissions::graphql::row::Row;
use crate::submissions::graphql::types::{self, Submission};
use crate::submissions::query::Inside;
use crate::triage::causes::loader::{Causes, DepthOf, LinksOf, WhysOf};
use crate::triage::causes::query;
use crate::triage::graphql::signed_in;

/// Ishikawa category of a root cause, in the service version of the diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::triage::values::Category")]
pub enum CauseCategory {
    /// Skills, staffing, attitude.
    People,
    /// How work flows.
    Process,
    /// Rules we set ourselves.
    Policy,
    /// What we sell or give.
    Product,
    /// Rooms, signs, distances.
    Place,
    /// Systems and devices.
    Technology,
}

/// How far a root cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::triage::values::CauseStatus")]
pub enum CauseStatus {
    /// Somebody thinks so.
    Suspected,
    /// Shown to be so.
    Confirmed,
    /// Being worked on.
    BeingAddressed,
    /// Gone.
    Resolved,
    /// Was not so.
    Rejected,
    /// Joined with another.
    Merged,
}

/// Who or what made a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::triage::values::LinkSource")]
pub enum LinkSource {
    /// A person.
    Person,
    /// A routing rule.
    Rule,
    /// A model.
    Model,
}

fn batches<'a>(ctx: &Context<'a>) -> Result<&'a DataLoader<Causes>> {
    Ok(ctx.data::<DataLoader<Causes>>().map_err(|_| Fault::internal("no batches of causes"))?)
}

/// A root cause.
#[derive(Clone)]
pub struct Cause(pub cause::Model);

impl Cause {
    /// By id, through the door.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<CauseId>() else { return Ok(None) };
        let found = query::some(&scope.db(), &scope.actor, &[id]).await?;
        Ok(found.into_iter().next().map(Self))
    }
}

/// Why things happen: one place in the tree of root causes.
#[Object]
impl Cause {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Short name, unique under its parent.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Ishikawa category.
    async fn category(&self) -> CauseCategory {
        self.0.category.into()
    }

    /// How far it is.
    async fn status(&self) -> CauseStatus {
        self.0.status.into()
    }

    /// The wider cause, if there is one that you may see.
    async fn parent(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Cause>> {
        let found = async {
            let Some(parent) = self.0.parent_id else { return Ok(None) };
            Ok(batches(ctx)?.load_one(parent).await?.map(Cause))
        };
        answer_or_null(found.await)
    }

    /// The narrower causes that you may see, by name.
    async fn children(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<CauseConnection>> {
        let only = Condition::all().add(cause::Column::ParentId.eq(self.0.id));
        let args = PageArgs { first, after, last, before };
        answer(causes_of(ctx, only, (args, CauseOrder::Name)).await)
    }

    /// How deep it lies in the tree; 0 at the top.
    async fn depth(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<usize>> {
        let found =
            async { Ok(batches(ctx)?.load_one(DepthOf(self.0.id)).await?.unwrap_or_default()) };
        answer(found.await)
    }

    /// The chain of whys, the first one first.
    async fn whys(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<String>>> {
        let found =
            async { Ok(batches(ctx)?.load_one(WhysOf(self.0.id)).await?.unwrap_or_default()) };
        answer(found.await)
    }

    /// Who answers for it.
    async fn owner(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(types::person(ctx, self.0.owner_id).await)
    }

    /// Which function answers for it.
    async fn owner_unit(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(types::unit(ctx, self.0.owner_unit_id).await)
    }

    /// The submissions linked to it that you may read, newest first.
    async fn submissions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<SubmissionConnection>> {
        let found = async {
            let scope = signed_in(ctx)?;
            let select = query::submissions_of(&scope.actor, self.0.id);
            let keyset = filter::keyset(&[By { field: Field::CreatedAt, order: Order::Desc }]);
            let args = PageArgs { first, after, last, before };
            let page = page(&scope.db(), select, &keyset, &args, count_wanted(ctx)).await?;
            let node = Submission::of_page(&page);
            Ok(SubmissionConnection::of(page, node))
        };
        answer(found.await)
    }

    /// When it was named.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// Counts up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

crate::connection!(CauseConnection, CauseEdge, Cause, "root causes");

/// A link between a submission and a root cause.
#[derive(Clone)]
pub struct CauseLink {
    row: cause_link::Model,
    /// Whether the asker works on the submission.
    shown: LinkView,
}

/// How much of a link somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LinkView {
    /// That it is there.
    Outside,
    /// Who made it and why.
    Inside {
        /// Whether the decision that it came with is still held.
        held: bool,
    },
}

/// That a submission evidences, or an idea addresses, a root cause.
#[Object]
impl CauseLink {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// The root cause.
    async fn cause(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Cause>> {
        let found = async { Ok(batches(ctx)?.load_one(self.row.cause_id).await?.map(Cause)) };
        answer_or_null(found.await)
    }

    /// Who or what made it.
    async fn source(&self) -> LinkSource {
        self.row.source.into()
    }

    /// Why they think so, for those who work on the submission.
    async fn note(&self) -> Option<&str> {
        self.row.note.as_deref().filter(|_| self.shown != LinkView::Outside)
    }

    /// The person who made it, for those who work on the submission.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        let id = self.row.created_by.filter(|_| self.shown != LinkView::Outside);
        answer_or_null(types::person(ctx, id).await)
    }

    /// Whether the decision that it came with is still held: then nobody else sees it.
    async fn held(&self) -> bool {
        self.shown == LinkView::Inside { held: true }
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }
}

/// The links of one submission, as far as they show. Batched.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn links(ctx: &Context<'_>, row: &Row) -> Result<Vec<CauseLink>> {
    let found = batches(ctx)?.load_one(LinksOf(row.id)).await?.unwrap_or_default();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let view = if types::standing(ctx, row).await?.inside() { Inside::Yes } else { Inside::No };
    Ok(found.into_iter().filter_map(|link| link_for(row, link, view)).collect())
}

/// One link for somebody who works on the submission, or for anybody else.
fn link_for(row: &submission::Model, link: cause_link::Model, view: Inside) -> Option<CauseLink> {
    let held = link.decision_id.is_some() && link.decision_id == row.pending_decision_id;
    match view {
        Inside::Yes => Some(CauseLink { row: link, shown: LinkView::Inside { held } }),
        Inside::No if held => None,
        Inside::No => Some(CauseLink { row: link, shown: LinkView::Outside }),
    }
}

/// Links as somebody who works on the submission sees them.
pub(crate) fn made(row: &submission::Model, links: Vec<cause_link::Model>) -> Vec<CauseLink> {
    links.into_iter().filter_map(|link| link_for(row, link, Inside::Yes)).collect()
}

/// By what a list of causes is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CauseOrder {
    /// By name.
    Name,
    /// The newest first.
    Newest,
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
    /// Those with these words in their name, in any case; at most 100 characters.
    pub name_contains: Option<String>,
}

fn condition(filter: Option<CauseFilter>) -> Result<Condition> {
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
        let values = statuses.into_iter().map(entity::triage::values::CauseStatus::from);
        all = all.add(cause::Column::Status.is_in(values));
    }
    if let Some(words) = filter.name_contains {
        all = all.add(Expr::col(cause::Column::NameKey).like(containing(&words)));
    }
    Ok(all)
}

fn containing(words: &str) -> LikeExpr {
    let key: String = entity::triage::name::key(words).chars().take(100).collect();
    let literal = key.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    LikeExpr::new(format!("%{literal}%")).escape('\\')
}

fn cause_keys(order: CauseOrder) -> Keyset<cause::Model> {
    let id = Key {
        expr: Expr::col(cause::Column::Id),
        order: Order::Asc,
        value: |row: &cause::Model| KeyValue::Id(row.id.0),
    };
    let (name, first, shape) = match order {
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

async fn causes_of(
    ctx: &Context<'_>,
    only: Condition,
    (args, order): (PageArgs, CauseOrder),
) -> Result<CauseConnection> {
    let scope = signed_in(ctx)?;
    let select = query::visible_to(&scope.actor).filter(only);
    let page = page(&scope.db(), select, &cause_keys(order), &args, count_wanted(ctx)).await?;
    Ok(CauseConnection::of(page, Cause))
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

    /// The root causes that you may see: all for reviewers; else your own, and those of what you
    /// may read. Needs a sign-in.
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
            causes_of(ctx, condition(filter)?, (args, order)).await
        };
        answer(found.await)
    }
}

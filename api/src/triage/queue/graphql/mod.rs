//! Surface of the queue.

pub mod inputs;
pub mod stored;
pub mod verbs;
pub mod views;

use async_graphql::{Context, ID, Object};
use entity::id::ViewId;
use entity::triage::{queue_view, values};

use self::inputs::{QueueFilter, QueueOrder};
use self::views::{TriageView, TriageViewConnection};
use super::filter::{self, Filter, Reading};
use super::{policy, query};
use crate::graphql::list::{count_wanted, id_at};
use crate::graphql::payload::{answer, answer_or_null};
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::page::{PageArgs, page};
use crate::kit::scope::Scope;
use crate::screens::lists;
use crate::submissions::graphql::queries::SubmissionConnection;
use crate::submissions::graphql::types::Submission;
use crate::triage::graphql::signed_in;

/// What of the queue was asked for.
struct Asked {
    page: PageArgs,
    view: Option<ID>,
    filter: Option<QueueFilter>,
    order: Option<QueueOrder>,
}

async fn queue_page(ctx: &Context<'_>, asked: Asked) -> Result<SubmissionConnection> {
    let scope = signed_in(ctx)?;
    policy::may_review(&scope.actor)?;
    let mut parts: Vec<Filter> = asked.filter.map(inputs::read).transpose()?.into_iter().collect();
    let mut order = asked.order.map(values::QueueOrder::from);
    if let Some(id) = &asked.view {
        let view = visible_view(scope, id).await?;
        parts.push(stored::read(&view.filter).ok_or_else(unreadable)?);
        order = order.or(Some(view.sorted));
    }
    let reading = Reading { actor: &scope.actor, now: scope.now };
    let select = query::part(reading, &Filter::All(parts));
    let keyset = filter::keyset(order.unwrap_or(values::QueueOrder::Oldest));
    let (page, siblings) = lists::list(ctx, (select, &keyset), &asked.page).await?;
    Ok(SubmissionConnection::of(page, Submission::among(siblings)))
}

async fn visible_view(scope: &Scope, id: &ID) -> Result<queue_view::Model> {
    let id: ViewId = id_at(id, "view")?;
    let found = query::some_views(&scope.db(), &scope.actor, &[id]).await?;
    found.into_iter().next().or_not_found("view")
}

fn unreadable() -> Refusal {
    Refusal::new(
        Code::BadRequest,
        "view",
        "The filter of this view is of a form that is not known any more. Save it anew.",
    )
}

async fn views_page(ctx: &Context<'_>, args: PageArgs) -> Result<TriageViewConnection> {
    let scope = signed_in(ctx)?;
    policy::may_review(&scope.actor)?;
    let select = query::views(&scope.actor);
    let page = page(&scope.db(), select, &views::keyset(), &args, count_wanted(ctx)).await?;
    let node = TriageView::of_page(&page);
    Ok(TriageViewConnection::of(page, node))
}

/// Queries.
#[derive(Default)]
pub struct QueueQuery;

#[Object]
impl QueueQuery {
    /// What waits for you as a reviewer: submissions of your units, or handed over to your
    /// functions. Left out are your own, those that concern you, and those that somebody else is to
    /// look at because you declined them. Unless the filter speaks of a phase, a status or a clock,
    /// only SUBMITTED and UNDER_REVIEW; unless it speaks of `snoozed`, nothing that is put off.
    /// Needs REVIEWER.
    #[allow(clippy::too_many_arguments)] // the arguments of every list
    async fn triage_queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "With the filter of this saved view, and in its order.")] view: Option<ID>,
        #[graphql(desc = "Which part of it; with a view, what holds beside its filter.")]
        filter: Option<QueueFilter>,
        #[graphql(
            desc = "In which order; that of the view, or the oldest first, unless said otherwise."
        )]
        order_by: Option<QueueOrder>,
    ) -> Option<async_graphql::Result<SubmissionConnection>> {
        let page = PageArgs { first, after, last, before };
        answer(queue_page(ctx, Asked { page, view, filter, order: order_by }).await)
    }

    /// The saved views that you may use: your own and those that are shared with you, in the
    /// sequence of their owners. Needs REVIEWER.
    async fn triage_views(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<TriageViewConnection>> {
        answer(views_page(ctx, PageArgs { first, after, last, before }).await)
    }

    /// The saved view with which your queue opens, or null: the whole queue. Needs REVIEWER.
    async fn triage_view_default(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<TriageView>> {
        let found = async {
            let scope = signed_in(ctx)?;
            policy::may_review(&scope.actor)?;
            Ok(query::default_view(&scope.db(), &scope.actor).await?.map(TriageView::alone))
        };
        answer_or_null(found.await)
    }
}

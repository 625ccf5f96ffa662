//! Surface of the queue, and what the rooms of triage share.

pub mod queue;

use async_graphql::{Context, Object};

use self::queue::{Queue, QueueFilter, QueueOrder, QueuePart};
use crate::graphql::payload::answer;
use crate::kit::error::{Fault, Result};
use crate::kit::page::PageArgs;
use crate::kit::scope::Scope;
use crate::submissions::graphql::queries::SubmissionConnection;

/// The scope of a request by somebody who is signed in.
///
/// # Errors
/// UNAUTHENTICATED.
pub(crate) fn signed_in<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    let scope = ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?;
    scope.actor.require_signed_in()?;
    Ok(scope)
}

/// Queries.
#[derive(Default)]
pub struct TriageQuery;

#[Object]
impl TriageQuery {
    /// What waits for you as a reviewer: submissions of your units, or handed over to your
    /// functions; your own and those that concern you are left out. Needs REVIEWER.
    #[allow(clippy::too_many_arguments)] // the arguments of every list
    async fn triage_queue(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which part of it.")] filter: Option<QueueFilter>,
        #[graphql(desc = "In which order; the oldest first unless said otherwise.")]
        order_by: Option<QueueOrder>,
    ) -> Option<async_graphql::Result<SubmissionConnection>> {
        let filter =
            filter.unwrap_or(QueueFilter { part: QueuePart::All, unit: None, phase: None });
        let page = PageArgs { first, after, last, before };
        let order = order_by.unwrap_or(QueueOrder::Oldest);
        answer(queue::page_of(ctx, Queue { filter, order, page }).await)
    }
}

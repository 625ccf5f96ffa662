//! What waits for a reviewer.

use async_graphql::{Context, Enum, ID, InputObject};
use entity::id::UnitId;
use entity::submissions::submission;
use sea_orm::{ColumnTrait as _, Order, QueryFilter as _};

use super::signed_in;
use crate::graphql::list::{count_wanted, id_at};
use crate::kit::error::Result;
use crate::kit::page::{PageArgs, page};
use crate::programs::graphql::Phase;
use crate::submissions::filter::{self, By, Field};
use crate::submissions::graphql::queries::SubmissionConnection;
use crate::submissions::graphql::types::Submission;
use crate::triage::causes::policy;
use crate::triage::query;

/// Which part of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum QueuePart {
    /// What nobody is at work on.
    Unassigned,
    /// What you are at work on.
    Mine,
    /// All of it.
    All,
}

/// In which order the queue comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum QueueOrder {
    /// The oldest first.
    Oldest,
    /// The newest first.
    Newest,
}

/// One unit with all below it.
#[derive(Clone, Debug, InputObject)]
pub struct QueueUnit {
    /// This one or any below it.
    pub in_subtree: ID,
}

/// Some phases.
#[derive(Clone, Debug, InputObject)]
pub struct QueuePhases {
    /// Any of these decided phases.
    pub r#in: Vec<Phase>,
}

/// Which part of the queue; everything that is given must hold.
#[derive(Clone, Debug, InputObject)]
pub struct QueueFilter {
    /// Whose.
    #[graphql(default_with = "QueuePart::All")]
    pub part: QueuePart,
    /// Of which units.
    pub unit: Option<QueueUnit>,
    /// In which decided phases; SUBMITTED and UNDER_REVIEW unless said otherwise.
    pub phase: Option<QueuePhases>,
}

/// What of the queue was asked for.
pub(super) struct Queue {
    pub(super) filter: QueueFilter,
    pub(super) order: QueueOrder,
    pub(super) page: PageArgs,
}

/// One page of the asker's queue.
pub(super) async fn page_of(ctx: &Context<'_>, asked: Queue) -> Result<SubmissionConnection> {
    let scope = signed_in(ctx)?;
    policy::may_name(&scope.actor)?;
    let mut select = query::queue(&scope.actor);
    select = match asked.filter.part {
        QueuePart::All => select,
        QueuePart::Unassigned => select.filter(submission::Column::AssigneeId.is_null()),
        QueuePart::Mine => select.filter(submission::Column::AssigneeId.eq(scope.actor.person())),
    };
    if let Some(unit) = &asked.filter.unit {
        let top: UnitId = id_at(&unit.in_subtree, "filter.unit.inSubtree")?;
        let below = crate::submissions::query::below(&[top]);
        select = select.filter(submission::Column::UnitId.in_subquery(below));
    }
    let phases = asked
        .filter
        .phase
        .map_or_else(|| vec![Phase::Submitted, Phase::UnderReview], |phases| phases.r#in);
    let phases = phases.into_iter().map(entity::submissions::phase::Phase::from);
    select = select.filter(submission::Column::Phase.is_in(phases));
    let order = match asked.order {
        QueueOrder::Oldest => Order::Asc,
        QueueOrder::Newest => Order::Desc,
    };
    let keyset = filter::keyset(&[By { field: Field::CreatedAt, order }]);
    let page = page(&scope.db(), select, &keyset, &asked.page, count_wanted(ctx)).await?;
    let node = Submission::of_page(&page);
    Ok(SubmissionConnection::of(page, node))
}

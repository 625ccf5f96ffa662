//! What waits too long, for those who work on it.

use entity::clocks::clock;
use entity::clocks::values::{ClockKind, ClockState};
use entity::id::UnitId;
use entity::identity::values::Role;
use entity::submissions::submission::{Column, Entity, Model};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, Order, QueryFilter, Select};

use super::query;
use crate::kit::actor::Principal;
use crate::kit::error::{Refusal, Result};
use crate::kit::page::{Count, Key, KeyValue, Keyset, Page, PageArgs, page};
use crate::kit::scope::Scope;

/// Which of what waits too long.
#[derive(Clone, Debug, Default)]
pub struct OverdueFilter {
    /// Of this unit and all below it; of all when none.
    pub unit: Option<UnitId>,
    /// Late for one of these; for anything when empty.
    pub kinds: Vec<ClockKind>,
}

/// Submissions with a running clock whose time is over, the longest waiting first: those that the
/// asker works on.
///
/// # Errors
/// UNAUTHENTICATED; FORBIDDEN without REVIEWER or MANAGER; BAD_REQUEST of the page.
pub async fn overdue(
    scope: &Scope,
    filter: &OverdueFilter,
    (args, count): (&PageArgs, Count),
) -> Result<Page<Model>> {
    let actor = &scope.actor;
    actor.require_signed_in()?;
    let in_charge = [Role::Reviewer, Role::Manager].into_iter().any(|role| actor.holds(role));
    if !in_charge && actor.principal != Principal::System {
        return Err(Refusal::forbidden("the role REVIEWER or MANAGER").into());
    }
    page(&scope.db(), selected(scope, filter), &longest_waiting(), args, count).await
}

/// What [`overdue`] reads, for those who ask a database how it would go about it.
#[must_use]
pub fn selected(scope: &Scope, filter: &OverdueFilter) -> Select<Entity> {
    let actor = &scope.actor;
    let mut select = query::visible_to(actor)
        .filter(query::inside(actor))
        .filter(Column::DueAt.is_not_null())
        .filter(Column::DueAt.lt(scope.now));
    if let Some(unit) = filter.unit {
        select = select.filter(query::within(actor, Column::UnitId, &[unit]));
    }
    if !filter.kinds.is_empty() {
        let late = Query::select()
            .column(clock::Column::SubmissionId)
            .from(clock::Entity)
            .and_where(clock::Column::State.eq(ClockState::Running))
            .and_where(clock::Column::Kind.is_in(filter.kinds.iter().copied()))
            .and_where(Expr::col(clock::Column::DueAt).lt(scope.now))
            .to_owned();
        select = select.filter(Column::Id.in_subquery(late));
    }
    select
}

/// The order of [`overdue`].
#[must_use]
pub fn longest_waiting() -> Keyset<Model> {
    let key = |expr, value| Key { expr, order: Order::Asc, value };
    Keyset {
        name: String::from("submission:overdue"),
        keys: vec![
            key(Expr::col(Column::DueAt), |row: &Model| {
                KeyValue::Int(row.due_at.map_or(0, entity::instant::Instant::micros))
            }),
            key(Expr::col(Column::Id), |row| KeyValue::Id(row.id.0)),
        ],
        shape: vec![KeyValue::Int(0), KeyValue::Id(uuid::Uuid::nil())],
    }
}

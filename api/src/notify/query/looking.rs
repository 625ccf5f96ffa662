//! Who could take a second look.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::closing::second_look::Reviewer;
use entity::id::{PersonId, SubmissionId};
use entity::identity::values::Role;
use entity::identity::{grant, person, unit_closure};
use entity::instant::Instant;
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::workflow::decision;
use entity::workflow::values::DecisionState;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::kit::error::Result;

/// People who work here.
fn active() -> SelectStatement {
    Query::select()
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(Expr::col(person::Column::DeactivatedAt).is_null())
        .to_owned()
}

/// Who reviews a submission (of its function, after a hand-over), and how far above; neither its author
/// nor the person concerned.
pub(in crate::notify) async fn reviewers_above<C: ConnectionTrait>(
    conn: &C,
    row: &submission::Model,
) -> Result<Vec<Reviewer>> {
    let granted = |column| Expr::col((grant::Entity, column));
    let mut select = Query::select();
    select
        .column((grant::Entity, grant::Column::PersonId))
        .column((unit_closure::Entity, unit_closure::Column::Depth))
        .from(grant::Entity)
        .inner_join(
            unit_closure::Entity,
            Expr::col((unit_closure::Entity, unit_closure::Column::Ancestor))
                .equals((grant::Entity, grant::Column::UnitId)),
        )
        .and_where(
            Expr::col((unit_closure::Entity, unit_closure::Column::Descendant))
                .eq(row.function_id.unwrap_or(row.unit_id)),
        )
        .and_where(granted(grant::Column::Role).eq(Role::Reviewer))
        .and_where(granted(grant::Column::PersonId).in_subquery(active()));
    for excluded in [row.author_id, row.concerned_id].into_iter().flatten() {
        select.and_where(granted(grant::Column::PersonId).ne(excluded));
    }
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Who administers.
pub(in crate::notify) async fn administrators<C: ConnectionTrait>(
    conn: &C,
) -> Result<Vec<PersonId>> {
    let found = grant::Entity::find()
        .select_only()
        .column(grant::Column::PersonId)
        .distinct()
        .filter(grant::Column::Role.eq(Role::Admin))
        .filter(grant::Column::PersonId.in_subquery(active()))
        .order_by_asc(grant::Column::PersonId);
    let people: Vec<Option<PersonId>> = found.into_tuple().all(conn).await?;
    Ok(people.into_iter().flatten().collect())
}

/// Who declined a submission, as it was announced last before an instant.
pub(in crate::notify) async fn decliner<C: ConnectionTrait>(
    conn: &C,
    (id, before): (SubmissionId, Instant),
) -> Result<Option<PersonId>> {
    let last = decision::Entity::find()
        .filter(decision::Column::SubmissionId.eq(id))
        .filter(decision::Column::ToPhase.eq(Phase::Declined))
        .filter(decision::Column::State.eq(DecisionState::Announced))
        .filter(decision::Column::ClosedAt.lte(before))
        .order_by_desc(decision::Column::DecidedAt)
        .one(conn)
        .await?;
    Ok(last.and_then(|decision| decision.decider_id))
}

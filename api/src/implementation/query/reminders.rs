//! The statements of reminders. The scheduler asks, for nobody in particular.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::id::{ActionItemId, UnitId};
use entity::implementation::{item, plan};
use entity::instant::Instant;
use entity::submissions::submission;
use entity::triage::cause;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::db::dialect;
use crate::implementation::ground::Subject;
use crate::implementation::policy::Place;
use crate::kit::error::Result;

/// Items whose reminder is due, at most `most`.
pub(in crate::implementation) async fn due<C: ConnectionTrait>(
    conn: &C,
    now: Instant,
    most: u64,
) -> Result<Vec<ActionItemId>> {
    Ok(item::Entity::find()
        .filter(item::Column::RemindAt.is_not_null())
        .filter(item::Column::RemindAt.lte(now))
        .order_by_asc(item::Column::RemindAt)
        .order_by_asc(item::Column::Id)
        .select_only()
        .column(item::Column::Id)
        .limit(most)
        .into_tuple()
        .all(conn)
        .await?)
}

/// When the next reminder falls due.
pub(in crate::implementation) async fn next<C: ConnectionTrait>(
    conn: &C,
) -> Result<Option<Instant>> {
    Ok(item::Entity::find()
        .filter(item::Column::RemindAt.is_not_null())
        .order_by_asc(item::Column::RemindAt)
        .select_only()
        .column(item::Column::RemindAt)
        .limit(1)
        .into_tuple()
        .one(conn)
        .await?)
}

/// One item, locked until the transaction ends.
pub(in crate::implementation) async fn locked<C: ConnectionTrait>(
    tx: &C,
    id: ActionItemId,
) -> Result<Option<item::Model>> {
    let one = item::Entity::find_by_id(id);
    Ok(dialect::for_update(tx.get_database_backend(), one).one(tx).await?)
}

/// Writes when the next reminder of an item falls due; its version stays, for nobody changed it.
pub(in crate::implementation) async fn set_next<C: ConnectionTrait>(
    tx: &C,
    id: ActionItemId,
    next: Option<Instant>,
) -> Result<()> {
    item::Entity::update_many()
        .col_expr(item::Column::RemindAt, Expr::val(next))
        .filter(item::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// What an item is about, whether work on it goes on, and the unit whose calendar its days follow.
pub(in crate::implementation) async fn about<C: ConnectionTrait>(
    conn: &C,
    row: &item::Model,
) -> Result<Option<(Subject, Place, Option<UnitId>)>> {
    let Some(plan) = plan::Entity::find_by_id(row.plan_id).one(conn).await? else {
        return Ok(None);
    };
    let Some(subject) = Subject::of_plan(&plan) else { return Ok(None) };
    Ok(match subject {
        Subject::Submission(id) => submission::Entity::find_by_id(id)
            .one(conn)
            .await?
            .map(|row| (subject, Place::of(&row), Some(row.unit_id))),
        // Nothing is planned about an offer.
        Subject::Adoption(_) => None,
        Subject::Cause(id) => cause::Entity::find_by_id(id)
            .one(conn)
            .await?
            .map(|row| (subject, Place::Cause(row.status), row.owner_unit_id)),
    })
}

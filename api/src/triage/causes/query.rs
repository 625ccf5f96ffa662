//! The scoped doors of root causes and their links.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::id::{CauseId, CauseLinkId, DecisionId, PersonId, SubmissionId, UnitId};
use entity::identity::values::{Role, UnitKind};
use entity::identity::{person, unit};
use entity::submissions::submission;
use entity::triage::{cause, cause_link, why};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Select,
};

use crate::db::dialect;
use crate::kit::actor::{Actor, Principal};
use crate::kit::error::Result;
use crate::submissions;

/// Causes that `actor` may read: all for reviewers; else one's own, and those of submissions that
/// the actor may read.
#[must_use]
pub fn visible(actor: &Actor) -> Condition {
    if actor.principal == Principal::System || actor.holds(Role::Reviewer) {
        return Condition::all();
    }
    let mut any = Condition::any()
        .add(cause::Column::Id.in_subquery(linked_by(submissions::query::visible(actor), actor)));
    if let Some(me) = actor.person() {
        any = any.add(cause::Column::OwnerId.eq(me));
    }
    any
}

/// Ids of the causes of submissions that fulfil `readable`.
fn linked_by(readable: Condition, actor: &Actor) -> SelectStatement {
    Query::select()
        .column((cause_link::Entity, cause_link::Column::CauseId))
        .from(cause_link::Entity)
        .inner_join(submission::Entity, joined())
        .cond_where(readable)
        .cond_where(link_shown(actor))
        .to_owned()
}

fn joined() -> Expr {
    Expr::col((cause_link::Entity, cause_link::Column::SubmissionId))
        .equals((submission::Entity, submission::Column::Id))
}

/// A link made by a decision that is still held shows to those inside alone.
fn link_shown(actor: &Actor) -> Condition {
    let decision = || Expr::col((cause_link::Entity, cause_link::Column::DecisionId));
    let pending = (submission::Entity, submission::Column::PendingDecisionId);
    Condition::any()
        .add(decision().is_null())
        .add(Expr::col(pending).is_null())
        .add(decision().ne(Expr::col(pending)))
        .add(submissions::query::inside(actor))
}

/// Causes that `actor` may read.
#[must_use]
pub fn visible_to(actor: &Actor) -> Select<cause::Entity> {
    cause::Entity::find().filter(visible(actor))
}

/// Submissions linked to one cause that `actor` may read, as far as the link shows.
#[must_use]
pub fn submissions_of(actor: &Actor, id: CauseId) -> Select<submission::Entity> {
    let linked = Query::select()
        .column((cause_link::Entity, cause_link::Column::SubmissionId))
        .from(cause_link::Entity)
        .inner_join(submission::Entity, joined())
        .and_where(Expr::col((cause_link::Entity, cause_link::Column::CauseId)).eq(id))
        .cond_where(link_shown(actor))
        .to_owned();
    submissions::query::visible_to(actor).filter(submission::Column::Id.in_subquery(linked))
}

/// Links of several submissions with their causes, oldest first. The caller may read the
/// submissions, and drops what does not show yet.
///
/// # Errors
/// A fault of the database.
pub async fn links_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<Vec<cause_link::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let links = cause_link::Entity::find()
        .filter(cause_link::Column::SubmissionId.is_in(ids.iter().copied()))
        .order_by_asc(cause_link::Column::CreatedAt)
        .order_by_asc(cause_link::Column::Id)
        .all(conn)
        .await?;
    Ok(links)
}

/// One cause that `actor` may read, locked until the transaction ends.
///
/// # Errors
/// A fault of the database.
pub async fn locked<C: ConnectionTrait>(
    tx: &C,
    actor: &Actor,
    id: CauseId,
) -> Result<Option<cause::Model>> {
    let one = visible_to(actor).filter(cause::Column::Id.eq(id));
    Ok(dialect::for_update(tx.get_database_backend(), one).one(tx).await?)
}

/// Causes among `ids` that `actor` may read.
///
/// # Errors
/// A fault of the database.
pub async fn some<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    ids: &[CauseId],
) -> Result<Vec<cause::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(visible_to(actor).filter(cause::Column::Id.is_in(ids.iter().copied())).all(conn).await?)
}

/// The parent of every cause: the whole tree as ids.
///
/// # Errors
/// A fault of the database.
pub async fn parents<C: ConnectionTrait>(conn: &C) -> Result<HashMap<CauseId, Option<CauseId>>> {
    let select = Query::select()
        .columns([cause::Column::Id, cause::Column::ParentId])
        .from(cause::Entity)
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// The cause with this folded name under this parent.
pub(super) async fn named<C: ConnectionTrait>(
    conn: &C,
    parent: Option<CauseId>,
    key: &str,
) -> Result<Option<cause::Model>> {
    let mut find = cause::Entity::find().filter(cause::Column::NameKey.eq(key));
    find = match parent {
        Some(parent) => find.filter(cause::Column::ParentId.eq(parent)),
        None => find.filter(cause::Column::ParentId.is_null()),
    };
    Ok(find.one(conn).await?)
}

/// Inserts a cause. `false`: its name was taken in the meantime.
pub(super) async fn insert<C: ConnectionTrait>(tx: &C, row: &cause::Model) -> Result<bool> {
    let new = cause::ActiveModel {
        id: Set(row.id),
        parent_id: Set(row.parent_id),
        name: Set(row.name.clone()),
        name_key: Set(row.name_key.clone()),
        category: Set(row.category),
        status: Set(row.status),
        owner_id: Set(row.owner_id),
        owner_unit_id: Set(row.owner_unit_id),
        created_by: Set(row.created_by),
        created_at: Set(row.created_at),
        version: Set(row.version),
    };
    let inserted = cause::Entity::insert(new)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// Writes all that can change of a cause.
pub(super) async fn store<C: ConnectionTrait>(tx: &C, row: &cause::Model) -> Result<()> {
    let change = cause::ActiveModel {
        parent_id: Set(row.parent_id),
        name: Set(row.name.clone()),
        name_key: Set(row.name_key.clone()),
        category: Set(row.category),
        status: Set(row.status),
        owner_id: Set(row.owner_id),
        owner_unit_id: Set(row.owner_unit_id),
        version: Set(row.version),
        ..Default::default()
    };
    cause::Entity::update_many().set(change).filter(cause::Column::Id.eq(row.id)).exec(tx).await?;
    Ok(())
}

/// The five-whys chains of several causes, in order.
///
/// # Errors
/// A fault of the database.
pub async fn whys_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[CauseId],
) -> Result<HashMap<CauseId, Vec<String>>> {
    let mut chains: HashMap<CauseId, Vec<String>> = HashMap::new();
    if ids.is_empty() {
        return Ok(chains);
    }
    let rows = why::Entity::find()
        .filter(why::Column::CauseId.is_in(ids.iter().copied()))
        .order_by_asc(why::Column::CauseId)
        .order_by_asc(why::Column::Position)
        .all(conn)
        .await?;
    for row in rows {
        chains.entry(row.cause_id).or_default().push(row.body);
    }
    Ok(chains)
}

/// Puts this chain in the place of the one that is there.
pub(super) async fn replace_whys<C: ConnectionTrait>(
    tx: &C,
    id: CauseId,
    whys: Vec<String>,
) -> Result<()> {
    why::Entity::delete_many().filter(why::Column::CauseId.eq(id)).exec(tx).await?;
    if whys.is_empty() {
        return Ok(());
    }
    let rows = (1..).zip(whys).map(|(position, body)| why::ActiveModel {
        cause_id: Set(id),
        position: Set(position),
        body: Set(body),
    });
    why::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Whether this person is here and active.
pub(super) async fn is_active<C: ConnectionTrait>(conn: &C, id: PersonId) -> Result<bool> {
    let found = person::Entity::find_by_id(id).filter(person::Column::DeactivatedAt.is_null());
    Ok(found.one(conn).await?.is_some())
}

/// Whether this is a unit of kind FUNCTION.
pub(super) async fn is_function<C: ConnectionTrait>(conn: &C, id: UnitId) -> Result<bool> {
    let found = unit::Entity::find_by_id(id).filter(unit::Column::Kind.eq(UnitKind::Function));
    Ok(found.one(conn).await?.is_some())
}

/// Inserts a link. `false`: the submission was linked to this cause before.
pub(super) async fn insert_link<C: ConnectionTrait>(
    tx: &C,
    row: &cause_link::Model,
) -> Result<bool> {
    let new = cause_link::ActiveModel {
        id: Set(row.id),
        submission_id: Set(row.submission_id),
        cause_id: Set(row.cause_id),
        source: Set(row.source),
        created_by: Set(row.created_by),
        note: Set(row.note.clone()),
        decision_id: Set(row.decision_id),
        created_at: Set(row.created_at),
    };
    let pair = [cause_link::Column::SubmissionId, cause_link::Column::CauseId];
    let inserted = cause_link::Entity::insert(new)
        .on_conflict(OnConflict::columns(pair).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// The link between a submission and a cause.
pub(super) async fn link_between<C: ConnectionTrait>(
    conn: &C,
    submission: SubmissionId,
    cause: CauseId,
) -> Result<Option<cause_link::Model>> {
    let found = cause_link::Entity::find()
        .filter(cause_link::Column::SubmissionId.eq(submission))
        .filter(cause_link::Column::CauseId.eq(cause))
        .one(conn)
        .await?;
    Ok(found)
}

/// Takes a link away.
pub(super) async fn delete_link<C: ConnectionTrait>(tx: &C, id: CauseLinkId) -> Result<()> {
    cause_link::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Links that came with a decision go on with the one that takes its place.
///
/// # Errors
/// A fault of the database.
pub async fn hand_on<C: ConnectionTrait>(tx: &C, from: DecisionId, to: DecisionId) -> Result<()> {
    cause_link::Entity::update_many()
        .col_expr(cause_link::Column::DecisionId, Expr::val(to))
        .filter(cause_link::Column::DecisionId.eq(from))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes away the links that came with a decision that never was.
///
/// # Errors
/// A fault of the database.
pub async fn unlink_decided<C: ConnectionTrait>(tx: &C, decision: DecisionId) -> Result<()> {
    cause_link::Entity::delete_many()
        .filter(cause_link::Column::DecisionId.eq(decision))
        .exec(tx)
        .await?;
    Ok(())
}

//! The scoped doors of root causes and their links.
#![allow(clippy::disallowed_methods)] // a query.rs

mod edges;
mod folding;
mod held;
mod links;
mod merges;
mod pages;
pub mod report;

use std::collections::{HashMap, HashSet};

use entity::id::{CauseId, SubmissionId, UnitId};
use entity::identity::values::{Role, UnitKind};
use entity::identity::{unit, unit_closure};
use entity::submissions::submission;
use entity::triage::values::CauseStatus;
use entity::triage::{cause, cause_alias, cause_link, why};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, OnConflict, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Select,
};

pub use self::edges::edges_of;
pub(super) use self::edges::{all_edges, delete_edge, insert_edge};
pub(super) use self::folding::forget;
pub use self::folding::unlink_decided;
pub(super) use self::held::is_being_resolved;
pub use self::held::{held_from, shown_before, shown_in, shown_to, worked_on_by};
pub use self::links::{carried_by, hand_on, name_of, said_of};
pub(super) use self::links::{confirm_link, delete_link, insert_link, link_between};
pub(super) use self::merges::{
    Merging, close_merge, live_children, merge_open, merges_into, move_links, rehang,
    restore_links, rewrite_before, write_merge,
};
pub use self::pages::{FirstPage, Nested, children_of, linked_to};
use super::policy;
use crate::db::dialect;
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::submissions;

/// Fewest people behind a cause that every employee may hear of.
pub const SEEN_BY_ALL: i32 = 5;

/// Causes that `actor` may read, the one place that says so: all for reviewers; else those that the
/// actor answers for, those of submissions that the actor may read, and for every employee those
/// with at least [`SEEN_BY_ALL`] people behind them, as announced.
#[must_use]
pub fn visible(actor: &Actor) -> Condition {
    if policy::sees_all(actor) {
        return Condition::all();
    }
    let readable = linked_by(submissions::query::visible(actor), actor);
    let mut any = Condition::any().add(cause::Column::Id.in_subquery(readable));
    if let Some(me) = actor.person() {
        let seen = cause::Column::ShownReach.gte(SEEN_BY_ALL);
        let functions = actor.units_with(Role::Manager);
        any = any.add(cause::Column::OwnerId.eq(me)).add(seen);
        any =
            any.add(Condition::all().add(cause::Column::OwnerUnitId.is_not_null()).add(
                cause::Column::OwnerUnitId.in_subquery(submissions::query::below(&functions)),
            ));
    }
    any
}

/// Which of these functions `actor` manages: by a grant on them, or above. No statement for who
/// manages nothing.
///
/// # Errors
/// A fault of the database.
pub async fn managed_among<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    units: &[UnitId],
) -> Result<HashSet<UnitId>> {
    let managed = actor.units_with(Role::Manager);
    if managed.is_empty() || units.is_empty() {
        return Ok(HashSet::new());
    }
    let below = submissions::query::below(&managed)
        .and_where(unit_closure::Column::Descendant.is_in(units.iter().copied()))
        .to_owned();
    let rows = conn.query_all(&below).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// Whether `actor` manages the function that owns a cause. At most one statement.
///
/// # Errors
/// A fault of the database.
pub async fn managed_by<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    cause: &cause::Model,
) -> Result<policy::Function> {
    let units: Vec<UnitId> = cause.owner_unit_id.into_iter().collect();
    let managed = managed_among(conn, actor, &units).await?;
    Ok(if managed.is_empty() { policy::Function::NotManaged } else { policy::Function::Managed })
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

/// Links of the submissions that `of` is true for; in any order. As for [`links_of`].
#[must_use]
pub fn links_among(of: impl FnOnce(cause_link::Column) -> Expr) -> Select<cause_link::Entity> {
    cause_link::Entity::find().filter(of(cause_link::Column::SubmissionId))
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
    let links = links_among(|column| column.is_in(ids.iter().copied()))
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

/// Causes one of whose folded names is like this.
#[must_use]
pub fn called(words: LikeExpr) -> Condition {
    let aliased = Query::select()
        .column(cause_alias::Column::CauseId)
        .from(cause_alias::Entity)
        .and_where(Expr::col(cause_alias::Column::NameKey).like(words.clone()))
        .to_owned();
    Condition::any()
        .add(Expr::col((cause::Entity, cause::Column::NameKey)).like(words))
        .add(cause::Column::Id.in_subquery(aliased))
}

/// One level of the tree: causes under one, or at the top, but for merged ones. Whether somebody may see
/// them is not asked: what not everybody sees is a small group, which its asker has to keep back, and
/// could not if it were not among them.
///
/// # Errors
/// A fault of the database.
pub async fn level<C: ConnectionTrait>(
    conn: &C,
    parent: Option<CauseId>,
) -> Result<Vec<cause::Model>> {
    let under = match parent {
        Some(parent) => cause::Column::ParentId.eq(parent),
        None => cause::Column::ParentId.is_null(),
    };
    let found = cause::Entity::find()
        .filter(under)
        .filter(cause::Column::Status.ne(CauseStatus::Merged))
        .all(conn)
        .await?;
    Ok(found)
}

/// The time zone of the organisation: that of its topmost unit.
///
/// # Errors
/// A fault of the database.
pub async fn zone<C: ConnectionTrait>(conn: &C) -> Result<Option<String>> {
    let top = unit::Entity::find()
        .filter(unit::Column::ParentId.is_null())
        .order_by_asc(unit::Column::CreatedAt)
        .order_by_asc(unit::Column::Id)
        .one(conn)
        .await?;
    Ok(top.and_then(|unit| unit.zone))
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

/// The cause that bears one of these folded names, as its name or an alias, under this parent;
/// the asking one and those merged into it left out.
pub(super) async fn named<C: ConnectionTrait>(
    conn: &C,
    parent: Option<CauseId>,
    (keys, but): (&[String], CauseId),
) -> Result<Option<cause::Model>> {
    let aliased = Query::select()
        .column(cause_alias::Column::CauseId)
        .from(cause_alias::Entity)
        .and_where(Expr::col(cause_alias::Column::NameKey).is_in(keys.iter().cloned()))
        .to_owned();
    let by_name = cause::Column::NameKey.is_in(keys.iter().cloned());
    let by_alias = Condition::all()
        .add(cause::Column::Status.ne(CauseStatus::Merged))
        .add(cause::Column::Id.in_subquery(aliased));
    let under = match parent {
        Some(parent) => cause::Column::ParentId.eq(parent),
        None => cause::Column::ParentId.is_null(),
    };
    let not_mine = Condition::any()
        .add(cause::Column::MergedInto.is_null())
        .add(cause::Column::MergedInto.ne(but));
    let found = cause::Entity::find()
        .filter(under)
        .filter(cause::Column::Id.ne(but))
        .filter(not_mine)
        .filter(Condition::any().add(by_name).add(by_alias))
        .order_by_asc(cause::Column::Id)
        .one(conn)
        .await?;
    Ok(found)
}

/// One cause, for verbs that hold another which names it.
pub(super) async fn by_id<C: ConnectionTrait>(
    conn: &C,
    id: CauseId,
) -> Result<Option<cause::Model>> {
    Ok(cause::Entity::find_by_id(id).one(conn).await?)
}

/// The live cause that one merged away lives on in, along the whole line of merges.
pub(super) async fn survivor<C: ConnectionTrait>(
    conn: &C,
    merged: &cause::Model,
) -> Result<Option<CauseId>> {
    let mut seen = vec![merged.id];
    let mut next = merged.merged_into;
    while let Some(id) = next.filter(|id| !seen.contains(id)) {
        seen.push(id);
        let Some(found) = cause::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
        if found.status != CauseStatus::Merged {
            return Ok(Some(found.id));
        }
        next = found.merged_into;
    }
    Ok(None)
}

/// Other names of several causes, oldest first.
///
/// # Errors
/// A fault of the database.
pub async fn aliases_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[CauseId],
) -> Result<Vec<cause_alias::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = cause_alias::Entity::find()
        .filter(cause_alias::Column::CauseId.is_in(ids.iter().copied()))
        .order_by_asc(cause_alias::Column::CreatedAt)
        .order_by_asc(cause_alias::Column::NameKey)
        .all(conn)
        .await?;
    Ok(found)
}

/// The folded names of several causes, other names among them.
pub(super) async fn names_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[CauseId],
) -> Result<Vec<(CauseId, String)>> {
    let some = cause::Column::Id.is_in(ids.iter().copied());
    let rows = cause::Entity::find().filter(some).all(conn).await?;
    let aliases = aliases_of(conn, ids).await?;
    let own = rows.into_iter().map(|row| (row.id, row.name_key));
    Ok(own.chain(aliases.into_iter().map(|alias| (alias.cause_id, alias.name_key))).collect())
}

/// Puts these other names in the place of those that are there.
pub(super) async fn replace_aliases<C: ConnectionTrait>(
    tx: &C,
    id: CauseId,
    aliases: Vec<cause_alias::Model>,
) -> Result<()> {
    cause_alias::Entity::delete_many().filter(cause_alias::Column::CauseId.eq(id)).exec(tx).await?;
    if aliases.is_empty() {
        return Ok(());
    }
    let rows = aliases.into_iter().map(cause_alias::ActiveModel::from);
    cause_alias::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
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
        merged_into: Set(row.merged_into),
        reach: Set(row.reach),
        submission_count: Set(row.submission_count),
        shown_reach: Set(row.shown_reach),
        shown_submission_count: Set(row.shown_submission_count),
        version: Set(row.version),
    };
    let inserted = cause::Entity::insert(new)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// Writes all of a cause but its kept counts, which the room `reach` keeps.
pub(super) async fn store<C: ConnectionTrait>(tx: &C, row: &cause::Model) -> Result<()> {
    let change = cause::ActiveModel {
        parent_id: Set(row.parent_id),
        name: Set(row.name.clone()),
        name_key: Set(row.name_key.clone()),
        category: Set(row.category),
        status: Set(row.status),
        owner_id: Set(row.owner_id),
        owner_unit_id: Set(row.owner_unit_id),
        merged_into: Set(row.merged_into),
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

/// Whether this is a unit of kind FUNCTION.
pub(super) async fn is_function<C: ConnectionTrait>(conn: &C, id: UnitId) -> Result<bool> {
    let found = unit::Entity::find_by_id(id).filter(unit::Column::Kind.eq(UnitKind::Function));
    Ok(found.one(conn).await?.is_some())
}

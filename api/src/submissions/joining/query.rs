//! The doors of groups: edges, members, voters, counters. They are asked by verbs that hold a row
//! which a scoped door gave them; no text is read here.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::{HashMap, HashSet};

use entity::engagement::vote;
use entity::id::{PersonId, SubmissionId};
use entity::instant::Instant;
use entity::submissions::submission::{Column, Entity, Model};
use entity::submissions::{joined, joining::Edge, twin_span};
use sea_orm::sea_query::{
    Alias, Expr, ExprTrait as _, OnConflict, Query, SelectStatement, UnionType,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait as _,
    QueryFilter, QueryOrder as _, QuerySelect, Select,
};

use crate::db::dialect;
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::submissions::query as submissions;

/// The lock that keeps groups as they are: exclusive for whoever changes edges, shared for whoever
/// counts a vote. Taken before the lock of any row.
const GROUPS: &str = "joinings";
/// Ids in one statement.
const PART: usize = 500;

/// Nobody else changes edges or counts votes until the transaction ends. Asked for before any row is
/// locked.
///
/// # Errors
/// A fault of the database.
pub async fn alone<C: ConnectionTrait>(tx: &C) -> Result<()> {
    dialect::alone_with(tx, GROUPS).await
}

/// As [`alone`], for somebody who holds the lock of a row already: does not wait. `false`: somebody
/// else is at it.
///
/// # Errors
/// A fault of the database.
pub async fn alone_at_once<C: ConnectionTrait>(tx: &C) -> Result<bool> {
    dialect::alone_at_once_with(tx, GROUPS).await
}

/// Nobody changes edges until the transaction ends; others may count votes beside.
///
/// # Errors
/// A fault of the database.
pub async fn unchanged<C: ConnectionTrait>(tx: &C) -> Result<()> {
    dialect::beside(tx, GROUPS).await
}

/// A submission by id, whoever asks: for the one that a readable row is joined into.
///
/// # Errors
/// A fault of the database.
pub async fn root<C: ConnectionTrait>(conn: &C, id: SubmissionId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(conn).await?)
}

/// As [`root`], locked until the transaction ends.
///
/// # Errors
/// A fault of the database.
pub async fn root_locked<C: ConnectionTrait>(tx: &C, id: SubmissionId) -> Result<Option<Model>> {
    let one = Entity::find_by_id(id);
    Ok(dialect::for_update(tx.get_database_backend(), one).one(tx).await?)
}

/// Locks submissions and what they are joined into, in the order of their ids, for a verb that takes
/// several: two such verbs, and one of them and a verb of one submission, then never wait for each
/// other. SQLite's one writer is alone.
///
/// # Errors
/// A fault of the database.
pub async fn hold<C: ConnectionTrait>(tx: &C, ids: &[SubmissionId]) -> Result<()> {
    if ids.len() < 2 || !dialect::has_others(tx) {
        return Ok(());
    }
    let roots = |column: Column| {
        Query::select()
            .column(column)
            .from(Entity)
            .and_where(Column::Id.is_in(ids.iter().copied()))
            .and_where(column.is_not_null())
            .to_owned()
    };
    let all = Condition::any()
        .add(Column::Id.is_in(ids.iter().copied()))
        .add(Column::Id.in_subquery(roots(Column::CanonicalId)))
        .add(Column::Id.in_subquery(roots(Column::MergedInto)));
    let select = Entity::find().select_only().column(Column::Id).filter(all);
    let select = dialect::for_update(tx.get_database_backend(), select.order_by_asc(Column::Id));
    let _: Vec<SubmissionId> = select.into_tuple().all(tx).await?;
    Ok(())
}

/// Submissions that stand one above these ones: what each was decided to be joined into, and what
/// it was announced to be joined into.
///
/// # Errors
/// A fault of the database.
pub async fn one_above<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<Vec<(SubmissionId, Option<SubmissionId>, Option<SubmissionId>)>> {
    let announced =
        Expr::col((joined::Entity, joined::Column::SubmissionId)).equals((Entity, Column::Id));
    let select = Query::select()
        .column((Entity, Column::Id))
        .column((Entity, Column::MergedInto))
        .column((joined::Entity, joined::Column::IntoId))
        .from(Entity)
        .left_join(joined::Entity, announced)
        .and_where(Expr::col((Entity, Column::Id)).is_in(ids.iter().copied()))
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter()
        .map(|row| {
            Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?))
        })
        .collect()
}

/// The announced edge of a twin.
///
/// # Errors
/// A fault of the database.
pub async fn edge<C: ConnectionTrait>(
    conn: &C,
    twin: SubmissionId,
) -> Result<Option<joined::Model>> {
    Ok(joined::Entity::find_by_id(twin).one(conn).await?)
}

/// Writes an announced edge.
pub(super) async fn put_edge<C: ConnectionTrait>(tx: &C, edge: joined::Model) -> Result<()> {
    let row = joined::ActiveModel {
        submission_id: Set(edge.submission_id),
        into_id: Set(edge.into_id),
        since: Set(edge.since),
    };
    let key = OnConflict::column(joined::Column::SubmissionId)
        .update_columns([joined::Column::IntoId, joined::Column::Since])
        .to_owned();
    joined::Entity::insert(row).on_conflict(key).exec_without_returning(tx).await?;
    Ok(())
}

/// Takes an announced edge away.
pub(super) async fn drop_edge<C: ConnectionTrait>(tx: &C, twin: SubmissionId) -> Result<()> {
    joined::Entity::delete_by_id(twin).exec(tx).await?;
    Ok(())
}

/// Ids of the announced twins of `root`, at any depth.
fn twins_of(root: SubmissionId) -> SelectStatement {
    Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::CanonicalId.eq(root))
        .to_owned()
}

/// The announced edges below `root`.
pub(super) async fn edges_below<C: ConnectionTrait>(
    conn: &C,
    root: SubmissionId,
) -> Result<Vec<Edge>> {
    let rows = joined::Entity::find()
        .filter(joined::Column::SubmissionId.in_subquery(twins_of(root)))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| Edge { twin: row.submission_id, into: row.into_id }).collect())
}

/// Gives a submission and all below it another root.
pub(super) async fn move_under<C: ConnectionTrait>(
    tx: &C,
    top: SubmissionId,
    (root, at): (SubmissionId, Instant),
) -> Result<()> {
    let all = Condition::any().add(Column::Id.eq(top)).add(Column::CanonicalId.eq(top));
    let select = Entity::find().select_only().column(Column::Id).filter(all);
    let ids: Vec<SubmissionId> = select.into_tuple().all(tx).await?;
    set_root(tx, &ids, (Some(root), at)).await
}

/// Gives these submissions this root, or none, from an instant on.
pub(super) async fn set_root<C: ConnectionTrait>(
    tx: &C,
    ids: &[SubmissionId],
    (root, at): (Option<SubmissionId>, Instant),
) -> Result<()> {
    for part in ids.chunks(PART) {
        twin_span::Entity::update_many()
            .col_expr(twin_span::Column::Until, Expr::val(at))
            .filter(twin_span::Column::SubmissionId.is_in(part.iter().copied()))
            .filter(twin_span::Column::Until.is_null())
            .exec(tx)
            .await?;
        if let Some(root) = root {
            begin_spans(tx, part, (root, at)).await?;
        }
        Entity::update_many()
            .col_expr(Column::CanonicalId, Expr::val(root))
            .filter(Column::Id.is_in(part.iter().copied()))
            .exec(tx)
            .await?;
    }
    Ok(())
}

async fn begin_spans<C: ConnectionTrait>(
    tx: &C,
    twins: &[SubmissionId],
    (root, at): (SubmissionId, Instant),
) -> Result<()> {
    let spans = twins.iter().map(|twin| twin_span::ActiveModel {
        submission_id: Set(*twin),
        root_id: Set(root),
        since: Set(at),
        until: Set(None),
    });
    use twin_span::Column::{RootId, Since, SubmissionId, Until};
    // Parted and joined again at one instant: it goes on.
    let again = OnConflict::columns([SubmissionId, RootId, Since]).update_column(Until).to_owned();
    twin_span::Entity::insert_many(spans).on_conflict(again).exec_without_returning(tx).await?;
    Ok(())
}

/// As [`spans_of`], of the twins that `of` is true for; in any order.
#[must_use]
pub fn spans_among(
    actor: &Actor,
    of: impl FnOnce(twin_span::Column) -> Expr,
) -> Select<twin_span::Entity> {
    let select = twin_span::Entity::find().filter(of(twin_span::Column::SubmissionId));
    let Some(me) = actor.person() else { return select };
    let theirs = Condition::any().add(Column::AuthorId.is_null()).add(Column::AuthorId.ne(me));
    let concerning = Query::select()
        .column(Column::Id)
        .from(Entity)
        .and_where(Column::ConcernedId.eq(me))
        .cond_where(theirs)
        .to_owned();
    select.filter(twin_span::Column::RootId.not_in_subquery(concerning))
}

/// With which canonical submissions twins have counted, and when, as far as `actor` may hear of
/// them: the person concerned there is told nothing. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn spans_of<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    twins: &[SubmissionId],
) -> Result<Vec<twin_span::Model>> {
    let select = spans_among(actor, |column| column.is_in(twins.iter().copied()));
    Ok(select.order_by_asc(twin_span::Column::Since).all(conn).await?)
}

/// The authors of the announced twins of `root`, one for each twin.
pub(super) async fn twin_authors<C: ConnectionTrait>(
    conn: &C,
    root: SubmissionId,
) -> Result<Vec<Option<PersonId>>> {
    let select =
        Entity::find().select_only().column(Column::AuthorId).filter(Column::CanonicalId.eq(root));
    Ok(select.into_tuple().all(conn).await?)
}

/// The twins that count with each of these submissions now, by id, and since when: those whose people
/// are told what is announced about it from then on. One statement where none is joined, else two.
///
/// # Errors
/// A fault of the database.
pub async fn twins_with_since<C: ConnectionTrait>(
    conn: &C,
    roots: &[SubmissionId],
) -> Result<HashMap<SubmissionId, Vec<(Instant, Model)>>> {
    let spans = twin_span::Entity::find()
        .filter(twin_span::Column::RootId.is_in(roots.iter().copied()))
        .filter(twin_span::Column::Until.is_null())
        .all(conn)
        .await?;
    if spans.is_empty() {
        return Ok(HashMap::new());
    }
    let since: HashMap<(SubmissionId, SubmissionId), Instant> =
        spans.into_iter().map(|span| ((span.root_id, span.submission_id), span.since)).collect();
    let twins = Entity::find()
        .filter(Column::CanonicalId.is_in(roots.iter().copied()))
        .order_by_asc(Column::Id);
    let mut found: HashMap<SubmissionId, Vec<(Instant, Model)>> = HashMap::new();
    for twin in twins.all(conn).await? {
        let Some(root) = twin.canonical_id else { continue };
        let Some(since) = since.get(&(root, twin.id)) else { continue };
        found.entry(root).or_default().push((*since, twin));
    }
    Ok(found)
}

/// Everybody who voted for `root` or one of its announced twins.
pub(super) async fn voters<C: ConnectionTrait>(
    conn: &C,
    root: SubmissionId,
) -> Result<HashSet<PersonId>> {
    let of_group = Condition::any()
        .add(vote::Column::SubmissionId.eq(root))
        .add(vote::Column::SubmissionId.in_subquery(twins_of(root)));
    let select = vote::Entity::find()
        .select_only()
        .column(vote::Column::PersonId)
        .distinct()
        .filter(of_group);
    let people: Vec<PersonId> = select.into_tuple().all(conn).await?;
    Ok(people.into_iter().collect())
}

/// Votes for one submission alone.
pub(super) async fn own_votes<C: ConnectionTrait>(conn: &C, id: SubmissionId) -> Result<i32> {
    let count = vote::Entity::find().filter(vote::Column::SubmissionId.eq(id)).count(conn).await?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}

/// Writes the counters of one submission. The version stays: a vote is no change that a reviewer
/// would have to read first.
pub(super) async fn write_counts<C: ConnectionTrait>(
    tx: &C,
    id: SubmissionId,
    (votes, reach): (i32, i32),
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::VoteCount, Expr::val(votes))
        .col_expr(Column::Reach, Expr::val(reach))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// One vote more or less in the counters of one submission.
///
/// # Errors
/// A fault of the database.
pub async fn add_vote<C: ConnectionTrait>(tx: &C, id: SubmissionId, step: i32) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::VoteCount, Expr::col(Column::VoteCount).add(step))
        .col_expr(Column::Reach, Expr::col(Column::Reach).add(step))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// One person's vote for one member of a group.
#[derive(Clone, Copy, Debug)]
pub struct VoteIn {
    /// The canonical one.
    pub root: SubmissionId,
    /// What the vote is for.
    pub home: SubmissionId,
    /// Whose.
    pub person: PersonId,
}

/// Whether the person counts in the group without this vote: by another vote, or as the author of
/// a twin. (The author of the canonical one never counts; the caller knows that one.)
///
/// # Errors
/// A fault of the database.
pub async fn counts_without<C: ConnectionTrait>(conn: &C, vote_in: VoteIn) -> Result<bool> {
    let VoteIn { root, home, person } = vote_in;
    let elsewhere = Query::select()
        .column(vote::Column::SubmissionId)
        .from(vote::Entity)
        .and_where(vote::Column::PersonId.eq(person))
        .and_where(vote::Column::SubmissionId.ne(home))
        .cond_where(
            Condition::any()
                .add(vote::Column::SubmissionId.eq(root))
                .add(vote::Column::SubmissionId.in_subquery(twins_of(root))),
        )
        .to_owned();
    let written = twins_of(root).and_where(Column::AuthorId.eq(person)).to_owned();
    let select = Query::select()
        .expr(Expr::val(1))
        .cond_where(Condition::any().add(Expr::exists(elsewhere)).add(Expr::exists(written)))
        .to_owned();
    Ok(conn.query_one(&select).await?.is_some())
}

/// Whether a submission is joined with another one, either way, decided or announced.
///
/// # Errors
/// A fault of the database.
pub async fn is_joined<C: ConnectionTrait>(conn: &C, row: &Model) -> Result<bool> {
    if row.merged_into.is_some() || row.canonical_id.is_some() {
        return Ok(true);
    }
    Ok(!joined_into(conn, row.id).await?.is_empty())
}

/// What is joined into a submission directly, decided or announced, in the order of ids.
///
/// # Errors
/// A fault of the database.
pub async fn joined_into<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
) -> Result<Vec<SubmissionId>> {
    let announced = Query::select()
        .column(joined::Column::SubmissionId)
        .from(joined::Entity)
        .and_where(joined::Column::IntoId.eq(id))
        .to_owned();
    let either =
        Condition::any().add(Column::MergedInto.eq(id)).add(Column::Id.in_subquery(announced));
    let select = Entity::find().select_only().column(Column::Id).filter(either);
    let mut found: Vec<SubmissionId> = select.into_tuple().all(conn).await?;
    found.sort_unstable();
    Ok(found)
}

/// The first twins of one submission, and how many there are.
#[derive(Clone, Debug, Default)]
pub struct FirstTwins {
    /// The newest first.
    pub rows: Vec<Model>,
    /// How many there are in all.
    pub total: u64,
}

/// As [`twins_for`] of several submissions, at most `most` of each, the newest first. Two statements.
///
/// # Errors
/// A fault of the database.
pub async fn first_twins<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    (ids, most): (&[SubmissionId], u64),
) -> Result<HashMap<SubmissionId, FirstTwins>> {
    let mut lists: HashMap<SubmissionId, FirstTwins> = HashMap::new();
    if ids.is_empty() {
        return Ok(lists);
    }
    let (list, place) = (Alias::new("list"), Alias::new("place"));
    let of = |column: &str| Expr::col((Alias::new("list"), Alias::new(column)));
    let select = Query::select()
        .expr(of("parent"))
        .expr(of("twin"))
        .expr(of("total"))
        .from_subquery(ranked(actor, ids), list.clone())
        .and_where(of("place").lte(i64::try_from(most).unwrap_or(i64::MAX)))
        .order_by((list, place), sea_orm::Order::Asc)
        .to_owned();
    let places = conn.query_all(&select).await?;
    let mut found: Vec<(SubmissionId, SubmissionId, i64)> = Vec::with_capacity(places.len());
    for row in &places {
        found.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?));
    }
    let twins: Vec<SubmissionId> = found.iter().map(|(_, twin, _)| *twin).collect();
    let rows = if twins.is_empty() {
        Vec::new()
    } else {
        submissions::visible_to(actor).filter(Column::Id.is_in(twins)).all(conn).await?
    };
    let rows: HashMap<SubmissionId, Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    for (parent, twin, total) in found {
        let list = lists.entry(parent).or_default();
        list.total = u64::try_from(total).unwrap_or(0);
        list.rows.extend(rows.get(&twin).cloned());
    }
    Ok(lists)
}

/// Each twin with its place in the list of the one that it is joined into directly.
fn ranked(actor: &Actor, ids: &[SubmissionId]) -> SelectStatement {
    let decided = Query::select()
        .expr_as(Expr::col((Entity, Column::MergedInto)), Alias::new("parent"))
        .expr_as(Expr::col((Entity, Column::Id)), Alias::new("twin"))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::MergedInto)).is_in(ids.iter().copied()))
        .cond_where(submissions::inside(actor))
        .to_owned();
    let edges = Query::select()
        .column(joined::Column::IntoId)
        .column(joined::Column::SubmissionId)
        .from(joined::Entity)
        .and_where(joined::Column::IntoId.is_in(ids.iter().copied()))
        .to_owned();
    let edges = decided.clone().union(UnionType::Distinct, edges).to_owned();
    let part = "PARTITION BY \"edges\".\"parent\"";
    let newest = "ORDER BY \"submission\".\"created_at\" DESC, \"submission\".\"id\" DESC";
    let edge = |column: &str| Expr::col((Alias::new("edges"), Alias::new(column)));
    Query::select()
        .expr_as(edge("parent"), Alias::new("parent"))
        .expr_as(edge("twin"), Alias::new("twin"))
        .expr_as(Expr::cust(format!("ROW_NUMBER() OVER ({part} {newest})")), Alias::new("place"))
        .expr_as(Expr::cust(format!("COUNT(*) OVER ({part})")), Alias::new("total"))
        .from_subquery(edges, Alias::new("edges"))
        .inner_join(Entity, Expr::col((Entity, Column::Id)).eq(edge("twin")))
        .cond_where(submissions::visible(actor))
        .to_owned()
}

/// The twins of a submission that `actor` may know of: announced ones that the actor may read, and
/// decided ones on which the actor works. Directly below it.
#[must_use]
pub fn twins_for(actor: &Actor, id: SubmissionId) -> sea_orm::Select<Entity> {
    let announced = Query::select()
        .column(joined::Column::SubmissionId)
        .from(joined::Entity)
        .and_where(joined::Column::IntoId.eq(id))
        .to_owned();
    let decided = Condition::all().add(Column::MergedInto.eq(id)).add(submissions::inside(actor));
    submissions::visible_to(actor)
        .filter(Condition::any().add(decided).add(Column::Id.in_subquery(announced)))
}

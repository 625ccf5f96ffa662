//! What a merge of root causes moves, and what its undo brings back.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::HashSet;

use entity::id::{CauseId, CauseLinkId, CauseMergeId, PersonId, SubmissionId};
use entity::instant::Instant;
use entity::triage::values::{CauseStatus, LinkFate};
use entity::triage::{cause, cause_link, cause_merge, cause_merge_link};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::kit::error::Result;

/// Most rows in one statement.
const CHUNK: usize = 1_000;

/// One merge: what into what.
#[derive(Clone, Copy, Debug)]
pub(in crate::triage::causes) struct Merging {
    pub(in crate::triage::causes) id: CauseMergeId,
    pub(in crate::triage::causes) from: CauseId,
    pub(in crate::triage::causes) into: CauseId,
}

/// The merge that put this cause away, if it was not taken back.
pub(in crate::triage::causes) async fn merge_open<C: ConnectionTrait>(
    conn: &C,
    id: CauseId,
) -> Result<Option<cause_merge::Model>> {
    let found = cause_merge::Entity::find()
        .filter(cause_merge::Column::CauseId.eq(id))
        .filter(cause_merge::Column::UndoneAt.is_null())
        .order_by_desc(cause_merge::Column::MergedAt)
        .one(conn)
        .await?;
    Ok(found)
}

/// Writes a merge.
pub(in crate::triage::causes) async fn write_merge<C: ConnectionTrait>(
    tx: &C,
    row: cause_merge::Model,
) -> Result<()> {
    cause_merge::Entity::insert(cause_merge::ActiveModel::from(row))
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Notes that a merge was taken back.
pub(in crate::triage::causes) async fn close_merge<C: ConnectionTrait>(
    tx: &C,
    id: CauseMergeId,
    (by, at): (Option<PersonId>, Instant),
) -> Result<()> {
    cause_merge::Entity::update_many()
        .col_expr(cause_merge::Column::UndoneBy, Expr::val(by))
        .col_expr(cause_merge::Column::UndoneAt, Expr::val(at))
        .filter(cause_merge::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The narrower causes that are not merged away.
pub(in crate::triage::causes) async fn live_children<C: ConnectionTrait>(
    conn: &C,
    parent: CauseId,
) -> Result<Vec<cause::Model>> {
    let found = cause::Entity::find()
        .filter(cause::Column::ParentId.eq(parent))
        .filter(cause::Column::Status.ne(CauseStatus::Merged))
        .order_by_asc(cause::Column::Id)
        .all(conn)
        .await?;
    Ok(found)
}

/// Hangs causes that are under one parent under another; those that went elsewhere stay.
pub(in crate::triage::causes) async fn rehang<C: ConnectionTrait>(
    tx: &C,
    ids: &[CauseId],
    (from, to): (CauseId, CauseId),
) -> Result<()> {
    cause::Entity::update_many()
        .col_expr(cause::Column::ParentId, Expr::val(to))
        .filter(cause::Column::Id.is_in(ids.iter().copied()))
        .filter(cause::Column::ParentId.eq(from))
        .exec(tx)
        .await?;
    Ok(())
}

/// Moves the links of the merged cause to the survivor. Where the survivor has one from the same
/// submission the other is put aside. Both are remembered as they were.
pub(in crate::triage::causes) async fn move_links<C: ConnectionTrait>(
    tx: &C,
    merging: Merging,
) -> Result<()> {
    let links = links_to(tx, merging.from).await?;
    let there = linked_submissions(tx, merging.into).await?;
    for part in links.chunks(CHUNK) {
        let rows = part.iter().map(|link| remembered(link, merging.id, &there));
        cause_merge_link::Entity::insert_many(rows.map(cause_merge_link::ActiveModel::from))
            .exec_without_returning(tx)
            .await?;
        let (folded, moved): (Vec<_>, Vec<_>) =
            part.iter().partition(|link| there.contains(&link.submission_id));
        point_at(tx, &ids(&moved), (merging.from, merging.into)).await?;
        cause_link::Entity::delete_many()
            .filter(cause_link::Column::Id.is_in(ids(&folded)))
            .exec(tx)
            .await?;
    }
    Ok(())
}

fn ids(links: &[&cause_link::Model]) -> Vec<CauseLinkId> {
    links.iter().map(|link| link.id).collect()
}

async fn links_to<C: ConnectionTrait>(conn: &C, id: CauseId) -> Result<Vec<cause_link::Model>> {
    let found = cause_link::Entity::find().filter(cause_link::Column::CauseId.eq(id));
    Ok(found.all(conn).await?)
}

async fn linked_submissions<C: ConnectionTrait>(
    conn: &C,
    id: CauseId,
) -> Result<HashSet<SubmissionId>> {
    Ok(links_to(conn, id).await?.into_iter().map(|link| link.submission_id).collect())
}

fn remembered(
    link: &cause_link::Model,
    merge: CauseMergeId,
    there: &HashSet<SubmissionId>,
) -> cause_merge_link::Model {
    let folded = there.contains(&link.submission_id);
    cause_merge_link::Model {
        merge_id: merge,
        link_id: link.id,
        fate: if folded { LinkFate::Folded } else { LinkFate::Moved },
        submission_id: link.submission_id,
        source: link.source,
        created_by: link.created_by,
        note: link.note.clone(),
        decision_id: link.decision_id,
        created_at: link.created_at,
    }
}

async fn point_at<C: ConnectionTrait>(
    tx: &C,
    ids: &[CauseLinkId],
    (from, to): (CauseId, CauseId),
) -> Result<()> {
    cause_link::Entity::update_many()
        .col_expr(cause_link::Column::CauseId, Expr::val(to))
        .filter(cause_link::Column::Id.is_in(ids.iter().copied()))
        .filter(cause_link::Column::CauseId.eq(from))
        .exec(tx)
        .await?;
    Ok(())
}

/// Brings back what [`move_links`] moved, as far as it is still so: a link that was taken away
/// since stays away, and so does a folded one whose other half was taken away.
pub(in crate::triage::causes) async fn restore_links<C: ConnectionTrait>(
    tx: &C,
    merging: Merging,
) -> Result<()> {
    let kept = cause_merge_link::Entity::find()
        .filter(cause_merge_link::Column::MergeId.eq(merging.id))
        .all(tx)
        .await?;
    let there = linked_submissions(tx, merging.into).await?;
    for part in kept.chunks(CHUNK) {
        let of = |fate: LinkFate| part.iter().filter(move |link| link.fate == fate);
        let moved: Vec<CauseLinkId> = of(LinkFate::Moved).map(|link| link.link_id).collect();
        point_at(tx, &moved, (merging.into, merging.from)).await?;
        let folded: Vec<cause_link::ActiveModel> = of(LinkFate::Folded)
            .filter(|link| there.contains(&link.submission_id))
            .map(|link| as_it_was(link, merging.from).into())
            .collect();
        if !folded.is_empty() {
            let pair = [cause_link::Column::SubmissionId, cause_link::Column::CauseId];
            cause_link::Entity::insert_many(folded)
                .on_conflict(OnConflict::columns(pair).do_nothing().to_owned())
                .exec_without_returning(tx)
                .await?;
        }
    }
    cause_merge_link::Entity::delete_many()
        .filter(cause_merge_link::Column::MergeId.eq(merging.id))
        .exec(tx)
        .await?;
    Ok(())
}

fn as_it_was(link: &cause_merge_link::Model, cause: CauseId) -> cause_link::Model {
    cause_link::Model {
        id: link.link_id,
        submission_id: link.submission_id,
        cause_id: cause,
        source: link.source,
        created_by: link.created_by,
        note: link.note.clone(),
        decision_id: link.decision_id,
        created_at: link.created_at,
    }
}

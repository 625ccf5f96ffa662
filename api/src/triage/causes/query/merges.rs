//! What a merge of root causes moves, and what its undo brings back.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use entity::id::{CauseId, CauseMergeId, PersonId, SubmissionId};
use entity::instant::Instant;
use entity::triage::folding::Standing;
use entity::triage::values::CauseStatus;
use entity::triage::{cause, cause_link, cause_merge, cause_merge_link};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::folding::{self, Tree};
use crate::kit::error::Result;

/// One merge: what into what.
#[derive(Clone, Copy, Debug)]
pub(in crate::triage::causes) struct Merging {
    pub(in crate::triage::causes) id: CauseMergeId,
    pub(in crate::triage::causes) from: CauseId,
    pub(in crate::triage::causes) into: CauseId,
}

impl Merging {
    fn standing(self) -> Standing {
        Standing { merge: self.id, from: self.from, into: self.into }
    }
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

/// Merges into these causes that were not taken back, in the order in which they were made.
pub(in crate::triage::causes) async fn merges_into<C: ConnectionTrait>(
    conn: &C,
    ids: &[CauseId],
) -> Result<Vec<cause_merge::Model>> {
    let found = cause_merge::Entity::find()
        .filter(cause_merge::Column::IntoId.is_in(ids.iter().copied()))
        .filter(cause_merge::Column::UndoneAt.is_null())
        .order_by_asc(cause_merge::Column::MergedAt)
        .order_by_asc(cause_merge::Column::Id);
    Ok(found.all(conn).await?)
}

/// Rewrites what the undo of a merge restores.
pub(in crate::triage::causes) async fn rewrite_before<C: ConnectionTrait>(
    tx: &C,
    (id, before): (CauseMergeId, String),
) -> Result<()> {
    cause_merge::Entity::update_many()
        .col_expr(cause_merge::Column::Before, Expr::val(before))
        .filter(cause_merge::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
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

/// Lets the links of the merged cause stand at the survivor. Of several from one submission one
/// stands; the others are put aside. All are remembered as they were.
pub(in crate::triage::causes) async fn move_links<C: ConnectionTrait>(
    tx: &C,
    merging: Merging,
) -> Result<()> {
    let submissions = linked_submissions(tx, merging.from).await?;
    let before = [Tree::of(tx, merging.from).await?, Tree::of(tx, merging.into).await?];
    let after = [Tree::joined(&before[0], merging.standing(), &before[1])];
    folding::settle(tx, (&before, &after), &submissions).await
}

async fn linked_submissions<C: ConnectionTrait>(
    conn: &C,
    id: CauseId,
) -> Result<Vec<SubmissionId>> {
    let found = cause_link::Entity::find()
        .select_only()
        .column(cause_link::Column::SubmissionId)
        .filter(cause_link::Column::CauseId.eq(id))
        .order_by_asc(cause_link::Column::SubmissionId);
    Ok(found.into_tuple().all(conn).await?)
}

/// Brings back what [`move_links`] moved or put aside, in whatever order merges are taken back. A
/// link that somebody took away since stays away.
pub(in crate::triage::causes) async fn restore_links<C: ConnectionTrait>(
    tx: &C,
    merging: Merging,
) -> Result<()> {
    let submissions: Vec<SubmissionId> = cause_merge_link::Entity::find()
        .select_only()
        .column(cause_merge_link::Column::SubmissionId)
        .distinct()
        .filter(cause_merge_link::Column::MergeId.eq(merging.id))
        .order_by_asc(cause_merge_link::Column::SubmissionId)
        .into_tuple()
        .all(tx)
        .await?;
    let before = [Tree::of(tx, merging.into).await?];
    let after = before[0].parted(merging.standing());
    folding::settle(tx, (&before, &after), &submissions).await
}

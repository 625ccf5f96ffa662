//! The scoped doors of photos: whoever reads the submission reads its photos, nobody else.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::id::{AttachmentId, SubmissionId};
use entity::instant::Instant;
use entity::submissions::values::AttachmentState;
use entity::submissions::{attachment, submission};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use crate::db::dialect;
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::submissions::query::visible_to;

/// A photo by the id that a signed address named: the signature is the right to it.
///
/// # Errors
/// A fault of the database.
pub async fn vouched<C: ConnectionTrait>(
    conn: &C,
    id: AttachmentId,
) -> Result<Option<attachment::Model>> {
    Ok(attachment::Entity::find_by_id(id).one(conn).await?)
}

/// A ready photo of a submission that `actor` may read.
///
/// # Errors
/// A fault of the database.
pub async fn visible<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: AttachmentId,
) -> Result<Option<attachment::Model>> {
    let readable = visible_to(actor).select_only().column(submission::Column::Id).into_query();
    Ok(attachment::Entity::find_by_id(id)
        .filter(attachment::Column::State.eq(AttachmentState::Ready))
        .filter(attachment::Column::SubmissionId.in_subquery(readable))
        .one(conn)
        .await?)
}

/// How many photos of a submission, `but` one, take a place at `now`: ready ones, and announced
/// ones whose address still holds.
///
/// # Errors
/// A fault of the database.
pub async fn others<C: ConnectionTrait>(
    tx: &C,
    of: SubmissionId,
    but: AttachmentId,
    now: Instant,
) -> Result<u64> {
    let taking = Condition::any()
        .add(attachment::Column::State.eq(AttachmentState::Ready))
        .add(attachment::Column::ExpiresAt.gt(now));
    Ok(attachment::Entity::find()
        .filter(attachment::Column::SubmissionId.eq(of))
        .filter(attachment::Column::Id.ne(but))
        .filter(taking)
        .count(tx)
        .await?)
}

/// Announces a photo again: its address holds until `expires_at`.
///
/// # Errors
/// A fault of the database.
pub async fn renew<C: ConnectionTrait>(
    tx: &C,
    id: AttachmentId,
    expires_at: Instant,
) -> Result<()> {
    attachment::Entity::update_many()
        .col_expr(attachment::Column::ExpiresAt, Expr::val(expires_at))
        .filter(attachment::Column::Id.eq(id))
        .filter(attachment::Column::State.eq(AttachmentState::Awaited))
        .exec(tx)
        .await?;
    Ok(())
}

/// Locks the submission of a photo and reads the photo anew: uploads to one address come one after
/// the other from here on.
///
/// # Errors
/// A fault of the database.
pub async fn locked<C: ConnectionTrait>(
    tx: &C,
    photo: &attachment::Model,
) -> Result<Option<attachment::Model>> {
    let home = submission::Entity::find_by_id(photo.submission_id);
    dialect::for_update(tx.get_database_backend(), home).one(tx).await?;
    vouched(tx, photo.id).await
}

/// What an upload was made into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Type of the file, a MIME type.
    pub content_type: &'static str,
    /// Size of the file, in bytes.
    pub byte_size: i64,
    /// In pixels.
    pub width: i32,
    /// In pixels.
    pub height: i32,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
}

/// Makes an announced photo ready and counts it in the row of its submission.
///
/// # Errors
/// A fault of the database.
pub async fn make_ready<C: ConnectionTrait>(
    tx: &C,
    photo: attachment::Model,
    kept: Kept,
    now: Instant,
) -> Result<attachment::Model> {
    let ready = attachment::Model {
        state: AttachmentState::Ready,
        content_type: Some(kept.content_type.to_owned()),
        byte_size: Some(kept.byte_size),
        width: Some(kept.width),
        height: Some(kept.height),
        digest: Some(kept.digest),
        ready_at: Some(now),
        ..photo
    };
    let row: attachment::ActiveModel = ready.clone().into();
    attachment::Entity::update(row.reset_all()).exec(tx).await?;
    submission::Entity::update_many()
        .col_expr(submission::Column::PhotoCount, Expr::col(submission::Column::PhotoCount).add(1))
        .col_expr(submission::Column::UpdatedAt, Expr::val(now))
        .filter(submission::Column::Id.eq(ready.submission_id))
        .exec(tx)
        .await?;
    Ok(ready)
}

/// The ready photos of submissions that `of` is true for; in any order.
#[must_use]
pub fn ready_among(of: impl FnOnce(attachment::Column) -> Expr) -> Select<attachment::Entity> {
    attachment::Entity::find()
        .filter(of(attachment::Column::SubmissionId))
        .filter(attachment::Column::State.eq(AttachmentState::Ready))
}

/// The ready photos of submissions that the asker already holds, oldest first. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn of_submissions<C: ConnectionTrait>(
    conn: &C,
    submissions: &[SubmissionId],
) -> Result<HashMap<SubmissionId, Vec<attachment::Model>>> {
    let rows = ready_among(|column| column.is_in(submissions.iter().copied()))
        .order_by_asc(attachment::Column::CreatedAt)
        .order_by_asc(attachment::Column::Id)
        .all(conn)
        .await?;
    let mut photos: HashMap<SubmissionId, Vec<attachment::Model>> = HashMap::new();
    for row in rows {
        photos.entry(row.submission_id).or_default().push(row);
    }
    Ok(photos)
}

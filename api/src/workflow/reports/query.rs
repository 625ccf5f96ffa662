//! The doors of reports.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::id::{CommentId, PersonId, ReportId, SubmissionId};
use entity::instant::Instant;
use entity::submissions::comment;
use entity::submissions::submission::{Column as Submission, Entity as Submissions};
use entity::submissions::values::CommentVisibility;
use entity::workflow::report::{ActiveModel, Column, Entity, Model};
use entity::workflow::values::ReportResolution;
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel as _,
    PaginatorTrait as _, QueryFilter, QueryOrder as _, Select,
};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::submissions::query::{Inside, moderates};

/// Reports that `actor` may see to.
#[must_use]
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    let of = Query::select()
        .column((Submissions, Submission::Id))
        .from(Submissions)
        .cond_where(moderates(actor))
        .to_owned();
    Entity::find().filter(Column::SubmissionId.in_subquery(of))
}

/// What one person said about a thing before.
pub(super) async fn before<C: ConnectionTrait>(
    conn: &C,
    reporter: PersonId,
    (submission, comment): (SubmissionId, Option<CommentId>),
) -> Result<Option<Model>> {
    let of = Entity::find()
        .filter(Column::ReporterId.eq(reporter))
        .filter(Column::SubmissionId.eq(submission));
    let of = match comment {
        Some(comment) => of.filter(Column::CommentId.eq(comment)),
        None => of.filter(Column::CommentId.is_null()),
    };
    Ok(of.one(conn).await?)
}

/// How many reports one person made since a moment.
pub(super) async fn made_since<C: ConnectionTrait>(
    conn: &C,
    reporter: PersonId,
    since: Instant,
) -> Result<u64> {
    let made =
        Entity::find().filter(Column::ReporterId.eq(reporter)).filter(Column::CreatedAt.gt(since));
    Ok(made.count(conn).await?)
}

/// Writes a report, unless the same person was quicker than themselves.
pub(super) async fn insert<C: ConnectionTrait>(tx: &C, row: &Model) -> Result<bool> {
    let new: ActiveModel = row.clone().into_active_model().reset_all();
    let written = Entity::insert(new)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(written > 0)
}

/// A comment that a reader of the submission sees.
pub(super) async fn comment_on<C: ConnectionTrait>(
    conn: &C,
    (submission, id): (SubmissionId, CommentId),
    inside: Inside,
) -> Result<Option<comment::Model>> {
    let found =
        comment::Entity::find_by_id(id).filter(comment::Column::SubmissionId.eq(submission));
    let found = match inside {
        Inside::Yes => found,
        Inside::No => found.filter(comment::Column::Visibility.eq(CommentVisibility::Public)),
    };
    Ok(found.one(conn).await?)
}

/// Settles what nobody has seen to; returns what it was.
///
/// # Errors
/// A fault of the database.
pub(in crate::workflow) async fn settle<C: ConnectionTrait>(
    tx: &C,
    (submission, resolution): (SubmissionId, ReportResolution),
    (by, at): (Option<PersonId>, Instant),
) -> Result<Vec<ReportId>> {
    let open = Entity::find()
        .filter(Column::SubmissionId.eq(submission))
        .filter(Column::Resolution.is_null())
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Id)
        .all(tx)
        .await?;
    let ids: Vec<ReportId> = open.into_iter().map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(ids);
    }
    Entity::update_many()
        .col_expr(Column::Resolution, Expr::val(resolution))
        .col_expr(Column::ResolvedBy, Expr::val(by))
        .col_expr(Column::ResolvedAt, Expr::val(at))
        .filter(Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(ids)
}

/// Reports with a note, about one submission.
///
/// # Errors
/// A fault of the database.
pub(in crate::workflow) async fn noted<C: ConnectionTrait>(
    conn: &C,
    submission: SubmissionId,
) -> Result<Vec<Model>> {
    let noted = Entity::find()
        .filter(Column::SubmissionId.eq(submission))
        .filter(Column::Note.is_not_null());
    Ok(noted.all(conn).await?)
}

/// Overwrites the note of one report.
///
/// # Errors
/// A fault of the database.
pub(in crate::workflow) async fn rewrite<C: ConnectionTrait>(
    tx: &C,
    (id, note): (ReportId, String),
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::Note, Expr::val(note))
        .filter(Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// How many reports there are about these submissions.
///
/// # Errors
/// A fault of the database.
pub(in crate::workflow) async fn count_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<u64> {
    Ok(Entity::find().filter(Column::SubmissionId.is_in(ids.iter().copied())).count(conn).await?)
}

/// Whether another report about the same submission waits already: then nobody needs telling again.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn others_wait<C: ConnectionTrait>(conn: &C, report: &Model) -> Result<bool> {
    let earlier = Entity::find()
        .filter(Column::SubmissionId.eq(report.submission_id))
        .filter(Column::Resolution.is_null())
        .filter(Column::CreatedAt.lte(report.created_at))
        .filter(Column::Id.ne(report.id))
        .filter(Column::Id.lt(report.id));
    Ok(earlier.count(conn).await? > 0)
}

/// One report, whoever asks: for telling.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn one<C: ConnectionTrait>(conn: &C, id: ReportId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(conn).await?)
}

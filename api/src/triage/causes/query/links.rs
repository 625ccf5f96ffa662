//! Links between submissions and causes.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use entity::id::{CauseId, CauseLinkId, DecisionId, PersonId, SubmissionId};
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::triage::values::{CauseStatus, LinkSource};
use entity::triage::{cause, cause_link, cause_merge_link, link_before};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::kit::error::Result;

/// The name of a cause that somebody speaks of on the way; nobody is shown it who may not see it, for
/// whoever names it links it.
///
/// # Errors
/// A fault of the database.
pub async fn name_of<C: ConnectionTrait>(conn: &C, id: Option<CauseId>) -> Result<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    Ok(cause::Entity::find_by_id(id).one(conn).await?.map(|cause| cause.name))
}

/// Inserts a link. `false`: the submission was linked to this cause before.
pub(in crate::triage::causes) async fn insert_link<C: ConnectionTrait>(
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

/// A person says what a rule or a model had said: from now on it is that person's. What it was comes
/// back with [`unlink_decided`].
pub(in crate::triage::causes) async fn confirm_link<C: ConnectionTrait>(
    tx: &C,
    found: &cause_link::Model,
    said: &cause_link::Model,
) -> Result<cause_link::Model> {
    if let Some(decision) = said.decision_id {
        let before = link_before::ActiveModel {
            link_id: Set(found.id),
            decision_id: Set(decision),
            source: Set(found.source),
            note: Set(found.note.clone()),
        };
        link_before::Entity::insert(before)
            .on_conflict(OnConflict::column(link_before::Column::LinkId).do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
    }
    let note = said.note.clone().or_else(|| found.note.clone());
    cause_link::Entity::update_many()
        .col_expr(cause_link::Column::Source, Expr::val(said.source))
        .col_expr(cause_link::Column::CreatedBy, Expr::val(said.created_by))
        .col_expr(cause_link::Column::Note, Expr::val(note.clone()))
        .filter(cause_link::Column::Id.eq(found.id))
        .exec(tx)
        .await?;
    // What merges remember of it is put back as it is now.
    cause_merge_link::Entity::update_many()
        .col_expr(cause_merge_link::Column::Source, Expr::val(said.source))
        .col_expr(cause_merge_link::Column::CreatedBy, Expr::val(said.created_by))
        .col_expr(cause_merge_link::Column::Note, Expr::val(note.clone()))
        .filter(cause_merge_link::Column::LinkId.eq(found.id))
        .exec(tx)
        .await?;
    Ok(cause_link::Model {
        source: said.source,
        created_by: said.created_by,
        note,
        ..found.clone()
    })
}

/// What a person's word made of links, taken back with the decisions that it led to.
pub(super) async fn unconfirm<C: ConnectionTrait>(tx: &C, decisions: &[DecisionId]) -> Result<()> {
    let of = link_before::Column::DecisionId.is_in(decisions.iter().copied());
    let nobody: Option<PersonId> = None;
    for before in link_before::Entity::find().filter(of.clone()).all(tx).await? {
        cause_link::Entity::update_many()
            .col_expr(cause_link::Column::Source, Expr::val(before.source))
            .col_expr(cause_link::Column::CreatedBy, Expr::val(nobody))
            .col_expr(cause_link::Column::Note, Expr::val(before.note.clone()))
            .filter(cause_link::Column::Id.eq(before.link_id))
            .exec(tx)
            .await?;
        cause_merge_link::Entity::update_many()
            .col_expr(cause_merge_link::Column::Source, Expr::val(before.source))
            .col_expr(cause_merge_link::Column::CreatedBy, Expr::val(nobody))
            .col_expr(cause_merge_link::Column::Note, Expr::val(before.note))
            .filter(cause_merge_link::Column::LinkId.eq(before.link_id))
            .exec(tx)
            .await?;
    }
    link_before::Entity::delete_many().filter(of).exec(tx).await?;
    Ok(())
}

/// The link between a submission and a cause.
pub(in crate::triage::causes) async fn link_between<C: ConnectionTrait>(
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
pub(in crate::triage::causes) async fn delete_link<C: ConnectionTrait>(
    tx: &C,
    id: CauseLinkId,
) -> Result<()> {
    cause_link::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// Links that came with a decision, also those put aside by a merge of causes, go on with the one that takes its place.
///
/// # Errors
/// A fault of the database.
pub async fn hand_on<C: ConnectionTrait>(tx: &C, from: DecisionId, to: DecisionId) -> Result<()> {
    cause_link::Entity::update_many()
        .col_expr(cause_link::Column::DecisionId, Expr::val(to))
        .filter(cause_link::Column::DecisionId.eq(from))
        .exec(tx)
        .await?;
    link_before::Entity::update_many()
        .col_expr(link_before::Column::DecisionId, Expr::val(to))
        .filter(link_before::Column::DecisionId.eq(from))
        .exec(tx)
        .await?;
    cause_merge_link::Entity::update_many()
        .col_expr(cause_merge_link::Column::DecisionId, Expr::val(to))
        .filter(cause_merge_link::Column::DecisionId.eq(from))
        .exec(tx)
        .await?;
    Ok(())
}

/// Observations under way that a person has linked to this cause, behind one and by id, at most so
/// many.
///
/// # Errors
/// A fault of the database.
pub async fn carried_by<C: ConnectionTrait>(
    conn: &C,
    cause: CauseId,
    (after, limit): (Option<SubmissionId>, u64),
) -> Result<Vec<SubmissionId>> {
    let linked = Query::select()
        .column(cause_link::Column::SubmissionId)
        .from(cause_link::Entity)
        .and_where(Expr::col(cause_link::Column::CauseId).eq(cause))
        .and_where(Expr::col(cause_link::Column::Source).eq(LinkSource::Person))
        .to_owned();
    let mut find = submission::Entity::find()
        .filter(submission::Column::Id.in_subquery(linked))
        .filter(submission::Column::Kind.eq(Kind::Observation))
        .filter(submission::Column::Phase.is_in([Phase::Accepted, Phase::InProgress]))
        .order_by_asc(submission::Column::Id)
        .limit(limit);
    if let Some(after) = after {
        find = find.filter(submission::Column::Id.gt(after));
    }
    Ok(find.all(conn).await?.into_iter().map(|row| row.id).collect())
}

/// How far the causes are that a person has linked this submission to.
///
/// # Errors
/// A fault of the database.
pub async fn said_of<C: ConnectionTrait>(conn: &C, id: SubmissionId) -> Result<Vec<CauseStatus>> {
    let linked = Query::select()
        .column(cause_link::Column::CauseId)
        .from(cause_link::Entity)
        .and_where(Expr::col(cause_link::Column::SubmissionId).eq(id))
        .and_where(Expr::col(cause_link::Column::Source).eq(LinkSource::Person))
        .to_owned();
    let found = cause::Entity::find().filter(cause::Column::Id.in_subquery(linked));
    Ok(found.all(conn).await?.into_iter().map(|cause| cause.status).collect())
}

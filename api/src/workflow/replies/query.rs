//! The doors of reply templates, and what fields are filled with.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::id::{PersonId, ReasonId, ReplyId, SubmissionId, TouchpointId};
use entity::identity::person;
use entity::journey::touchpoint;
use entity::programs::reason;
use entity::submissions::phase::Phase;
use entity::triage::values::{CauseStatus, LinkSource};
use entity::triage::{cause, cause_link};
use entity::workflow::{reply, reply_text};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, Select,
};

use super::policy;
use crate::db::dialect;
use crate::kit::actor::Actor;
use crate::kit::error::Result;

/// Templates that `actor` may read.
#[must_use]
pub fn visible_to(actor: &Actor) -> Select<reply::Entity> {
    let visible = if policy::may_read(actor) {
        Condition::all()
    } else {
        Condition::all().add(Expr::cust("1 = 0"))
    };
    reply::Entity::find().filter(visible)
}

/// One template that `actor` may read.
///
/// # Errors
/// A fault of the database.
pub async fn one<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: ReplyId,
) -> Result<Option<reply::Model>> {
    Ok(visible_to(actor).filter(reply::Column::Id.eq(id)).one(conn).await?)
}

/// As [`one`], locked until the transaction ends.
pub(super) async fn locked<C: ConnectionTrait>(
    tx: &C,
    actor: &Actor,
    id: ReplyId,
) -> Result<Option<reply::Model>> {
    let select = visible_to(actor).filter(reply::Column::Id.eq(id));
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// How many templates are in use.
pub(super) async fn count_in_use<C: ConnectionTrait>(conn: &C) -> Result<u64> {
    Ok(reply::Entity::find().filter(reply::Column::ArchivedAt.is_null()).count(conn).await?)
}

/// The texts of several templates, languages in order. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn texts_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[ReplyId],
) -> Result<HashMap<ReplyId, Vec<reply_text::Model>>> {
    let mut texts: HashMap<ReplyId, Vec<reply_text::Model>> = HashMap::new();
    if ids.is_empty() {
        return Ok(texts);
    }
    let rows = reply_text::Entity::find()
        .filter(reply_text::Column::ReplyId.is_in(ids.iter().copied()))
        .order_by_asc(reply_text::Column::ReplyId)
        .order_by_asc(reply_text::Column::Language)
        .all(conn)
        .await?;
    for row in rows {
        texts.entry(row.reply_id).or_default().push(row);
    }
    Ok(texts)
}

/// Puts these texts in the place of all former ones.
pub(super) async fn replace_texts<C: ConnectionTrait>(
    tx: &C,
    id: ReplyId,
    texts: &[(String, String)],
) -> Result<()> {
    reply_text::Entity::delete_many().filter(reply_text::Column::ReplyId.eq(id)).exec(tx).await?;
    let rows = texts.iter().map(|(language, body)| reply_text::ActiveModel {
        reply_id: Set(id),
        language: Set(language.clone()),
        body: Set(body.clone()),
    });
    reply_text::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Inserts a template. `false`: another one in use has the name.
pub(super) async fn insert<C: ConnectionTrait>(tx: &C, row: &reply::Model) -> Result<bool> {
    let new = reply::ActiveModel {
        id: Set(row.id),
        name: Set(row.name.clone()),
        name_key: Set(row.name_key.clone()),
        phase: Set(row.phase),
        reason_id: Set(row.reason_id),
        created_by: Set(row.created_by),
        archived_at: Set(row.archived_at),
        created_at: Set(row.created_at),
        updated_at: Set(row.updated_at),
        version: Set(row.version),
    };
    let inserted = reply::Entity::insert(new)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// Another template in use with this folded name.
pub(super) async fn named<C: ConnectionTrait>(
    conn: &C,
    key: &str,
    but: ReplyId,
) -> Result<Option<reply::Model>> {
    Ok(reply::Entity::find()
        .filter(reply::Column::NameKey.eq(key))
        .filter(reply::Column::ArchivedAt.is_null())
        .filter(reply::Column::Id.ne(but))
        .one(conn)
        .await?)
}

/// Writes all that can change of a template.
pub(super) async fn store<C: ConnectionTrait>(
    tx: &C,
    row: &reply::Model,
) -> Result<(), sea_orm::DbErr> {
    let change = reply::ActiveModel {
        name: Set(row.name.clone()),
        name_key: Set(row.name_key.clone()),
        phase: Set(row.phase),
        reason_id: Set(row.reason_id),
        archived_at: Set(row.archived_at),
        updated_at: Set(row.updated_at),
        version: Set(row.version),
        ..Default::default()
    };
    reply::Entity::update_many().set(change).filter(reply::Column::Id.eq(row.id)).exec(tx).await?;
    Ok(())
}

/// A reason of the catalogue in use.
pub(super) async fn reason_in_use<C: ConnectionTrait>(
    conn: &C,
    id: ReasonId,
) -> Result<Option<reason::Model>> {
    let found = reason::Entity::find_by_id(id).filter(reason::Column::ArchivedAt.is_null());
    Ok(found.one(conn).await?)
}

/// A reason of a phase by code or id.
pub(super) async fn reason_called<C: ConnectionTrait>(
    conn: &C,
    phase: Phase,
    called: &str,
) -> Result<Option<ReasonId>> {
    let known = super::super::query::reasons_for(conn, phase).await?;
    let found = known.into_iter().find(|reason| {
        reason.code.eq_ignore_ascii_case(called.trim()) || reason.id.to_string() == called
    });
    Ok(found.map(|reason| reason.id))
}

/// An author, also one who left.
pub(super) async fn person<C: ConnectionTrait>(
    conn: &C,
    id: Option<PersonId>,
) -> Result<Option<person::Model>> {
    let Some(id) = id else { return Ok(None) };
    Ok(person::Entity::find_by_id(id).one(conn).await?)
}

/// The name of a touchpoint.
pub(super) async fn touchpoint_name<C: ConnectionTrait>(
    conn: &C,
    id: Option<TouchpointId>,
) -> Result<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    Ok(touchpoint::Entity::find_by_id(id).one(conn).await?.map(|row| row.name))
}

/// The name of the live cause that a person linked first.
pub(super) async fn first_cause<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
) -> Result<Option<String>> {
    let select = Query::select()
        .column((cause::Entity, cause::Column::Name))
        .from(cause_link::Entity)
        .inner_join(
            cause::Entity,
            Expr::col((cause::Entity, cause::Column::Id))
                .equals((cause_link::Entity, cause_link::Column::CauseId)),
        )
        .and_where(Expr::col((cause_link::Entity, cause_link::Column::SubmissionId)).eq(id))
        .and_where(
            Expr::col((cause_link::Entity, cause_link::Column::Source)).eq(LinkSource::Person),
        )
        .and_where(
            Expr::col((cause::Entity, cause::Column::Status))
                .is_not_in([CauseStatus::Rejected, CauseStatus::Merged]),
        )
        .order_by((cause_link::Entity, cause_link::Column::CreatedAt), sea_orm::Order::Asc)
        .order_by((cause_link::Entity, cause_link::Column::Id), sea_orm::Order::Asc)
        .limit(1)
        .to_owned();
    let row = conn.query_one(&select).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

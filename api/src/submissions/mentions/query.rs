//! Who is near a submission, and who is mentioned where.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashSet;

use entity::id::{CommentId, PersonId, SubmissionId, UnitId};
use entity::identity::values::Role;
use entity::identity::{grant, person, unit_closure};
use entity::submissions::submission::{Column, Entity, Model};
use entity::submissions::values::CommentVisibility;
use entity::submissions::{comment, mention};
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait as _,
    QueryFilter, QuerySelect as _,
};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::submissions::query::{self, Inside};

/// Whose names on the thread count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thread {
    /// Nobody's: the asker does not see names.
    Unknown,
    /// Those of its author and of who commented in public.
    Public,
    /// Those of its author and of everybody who commented.
    Whole,
}

/// Around what.
pub(super) struct Near<'a> {
    pub(super) submission: &'a Model,
    pub(super) thread: Thread,
    pub(super) view: Inside,
}

/// Which of these people are here and near: of the unit or below it, its reviewers (also those of the
/// function) and managers, and those on the thread; for those inside also owner, assignee.
///
/// # Errors
/// A fault of the database.
pub(super) async fn near<C: ConnectionTrait>(
    conn: &C,
    around: &Near<'_>,
    people: &[PersonId],
) -> Result<HashSet<PersonId>> {
    let row = around.submission;
    let mut any = Condition::any()
        .add(person::Column::HomeUnitId.in_subquery(query::below(&[row.unit_id])))
        .add(person::Column::Id.in_subquery(holding(Role::Reviewer, row.unit_id)))
        .add(person::Column::Id.in_subquery(holding(Role::Manager, row.unit_id)));
    if around.view == Inside::Yes {
        let held = [row.owner_id, row.assignee_id].into_iter().flatten();
        any = any.add(person::Column::Id.is_in(held));
    }
    if let Some(function) = row.function_id {
        any = any.add(person::Column::Id.in_subquery(holding(Role::Reviewer, function)));
    }
    if around.thread != Thread::Unknown {
        any = any
            .add(person::Column::Id.is_in(row.author_id))
            .add(person::Column::Id.in_subquery(commented(row.id, around.thread)));
    }
    let found = person::Entity::find()
        .select_only()
        .column(person::Column::Id)
        .filter(person::Column::Id.is_in(people.iter().copied()))
        .filter(person::Column::DeactivatedAt.is_null())
        .filter(any)
        .into_tuple::<PersonId>()
        .all(conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// Who holds a role on a unit or above it.
fn holding(role: Role, unit: UnitId) -> SelectStatement {
    let above = Query::select()
        .column(unit_closure::Column::Ancestor)
        .from(unit_closure::Entity)
        .and_where(unit_closure::Column::Descendant.eq(unit))
        .to_owned();
    Query::select()
        .column(grant::Column::PersonId)
        .from(grant::Entity)
        .and_where(grant::Column::Role.eq(role))
        .and_where(grant::Column::PersonId.is_not_null())
        .and_where(grant::Column::UnitId.in_subquery(above))
        .to_owned()
}

fn commented(id: SubmissionId, thread: Thread) -> SelectStatement {
    let mut select = Query::select();
    select
        .column(comment::Column::AuthorId)
        .from(comment::Entity)
        .and_where(comment::Column::SubmissionId.eq(id))
        .and_where(comment::Column::AuthorId.is_not_null());
    if thread == Thread::Public {
        select.and_where(comment::Column::Visibility.eq(CommentVisibility::Public));
    }
    select
}

/// Whether `actor` may read a comment of this visibility on a submission.
///
/// # Errors
/// A fault of the database.
pub(super) async fn may_read<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    (id, visibility): (SubmissionId, CommentVisibility),
) -> Result<bool> {
    let mut one = query::visible_to(actor).filter(Column::Id.eq(id));
    if visibility == CommentVisibility::Internal {
        one = one.filter(query::inside(actor));
    }
    Ok(one.count(conn).await? > 0)
}

/// Whether `actor` would read a submission whoever owns it, works on it or is concerned; the name
/// of its author counts where the thread is known.
///
/// # Errors
/// A fault of the database.
pub(super) async fn would_read<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    around: &Near<'_>,
) -> Result<bool> {
    let mut any = Condition::any().add(query::visible_by_rule(actor));
    if around.thread != Thread::Unknown {
        any = any.add(Column::AuthorId.eq(actor.person()));
    }
    let one = Entity::find().filter(Column::Id.eq(around.submission.id)).filter(any);
    Ok(one.count(conn).await? > 0)
}

/// Writes who is mentioned.
///
/// # Errors
/// A fault of the database.
pub(in crate::submissions) async fn write<C: ConnectionTrait>(
    tx: &C,
    comment: CommentId,
    people: &[PersonId],
) -> Result<()> {
    if people.is_empty() {
        return Ok(());
    }
    let rows = people
        .iter()
        .map(|person| mention::ActiveModel { comment_id: Set(comment), person_id: Set(*person) });
    mention::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

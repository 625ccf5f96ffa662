//! Who else hears of a submission: moderators of what was reported, the people of its twins.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::HashSet;

use entity::engagement::follow;
use entity::id::{PersonId, SubmissionId, UnitId};
use entity::identity::values::Role;
use entity::identity::{grant, person, unit_closure};
use entity::instant::Instant;
use entity::submissions::{joined, submission};
use sea_orm::sea_query::Query;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::submissions;

/// Who moderates a unit: by a grant on it or above it, and still here.
pub(in crate::notify) async fn moderators<C: ConnectionTrait>(
    conn: &C,
    unit: UnitId,
) -> Result<Vec<PersonId>> {
    let above = Query::select()
        .column(unit_closure::Column::Ancestor)
        .from(unit_closure::Entity)
        .and_where(unit_closure::Column::Descendant.eq(unit))
        .to_owned();
    let holding = Query::select()
        .column(grant::Column::PersonId)
        .from(grant::Entity)
        .and_where(grant::Column::Role.eq(Role::Moderator))
        .and_where(grant::Column::PersonId.is_not_null())
        .and_where(grant::Column::UnitId.in_subquery(above))
        .to_owned();
    let found = person::Entity::find()
        .filter(person::Column::DeactivatedAt.is_null())
        .filter(person::Column::Id.in_subquery(holding))
        .order_by_asc(person::Column::Id);
    Ok(found.all(conn).await?.into_iter().map(|person| person.id).collect())
}

/// Whether any of these submissions is an announced twin of `root`.
pub(in crate::notify) async fn any_joined<C: ConnectionTrait>(
    conn: &C,
    ids: &HashSet<SubmissionId>,
    root: SubmissionId,
) -> Result<bool> {
    let twins = submission::Entity::find()
        .filter(submission::Column::Id.is_in(ids.iter().copied()))
        .filter(submission::Column::CanonicalId.eq(root));
    Ok(twins.count(conn).await? > 0)
}

/// The twins of `root`, joined at an instant, that `actor` wrote or follows and may read now, by id;
/// nothing for who is concerned by the canonical one.
pub(in crate::notify) async fn twins_of_mine<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    (root, at): (SubmissionId, Instant),
    unit: Option<UnitId>,
) -> Result<Vec<submission::Model>> {
    let Some(me) = actor.person() else { return Ok(Vec::new()) };
    let recused =
        submission::Entity::find_by_id(root).filter(submission::Column::ConcernedId.eq(me)).filter(
            Condition::any()
                .add(submission::Column::AuthorId.is_null())
                .add(submission::Column::AuthorId.ne(me)),
        );
    let joined = Query::select()
        .column(joined::Column::SubmissionId)
        .from(joined::Entity)
        .and_where(joined::Column::Since.lte(at))
        .to_owned();
    let followed = Query::select()
        .column(follow::Column::SubmissionId)
        .from(follow::Entity)
        .and_where(follow::Column::PersonId.eq(me))
        .to_owned();
    let mine = Condition::any()
        .add(submission::Column::AuthorId.eq(me))
        .add(submission::Column::Id.in_subquery(followed));
    let mut twins = submissions::query::visible_to(actor)
        .filter(submission::Column::CanonicalId.eq(root))
        .filter(submission::Column::Id.in_subquery(joined))
        .filter(mine)
        .order_by_asc(submission::Column::Id);
    if let Some(unit) = unit {
        let below = submissions::query::below(&[unit]);
        twins = twins.filter(submission::Column::UnitId.in_subquery(below));
    }
    let twins = twins.all(conn).await?;
    if twins.is_empty() || recused.one(conn).await?.is_some() {
        return Ok(Vec::new());
    }
    Ok(twins)
}

/// A submission, if `actor` may read it now and it stands in the unit or below it.
pub(in crate::notify) async fn visible_in<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    (id, unit): (SubmissionId, Option<UnitId>),
) -> Result<Option<submission::Model>> {
    let mut one = submissions::query::visible_to(actor).filter(submission::Column::Id.eq(id));
    if let Some(unit) = unit {
        let below = submissions::query::below(&[unit]);
        one = one.filter(submission::Column::UnitId.in_subquery(below));
    }
    Ok(one.one(conn).await?)
}

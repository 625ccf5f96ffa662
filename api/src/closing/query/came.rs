//! The doors of "what came of it".
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::closing::values::ItemState;
use entity::closing::{item, resolution, resolved_cause};
use entity::engagement::vote;
use entity::id::{PersonId, UnitId};
use entity::identity::unit;
use entity::instant::Instant;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::triage::cause;
use entity::triage::values::CauseStatus;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Order, QueryFilter, QueryOrder as _, Select,
};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::kit::page::{Key, KeyValue, Keyset};
use crate::{submissions, triage};

/// A time: from its first instant to before its last.
#[derive(Clone, Copy, Debug)]
pub(in crate::closing) struct Span {
    pub(in crate::closing) from: Instant,
    pub(in crate::closing) before: Instant,
}

/// Where everybody sees each submission that a person sent in a time; a joined one where the one is
/// that it was joined with.
pub(in crate::closing) async fn shown_of<C: ConnectionTrait>(
    conn: &C,
    (person, span): (PersonId, Span),
) -> Result<Vec<Phase>> {
    let root = Alias::new("root");
    let own = |column| Expr::col((submission::Entity, column));
    let of_root = Expr::col((root.clone(), submission::Column::ShownPhase));
    let shown = Func::coalesce([of_root, own(submission::Column::ShownPhase)]);
    let select = Query::select()
        .expr(shown)
        .from(submission::Entity)
        .join_as(
            sea_orm::JoinType::LeftJoin,
            submission::Entity,
            root.clone(),
            Expr::col((root, submission::Column::Id))
                .equals((submission::Entity, submission::Column::CanonicalId)),
        )
        .and_where(own(submission::Column::AuthorId).eq(person))
        .and_where(own(submission::Column::CreatedAt).gte(span.from))
        .and_where(own(submission::Column::CreatedAt).lt(span.before))
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// How many other people voted for what a person sent in a time, each once.
pub(in crate::closing) async fn agreed<C: ConnectionTrait>(
    conn: &C,
    (person, span): (PersonId, Span),
) -> Result<i64> {
    let sent = Query::select()
        .column(submission::Column::Id)
        .from(submission::Entity)
        .and_where(Expr::col(submission::Column::AuthorId).eq(person))
        .and_where(Expr::col(submission::Column::CreatedAt).gte(span.from))
        .and_where(Expr::col(submission::Column::CreatedAt).lt(span.before))
        .to_owned();
    let select = Query::select()
        .expr(Func::count_distinct(Expr::col(vote::Column::PersonId)))
        .from(vote::Entity)
        .and_where(Expr::col(vote::Column::SubmissionId).in_subquery(sent))
        .and_where(Expr::col(vote::Column::PersonId).ne(person))
        .to_owned();
    Ok(match conn.query_one(&select).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => 0,
    })
}

/// The own site of a unit.
pub(in crate::closing) async fn site_of<C: ConnectionTrait>(
    conn: &C,
    id: UnitId,
) -> Result<Option<UnitId>> {
    Ok(unit::Entity::find_by_id(id).one(conn).await?.map(|row| row.site_id))
}

/// Ideas of a site that were announced as done in a time and still are, as far as `actor` may read
/// them.
pub(in crate::closing) fn done_ideas(
    actor: &Actor,
    (site, span): (UnitId, Span),
) -> Select<submission::Entity> {
    use submission::Column;
    submissions::query::visible_to(actor)
        .filter(Column::Kind.eq(Kind::Idea))
        .filter(Column::ShownPhase.is_in([Phase::Implemented, Phase::Sustained]))
        .filter(Column::ImplementedShownAt.gte(span.from))
        .filter(Column::ImplementedShownAt.lt(span.before))
        .filter(Column::UnitId.in_subquery(submissions::query::below(&[site])))
}

/// The newest first.
pub(in crate::closing) fn newest() -> Keyset<submission::Model> {
    Keyset {
        name: String::from("submission implemented shown desc"),
        keys: vec![
            Key {
                expr: Expr::col((submission::Entity, submission::Column::ImplementedShownAt)),
                order: Order::Desc,
                value: |row| KeyValue::Int(row.implemented_shown_at.map_or(0, Instant::micros)),
            },
            Key {
                expr: Expr::col((submission::Entity, submission::Column::Id)),
                order: Order::Desc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Int(0), KeyValue::Id(uuid::Uuid::nil())],
    }
}

/// Most causes of one page "what changed here".
const MOST_CAUSES: u64 = 100;

/// Causes that are resolved, of which that was told in a time and that stood behind something sent at a
/// site, or joined with something that was; as far as `actor` may see them; by name.
pub(in crate::closing) async fn resolved_here<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    (site, span): (UnitId, Span),
) -> Result<Vec<cause::Model>> {
    use sea_orm::QuerySelect as _;
    // What was decided on is the canonical one, wherever that was sent.
    let canonical = Func::coalesce([
        Expr::col(submission::Column::CanonicalId),
        Expr::col(submission::Column::Id),
    ]);
    let here = Query::select()
        .expr(canonical)
        .from(submission::Entity)
        .and_where(
            Expr::col(submission::Column::UnitId).in_subquery(submissions::query::below(&[site])),
        )
        .to_owned();
    let told = Query::select()
        .column((resolved_cause::Entity, resolved_cause::Column::CauseId))
        .from(resolution::Entity)
        .inner_join(
            resolved_cause::Entity,
            Expr::col((resolved_cause::Entity, resolved_cause::Column::ResolutionId))
                .equals((resolution::Entity, resolution::Column::Id)),
        )
        .inner_join(
            item::Entity,
            Expr::col((item::Entity, item::Column::ResolutionId))
                .equals((resolution::Entity, resolution::Column::Id)),
        )
        .and_where(Expr::col((resolution::Entity, resolution::Column::ReleaseAt)).gte(span.from))
        .and_where(Expr::col((resolution::Entity, resolution::Column::ReleaseAt)).lt(span.before))
        .and_where(Expr::col((item::Entity, item::Column::State)).eq(ItemState::Moved))
        .and_where(Expr::col((item::Entity, item::Column::SubmissionId)).in_subquery(here))
        .to_owned();
    Ok(triage::causes::query::visible_to(actor)
        .filter(cause::Column::Id.in_subquery(told))
        .filter(cause::Column::Status.eq(CauseStatus::Resolved))
        .order_by_asc(cause::Column::Name)
        .order_by_asc(cause::Column::Id)
        .limit(MOST_CAUSES)
        .all(conn)
        .await?)
}

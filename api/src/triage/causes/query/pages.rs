//! The first pages of the lists that hang on causes, for many causes at once.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::HashMap;
use std::hash::Hash;

use entity::id::{CauseId, SubmissionId};
use entity::submissions::submission;
use entity::triage::{cause, cause_link};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, TryGetable};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::submissions;

/// How many rows of each list are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FirstPage(pub u64);

/// The beginning of one list.
#[derive(Clone, Debug)]
pub struct Nested<M> {
    /// At most as many rows as were wanted.
    pub rows: Vec<M>,
    /// How many there are in all.
    pub total: u64,
}

/// Which row stands in which list, in order, and how long the list is.
struct Place<I> {
    of: CauseId,
    row: I,
    total: u64,
}

/// The narrower causes of each of `parents` that `actor` may read, by name. Two statements.
///
/// # Errors
/// A fault of the database.
pub async fn children_of<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    (parents, page): (&[CauseId], FirstPage),
) -> Result<HashMap<CauseId, Nested<cause::Model>>> {
    let ranked = Query::select()
        .expr_as(Expr::col(cause::Column::ParentId), Alias::new("of"))
        .expr_as(Expr::col(cause::Column::Id), Alias::new("row"))
        .expr_as(
            Expr::cust(
                "ROW_NUMBER() OVER (PARTITION BY \"parent_id\" ORDER BY \"name_key\", \"id\")",
            ),
            Alias::new("place"),
        )
        .expr_as(Expr::cust("COUNT(*) OVER (PARTITION BY \"parent_id\")"), Alias::new("total"))
        .from(cause::Entity)
        .and_where(Expr::col(cause::Column::ParentId).is_in(parents.iter().copied()))
        .cond_where(super::visible(actor))
        .to_owned();
    let places: Vec<Place<CauseId>> = places(conn, ranked, page).await?;
    let ids: Vec<CauseId> = places.iter().map(|place| place.row).collect();
    let rows = super::some(conn, actor, &ids).await?;
    Ok(nested(places, rows.into_iter().map(|row| (row.id, row)).collect()))
}

/// The submissions linked to each of `causes` that `actor` may read, as far as the links show,
/// newest first. Two statements.
///
/// # Errors
/// A fault of the database.
pub async fn linked_to<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    (causes, page): (&[CauseId], FirstPage),
) -> Result<HashMap<CauseId, Nested<submission::Model>>> {
    let ranked = Query::select()
        .expr_as(Expr::col((cause_link::Entity, cause_link::Column::CauseId)), Alias::new("of"))
        .expr_as(Expr::col((submission::Entity, submission::Column::Id)), Alias::new("row"))
        .expr_as(
            Expr::cust(
                "ROW_NUMBER() OVER (PARTITION BY \"cause_link\".\"cause_id\" ORDER BY \"submission\".\"created_at\" DESC, \"submission\".\"id\" DESC)",
            ),
            Alias::new("place"),
        )
        .expr_as(
            Expr::cust("COUNT(*) OVER (PARTITION BY \"cause_link\".\"cause_id\")"),
            Alias::new("total"),
        )
        .from(cause_link::Entity)
        .inner_join(submission::Entity, super::joined())
        .and_where(
            Expr::col((cause_link::Entity, cause_link::Column::CauseId))
                .is_in(causes.iter().copied()),
        )
        .cond_where(submissions::query::visible(actor))
        .cond_where(super::link_shown(actor))
        .to_owned();
    let places: Vec<Place<SubmissionId>> = places(conn, ranked, page).await?;
    let mut ids: Vec<SubmissionId> = places.iter().map(|place| place.row).collect();
    ids.sort_unstable();
    ids.dedup();
    let rows = match ids.is_empty() {
        true => Vec::new(),
        false => {
            let some = submission::Column::Id.is_in(ids);
            submissions::query::visible_to(actor).filter(some).all(conn).await?
        }
    };
    Ok(nested(places, rows.into_iter().map(|row| (row.id, row)).collect()))
}

async fn places<C: ConnectionTrait, I: TryGetable>(
    conn: &C,
    ranked: SelectStatement,
    page: FirstPage,
) -> Result<Vec<Place<I>>> {
    let (list, of, place) = (Alias::new("list"), Alias::new("of"), Alias::new("place"));
    let select = Query::select()
        .column((list.clone(), of.clone()))
        .column((list.clone(), Alias::new("row")))
        .column((list.clone(), Alias::new("total")))
        .from_subquery(ranked, list.clone())
        .and_where(
            Expr::col((list.clone(), place.clone())).lte(i64::try_from(page.0).unwrap_or(i64::MAX)),
        )
        .order_by((list.clone(), of), sea_orm::Order::Asc)
        .order_by((list, place), sea_orm::Order::Asc)
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter()
        .map(|row| {
            let total: i64 = row.try_get_by_index(2)?;
            Ok(Place {
                of: row.try_get_by_index(0)?,
                row: row.try_get_by_index(1)?,
                total: u64::try_from(total).unwrap_or(0),
            })
        })
        .collect()
}

fn nested<I: Eq + Hash, M: Clone>(
    places: Vec<Place<I>>,
    rows: HashMap<I, M>,
) -> HashMap<CauseId, Nested<M>> {
    let mut lists: HashMap<CauseId, Nested<M>> = HashMap::new();
    for place in places {
        let Some(row) = rows.get(&place.row) else { continue };
        let list = lists
            .entry(place.of)
            .or_insert_with(|| Nested { rows: Vec::new(), total: place.total });
        list.rows.push(row.clone());
    }
    lists
}

//! The first page of many lists at once: what hangs below the rows of a page, in one statement.
#![allow(clippy::disallowed_methods)] // reads by key what a door has selected

use std::collections::HashMap;
use std::hash::Hash;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Query, SimpleExpr, WindowStatement};
use sea_orm::{
    ConnectionTrait, EntityTrait, FromQueryResult, Iterable as _, Order, PrimaryKeyToColumn as _,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait as _, Select, TryGetable,
};

use super::error::{Fault, Result};
use super::page::{COUNT_CAP, Count, Keyset, Page, PageArgs, Travel, assembled, window};

/// Many lists of one sort, told apart by a column.
pub struct Lists<E: EntityTrait, P> {
    /// The rows of all of them, with visibility and filter.
    pub select: Select<E>,
    /// The column that says whose row it is; never NULL here.
    pub parent: E::Column,
    /// The same of a row that was read.
    pub parent_of: fn(&E::Model) -> P,
    /// The order of each list.
    pub keyset: Keyset<E::Model>,
}

/// Whether lists are asked for from their ends, so that one statement can serve many. A cursor is
/// that of one list.
#[must_use]
pub const fn from_the_ends(args: &PageArgs) -> bool {
    args.after.is_none() && args.before.is_none()
}

/// Reads the first (or last) page of each list; lists without rows are left out. One statement, and
/// one more when totals are wanted. The caller has checked [`from_the_ends`].
///
/// # Errors
/// BAD_REQUEST naming the argument; a fault of the database.
pub async fn pages<E, P, C>(
    conn: &C,
    lists: Lists<E, P>,
    args: &PageArgs,
    count: Count,
) -> Result<HashMap<P, Page<E::Model>>>
where
    E: EntityTrait,
    E::Model: FromQueryResult + Send + Sync,
    P: Copy + Eq + Hash + TryGetable,
    C: ConnectionTrait,
{
    let window = window(args, &lists.keyset)?;
    let mut totals = match count {
        Count::Wanted => totals(conn, &lists).await?,
        Count::Spared => HashMap::new(),
    };
    let rows = nearest(&lists, (window.travel, window.limit + 1))?.all(conn).await?;
    let mut grouped: HashMap<P, Vec<E::Model>> = HashMap::new();
    for row in rows {
        grouped.entry((lists.parent_of)(&row)).or_default().push(row);
    }
    let page = |(parent, rows)| {
        let total = (count == Count::Wanted).then(|| totals.remove(&parent).unwrap_or((0, true)));
        (parent, assembled(rows, &lists.keyset, (&window, total)))
    };
    Ok(grouped.into_iter().map(page).collect())
}

/// The rows of each list that come first in the direction of travel.
fn nearest<E, P>(lists: &Lists<E, P>, (travel, most): (Travel, u64)) -> Result<Select<E>>
where
    E: EntityTrait,
{
    let key = E::PrimaryKey::iter()
        .next()
        .ok_or_else(|| Fault::internal("a list of rows without a key"))?
        .into_column();
    let direction = |order: &Order| {
        let upward = matches!(order, Order::Asc) == (travel == Travel::Forward);
        if upward { Order::Asc } else { Order::Desc }
    };
    let (place, ranked) = (Alias::new("place"), Alias::new("ranked"));
    let mut each = WindowStatement::partition_by(lists.parent);
    for part in &lists.keyset.keys {
        each.order_by_expr(part.expr.clone(), direction(&part.order));
    }
    let mut inner = lists.select.clone().select_only().column(key).into_query();
    inner.expr_window_as(Expr::cust("ROW_NUMBER()"), each, place.clone());
    // Written out, not bound: a known number of rows plans better.
    let near = Expr::col(place).lte(Expr::cust(most.to_string()));
    let some = Query::select().column(key).from_subquery(inner, ranked).and_where(near).to_owned();
    let mut select = E::find().filter(Expr::col(key).in_subquery(some));
    for part in &lists.keyset.keys {
        select = select.order_by(part.expr.clone(), direction(&part.order));
    }
    Ok(select)
}

async fn totals<E, P, C>(conn: &C, lists: &Lists<E, P>) -> Result<HashMap<P, (u64, bool)>>
where
    E: EntityTrait,
    P: Eq + Hash + TryGetable,
    C: ConnectionTrait,
{
    let rows: SimpleExpr = Func::count(Expr::cust("*")).into();
    let mut select = lists.select.clone().select_only().column(lists.parent).into_query();
    select.expr(rows).group_by_col(lists.parent);
    let found = conn.query_all(&select).await?;
    found
        .iter()
        .map(|row| {
            let parent: P = row.try_get_by_index(0)?;
            let all: i64 = row.try_get_by_index(1)?;
            let all = u64::try_from(all).unwrap_or(0);
            Ok((parent, (Ord::min(all, COUNT_CAP), all <= COUNT_CAP)))
        })
        .collect()
}

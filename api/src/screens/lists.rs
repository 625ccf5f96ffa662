//! Lists of submissions: the feed and the queue.

use std::sync::Arc;

use async_graphql::Context;
use entity::submissions::submission::{Entity, Model};
use sea_orm::{QueryTrait as _, Select};

use super::ahead::Edges;
use super::fill::filled;
use super::query;
use super::selection::Selection;
use crate::db::wide::Wide;
use crate::graphql::list::count_wanted;
use crate::kit::error::{Fault, Result};
use crate::kit::page::{COUNT_CAP, Count, Keyset, Page, PageArgs, Plan, page};
use crate::kit::scope::{LookAhead, Scope};
use crate::submissions::graphql::row::Siblings;

/// One page of `select`, which carries visibility and filter already, with what is selected of its
/// rows and, where it is selected, how many there are in all. One statement.
///
/// # Errors
/// BAD_REQUEST naming the argument; a fault of the database.
pub async fn list(
    ctx: &Context<'_>,
    (select, keyset): (Select<Entity>, &Keyset<Model>),
    args: &PageArgs,
) -> Result<(Page<Model>, Arc<Siblings>)> {
    let scope = ctx.data::<Scope>().map_err(|_| Fault::internal("no scope"))?;
    let count = count_wanted(ctx);
    if scope.house.look_ahead.get() == LookAhead::Off {
        let page = page(&scope.db(), select, keyset, args, count).await?;
        let siblings = Siblings::of(page.rows.iter().map(|(_, row)| row));
        return Ok((page, siblings));
    }
    let mut wide = Wide::default();
    let counted = match count {
        Count::Wanted => Some(wide.count(&select.clone().into_query(), COUNT_CAP + 1)),
        Count::Spared => None,
    };
    let mut plan = Plan::of(select, keyset, args)?;
    wide.share(query::PAGE, plan.take_select(), Some(plan.most));
    let rows = wide.rows(query::rows(), plan.order.clone())?;
    let edges = Edges::of(&mut wide, &Selection::of(ctx).nodes(), scope)?;
    let found = wide.read(&scope.db()).await?;
    let counted = counted.map(|counted| found.count(&counted));
    let page = plan.page(found.rows(&rows)?, keyset, counted);
    let rows = page.rows.iter().map(|(_, row)| row);
    let siblings = filled(ctx, (&found, &edges), rows).await?;
    Ok((page, siblings))
}

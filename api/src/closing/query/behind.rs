//! What stands behind causes: every submission that is linked, or what it is joined with.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::HashMap;

use entity::id::{CauseId, SubmissionId};
use entity::submissions::submission;
use entity::triage::values::{CauseStatus, LinkSource};
use entity::triage::{cause, cause_link};
use sea_orm::sea_query::{Expr, ExprTrait, Func, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder as _};

use crate::kit::error::Result;

/// Which submissions are looked at.
#[derive(Clone, Copy, Debug)]
pub(in crate::closing) enum Roots<'a> {
    /// Those behind these causes.
    Behind(&'a [CauseId]),
    /// These.
    These(&'a [SubmissionId]),
}

impl Roots<'_> {
    /// Ids, as a statement.
    pub(super) fn ids(self) -> SelectStatement {
        match self {
            Self::Behind(causes) => Query::select()
                .expr(root())
                .from(cause_link::Entity)
                .inner_join(submission::Entity, is_linked())
                .and_where(
                    Expr::col((cause_link::Entity, cause_link::Column::CauseId))
                        .is_in(causes.iter().copied()),
                )
                .to_owned(),
            Self::These(ids) => Query::select()
                .column(submission::Column::Id)
                .from(submission::Entity)
                .and_where(Expr::col(submission::Column::Id).is_in(ids.iter().copied()))
                .to_owned(),
        }
    }
}

fn root() -> Expr {
    let column = |column| Expr::col((submission::Entity, column));
    Func::coalesce([column(submission::Column::CanonicalId), column(submission::Column::Id)]).into()
}

fn is_linked() -> Expr {
    Expr::col((cause_link::Entity, cause_link::Column::SubmissionId))
        .equals((submission::Entity, submission::Column::Id))
}

/// A submission behind causes.
#[derive(Clone, Debug)]
pub(in crate::closing) struct Found {
    /// The row: the canonical one of what is joined.
    pub(in crate::closing) row: submission::Model,
    /// The causes that persons linked it, or what is joined with it, to; and how far they are.
    pub(in crate::closing) causes: Vec<(CauseId, CauseStatus)>,
}

/// Submissions with the causes that persons linked them to, in the order of ids. Two statements.
pub(in crate::closing) async fn behind<C: ConnectionTrait>(
    conn: &C,
    roots: Roots<'_>,
) -> Result<Vec<Found>> {
    let rows = submission::Entity::find()
        .filter(submission::Column::Id.in_subquery(roots.ids()))
        .order_by_asc(submission::Column::Id)
        .all(conn)
        .await?;
    let mut causes = links(conn, roots).await?;
    Ok(rows
        .into_iter()
        .map(|row| Found { causes: causes.remove(&row.id).unwrap_or_default(), row })
        .collect())
}

async fn links<C: ConnectionTrait>(
    conn: &C,
    roots: Roots<'_>,
) -> Result<HashMap<SubmissionId, Vec<(CauseId, CauseStatus)>>> {
    let column = |column| Expr::col((submission::Entity, column));
    let select = Query::select()
        .expr(root())
        .column((cause::Entity, cause::Column::Id))
        .column((cause::Entity, cause::Column::Status))
        .distinct()
        .from(cause_link::Entity)
        .inner_join(submission::Entity, is_linked())
        .inner_join(
            cause::Entity,
            Expr::col((cause_link::Entity, cause_link::Column::CauseId))
                .equals((cause::Entity, cause::Column::Id)),
        )
        .and_where(
            Expr::col((cause_link::Entity, cause_link::Column::Source)).eq(LinkSource::Person),
        )
        .cond_where(
            Condition::any()
                .add(column(submission::Column::Id).in_subquery(roots.ids()))
                .add(column(submission::Column::CanonicalId).in_subquery(roots.ids())),
        )
        .to_owned();
    let mut found: HashMap<SubmissionId, Vec<(CauseId, CauseStatus)>> = HashMap::new();
    for row in conn.query_all(&select).await? {
        let link = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
        found.entry(row.try_get_by_index(0)?).or_default().push(link);
    }
    Ok(found)
}

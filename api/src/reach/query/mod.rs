//! What the kept counts of root causes are counted from.
#![allow(clippy::disallowed_methods)] // a query.rs

mod counting;
mod keep;

use entity::engagement::vote;
use entity::id::{CauseId, PersonId, SubmissionId};
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::triage::values::CauseStatus;
use entity::triage::{cause, cause_closure, cause_link};
use sea_orm::sea_query::{
    Alias, CaseStatement, Cond, Expr, ExprTrait, Func, IntoColumnRef, JoinType, Query,
    SelectStatement, SimpleExpr, UnionType,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

pub use self::counting::*;
pub(super) use self::keep::{add, put, replace_lines, tree};
pub use self::keep::{lock, lock_roots};
use crate::kit::error::Result;

/// The name of the submission that carries the link, beside `submission` for each of its group.
const LINKED: &str = "linked";
/// Most values bound in one statement.
const CHUNK: usize = 5_000;

/// The root of the group that a submission is joined in; itself when it is not. As the index
/// `submission_group` has it.
fn group_of<T: IntoColumnRef>(canonical: T, id: T) -> SimpleExpr {
    Func::coalesce([Expr::col(canonical), Expr::col(id)]).into()
}

fn own(column: submission::Column) -> (submission::Entity, submission::Column) {
    (submission::Entity, column)
}

fn linked(column: submission::Column) -> (Alias, submission::Column) {
    (Alias::new(LINKED), column)
}

fn own_group() -> SimpleExpr {
    group_of(own(submission::Column::CanonicalId), own(submission::Column::Id))
}

fn linked_group() -> SimpleExpr {
    group_of(linked(submission::Column::CanonicalId), linked(submission::Column::Id))
}

/// Whether the decision that a link came with was announced. The link stands beside `linked`.
#[must_use]
pub fn announced() -> Cond {
    let decision = || Expr::col((cause_link::Entity, cause_link::Column::DecisionId));
    let pending = || Expr::col(linked(submission::Column::PendingDecisionId));
    Cond::any().add(decision().is_null()).add(pending().is_null()).add(decision().ne(pending()))
}

fn as_number(condition: Cond) -> SimpleExpr {
    CaseStatement::new().case(condition, Expr::cust("1")).finally(Expr::cust("0")).into()
}

/// Whether a cause counts: neither rejected nor merged into another.
fn live() -> SimpleExpr {
    Expr::col((cause::Entity, cause::Column::Status))
        .is_not_in([CauseStatus::Rejected, CauseStatus::Merged])
}

fn standing<T: IntoColumnRef>(phase: T) -> SimpleExpr {
    Expr::col(phase).ne(Phase::Withdrawn)
}

/// Joins the live causes at and below each `ancestor`, their links, the submissions linked and all
/// that are joined with those. Filters of submissions apply to the latter.
fn behind() -> SelectStatement {
    linked_below()
        .join(
            JoinType::InnerJoin,
            submission::Entity,
            Cond::all()
                .add(own_group().eq(linked_group()))
                .add(standing(own(submission::Column::Phase))),
        )
        .to_owned()
}

/// Joins the live causes at and below each `ancestor`, their links and the submissions linked.
fn linked_below() -> SelectStatement {
    Query::select()
        .from(cause_closure::Entity)
        .join(
            JoinType::InnerJoin,
            cause::Entity,
            Cond::all()
                .add(
                    Expr::col((cause::Entity, cause::Column::Id))
                        .equals((cause_closure::Entity, cause_closure::Column::Descendant)),
                )
                .add(live()),
        )
        .join(
            JoinType::InnerJoin,
            cause_link::Entity,
            Expr::col((cause_link::Entity, cause_link::Column::CauseId))
                .equals((cause::Entity, cause::Column::Id)),
        )
        .join_as(
            JoinType::InnerJoin,
            submission::Entity,
            Alias::new(LINKED),
            Cond::all()
                .add(
                    Expr::col(linked(submission::Column::Id))
                        .equals((cause_link::Entity, cause_link::Column::SubmissionId)),
                )
                .add(standing(linked(submission::Column::Phase))),
        )
        .to_owned()
}

/// A link above one of the groups that a change touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Above {
    /// The submission that is linked.
    pub submission: SubmissionId,
    /// The cause, or one above it.
    pub cause: CauseId,
    /// Whether it was announced.
    pub announced: bool,
}

/// The live causes above the groups of `ids`, and those above them.
///
/// # Errors
/// A fault of the database.
pub async fn above<C: ConnectionTrait>(conn: &C, ids: &[SubmissionId]) -> Result<Vec<Above>> {
    let select = Query::select()
        .column(linked(submission::Column::Id))
        .column((cause_closure::Entity, cause_closure::Column::Ancestor))
        .expr(as_number(announced()))
        .from_as(submission::Entity, Alias::new(LINKED))
        .join(
            JoinType::InnerJoin,
            cause_link::Entity,
            Expr::col((cause_link::Entity, cause_link::Column::SubmissionId))
                .equals(linked(submission::Column::Id)),
        )
        .join(
            JoinType::InnerJoin,
            cause::Entity,
            Cond::all()
                .add(
                    Expr::col((cause::Entity, cause::Column::Id))
                        .equals((cause_link::Entity, cause_link::Column::CauseId)),
                )
                .add(live()),
        )
        .join(
            JoinType::InnerJoin,
            cause_closure::Entity,
            Expr::col((cause_closure::Entity, cause_closure::Column::Descendant))
                .equals((cause::Entity, cause::Column::Id)),
        )
        .and_where(linked_group().in_subquery(groups(ids)))
        .and_where(standing(linked(submission::Column::Phase)))
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter()
        .map(|row| {
            Ok(Above {
                submission: row.try_get_by_index(0)?,
                cause: row.try_get_by_index(1)?,
                announced: row.try_get_by_index::<i32>(2)? == 1,
            })
        })
        .collect()
}

/// The roots of the groups that `ids` are joined in.
fn groups(ids: &[SubmissionId]) -> SelectStatement {
    Query::select()
        .expr(own_group())
        .from(submission::Entity)
        .and_where(Expr::col(own(submission::Column::Id)).is_in(ids.iter().copied()))
        .to_owned()
}

/// One of a group of joined submissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which.
    pub id: SubmissionId,
    /// The root of the group.
    pub root: SubmissionId,
    /// Its author.
    pub author: Option<PersonId>,
}

/// All of the groups of `ids`, those that were taken back left out.
///
/// # Errors
/// A fault of the database.
pub async fn members<C: ConnectionTrait>(conn: &C, ids: &[SubmissionId]) -> Result<Vec<Member>> {
    let select = Query::select()
        .column(own(submission::Column::Id))
        .expr(own_group())
        .column(own(submission::Column::AuthorId))
        .from(submission::Entity)
        .and_where(own_group().in_subquery(groups(ids)))
        .and_where(standing(own(submission::Column::Phase)))
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter()
        .map(|row| {
            Ok(Member {
                id: row.try_get_by_index(0)?,
                root: row.try_get_by_index(1)?,
                author: row.try_get_by_index(2)?,
            })
        })
        .collect()
}

/// Who voted for these submissions; of one person alone, where one is named.
///
/// # Errors
/// A fault of the database.
pub async fn voters<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
    only: Option<PersonId>,
) -> Result<Vec<(SubmissionId, PersonId)>> {
    let mut found = Vec::new();
    for part in ids.chunks(CHUNK) {
        let mut find =
            vote::Entity::find().filter(vote::Column::SubmissionId.is_in(part.iter().copied()));
        if let Some(only) = only {
            find = find.filter(vote::Column::PersonId.eq(only));
        }
        found.extend(find.all(conn).await?.into_iter().map(|it| (it.submission_id, it.person_id)));
    }
    Ok(found)
}

/// Among whom, and where, somebody may stand behind a cause by something else as well.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere<'a> {
    /// Whom.
    pub people: &'a [PersonId],
    /// Not by these.
    pub but: &'a [SubmissionId],
    /// Behind which causes.
    pub causes: &'a [CauseId],
}

/// Who stands behind which cause by other submissions, and whether that was announced.
///
/// # Errors
/// A fault of the database.
pub async fn elsewhere<C: ConnectionTrait>(
    conn: &C,
    among: Elsewhere<'_>,
) -> Result<Vec<(PersonId, CauseId, bool)>> {
    let mut found = Vec::new();
    if among.causes.is_empty() {
        return Ok(found);
    }
    for people in among.people.chunks(CHUNK) {
        let rows = conn.query_all(&said_elsewhere(Elsewhere { people, ..among })).await?;
        for row in &rows {
            let announced: i32 = row.try_get_by_index(2)?;
            found.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?, announced == 1));
        }
    }
    Ok(found)
}

fn said_elsewhere(among: Elsewhere<'_>) -> SelectStatement {
    let (said, person, about) = (Alias::new("said"), Alias::new("person"), Alias::new("about"));
    let mine = Query::select()
        .expr_as(Expr::col(submission::Column::AuthorId), person.clone())
        .expr_as(Expr::col(submission::Column::Id), about.clone())
        .from(submission::Entity)
        .and_where(Expr::col(submission::Column::AuthorId).is_in(among.people.iter().copied()))
        .union(
            UnionType::Distinct,
            Query::select()
                .column(vote::Column::PersonId)
                .column(vote::Column::SubmissionId)
                .from(vote::Entity)
                .and_where(Expr::col(vote::Column::PersonId).is_in(among.people.iter().copied()))
                .to_owned(),
        )
        .to_owned();
    behind()
        .column((said.clone(), person.clone()))
        .column((cause_closure::Entity, cause_closure::Column::Ancestor))
        .expr(Expr::expr(as_number(announced())).max())
        .join_subquery(
            JoinType::InnerJoin,
            mine,
            said.clone(),
            Expr::col((said.clone(), about)).equals(own(submission::Column::Id)),
        )
        .and_where(Expr::col(own(submission::Column::Id)).is_not_in(among.but.iter().copied()))
        .and_where(
            Expr::col((cause_closure::Entity, cause_closure::Column::Ancestor))
                .is_in(among.causes.iter().copied()),
        )
        .group_by_columns([
            (said, person).into_column_ref(),
            (cause_closure::Entity, cause_closure::Column::Ancestor).into_column_ref(),
        ])
        .to_owned()
}

//! What the kept counts of root causes are counted from.
#![allow(clippy::disallowed_methods)] // a query.rs

mod keep;

use std::collections::HashMap;

use entity::engagement::vote;
use entity::id::{CauseId, PersonId, SubmissionId};
use entity::identity::unit;
use entity::instant::Instant;
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::triage::values::CauseStatus;
use entity::triage::{cause, cause_closure, cause_link};
use sea_orm::sea_query::{
    Alias, CaseStatement, Cond, Expr, ExprTrait, Func, IntoColumnRef, JoinType, Query,
    SelectStatement, SimpleExpr, UnionType,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

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
fn announced() -> Cond {
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

/// Whose view of links is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// All that is decided.
    Decided,
    /// What was announced.
    Announced,
}

impl View {
    fn condition(self) -> Cond {
        match self {
            Self::Decided => Cond::all(),
            Self::Announced => announced(),
        }
    }
}

/// Whether what is below a cause counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Depth {
    /// The cause and all below it.
    #[default]
    Subtree,
    /// What is linked to the cause itself.
    Itself,
}

/// What stands behind causes: asked for by a recount, and by reports.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Behind which causes; all when none is named.
    pub causes: Option<Vec<CauseId>>,
    /// Whether what is below them counts.
    pub depth: Depth,
    /// Which submissions count; all when nothing is named. Conditions on `submission`.
    pub only: Option<sea_orm::Condition>,
}

/// How much stands behind one cause and those below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counted {
    /// People, and one for each authorless submission.
    pub reach: i64,
    /// Submissions, joined ones included.
    pub submissions: i64,
    /// As `reach`, of what was announced.
    pub shown_reach: i64,
    /// As `submissions`, of what was announced.
    pub shown_submissions: i64,
}

/// Counts what stands behind causes: two statements, however many causes.
///
/// # Errors
/// A fault of the database.
pub async fn count<C: ConnectionTrait>(
    conn: &C,
    asked: &Asked,
) -> Result<HashMap<CauseId, Counted>> {
    let mut counts: HashMap<CauseId, Counted> = HashMap::new();
    for row in conn.query_all(&count_submissions(asked)).await? {
        let counted = counts.entry(row.try_get_by_index(0)?).or_default();
        counted.submissions = row.try_get_by_index(1)?;
        counted.shown_submissions = row.try_get_by_index(2)?;
        counted.reach += row.try_get_by_index::<i64>(3)?;
        counted.shown_reach += row.try_get_by_index::<i64>(4)?;
    }
    for row in conn.query_all(&count_people(asked)).await? {
        let counted = counts.entry(row.try_get_by_index(0)?).or_default();
        counted.reach += row.try_get_by_index::<i64>(1)?;
        counted.shown_reach += row.try_get_by_index::<i64>(2)?;
    }
    Ok(counts)
}

fn asked_of(asked: &Asked) -> SelectStatement {
    let mut select = behind();
    if let Some(causes) = &asked.causes {
        select.and_where(
            Expr::col((cause_closure::Entity, cause_closure::Column::Ancestor))
                .is_in(causes.iter().copied()),
        );
    }
    if asked.depth == Depth::Itself {
        select.and_where(Expr::col((cause_closure::Entity, cause_closure::Column::Depth)).eq(0));
    }
    if let Some(only) = &asked.only {
        select.cond_where(only.clone());
    }
    select
}

fn count_submissions(asked: &Asked) -> SelectStatement {
    let id = || Expr::col(own(submission::Column::Id));
    let authorless = || Expr::col(own(submission::Column::AuthorId)).is_null();
    let distinct = |condition: Cond| -> SimpleExpr {
        let id: SimpleExpr = CaseStatement::new().case(condition, id()).into();
        Func::count_distinct(id).into()
    };
    asked_of(asked)
        .column((cause_closure::Entity, cause_closure::Column::Ancestor))
        .expr(Func::count_distinct(id()))
        .expr(distinct(announced()))
        .expr(distinct(Cond::all().add(authorless())))
        .expr(distinct(Cond::all().add(authorless()).add(announced())))
        .group_by_col((cause_closure::Entity, cause_closure::Column::Ancestor))
        .to_owned()
}

/// Authors and voters of what stands behind the causes, with whether that was announced.
fn count_people(asked: &Asked) -> SelectStatement {
    let (who, cause, person, seen) =
        (Alias::new("who"), Alias::new("cause"), Alias::new("person"), Alias::new("seen"));
    let behind_them = |by: SimpleExpr| {
        asked_of(asked)
            .expr_as(
                Expr::col((cause_closure::Entity, cause_closure::Column::Ancestor)),
                cause.clone(),
            )
            .expr_as(by, person.clone())
            .expr_as(as_number(announced()), seen.clone())
            .to_owned()
    };
    let authors = behind_them(Expr::col(own(submission::Column::AuthorId)))
        .and_where(Expr::col(own(submission::Column::AuthorId)).is_not_null())
        .to_owned();
    let voters = behind_them(Expr::col((vote::Entity, vote::Column::PersonId)))
        .join(
            JoinType::InnerJoin,
            vote::Entity,
            Expr::col((vote::Entity, vote::Column::SubmissionId))
                .equals(own(submission::Column::Id)),
        )
        .to_owned();
    let shown: SimpleExpr = CaseStatement::new()
        .case(Expr::col((who.clone(), seen)).eq(1), Expr::col((who.clone(), person.clone())))
        .into();
    Query::select()
        .column((who.clone(), cause.clone()))
        .expr(Func::count_distinct(Expr::col((who.clone(), person))))
        .expr(Func::count_distinct(shown))
        .from_subquery(authors.clone().union(UnionType::All, voters).to_owned(), who.clone())
        .group_by_col((who, cause))
        .to_owned()
}

/// In how many sites something stands behind each of these causes. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn sites<C: ConnectionTrait>(
    conn: &C,
    (causes, view): (&[CauseId], View),
) -> Result<HashMap<CauseId, i64>> {
    let asked = Asked { causes: Some(causes.to_vec()), ..Asked::default() };
    let select = asked_of(&asked)
        .column((cause_closure::Entity, cause_closure::Column::Ancestor))
        .expr(Func::count_distinct(Expr::col((unit::Entity, unit::Column::SiteId))))
        .join(
            JoinType::InnerJoin,
            unit::Entity,
            Expr::col((unit::Entity, unit::Column::Id)).equals(own(submission::Column::UnitId)),
        )
        .cond_where(view.condition())
        .group_by_col((cause_closure::Entity, cause_closure::Column::Ancestor))
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// How many links to these causes, and to live ones below them, were made between each instant and
/// the next; `starts` has one more than there are spans. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn trend<C: ConnectionTrait>(
    conn: &C,
    (causes, view): (&[CauseId], View),
    starts: &[Instant],
) -> Result<HashMap<(CauseId, usize), i64>> {
    let (Some(first), Some(last)) = (starts.first(), starts.last()) else {
        return Ok(HashMap::new());
    };
    let made = || Expr::col((cause_link::Entity, cause_link::Column::CreatedAt));
    let span = starts.iter().enumerate().skip(1).fold(CaseStatement::new(), |case, (at, end)| {
        case.case(made().lt(*end), Expr::cust((at - 1).to_string()))
    });
    let (list, of, spans) = (Alias::new("list"), Alias::new("of"), Alias::new("span"));
    let links = linked_below()
        .expr_as(Expr::col((cause_closure::Entity, cause_closure::Column::Ancestor)), of.clone())
        .expr_as(span, spans.clone())
        .and_where(
            Expr::col((cause_closure::Entity, cause_closure::Column::Ancestor))
                .is_in(causes.iter().copied()),
        )
        .and_where(made().gte(*first))
        .and_where(made().lt(*last))
        .cond_where(view.condition())
        .to_owned();
    let select = Query::select()
        .column((list.clone(), of.clone()))
        .column((list.clone(), spans.clone()))
        .expr(Func::count(Expr::cust("*")))
        .from_subquery(links, list.clone())
        .group_by_col((list.clone(), of))
        .group_by_col((list, spans))
        .to_owned();
    let rows = conn.query_all(&select).await?;
    rows.iter()
        .map(|row| {
            let span: i32 = row.try_get_by_index(1)?;
            let at = usize::try_from(span).unwrap_or(0);
            Ok(((row.try_get_by_index(0)?, at), row.try_get_by_index(2)?))
        })
        .collect()
}

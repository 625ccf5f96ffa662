//! What reports and recounts count: people and submissions behind causes, sites, trends.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::HashMap;

use entity::engagement::vote;
use entity::id::CauseId;
use entity::identity::unit;
use entity::instant::Instant;
use entity::submissions::submission;
use entity::triage::{cause_closure, cause_link};
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{
    Alias, CaseStatement, CommonTableExpression, Cond, Expr, ExprTrait, Func, IntoColumnRef,
    JoinType, Query, SelectStatement, SimpleExpr, UnionType,
};

use super::{announced, as_number, behind, linked, linked_below, own, own_group, standing};
use crate::kit::error::Result;

/// The column of the roots that [`count_groups`] takes.
pub const ROOT: &str = "root";

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
    /// What somebody sees of it; everything when nothing is said.
    pub seen: Option<Seen>,
}

/// What stands behind causes as somebody sees it. Conditions on `submission`.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Which submissions count: those that are asked for and may be read.
    pub only: sea_orm::Condition,
    /// On which the asker works: their links count before they are announced.
    pub inside: sea_orm::Condition,
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

/// Counts what stands behind causes. One statement, however many causes.
///
/// # Errors
/// A fault of the database.
pub async fn count<C: ConnectionTrait>(
    conn: &C,
    asked: &Asked,
) -> Result<HashMap<CauseId, Counted>> {
    let mut counts: HashMap<CauseId, Counted> = HashMap::new();
    for row in conn.query_all(&tallied(behind_each(asked))).await? {
        counts.entry(row.try_get_by_index(0)?).or_default().add(&row)?;
    }
    Ok(counts)
}

/// Counts groups of joined submissions, named by their roots: all that stand in them, as far as
/// `only` holds for them. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn count_groups<C: ConnectionTrait>(
    conn: &C,
    (roots, only): (SelectStatement, Option<sea_orm::Condition>),
) -> Result<Counted> {
    let groups = Alias::new("groups");
    let mut behind = Query::select()
        .expr_as(Expr::cust("0"), Alias::new(CAUSE))
        .expr_as(Expr::col(own(submission::Column::Id)), Alias::new(SENT))
        .expr_as(Expr::col(own(submission::Column::AuthorId)), Alias::new(PERSON))
        .expr_as(Expr::cust("1"), Alias::new(SEEN))
        .from_subquery(roots, groups.clone())
        .join(
            JoinType::InnerJoin,
            submission::Entity,
            Cond::all()
                .add(own_group().eq(Expr::col((groups, Alias::new(ROOT)))))
                .add(standing(own(submission::Column::Phase))),
        )
        .to_owned();
    if let Some(only) = only {
        behind.cond_where(only);
    }
    let mut counted = Counted::default();
    for row in conn.query_all(&tallied(behind)).await? {
        counted.add(&row)?;
    }
    Ok(counted)
}

/// Columns of what stands behind something: behind what, the submission, who, and whether all may
/// know.
const CAUSE: &str = "cause";
const SENT: &str = "sent";
const PERSON: &str = "person";
const SEEN: &str = "seen";

impl Counted {
    fn add(&mut self, row: &sea_orm::QueryResult) -> Result<()> {
        self.submissions += row.try_get_by_index::<i64>(1)?;
        self.shown_submissions += row.try_get_by_index::<i64>(2)?;
        self.reach += row.try_get_by_index::<i64>(3)?;
        self.shown_reach += row.try_get_by_index::<i64>(4)?;
        Ok(())
    }
}

/// Joins causes with what stands behind them; whatever way a condition finds the rows quickest.
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
    if let Some(seen) = &asked.seen {
        select.cond_where(seen.only.clone()).cond_where(linked_for(seen.inside.clone()));
    }
    select
}

/// Links that were announced, and those of submissions on which the asker works.
#[must_use]
pub fn linked_for(inside: sea_orm::Condition) -> Cond {
    let own = Query::select()
        .expr(Expr::cust("1"))
        .from(submission::Entity)
        .and_where(Expr::col(own(submission::Column::Id)).equals(linked(submission::Column::Id)))
        .cond_where(inside)
        .to_owned();
    Cond::any().add(announced()).add(Expr::exists(own))
}

/// Each cause with each submission behind it, once.
fn behind_each(asked: &Asked) -> SelectStatement {
    let cause = (cause_closure::Entity, cause_closure::Column::Ancestor);
    // What somebody sees, nobody else is told.
    let seen = match asked.seen {
        Some(_) => Expr::cust("1"),
        None => as_number(announced()),
    };
    asked_of(asked)
        .expr_as(Expr::col(cause), Alias::new(CAUSE))
        .expr_as(Expr::col(own(submission::Column::Id)), Alias::new(SENT))
        .expr_as(Expr::col(own(submission::Column::AuthorId)), Alias::new(PERSON))
        .expr_as(Expr::expr(seen).max(), Alias::new(SEEN))
        .group_by_columns([
            cause.into_column_ref(),
            own(submission::Column::Id).into_column_ref(),
            own(submission::Column::AuthorId).into_column_ref(),
        ])
        .to_owned()
}

/// Rows of submissions, and rows of people, for each cause: to be added up. What stands behind is
/// found once; people are grouped and not counted DISTINCT, which would sort them for each cause.
fn tallied(behind: SelectStatement) -> SelectStatement {
    let each = Alias::new("behind");
    let of = |column: &str| Expr::col((Alias::new("behind"), Alias::new(column)));
    let nobody = |what: SimpleExpr| -> SimpleExpr {
        let counts = CaseStatement::new().case(of(PERSON).is_null(), what);
        Expr::expr(counts.finally(Expr::cust("0"))).sum()
    };
    let people = Alias::new("people");
    let of_people = |column: &str| Expr::col((Alias::new("people"), Alias::new(column)));
    let counted_people = Query::select()
        .expr(of_people(CAUSE))
        .expr(Expr::cust("0"))
        .expr(Expr::cust("0"))
        .expr(Func::count(Expr::cust("*")))
        .expr(of_people(SEEN).sum())
        .from_subquery(each_person(&each), people)
        .group_by_col((Alias::new("people"), Alias::new(CAUSE)))
        .to_owned();
    let found = CommonTableExpression::new().query(behind).table_name(each.clone()).to_owned();
    Query::select()
        .expr(of(CAUSE))
        .expr(Func::count(Expr::cust("*")))
        .expr(of(SEEN).sum())
        .expr(nobody(Expr::cust("1")))
        .expr(nobody(of(SEEN)))
        .from(each)
        .group_by_col((Alias::new("behind"), Alias::new(CAUSE)))
        .union(UnionType::All, counted_people)
        .with_cte(found)
        .to_owned()
}

/// Each cause with everybody behind it, once: authors and voters.
fn each_person(each: &Alias) -> SelectStatement {
    let of = |column: &str| Expr::col((each.clone(), Alias::new(column)));
    let voters = Query::select()
        .expr(of(CAUSE))
        .column((vote::Entity, vote::Column::PersonId))
        .expr(of(SEEN))
        .from(each.clone())
        .inner_join(
            vote::Entity,
            Expr::col((vote::Entity, vote::Column::SubmissionId)).eq(of(SENT)),
        )
        .to_owned();
    let both = Query::select()
        .expr_as(of(CAUSE), Alias::new(CAUSE))
        .expr_as(of(PERSON), Alias::new(PERSON))
        .expr_as(of(SEEN), Alias::new(SEEN))
        .from(each.clone())
        .and_where(of(PERSON).is_not_null())
        .union(UnionType::All, voters)
        .to_owned();
    let said = |column: &str| Expr::col((Alias::new("said"), Alias::new(column)));
    Query::select()
        .expr_as(said(CAUSE), Alias::new(CAUSE))
        .expr_as(said(SEEN).max(), Alias::new(SEEN))
        .from_subquery(both, Alias::new("said"))
        .group_by_col((Alias::new("said"), Alias::new(CAUSE)))
        .group_by_col((Alias::new("said"), Alias::new(PERSON)))
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

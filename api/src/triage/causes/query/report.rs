//! What has no cause, where one is expected.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use entity::engagement::vote;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::triage::values::CauseStatus;
use entity::triage::{cause, cause_link};
use sea_orm::sea_query::{
    Alias, CaseStatement, Expr, ExprTrait, Func, JoinType, Query, SelectStatement, SimpleExpr,
    UnionType,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, Select};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::reach::query::{Counted, View};
use crate::submissions;

/// Where an observation has its answer, so that somebody knows why it happens.
const ANSWERED: [Phase; 4] =
    [Phase::Accepted, Phase::InProgress, Phase::Implemented, Phase::Sustained];

/// Observations that were accepted and are linked to no live cause, nor is anything that they are
/// joined with. Ideas need none: "hooks on the door" explains itself. As announced, neither a phase
/// nor a link counts that is still held.
#[must_use]
pub fn without_cause(view: View) -> Condition {
    let phase = match view {
        View::Decided => submission::Column::Phase,
        View::Announced => submission::Column::ShownPhase,
    };
    Condition::all()
        .add(submission::Column::Kind.eq(Kind::Observation))
        .add(phase.is_in(ANSWERED))
        .add(Expr::exists(explained(view)).not())
}

/// The links of the group of `submission` to live causes.
fn explained(view: View) -> SelectStatement {
    let linked = Alias::new("linked");
    let group = |table: sea_orm::sea_query::DynIden| -> SimpleExpr {
        Func::coalesce([
            Expr::col((table.clone(), submission::Column::CanonicalId)),
            Expr::col((table, submission::Column::Id)),
        ])
        .into()
    };
    use sea_orm::sea_query::IntoIden as _;
    let decision = || Expr::col((cause_link::Entity, cause_link::Column::DecisionId));
    let pending = || Expr::col((linked.clone(), submission::Column::PendingDecisionId));
    let told = match view {
        View::Decided => Condition::all(),
        View::Announced => Condition::any()
            .add(decision().is_null())
            .add(pending().is_null())
            .add(decision().ne(pending())),
    };
    Query::select()
        .expr(Expr::cust("1"))
        .from_as(submission::Entity, linked.clone())
        .join(
            JoinType::InnerJoin,
            cause_link::Entity,
            Expr::col((cause_link::Entity, cause_link::Column::SubmissionId))
                .equals((linked.clone(), submission::Column::Id)),
        )
        .join(
            JoinType::InnerJoin,
            cause::Entity,
            Expr::col((cause::Entity, cause::Column::Id))
                .equals((cause_link::Entity, cause_link::Column::CauseId)),
        )
        .cond_where(told)
        .and_where(group(linked.clone().into_iden()).eq(group(submission::Entity.into_iden())))
        .and_where(
            Expr::col((cause::Entity, cause::Column::Status))
                .is_not_in([CauseStatus::Rejected, CauseStatus::Merged]),
        )
        .to_owned()
}

/// Accepted observations without a cause on which `actor` works.
#[must_use]
pub fn orphans(actor: &Actor) -> Select<submission::Entity> {
    submissions::query::visible_to(actor)
        .filter(submissions::query::inside(actor))
        .filter(without_cause(View::Decided))
}

/// Live causes that nobody answers for, those that are resolved left out.
#[must_use]
pub fn ownerless() -> Condition {
    Condition::all()
        .add(cause::Column::OwnerId.is_null())
        .add(cause::Column::OwnerUnitId.is_null())
        .add(cause::Column::Status.is_in([
            CauseStatus::Suspected,
            CauseStatus::Confirmed,
            CauseStatus::BeingAddressed,
        ]))
}

/// How much has no cause though it should, of what fulfils `only`, in one view. Two statements.
///
/// # Errors
/// A fault of the database.
pub async fn count_without_cause<C: ConnectionTrait>(
    conn: &C,
    (only, view): (&Condition, View),
) -> Result<Counted> {
    let id = || Expr::col((submission::Entity, submission::Column::Id));
    let author = || Expr::col((submission::Entity, submission::Column::AuthorId));
    let nobody: SimpleExpr = CaseStatement::new().case(author().is_null(), id()).into();
    let sent = Query::select()
        .expr(Func::count(id()))
        .expr(Func::count(nobody))
        .from(submission::Entity)
        .cond_where(without_cause(view))
        .cond_where(only.clone())
        .to_owned();
    let mut counted = Counted::default();
    if let Some(row) = conn.query_one(&sent).await? {
        counted.submissions = row.try_get_by_index(0)?;
        counted.reach = row.try_get_by_index(1)?;
    }
    if let Some(row) = conn.query_one(&people_without_cause((only, view))).await? {
        counted.reach += row.try_get_by_index::<i64>(0)?;
    }
    Ok(Counted { shown_reach: counted.reach, shown_submissions: counted.submissions, ..counted })
}

fn people_without_cause((only, view): (&Condition, View)) -> SelectStatement {
    let (who, person) = (Alias::new("who"), Alias::new("person"));
    let by = |column: SimpleExpr| {
        Query::select()
            .expr_as(column, person.clone())
            .from(submission::Entity)
            .cond_where(without_cause(view))
            .cond_where(only.clone())
            .to_owned()
    };
    let authors = by(Expr::col((submission::Entity, submission::Column::AuthorId)))
        .and_where(Expr::col((submission::Entity, submission::Column::AuthorId)).is_not_null())
        .to_owned();
    let voters = by(Expr::col((vote::Entity, vote::Column::PersonId)))
        .join(
            JoinType::InnerJoin,
            vote::Entity,
            Expr::col((vote::Entity, vote::Column::SubmissionId))
                .equals((submission::Entity, submission::Column::Id)),
        )
        .to_owned();
    Query::select()
        .expr(Func::count_distinct(Expr::col((who.clone(), person))))
        .from_subquery(authors.clone().union(UnionType::All, voters).to_owned(), who)
        .to_owned()
}

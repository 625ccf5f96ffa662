//! What has no cause, where one is expected.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use entity::implementation::values::ItemStatus;
use entity::implementation::{item, plan};
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::triage::values::CauseStatus;
use entity::triage::{cause, cause_link};
use sea_orm::sea_query::{
    Alias, Expr, ExprTrait, Func, JoinType, Query, SelectStatement, SimpleExpr,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter, Select};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::reach::query::{Counted, ROOT, View, announced, count_groups, linked_for};
use crate::submissions;
use crate::submissions::filter::Leaf;

/// Where an observation has its answer, so that somebody knows why it happens.
const ANSWERED: [Phase; 4] =
    [Phase::Accepted, Phase::InProgress, Phase::Implemented, Phase::Sustained];

/// Observations that were accepted and are linked to no live cause, nor is anything that they are
/// joined with. Ideas need none: "hooks on the door" explains itself.
#[must_use]
pub fn without_cause() -> Condition {
    Condition::all()
        .add(submission::Column::Kind.eq(Kind::Observation))
        .add(submission::Column::Phase.is_in(ANSWERED))
        .add(Expr::exists(explained()).not())
}

/// As [`without_cause`], as everybody hears of it: announced phases, announced links.
fn shown_without_cause() -> Condition {
    let links = explained().cond_where(announced()).to_owned();
    Condition::all()
        .add(submission::Column::Kind.eq(Kind::Observation))
        .add(submission::Column::ShownPhase.is_in(ANSWERED))
        .add(Expr::exists(links).not())
}

/// As [`without_cause`], of what `actor` may read and as far as `actor` knows of it.
fn readable_without_cause(actor: &Actor) -> Condition {
    let known = linked_for(submissions::query::inside(actor));
    let links = explained().cond_where(known).to_owned();
    Condition::all()
        .add(submissions::query::visible(actor))
        .add(submission::Column::Kind.eq(Kind::Observation))
        .add(Leaf::Phase(ANSWERED.to_vec()).condition(actor))
        .add(Expr::exists(links).not())
}

/// The links of the group of `submission` to live causes.
fn explained() -> SelectStatement {
    let linked = Alias::new("linked");
    let group = |table: sea_orm::sea_query::DynIden| -> SimpleExpr {
        Func::coalesce([
            Expr::col((table.clone(), submission::Column::CanonicalId)),
            Expr::col((table, submission::Column::Id)),
        ])
        .into()
    };
    use sea_orm::sea_query::IntoIden as _;
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
        .and_where(group(linked.into_iden()).eq(group(submission::Entity.into_iden())))
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
        .filter(without_cause())
}

/// Causes that are live and not resolved.
fn open_causes() -> Condition {
    Condition::all().add(cause::Column::Status.is_in([
        CauseStatus::Suspected,
        CauseStatus::Confirmed,
        CauseStatus::BeingAddressed,
    ]))
}

/// Live causes that nobody answers for, those that are resolved left out.
#[must_use]
pub fn ownerless() -> Condition {
    open_causes().add(cause::Column::OwnerId.is_null()).add(cause::Column::OwnerUnitId.is_null())
}

/// Live causes about which nothing is planned: without any item of a plan that was not dropped.
/// Those that are resolved are left out.
#[must_use]
pub fn actionless() -> Condition {
    let planned = Query::select()
        .column((plan::Entity, plan::Column::CauseId))
        .from(plan::Entity)
        .inner_join(
            item::Entity,
            Expr::col((item::Entity, item::Column::PlanId))
                .equals((plan::Entity, plan::Column::Id)),
        )
        .and_where(plan::Column::CauseId.is_not_null())
        .and_where(item::Column::Status.ne(ItemStatus::Dropped))
        .to_owned();
    open_causes().add(cause::Column::Id.not_in_subquery(planned))
}

/// How much has no cause though it should: all that is joined with it counts too, as behind causes.
/// With `only`, of what `actor` may read. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn count_without_cause<C: ConnectionTrait>(
    conn: &C,
    (actor, view): (&Actor, View),
    only: Option<Condition>,
) -> Result<Counted> {
    let lost = match (&only, view) {
        (Some(_), _) => readable_without_cause(actor),
        (None, View::Decided) => without_cause(),
        (None, View::Announced) => shown_without_cause(),
    };
    let own = |column| Expr::col((submission::Entity, column));
    let root = Func::coalesce([own(submission::Column::CanonicalId), own(submission::Column::Id)]);
    let roots = Query::select()
        .expr_as(root, Alias::new(ROOT))
        .distinct()
        .from(submission::Entity)
        .cond_where(lost)
        .to_owned();
    count_groups(conn, (roots, only)).await
}

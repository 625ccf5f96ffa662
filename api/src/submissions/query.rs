//! The scoped doors of submissions: who reads what (product.md, "Who reads a submission").
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::id::{SubmissionId, UnitId};
use entity::identity::unit;
use entity::identity::unit_closure;
use entity::identity::values::Role;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission::{Column, Entity};
use entity::submissions::values::Audience;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Select};

use crate::kit::actor::{Actor, ApiScope, Principal, ReadPolicy};
use crate::kit::error::Result;

/// Submissions that `actor` may read.
#[must_use]
pub fn visible_to(actor: &Actor) -> Select<Entity> {
    Entity::find().filter(visible(actor))
}

/// One submission that `actor` may read.
///
/// # Errors
/// A fault of the database.
pub async fn one_readable<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: SubmissionId,
) -> Result<Option<entity::submissions::submission::Model>> {
    Ok(visible_to(actor).filter(Column::Id.eq(id)).one(conn).await?)
}

/// The one source of visibility: doors and screens both build from it.
#[must_use]
pub fn visible(actor: &Actor) -> Condition {
    match actor.principal {
        Principal::System => Condition::all(),
        Principal::Anonymous => nothing(),
        Principal::Service(_) => by_integration(actor),
        Principal::Person(_) => Condition::all().add(not_recused(actor)).add(by_person(actor)),
    }
}

/// Submissions on which `actor` sees the decided phase and internal comments: reviewers, managers,
/// owner, assignee. Always a part of [`visible`].
#[must_use]
pub fn inside(actor: &Actor) -> Condition {
    match actor.principal {
        Principal::System => Condition::all(),
        Principal::Anonymous | Principal::Service(_) => nothing(),
        Principal::Person(_) => Condition::all().add(not_recused(actor)).add(
            Condition::any()
                .add(reviewed_by(actor))
                .add(held_by(actor))
                .add(Condition::all().add(open_to_roles()).add(managed_by(actor))),
        ),
    }
}

fn nothing() -> Condition {
    // Literal, not bound: a generic plan of PostgreSQL folds it away.
    Condition::all().add(Expr::cust("1 = 0"))
}

/// Recusal comes first: whatever the other rules say, the person concerned does not read, unless
/// it is their own submission.
fn not_recused(actor: &Actor) -> Condition {
    let me = actor.person();
    Condition::any()
        .add(Column::ConcernedId.is_null())
        .add(Column::ConcernedId.ne(me))
        .add(Column::AuthorId.eq(me))
}

fn by_person(actor: &Actor) -> Condition {
    Condition::any()
        .add(Column::AuthorId.eq(actor.person()))
        .add(reviewed_by(actor))
        .add(held_by(actor))
        .add(
            Condition::all().add(open_to_roles()).add(
                Condition::any().add(managed_by(actor)).add(moderated_by(actor)).add(
                    Condition::all().add(Column::Kind.eq(Kind::Idea)).add(idea_readers(actor)),
                ),
            ),
        )
}

/// "CX team only" and WITHDRAWN leave author, reviewers, owner and assignee.
fn open_to_roles() -> Condition {
    Condition::all()
        .add(Column::Audience.eq(Audience::Everyone))
        .add(Column::Phase.ne(Phase::Withdrawn))
}

/// Reviewers of its unit, and of the function it was handed to: reading stays with the unit.
fn reviewed_by(actor: &Actor) -> Condition {
    let units = actor.units_with(Role::Reviewer);
    if units.is_empty() {
        return nothing();
    }
    Condition::any()
        .add(Column::UnitId.in_subquery(below(&units)))
        .add(Column::FunctionId.in_subquery(below(&units)))
}

fn held_by(actor: &Actor) -> Condition {
    Condition::any()
        .add(Column::OwnerId.eq(actor.person()))
        .add(Column::AssigneeId.eq(actor.person()))
}

fn managed_by(actor: &Actor) -> Condition {
    in_subtree(&actor.units_with(Role::Manager))
}

fn moderated_by(actor: &Actor) -> Condition {
    Condition::all()
        .add(Column::Kind.eq(Kind::Idea))
        .add(in_subtree(&actor.units_with(Role::Moderator)))
}

/// Employees and executives. Everyone is an employee of the home unit.
fn idea_readers(actor: &Actor) -> Condition {
    match actor.rules.read_policy {
        ReadPolicy::Everyone => Condition::all(),
        ReadPolicy::OwnUnit => {
            Condition::any().add(Column::UnitId.eq(actor.home)).add(opened_for_executives(actor))
        }
        ReadPolicy::OwnSiteThenOpen => {
            Condition::any().add(of_own_site(actor)).add(Column::OpenedAt.is_not_null())
        }
    }
}

fn of_own_site(actor: &Actor) -> Condition {
    let units = Query::select()
        .column(unit::Column::Id)
        .from(unit::Entity)
        .and_where(unit::Column::SiteId.eq(actor.site))
        .to_owned();
    Condition::all().add(Column::UnitId.in_subquery(units))
}

fn opened_for_executives(actor: &Actor) -> Condition {
    if actor.holds(Role::Executive) {
        Condition::all().add(Column::OpenedAt.is_not_null())
    } else {
        nothing()
    }
}

/// An integration reads its subtree with the scope `content`.
fn by_integration(actor: &Actor) -> Condition {
    if !actor.has_scope(ApiScope::Content) {
        return nothing();
    }
    Condition::all().add(open_to_roles()).add(in_subtree(&actor.units_with(Role::Integration)))
}

fn in_subtree(units: &[UnitId]) -> Condition {
    if units.is_empty() {
        return nothing();
    }
    Condition::all().add(Column::UnitId.in_subquery(below(units)))
}

/// The units below `units`, themselves included.
#[must_use]
pub fn below(units: &[UnitId]) -> SelectStatement {
    Query::select()
        .column(unit_closure::Column::Descendant)
        .from(unit_closure::Entity)
        .and_where(unit_closure::Column::Ancestor.is_in(units.iter().copied()))
        .to_owned()
}

//! The scoped door of the queue.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::identity::values::Role;
use entity::submissions::submission;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, QueryFilter, Select};

use crate::kit::actor::Actor;
use crate::submissions;

/// The queue of `actor`: submissions on which the actor holds R (of the function, after a
/// hand-over), own ones and those where the actor is concerned left out.
#[must_use]
pub fn queue(actor: &Actor) -> Select<submission::Entity> {
    let units = actor.units_with(Role::Reviewer);
    let me = actor.person();
    let reviewed =
        |column: submission::Column| column.in_subquery(submissions::query::below(&units));
    let in_charge = Condition::any().add(reviewed(submission::Column::FunctionId)).add(
        Condition::all()
            .add(submission::Column::FunctionId.is_null())
            .add(reviewed(submission::Column::UnitId)),
    );
    let not_me =
        |column: submission::Column| Condition::any().add(column.is_null()).add(column.ne(me));
    let none = units.is_empty() || me.is_none();
    submissions::query::visible_to(actor)
        .filter(if none { Condition::all().add(Expr::val(1).eq(0)) } else { in_charge })
        .filter(not_me(submission::Column::AuthorId))
        .filter(not_me(submission::Column::ConcernedId))
}

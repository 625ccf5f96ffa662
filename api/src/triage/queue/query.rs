//! The scoped doors of the queue and of its saved views.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::BTreeSet;

use entity::clocks::clock;
use entity::id::{CauseId, PersonId, StatusId, UnitId, ViewId};
use entity::identity::values::Role;
use entity::identity::{grant, person, unit, unit_closure};
use entity::journey::touchpoint;
use entity::programs::{program, status};
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::triage::values::{CauseStatus, ViewSharing};
use entity::triage::{cause, cause_closure, cause_link, queue_view, queue_view_default};
use entity::workflow::decision;
use entity::workflow::values::DecisionState;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query, SelectStatement, SimpleExpr};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel as _, Order, PaginatorTrait as _, QueryFilter, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Select,
};

use super::filter::{Filter, Reading, condition};
use crate::db::dialect;
use crate::kit::actor::Actor;
use crate::kit::error::{Result, is_unique_violation};
use crate::kit::page::COUNT_CAP;
use crate::submissions;

/// The queue of `actor`: submissions on which the actor holds R (of the function, after a
/// hand-over). Left out are own ones, those where the actor is concerned, and those that somebody
/// else is to look at because the actor declined them.
#[must_use]
pub fn queue(actor: &Actor) -> Select<submission::Entity> {
    let units = actor.units_with(Role::Reviewer);
    let Some(me) = actor.person().filter(|_| !units.is_empty()) else {
        return submissions::query::visible_to(actor).filter(Expr::cust("1 = 0"));
    };
    let reviewed = |column| {
        let below = submissions::query::below(&units);
        actor.dialect.one_of_beside(("submission", column), below)
    };
    let in_charge = Condition::any()
        .add(submission::Column::FunctionId.is_not_null().and(reviewed("function_id")))
        .add(submission::Column::FunctionId.is_null().and(reviewed("unit_id")));
    let not_me =
        |column: submission::Column| Condition::any().add(column.is_null()).add(column.ne(me));
    submissions::query::visible_to(actor)
        .filter(in_charge)
        .filter(not_me(submission::Column::AuthorId))
        .filter(not_me(submission::Column::ConcernedId))
        .filter(
            Condition::any().add(submission::Column::SecondLookAt.is_null()).add(not_barred(me)),
        )
}

/// A part of the queue.
#[must_use]
pub fn part(reading: Reading<'_>, filter: &Filter) -> Select<submission::Entity> {
    queue(reading.actor).filter(condition(filter, reading))
}

/// How many submissions each filter finds in the queue, counted up to one more than lists count;
/// in one statement.
///
/// # Errors
/// A fault of the database.
pub async fn counts<C: ConnectionTrait>(
    conn: &C,
    reading: Reading<'_>,
    filters: &[Filter],
) -> Result<Vec<u64>> {
    let selects: Vec<_> = filters.iter().map(|filter| part(reading, filter).into_query()).collect();
    dialect::counts_up_to(conn, &selects, COUNT_CAP + 1).await
}

/// Submissions with a clock that is paused.
pub(super) fn paused() -> SelectStatement {
    Query::select()
        .column(clock::Column::SubmissionId)
        .from(clock::Entity)
        .and_where(Expr::cust("clock.state = 'PAUSED'"))
        .to_owned()
}

fn outer(column: submission::Column) -> SimpleExpr {
    Expr::col((submission::Entity, column))
}

/// `me` is not who declined it before a second look was asked for, or nobody else has R on it
/// (`workflow::case::barred`, as a condition).
fn not_barred(me: PersonId) -> Condition {
    Condition::all().add(decliner().eq(me)).add(Expr::exists(other_reviewers(me))).not()
}

/// Who made the last announced decline before the second look was asked for; the nil id, which is
/// nobody's, where it was no person.
fn decliner() -> SimpleExpr {
    let of = |column| Expr::col((decision::Entity, column));
    let last = Query::select()
        .column((decision::Entity, decision::Column::DeciderId))
        .from(decision::Entity)
        .and_where(of(decision::Column::SubmissionId).eq(outer(submission::Column::Id)))
        .and_where(of(decision::Column::ToPhase).eq(Phase::Declined))
        .and_where(of(decision::Column::FromPhase).ne(Phase::Declined))
        .and_where(of(decision::Column::State).eq(DecisionState::Announced))
        .and_where(of(decision::Column::ClosedAt).lte(outer(submission::Column::SecondLookAt)))
        .order_by((decision::Entity, decision::Column::DecidedAt), Order::Desc)
        .order_by((decision::Entity, decision::Column::Id), Order::Desc)
        .limit(1)
        .to_owned();
    let last = SimpleExpr::SubQuery(None, Box::new(last.into()));
    SimpleExpr::from(sea_orm::sea_query::Func::coalesce([
        last,
        Expr::val(PersonId(uuid::Uuid::nil())),
    ]))
}

/// Active people other than `me` who hold R by a grant on or above the unit in charge, neither
/// author nor concerned.
fn other_reviewers(me: PersonId) -> SelectStatement {
    let holder = || Expr::col((grant::Entity, grant::Column::PersonId));
    let in_charge = sea_orm::sea_query::Func::coalesce([
        outer(submission::Column::FunctionId),
        outer(submission::Column::UnitId),
    ]);
    let not =
        |column| Condition::any().add(outer(column).is_null()).add(holder().ne(outer(column)));
    Query::select()
        .expr(Expr::cust("1"))
        .from(grant::Entity)
        .inner_join(person::Entity, Expr::col((person::Entity, person::Column::Id)).eq(holder()))
        .inner_join(
            unit_closure::Entity,
            Expr::col((unit_closure::Entity, unit_closure::Column::Ancestor))
                .equals((grant::Entity, grant::Column::UnitId)),
        )
        .and_where(Expr::col((grant::Entity, grant::Column::Role)).eq(Role::Reviewer))
        .and_where(Expr::col((person::Entity, person::Column::DeactivatedAt)).is_null())
        .and_where(
            Expr::col((unit_closure::Entity, unit_closure::Column::Descendant)).eq(in_charge),
        )
        .and_where(holder().ne(me))
        .cond_where(not(submission::Column::AuthorId))
        .cond_where(not(submission::Column::ConcernedId))
        .to_owned()
}

/// Phases of these labels: a label stands in one phase alone, and phases have an index.
pub(super) fn phases_of(labels: &[StatusId]) -> SelectStatement {
    Query::select()
        .column(status::Column::Phase)
        .from(status::Entity)
        .and_where(status::Column::Id.is_in(labels.iter().copied()))
        .to_owned()
}

/// Submissions linked to one of these causes.
pub(super) fn linked_to(ids: &[CauseId]) -> SelectStatement {
    linked().and_where(link(cause_link::Column::CauseId).is_in(ids.iter().copied())).to_owned()
}

/// Submissions linked to this cause or a live one below it in the tree.
pub(super) fn linked_below(top: CauseId) -> SelectStatement {
    linked().and_where(link(cause_link::Column::CauseId).in_subquery(causes_below(top))).to_owned()
}

/// At least one link to a cause that was not rejected is there: what was linked to a rejected one
/// alone waits for its cause, here as in reach and in the list of what has none.
pub(super) fn has_cause() -> SimpleExpr {
    let own = link(cause_link::Column::SubmissionId).eq(outer(submission::Column::Id));
    let linked =
        Expr::col((cause::Entity, cause::Column::Id)).eq(link(cause_link::Column::CauseId));
    Expr::exists(
        Query::select()
            .expr(Expr::cust("1"))
            .from(cause_link::Entity)
            .inner_join(cause::Entity, linked)
            .and_where(own)
            .and_where(not_rejected())
            .to_owned(),
    )
}

/// The cause was not rejected. (What was merged has no links: they moved to the survivor.)
fn not_rejected() -> SimpleExpr {
    Expr::col((cause::Entity, cause::Column::Status)).ne(CauseStatus::Rejected)
}

fn linked() -> SelectStatement {
    Query::select()
        .column((cause_link::Entity, cause_link::Column::SubmissionId))
        .from(cause_link::Entity)
        .to_owned()
}

fn link(column: cause_link::Column) -> SimpleExpr {
    Expr::col((cause_link::Entity, column))
}

fn causes_below(top: CauseId) -> SelectStatement {
    let descendant = || Expr::col((cause_closure::Entity, cause_closure::Column::Descendant));
    Query::select()
        .expr(descendant())
        .from(cause_closure::Entity)
        .inner_join(cause::Entity, Expr::col((cause::Entity, cause::Column::Id)).eq(descendant()))
        .and_where(Expr::col((cause_closure::Entity, cause_closure::Column::Ancestor)).eq(top))
        .and_where(descendant().eq(top).or(not_rejected()))
        .to_owned()
}

/// Views that `actor` may see: own ones, those shared with all reviewers, and those shared with the
/// reviewers of a unit on, above or below which the actor reviews; administrators also shared ones
/// whose owner has left. Nobody's without REVIEWER or ADMIN.
#[must_use]
pub fn views(actor: &Actor) -> Select<queue_view::Entity> {
    let units = actor.units_with(Role::Reviewer);
    let orphans = actor.person().filter(|_| actor.holds(Role::Admin)).map(|_| orphaned());
    let Some(me) = actor.person().filter(|_| !units.is_empty()) else {
        let none = Condition::all().add(Expr::cust("1 = 0"));
        return queue_view::Entity::find().filter(orphans.unwrap_or(none));
    };
    let near = Condition::any()
        .add(queue_view::Column::UnitId.in_subquery(submissions::query::below(&units)))
        .add(queue_view::Column::UnitId.in_subquery(above(&units)));
    let of_unit = Condition::all().add(queue_view::Column::Sharing.eq(ViewSharing::Unit)).add(near);
    queue_view::Entity::find().filter(
        Condition::any()
            .add(queue_view::Column::OwnerId.eq(me))
            .add(queue_view::Column::Sharing.eq(ViewSharing::Reviewers))
            .add(of_unit)
            .add_option(orphans),
    )
}

/// Shared views of people who have left.
fn orphaned() -> Condition {
    let left = Query::select()
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(person::Column::DeactivatedAt.is_not_null())
        .to_owned();
    Condition::all()
        .add(queue_view::Column::Sharing.ne(ViewSharing::Private))
        .add(queue_view::Column::OwnerId.in_subquery(left))
}

fn above(units: &[UnitId]) -> SelectStatement {
    Query::select()
        .column(unit_closure::Column::Ancestor)
        .from(unit_closure::Entity)
        .and_where(unit_closure::Column::Descendant.is_in(units.iter().copied()))
        .to_owned()
}

/// Views among `ids` that `actor` may see.
///
/// # Errors
/// A fault of the database.
pub async fn some_views<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    ids: &[ViewId],
) -> Result<Vec<queue_view::Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = views(actor).filter(queue_view::Column::Id.is_in(ids.iter().copied()));
    Ok(found.all(conn).await?)
}

/// One view that `actor` may see, locked until the transaction ends.
///
/// # Errors
/// A fault of the database.
pub(super) async fn locked_view<C: ConnectionTrait>(
    tx: &C,
    actor: &Actor,
    id: ViewId,
) -> Result<Option<queue_view::Model>> {
    let one = views(actor).filter(queue_view::Column::Id.eq(id));
    Ok(dialect::for_update(tx.get_database_backend(), one).one(tx).await?)
}

/// All views of one person, in their sequence, locked until the transaction ends.
pub(super) async fn own_views<C: ConnectionTrait>(
    tx: &C,
    owner: PersonId,
) -> Result<Vec<queue_view::Model>> {
    let own = queue_view::Entity::find()
        .filter(queue_view::Column::OwnerId.eq(owner))
        .order_by_asc(queue_view::Column::Position)
        .order_by_asc(queue_view::Column::Id);
    Ok(dialect::for_update(tx.get_database_backend(), own).all(tx).await?)
}

/// What a client key made before: no door is asked.
pub(super) async fn made_before<C: ConnectionTrait>(
    tx: &C,
    id: ViewId,
) -> Result<Option<queue_view::Model>> {
    Ok(queue_view::Entity::find_by_id(id).one(tx).await?)
}

/// Inserts a view. `false`: its owner has one of this name.
pub(super) async fn insert_view<C: ConnectionTrait>(
    tx: &C,
    row: &queue_view::Model,
) -> Result<bool> {
    let name = [queue_view::Column::OwnerId, queue_view::Column::NameKey];
    let inserted = queue_view::Entity::insert(row.clone().into_active_model().reset_all())
        .on_conflict(OnConflict::columns(name).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// Whether another view of the owner has this folded name.
pub(super) async fn name_taken<C: ConnectionTrait>(
    tx: &C,
    row: &queue_view::Model,
) -> Result<bool> {
    let found = queue_view::Entity::find()
        .filter(queue_view::Column::OwnerId.eq(row.owner_id))
        .filter(queue_view::Column::NameKey.eq(&row.name_key))
        .filter(queue_view::Column::Id.ne(row.id))
        .count(tx)
        .await?;
    Ok(found > 0)
}

/// Writes all of a view. `false`: its owner gave the name to another one in the same moment.
pub(super) async fn store_view<C: ConnectionTrait>(
    tx: &C,
    row: &queue_view::Model,
) -> Result<bool> {
    match row.clone().into_active_model().reset_all().update(tx).await {
        Ok(_) => Ok(true),
        Err(error) if is_unique_violation(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Writes the place of a view among its owner's.
pub(super) async fn place_view<C: ConnectionTrait>(
    tx: &C,
    id: ViewId,
    position: i32,
) -> Result<()> {
    queue_view::Entity::update_many()
        .col_expr(queue_view::Column::Position, Expr::val(position))
        .filter(queue_view::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Takes a view away, also as the one with which somebody's queue opens.
pub(super) async fn delete_view<C: ConnectionTrait>(tx: &C, id: ViewId) -> Result<()> {
    queue_view_default::Entity::delete_many()
        .filter(queue_view_default::Column::ViewId.eq(id))
        .exec(tx)
        .await?;
    queue_view::Entity::delete_by_id(id).exec(tx).await?;
    Ok(())
}

/// The view with which the queue of `person` opens, if they may still see it.
///
/// # Errors
/// A fault of the database.
pub async fn default_view<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
) -> Result<Option<queue_view::Model>> {
    let Some(me) = actor.person() else { return Ok(None) };
    let chosen = Query::select()
        .column(queue_view_default::Column::ViewId)
        .from(queue_view_default::Entity)
        .and_where(queue_view_default::Column::PersonId.eq(me))
        .to_owned();
    Ok(views(actor).filter(queue_view::Column::Id.in_subquery(chosen)).one(conn).await?)
}

/// Makes this the view with which the queue of `person` opens; without one, the whole queue.
pub(super) async fn set_default<C: ConnectionTrait>(
    tx: &C,
    person: PersonId,
    view: Option<ViewId>,
) -> Result<()> {
    let Some(view) = view else {
        queue_view_default::Entity::delete_by_id(person).exec(tx).await?;
        return Ok(());
    };
    let row = queue_view_default::ActiveModel { person_id: Set(person), view_id: Set(view) };
    let instead = OnConflict::column(queue_view_default::Column::PersonId)
        .update_column(queue_view_default::Column::ViewId)
        .to_owned();
    queue_view_default::Entity::insert(row).on_conflict(instead).exec_without_returning(tx).await?;
    Ok(())
}

/// Everything that filters speak of by id, as it is written in the API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// Units, functions among them.
    pub units: BTreeSet<UnitId>,
    /// Touchpoints.
    pub touchpoints: BTreeSet<entity::id::TouchpointId>,
    /// Programmes.
    pub programs: BTreeSet<entity::id::ProgramId>,
    /// People.
    pub people: BTreeSet<PersonId>,
    /// Labels.
    pub statuses: BTreeSet<entity::id::StatusId>,
    /// Causes.
    pub causes: BTreeSet<CauseId>,
}

/// Which of the things that are named are there, as ids of the API. A cause that was joined with
/// another is not there any more. One statement for each kind that is named.
///
/// # Errors
/// A fault of the database.
pub async fn there<C: ConnectionTrait>(conn: &C, named: &Named) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    macro_rules! look {
        ($ids:expr, $of:ident, $id:ty, $also:expr) => {
            if !$ids.is_empty() {
                let rows: Vec<$id> = $of::Entity::find()
                    .select_only()
                    .column($of::Column::Id)
                    .filter($of::Column::Id.is_in($ids.iter().copied()))
                    .filter($also)
                    .into_tuple()
                    .all(conn)
                    .await?;
                found.extend(rows.iter().map(ToString::to_string));
            }
        };
    }
    look!(named.units, unit, UnitId, Condition::all());
    look!(named.touchpoints, touchpoint, entity::id::TouchpointId, Condition::all());
    look!(named.programs, program, entity::id::ProgramId, Condition::all());
    look!(named.people, person, PersonId, Condition::all());
    look!(named.statuses, status, entity::id::StatusId, Condition::all());
    let alive = Condition::all().add(cause::Column::Status.ne(CauseStatus::Merged));
    look!(named.causes, cause, CauseId, alive);
    Ok(found)
}

impl Named {
    /// What `other` names, too.
    pub fn add(&mut self, other: &Self) {
        self.units.extend(&other.units);
        self.touchpoints.extend(&other.touchpoints);
        self.programs.extend(&other.programs);
        self.people.extend(&other.people);
        self.statuses.extend(&other.statuses);
        self.causes.extend(&other.causes);
    }

    /// All of it as ids of the API.
    #[must_use]
    pub fn ids(&self) -> BTreeSet<String> {
        let mut ids = BTreeSet::new();
        ids.extend(self.units.iter().map(ToString::to_string));
        ids.extend(self.touchpoints.iter().map(ToString::to_string));
        ids.extend(self.programs.iter().map(ToString::to_string));
        ids.extend(self.people.iter().map(ToString::to_string));
        ids.extend(self.statuses.iter().map(ToString::to_string));
        ids.extend(self.causes.iter().map(ToString::to_string));
        ids
    }
}

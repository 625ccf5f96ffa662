//! The statements of plans and of helpers. Whoever asks here came through the door of what is
//! planned about; [`mine`] is a door of its own.
#![allow(clippy::disallowed_methods)] // a query.rs

pub mod copies;
pub mod outcomes;
pub mod reminders;
pub mod trials;

use entity::id::{ActionItemId, CheckId, PersonId, PlanId, SubmissionId, UnitId};
use entity::identity::values::{Role, UnitKind};
use entity::identity::{grant, person, unit};
use entity::implementation::values::HelpState;
use entity::implementation::{check, help, item, plan, wait};
use entity::instant::Instant;
use entity::submissions::submission;
use entity::triage::cause;
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter, QueryOrder, QuerySelect as _, Select,
};

use super::ground::Subject;
use super::policy::OVER;
use crate::identity::query as identity;
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::{submissions, triage};

/// Rows that are about any of these.
fn about<T: ColumnTrait>(of: &[Subject], (submission, cause): (T, T)) -> Condition {
    Condition::any()
        .add(submission.is_in(of.iter().filter_map(|it| it.submission())))
        .add(cause.is_in(of.iter().filter_map(|it| it.cause())))
}

/// The plans of what is given.
///
/// # Errors
/// A fault of the database.
pub async fn plans_of<C: ConnectionTrait>(conn: &C, of: &[Subject]) -> Result<Vec<plan::Model>> {
    if of.is_empty() {
        return Ok(Vec::new());
    }
    let columns = (plan::Column::SubmissionId, plan::Column::CauseId);
    Ok(plan::Entity::find().filter(about(of, columns)).all(conn).await?)
}

/// One plan.
///
/// # Errors
/// A fault of the database.
pub async fn plan<C: ConnectionTrait>(conn: &C, id: PlanId) -> Result<Option<plan::Model>> {
    Ok(plan::Entity::find_by_id(id).one(conn).await?)
}

/// Plans by id.
///
/// # Errors
/// A fault of the database.
pub async fn plans<C: ConnectionTrait>(conn: &C, ids: &[PlanId]) -> Result<Vec<plan::Model>> {
    let some = plan::Column::Id.is_in(ids.iter().copied());
    Ok(plan::Entity::find().filter(some).all(conn).await?)
}

/// Writes a plan. The caller holds the lock of what it is about, so there is no second one.
pub(super) async fn insert_plan<C: ConnectionTrait>(tx: &C, row: plan::Model) -> Result<()> {
    plan::Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Notes that the change checklist was put in.
pub(super) async fn note_filled<C: ConnectionTrait>(
    tx: &C,
    id: PlanId,
    now: Instant,
) -> Result<()> {
    plan::Entity::update_many()
        .col_expr(plan::Column::FilledAt, Expr::val(now))
        .filter(plan::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The items of plans, in their order.
///
/// # Errors
/// A fault of the database.
pub async fn items_of<C: ConnectionTrait>(conn: &C, plans: &[PlanId]) -> Result<Vec<item::Model>> {
    if plans.is_empty() {
        return Ok(Vec::new());
    }
    Ok(item::Entity::find()
        .filter(item::Column::PlanId.is_in(plans.iter().copied()))
        .order_by_asc(item::Column::PlanId)
        .order_by_asc(item::Column::Position)
        .all(conn)
        .await?)
}

/// One item.
///
/// # Errors
/// A fault of the database.
pub async fn item<C: ConnectionTrait>(conn: &C, id: ActionItemId) -> Result<Option<item::Model>> {
    Ok(item::Entity::find_by_id(id).one(conn).await?)
}

/// Writes new items.
pub(super) async fn insert_items<C: ConnectionTrait>(tx: &C, rows: Vec<item::Model>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(sea_orm::IntoActiveModel::into_active_model);
    item::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes all that can change of an item.
pub(super) async fn store_item<C: ConnectionTrait>(tx: &C, row: &item::Model) -> Result<()> {
    let all = row.clone().into_active_model().reset_all();
    item::Entity::update_many().set(all).filter(item::Column::Id.eq(row.id)).exec(tx).await?;
    Ok(())
}

/// The lines of items' checklists, in their order.
///
/// # Errors
/// A fault of the database.
pub async fn checks_of<C: ConnectionTrait>(
    conn: &C,
    items: &[ActionItemId],
) -> Result<Vec<check::Model>> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    Ok(check::Entity::find()
        .filter(check::Column::ItemId.is_in(items.iter().copied()))
        .order_by_asc(check::Column::ItemId)
        .order_by_asc(check::Column::Position)
        .all(conn)
        .await?)
}

/// One line of a checklist.
pub(super) async fn check<C: ConnectionTrait>(
    conn: &C,
    id: CheckId,
) -> Result<Option<check::Model>> {
    Ok(check::Entity::find_by_id(id).one(conn).await?)
}

/// Puts these lines in the place of those that an item has.
pub(super) async fn replace_checks<C: ConnectionTrait>(
    tx: &C,
    item: ActionItemId,
    rows: Vec<check::Model>,
) -> Result<()> {
    check::Entity::delete_many().filter(check::Column::ItemId.eq(item)).exec(tx).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(sea_orm::IntoActiveModel::into_active_model);
    check::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Writes who ticked a line.
pub(super) async fn store_tick<C: ConnectionTrait>(tx: &C, row: &check::Model) -> Result<()> {
    check::Entity::update_many()
        .col_expr(check::Column::TickedBy, Expr::val(row.ticked_by))
        .col_expr(check::Column::TickedAt, Expr::val(row.ticked_at))
        .filter(check::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// What items wait for.
///
/// # Errors
/// A fault of the database.
pub async fn waits_of<C: ConnectionTrait>(
    conn: &C,
    items: &[ActionItemId],
) -> Result<Vec<wait::Model>> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    Ok(wait::Entity::find()
        .filter(wait::Column::ItemId.is_in(items.iter().copied()))
        .order_by_asc(wait::Column::ItemId)
        .order_by_asc(wait::Column::WaitsFor)
        .all(conn)
        .await?)
}

/// Puts these in the place of what an item waits for.
pub(super) async fn replace_waits<C: ConnectionTrait>(
    tx: &C,
    item: ActionItemId,
    needed: &[ActionItemId],
) -> Result<()> {
    wait::Entity::delete_many().filter(wait::Column::ItemId.eq(item)).exec(tx).await?;
    if needed.is_empty() {
        return Ok(());
    }
    let rows = needed
        .iter()
        .map(|waits_for| wait::Model { item_id: item, waits_for: *waits_for }.into_active_model());
    wait::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Who helps with submissions, the first one first.
///
/// # Errors
/// A fault of the database.
pub async fn helps_of<C: ConnectionTrait>(
    conn: &C,
    of: &[SubmissionId],
) -> Result<Vec<help::Model>> {
    if of.is_empty() {
        return Ok(Vec::new());
    }
    Ok(help::Entity::find()
        .filter(help::Column::SubmissionId.is_in(of.iter().copied()))
        .order_by_asc(help::Column::CreatedAt)
        .order_by_asc(help::Column::PersonId)
        .all(conn)
        .await?)
}

/// How one person helps with a submission.
pub(super) async fn help<C: ConnectionTrait>(
    conn: &C,
    (submission, person): (SubmissionId, PersonId),
) -> Result<Option<help::Model>> {
    Ok(help::Entity::find_by_id((submission, person)).one(conn).await?)
}

/// Whether somebody was named co-owner.
pub(super) async fn is_co_owner<C: ConnectionTrait>(
    conn: &C,
    of: (SubmissionId, PersonId),
) -> Result<bool> {
    Ok(help(conn, of).await?.is_some_and(|it| it.state == HelpState::CoOwner))
}

/// Writes how somebody helps, in the place of what stood there.
pub(super) async fn put_help<C: ConnectionTrait>(tx: &C, row: help::Model) -> Result<()> {
    let key = OnConflict::columns([help::Column::SubmissionId, help::Column::PersonId])
        .update_columns([help::Column::State, help::Column::NamedBy, help::Column::NamedAt])
        .to_owned();
    help::Entity::insert(row.into_active_model())
        .on_conflict(key)
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Takes somebody off the list of helpers.
pub(super) async fn remove_help<C: ConnectionTrait>(
    tx: &C,
    of: (SubmissionId, PersonId),
) -> Result<()> {
    help::Entity::delete_many()
        .filter(help::Column::SubmissionId.eq(of.0))
        .filter(help::Column::PersonId.eq(of.1))
        .exec(tx)
        .await?;
    Ok(())
}

/// A person who works here, as an asker with rights as they stand now.
pub(super) async fn actor_of<C: ConnectionTrait>(conn: &C, id: PersonId) -> Result<Option<Actor>> {
    let found = person::Entity::find_by_id(id)
        .filter(person::Column::DeactivatedAt.is_null())
        .one(conn)
        .await?;
    let Some(row) = found else { return Ok(None) };
    let Some(home) = unit::Entity::find_by_id(row.home_unit_id).one(conn).await? else {
        return Ok(None);
    };
    Ok(Some(Actor {
        grants: identity::held_by(conn, identity::Holder::Person(id)).await?,
        rules: identity::rules(conn).await?,
        ..Actor::of_person(id, row.home_unit_id, home.site_id)
    }))
}

/// Whether somebody may read what is planned about.
pub(super) async fn may_read<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    subject: Subject,
) -> Result<bool> {
    match subject {
        Subject::Submission(id) => {
            let one = submissions::query::visible_to(actor).filter(submission::Column::Id.eq(id));
            Ok(one.count(conn).await? > 0)
        }
        Subject::Cause(id) => {
            let one = triage::causes::query::visible_to(actor).filter(cause::Column::Id.eq(id));
            Ok(one.count(conn).await? > 0)
        }
        Subject::Adoption(id) => {
            let Some(offer) = copies::one(conn, id).await? else { return Ok(false) };
            let id = offer.submission_id;
            let one = submissions::query::visible_to(actor).filter(submission::Column::Id.eq(id));
            Ok(one.count(conn).await? > 0)
        }
    }
}

/// Whether this is a function.
pub(super) async fn is_function<C: ConnectionTrait>(conn: &C, id: UnitId) -> Result<bool> {
    let one = unit::Entity::find_by_id(id).filter(unit::Column::Kind.eq(UnitKind::Function));
    Ok(one.count(conn).await? > 0)
}

/// Most people who answer for a function and are asked for.
const MOST_ANSWERING: u64 = 20;

/// Who answers for a function: reviewers and managers whose role was given on that very unit.
///
/// # Errors
/// A fault of the database.
pub async fn answering_for<C: ConnectionTrait>(conn: &C, unit: UnitId) -> Result<Vec<PersonId>> {
    let people = grant::Entity::find()
        .filter(grant::Column::UnitId.eq(unit))
        .filter(grant::Column::Role.is_in([Role::Reviewer, Role::Manager]))
        .filter(grant::Column::PersonId.is_not_null())
        .order_by_asc(grant::Column::PersonId)
        .select_only()
        .column(grant::Column::PersonId)
        .distinct()
        .limit(MOST_ANSWERING)
        .into_tuple::<PersonId>()
        .all(conn)
        .await?;
    Ok(people)
}

/// The items of `actor`, as far as what they are about may be read now and goes on: the door of one's
/// own work.
#[must_use]
pub fn mine(actor: &Actor) -> Select<item::Entity> {
    let answered: Vec<UnitId> = actor
        .grants
        .iter()
        .filter(|held| matches!(held.role, Role::Reviewer | Role::Manager))
        .map(|held| held.unit)
        .collect();
    let me = actor.person();
    let assigned = Condition::any()
        .add(
            Condition::all()
                .add(item::Column::AssigneeId.is_not_null())
                .add(item::Column::AssigneeId.eq(me)),
        )
        .add(item::Column::FunctionId.is_in(answered));
    let submissions = Query::select()
        .column((submission::Entity, submission::Column::Id))
        .from(submission::Entity)
        .cond_where(submissions::query::visible(actor))
        .and_where(submission::Column::ShownPhase.is_not_in(OVER))
        .to_owned();
    let causes = Query::select()
        .column((cause::Entity, cause::Column::Id))
        .from(cause::Entity)
        .cond_where(triage::causes::query::visible(actor))
        .to_owned();
    let readable = Query::select()
        .column((plan::Entity, plan::Column::Id))
        .from(plan::Entity)
        .cond_where(
            Condition::any()
                .add(plan::Column::SubmissionId.in_subquery(submissions))
                .add(plan::Column::CauseId.in_subquery(causes)),
        )
        .to_owned();
    item::Entity::find().filter(assigned).filter(item::Column::PlanId.in_subquery(readable))
}

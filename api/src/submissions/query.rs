//! The scoped doors of submissions: who reads what (product.md, "Who reads a submission").
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::id::{
    CommentId, DeviceId, PersonId, SplitId, SubmissionId, TextId, TouchpointId, UnitId,
};
use entity::identity::unit;
use entity::identity::unit_closure;
use entity::identity::values::{DeviceKind, Role};
use entity::identity::{device, person};
use entity::instant::{Day, Instant};
use entity::journey::touchpoint;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission::{Column, Entity, Model};
use entity::submissions::values::{Audience, CommentVisibility};
use entity::submissions::{comment, tag, wording};
use entity::workflow::values::ReportResolution;
use entity::workflow::{report, split_part};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter, Select,
};

use super::service::Words;
use crate::db::{dialect, search};
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
) -> Result<Option<Model>> {
    Ok(visible_to(actor).filter(Column::Id.eq(id)).one(conn).await?)
}

/// Submissions among `ids` that `actor` may read.
///
/// # Errors
/// A fault of the database.
pub async fn some_readable<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    ids: &[SubmissionId],
) -> Result<Vec<Model>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(visible_to(actor).filter(Column::Id.is_in(ids.iter().copied())).all(conn).await?)
}

/// What was split from `wholes`, in order, as far as `actor` may read it.
///
/// # Errors
/// A fault of the database.
pub(super) async fn parts_readable<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    wholes: &[SubmissionId],
) -> Result<Vec<Model>> {
    let from = Column::SplitFrom.is_in(wholes.iter().copied());
    let mut parts = visible_to(actor).filter(from).all(conn).await?;
    let of = split_part::Column::SubmissionId.is_in(parts.iter().map(|part| part.id));
    let places: HashMap<SubmissionId, (SplitId, i32)> = split_part::Entity::find()
        .filter(of)
        .all(conn)
        .await?
        .into_iter()
        .map(|place| (place.submission_id, (place.split_id, place.position)))
        .collect();
    parts.sort_by_key(|part| places.get(&part.id).copied());
    Ok(parts)
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
                .add(Condition::all().add(not_own(actor)).add(reviewed_by(actor)))
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
        .add(Condition::all().add(Column::AuthorId.is_not_null()).add(Column::AuthorId.eq(me)))
}

/// Nobody is a reviewer of what they sent themselves.
fn not_own(actor: &Actor) -> Condition {
    Condition::any().add(Column::AuthorId.is_null()).add(Column::AuthorId.ne(actor.person()))
}

fn by_person(actor: &Actor) -> Condition {
    Condition::any()
        .add(Column::AuthorId.eq(actor.person()))
        .add(reviewed_by(actor))
        .add(held_by(actor))
        .add(by_role(actor))
}

/// What `actor` reads by unit and role, whoever wrote it, holds it or is concerned: all that
/// somebody who does not work on it may be told of what another one reads.
#[must_use]
pub(super) fn visible_by_rule(actor: &Actor) -> Condition {
    Condition::any().add(reviewed_by(actor)).add(by_role(actor))
}

fn by_role(actor: &Actor) -> Condition {
    Condition::all().add(open_to_roles()).add(
        Condition::any().add(managed_by(actor)).add(moderated_by(actor)).add(
            Condition::all()
                .add(Column::Kind.eq(Kind::Idea))
                .add(Column::HiddenAt.is_null())
                .add(idea_readers(actor)),
        ),
    )
}

/// "CX team only" and WITHDRAWN leave author, reviewers, owner and assignee. (What is hidden leaves
/// managers and moderators too: who hid it must be able to find it again.)
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
    Condition::any().add(Column::UnitId.in_subquery(below(&units))).add(
        Condition::all()
            .add(Column::FunctionId.is_not_null())
            .add(Column::FunctionId.in_subquery(below(&units))),
    )
}

/// Never unknown, only true or false, also where nobody is named: a client may negate a filter that
/// stands on this, and "not unknown" would tell what is hidden.
fn held_by(actor: &Actor) -> Condition {
    let me = actor.person();
    let named = |column: Column| Condition::all().add(column.is_not_null()).add(column.eq(me));
    Condition::any().add(named(Column::OwnerId)).add(named(Column::AssigneeId))
}

fn managed_by(actor: &Actor) -> Condition {
    in_subtree(&actor.units_with(Role::Manager))
}

/// Ideas, and what was reported until its reports are closed.
fn moderated_by(actor: &Actor) -> Condition {
    let units = actor.units_with(Role::Moderator);
    if units.is_empty() {
        return nothing();
    }
    let reported = Query::select()
        .column(report::Column::SubmissionId)
        .from(report::Entity)
        .cond_where(
            Condition::any()
                .add(report::Column::Resolution.is_null())
                .add(report::Column::Resolution.ne(ReportResolution::Closed)),
        )
        .to_owned();
    let either =
        Condition::any().add(Column::Kind.eq(Kind::Idea)).add(Column::Id.in_subquery(reported));
    Condition::all().add(either).add(in_subtree(&units))
}

/// Submissions that `actor` hides, locks and sees to the reports of: as reviewer or moderator, never
/// an own one, nor one that concerns them.
#[must_use]
pub fn moderates(actor: &Actor) -> Condition {
    match actor.principal {
        Principal::System => Condition::all(),
        Principal::Anonymous | Principal::Service(_) => nothing(),
        Principal::Person(_) => Condition::all().add(not_recused(actor)).add(not_own(actor)).add(
            Condition::any()
                .add(reviewed_by(actor))
                .add(Condition::all().add(open_to_roles()).add(moderated_by(actor))),
        ),
    }
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

/// A role counts on its unit and all below it, this one too.
fn opened_for_executives(actor: &Actor) -> Condition {
    in_subtree(&actor.units_with(Role::Executive)).add(Column::OpenedAt.is_not_null())
}

/// An integration reads its subtree with the scope `content`.
fn by_integration(actor: &Actor) -> Condition {
    if !actor.has_scope(ApiScope::Content) {
        return nothing();
    }
    let units = actor.units_with(Role::Integration);
    let within = if units.is_empty() { nothing() } else { within(actor, Column::UnitId, &units) };
    Condition::all().add(open_to_roles()).add(Column::HiddenAt.is_null()).add(within)
}

/// `column` names one of `units` or a unit below: a condition of its own, not one of several ways
/// to read (docs/adr/0004, rule 4).
#[must_use]
pub fn within(actor: &Actor, column: Column, units: &[UnitId]) -> Condition {
    let column = Expr::col((Entity, column));
    Condition::all().add(actor.dialect.one_of(column, below(units)))
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

/// As [`one_readable`], locked until the transaction ends.
///
/// # Errors
/// A fault of the database.
pub async fn locked<C: ConnectionTrait>(
    tx: &C,
    actor: &Actor,
    id: SubmissionId,
) -> Result<Option<Model>> {
    let select = visible_to(actor).filter(Column::Id.eq(id));
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// What the holder of a client key made before. Only the key's own verb may ask: no door.
///
/// # Errors
/// A fault of the database.
pub(super) async fn made_before<C: ConnectionTrait>(
    tx: &C,
    id: SubmissionId,
) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id).one(tx).await?)
}

/// One revision of words, of a submission that a door gave out.
///
/// # Errors
/// A fault of the database.
pub async fn words<C: ConnectionTrait>(conn: &C, id: TextId) -> Result<Option<wording::Model>> {
    Ok(wording::Entity::find_by_id(id).one(conn).await?)
}

/// Writes the words that `row` points at, and makes them findable.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn write_words<C: ConnectionTrait>(
    tx: &C,
    row: &Model,
    revision: i32,
    words: &Words,
) -> Result<()> {
    let written = wording::Model {
        id: row.text_id,
        submission_id: row.id,
        revision,
        title: words.title.clone(),
        body: words.body.clone(),
        customer_words: words.customer_words.clone(),
        created_at: row.updated_at,
        redacted_at: None,
    };
    search::put_wording(tx, &written).await?;
    wording::Entity::insert(written.into_active_model().reset_all())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Writes the first tags of a submission.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn write_tags<C: ConnectionTrait>(
    tx: &C,
    id: SubmissionId,
    tags: &[String],
) -> Result<()> {
    if tags.is_empty() {
        return Ok(());
    }
    let rows =
        tags.iter().map(|tag| tag::ActiveModel { submission_id: Set(id), tag: Set(tag.clone()) });
    tag::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Puts these tags in the place of all former ones.
///
/// # Errors
/// A fault of the database.
pub(super) async fn replace_tags<C: ConnectionTrait>(
    tx: &C,
    id: SubmissionId,
    tags: &[String],
) -> Result<()> {
    tag::Entity::delete_many().filter(tag::Column::SubmissionId.eq(id)).exec(tx).await?;
    write_tags(tx, id, tags).await
}

/// A comment that its own client key points at.
///
/// # Errors
/// A fault of the database.
pub(super) async fn comment<C: ConnectionTrait>(
    tx: &C,
    id: CommentId,
) -> Result<Option<comment::Model>> {
    Ok(comment::Entity::find_by_id(id).one(tx).await?)
}

/// Counts a public comment in the row that lists show.
///
/// # Errors
/// A fault of the database.
pub(super) async fn count_comment<C: ConnectionTrait>(
    tx: &C,
    comment: &comment::Model,
) -> Result<()> {
    if comment.visibility == CommentVisibility::Internal {
        return Ok(());
    }
    Entity::update_many()
        .col_expr(Column::CommentCount, Expr::col(Column::CommentCount).add(1))
        .filter(Column::Id.eq(comment.submission_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Comments of one submission that a reader sees: the public ones, and for those inside all.
#[must_use]
pub fn comments_of(id: SubmissionId, inside: Inside) -> Select<comment::Entity> {
    let select = comment::Entity::find().filter(comment::Column::SubmissionId.eq(id));
    match inside {
        Inside::Yes => select,
        Inside::No => select.filter(comment::Column::Visibility.eq(CommentVisibility::Public)),
    }
}

/// Comments of several submissions that a reader sees: all of those that the reader works on, the
/// public ones of the others.
#[must_use]
pub fn comments_among(
    inside: &[SubmissionId],
    outside: &[SubmissionId],
) -> Select<comment::Entity> {
    let of = |ids: &[SubmissionId]| comment::Column::SubmissionId.is_in(ids.iter().copied());
    let public = comment::Column::Visibility.eq(CommentVisibility::Public);
    comment::Entity::find()
        .filter(Condition::any().add(of(inside)).add(Condition::all().add(of(outside)).add(public)))
}

/// Whether somebody sees decisions before they are announced, and internal comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// They do.
    Yes,
    /// They do not.
    No,
}

/// A unit in use on `today`.
///
/// # Errors
/// A fault of the database.
pub(super) async fn unit_in_use<C: ConnectionTrait>(
    tx: &C,
    id: UnitId,
    today: Day,
) -> Result<Option<unit::Model>> {
    let from = unit::Column::ActiveFrom.is_null().or(unit::Column::ActiveFrom.lte(today));
    let to = unit::Column::ActiveTo.is_null().or(unit::Column::ActiveTo.gte(today));
    Ok(unit::Entity::find_by_id(id).filter(from).filter(to).one(tx).await?)
}

/// A touchpoint in use.
///
/// # Errors
/// A fault of the database.
pub(super) async fn touchpoint_in_use<C: ConnectionTrait>(
    tx: &C,
    id: TouchpointId,
) -> Result<Option<touchpoint::Model>> {
    Ok(touchpoint::Entity::find_by_id(id)
        .filter(touchpoint::Column::ArchivedAt.is_null())
        .one(tx)
        .await?)
}

/// A person who works here.
///
/// # Errors
/// A fault of the database.
pub(super) async fn active_person<C: ConnectionTrait>(
    tx: &C,
    id: PersonId,
) -> Result<Option<person::Model>> {
    Ok(person::Entity::find_by_id(id)
        .filter(person::Column::DeactivatedAt.is_null())
        .one(tx)
        .await?)
}

/// A person who works here, by staff code or address.
///
/// # Errors
/// A fault of the database.
pub(super) async fn person_called<C: ConnectionTrait>(
    tx: &C,
    external: &str,
) -> Result<Option<person::Model>> {
    let external = external.trim();
    let called = Condition::any()
        .add(person::Column::StaffCode.eq(external.to_uppercase()))
        .add(person::Column::EmailKey.eq(external.to_lowercase()));
    Ok(person::Entity::find()
        .filter(called)
        .filter(person::Column::DeactivatedAt.is_null())
        .one(tx)
        .await?)
}

/// What sort of device somebody sends from.
///
/// # Errors
/// A fault of the database.
pub(super) async fn device_kind<C: ConnectionTrait>(
    tx: &C,
    id: DeviceId,
) -> Result<Option<DeviceKind>> {
    Ok(device::Entity::find_by_id(id).one(tx).await?.map(|device| device.kind))
}

/// How much integrations sent in somebody's name since then.
///
/// # Errors
/// A fault of the database.
pub(super) async fn sent_for_since<C: ConnectionTrait>(
    tx: &C,
    author: PersonId,
    since: Instant,
) -> Result<u64> {
    let sent = Entity::find()
        .filter(Column::AuthorId.eq(author))
        .filter(Column::SentBy.is_not_null())
        .filter(Column::CreatedAt.gt(since));
    Ok(sent.count(tx).await?)
}

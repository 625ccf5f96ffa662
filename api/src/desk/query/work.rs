//! What somebody has in hand: counted, and taken over row by row. These doors carry no right of the
//! asker to read: who may plan for a person may move that person's work, and is shown no text of it.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::desk::rota_place;
use entity::id::{CauseId, JourneyId, PersonId, RotaId, SubmissionId, TouchpointId, UnitId};
use entity::implementation::item;
use entity::implementation::values::ItemStatus;
use entity::instant::{Day, Instant};
use entity::journey::{journey, touchpoint};
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::triage::cause;
use entity::triage::values::CauseStatus;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use crate::db::dialect;
use crate::identity::query::below;
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::submissions;

/// Phases in which a submission is somebody's to see to: everything but what has ended.
pub const IN_HAND: [Phase; 7] = [
    Phase::Submitted,
    Phase::UnderReview,
    Phase::NeedsInfo,
    Phase::Deferred,
    Phase::Accepted,
    Phase::Planned,
    Phase::InProgress,
];

/// In which capacity somebody has a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// At work on it.
    Assignee,
    /// Responsible for doing it.
    Owner,
}

impl Capacity {
    fn column(self) -> submission::Column {
        match self {
            Self::Assignee => submission::Column::AssigneeId,
            Self::Owner => submission::Column::OwnerId,
        }
    }
}

/// How much of each kind somebody has in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Work {
    /// Submissions assigned to them.
    pub assigned: u64,
    /// Submissions that they own.
    pub owned: u64,
    /// Live root causes that they own.
    pub causes: u64,
    /// Journeys and touchpoints in use that they own.
    pub journeys: u64,
    /// Present and coming absences of others in which they stand in.
    pub standing_in: u64,
    /// Their places on rotas.
    pub rota: u64,
}

impl Work {
    /// All of it.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.assigned + self.owned + self.causes + self.journeys + self.standing_in + self.rota
    }
}

fn submissions_of(person: PersonId, capacity: Capacity) -> Select<submission::Entity> {
    submission::Entity::find()
        .filter(capacity.column().eq(person))
        .filter(submission::Column::Phase.is_in(IN_HAND))
}

fn causes_of(person: PersonId) -> Select<cause::Entity> {
    let over = [CauseStatus::Resolved, CauseStatus::Rejected, CauseStatus::Merged];
    cause::Entity::find()
        .filter(cause::Column::OwnerId.eq(person))
        .filter(cause::Column::Status.is_not_in(over))
}

fn journeys_of(person: PersonId) -> Select<journey::Entity> {
    journey::Entity::find()
        .filter(journey::Column::OwnerId.eq(person))
        .filter(journey::Column::ArchivedAt.is_null())
}

fn touchpoints_of(person: PersonId) -> Select<touchpoint::Entity> {
    touchpoint::Entity::find()
        .filter(touchpoint::Column::OwnerId.eq(person))
        .filter(touchpoint::Column::ArchivedAt.is_null())
}

/// What somebody has in hand. Seven statements, however much it is.
///
/// # Errors
/// A fault of the database.
pub async fn work_of<C: ConnectionTrait>(conn: &C, person: PersonId, from: Day) -> Result<Work> {
    let standing_in = super::absences_with(conn, person, (from, FOREVER)).await?;
    let journeys = journeys_of(person).count(conn).await?;
    Ok(Work {
        assigned: submissions_of(person, Capacity::Assignee).count(conn).await?,
        owned: submissions_of(person, Capacity::Owner).count(conn).await?,
        causes: causes_of(person).count(conn).await?,
        journeys: journeys + touchpoints_of(person).count(conn).await?,
        standing_in: u64::try_from(standing_in.len()).unwrap_or(u64::MAX),
        rota: rota_place::Entity::find()
            .filter(rota_place::Column::PersonId.eq(person))
            .count(conn)
            .await?,
    })
}

/// What waits for a function, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Waiting {
    /// Submissions in hand that were handed over to it.
    pub submissions: u64,
    /// Live root causes that it owns.
    pub causes: u64,
    /// Open items of plans that it has.
    pub items: u64,
}

/// What waits for a function. Three statements, however much it is.
///
/// # Errors
/// A fault of the database.
pub async fn waiting_for<C: ConnectionTrait>(conn: &C, function: UnitId) -> Result<Waiting> {
    let over = [CauseStatus::Resolved, CauseStatus::Rejected, CauseStatus::Merged];
    let submissions = submission::Entity::find()
        .filter(submission::Column::FunctionId.eq(function))
        .filter(submission::Column::Phase.is_in(IN_HAND));
    let causes = cause::Entity::find()
        .filter(cause::Column::OwnerUnitId.eq(function))
        .filter(cause::Column::Status.is_not_in(over));
    let items = item::Entity::find()
        .filter(item::Column::FunctionId.eq(function))
        .filter(item::Column::Status.is_in([ItemStatus::Open, ItemStatus::InProgress]));
    Ok(Waiting {
        submissions: submissions.count(conn).await?,
        causes: causes.count(conn).await?,
        items: items.count(conn).await?,
    })
}

/// A day that no absence reaches.
pub(in crate::desk) const FOREVER: Day = Day(time::Date::MAX);

/// Submissions in hand behind `after`, by id, locked until the transaction ends.
pub(in crate::desk) async fn in_hand<C: ConnectionTrait>(
    tx: &C,
    (person, capacity): (PersonId, Capacity),
    after: Option<SubmissionId>,
    limit: u64,
) -> Result<Vec<submission::Model>> {
    let mut select = submissions_of(person, capacity);
    if let Some(after) = after {
        select = select.filter(submission::Column::Id.gt(after));
    }
    let select = select.order_by_asc(submission::Column::Id).limit(limit);
    Ok(dialect::for_update(tx.get_database_backend(), select).all(tx).await?)
}

/// Of these submissions, those that `reader` may read.
pub(in crate::desk) async fn readable<C: ConnectionTrait>(
    conn: &C,
    reader: &Actor,
    ids: &[SubmissionId],
) -> Result<Vec<SubmissionId>> {
    let rows = submissions::query::visible_to(reader)
        .filter(submission::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Gives these submissions to somebody else, in one statement.
pub(in crate::desk) async fn give<C: ConnectionTrait>(
    tx: &C,
    ids: &[SubmissionId],
    (to, capacity): (PersonId, Capacity),
    now: Instant,
) -> Result<()> {
    submission::Entity::update_many()
        .col_expr(capacity.column(), Expr::val(to))
        .col_expr(submission::Column::Version, Expr::col(submission::Column::Version).add(1))
        .col_expr(submission::Column::UpdatedAt, Expr::val(now))
        .filter(submission::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Live causes that somebody owns, locked.
pub(in crate::desk) async fn owned_causes<C: ConnectionTrait>(
    tx: &C,
    person: PersonId,
) -> Result<Vec<cause::Model>> {
    let select = causes_of(person).order_by_asc(cause::Column::Id);
    Ok(dialect::for_update(tx.get_database_backend(), select).all(tx).await?)
}

/// Gives these causes to another owner.
pub(in crate::desk) async fn give_causes<C: ConnectionTrait>(
    tx: &C,
    ids: &[CauseId],
    to: PersonId,
) -> Result<()> {
    cause::Entity::update_many()
        .col_expr(cause::Column::OwnerId, Expr::val(to))
        .col_expr(cause::Column::Version, Expr::col(cause::Column::Version).add(1))
        .filter(cause::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Gives the journeys and touchpoints in use of one owner to another, and tells which they were.
pub(in crate::desk) async fn give_journeys<C: ConnectionTrait>(
    tx: &C,
    from: PersonId,
    to: PersonId,
) -> Result<(Vec<JourneyId>, Vec<TouchpointId>)> {
    let journeys: Vec<JourneyId> =
        journeys_of(from).all(tx).await?.into_iter().map(|row| row.id).collect();
    let touchpoints: Vec<TouchpointId> =
        touchpoints_of(from).all(tx).await?.into_iter().map(|row| row.id).collect();
    journey::Entity::update_many()
        .col_expr(journey::Column::OwnerId, Expr::val(to))
        .col_expr(journey::Column::Version, Expr::col(journey::Column::Version).add(1))
        .filter(journey::Column::Id.is_in(journeys.iter().copied()))
        .exec(tx)
        .await?;
    touchpoint::Entity::update_many()
        .col_expr(touchpoint::Column::OwnerId, Expr::val(to))
        .col_expr(touchpoint::Column::Version, Expr::col(touchpoint::Column::Version).add(1))
        .filter(touchpoint::Column::Id.is_in(touchpoints.iter().copied()))
        .exec(tx)
        .await?;
    Ok((journeys, touchpoints))
}

/// The rotas on which somebody has places.
pub(in crate::desk) async fn rotas_with<C: ConnectionTrait>(
    conn: &C,
    person: PersonId,
) -> Result<Vec<RotaId>> {
    let rows = rota_place::Entity::find()
        .filter(rota_place::Column::PersonId.eq(person))
        .order_by_asc(rota_place::Column::RotaId)
        .all(conn)
        .await?;
    let mut ids: Vec<RotaId> = rows.into_iter().map(|row| row.rota_id).collect();
    ids.dedup();
    Ok(ids)
}

/// Gives somebody's places on one rota to somebody else.
pub(in crate::desk) async fn give_places<C: ConnectionTrait>(
    tx: &C,
    rota: RotaId,
    (from, to): (PersonId, PersonId),
) -> Result<u64> {
    let done = rota_place::Entity::update_many()
        .col_expr(rota_place::Column::PersonId, Expr::val(to))
        .filter(rota_place::Column::RotaId.eq(rota))
        .filter(rota_place::Column::PersonId.eq(from))
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}

/// How many submissions in hand somebody could no longer decide on with REVIEWER on `units` alone.
pub(in crate::desk) async fn assigned_outside<C: ConnectionTrait>(
    conn: &C,
    person: PersonId,
    units: &[UnitId],
) -> Result<u64> {
    let reviewed = |column: submission::Column| column.in_subquery(below(units));
    let mut select = submissions_of(person, Capacity::Assignee);
    if !units.is_empty() {
        let within = Condition::any()
            .add(
                Condition::all()
                    .add(submission::Column::FunctionId.is_null())
                    .add(reviewed(submission::Column::UnitId)),
            )
            .add(
                Condition::all()
                    .add(submission::Column::FunctionId.is_not_null())
                    .add(reviewed(submission::Column::FunctionId)),
            );
        select = select.filter(within.not());
    }
    Ok(select.count(conn).await?)
}

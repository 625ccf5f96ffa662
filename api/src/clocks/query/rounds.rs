//! What the rounds of the escalation look up and write.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::{HashMap, HashSet};

use entity::clocks::values::{ClockKind, ClockState};
use entity::clocks::{clock, escalated};
use entity::id::{PersonId, SubmissionId, UnitId};
use entity::identity::values::Role;
use entity::identity::{grant, person};
use entity::instant::{Day, Instant};
use entity::programs::setting;
use entity::submissions::submission;
use entity::submissions::values::Audience;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult,
    IntoActiveModel as _, Order, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::clocks::settings::{self, Switch};
use crate::db::dialect;
use crate::kit::error::Result;

/// Whether what waits too long is told up the tree.
///
/// # Errors
/// A fault of the database.
pub async fn escalation<C: ConnectionTrait>(conn: &C) -> Result<Switch> {
    let row = setting::Entity::find_by_id(settings::ESCALATION).one(conn).await?;
    Ok(row.map_or(Switch::Off, |row| Switch::named(&row.value)))
}

/// Something that waits too long for an answer or a decision.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Late {
    /// What.
    pub submission: SubmissionId,
    /// Its unit.
    pub unit: UnitId,
    /// The function it was handed to.
    pub function: Option<UnitId>,
    /// Who may read it.
    pub audience: Audience,
    /// Who sent it.
    pub author: Option<PersonId>,
    /// Whom it is about.
    pub concerned: Option<PersonId>,
    /// When the first of its clocks was due.
    pub due_at: Instant,
}

/// What waits too long, the longest waiting first.
///
/// # Errors
/// A fault of the database.
pub async fn late<C: ConnectionTrait>(conn: &C, now: Instant, limit: u64) -> Result<Vec<Late>> {
    let of = |column| Expr::col((submission::Entity, column));
    let clock = |column| Expr::col((clock::Entity, column));
    let select = Query::select()
        .expr_as(of(submission::Column::Id), "submission")
        .expr_as(of(submission::Column::UnitId), "unit")
        .expr_as(of(submission::Column::FunctionId), "function")
        .column((submission::Entity, submission::Column::Audience))
        .expr_as(of(submission::Column::AuthorId), "author")
        .expr_as(of(submission::Column::ConcernedId), "concerned")
        .column((clock::Entity, clock::Column::DueAt))
        .from(clock::Entity)
        .inner_join(
            submission::Entity,
            of(submission::Column::Id).equals((clock::Entity, clock::Column::SubmissionId)),
        )
        .and_where(clock(clock::Column::State).eq(ClockState::Running))
        .and_where(
            clock(clock::Column::Kind).is_in([ClockKind::FirstResponse, ClockKind::Decision]),
        )
        .and_where(clock(clock::Column::DueAt).lt(now))
        .order_by((clock::Entity, clock::Column::DueAt), Order::Asc)
        .order_by((submission::Entity, submission::Column::Id), Order::Asc)
        .limit(limit)
        .to_owned();
    let rows = conn.query_all(&select).await?;
    let mut seen = HashSet::new();
    let late = rows.iter().map(|row| Ok(Late::from_query_result(row, "")?));
    // Late twice: its earlier clock counts.
    late.filter(|it: &Result<Late>| it.as_ref().map_or(true, |it| seen.insert(it.submission)))
        .collect()
}

/// Reviewers and managers of these units themselves who work here.
///
/// # Errors
/// A fault of the database.
pub async fn holders<C: ConnectionTrait>(
    conn: &C,
    units: &[UnitId],
) -> Result<HashMap<UnitId, Vec<(PersonId, Role)>>> {
    let active = Query::select()
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(person::Column::DeactivatedAt.is_null())
        .to_owned();
    let rows = grant::Entity::find()
        .filter(grant::Column::UnitId.is_in(units.iter().copied()))
        .filter(grant::Column::Role.is_in([Role::Reviewer, Role::Manager]))
        .filter(grant::Column::PersonId.in_subquery(active))
        .all(conn)
        .await?;
    let mut holders: HashMap<UnitId, Vec<(PersonId, Role)>> = HashMap::new();
    for row in rows {
        if let Some(person) = row.person_id {
            holders.entry(row.unit_id).or_default().push((person, row.role));
        }
    }
    Ok(holders)
}

/// Who has a list of one of these days already.
///
/// # Errors
/// A fault of the database.
pub async fn listed_on<C: ConnectionTrait>(
    conn: &C,
    days: &[Day],
) -> Result<HashSet<(PersonId, Day)>> {
    let select = escalated::Entity::find()
        .select_only()
        .column(escalated::Column::PersonId)
        .column(escalated::Column::Day)
        .distinct()
        .filter(escalated::Column::Day.is_in(days.iter().copied()));
    Ok(select.into_tuple().all(conn).await?.into_iter().collect())
}

/// Rows in one statement; SQLite takes 32,766 values.
const LINES: usize = 5_000;

/// Writes lists.
///
/// # Errors
/// A fault of the database.
pub async fn write_lists<C: ConnectionTrait>(tx: &C, rows: Vec<escalated::Model>) -> Result<()> {
    for part in rows.chunks(LINES) {
        let rows = part.iter().map(|row| row.clone().into_active_model().reset_all());
        escalated::Entity::insert_many(rows)
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .exec_without_returning(tx)
            .await?;
    }
    Ok(())
}

/// Promised dates of submissions that somebody has in hand, of which nobody was reminded.
fn promises() -> Select<clock::Entity> {
    let in_hand = Query::select()
        .column(submission::Column::Id)
        .from(submission::Entity)
        .cond_where(
            Condition::any()
                .add(submission::Column::OwnerId.is_not_null())
                .add(submission::Column::AssigneeId.is_not_null()),
        )
        .to_owned();
    clock::Entity::find()
        .filter(clock::Column::Kind.eq(ClockKind::Promised))
        .filter(clock::Column::State.eq(ClockState::Running))
        .filter(clock::Column::RemindedAt.is_null())
        .filter(clock::Column::SubmissionId.in_subquery(in_hand))
        .order_by_asc(clock::Column::DueAt)
}

/// When the next promised date passes of which somebody is to be reminded.
///
/// # Errors
/// A fault of the database.
pub async fn next_promise<C: ConnectionTrait>(conn: &C) -> Result<Option<Instant>> {
    Ok(promises().one(conn).await?.map(|clock| clock.due_at))
}

/// Submissions whose promised date has passed, the longest waiting first.
///
/// # Errors
/// A fault of the database.
pub async fn passed_promises<C: ConnectionTrait>(
    conn: &C,
    now: Instant,
    limit: u64,
) -> Result<Vec<SubmissionId>> {
    let passed = promises().filter(clock::Column::DueAt.lte(now)).limit(limit);
    Ok(passed.all(conn).await?.into_iter().map(|clock| clock.submission_id).collect())
}

/// Marks the promised date of a submission as reminded of, if it has passed and nobody did. Answers
/// when it was due.
///
/// # Errors
/// A fault of the database.
pub async fn mark_reminded<C: ConnectionTrait>(
    tx: &C,
    id: SubmissionId,
    now: Instant,
) -> Result<Option<Instant>> {
    let passed =
        promises().filter(clock::Column::SubmissionId.eq(id)).filter(clock::Column::DueAt.lte(now));
    let passed = dialect::for_update(tx.get_database_backend(), passed).one(tx).await?;
    let Some(clock) = passed else { return Ok(None) };
    clock::Entity::update_many()
        .col_expr(clock::Column::RemindedAt, Expr::val(now))
        .filter(clock::Column::SubmissionId.eq(id))
        .filter(clock::Column::Kind.eq(ClockKind::Promised))
        .filter(clock::Column::Round.eq(clock.round))
        .exec(tx)
        .await?;
    Ok(Some(clock.due_at))
}

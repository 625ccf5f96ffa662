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
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    FromQueryResult, IntoActiveModel as _, Order, QueryFilter, QueryOrder, QuerySelect,
};

use crate::clocks::settings::{self, Switch};
use crate::kit::error::Result;

/// Whether the escalation is on, and when its next round is due.
#[derive(Clone, Copy, Debug)]
pub struct RoundDue {
    /// Whether it is on.
    pub escalation: Switch,
    /// When the next round is due; none before the first.
    pub next: Option<Instant>,
}

/// Reads when the next round is due. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn round_due<C: ConnectionTrait>(conn: &C) -> Result<RoundDue> {
    let keys = [settings::ESCALATION, settings::NEXT_ROUND];
    let rows = setting::Entity::find().filter(setting::Column::Key.is_in(keys)).all(conn).await?;
    let word = |key: &str| rows.iter().find(|row| row.key == key).map(|row| row.value.as_str());
    Ok(RoundDue {
        escalation: word(settings::ESCALATION).map_or(Switch::Off, Switch::named),
        next: word(settings::NEXT_ROUND).and_then(|next| next.parse().ok()).map(Instant),
    })
}

/// Claims a round. `false`: somebody else was quicker.
///
/// # Errors
/// A fault of the database.
pub async fn claim_round<C: ConnectionTrait>(
    tx: &C,
    (before, next): (Option<Instant>, Instant),
    now: Instant,
) -> Result<bool> {
    let value = next.micros().to_string();
    let Some(before) = before else {
        let row = setting::ActiveModel {
            key: Set(settings::NEXT_ROUND.to_owned()),
            value: Set(value),
            updated_at: Set(now),
        };
        let leave = OnConflict::column(setting::Column::Key).do_nothing().to_owned();
        let insert = setting::Entity::insert_many([row]).on_conflict(leave);
        return Ok(insert.exec_without_returning(tx).await? == 1);
    };
    let done = setting::Entity::update_many()
        .col_expr(setting::Column::Value, Expr::val(value))
        .col_expr(setting::Column::UpdatedAt, Expr::val(now))
        .filter(setting::Column::Key.eq(settings::NEXT_ROUND))
        .filter(setting::Column::Value.eq(before.micros().to_string()))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
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

/// Marks the promised dates that have passed, of submissions that somebody has in hand, as reminded
/// of. Answers what they belong to.
///
/// # Errors
/// A fault of the database.
pub async fn claim_reminders<C: ConnectionTrait>(
    tx: &C,
    now: Instant,
    limit: u64,
) -> Result<Vec<SubmissionId>> {
    let in_hand = Query::select()
        .column(submission::Column::Id)
        .from(submission::Entity)
        .cond_where(
            Condition::any()
                .add(submission::Column::OwnerId.is_not_null())
                .add(submission::Column::AssigneeId.is_not_null()),
        )
        .to_owned();
    let passed = Condition::all()
        .add(clock::Column::Kind.eq(ClockKind::Promised))
        .add(clock::Column::State.eq(ClockState::Running))
        .add(clock::Column::DueAt.lte(now))
        .add(clock::Column::RemindedAt.is_null());
    let due = clock::Entity::find()
        .filter(passed.clone())
        .filter(clock::Column::SubmissionId.in_subquery(in_hand))
        .order_by_asc(clock::Column::DueAt)
        .limit(limit)
        .all(tx)
        .await?;
    let ids: Vec<SubmissionId> = due.into_iter().map(|row| row.submission_id).collect();
    clock::Entity::update_many()
        .col_expr(clock::Column::RemindedAt, Expr::val(now))
        .filter(passed)
        .filter(clock::Column::SubmissionId.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(ids)
}

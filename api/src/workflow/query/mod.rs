//! The scoped doors of decisions, and what the verbs of this room look up.
#![allow(clippy::disallowed_methods)] // a query.rs

mod addressed;
mod due;
mod handed;
mod many;

use std::collections::HashMap;

use entity::desk::absence;
use entity::facts::fact;
use entity::facts::values::FactAudience;
use entity::id::{DecisionId, PersonId, ResponseId, StatusId, SubmissionId, TouchpointId, UnitId};
use entity::identity::values::{Role, UnitKind};
use entity::identity::{grant, person, unit, unit_closure};
use entity::instant::{DAY, Instant};
use entity::journey::touchpoint;
use entity::programs::{reason, setting, status};
use entity::submissions::hold::HoldPolicy;
use entity::submissions::phase::Phase;
use entity::submissions::{submission, tag, twin_span};
use entity::workflow::values::DecisionState;
use entity::workflow::{decision, response};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};

pub use addressed::{addressed_by, addressed_to};
pub use due::question_runs_out;
pub(in crate::workflow) use due::{
    due_questions, due_releases, due_wakes, next_question, next_release, next_wake,
};
pub use handed::hand_overs_among;
pub(in crate::workflow) use handed::hand_overs_of;

pub(in crate::workflow) use many::{
    close_all, decisions, insert_decisions, insert_responses, locked_in_order, locked_readable,
    set_release,
};

use super::case;
use crate::db::dialect;
use crate::kit::actor::Actor;
use crate::kit::error::{Fault, Result};
use crate::submissions;
use crate::submissions::query::Inside;

/// Decisions on submissions that `actor` may look into.
#[must_use]
pub fn visible(actor: &Actor) -> Condition {
    let inside = Query::select()
        .column(submission::Column::Id)
        .from(submission::Entity)
        .cond_where(submissions::query::visible(actor))
        .cond_where(submissions::query::inside(actor))
        .to_owned();
    Condition::all().add(decision::Column::SubmissionId.in_subquery(inside))
}

/// Decisions that `actor` may look into.
#[must_use]
pub fn visible_to(actor: &Actor) -> Select<decision::Entity> {
    decision::Entity::find().filter(visible(actor))
}

/// One decision that `actor` may look into.
///
/// # Errors
/// A fault of the database.
pub async fn decision_for<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: DecisionId,
) -> Result<Option<decision::Model>> {
    Ok(decision::Entity::find_by_id(id).filter(visible(actor)).one(conn).await?)
}

/// One submission that `actor` may read, locked until the transaction ends.
///
/// # Errors
/// A fault of the database.
pub async fn locked<C: ConnectionTrait>(
    tx: &C,
    actor: &Actor,
    id: SubmissionId,
) -> Result<Option<submission::Model>> {
    let one = submissions::query::visible_to(actor).filter(submission::Column::Id.eq(id)).limit(1);
    Ok(dialect::for_update(tx.get_database_backend(), one).one(tx).await?)
}

/// Submissions among `ids` that `actor` may read.
pub(in crate::workflow) async fn readable<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    ids: &[SubmissionId],
) -> Result<Vec<submission::Model>> {
    let some = submission::Column::Id.is_in(ids.iter().copied());
    Ok(submissions::query::visible_to(actor).filter(some).all(conn).await?)
}

/// The pending decision of each of these submissions that has one.
pub(in crate::workflow) async fn pending_of<C: ConnectionTrait>(
    conn: &C,
    rows: &[submission::Model],
) -> Result<HashMap<SubmissionId, decision::Model>> {
    let ids: Vec<DecisionId> = rows.iter().filter_map(|row| row.pending_decision_id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found = decision::Entity::find().filter(decision::Column::Id.is_in(ids)).all(conn).await?;
    Ok(found.into_iter().map(|decision| (decision.submission_id, decision)).collect())
}

/// The submissions of these decisions.
pub(in crate::workflow) async fn subjects<C: ConnectionTrait>(
    conn: &C,
    ids: &[DecisionId],
) -> Result<Vec<SubmissionId>> {
    let select = decision::Entity::find()
        .select_only()
        .column(decision::Column::SubmissionId)
        .filter(decision::Column::Id.is_in(ids.iter().copied()));
    Ok(select.into_tuple().all(conn).await?)
}

/// The audiences whose facts stand in a history, of those that `view` hears of.
fn told_in_history(view: Inside) -> Vec<FactAudience> {
    match view {
        Inside::Yes => vec![FactAudience::Readers, FactAudience::Internal],
        Inside::No => vec![FactAudience::Readers],
    }
}

/// Facts about one submission that its readers, or those inside, may hear of.
#[must_use]
pub fn history_of(id: SubmissionId, view: Inside) -> Select<fact::Entity> {
    fact::Entity::find()
        .filter(fact::Column::SubjectId.eq(id.0))
        .filter(fact::Column::SubjectKind.eq("submission"))
        .filter(fact::Column::Audience.is_in(told_in_history(view)))
}

/// As [`history_of`], with what was announced about each canonical one while the twin counted with
/// it: neither what was said there before, nor less when it leaves.
#[must_use]
pub fn history_with(
    id: SubmissionId,
    view: Inside,
    spans: &[twin_span::Model],
) -> Select<fact::Entity> {
    let meanwhile = |span: &twin_span::Model| {
        let since = Condition::all()
            .add(fact::Column::SubjectId.eq(span.root_id.0))
            .add(fact::Column::Kind.eq("submission.announced"))
            .add(fact::Column::At.gte(span.since));
        since.add_option(span.until.map(|until| fact::Column::At.lt(until)))
    };
    let own = Condition::any().add(fact::Column::SubjectId.eq(id.0));
    fact::Entity::find()
        .filter(spans.iter().map(meanwhile).fold(own, Condition::add))
        .filter(fact::Column::SubjectKind.eq("submission"))
        .filter(fact::Column::Audience.is_in(told_in_history(view)))
}

/// Everything that was announced of the submissions that `of` is true for; in any order.
#[must_use]
pub fn announced_among(of: impl FnOnce(fact::Column) -> Expr) -> Select<fact::Entity> {
    fact::Entity::find()
        .filter(of(fact::Column::SubjectId))
        .filter(fact::Column::SubjectKind.eq("submission"))
        .filter(fact::Column::Kind.eq("submission.announced"))
        .filter(fact::Column::Audience.is_in(told_in_history(Inside::No)))
}

/// Everything that was announced of these submissions, oldest first.
///
/// # Errors
/// A fault of the database.
pub async fn announced_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<HashMap<SubmissionId, Vec<fact::Model>>> {
    let rows = announced_among(|column| column.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(fact::Column::Seq)
        .all(conn)
        .await?;
    let mut found: HashMap<SubmissionId, Vec<fact::Model>> = HashMap::new();
    for row in rows {
        found.entry(SubmissionId(row.subject_id)).or_default().push(row);
    }
    Ok(found)
}

/// As [`history_of`] for several submissions: those that the asker works on, and the others.
#[must_use]
pub fn history_among(inside: &[SubmissionId], outside: &[SubmissionId]) -> Select<fact::Entity> {
    let of = |ids: &[SubmissionId]| fact::Column::SubjectId.is_in(ids.iter().map(|id| id.0));
    fact::Entity::find().filter(fact::Column::SubjectKind.eq("submission")).filter(
        [(inside, Inside::Yes), (outside, Inside::No)].into_iter().fold(
            Condition::any(),
            |any, (ids, view)| {
                let told = fact::Column::Audience.is_in(told_in_history(view));
                any.add(Condition::all().add(of(ids)).add(told))
            },
        ),
    )
}

/// A decision by id, for the verbs that hold its submission already.
pub(in crate::workflow) async fn decision<C: ConnectionTrait>(
    conn: &C,
    id: DecisionId,
) -> Result<Option<decision::Model>> {
    Ok(decision::Entity::find_by_id(id).one(conn).await?)
}

/// The latest announced decision that led one submission to `phase`.
pub(in crate::workflow) async fn announced_into<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
    phase: Phase,
) -> Result<Option<decision::Model>> {
    let found = decision::Entity::find()
        .filter(decision::Column::SubmissionId.eq(id))
        .filter(decision::Column::ToPhase.eq(phase))
        .filter(decision::Column::FromPhase.ne(phase))
        .filter(decision::Column::State.eq(DecisionState::Announced))
        .order_by_desc(decision::Column::DecidedAt)
        .order_by_desc(decision::Column::Id)
        .limit(1)
        .one(conn)
        .await?;
    Ok(found)
}

/// The latest decision that led one submission to `phase`, whatever became of it.
pub(in crate::workflow) async fn latest_into<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
    phase: Phase,
) -> Result<Option<decision::Model>> {
    let found = decision::Entity::find()
        .filter(decision::Column::SubmissionId.eq(id))
        .filter(decision::Column::ToPhase.eq(phase))
        .order_by_desc(decision::Column::DecidedAt)
        .order_by_desc(decision::Column::Id)
        .limit(1)
        .one(conn)
        .await?;
    Ok(found)
}

/// The latest announced decline at or before `asked`: the decision that a second look is about.
pub(in crate::workflow) async fn declined_before<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
    asked: Instant,
) -> Result<Option<decision::Model>> {
    let found = decision::Entity::find()
        .filter(decision::Column::SubmissionId.eq(id))
        .filter(decision::Column::ToPhase.eq(Phase::Declined))
        .filter(decision::Column::FromPhase.ne(Phase::Declined))
        .filter(decision::Column::State.eq(DecisionState::Announced))
        .filter(decision::Column::ClosedAt.lte(asked))
        .order_by_desc(decision::Column::DecidedAt)
        .order_by_desc(decision::Column::Id)
        .limit(1)
        .one(conn)
        .await?;
    Ok(found)
}

/// The configured label that a phase takes when none is named.
pub(in crate::workflow) async fn default_status<C: ConnectionTrait>(
    conn: &C,
    phase: Phase,
) -> Result<StatusId> {
    let found = status::Entity::find()
        .filter(status::Column::Phase.eq(phase))
        .filter(status::Column::ArchivedAt.is_null())
        .order_by_asc(status::Column::Standard)
        .order_by_asc(status::Column::Position)
        .limit(1)
        .one(conn)
        .await?
        .ok_or_else(|| Fault::internal(format!("no status label for phase {phase}")))?;
    Ok(found.id)
}

/// A configured label in use.
pub(in crate::workflow) async fn status_of<C: ConnectionTrait>(
    conn: &C,
    id: StatusId,
) -> Result<Option<status::Model>> {
    let found = status::Entity::find_by_id(id).filter(status::Column::ArchivedAt.is_null());
    Ok(found.one(conn).await?)
}

/// The reasons of the catalogue in use for a phase, in their order.
pub(in crate::workflow) async fn reasons_for<C: ConnectionTrait>(
    conn: &C,
    phase: Phase,
) -> Result<Vec<reason::Model>> {
    let found = reason::Entity::find()
        .filter(reason::Column::Phase.eq(phase))
        .filter(reason::Column::ArchivedAt.is_null())
        .order_by_asc(reason::Column::Position)
        .all(conn)
        .await?;
    Ok(found)
}

/// Name of the setting that says how long a decision is held, in seconds.
pub const HOLD_SECONDS: &str = "hold_seconds";

/// How long decisions are held; the default when the setting is missing or no number.
pub(in crate::workflow) async fn hold_policy<C: ConnectionTrait>(conn: &C) -> Result<HoldPolicy> {
    let row = setting::Entity::find_by_id(String::from(HOLD_SECONDS)).one(conn).await?;
    Ok(row
        .and_then(|row| row.value.parse().ok())
        .map_or_else(HoldPolicy::default, |seconds| HoldPolicy { seconds }))
}

/// An active person.
pub(in crate::workflow) async fn active_person<C: ConnectionTrait>(
    conn: &C,
    id: PersonId,
) -> Result<Option<person::Model>> {
    let found = person::Entity::find_by_id(id).filter(person::Column::DeactivatedAt.is_null());
    Ok(found.one(conn).await?)
}

/// Absences of a person from yesterday to tomorrow: whatever the zone, today is among them.
pub(in crate::workflow) async fn absences_around<C: ConnectionTrait>(
    conn: &C,
    person: PersonId,
    now: Instant,
) -> Result<Vec<absence::Model>> {
    Ok(absence::Entity::find()
        .filter(absence::Column::PersonId.eq(person))
        .filter(absence::Column::CancelledAt.is_null())
        .filter(absence::Column::FromOn.lte(now.plus(DAY).day()))
        .filter(absence::Column::ToOn.gte(now.plus(-DAY).day()))
        .all(conn)
        .await?)
}

/// The language in which a person wants to be told.
pub(in crate::workflow) async fn locale_of<C: ConnectionTrait>(
    conn: &C,
    id: Option<PersonId>,
) -> Result<Option<String>> {
    let Some(id) = id else { return Ok(None) };
    Ok(person::Entity::find_by_id(id).one(conn).await?.map(|person| person.locale))
}

/// A unit of kind FUNCTION in use on the day of `now`, which is not closed before the transaction ends.
pub(in crate::workflow) async fn function_in_use<C: ConnectionTrait>(
    conn: &C,
    id: UnitId,
    now: Instant,
) -> Result<Option<unit::Model>> {
    let function = unit::Column::Kind.eq(UnitKind::Function);
    let found = units_in_use(id, now).filter(function);
    Ok(dialect::for_share(conn.get_database_backend(), found).one(conn).await?)
}

/// A unit in use on the day of `now`.
pub(in crate::workflow) async fn unit_in_use<C: ConnectionTrait>(
    conn: &C,
    id: UnitId,
    now: Instant,
) -> Result<Option<unit::Model>> {
    Ok(units_in_use(id, now).one(conn).await?)
}

fn units_in_use(id: UnitId, now: Instant) -> Select<unit::Entity> {
    let today = now.day();
    unit::Entity::find_by_id(id)
        .filter(
            Condition::any()
                .add(unit::Column::ActiveFrom.is_null())
                .add(unit::Column::ActiveFrom.lte(today)),
        )
        .filter(
            Condition::any()
                .add(unit::Column::ActiveTo.is_null())
                .add(unit::Column::ActiveTo.gte(today)),
        )
}

/// Persons who hold R on a submission by a grant, itself or above its unit (of the function, after
/// a hand-over): active, neither author nor concerned.
fn reviewers(row: &submission::Model) -> SelectStatement {
    let above = Query::select()
        .column(unit_closure::Column::Ancestor)
        .from(unit_closure::Entity)
        .and_where(unit_closure::Column::Descendant.eq(row.function_id.unwrap_or(row.unit_id)))
        .to_owned();
    let active = Query::select()
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(person::Column::DeactivatedAt.is_null())
        .to_owned();
    let mut select = Query::select();
    select
        .column(grant::Column::PersonId)
        .from(grant::Entity)
        .and_where(grant::Column::Role.eq(Role::Reviewer))
        .and_where(grant::Column::UnitId.in_subquery(above))
        .and_where(grant::Column::PersonId.in_subquery(active));
    for excluded in [row.author_id, row.concerned_id].into_iter().flatten() {
        select.and_where(grant::Column::PersonId.ne(excluded));
    }
    select
}

/// Whether `person` holds R on the submission: not whoever declined it before a second look was
/// asked for.
///
/// # Errors
/// A fault of the database.
pub async fn is_reviewer<C: ConnectionTrait>(
    conn: &C,
    row: &submission::Model,
    person: PersonId,
) -> Result<bool> {
    let select = reviewers(row).and_where(grant::Column::PersonId.eq(person)).limit(1).to_owned();
    let holds = conn.query_one(&select).await?.is_some();
    Ok(holds && barred(conn, row).await? != Some(person))
}

/// Who has no R any more: after a second look was asked for, whoever declined it, if somebody else
/// has R. No statement where none was asked for.
///
/// # Errors
/// A fault of the database.
pub async fn barred<C: ConnectionTrait>(
    conn: &C,
    row: &submission::Model,
) -> Result<Option<PersonId>> {
    let Some(asked) = row.second_look_at else { return Ok(None) };
    let declined = declined_before(conn, row.id, asked).await?;
    let Some(decider) = declined.and_then(|decision| decision.decider_id) else { return Ok(None) };
    Ok(has_other_reviewer(conn, row, decider).await?.then_some(decider))
}

/// Whether somebody else than `person` holds R on the submission.
pub(in crate::workflow) async fn has_other_reviewer<C: ConnectionTrait>(
    conn: &C,
    row: &submission::Model,
    person: PersonId,
) -> Result<bool> {
    let select = reviewers(row).and_where(grant::Column::PersonId.ne(person)).limit(1).to_owned();
    Ok(conn.query_one(&select).await?.is_some())
}

/// Whether a joining begins or ends when these decisions are announced.
pub(in crate::workflow) async fn any_joining<C: ConnectionTrait>(
    conn: &C,
    ids: &[DecisionId],
) -> Result<bool> {
    let decisions = decision::Entity::find()
        .filter(decision::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    for decision in &decisions {
        if case::touches_joining(decision)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Writes everything of a locked row that the verbs of this room change; counters of votes and
/// photos are others' business.
pub(in crate::workflow) async fn store<C: ConnectionTrait>(
    tx: &C,
    row: &submission::Model,
) -> Result<()> {
    let change = submission::ActiveModel {
        kind: Set(row.kind),
        unit_id: Set(row.unit_id),
        phase: Set(row.phase),
        shown_phase: Set(row.shown_phase),
        status_id: Set(row.status_id),
        shown_status_id: Set(row.shown_status_id),
        phase_stack: Set(row.phase_stack),
        function_id: Set(row.function_id),
        touchpoint_id: Set(row.touchpoint_id),
        severity: Set(row.severity),
        audience: Set(row.audience),
        concerned_id: Set(row.concerned_id),
        assignee_id: Set(row.assignee_id),
        owner_id: Set(row.owner_id),
        impact: Set(row.impact),
        effort: Set(row.effort),
        promised_on: Set(row.promised_on),
        wake_on: Set(row.wake_on),
        merged_into: Set(row.merged_into),
        opened_at: Set(row.opened_at),
        comment_count: Set(row.comment_count),
        pending_decision_id: Set(row.pending_decision_id),
        second_look_at: Set(row.second_look_at),
        implemented_shown_at: Set(row.implemented_shown_at),
        entered_at: Set(row.entered_at),
        due_at: Set(row.due_at),
        snoozed_until: Set(row.snoozed_until),
        hidden_at: Set(row.hidden_at),
        locked_at: Set(row.locked_at),
        handover: Set(row.handover),
        updated_at: Set(row.updated_at),
        version: Set(row.version),
        ..Default::default()
    };
    submission::Entity::update_many()
        .set(change)
        .filter(submission::Column::Id.eq(row.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// A touchpoint in use.
pub(in crate::workflow) async fn touchpoint_in_use<C: ConnectionTrait>(
    conn: &C,
    id: TouchpointId,
) -> Result<Option<touchpoint::Model>> {
    let found = touchpoint::Entity::find_by_id(id).filter(touchpoint::Column::ArchivedAt.is_null());
    Ok(found.one(conn).await?)
}

/// Puts these tags in the place of those that are there.
pub(in crate::workflow) async fn replace_tags<C: ConnectionTrait>(
    tx: &C,
    id: SubmissionId,
    tags: Vec<String>,
) -> Result<()> {
    tag::Entity::delete_many().filter(tag::Column::SubmissionId.eq(id)).exec(tx).await?;
    if tags.is_empty() {
        return Ok(());
    }
    let rows =
        tags.into_iter().map(|word| tag::ActiveModel { submission_id: Set(id), tag: Set(word) });
    tag::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Closes a decision that is still pending. `false`: somebody else was quicker.
pub(in crate::workflow) async fn close<C: ConnectionTrait>(
    tx: &C,
    id: DecisionId,
    closing: (DecisionState, Instant),
) -> Result<bool> {
    let done = decision::Entity::update_many()
        .col_expr(decision::Column::State, Expr::val(closing.0))
        .col_expr(decision::Column::ClosedAt, Expr::val(closing.1))
        .filter(decision::Column::Id.eq(id))
        .filter(decision::Column::State.eq(DecisionState::Pending))
        .exec(tx)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Forgets the words of decisions that nobody was told.
pub(in crate::workflow) async fn forget_responses<C: ConnectionTrait>(
    tx: &C,
    decisions: &[decision::Model],
) -> Result<()> {
    let ids: Vec<ResponseId> = decisions.iter().filter_map(|it| it.response_id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let ids = || ids.iter().copied();
    decision::Entity::update_many()
        .col_expr(decision::Column::ResponseId, Expr::val(None::<uuid::Uuid>))
        .filter(decision::Column::ResponseId.is_in(ids()))
        .exec(tx)
        .await?;
    response::Entity::delete_many().filter(response::Column::Id.is_in(ids())).exec(tx).await?;
    Ok(())
}

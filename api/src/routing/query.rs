//! The doors of routing rules, and what applying them reads and writes.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::{HashMap, HashSet};

use entity::id::{CauseId, PersonId, RuleId, SubmissionId, TextId, TouchpointId, UnitId};
use entity::identity::values::{Role, UnitKind};
use entity::identity::{grant, person, unit};
use entity::instant::{Day, Instant};
use entity::jobs::cursor;
use entity::journey::touchpoint;
use entity::routing::rule;
use entity::routing::values::RuleState;
use entity::submissions::values::{Handover, Severity};
use entity::submissions::{submission, tag, wording};
use entity::triage::values::CauseStatus;
use entity::triage::{cause, cause_link};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::matching::Conditions;
use super::policy;
use crate::db::dialect;
use crate::identity::query::below;
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::submissions;

/// Rules that `actor` may see.
#[must_use]
pub fn visible_to(actor: &Actor) -> Select<rule::Entity> {
    let visible = if policy::may_read(actor) { "1 = 1" } else { "1 = 0" };
    rule::Entity::find().filter(Expr::cust(visible))
}

/// One rule that `actor` may see.
///
/// # Errors
/// A fault of the database.
pub async fn one<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: RuleId,
) -> Result<Option<rule::Model>> {
    Ok(visible_to(actor).filter(rule::Column::Id.eq(id)).one(conn).await?)
}

/// As [`one`], if it is not archived, locked until the transaction ends.
pub(super) async fn locked<C: ConnectionTrait>(
    tx: &C,
    actor: &Actor,
    id: RuleId,
) -> Result<Option<rule::Model>> {
    let select = visible_to(actor)
        .filter(rule::Column::Id.eq(id))
        .filter(rule::Column::ArchivedAt.is_null());
    Ok(dialect::for_update(tx.get_database_backend(), select).one(tx).await?)
}

/// How many rules there are, archived ones left out.
pub(super) async fn count<C: ConnectionTrait>(conn: &C) -> Result<u64> {
    Ok(rule::Entity::find().filter(rule::Column::ArchivedAt.is_null()).count(conn).await?)
}

/// Another rule with this folded name.
pub(super) async fn named<C: ConnectionTrait>(
    conn: &C,
    key: &str,
    but: RuleId,
) -> Result<Option<rule::Model>> {
    Ok(rule::Entity::find()
        .filter(rule::Column::NameKey.eq(key))
        .filter(rule::Column::ArchivedAt.is_null())
        .filter(rule::Column::Id.ne(but))
        .one(conn)
        .await?)
}

fn values(row: &rule::Model) -> rule::ActiveModel {
    rule::ActiveModel {
        id: Set(row.id),
        name: Set(row.name.clone()),
        name_key: Set(row.name_key.clone()),
        position: Set(row.position),
        state: Set(row.state),
        touchpoint_id: Set(row.touchpoint_id),
        unit_id: Set(row.unit_id),
        words: Set(row.words.clone()),
        word_match: Set(row.word_match),
        kind: Set(row.kind),
        channel: Set(row.channel),
        severity: Set(row.severity),
        function_id: Set(row.function_id),
        assignee_id: Set(row.assignee_id),
        tags: Set(row.tags.clone()),
        cause_id: Set(row.cause_id),
        created_by: Set(row.created_by),
        archived_at: Set(row.archived_at),
        created_at: Set(row.created_at),
        updated_at: Set(row.updated_at),
        version: Set(row.version),
    }
}

/// Inserts a rule. `false`: another one has the name.
pub(super) async fn insert<C: ConnectionTrait>(tx: &C, row: &rule::Model) -> Result<bool> {
    let inserted = rule::Entity::insert(values(row))
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(inserted > 0)
}

/// Writes a changed rule.
pub(super) async fn store<C: ConnectionTrait>(
    tx: &C,
    row: &rule::Model,
) -> Result<(), sea_orm::DbErr> {
    let change = rule::ActiveModel { id: sea_orm::ActiveValue::NotSet, ..values(row) };
    rule::Entity::update_many().set(change).filter(rule::Column::Id.eq(row.id)).exec(tx).await?;
    Ok(())
}

/// The last place in the order.
pub(super) async fn last_position<C: ConnectionTrait>(conn: &C) -> Result<i32> {
    let last = rule::Entity::find()
        .filter(rule::Column::ArchivedAt.is_null())
        .order_by_desc(rule::Column::Position)
        .limit(1)
        .one(conn)
        .await?;
    Ok(last.map_or(0, |row| row.position))
}

/// The rules that are switched on, in their order. One statement.
pub(super) async fn switched_on<C: ConnectionTrait>(conn: &C) -> Result<Vec<rule::Model>> {
    Ok(rule::Entity::find()
        .filter(rule::Column::ArchivedAt.is_null())
        .filter(rule::Column::State.eq(RuleState::On))
        .order_by_asc(rule::Column::Position)
        .order_by_asc(rule::Column::Id)
        .all(conn)
        .await?)
}

/// Names of rules, archived ones too: history tells them.
pub(super) async fn names<C: ConnectionTrait>(
    conn: &C,
    ids: &[RuleId],
) -> Result<HashMap<RuleId, String>> {
    let rows =
        rule::Entity::find().filter(rule::Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// What of the things that rules name is still there to be named.
#[derive(Debug, Default)]
pub struct There {
    /// Touchpoints in use.
    pub touchpoints: HashSet<TouchpointId>,
    /// Units in use.
    pub units: HashSet<UnitId>,
    /// Of them, functions.
    pub functions: HashSet<UnitId>,
    /// Reviewers who work here.
    pub reviewers: HashSet<PersonId>,
    /// Root causes that may be linked to.
    pub causes: HashSet<CauseId>,
}

/// What of the things that these rules name is still there on `today`. Four statements at most.
///
/// # Errors
/// A fault of the database.
pub async fn there<C: ConnectionTrait>(
    conn: &C,
    rules: &[rule::Model],
    today: Day,
) -> Result<There> {
    if rules.is_empty() {
        return Ok(There::default());
    }
    let touchpoints: Vec<TouchpointId> = rules.iter().filter_map(|it| it.touchpoint_id).collect();
    let units: Vec<UnitId> =
        rules.iter().flat_map(|it| [it.unit_id, it.function_id]).flatten().collect();
    let people: Vec<PersonId> = rules.iter().filter_map(|it| it.assignee_id).collect();
    let touchpoints = touchpoint::Entity::find()
        .filter(touchpoint::Column::Id.is_in(touchpoints))
        .filter(touchpoint::Column::ArchivedAt.is_null())
        .all(conn)
        .await?;
    let units = unit::Entity::find()
        .filter(unit::Column::Id.is_in(units))
        .filter(begun(today))
        .filter(not_over(today))
        .all(conn)
        .await?;
    let functions = units.iter().filter(|it| it.kind == UnitKind::Function).map(|it| it.id);
    Ok(There {
        touchpoints: touchpoints.into_iter().map(|it| it.id).collect(),
        functions: functions.collect(),
        units: units.into_iter().map(|it| it.id).collect(),
        reviewers: reviewers(conn, people).await?,
        causes: causes(conn, rules.iter().filter_map(|it| it.cause_id).collect()).await?,
    })
}

async fn causes<C: ConnectionTrait>(conn: &C, ids: Vec<CauseId>) -> Result<HashSet<CauseId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let found = cause::Entity::find()
        .filter(cause::Column::Id.is_in(ids))
        .filter(cause::Column::Status.is_not_in([CauseStatus::Rejected, CauseStatus::Merged]));
    Ok(found.all(conn).await?.into_iter().map(|cause| cause.id).collect())
}

/// Which of these submissions are linked to a cause already.
pub(super) async fn linked<C: ConnectionTrait>(
    conn: &C,
    cause: CauseId,
    ids: &[SubmissionId],
) -> Result<u64> {
    let links = cause_link::Entity::find()
        .filter(cause_link::Column::CauseId.eq(cause))
        .filter(cause_link::Column::SubmissionId.is_in(ids.iter().copied()));
    Ok(links.count(conn).await?)
}

/// Of these submissions, those that are not linked to a cause yet.
pub(super) fn not_linked(
    select: Select<submission::Entity>,
    cause: CauseId,
) -> Select<submission::Entity> {
    let linked = Query::select()
        .column(cause_link::Column::SubmissionId)
        .from(cause_link::Entity)
        .and_where(cause_link::Column::CauseId.eq(cause))
        .to_owned();
    select.filter(submission::Column::Id.not_in_subquery(linked))
}

fn begun(today: Day) -> Condition {
    Condition::any()
        .add(unit::Column::ActiveFrom.is_null())
        .add(unit::Column::ActiveFrom.lte(today))
}

fn not_over(today: Day) -> Condition {
    Condition::any().add(unit::Column::ActiveTo.is_null()).add(unit::Column::ActiveTo.gte(today))
}

async fn reviewers<C: ConnectionTrait>(
    conn: &C,
    people: Vec<PersonId>,
) -> Result<HashSet<PersonId>> {
    let active = Query::select()
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(person::Column::DeactivatedAt.is_null())
        .to_owned();
    let grants = grant::Entity::find()
        .filter(grant::Column::Role.eq(Role::Reviewer))
        .filter(grant::Column::PersonId.is_in(people))
        .filter(grant::Column::PersonId.in_subquery(active))
        .all(conn)
        .await?;
    Ok(grants.into_iter().filter_map(|grant| grant.person_id).collect())
}

/// The words of one submission, and of its customer.
pub(super) async fn words<C: ConnectionTrait>(conn: &C, id: TextId) -> Result<String> {
    let found = wording::Entity::find_by_id(id).one(conn).await?;
    Ok(found.as_ref().map(all_words).unwrap_or_default())
}

fn all_words(words: &wording::Model) -> String {
    let customer = words.customer_words.as_deref().unwrap_or_default();
    format!("{}\n{}\n{customer}", words.title, words.body)
}

/// The words of several submissions. One statement.
pub(super) async fn words_of<C: ConnectionTrait>(
    conn: &C,
    ids: &[TextId],
) -> Result<HashMap<TextId, String>> {
    let rows = wording::Entity::find()
        .filter(wording::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, all_words(&row))).collect())
}

/// The tags of one submission.
pub(super) async fn tags<C: ConnectionTrait>(conn: &C, id: SubmissionId) -> Result<Vec<String>> {
    let rows = tag::Entity::find().filter(tag::Column::SubmissionId.eq(id)).all(conn).await?;
    Ok(rows.into_iter().map(|row| row.tag).collect())
}

/// Adds tags to a submission.
pub(super) async fn add_tags<C: ConnectionTrait>(
    tx: &C,
    id: SubmissionId,
    tags: impl Iterator<Item = String>,
) -> Result<()> {
    let rows = tags.map(|tag| tag::ActiveModel { submission_id: Set(id), tag: Set(tag) });
    tag::Entity::insert_many(rows)
        .on_conflict(OnConflict::new().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Writes where rules have sent a locked submission.
pub(super) async fn send<C: ConnectionTrait>(tx: &C, row: &submission::Model) -> Result<()> {
    let change = submission::ActiveModel {
        function_id: Set(row.function_id),
        handover: Set(row.handover),
        assignee_id: Set(row.assignee_id),
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

/// Offered to a function, as a person's hand-over is.
pub(super) const OFFERED: Handover = Handover::Offered;

/// Submissions since an instant that `actor` may read and that fulfil all of the conditions but the
/// words.
pub(super) fn past(
    actor: &Actor,
    conditions: &Conditions,
    since: Instant,
) -> Select<submission::Entity> {
    let mut select =
        submissions::query::visible_to(actor).filter(submission::Column::CreatedAt.gte(since));
    if let Some(touchpoint) = conditions.touchpoint {
        select = select.filter(submission::Column::TouchpointId.eq(touchpoint));
    }
    if let Some(unit) = conditions.unit {
        select = select.filter(submission::Column::UnitId.in_subquery(below(&[unit])));
    }
    if let Some(kind) = conditions.kind {
        select = select.filter(submission::Column::Kind.eq(kind));
    }
    if let Some(channel) = conditions.channel {
        select = select.filter(submission::Column::Channel.eq(channel));
    }
    if let Some(least) = conditions.severity {
        let bad = Severity::ALL.into_iter().filter(|it| *it >= least);
        select = select.filter(submission::Column::Severity.is_in(bad));
    }
    select.order_by_desc(submission::Column::CreatedAt).order_by_desc(submission::Column::Id)
}

/// How many there are.
pub(super) async fn count_of<C: ConnectionTrait>(
    conn: &C,
    select: Select<submission::Entity>,
) -> Result<u64> {
    Ok(select.count(conn).await?)
}

/// The first of them.
pub(super) async fn first_of<C: ConnectionTrait>(
    conn: &C,
    select: Select<submission::Entity>,
    limit: u64,
) -> Result<Vec<submission::Model>> {
    Ok(select.limit(limit).all(conn).await?)
}

/// Those behind a row of the order of [`past`].
pub(super) fn behind(
    select: Select<submission::Entity>,
    row: (Instant, SubmissionId),
) -> Select<submission::Entity> {
    let older = Expr::col((submission::Entity, submission::Column::CreatedAt)).lt(row.0);
    let same = Condition::all()
        .add(submission::Column::CreatedAt.eq(row.0))
        .add(submission::Column::Id.lt(row.1));
    select.filter(Condition::any().add(older).add(same))
}

/// Name of the reader's cursor.
pub const READER: &str = "routing";

/// How far the reader has come; none before the first rule was made.
pub(super) async fn cursor<C: ConnectionTrait>(conn: &C) -> Result<Option<i64>> {
    Ok(cursor::Entity::find_by_id(READER.to_owned()).one(conn).await?.map(|row| row.seq))
}

/// As [`cursor`], and nobody else moves it until the transaction ends.
pub(super) async fn locked_cursor<C: ConnectionTrait>(tx: &C) -> Result<Option<i64>> {
    let row = cursor::Entity::find_by_id(READER.to_owned());
    let row = dialect::for_update(tx.get_database_backend(), row).one(tx).await?;
    Ok(row.map(|row| row.seq))
}

/// Puts the reader at `seq`, unless it has begun.
pub(super) async fn begin_at<C: ConnectionTrait>(tx: &C, seq: i64, now: Instant) -> Result<()> {
    let first =
        cursor::ActiveModel { reader: Set(READER.to_owned()), seq: Set(seq), updated_at: Set(now) };
    cursor::Entity::insert(first)
        .on_conflict(OnConflict::column(cursor::Column::Reader).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

/// Moves the reader on, never back.
pub(super) async fn move_cursor<C: ConnectionTrait>(tx: &C, seq: i64, now: Instant) -> Result<()> {
    cursor::Entity::update_many()
        .col_expr(cursor::Column::Seq, Expr::val(seq))
        .col_expr(cursor::Column::UpdatedAt, Expr::val(now))
        .filter(cursor::Column::Reader.eq(READER))
        .filter(cursor::Column::Seq.lt(seq))
        .exec(tx)
        .await?;
    Ok(())
}

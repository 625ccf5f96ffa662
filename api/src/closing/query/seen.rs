//! The doors of *seen*: whether authors have looked at what was decided, and whom nobody can mail.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::{HashMap, HashSet};

use entity::closing::seen;
use entity::id::{DecisionId, PersonId, SubmissionId, UnitId};
use entity::identity::person;
use entity::instant::{DAY, Instant};
use entity::notify::notification;
use entity::notify::values::NotificationKind;
use entity::submissions::phase::Phase;
use entity::submissions::{submission, twin_span};
use entity::workflow::decision;
use entity::workflow::values::DecisionState;
use sea_orm::sea_query::{
    Alias, Expr, ExprTrait, JoinType, OnConflict, Query, SelectStatement, UnionType,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, Order,
    QueryFilter, QuerySelect as _, Select,
};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::kit::page::{Key, KeyValue, Keyset};
use crate::submissions;

/// Something that was announced.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub(in crate::closing) struct Announced {
    pub(in crate::closing) id: DecisionId,
    pub(in crate::closing) submission_id: SubmissionId,
    pub(in crate::closing) closed_at: Option<Instant>,
}

/// What was announced about submissions.
pub(in crate::closing) async fn announced<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<Vec<Announced>> {
    use decision::Column;
    let found = decision::Entity::find()
        .select_only()
        .columns([Column::Id, Column::SubmissionId, Column::ClosedAt])
        .filter(Column::SubmissionId.is_in(ids.iter().copied()))
        .filter(Column::State.eq(DecisionState::Announced));
    Ok(found.into_model().all(conn).await?)
}

/// Notes that somebody has looked at decisions; the first look counts. Returns how many were news.
pub(in crate::closing) async fn note<C: ConnectionTrait>(
    tx: &C,
    (person, now): (PersonId, Instant),
    decisions: &[DecisionId],
) -> Result<u64> {
    if decisions.is_empty() {
        return Ok(0);
    }
    let rows = decisions.iter().map(|id| seen::ActiveModel {
        decision_id: Set(*id),
        person_id: Set(person),
        seen_at: Set(now),
    });
    let key = [seen::Column::DecisionId, seen::Column::PersonId];
    Ok(seen::Entity::insert_many(rows)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?)
}

/// When the authors of what was decided on looked at it first: by opening it, or by reading the
/// notification. Two statements.
pub(in crate::closing) async fn seen_at<C: ConnectionTrait>(
    conn: &C,
    ids: &[DecisionId],
) -> Result<HashMap<DecisionId, Instant>> {
    let mut found: HashMap<DecisionId, Instant> = HashMap::new();
    for select in [looks(ids), reads(ids)] {
        for row in conn.query_all(&select).await? {
            let (id, at): (DecisionId, Instant) =
                (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let first = found.entry(id).or_insert(at);
            *first = std::cmp::Ord::min(at, *first);
        }
    }
    Ok(found)
}

/// Decisions with what they are about.
fn decided() -> SelectStatement {
    Query::select()
        .column((decision::Entity, decision::Column::Id))
        .from(decision::Entity)
        .inner_join(
            submission::Entity,
            Expr::col((submission::Entity, submission::Column::Id))
                .equals((decision::Entity, decision::Column::SubmissionId)),
        )
        .to_owned()
}

fn one_of(ids: &[DecisionId]) -> Expr {
    Expr::col((decision::Entity, decision::Column::Id)).is_in(ids.iter().copied())
}

fn looks(ids: &[DecisionId]) -> SelectStatement {
    decided()
        .column((seen::Entity, seen::Column::SeenAt))
        .join(JoinType::InnerJoin, seen::Entity, looked())
        .and_where(one_of(ids))
        .to_owned()
}

fn looked() -> Condition {
    Condition::all()
        .add(
            Expr::col((seen::Entity, seen::Column::DecisionId))
                .equals((decision::Entity, decision::Column::Id)),
        )
        .add(
            Expr::col((seen::Entity, seen::Column::PersonId))
                .equals((submission::Entity, submission::Column::AuthorId)),
        )
}

fn reads(ids: &[DecisionId]) -> SelectStatement {
    decided()
        .column((notification::Entity, notification::Column::ReadAt))
        .join(JoinType::InnerJoin, notification::Entity, was_read())
        .and_where(one_of(ids))
        .to_owned()
}

fn was_read() -> Condition {
    let note = |column| Expr::col((notification::Entity, column));
    Condition::all()
        .add(
            note(notification::Column::DecisionId).equals((decision::Entity, decision::Column::Id)),
        )
        .add(
            note(notification::Column::PersonId)
                .equals((submission::Entity, submission::Column::AuthorId)),
        )
        .add(note(notification::Column::ReadAt).is_not_null())
}

/// Whom an answer was told to as an author, and who of them has looked at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// How many authors.
    pub authors: i64,
    /// How many of them have looked.
    pub seen: i64,
}

/// To how many authors announced decisions were told, and how many of them have looked: the author of
/// what was decided on, and those of what was joined with it when it was announced; each once, none
/// who made the decision. Who is concerned now is not asked: a figure that moved when somebody is named
/// as the person concerned would say that they wrote one of them. Two statements.
pub(in crate::closing) async fn heard<C: ConnectionTrait>(
    conn: &C,
    ids: &[DecisionId],
) -> Result<HashMap<DecisionId, Heard>> {
    let mut told = own_author(ids);
    told.union(UnionType::Distinct, twins_authors(ids));
    let mut lookers = seen_by(ids);
    lookers.union(UnionType::Distinct, read_by(ids));
    let looked: HashSet<(DecisionId, PersonId)> = pairs(conn, &lookers).await?;
    let mut found: HashMap<DecisionId, Heard> = HashMap::new();
    for pair in pairs(conn, &told).await? {
        let heard = found.entry(pair.0).or_default();
        heard.authors += 1;
        heard.seen += i64::from(looked.contains(&pair));
    }
    Ok(found)
}

async fn pairs<C: ConnectionTrait>(
    conn: &C,
    select: &SelectStatement,
) -> Result<HashSet<(DecisionId, PersonId)>> {
    let rows = conn.query_all(select).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Announced decisions with the author of what they are about.
fn own_author(ids: &[DecisionId]) -> SelectStatement {
    let author = Expr::col((submission::Entity, submission::Column::AuthorId));
    decided()
        .column((submission::Entity, submission::Column::AuthorId))
        .and_where(one_of(ids))
        .and_where(was_announced())
        .and_where(author.clone().is_not_null())
        .cond_where(not_by(author))
        .to_owned()
}

/// Announced decisions with the authors of what counted with their submission at that moment.
fn twins_authors(ids: &[DecisionId]) -> SelectStatement {
    let (span, twin) = (|column| Expr::col((twin_span::Entity, column)), Alias::new("twin"));
    let author = Expr::col((twin.clone(), submission::Column::AuthorId));
    let closed_at = (decision::Entity, decision::Column::ClosedAt);
    let still = Condition::any()
        .add(span(twin_span::Column::Until).is_null())
        .add(span(twin_span::Column::Until).gt(Expr::col(closed_at)));
    decided()
        .column((twin.clone(), submission::Column::AuthorId))
        .inner_join(
            twin_span::Entity,
            span(twin_span::Column::RootId)
                .equals((decision::Entity, decision::Column::SubmissionId)),
        )
        .join_as(
            JoinType::InnerJoin,
            submission::Entity,
            twin.clone(),
            Expr::col((twin, submission::Column::Id))
                .equals((twin_span::Entity, twin_span::Column::SubmissionId)),
        )
        .and_where(one_of(ids))
        .and_where(was_announced())
        .and_where(span(twin_span::Column::Since).lte(Expr::col(closed_at)))
        .cond_where(still)
        .and_where(author.clone().is_not_null())
        .cond_where(not_by(author))
        .to_owned()
}

fn was_announced() -> Expr {
    Expr::col((decision::Entity, decision::Column::State)).eq(DecisionState::Announced)
}

/// Not decided by the person: what people do themselves is no answer to them.
fn not_by(person: Expr) -> Condition {
    let decider = Expr::col((decision::Entity, decision::Column::DeciderId));
    Condition::any().add(decider.clone().is_null()).add(decider.ne(person))
}

fn seen_by(ids: &[DecisionId]) -> SelectStatement {
    use seen::Column;
    Query::select()
        .columns([Column::DecisionId, Column::PersonId])
        .from(seen::Entity)
        .and_where(Expr::col(Column::DecisionId).is_in(ids.iter().copied()))
        .to_owned()
}

fn read_by(ids: &[DecisionId]) -> SelectStatement {
    use notification::Column;
    Query::select()
        .columns([Column::DecisionId, Column::PersonId])
        .from(notification::Entity)
        .and_where(Expr::col(Column::DecisionId).is_in(ids.iter().copied()))
        .and_where(Expr::col(Column::ReadAt).is_not_null())
        .to_owned()
}

/// Days for which an answer that its author has not seen stays on the sheet.
const SHEET_DAYS: i64 = 90;

/// Answers for the printed sheet of a unit: what was announced with words and told, in the app alone, to
/// authors at home there who have no address that takes mail, and who have not looked at it; about what
/// they sent themselves, also where that was joined with another. Never what they follow: that would
/// tell who voted. Only of what `actor` may read.
pub(in crate::closing) fn for_the_sheet(
    actor: &Actor,
    (unit, now): (UnitId, Instant),
) -> Select<notification::Entity> {
    use notification::Column;
    let note = |column| Expr::col((notification::Entity, column));
    let people = Query::select()
        .column(person::Column::Id)
        .from(person::Entity)
        .and_where(
            Expr::col(person::Column::HomeUnitId).in_subquery(submissions::query::below(&[unit])),
        )
        .and_where(Expr::col(person::Column::DeactivatedAt).is_null())
        .cond_where(
            Condition::any()
                .add(Expr::col(person::Column::Email).is_null())
                .add(Expr::col(person::Column::BouncedAt).is_not_null()),
        )
        .to_owned();
    let looked = Query::select()
        .expr(Expr::val(1))
        .from(seen::Entity)
        .and_where(
            Expr::col((seen::Entity, seen::Column::DecisionId))
                .equals((notification::Entity, Column::DecisionId)),
        )
        .and_where(
            Expr::col((seen::Entity, seen::Column::PersonId))
                .equals((notification::Entity, Column::PersonId)),
        )
        .to_owned();
    let of_decision = |column| Expr::col((decision::Entity, column));
    // What a twin's author is told was decided on the canonical one: whoever is concerned there reads
    // nothing of it here either.
    let me = actor.person();
    let not_concerned = Condition::any()
        .add(submission::Column::ConcernedId.is_null())
        .add(submission::Column::ConcernedId.ne(me))
        .add(submission::Column::AuthorId.eq(me));
    let said = Query::select()
        .expr(Expr::val(1))
        .from(decision::Entity)
        .inner_join(
            submission::Entity,
            Expr::col((submission::Entity, submission::Column::Id))
                .equals((decision::Entity, decision::Column::SubmissionId)),
        )
        .cond_where(not_concerned)
        .and_where(
            of_decision(decision::Column::Id).equals((notification::Entity, Column::DecisionId)),
        )
        .and_where(of_decision(decision::Column::State).eq(DecisionState::Announced))
        .and_where(of_decision(decision::Column::ResponseId).is_not_null())
        .and_where(of_decision(decision::Column::ClosedAt).gte(now.plus(-SHEET_DAYS * DAY)))
        .to_owned();
    let wrote = Query::select()
        .expr(Expr::val(1))
        .from(submission::Entity)
        .and_where(
            Expr::col((submission::Entity, submission::Column::Id))
                .equals((notification::Entity, Column::SubmissionId)),
        )
        .and_where(
            Expr::col((submission::Entity, submission::Column::AuthorId))
                .equals((notification::Entity, Column::PersonId)),
        )
        .cond_where(submissions::query::visible(actor))
        .to_owned();
    let own = [NotificationKind::OwnDecision, NotificationKind::OwnQuestion];
    notification::Entity::find()
        .filter(Column::Kind.is_in(own))
        .filter(Column::ReadAt.is_null())
        .filter(note(Column::PersonId).in_subquery(people))
        .filter(Expr::exists(said))
        .filter(Expr::exists(wrote))
        .filter(Expr::exists(looked).not())
}

/// The newest first.
pub(in crate::closing) fn newest() -> Keyset<notification::Model> {
    Keyset {
        name: String::from("sheet told desc"),
        keys: vec![
            Key {
                expr: Expr::col((notification::Entity, notification::Column::CreatedAt)),
                order: Order::Desc,
                value: |row| KeyValue::Int(row.created_at.micros()),
            },
            Key {
                expr: Expr::col((notification::Entity, notification::Column::Id)),
                order: Order::Desc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Int(0), KeyValue::Id(uuid::Uuid::nil())],
    }
}

/// What was decided, by whoever asks for what was told of it.
pub(in crate::closing) async fn decisions<C: ConnectionTrait>(
    conn: &C,
    ids: &[DecisionId],
) -> Result<HashMap<DecisionId, decision::Model>> {
    let found = decision::Entity::find().filter(decision::Column::Id.is_in(ids.iter().copied()));
    Ok(found.all(conn).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// What a submission is called and where it stands, as everybody sees it.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Called {
    pub(in crate::closing) id: SubmissionId,
    pub(in crate::closing) reference: String,
    pub(in crate::closing) shown_phase: Phase,
}

/// What submissions are called, by whoever asks for what was told of them.
pub(in crate::closing) async fn called<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<HashMap<SubmissionId, Called>> {
    use submission::Column;
    let rows = submission::Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .select_only()
        .columns([Column::Id, Column::Reference, Column::ShownPhase])
        .into_model::<Called>()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

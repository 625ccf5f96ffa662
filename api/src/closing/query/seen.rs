//! The doors of *seen*: whether authors have looked at what was decided, and whom nobody can mail.
#![allow(clippy::disallowed_methods)] // a query.rs

use std::collections::HashMap;

use entity::closing::seen;
use entity::id::{DecisionId, PersonId, SubmissionId, UnitId};
use entity::identity::person;
use entity::instant::{DAY, Instant};
use entity::notify::notification;
use entity::notify::values::NotificationKind;
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::workflow::decision;
use entity::workflow::values::DecisionState;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, Order,
    QueryFilter, QuerySelect as _, Select,
};

use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::kit::page::{Key, KeyValue, Keyset};
use crate::submissions;

/// What was announced about submissions, the latest first.
pub(in crate::closing) async fn announced<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<Vec<DecisionId>> {
    let found = decision::Entity::find()
        .select_only()
        .column(decision::Column::Id)
        .filter(decision::Column::SubmissionId.is_in(ids.iter().copied()))
        .filter(decision::Column::State.eq(DecisionState::Announced));
    Ok(found.into_tuple().all(conn).await?)
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
        .join(sea_orm::JoinType::InnerJoin, seen::Entity, looked())
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
        .join(sea_orm::JoinType::InnerJoin, notification::Entity, was_read())
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

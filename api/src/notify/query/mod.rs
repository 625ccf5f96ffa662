//! The doors of telling. It is the system that asks here, for one person at a time: what that
//! person may read is asked through the submissions' own door.
#![allow(clippy::disallowed_methods)] // a query.rs

mod ahead;
mod around;
mod digests;
mod hearing;
mod looking;
mod said;
mod work;

use std::collections::{HashMap, HashSet};

use entity::clocks::escalated;
use entity::facts::fact;
use entity::id::{
    CommentId, DecisionId, LoginCodeId, MailId, NotificationId, PersonId, ReasonId, ResponseId,
    ServiceId, SubmissionId, TextId, UnitId,
};
use entity::identity::{login_code, person, service, unit};
use entity::instant::{Day, Instant};
use entity::jobs::cursor;
use entity::notify::values::{MailState, NotificationKind};
use entity::notify::{mail, notification};
use entity::programs::{label, reason, setting};
use entity::submissions::phase::{Letter, Phase};
use entity::submissions::{comment, submission, wording};
use entity::workflow::{decision, response};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, Order,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

pub(in crate::notify) use ahead::{decisions, followers_of, submissions};
pub(in crate::notify) use around::{any_joined, moderators, twins_of_mine, visible_in};
pub(in crate::notify) use digests::{
    Lines, NewLine, Standing, closed_with_lines, decided_on, delete_lines, due_people,
    forget_lines, lines_due, lines_waiting, next_digest, notes_of, open_items, open_offers,
    postpone, put_in, standings, write_lines,
};
pub(in crate::notify) use hearing::{Wishes, choose, chosen_by, shown, wishes};
pub(in crate::notify) use looking::{administrators, decliner, reviewers_above};
pub(in crate::notify) use said::{SaidWith, comment_bodies, said_with};
pub(in crate::notify) use work::{
    about_item, item_of, offer, offer_to, offered_with, site_name, titles_of_mine,
};

use super::telling::Telling;
use crate::db::dialect;
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::kit::page::{Key, KeyValue, Keyset};
use crate::kit::scope::{Scope, Tx};
use crate::submissions;

/// How far a reader of the log has come; 0 before its first fact.
pub(in crate::notify) async fn cursor<C: ConnectionTrait>(conn: &C, reader: &str) -> Result<i64> {
    let found = cursor::Entity::find_by_id(reader.to_owned()).one(conn).await?;
    Ok(found.map_or(0, |row| row.seq))
}

/// As [`cursor`], and nobody else moves it until the transaction ends.
pub(in crate::notify) async fn locked_cursor(tx: &Tx, reader: &str, now: Instant) -> Result<i64> {
    let first =
        cursor::ActiveModel { reader: Set(reader.to_owned()), seq: Set(0), updated_at: Set(now) };
    cursor::Entity::insert(first)
        .on_conflict(OnConflict::column(cursor::Column::Reader).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    let row = cursor::Entity::find_by_id(reader.to_owned());
    let row = dialect::for_update(tx.get_database_backend(), row).one(tx).await?;
    Ok(row.map_or(0, |row| row.seq))
}

/// Moves a reader on.
pub(in crate::notify) async fn move_cursor(
    tx: &Tx,
    reader: &str,
    seq: i64,
    now: Instant,
) -> Result<()> {
    cursor::Entity::update_many()
        .col_expr(cursor::Column::Seq, Expr::val(seq))
        .col_expr(cursor::Column::UpdatedAt, Expr::val(now))
        .filter(cursor::Column::Reader.eq(reader))
        .exec(tx)
        .await?;
    Ok(())
}

/// One row by its key.
macro_rules! by_key {
    ($($(#[$doc:meta])* $name:ident: $entity:ident by $id:ty;)+) => {$(
        $(#[$doc])*
        pub(in crate::notify) async fn $name<C: ConnectionTrait>(
            conn: &C,
            id: $id,
        ) -> Result<Option<$entity::Model>> {
            Ok($entity::Entity::find_by_id(id).one(conn).await?)
        }
    )+};
}

by_key! {
    /// A submission, whoever asks.
    submission: submission by SubmissionId;
    /// A person.
    person: person by PersonId;
    /// A decision.
    decision: decision by DecisionId;
    /// A response.
    response: response by ResponseId;
    /// A comment.
    comment: comment by CommentId;
    /// A notification.
    notification: notification by NotificationId;
    /// A mail.
    mail: mail by MailId;
    /// A mailed code.
    login_code: login_code by LoginCodeId;
    /// What an author wrote.
    wording: wording by TextId;
    /// An integration.
    service: service by ServiceId;
}

/// One fact.
pub(in crate::notify) async fn fact<C: ConnectionTrait>(
    conn: &C,
    seq: i64,
) -> Result<Option<fact::Model>> {
    Ok(fact::Entity::find_by_id(seq).one(conn).await?)
}

/// One line of a list of what waits too long.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Waiting {
    /// Which.
    pub id: SubmissionId,
    /// What people call it.
    pub reference: String,
    /// Since when.
    pub created_at: Instant,
}

/// What stands on the list of a person and day, still waits too long, and is this person's to see
/// and to work on now; the longest waiting first.
pub(in crate::notify) async fn waiting<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    (day, now): (Day, Instant),
) -> Result<Vec<Waiting>> {
    let listed = Query::select()
        .column(escalated::Column::SubmissionId)
        .from(escalated::Entity)
        .and_where(escalated::Column::PersonId.eq(actor.person()))
        .and_where(escalated::Column::Day.eq(day))
        .to_owned();
    let lines = submissions::query::visible_to(actor)
        .filter(submissions::query::inside(actor))
        .filter(submission::Column::Id.in_subquery(listed))
        .filter(submission::Column::DueAt.lt(now))
        .order_by_asc(submission::Column::DueAt)
        .order_by_asc(submission::Column::Id)
        .select_only()
        .column(submission::Column::Id)
        .column(submission::Column::Reference)
        .column(submission::Column::CreatedAt);
    Ok(lines.into_model().all(conn).await?)
}

/// A person and the own site of their home unit.
pub(in crate::notify) async fn person_with_site<C: ConnectionTrait>(
    conn: &C,
    id: PersonId,
) -> Result<Option<(person::Model, UnitId)>> {
    let Some(person) = person(conn, id).await? else { return Ok(None) };
    let home = unit::Entity::find_by_id(person.home_unit_id).one(conn).await?;
    Ok(home.map(|home| (person, home.site_id)))
}

/// One setting of the organisation.
pub(in crate::notify) async fn setting<C: ConnectionTrait>(
    conn: &C,
    key: &str,
) -> Result<Option<String>> {
    let found = setting::Entity::find_by_id(key.to_owned()).one(conn).await?;
    Ok(found.map(|row| row.value).filter(|value| !value.is_empty()))
}

/// The name of a reason in the first of these languages that has one, or else its code.
pub(in crate::notify) async fn reason_label<C: ConnectionTrait>(
    conn: &C,
    id: ReasonId,
    languages: &[&str],
) -> Result<Option<String>> {
    let Some(reason) = reason::Entity::find_by_id(id).one(conn).await? else { return Ok(None) };
    let labels = label::Entity::find()
        .filter(label::Column::SubjectId.eq(id.0))
        .filter(label::Column::Locale.is_in(languages.iter().copied()))
        .all(conn)
        .await?;
    let best =
        languages.iter().find_map(|language| labels.iter().find(|label| label.locale == *language));
    Ok(Some(best.map_or(reason.code, |label| label.text.clone())))
}

/// Who of the people who decide did so last about a submission.
pub(in crate::notify) async fn last_decider<C: ConnectionTrait>(
    conn: &C,
    submission: SubmissionId,
) -> Result<Option<PersonId>> {
    let last = decision::Entity::find()
        .filter(decision::Column::SubmissionId.eq(submission))
        .filter(decision::Column::Letter.is_in([Letter::Reviewer, Letter::Manager]))
        .order_by_desc(decision::Column::DecidedAt)
        .one(conn)
        .await?;
    Ok(last.and_then(|decision| decision.decider_id))
}

/// Who asked the latest question about a submission.
pub(in crate::notify) async fn last_asker<C: ConnectionTrait>(
    conn: &C,
    submission: SubmissionId,
) -> Result<Option<PersonId>> {
    let last = decision::Entity::find()
        .filter(decision::Column::SubmissionId.eq(submission))
        .filter(decision::Column::ToPhase.eq(Phase::NeedsInfo))
        .order_by_desc(decision::Column::DecidedAt)
        .one(conn)
        .await?;
    Ok(last.and_then(|decision| decision.decider_id))
}

/// Whether `actor` may read a submission now.
pub(in crate::notify) async fn may_read<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: SubmissionId,
) -> Result<bool> {
    let one = submissions::query::visible_to(actor).filter(submission::Column::Id.eq(id));
    Ok(one.count(conn).await? > 0)
}

/// Whether `actor` works on a submission now.
pub(in crate::notify) async fn is_inside<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    id: SubmissionId,
) -> Result<bool> {
    let one = submissions::query::visible_to(actor)
        .filter(submissions::query::inside(actor))
        .filter(submission::Column::Id.eq(id));
    Ok(one.count(conn).await? > 0)
}

/// What everybody who was told of a submission may know of it.
#[derive(Clone, Debug, FromQueryResult)]
pub(in crate::notify) struct Subject {
    id: SubmissionId,
    pub(in crate::notify) reference: String,
    author_id: Option<PersonId>,
    concerned_id: Option<PersonId>,
}

impl Subject {
    /// Whether the person is named as concerned, and did not write it.
    pub(in crate::notify) fn is_recused(&self, person: PersonId) -> bool {
        self.concerned_id == Some(person) && self.author_id != Some(person)
    }
}

/// The submissions that notifications are about.
pub(in crate::notify) async fn subjects<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<HashMap<SubmissionId, Subject>> {
    use submission::Column;
    let rows = submission::Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .select_only()
        .columns([Column::Id, Column::Reference, Column::AuthorId, Column::ConcernedId])
        .into_model::<Subject>()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// The titles of those of these submissions that `actor` may read now.
pub(in crate::notify) async fn readable_titles<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    ids: &[SubmissionId],
) -> Result<HashMap<SubmissionId, String>> {
    let texts = submissions::query::visible_to(actor)
        .filter(submission::Column::Id.is_in(ids.iter().copied()))
        .select_only()
        .column(submission::Column::TextId)
        .into_tuple::<TextId>()
        .all(conn)
        .await?;
    let rows = wording::Entity::find().filter(wording::Column::Id.is_in(texts)).all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.submission_id, row.title)).collect())
}

/// Who of these people are still here, by id.
pub(in crate::notify) async fn people<C: ConnectionTrait>(
    conn: &C,
    ids: &[PersonId],
) -> Result<HashMap<PersonId, person::Model>> {
    let rows = person::Entity::find()
        .filter(person::Column::Id.is_in(ids.iter().copied()))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Who has been told of facts already.
pub(in crate::notify) async fn told_of<C: ConnectionTrait>(
    conn: &C,
    facts: &[i64],
) -> Result<HashSet<(i64, PersonId)>> {
    if facts.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = notification::Entity::find()
        .filter(notification::Column::FactSeq.is_in(facts.iter().copied()))
        .select_only()
        .columns([notification::Column::FactSeq, notification::Column::PersonId]);
    Ok(rows.into_tuple().all(conn).await?.into_iter().collect())
}

/// Who of these people was told of one kind of event since a moment. One statement.
pub(in crate::notify) async fn told_since<C: ConnectionTrait>(
    conn: &C,
    people: &[PersonId],
    (kind, since): (NotificationKind, Instant),
) -> Result<HashSet<PersonId>> {
    let told: Vec<PersonId> = notification::Entity::find()
        .filter(notification::Column::PersonId.is_in(people.iter().copied()))
        .filter(notification::Column::CreatedAt.gt(since))
        .filter(notification::Column::Kind.eq(kind))
        .select_only()
        .column(notification::Column::PersonId)
        .distinct()
        .into_tuple()
        .all(conn)
        .await?;
    Ok(told.into_iter().collect())
}

/// Writes notifications in one statement and returns their ids in the same order.
pub(in crate::notify) async fn write_notifications(
    tx: &Tx,
    scope: &Scope,
    tellings: &[Telling],
) -> Result<Vec<NotificationId>> {
    let ids: Vec<NotificationId> =
        tellings.iter().map(|_| NotificationId(scope.fresh_id())).collect();
    let rows = tellings.iter().zip(&ids).map(|(telling, id)| notification::ActiveModel {
        id: Set(*id),
        person_id: Set(telling.person),
        submission_id: Set(telling.submission),
        kind: Set(telling.kind),
        fact_seq: Set(telling.fact_seq),
        decision_id: Set(telling.decision),
        comment_id: Set(telling.comment),
        item_id: Set(telling.item),
        adoption_id: Set(telling.adoption),
        announcement_id: Set(telling.announcement),
        created_at: Set(scope.now),
        read_at: Set(None),
    });
    if !ids.is_empty() {
        notification::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(ids)
}

/// What is written about one attempt at a mail.
#[derive(Clone, Debug)]
pub(in crate::notify) enum MailNote {
    /// About to be rendered: there is something to forget, should words be taken out meanwhile.
    Begun,
    /// Rendered: these bytes go to this address until they are accepted.
    Rendered { to: String, bytes: Vec<u8> },
    /// Accepted by the server, or captured.
    Sent,
    /// Not sent, for a visible reason.
    Skipped(String),
    /// The server will never take it.
    Failed(String),
    /// Not yet.
    Waiting(String),
    /// Given up for now.
    Dead(String),
}

/// Writes it down, and returns how many rows that changed: what was rendered is not kept where its words
/// were forgotten meanwhile.
pub(in crate::notify) async fn note_mail<C: ConnectionTrait>(
    tx: &C,
    id: MailId,
    note: MailNote,
    now: Instant,
) -> Result<u64> {
    use mail::Column;
    let update = mail::Entity::update_many().filter(Column::Id.eq(id));
    let closed = |update: sea_orm::UpdateMany<mail::Entity>, state: MailState, why| {
        update
            .col_expr(Column::State, Expr::val(state))
            .col_expr(Column::Why, Expr::val(why))
            .col_expr(Column::Bytes, Expr::val(None::<Vec<u8>>))
            .col_expr(Column::ClosedAt, Expr::val(now))
    };
    let attempted = |update: sea_orm::UpdateMany<mail::Entity>| {
        update.col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
    };
    let update = match note {
        MailNote::Begun => update.col_expr(Column::Bytes, Expr::val(Vec::<u8>::new())),
        MailNote::Rendered { to, bytes } => update
            .filter(Column::Bytes.is_not_null())
            .col_expr(Column::ToAddress, Expr::val(to))
            .col_expr(Column::Bytes, Expr::val(bytes)),
        MailNote::Sent => attempted(closed(update, MailState::Sent, None)),
        MailNote::Skipped(why) => closed(update, MailState::Skipped, Some(why)),
        MailNote::Failed(why) => attempted(closed(update, MailState::Failed, Some(why))),
        MailNote::Waiting(why) => attempted(
            update
                .col_expr(Column::State, Expr::val(MailState::Waiting))
                .col_expr(Column::Why, Expr::val(why)),
        ),
        MailNote::Dead(why) => attempted(
            update
                .col_expr(Column::State, Expr::val(MailState::Failed))
                .col_expr(Column::Why, Expr::val(why)),
        ),
    };
    Ok(update.exec(tx).await?.rows_affected)
}

/// Notes that an address is dead: no mail goes there any more, until the address is changed.
pub(in crate::notify) async fn note_bounce<C: ConnectionTrait>(
    tx: &C,
    person: PersonId,
    address: &str,
    now: Instant,
) -> Result<()> {
    person::Entity::update_many()
        .col_expr(person::Column::BouncedAt, Expr::val(now))
        .filter(person::Column::Id.eq(person))
        .filter(person::Column::Email.eq(address))
        .exec(tx)
        .await?;
    Ok(())
}

/// The notifications of one person.
pub(in crate::notify) fn notifications_of(person: PersonId) -> Select<notification::Entity> {
    notification::Entity::find().filter(notification::Column::PersonId.eq(person))
}

/// Those that were not read.
pub(in crate::notify) fn unread() -> Condition {
    Condition::all().add(notification::Column::ReadAt.is_null())
}

/// How many a person has not read of what they want to see.
pub(in crate::notify) async fn count_unread<C: ConnectionTrait>(
    conn: &C,
    person: PersonId,
) -> Result<u64> {
    let shown = shown(conn, person).await?;
    Ok(notifications_of(person).filter(unread()).filter(shown).count(conn).await?)
}

/// Newest first.
pub(in crate::notify) fn newest_notification() -> Keyset<notification::Model> {
    Keyset {
        name: String::from("notification created desc"),
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

/// Which notifications become read.
#[derive(Clone, Debug)]
pub enum Which {
    /// These.
    These(Vec<NotificationId>),
    /// All up to this instant.
    UpTo(Instant),
}

/// Marks notifications of one person as read. Returns how many were not read before.
pub(in crate::notify) async fn mark_read<C: ConnectionTrait>(
    tx: &C,
    person: PersonId,
    which: &Which,
    now: Instant,
) -> Result<u64> {
    let named = match which {
        Which::These(ids) => {
            Condition::all().add(notification::Column::Id.is_in(ids.iter().copied()))
        }
        Which::UpTo(at) => Condition::all().add(notification::Column::CreatedAt.lte(*at)),
    };
    let done = notification::Entity::update_many()
        .col_expr(notification::Column::ReadAt, Expr::val(now))
        .filter(notification::Column::PersonId.eq(person))
        .filter(unread())
        .filter(named)
        .exec(tx)
        .await?;
    Ok(done.rows_affected)
}

/// The mail log. For administrators and auditors: the caller has checked that.
pub(in crate::notify) fn mails() -> Select<mail::Entity> {
    mail::Entity::find()
}

/// Newest first.
pub(in crate::notify) fn newest_mail() -> Keyset<mail::Model> {
    Keyset {
        name: String::from("mail created desc"),
        keys: vec![
            Key {
                expr: Expr::col((mail::Entity, mail::Column::CreatedAt)),
                order: Order::Desc,
                value: |row| KeyValue::Int(row.created_at.micros()),
            },
            Key {
                expr: Expr::col((mail::Entity, mail::Column::Id)),
                order: Order::Desc,
                value: |row| KeyValue::Id(row.id.0),
            },
        ],
        shape: vec![KeyValue::Int(0), KeyValue::Id(uuid::Uuid::nil())],
    }
}

//! What waits for a digest, and what stands in one.
#![allow(clippy::disallowed_methods)] // part of a query.rs

use std::collections::{HashMap, HashSet};

use entity::id::{
    ActionItemId, AdoptionId, DecisionId, MailId, NotificationId, PersonId, SubmissionId,
};
use entity::implementation::values::AdoptionState;
use entity::implementation::{adoption, due, item};
use entity::instant::{Day, Instant};
use entity::notify::{digest_line, mail, notification};
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::submissions::values::Audience;
use entity::workflow::decision;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect,
};

use crate::db::dialect;
use crate::kit::error::Result;

/// A notification that is to wait for a digest.
#[derive(Clone, Copy, Debug)]
pub(in crate::notify) struct NewLine {
    /// Which.
    pub(in crate::notify) notification: NotificationId,
    /// Whose.
    pub(in crate::notify) person: PersonId,
    /// For the digest of this moment.
    pub(in crate::notify) due_at: Instant,
}

/// Writes lines in one statement.
pub(in crate::notify) async fn write_lines<C: ConnectionTrait>(
    tx: &C,
    lines: &[NewLine],
) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let rows = lines.iter().map(|line| digest_line::ActiveModel {
        notification_id: Set(line.notification),
        person_id: Set(line.person),
        due_at: Set(line.due_at),
        mail_id: Set(None),
    });
    digest_line::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// When the next digest falls due.
pub(in crate::notify) async fn next_digest<C: ConnectionTrait>(
    conn: &C,
) -> Result<Option<Instant>> {
    Ok(digest_line::Entity::find()
        .filter(digest_line::Column::MailId.is_null())
        .order_by_asc(digest_line::Column::DueAt)
        .select_only()
        .column(digest_line::Column::DueAt)
        .limit(1)
        .into_tuple()
        .one(conn)
        .await?)
}

/// Whose digests are due, the longest waiting first, at most `most`.
pub(in crate::notify) async fn due_people<C: ConnectionTrait>(
    conn: &C,
    now: Instant,
    most: u64,
) -> Result<Vec<PersonId>> {
    use digest_line::Column;
    Ok(digest_line::Entity::find()
        .filter(Column::MailId.is_null())
        .filter(Column::DueAt.lte(now))
        .select_only()
        .column(Column::PersonId)
        .group_by(Column::PersonId)
        .order_by_asc(Column::DueAt.min())
        .order_by_asc(Column::PersonId)
        .limit(most)
        .into_tuple()
        .all(conn)
        .await?)
}

/// The lines of one person that are due, locked until the transaction ends.
pub(in crate::notify) async fn lines_due<C: ConnectionTrait>(
    tx: &C,
    person: PersonId,
    now: Instant,
) -> Result<Vec<digest_line::Model>> {
    use digest_line::Column;
    let due = digest_line::Entity::find()
        .filter(Column::PersonId.eq(person))
        .filter(Column::MailId.is_null())
        .filter(Column::DueAt.lte(now))
        .order_by_asc(Column::NotificationId);
    Ok(dialect::for_update(tx.get_database_backend(), due).all(tx).await?)
}

/// All lines of one person that wait, locked until the transaction ends.
pub(in crate::notify) async fn lines_waiting<C: ConnectionTrait>(
    tx: &C,
    person: PersonId,
) -> Result<Vec<NotificationId>> {
    use digest_line::Column;
    let waiting = digest_line::Entity::find()
        .filter(Column::PersonId.eq(person))
        .filter(Column::MailId.is_null())
        .order_by_asc(Column::NotificationId);
    let rows = dialect::for_update(tx.get_database_backend(), waiting).all(tx).await?;
    Ok(rows.into_iter().map(|row| row.notification_id).collect())
}

/// Forgets the lines of a mail that was closed.
pub(in crate::notify) async fn forget_lines<C: ConnectionTrait>(
    tx: &C,
    mail: MailId,
) -> Result<()> {
    digest_line::Entity::delete_many()
        .filter(digest_line::Column::MailId.eq(mail))
        .exec(tx)
        .await?;
    Ok(())
}

/// Mails that are closed for good and still have lines, at most `most`.
pub(in crate::notify) async fn closed_with_lines<C: ConnectionTrait>(
    conn: &C,
    most: u64,
) -> Result<Vec<MailId>> {
    let closed = Query::select()
        .expr(Expr::val(1))
        .from(mail::Entity)
        .and_where(
            Expr::col((mail::Entity, mail::Column::Id))
                .equals((digest_line::Entity, digest_line::Column::MailId)),
        )
        .and_where(Expr::col((mail::Entity, mail::Column::ClosedAt)).is_not_null())
        .to_owned();
    Ok(digest_line::Entity::find()
        .filter(digest_line::Column::MailId.is_not_null())
        .filter(Expr::exists(closed))
        .select_only()
        .column(digest_line::Column::MailId)
        .distinct()
        .order_by_asc(digest_line::Column::MailId)
        .limit(most)
        .into_tuple()
        .all(conn)
        .await?)
}

/// Puts the due lines of one person into a digest.
pub(in crate::notify) async fn put_in<C: ConnectionTrait>(
    tx: &C,
    mail: MailId,
    lines: &[NotificationId],
) -> Result<()> {
    digest_line::Entity::update_many()
        .col_expr(digest_line::Column::MailId, Expr::val(mail))
        .filter(digest_line::Column::NotificationId.is_in(lines.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Lets lines wait for a later digest.
pub(in crate::notify) async fn postpone<C: ConnectionTrait>(
    tx: &C,
    lines: &[NotificationId],
    due_at: Instant,
) -> Result<()> {
    digest_line::Entity::update_many()
        .col_expr(digest_line::Column::DueAt, Expr::val(due_at))
        .filter(digest_line::Column::NotificationId.is_in(lines.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// Forgets lines that nobody wants any more.
pub(in crate::notify) async fn delete_lines<C: ConnectionTrait>(
    tx: &C,
    lines: &[NotificationId],
) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    digest_line::Entity::delete_many()
        .filter(digest_line::Column::NotificationId.is_in(lines.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// The notifications of lines, or those that stand in a digest, oldest first.
pub(in crate::notify) async fn notes_of<C: ConnectionTrait>(
    conn: &C,
    lines: Lines<'_>,
) -> Result<Vec<notification::Model>> {
    let select = notification::Entity::find();
    let select = match lines {
        Lines::These(ids) => select.filter(notification::Column::Id.is_in(ids.iter().copied())),
        Lines::In(mail) => {
            let lines = Query::select()
                .column(digest_line::Column::NotificationId)
                .from(digest_line::Entity)
                .and_where(digest_line::Column::MailId.eq(mail))
                .to_owned();
            select.filter(notification::Column::Id.in_subquery(lines))
        }
    };
    Ok(select
        .order_by_asc(notification::Column::FactSeq)
        .order_by_asc(notification::Column::Id)
        .all(conn)
        .await?)
}

/// Which lines are meant.
#[derive(Clone, Copy, Debug)]
pub(in crate::notify) enum Lines<'a> {
    /// Of these notifications.
    These(&'a [NotificationId]),
    /// Of this digest.
    In(MailId),
}

/// How a submission stands, as everybody is shown.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub(in crate::notify) struct Standing {
    id: SubmissionId,
    author_id: Option<PersonId>,
    concerned_id: Option<PersonId>,
    audience: Audience,
    hidden_at: Option<Instant>,
    /// Idea or observation.
    pub(in crate::notify) kind: Kind,
    /// The phase that was announced last.
    pub(in crate::notify) shown_phase: Phase,
    /// When it was announced as done.
    pub(in crate::notify) implemented_shown_at: Option<Instant>,
    /// By when its author hears again.
    pub(in crate::notify) promised_on: Option<Day>,
}

impl Standing {
    /// Whether only who may read it hears of it at all: it is for the CX team, or hidden.
    pub(in crate::notify) fn is_for_readers_alone(&self) -> bool {
        self.audience == Audience::CxTeamOnly || self.hidden_at.is_some()
    }

    /// Whether the person is named as concerned, and did not write it.
    pub(in crate::notify) fn is_recused(&self, person: PersonId) -> bool {
        self.concerned_id == Some(person) && self.author_id != Some(person)
    }
}

/// How submissions stand. One statement.
pub(in crate::notify) async fn standings<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<HashMap<SubmissionId, Standing>> {
    use submission::Column;
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = submission::Entity::find()
        .filter(Column::Id.is_in(ids.iter().copied()))
        .select_only()
        .columns([
            Column::Id,
            Column::AuthorId,
            Column::ConcernedId,
            Column::Audience,
            Column::HiddenAt,
            Column::Kind,
            Column::ShownPhase,
            Column::ImplementedShownAt,
            Column::PromisedOn,
        ])
        .into_model::<Standing>()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Which of these items of plans are still to be done. One statement, or none.
pub(in crate::notify) async fn open_items<C: ConnectionTrait>(
    conn: &C,
    ids: &[ActionItemId],
) -> Result<HashSet<ActionItemId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows =
        item::Entity::find().filter(item::Column::Id.is_in(ids.iter().copied())).all(conn).await?;
    Ok(rows.into_iter().filter(|row| due::is_open(row.status)).map(|row| row.id).collect())
}

/// Which of these offers to sites nobody has answered. One statement, or none.
pub(in crate::notify) async fn open_offers<C: ConnectionTrait>(
    conn: &C,
    ids: &[AdoptionId],
) -> Result<HashSet<AdoptionId>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = adoption::Entity::find()
        .filter(adoption::Column::Id.is_in(ids.iter().copied()))
        .filter(adoption::Column::State.eq(AdoptionState::Offered))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// On which submission each decision was made. One statement.
pub(in crate::notify) async fn decided_on<C: ConnectionTrait>(
    conn: &C,
    ids: &[DecisionId],
) -> Result<HashMap<DecisionId, SubmissionId>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(DecisionId, SubmissionId)> = decision::Entity::find()
        .filter(decision::Column::Id.is_in(ids.iter().copied()))
        .select_only()
        .columns([decision::Column::Id, decision::Column::SubmissionId])
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().collect())
}

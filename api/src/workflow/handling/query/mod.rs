//! What redaction and splitting read and write beside the submission's own row.
#![allow(clippy::disallowed_methods)] // a query.rs

mod deeds;

use std::collections::HashMap;

use entity::clocks::{clock, escalated};
use entity::engagement::{follow, vote};
use entity::external::external_link;
use entity::id::{CommentId, ModerationId, PersonId, ResponseId, SplitId, SubmissionId, TextId};
use entity::implementation::{help, outcome, plan, trial};
use entity::instant::Instant;
use entity::notify::values::NotificationKind;
use entity::notify::{digest_line, notification};
use entity::submissions::submission;
use entity::submissions::{attachment, comment, search_document, tag, wording};
use entity::triage::{cause_link, cause_merge_link};
use entity::workflow::values::{DecisionState, ModerationAct};
use entity::workflow::{decision, moderation, response, split, split_part};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel as _, PaginatorTrait as _, QueryFilter, QueryOrder, QuerySelect as _,
};

use crate::db::dialect;
use crate::kit::error::Result;
use crate::kit::scope::Scope;
use crate::workflow::reports::query as reports;

pub(super) use deeds::Deeds;

/// Notes who lifted what was hidden or locked, and when.
pub(super) async fn lift<C: ConnectionTrait>(
    tx: &C,
    (id, act): (SubmissionId, ModerationAct),
    (by, at): (Option<PersonId>, Instant),
) -> Result<()> {
    moderation::Entity::update_many()
        .col_expr(moderation::Column::LiftedBy, Expr::val(by))
        .col_expr(moderation::Column::LiftedAt, Expr::val(at))
        .filter(moderation::Column::SubmissionId.eq(id))
        .filter(moderation::Column::Act.eq(act))
        .filter(moderation::Column::LiftedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// Most steps from a part to what was sent, and back: more is a circle, which no split makes.
const GENERATIONS: usize = 100;

/// A submission, what it was split from and into, however often, by id: they hold words of one text.
pub(super) async fn family<C: ConnectionTrait>(
    conn: &C,
    row: &submission::Model,
) -> Result<Vec<submission::Model>> {
    let mut first = row.clone();
    for _ in 0..GENERATIONS {
        let Some(whole) = first.split_from else { break };
        match submission::Entity::find_by_id(whole).one(conn).await? {
            Some(whole) => first = whole,
            None => break,
        }
    }
    let mut last = vec![first.id];
    let mut kin = vec![first];
    for _ in 0..GENERATIONS {
        let parts = submission::Column::SplitFrom.is_in(last.iter().copied());
        let parts = submission::Entity::find().filter(parts).all(conn).await?;
        if parts.is_empty() {
            break;
        }
        last = parts.iter().map(|part| part.id).collect();
        kin.extend(parts);
    }
    kin.sort_by_key(|row| row.id);
    Ok(kin)
}

/// Locks submissions, in the order of their ids whoever does it.
pub(super) async fn lock_all<C: ConnectionTrait>(tx: &C, ids: &[SubmissionId]) -> Result<()> {
    let rows = submission::Entity::find()
        .filter(submission::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(submission::Column::Id);
    dialect::for_update(tx.get_database_backend(), rows).all(tx).await?;
    Ok(())
}

/// Counts a change of submissions that somebody else may be deciding on: nothing else of them is
/// written.
pub(super) async fn touch<C: ConnectionTrait>(
    tx: &C,
    ids: &[SubmissionId],
    at: Instant,
) -> Result<()> {
    submission::Entity::update_many()
        .col_expr(submission::Column::Version, Expr::col(submission::Column::Version).add(1))
        .col_expr(submission::Column::UpdatedAt, Expr::val(at))
        .filter(submission::Column::Id.is_in(ids.iter().copied()))
        .exec(tx)
        .await?;
    Ok(())
}

/// What stands elsewhere because the author of a twin said it: a comment on the twin and one on the
/// canonical one, by the same person at the same moment in the same words, also once they are no
/// longer joined.
pub(super) async fn copies_of<C: ConnectionTrait>(
    conn: &C,
    said: &[comment::Model],
) -> Result<Vec<comment::Model>> {
    let mut copies = Vec::new();
    // A few instants at a time: each is one term of the condition.
    for some in said.chunks(200) {
        let instants = some.iter().map(|it| it.created_at);
        let found = comment::Entity::find()
            .filter(comment::Column::CreatedAt.is_in(instants))
            .filter(comment::Column::AuthorId.is_not_null());
        let same = |copy: &comment::Model| {
            some.iter().any(|it| {
                (it.created_at, it.author_id) == (copy.created_at, copy.author_id)
                    && it.body == copy.body
                    && it.id != copy.id
            })
        };
        copies.extend(found.all(conn).await?.into_iter().filter(same));
    }
    Ok(copies)
}

/// Every revision of the words of these submissions.
pub(super) async fn wordings<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<Vec<wording::Model>> {
    let of = wording::Column::SubmissionId.is_in(ids.iter().copied());
    Ok(wording::Entity::find().filter(of).all(conn).await?)
}

/// Every comment.
pub(super) async fn comments<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
) -> Result<Vec<comment::Model>> {
    Ok(comment::Entity::find().filter(comment::Column::SubmissionId.eq(id)).all(conn).await?)
}

/// Everything that its author was told, or is to be told.
pub(super) async fn responses<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
) -> Result<Vec<response::Model>> {
    Ok(response::Entity::find().filter(response::Column::SubmissionId.eq(id)).all(conn).await?)
}

/// The responses that were announced.
pub(super) async fn announced_responses<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
) -> Result<Vec<ResponseId>> {
    let told = decision::Entity::find()
        .filter(decision::Column::SubmissionId.eq(id))
        .filter(decision::Column::State.eq(DecisionState::Announced))
        .all(conn)
        .await?;
    Ok(told.into_iter().filter_map(|decision| decision.response_id).collect())
}

/// Links with a note.
pub(super) async fn noted_links<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
) -> Result<Vec<cause_link::Model>> {
    let links = cause_link::Entity::find()
        .filter(cause_link::Column::SubmissionId.eq(id))
        .filter(cause_link::Column::Note.is_not_null());
    Ok(links.all(conn).await?)
}

/// Links with a note that a merge of causes remembers.
pub(super) async fn noted_kept_links<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
) -> Result<Vec<cause_merge_link::Model>> {
    let links = cause_merge_link::Entity::find()
        .filter(cause_merge_link::Column::SubmissionId.eq(id))
        .filter(cause_merge_link::Column::Note.is_not_null());
    Ok(links.all(conn).await?)
}

/// Photos with a name of their own.
pub(super) async fn named_photos<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
) -> Result<Vec<attachment::Model>> {
    let photos = attachment::Entity::find()
        .filter(attachment::Column::SubmissionId.eq(id))
        .filter(attachment::Column::FileName.is_not_null());
    Ok(photos.all(conn).await?)
}

/// Hidings and lockings with a note.
pub(super) async fn noted_moderations<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
) -> Result<Vec<moderation::Model>> {
    let noted = moderation::Entity::find()
        .filter(moderation::Column::SubmissionId.eq(id))
        .filter(moderation::Column::Note.is_not_null());
    Ok(noted.all(conn).await?)
}

/// Overwrites one revision of words.
pub(super) async fn rewrite_words<C: ConnectionTrait>(
    tx: &C,
    words: &wording::Model,
) -> Result<()> {
    let change = wording::ActiveModel {
        title: Set(words.title.clone()),
        body: Set(words.body.clone()),
        customer_words: Set(words.customer_words.clone()),
        redacted_at: Set(words.redacted_at),
        ..Default::default()
    };
    wording::Entity::update_many()
        .set(change)
        .filter(wording::Column::Id.eq(words.id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Overwrites one comment.
pub(super) async fn rewrite_comment<C: ConnectionTrait>(
    tx: &C,
    (id, body, at): (CommentId, String, Instant),
) -> Result<()> {
    comment::Entity::update_many()
        .col_expr(comment::Column::Body, Expr::val(body))
        .col_expr(comment::Column::RedactedAt, Expr::val(at))
        .filter(comment::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Overwrites one response.
pub(super) async fn rewrite_response<C: ConnectionTrait>(
    tx: &C,
    (id, body, at): (ResponseId, String, Instant),
) -> Result<()> {
    response::Entity::update_many()
        .col_expr(response::Column::Body, Expr::val(body))
        .col_expr(response::Column::RedactedAt, Expr::val(at))
        .filter(response::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Overwrites the note of one link.
pub(super) async fn rewrite_link<C: ConnectionTrait>(
    tx: &C,
    (id, note): (entity::id::CauseLinkId, String),
) -> Result<()> {
    cause_link::Entity::update_many()
        .col_expr(cause_link::Column::Note, Expr::val(note))
        .filter(cause_link::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Overwrites the note of one link that a merge of causes remembers.
pub(super) async fn rewrite_kept_link<C: ConnectionTrait>(
    tx: &C,
    link: &cause_merge_link::Model,
    note: String,
) -> Result<()> {
    cause_merge_link::Entity::update_many()
        .col_expr(cause_merge_link::Column::Note, Expr::val(note))
        .filter(cause_merge_link::Column::MergeId.eq(link.merge_id))
        .filter(cause_merge_link::Column::LinkId.eq(link.link_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Overwrites the name of one photo.
pub(super) async fn rename_photo<C: ConnectionTrait>(
    tx: &C,
    (id, name): (entity::id::AttachmentId, String),
) -> Result<()> {
    attachment::Entity::update_many()
        .col_expr(attachment::Column::FileName, Expr::val(name))
        .filter(attachment::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Overwrites the note of one hiding or locking.
pub(super) async fn rewrite_moderation<C: ConnectionTrait>(
    tx: &C,
    (id, note): (entity::id::ModerationId, String),
) -> Result<()> {
    moderation::Entity::update_many()
        .col_expr(moderation::Column::Note, Expr::val(note))
        .filter(moderation::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// One split.
pub(super) async fn split<C: ConnectionTrait>(
    conn: &C,
    id: SplitId,
) -> Result<Option<split::Model>> {
    Ok(split::Entity::find_by_id(id).one(conn).await?)
}

/// The latest split of a submission that stands.
pub(super) async fn standing_split<C: ConnectionTrait>(
    conn: &C,
    id: SubmissionId,
) -> Result<Option<split::Model>> {
    let latest = split::Entity::find()
        .filter(split::Column::SubmissionId.eq(id))
        .filter(split::Column::UndoneAt.is_null())
        .order_by_desc(split::Column::VersionAfter)
        .limit(1);
    Ok(latest.one(conn).await?)
}

/// Splits of these submissions that were undone.
pub(super) async fn undone_splits<C: ConnectionTrait>(
    conn: &C,
    ids: impl Iterator<Item = SubmissionId>,
) -> Result<Vec<split::Model>> {
    let undone = split::Entity::find()
        .filter(split::Column::SubmissionId.is_in(ids))
        .filter(split::Column::UndoneAt.is_not_null());
    Ok(undone.all(conn).await?)
}

/// The new submissions of a split, in order.
pub(super) async fn parts<C: ConnectionTrait>(
    conn: &C,
    id: SplitId,
) -> Result<Vec<submission::Model>> {
    let places: HashMap<SubmissionId, i32> = split_part::Entity::find()
        .filter(split_part::Column::SplitId.eq(id))
        .all(conn)
        .await?
        .into_iter()
        .map(|part| (part.submission_id, part.position))
        .collect();
    let of = submission::Column::Id.is_in(places.keys().copied());
    let mut parts = submission::Entity::find().filter(of).all(conn).await?;
    parts.sort_by_key(|part| places.get(&part.id).copied());
    Ok(parts)
}

/// Writes which submissions a split made.
pub(super) async fn write_parts<C: ConnectionTrait>(
    tx: &C,
    id: SplitId,
    parts: &[submission::Model],
) -> Result<()> {
    let rows = (1..).zip(parts).map(|(position, part)| split_part::ActiveModel {
        split_id: Set(id),
        submission_id: Set(part.id),
        position: Set(position),
    });
    split_part::Entity::insert_many(rows).exec_without_returning(tx).await?;
    Ok(())
}

/// Points a submission at other words.
pub(super) async fn point_at<C: ConnectionTrait>(
    tx: &C,
    id: SubmissionId,
    text: TextId,
) -> Result<()> {
    submission::Entity::update_many()
        .col_expr(submission::Column::TextId, Expr::val(text))
        .filter(submission::Column::Id.eq(id))
        .exec(tx)
        .await?;
    Ok(())
}

/// The tags of a submission.
pub(super) async fn tags<C: ConnectionTrait>(conn: &C, id: SubmissionId) -> Result<Vec<String>> {
    let tags = tag::Entity::find().filter(tag::Column::SubmissionId.eq(id)).all(conn).await?;
    Ok(tags.into_iter().map(|tag| tag.tag).collect())
}

/// Lets everybody who follows `from` follow the parts too.
pub(super) async fn copy_followers<C: ConnectionTrait>(
    tx: &C,
    (from, at): (SubmissionId, Instant),
    parts: &[submission::Model],
) -> Result<()> {
    let followers =
        follow::Entity::find().filter(follow::Column::SubmissionId.eq(from)).all(tx).await?;
    let rows: Vec<follow::ActiveModel> = parts
        .iter()
        .flat_map(|part| {
            followers.iter().map(move |follower| follow::ActiveModel {
                submission_id: Set(part.id),
                person_id: Set(follower.person_id),
                source: Set(follower.source),
                created_at: Set(at),
            })
        })
        .collect();
    // PostgreSQL takes 65,535 values in one statement, SQLite 32,766.
    for some in rows.chunks(1_000) {
        follow::Entity::insert_many(some.to_vec()).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Whether anybody has added anything to these submissions.
pub(super) async fn were_touched<C: ConnectionTrait>(
    conn: &C,
    ids: &[SubmissionId],
) -> Result<bool> {
    let ids = || ids.iter().copied();
    let comments = comment::Entity::find().filter(comment::Column::SubmissionId.is_in(ids()));
    let votes = vote::Entity::find().filter(vote::Column::SubmissionId.is_in(ids()));
    let photos = attachment::Entity::find().filter(attachment::Column::SubmissionId.is_in(ids()));
    let links = cause_link::Entity::find().filter(cause_link::Column::SubmissionId.is_in(ids()));
    let decisions = decision::Entity::find().filter(decision::Column::SubmissionId.is_in(ids()));
    let folded = cause_merge_link::Entity::find()
        .filter(cause_merge_link::Column::SubmissionId.is_in(ids()));
    let kin = Condition::any()
        .add(submission::Column::MergedInto.is_in(ids()))
        .add(submission::Column::SplitFrom.is_in(ids()));
    Ok(comments.count(conn).await? > 0
        || votes.count(conn).await? > 0
        || photos.count(conn).await? > 0
        || links.count(conn).await? > 0
        || decisions.count(conn).await? > 0
        || folded.count(conn).await? > 0
        || is_acted_on(conn, &ids().collect::<Vec<_>>()).await?
        || reports::count_of(conn, &ids().collect::<Vec<_>>()).await? > 0
        || submission::Entity::find().filter(kin).count(conn).await? > 0)
}

/// Whether anything is planned, tried, measured or offered for these submissions.
async fn is_acted_on<C: ConnectionTrait>(conn: &C, ids: &[SubmissionId]) -> Result<bool> {
    let ids = || ids.iter().copied();
    let plans = plan::Entity::find().filter(plan::Column::SubmissionId.is_in(ids()));
    let trials = trial::Entity::find().filter(trial::Column::SubmissionId.is_in(ids()));
    let outcomes = outcome::Entity::find().filter(outcome::Column::SubmissionId.is_in(ids()));
    let helpers = help::Entity::find().filter(help::Column::SubmissionId.is_in(ids()));
    Ok(plans.count(conn).await? > 0
        || trials.count(conn).await? > 0
        || outcomes.count(conn).await? > 0
        || helpers.count(conn).await? > 0)
}

/// Writes that the parts of what is hidden or locked are so too, for the same reason.
pub(super) async fn copy_moderations<C: ConnectionTrait>(
    tx: &C,
    scope: &Scope,
    (whole, parts): (&submission::Model, &[submission::Model]),
) -> Result<()> {
    if whole.hidden_at.is_none() && whole.locked_at.is_none() {
        return Ok(());
    }
    let standing = moderation::Entity::find()
        .filter(moderation::Column::SubmissionId.eq(whole.id))
        .filter(moderation::Column::LiftedAt.is_null())
        .all(tx)
        .await?;
    for part in parts {
        for act in &standing {
            let id = ModerationId(scope.fresh_id());
            let copy = moderation::Model { id, submission_id: part.id, ..act.clone() };
            copy.into_active_model().reset_all().insert(tx).await?;
        }
    }
    Ok(())
}

/// Takes untouched parts away, with all that was written with them.
pub(super) async fn remove_parts<C: ConnectionTrait>(
    tx: &C,
    (split, ids): (SplitId, &[SubmissionId]),
) -> Result<()> {
    let ids = || ids.iter().copied();
    split_part::Entity::delete_many()
        .filter(split_part::Column::SplitId.eq(split))
        .exec(tx)
        .await?;
    // Splits of parts that were undone have no parts any more, and go with what they were of.
    split::Entity::delete_many().filter(split::Column::SubmissionId.is_in(ids())).exec(tx).await?;
    follow::Entity::delete_many()
        .filter(follow::Column::SubmissionId.is_in(ids()))
        .exec(tx)
        .await?;
    escalated::Entity::delete_many()
        .filter(escalated::Column::SubmissionId.is_in(ids()))
        .exec(tx)
        .await?;
    moderation::Entity::delete_many()
        .filter(moderation::Column::SubmissionId.is_in(ids()))
        .exec(tx)
        .await?;
    external_link::Entity::delete_many()
        .filter(external_link::Column::SubmissionId.is_in(ids()))
        .exec(tx)
        .await?;
    clock::Entity::delete_many().filter(clock::Column::SubmissionId.is_in(ids())).exec(tx).await?;
    search_document::Entity::delete_many()
        .filter(search_document::Column::SubmissionId.is_in(ids()))
        .exec(tx)
        .await?;
    tag::Entity::delete_many().filter(tag::Column::SubmissionId.is_in(ids())).exec(tx).await?;
    wording::Entity::delete_many()
        .filter(wording::Column::SubmissionId.is_in(ids()))
        .exec(tx)
        .await?;
    let told = Condition::all().add(notification::Column::SubmissionId.is_in(ids()));
    forget_told(tx, told).await?;
    submission::Entity::delete_many().filter(submission::Column::Id.is_in(ids())).exec(tx).await?;
    Ok(())
}

/// Takes away what people were told, also where it still waits for a digest.
async fn forget_told<C: ConnectionTrait>(tx: &C, which: Condition) -> Result<()> {
    let notes = Query::select()
        .column(notification::Column::Id)
        .from(notification::Entity)
        .cond_where(which.clone())
        .to_owned();
    digest_line::Entity::delete_many()
        .filter(digest_line::Column::NotificationId.in_subquery(notes))
        .exec(tx)
        .await?;
    notification::Entity::delete_many().filter(which).exec(tx).await?;
    Ok(())
}

/// Takes one revision of words away, and what its author was told of the split.
pub(super) async fn forget_split<C: ConnectionTrait>(
    tx: &C,
    (split, now): (&split::Model, Instant),
) -> Result<()> {
    wording::Entity::delete_many()
        .filter(wording::Column::Id.eq(split.text_after))
        .exec(tx)
        .await?;
    let told = Condition::all()
        .add(notification::Column::SubmissionId.eq(split.submission_id))
        .add(notification::Column::Kind.eq(NotificationKind::Split))
        .add(notification::Column::CreatedAt.gte(split.created_at));
    forget_told(tx, told).await?;
    split::Entity::update_many()
        .col_expr(split::Column::UndoneAt, Expr::val(now))
        .filter(split::Column::Id.eq(split.id))
        .exec(tx)
        .await?;
    Ok(())
}

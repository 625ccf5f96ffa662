//! The scoped doors of votes and follows. Everything here is about one person: the asker.
#![allow(clippy::disallowed_methods)] // a query.rs

use entity::engagement::values::FollowSource;
use entity::engagement::{follow, vote};
use entity::id::{PersonId, SubmissionId};
use entity::identity::person;
use entity::identity::values::VoteFollows;
use entity::instant::Instant;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Select};

use crate::kit::error::Result;

/// One person's vote or follow of one submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// For what.
    pub submission: SubmissionId,
    /// Whose.
    pub person: PersonId,
}

/// What a write did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// A row came or went.
    Changed,
    /// It was so already.
    Unchanged,
}

impl Written {
    fn rows(affected: u64) -> Self {
        if affected > 0 { Self::Changed } else { Self::Unchanged }
    }
}

/// Writes a vote unless it is there already. A racing twin waits for the submission's lock.
///
/// # Errors
/// A fault of the database.
pub async fn add_vote<C: ConnectionTrait>(tx: &C, mark: Mark, now: Instant) -> Result<Written> {
    let row = vote::ActiveModel {
        submission_id: Set(mark.submission),
        person_id: Set(mark.person),
        created_at: Set(now),
    };
    let inserted = vote::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([vote::Column::SubmissionId, vote::Column::PersonId])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await?;
    Ok(Written::rows(inserted))
}

/// Whether somebody voted for a submission.
///
/// # Errors
/// A fault of the database.
pub async fn has_voted<C: ConnectionTrait>(conn: &C, mark: Mark) -> Result<bool> {
    Ok(vote::Entity::find_by_id((mark.submission, mark.person)).one(conn).await?.is_some())
}

/// Takes a vote away, if there is one.
///
/// # Errors
/// A fault of the database.
pub async fn remove_vote<C: ConnectionTrait>(tx: &C, mark: Mark) -> Result<Written> {
    let deleted = vote::Entity::delete_many()
        .filter(vote::Column::SubmissionId.eq(mark.submission))
        .filter(vote::Column::PersonId.eq(mark.person))
        .exec(tx)
        .await?;
    Ok(Written::rows(deleted.rows_affected))
}

/// Which way the counter of votes goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// One more.
    Up,
    /// One less.
    Down,
}

impl Count {
    /// What is added: 1 or -1.
    #[must_use]
    pub const fn step(self) -> i32 {
        match self {
            Self::Up => 1,
            Self::Down => -1,
        }
    }
}

/// The follow of one person, if there is one.
///
/// # Errors
/// A fault of the database.
pub async fn follow_of<C: ConnectionTrait>(conn: &C, mark: Mark) -> Result<Option<follow::Model>> {
    Ok(follow::Entity::find_by_id((mark.submission, mark.person)).one(conn).await?)
}

/// Writes a follow that came with a vote; one that is there already stays as it is.
///
/// # Errors
/// A fault of the database.
pub async fn follow_by_vote<C: ConnectionTrait>(
    tx: &C,
    mark: Mark,
    now: Instant,
) -> Result<Written> {
    let inserted = follow::Entity::insert(follow_row(mark, FollowSource::Vote, now))
        .on_conflict(follow_key().do_nothing().to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(Written::rows(inserted))
}

/// Writes a follow that was asked for; one that came with a vote becomes one that was asked for,
/// so that it outlives the vote.
///
/// # Errors
/// A fault of the database.
pub async fn follow_by_wish<C: ConnectionTrait>(tx: &C, mark: Mark, now: Instant) -> Result<()> {
    follow::Entity::insert(follow_row(mark, FollowSource::Asked, now))
        .on_conflict(follow_key().update_column(follow::Column::Source).to_owned())
        .exec_without_returning(tx)
        .await?;
    Ok(())
}

fn follow_row(mark: Mark, source: FollowSource, now: Instant) -> follow::ActiveModel {
    follow::ActiveModel {
        submission_id: Set(mark.submission),
        person_id: Set(mark.person),
        source: Set(source),
        created_at: Set(now),
    }
}

fn follow_key() -> OnConflict {
    OnConflict::columns([follow::Column::SubmissionId, follow::Column::PersonId])
}

/// Ends a follow, if there is one.
///
/// # Errors
/// A fault of the database.
pub async fn unfollow<C: ConnectionTrait>(tx: &C, mark: Mark) -> Result<Written> {
    remove_follow(tx, mark, &FollowSource::ALL).await
}

/// Ends the follow that came with a vote; one that was asked for stays.
///
/// # Errors
/// A fault of the database.
pub async fn unfollow_vote<C: ConnectionTrait>(tx: &C, mark: Mark) -> Result<Written> {
    remove_follow(tx, mark, &[FollowSource::Vote]).await
}

async fn remove_follow<C: ConnectionTrait>(
    tx: &C,
    mark: Mark,
    sources: &[FollowSource],
) -> Result<Written> {
    let deleted = follow::Entity::delete_many()
        .filter(follow::Column::SubmissionId.eq(mark.submission))
        .filter(follow::Column::PersonId.eq(mark.person))
        .filter(follow::Column::Source.is_in(sources.iter().copied()))
        .exec(tx)
        .await?;
    Ok(Written::rows(deleted.rows_affected))
}

/// Whether a vote of this person also follows.
///
/// # Errors
/// A fault of the database.
pub async fn vote_follows<C: ConnectionTrait>(conn: &C, person: PersonId) -> Result<VoteFollows> {
    let found = person::Entity::find_by_id(person).one(conn).await?;
    Ok(found.map_or(VoteFollows::Yes, |person| person.vote_follows))
}

/// Keeps whether the votes of this person also follow.
///
/// # Errors
/// A fault of the database.
pub async fn set_vote_follows<C: ConnectionTrait>(
    tx: &C,
    person: PersonId,
    vote_follows: VoteFollows,
) -> Result<Written> {
    let updated = person::Entity::update_many()
        .col_expr(person::Column::VoteFollows, Expr::val(vote_follows))
        .col_expr(person::Column::Version, Expr::col(person::Column::Version).add(1))
        .filter(person::Column::Id.eq(person))
        .filter(person::Column::VoteFollows.ne(vote_follows))
        .exec(tx)
        .await?;
    Ok(Written::rows(updated.rows_affected))
}

/// Votes of this person among the submissions that `of` is true for.
#[must_use]
pub fn votes_among(
    person: PersonId,
    of: impl FnOnce(vote::Column) -> Expr,
) -> Select<vote::Entity> {
    vote::Entity::find()
        .filter(vote::Column::PersonId.eq(person))
        .filter(of(vote::Column::SubmissionId))
}

/// Follows of this person among the submissions that `of` is true for.
#[must_use]
pub fn follows_among(
    person: PersonId,
    of: impl FnOnce(follow::Column) -> Expr,
) -> Select<follow::Entity> {
    follow::Entity::find()
        .filter(follow::Column::PersonId.eq(person))
        .filter(of(follow::Column::SubmissionId))
}

/// Which of `submissions` this person voted for. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn voted<C: ConnectionTrait>(
    conn: &C,
    person: PersonId,
    submissions: &[SubmissionId],
) -> Result<Vec<SubmissionId>> {
    let votes = votes_among(person, |column| column.is_in(submissions.iter().copied()));
    let votes = votes.all(conn).await?;
    Ok(votes.into_iter().map(|vote| vote.submission_id).collect())
}

/// Which of `submissions` this person follows. One statement.
///
/// # Errors
/// A fault of the database.
pub async fn followed<C: ConnectionTrait>(
    conn: &C,
    person: PersonId,
    submissions: &[SubmissionId],
) -> Result<Vec<SubmissionId>> {
    let follows = follows_among(person, |column| column.is_in(submissions.iter().copied()));
    let follows = follows.all(conn).await?;
    Ok(follows.into_iter().map(|follow| follow.submission_id).collect())
}

//! The queue: asking for work, taking it under a lease, finishing it or putting it back.
//!
//! # Leases
//! A worker that takes a job holds it for [`LEASE`], and renews while it works. When the lease runs
//! out the worker is taken to be dead and the job goes back. Every taking counts the job's fencing
//! number up, and finishing needs the newest one: a worker that slept through its lease cannot
//! finish, or put back, what somebody else has taken over.
//!
//! Leases are measured on a clock of their own (architecture, law 5), never on the injected one:
//! `clock_timestamp()` on PostgreSQL, where several processes share it; a monotonic instant of this
//! process on SQLite, where one process alone works on a file. What an earlier process of the same
//! file left behind is told by no clock, so [`reclaim_all`] takes everything back at start.

use std::time::Duration;

use entity::id::JobId;
use entity::instant::{HOUR, Instant, SECOND};
use entity::jobs::job;
use sea_orm::ConnectionTrait;
use serde::Serialize;

use super::query;
use crate::kit::error::{Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::kit::secret;

/// How long a worker holds a job without renewing (trust.md, R4).
pub const LEASE: Duration = Duration::from_secs(20);
/// Wait before the second attempt, in microseconds (trust.md, Mail).
pub const FIRST_WAIT: i64 = 15 * SECOND;
/// Longest wait between two attempts, in microseconds.
pub const LONGEST_WAIT: i64 = HOUR;
/// From the wish to giving up, in microseconds.
pub const HORIZON: i64 = 72 * HOUR;
/// Longest kept reason of a failure, in characters.
const WHY_LIMIT: usize = 300;

/// Which of two due jobs goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody waits at the screen for it: a sign-in code.
    Urgent,
    /// News.
    Normal,
    /// Whatever can wait: digests, repeated work.
    Bulk,
}

impl Priority {
    /// The number in the row; lower goes first.
    #[must_use]
    pub const fn rank(self) -> i32 {
        match self {
            Self::Urgent => 0,
            Self::Normal => 50,
            Self::Bulk => 100,
        }
    }
}

/// Work that somebody wants done.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Which work; see `jobs/roster.rs`.
    pub kind: &'static str,
    /// Id or key of what it is about.
    pub subject: String,
    /// While a job with this key exists, a second one is not made.
    pub dedupe_key: Option<String>,
    /// Ids and enums as JSON, never text or names.
    pub payload: serde_json::Value,
    /// Which goes first.
    pub priority: Priority,
    /// Not before, on the injected clock.
    pub run_at: Instant,
}

impl NewJob {
    /// Work about `subject`, to be done as soon as the transaction is committed.
    #[must_use]
    pub fn now(scope: &Scope, kind: &'static str, subject: impl ToString) -> Self {
        Self {
            kind,
            subject: subject.to_string(),
            dedupe_key: None,
            payload: serde_json::Value::Null,
            priority: Priority::Normal,
            run_at: scope.now,
        }
    }

    /// The same work, later.
    #[must_use]
    pub fn at(mut self, run_at: Instant) -> Self {
        self.run_at = run_at;
        self
    }

    /// The same work with another priority.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// The same work, once while a job with this key exists.
    #[must_use]
    pub fn once(mut self, key: impl Into<String>) -> Self {
        self.dedupe_key = Some(key.into());
        self
    }

    /// The same work with details: ids and enums, never text or names.
    #[must_use]
    pub fn about(mut self, payload: &impl Serialize) -> Self {
        self.payload = serde_json::to_value(payload).unwrap_or_default();
        self
    }
}

/// Whether a wish became a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// A new job.
    New(JobId),
    /// A job with the same key was already there.
    AlreadyWanted,
}

/// Asks for work in the caller's transaction: no commit, no job. Bells ring at the commit.
///
/// # Errors
/// A fault of the database.
pub async fn enqueue(tx: &Tx, scope: &Scope, new: NewJob) -> Result<Enqueued> {
    let id = JobId(scope.fresh_id());
    let inserted = query::insert(tx, vec![(id, new)], scope.now).await?;
    Ok(if inserted > 0 { Enqueued::New(id) } else { Enqueued::AlreadyWanted })
}

/// As [`enqueue`], for many wishes (at most 1,000) in one statement.
///
/// # Errors
/// A fault of the database.
pub async fn enqueue_many(tx: &Tx, scope: &Scope, new: Vec<NewJob>) -> Result<()> {
    let jobs = new.into_iter().map(|new| (JobId(scope.fresh_id()), new)).collect();
    query::insert(tx, jobs, scope.now).await?;
    Ok(())
}

/// Takes the most urgent job that is due now, under a lease; `None` when nothing is due. A due job
/// that somebody else takes at this moment is passed over, never waited for.
///
/// # Errors
/// A fault of the database.
pub async fn claim(scope: &Scope) -> Result<Option<job::Model>> {
    // A look with the readers first: an idle worker must not take turns at SQLite's writer.
    if !query::is_any_due(&scope.db(), scope.now).await? {
        return Ok(None);
    }
    let tx = scope.begin().await?;
    let job = query::take(&tx, scope.now, LEASE).await?;
    tx.commit_silently(job).await
}

/// Whether a worker still holds what it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It does.
    Held,
    /// The lease ran out and somebody else has it, or it is gone.
    Lost,
}

impl Hold {
    fn of(rows: u64) -> Self {
        if rows == 1 { Self::Held } else { Self::Lost }
    }
}

/// Prolongs the lease of a job under way.
///
/// # Errors
/// A fault of the database.
pub async fn renew(scope: &Scope, job: &job::Model) -> Result<Hold> {
    let tx = scope.begin().await?;
    let rows = query::renew(&tx, job, LEASE).await?;
    tx.commit_silently(Hold::of(rows)).await
}

/// The work is done: the job goes.
///
/// # Errors
/// A fault of the database.
pub async fn finish<C: ConnectionTrait>(tx: &C, job: &job::Model) -> Result<Hold> {
    Ok(Hold::of(query::remove(tx, job).await?))
}

/// What becomes of a job whose attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Tried again, not before then.
    Again(Instant),
    /// Given up: a visible dead letter.
    Dead,
}

/// The wait after the `attempts`-th failed attempt: 15 s x 2^n, at most an hour, and up to a fifth
/// more or less so that what failed together does not come back together. `dice` decides how much.
#[must_use]
pub fn wait(attempts: i32, dice: u8) -> i64 {
    let doublings = u32::try_from(attempts.max(1) - 1).unwrap_or(0).min(16);
    let whole = FIRST_WAIT.saturating_mul(1_i64 << doublings).min(LONGEST_WAIT);
    let fifth = whole / 5;
    whole - fifth + 2 * fifth * i64::from(dice) / i64::from(u8::MAX)
}

/// What becomes of `job` after an attempt that failed at `now`.
#[must_use]
pub fn fate(job: &job::Model, now: Instant, dice: u8) -> Fate {
    let again = now.plus(wait(job.attempts, dice));
    if again.since(job.created_at) > HORIZON { Fate::Dead } else { Fate::Again(again) }
}

/// The attempt failed: the job goes back until its next time, or is given up.
///
/// # Errors
/// A fault of the database.
pub async fn put_back<C: ConnectionTrait>(
    tx: &C,
    job: &job::Model,
    fate: Fate,
    why: &str,
) -> Result<Hold> {
    let why: String = why.chars().filter(|c| !c.is_control()).take(WHY_LIMIT).collect();
    Ok(Hold::of(query::put_back(tx, job, fate, why).await?))
}

/// A throw of the dice for [`wait`].
///
/// # Errors
/// A fault when there is no randomness.
pub fn dice() -> Result<u8> {
    Ok(secret::random::<1>()?[0])
}

/// Takes back what dead workers hold: leases that ran out. Returns how many.
///
/// # Errors
/// A fault of the database.
pub async fn reclaim(scope: &Scope) -> Result<u64> {
    if !query::is_any_lease_over(&scope.db()).await? {
        return Ok(0);
    }
    let tx = scope.begin().await?;
    let rows = query::reclaim_expired(&tx).await?;
    tx.commit(rows).await
}

/// At start on SQLite: whatever is leased belongs to a process that is gone, because one process
/// alone works on a file. On PostgreSQL others may be at work, and their leases run out by
/// themselves. Returns how many were taken back.
///
/// # Errors
/// A fault of the database.
pub async fn reclaim_all(scope: &Scope) -> Result<u64> {
    if scope.house.database.is_shared() {
        return reclaim(scope).await;
    }
    let tx = scope.begin().await?;
    let rows = query::reclaim_leased(&tx).await?;
    tx.commit(rows).await
}

/// Revives a dead letter: it is tried again now, with a fresh horizon.
///
/// # Errors
/// NOT_FOUND at `id` when there is no such dead letter.
pub async fn revive<C: ConnectionTrait>(tx: &C, id: JobId, now: Instant) -> Result<job::Model> {
    query::revive(tx, id, now).await?.ok_or_else(|| Refusal::not_found("id").into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::jobs::values::JobState;
    use proptest::prelude::*;

    fn job(attempts: i32, created_at: Instant) -> job::Model {
        job::Model {
            id: JobId(uuid::Uuid::nil()),
            kind: String::from("mail"),
            subject: String::new(),
            dedupe_key: None,
            payload: String::from("null"),
            priority: 50,
            run_at: created_at,
            state: JobState::Running,
            attempts,
            leased_until: None,
            fence: 1,
            last_error: None,
            created_at,
        }
    }

    #[test]
    fn waits_double_up_to_an_hour() {
        let middle = 128;
        let seconds: Vec<i64> = (1..=10).map(|n| wait(n, middle) / SECOND).collect();
        assert_eq!(seconds, [15, 30, 60, 120, 240, 480, 960, 1921, 3602, 3602]);
    }

    proptest! {
        #[test]
        fn a_wait_is_within_a_fifth(attempts in -5..1_000_i32, dice: u8) {
            let wait = wait(attempts, dice);
            prop_assert!((FIRST_WAIT * 4 / 5..=LONGEST_WAIT * 6 / 5).contains(&wait));
        }
    }

    #[test]
    fn a_job_is_given_up_after_three_days_and_not_before() {
        let (begin, mut now, mut attempts) = (Instant(0), Instant(0), 0);
        loop {
            attempts += 1;
            match fate(&job(attempts, begin), now, 200) {
                Fate::Again(at) => now = at,
                Fate::Dead => break,
            }
        }
        assert!(now.since(begin) > HORIZON - 2 * HOUR && now.since(begin) <= HORIZON);
        assert!((70..=90).contains(&attempts), "{attempts}");
    }
}

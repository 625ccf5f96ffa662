//! Workers: they make rounds and take jobs until they are told to stop.
//!
//! Everything waits for the bell that rings after every commit, for the time at which the next
//! thing falls due, and for at most [`POLL`]: on PostgreSQL another process may have written.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use entity::instant::Instant;
use entity::jobs::job;
use futures_util::FutureExt as _;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::query::{self, Left};
use super::queue::{self, Fate, Hold, LEASE};
use super::roster::{self, Hands, Rounds, Verdict};
use crate::kit::error::Result;
use crate::kit::scope::{House, Scope};

/// Longest sleep of anything here.
pub const POLL: Duration = Duration::from_secs(5);
/// How many jobs are under way at the same time, each with its own connection to the mail server.
pub const LANES: usize = 2;
/// Shortest time between two looks: a hundred commits are looked at once.
const BREATH: Duration = Duration::from_millis(10);
/// How long a stop waits for the jobs under way. What is cut off then runs again elsewhere.
const PATIENCE: Duration = Duration::from_secs(10);
/// Wait after a fault, so that a database that is away is not stormed.
const AFTER_A_FAULT: Duration = Duration::from_secs(1);

/// The workers of one process.
#[derive(Debug)]
pub struct Worker {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Starts the workers on `runtime`, the background runtime that owns the database's sockets.
    #[must_use]
    pub fn start(house: Arc<House>, runtime: Handle) -> Self {
        let stop = watch::Sender::new(false);
        let mut tasks = vec![runtime.spawn(rounds(Shift::new(&house, &stop)))];
        for _ in 0..LANES {
            tasks.push(runtime.spawn(lane(Shift::new(&house, &stop))));
        }
        Self { stop, tasks }
    }

    /// Stops after the jobs under way, or after ten seconds.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        for mut task in self.tasks {
            if timeout(PATIENCE, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

/// What a task of the worker lives by.
struct Shift {
    house: Arc<House>,
    bell: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
}

impl Shift {
    fn new(house: &Arc<House>, stop: &watch::Sender<bool>) -> Self {
        Self { house: house.clone(), bell: house.wake.listen(), stop: stop.subscribe() }
    }

    fn scope(&self) -> Scope {
        Scope::system(self.house.clone())
    }

    fn is_over(&self) -> bool {
        *self.stop.borrow()
    }

    /// Sleeps until the bell rings, something falls due or the poll is over.
    async fn rest(&mut self, next_due: Option<Instant>) {
        let until_due = next_due.map_or(POLL, |at| {
            let micros = at.since(self.house.clock.now()).max(0);
            Duration::from_micros(u64::try_from(micros).unwrap_or(0)).min(POLL)
        });
        tokio::select! {
            () = sleep(until_due.max(BREATH)) => {}
            _ = self.bell.changed() => self.pause(BREATH).await,
            _ = self.stop.changed() => {}
        }
    }

    async fn pause(&mut self, length: Duration) {
        tokio::select! {
            () = sleep(length) => {}
            _ = self.stop.changed() => {}
        }
    }
}

/// The rounds: one task, because they follow one order.
async fn rounds(mut shift: Shift) {
    let mut rounds = Rounds::new();
    log("taking back leases", queue::reclaim_all(&shift.scope()).await);
    while !shift.is_over() {
        // What rings from here on is heard by the next rest.
        shift.bell.mark_unchanged();
        let scope = shift.scope();
        log("taking back leases", queue::reclaim(&scope).await);
        match AssertUnwindSafe(rounds.make(&scope)).catch_unwind().await {
            Ok(Ok(round)) if round.busy => shift.pause(BREATH).await,
            Ok(Ok(round)) => shift.rest(round.next_due).await,
            Ok(Err(error)) => {
                tracing::error!(%error, "a round failed");
                shift.pause(AFTER_A_FAULT).await;
            }
            Err(_) => {
                tracing::error!("a round panicked");
                rounds = Rounds::new();
                shift.pause(AFTER_A_FAULT).await;
            }
        }
    }
}

/// A lane: takes one job after the other.
async fn lane(mut shift: Shift) {
    let mut hands = Hands::new(&shift.house);
    while !shift.is_over() {
        shift.bell.mark_unchanged();
        match one_job(&shift.house, &mut hands).await {
            Ok(Found::Job) => {}
            Ok(Found::Nothing) => {
                let next = query::next_due(&shift.scope().db()).await.unwrap_or_default();
                shift.rest(next).await;
            }
            Err(error) => {
                tracing::error!(%error, "a job could not be taken or closed");
                shift.pause(AFTER_A_FAULT).await;
            }
        }
    }
}

enum Found {
    Job,
    Nothing,
}

/// Takes the next due job, makes one attempt and closes it.
async fn one_job(house: &Arc<House>, hands: &mut Hands) -> Result<Found> {
    let Some(job) = queue::claim(&Scope::system(house.clone())).await? else {
        return Ok(Found::Nothing);
    };
    let scope = Scope::system(house.clone());
    let attempt = AssertUnwindSafe(hands.attempt(&scope, &job)).catch_unwind();
    let verdict = tokio::select! {
        verdict = attempt => verdict,
        () = keep(&scope, &job) => {
            tracing::warn!(job = %job.id, "a lease was lost; somebody else has the job");
            return Ok(Found::Job);
        }
    };
    let verdict = verdict.unwrap_or_else(|_| {
        // Whatever it held may be half done.
        *hands = Hands::new(house);
        Verdict::again("The attempt panicked; see the log.")
    });
    close(house, &job, verdict).await?;
    Ok(Found::Job)
}

/// Renews the lease until it is lost. A renewal that the database refuses for the moment is tried
/// again: the lease has time for two more.
async fn keep(scope: &Scope, job: &job::Model) {
    loop {
        sleep(LEASE / 3).await;
        match queue::renew(scope, job).await {
            Ok(Hold::Held) => {}
            Ok(Hold::Lost) => return,
            Err(error) => tracing::warn!(job = %job.id, %error, "a lease was not renewed"),
        }
    }
}

/// Writes down how an attempt ended. If this fails the lease runs out and the work is done again.
async fn close(house: &Arc<House>, job: &job::Model, verdict: Verdict) -> Result<()> {
    let scope = Scope::system(house.clone());
    let (fate, why) = match verdict {
        Verdict::Done => {
            let tx = scope.begin().await?;
            let hold = queue::finish(&tx, job).await?;
            tx.commit_silently(()).await?;
            return told_if_lost(job, hold);
        }
        Verdict::Finished(hold) => return told_if_lost(job, hold),
        Verdict::Again { why } => (queue::fate(job, scope.now, queue::dice()?), why),
        Verdict::GiveUp { why } => (Fate::Dead, why),
    };
    let tx = scope.begin().await?;
    let hold = queue::put_back(&tx, job, fate, &why).await?;
    if hold == Hold::Held {
        roster::note(&tx, &scope, job, (fate, &why)).await?;
    }
    tx.commit_silently(()).await?;
    metrics::counter!("earshot_jobs_failed_total", "kind" => job.kind.clone()).increment(1);
    if fate == Fate::Dead {
        tracing::error!(job = %job.id, kind = job.kind, "a job was given up; see jobsDead");
    }
    told_if_lost(job, hold)
}

fn told_if_lost(job: &job::Model, hold: Hold) -> Result<()> {
    if hold == Hold::Lost {
        tracing::warn!(job = %job.id, "a job was closed by somebody else");
    }
    Ok(())
}

fn log(what: &'static str, result: Result<u64>) {
    match result {
        Ok(0) => {}
        Ok(count) => tracing::warn!(count, "{what}"),
        Err(error) => tracing::error!(%error, "{what} failed"),
    }
}

/// What is left when everything that is due has been done.
pub type Settled = Left;

/// Does everything that is due now, here and at once, beside whatever workers there are: rounds,
/// then jobs, until there is nothing more. For tests and for the command line; a manual clock may
/// be moved before.
///
/// # Errors
/// A fault of the database.
pub async fn settle(house: &Arc<House>) -> Result<Settled> {
    let mut hands = Hands::new(house);
    let mut rounds = Rounds::new();
    loop {
        let round = rounds.make(&Scope::system(house.clone())).await?;
        let mut worked = round.busy;
        while let Found::Job = one_job(house, &mut hands).await? {
            worked = true;
        }
        let scope = Scope::system(house.clone());
        let left = query::left(&scope.db(), scope.now).await?;
        if !worked && left.due == 0 {
            return Ok(left);
        }
        if left.due > 0 {
            // Somebody else's hands are at it.
            sleep(BREATH).await;
        }
    }
}

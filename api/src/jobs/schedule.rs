//! What the clock does: one table of the kinds of work, and one way of doing them.
//!
//! Nothing here keeps a timer of its own: what is due stands in the database with its time, is
//! asked for on the injected clock, and a restart or a clock that jumps loses nothing. Each subject
//! is handled in a transaction of its own, or a few in one, and, by the ledger (`timed.rs`), once for a period,
//! however many processes keep time.
//!
//! A new kind of work is a value of [`TimedKind`] and a line in each of [`next`], [`due`] and [`act`].

use entity::instant::{Instant, SECOND};
use entity::jobs::values::TimedKind;
use uuid::Uuid;

use super::timed::Acted;
use crate::clocks::escalation;
use crate::closing::service::sustain;
use crate::implementation::service::remind;
use crate::kit::error::{Error, Result, once_more};
use crate::kit::scope::{Scope, Tx};
use crate::notify::{digest, sweeping};
use crate::workflow::timed as workflow;

/// Subjects that are looked up at a time.
const ROUND: u64 = 200;

/// When work of a kind falls due next; none when nothing waits for that.
async fn next(kind: TimedKind, scope: &Scope) -> Result<Option<Instant>> {
    match kind {
        TimedKind::Release | TimedKind::Wake | TimedKind::Expire => {
            workflow::next(scope, kind).await
        }
        TimedKind::Escalate => escalation::next_round(scope).await,
        TimedKind::Promise => escalation::next_promise(scope).await,
        TimedKind::Remind => remind::next(scope).await,
        TimedKind::Sustain => sustain::next(scope).await,
        TimedKind::Digest => digest::next(scope).await,
        TimedKind::Sweep => sweeping::next(scope).await,
    }
}

/// What work of a kind is due for, the longest waiting first.
async fn due(kind: TimedKind, scope: &Scope) -> Result<Vec<Uuid>> {
    match kind {
        TimedKind::Release => workflow::releases_due(scope, ROUND).await,
        TimedKind::Wake => workflow::wakes_due(scope, ROUND).await,
        TimedKind::Expire => workflow::questions_due(scope, ROUND).await,
        // One round for the whole organisation.
        TimedKind::Escalate => Ok(vec![Uuid::nil()]),
        TimedKind::Promise => escalation::promises_due(scope, ROUND).await,
        TimedKind::Remind => remind::due(scope, ROUND).await,
        TimedKind::Sustain => sustain::due(scope, ROUND).await,
        TimedKind::Digest => digest::due(scope, ROUND).await,
        TimedKind::Sweep => sweeping::due(scope, ROUND).await,
    }
}

/// Does the work of a kind for one subject.
async fn act(kind: TimedKind, tx: &mut Tx, (scope, subject): (&Scope, Uuid)) -> Result<Acted> {
    match kind {
        TimedKind::Release => workflow::release(tx, scope, subject).await,
        TimedKind::Wake => workflow::wake(tx, scope, subject).await,
        TimedKind::Expire => workflow::expire(tx, scope, subject).await,
        TimedKind::Escalate => escalation::make_round(tx, scope).await,
        TimedKind::Promise => escalation::remind(tx, scope, subject).await,
        TimedKind::Remind => remind::remind(tx, scope, subject).await,
        TimedKind::Sustain => sustain::act(tx, scope, subject).await,
        TimedKind::Digest => digest::gather(tx, scope, subject).await,
        TimedKind::Sweep => sweeping::sweep(tx, scope, subject).await,
    }
}

/// How many subjects share a transaction: what is told together takes a few statements for all.
const fn together(kind: TimedKind) -> usize {
    match kind {
        TimedKind::Release | TimedKind::Sweep => 25,
        _ => 1,
    }
}

/// Does the work of a kind for some subjects, and returns for how many there was something to do.
async fn act_on(kind: TimedKind, tx: &mut Tx, (scope, some): (&Scope, &[Uuid])) -> Result<u64> {
    if kind == TimedKind::Release && some.len() > 1 {
        return workflow::release_some(tx, scope, some).await;
    }
    let mut done = 0;
    for subject in some {
        done += u64::from(act(kind, tx, (scope, *subject)).await? == Acted::Done);
    }
    Ok(done)
}

/// What one look at the clock did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    done: [u64; TimedKind::ALL.len()],
    /// When there is something to do again; none when nothing waits for time to pass.
    pub next: Option<Instant>,
}

impl Ticked {
    /// For how many subjects work of a kind was done.
    #[must_use]
    pub fn done(&self, kind: TimedKind) -> u64 {
        self.done[kind as usize]
    }
}

/// Does everything that is due now and tells when the next thing will be. One statement for a kind
/// of which nothing is due, or two.
///
/// # Errors
/// A fault of the database; what was done before it stays done.
pub async fn tick(scope: &Scope) -> Result<Ticked> {
    let (mut ticked, mut failed) = (Ticked::default(), None);
    for kind in TimedKind::ALL {
        // A kind that fails keeps no other from being done: all are tried, then the first failure is
        // told.
        match all_of(kind, scope).await {
            Ok((done, next)) => {
                ticked.done[kind as usize] = done;
                ticked.next = [ticked.next, next].into_iter().flatten().min();
            }
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(ticked), Err)
}

async fn all_of(kind: TimedKind, scope: &Scope) -> Result<(u64, Option<Instant>)> {
    let mut done = 0;
    let first = next(kind, scope).await?;
    if first.is_none_or(|at| at > scope.now) {
        return Ok((done, first));
    }
    loop {
        let due = due(kind, scope).await?;
        let progress = each(kind, scope, &due).await?;
        done += progress;
        if progress == 0 || (due.len() as u64) < ROUND {
            break;
        }
    }
    // What is still due although nothing could be done is not asked for again and again.
    let next = next(kind, scope).await?;
    Ok((done, next.map(|at| at.max(scope.now.plus(SECOND)))))
}

/// A few in a transaction; one that fails keeps no other waiting, for then each has its own.
async fn each(kind: TimedKind, scope: &Scope, due: &[Uuid]) -> Result<u64> {
    let (mut progress, mut failed) = (0, None);
    for part in due.chunks(together(kind)) {
        match once_more(|| some(kind, scope, part)).await {
            Ok(done) => progress += done,
            Err(_) if part.len() > 1 => {
                for alone in part.chunks(1) {
                    match once_more(|| some(kind, scope, alone)).await {
                        Ok(done) => progress += done,
                        Err(error) => failed = failed.or(Some(not_done(kind, alone, error))),
                    }
                }
            }
            Err(error) => failed = failed.or(Some(not_done(kind, part, error))),
        }
    }
    failed.map_or(Ok(progress), Err)
}

fn not_done(kind: TimedKind, subjects: &[Uuid], error: Error) -> Error {
    tracing::error!(%kind, ?subjects, %error, "what was due was not done");
    error
}

async fn some(kind: TimedKind, scope: &Scope, subjects: &[Uuid]) -> Result<u64> {
    let mut tx = scope.begin().await?;
    match act_on(kind, &mut tx, (scope, subjects)).await? {
        // Nothing stays of the transaction.
        0 => Ok(0),
        done => tx.commit_silently(done).await,
    }
}

//! The end of the log, read once for all who follow it live.
//!
//! One task for each process reads facts as they come, by the gap rule, and passes them on. Who
//! wants to follow from an earlier place reads up to [`Tail::position`] by itself: what the tail has
//! passed is complete. The position moves before a fact is passed on, so whoever first listens and
//! then asks for the position misses nothing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use entity::facts::fact;
use entity::instant::{Instant, MINUTE};
use sea_orm::ConnectionTrait;
use tokio::runtime::Handle;
use tokio::sync::{broadcast, watch};
use tokio::time::{sleep, timeout};

use super::error::{Code, Fault, Result};
use super::fact::{self as log, FactReader};
use super::scope::{House, Scope};

/// Facts that a slow listener may lag behind before it has to read the log itself.
const BACKLOG: usize = 1_024;
/// Facts read at once.
const BATCH: u64 = BATCH_LEN as u64;
const BATCH_LEN: usize = 500;
/// Where the tail begins, counted back from the newest fact: far enough that whatever was still
/// under way then lies behind it.
const MARGIN: i64 = 1_000;
/// How soon a gap is looked at again.
const GAP: Duration = Duration::from_millis(10);
/// How often somebody else's facts are looked for where other processes may write.
const SHARED_POLL: Duration = Duration::from_millis(500);
/// The same for short command-line verbs beside the one server.
const ALONE_POLL: Duration = Duration::from_secs(5);
/// How long whoever pulls waits for what was committed a moment ago.
const PATIENCE: Duration = Duration::from_millis(500);

/// The live end of the log. Its task ends when this is dropped.
#[derive(Debug)]
pub struct Tail {
    facts: broadcast::Sender<Arc<fact::Model>>,
    position: watch::Receiver<Option<i64>>,
    begun: Mutex<Option<Begun>>,
    _stop: watch::Sender<()>,
}

/// Where what was stated since a moment begins, as it was found last.
#[derive(Clone, Debug)]
struct Begun {
    epoch: String,
    since: Instant,
    behind: i64,
}

impl Tail {
    /// Starts to read on `runtime`.
    #[must_use]
    pub fn start(house: Arc<House>, runtime: &Handle) -> Arc<Self> {
        let (facts, _) = broadcast::channel(BACKLOG);
        let (moved, position) = watch::channel(None);
        let (stop, stopped) = watch::channel(());
        let task = Task { house, facts: facts.clone(), moved };
        runtime.spawn(task.run(stopped));
        Arc::new(Self { facts, position, begun: Mutex::default(), _stop: stop })
    }

    /// Hears every fact that comes from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<fact::Model>> {
        self.facts.subscribe()
    }

    /// The last fact that was passed on; everything before it is in the log for good. Waits until
    /// the tail has found its place.
    ///
    /// # Errors
    /// UNAVAILABLE when the process is about to end.
    pub async fn position(&self) -> Result<i64> {
        let mut position = self.position.clone();
        let found = position.wait_for(Option::is_some).await.map_err(|_| ending())?;
        Ok(found.unwrap_or_default())
    }

    /// The number behind which everything was stated in the minute of `since` or later. It is looked for
    /// once a minute; whoever asks again within it hears the same without a statement.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn begun_since<C: ConnectionTrait>(
        &self,
        conn: &C,
        (epoch, since): (&str, Instant),
    ) -> Result<i64> {
        let since = Instant(since.micros() - since.micros().rem_euclid(MINUTE));
        let found = self.begun.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(found) = found.filter(|it| it.since == since && it.epoch == epoch) {
            return Ok(found.behind);
        }
        let behind = log::begun_since(conn, since).await?;
        let begun = Begun { epoch: epoch.to_owned(), since, behind };
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some(begun);
        Ok(behind)
    }

    /// As [`Tail::position`], where there is something newer once that was passed on, if that takes
    /// but a moment: whoever changed something and then pulls finds it there. One statement.
    ///
    /// # Errors
    /// A fault of the database; UNAVAILABLE when the process is about to end.
    pub async fn caught_up(&self, scope: &Scope) -> Result<i64> {
        let head = log::head(&scope.db()).await?;
        let mut position = self.position.clone();
        let passed = |place: &Option<i64>| place.is_some_and(|place| place >= head);
        if timeout(PATIENCE, position.wait_for(passed)).await.is_ok_and(|it| it.is_err()) {
            return Err(ending().into());
        }
        self.position().await
    }
}

/// The process is about to end.
#[must_use]
pub fn ending() -> Fault {
    Fault { code: Code::Unavailable, detail: String::from("the tail of the log has ended") }
}

struct Task {
    house: Arc<House>,
    facts: broadcast::Sender<Arc<fact::Model>>,
    moved: watch::Sender<Option<i64>>,
}

impl Task {
    async fn run(self, mut stopped: watch::Receiver<()>) {
        tokio::select! {
            () = self.read_on() => {}
            // The sender is dropped with the tail.
            _ = stopped.changed() => {}
        }
    }

    async fn read_on(&self) {
        let mut bell = self.house.wake.listen();
        let poll = if self.house.database.is_shared() { SHARED_POLL } else { ALONE_POLL };
        let mut reader = None;
        loop {
            bell.mark_unchanged();
            let rest = match self.step(&mut reader).await {
                Ok(rest) => rest,
                Err(error) => {
                    tracing::error!(%error, "the log cannot be read");
                    Rest::Long
                }
            };
            match rest {
                Rest::None => {}
                Rest::Short => sleep(GAP).await,
                Rest::Long => tokio::select! {
                    _ = bell.changed() => {}
                    () = sleep(poll) => {}
                },
            }
        }
    }

    async fn step(&self, reader: &mut Option<FactReader>) -> Result<Rest> {
        let db = Scope::system(self.house.clone()).db();
        let reader = match reader {
            Some(reader) => reader,
            none => {
                let head = log::head(&db).await?;
                none.insert(FactReader::after((head - MARGIN).max(0)))
            }
        };
        let facts = reader.next(&db, BATCH).await?;
        let found = !facts.is_empty();
        if self.moved.borrow().is_none() {
            // Still looking for its place: what comes before is told by reading.
            if facts.len() < BATCH_LEN {
                self.moved.send_replace(Some(reader.position()));
            }
            return Ok(Rest::None);
        }
        for fact in facts {
            self.moved.send_replace(Some(fact.seq));
            // Nobody may be listening.
            let _ = self.facts.send(Arc::new(fact));
        }
        if found {
            return Ok(Rest::None);
        }
        Ok(if reader.waits_for_gap() { Rest::Short } else { Rest::Long })
    }
}

enum Rest {
    None,
    Short,
    Long,
}

//! A command's surroundings: who, when, on which database; and the transaction it runs in.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use entity::instant::Instant;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use uuid::Uuid;

use super::actor::{Actor, Principal};
use super::clock::Clock;
use super::error::Result;
use super::fact::{self, NewFact};
use crate::config::Config;
use crate::db::connect::{Counter, Database, Reader, Transaction};
use crate::house::{Keys, Wake};

/// What is the same for every command of one process.
pub struct House {
    /// Settings of the operator.
    pub config: Config,
    /// The database.
    pub database: Database,
    /// The clock.
    pub clock: Clock,
    /// Signing key and derived secrets.
    pub keys: Keys,
    /// Bells: something was committed.
    pub wake: Wake,
    /// Whether screens read ahead.
    pub look_ahead: LookingAhead,
}

/// Whether screens read ahead what is selected. They always do: without it batches read the same, and
/// tests compare both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookAhead {
    /// They do.
    On,
    /// Batches read everything.
    Off,
}

/// The switch, which no setting and nobody's request reaches.
#[derive(Debug, Default)]
pub struct LookingAhead(AtomicBool);

impl LookingAhead {
    /// How it stands.
    #[must_use]
    pub fn get(&self) -> LookAhead {
        if self.0.load(Ordering::Relaxed) { LookAhead::Off } else { LookAhead::On }
    }

    /// For tests.
    pub fn set(&self, look_ahead: LookAhead) {
        self.0.store(look_ahead == LookAhead::Off, Ordering::Relaxed);
    }
}

/// One command's surroundings: built once per request, job or call of the command line.
#[derive(Clone)]
pub struct Scope {
    /// Who asks, with rights as they stand now.
    pub actor: Actor,
    /// When; one instant for the whole command.
    pub now: Instant,
    /// The rest of the process.
    pub house: Arc<House>,
    counter: Counter,
}

impl Scope {
    /// A scope for `actor` at the present instant.
    #[must_use]
    pub fn new(house: Arc<House>, actor: Actor) -> Self {
        let now = house.clock.now();
        let actor = Actor { dialect: house.database.dialect(), ..actor };
        Self { actor, now, house, counter: Counter::default() }
    }

    /// A scope for the system itself.
    #[must_use]
    pub fn system(house: Arc<House>) -> Self {
        Self::new(house, Actor::system())
    }

    /// The same request asked by somebody else (after authentication).
    #[must_use]
    pub fn acting_as(&self, actor: Actor) -> Self {
        let actor = Actor { dialect: self.house.database.dialect(), ..actor };
        Self { actor, ..self.clone() }
    }

    /// The readers.
    #[must_use]
    pub fn db(&self) -> Reader {
        self.house.database.read(&self.counter)
    }

    /// Statements sent in this scope so far; BEGIN and COMMIT not counted.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.counter.get()
    }

    /// Opens the command's transaction.
    ///
    /// # Errors
    /// UNAVAILABLE when the writer does not come free in time.
    pub async fn begin(&self) -> Result<Tx> {
        let inner = self.house.database.begin(&self.counter).await?;
        Ok(Tx {
            inner,
            facts: Vec::new(),
            wake: self.house.wake.clone(),
            actor: self.actor.principal,
            actor_id: self.actor.uuid(),
            now: self.now,
            led_by: None,
        })
    }

    /// A fresh time-ordered UUID for a row made now.
    #[must_use]
    pub fn fresh_id(&self) -> Uuid {
        let at = self.now.micros();
        let seconds = u64::try_from(at.div_euclid(1_000_000)).unwrap_or(0);
        let nanos = u32::try_from(at.rem_euclid(1_000_000)).unwrap_or(0) * 1_000;
        Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
    }
}

/// One write transaction. Dropping it means that nothing happened; [`Tx::commit`] is the only way
/// to hand out a result.
pub struct Tx {
    inner: Transaction,
    facts: Vec<NewFact>,
    wake: Wake,
    actor: Principal,
    actor_id: Option<Uuid>,
    now: Instant,
    led_by: Option<i64>,
}

impl Tx {
    /// The instant of the command that this transaction belongs to.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// States a fact; it is written by `commit`, as the last statement (docs/adr/0001).
    pub fn state(&mut self, fact: NewFact) {
        let caused_by = fact.caused_by.or(self.led_by);
        self.facts.push(NewFact { caused_by, ..fact });
    }

    /// Everything that is stated from now on was led to by that fact: what a reader of the log does
    /// because of what it read.
    pub fn led_by(&mut self, seq: i64) {
        self.led_by = Some(seq);
    }

    /// Writes the facts, commits, rings the bells and only then returns the result.
    ///
    /// # Errors
    /// A fault; then nothing happened.
    pub async fn commit<T>(self, result: T) -> Result<T> {
        if !self.facts.is_empty() {
            fact::write(
                &self.inner,
                &self.facts,
                fact::Stated { by: self.actor, by_id: self.actor_id, at: self.now },
            )
            .await?;
        }
        self.inner.commit().await?;
        self.wake.ring();
        Ok(result)
    }

    /// As [`Tx::commit`] for a transaction that nobody needs to be woken for: a worker's own
    /// book-keeping, which would otherwise wake the worker again.
    ///
    /// # Errors
    /// A fault; then nothing happened.
    pub async fn commit_silently<T>(self, result: T) -> Result<T> {
        if !self.facts.is_empty() {
            return self.commit(result).await;
        }
        self.inner.commit().await?;
        Ok(result)
    }
}

impl Deref for Tx {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        &self.inner
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Tx {
    fn get_database_backend(&self) -> DbBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.inner.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.inner.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.inner.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.inner.query_all_raw(statement).await
    }
}

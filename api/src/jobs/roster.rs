//! Who does which work: the one place that names the rooms whose work the queue carries.
//!
//! As `graphql/schema.rs` is for the surface, this is for the background. Features ask for work by
//! its kind and never import the room that does it.

use std::sync::Arc;

use entity::instant::Instant;
use entity::jobs::job;

use super::queue::{Fate, Hold};
use super::{post, recount};
use crate::closing::service as closing;
use crate::db::search::Backfill;
use crate::kit::error::Result;
use crate::kit::scope::{House, Scope, Tx};
use crate::notify::announcing;
use crate::notify::mailer::Postman;
use crate::notify::reader::Teller;
use crate::routing::reader::Router;
use crate::triage::causes::service as causes;
use crate::workflow::carrying;

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The work is done, or there is nothing left to do: the job goes.
    Done,
    /// The work is done, and the job went in the transaction that said so.
    Finished(Hold),
    /// It may work later.
    Again {
        /// What happened, for administrators; no text that people wrote.
        why: String,
    },
    /// Trying again is useless without somebody's help: a dead letter.
    GiveUp {
        /// What happened, for administrators; no text that people wrote.
        why: String,
    },
}

impl Verdict {
    /// It may work later.
    #[must_use]
    pub fn again(why: impl Into<String>) -> Self {
        Self::Again { why: why.into() }
    }

    /// Trying again is useless.
    #[must_use]
    pub fn give_up(why: impl Into<String>) -> Self {
        Self::GiveUp { why: why.into() }
    }
}

/// What one worker holds between two jobs: its own connection to the mail server.
pub struct Hands {
    postman: Postman,
}

impl Hands {
    /// Empty hands.
    #[must_use]
    pub fn new(house: &Arc<House>) -> Self {
        Self { postman: Postman::new(house) }
    }

    /// Makes one attempt at a job.
    pub async fn attempt(&mut self, scope: &Scope, job: &job::Model) -> Verdict {
        match job.kind.as_str() {
            post::MAIL => self.postman.deliver(scope, job).await,
            recount::RECOUNT => crate::clocks::recount::attempt(scope, job).await,
            causes::CARRY => carrying::attempt(scope, job).await,
            closing::CLOSE => closing::work::attempt(scope, job).await,
            closing::TELL => closing::work::tell(scope, job).await,
            announcing::TELL => announcing::attempt(scope, job).await,
            kind => Verdict::give_up(format!("Nobody here does work of the kind {kind:?}.")),
        }
    }
}

/// What else is to be noted when a job goes back or is given up, in the same transaction.
///
/// # Errors
/// A fault of the database.
pub async fn note(tx: &Tx, scope: &Scope, job: &job::Model, outcome: (Fate, &str)) -> Result<()> {
    match job.kind.as_str() {
        post::MAIL => crate::notify::mailer::note(tx, scope, job, outcome).await,
        _ => Ok(()),
    }
}

/// Work that nobody asks for: it follows from the clock and from the log.
pub struct Rounds {
    teller: Teller,
    router: Router,
    index: Backfill,
}

/// What a round found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// Whether there may be more to do right now.
    pub busy: bool,
    /// When something falls due by the clock.
    pub next_due: Option<Instant>,
}

impl Rounds {
    /// Before the first round.
    #[must_use]
    pub fn new() -> Self {
        Self { teller: Teller::new(), router: Router::new(), index: Backfill::default() }
    }

    /// Announces what is due, routes what has come in, then tells people of both; then makes
    /// findable what was written before there was an index.
    ///
    /// # Errors
    /// A fault of the database; nothing is half done.
    pub async fn make(&mut self, scope: &Scope) -> Result<Round> {
        // What was announced is told even where something else could not be announced.
        let ticked = super::schedule::tick(scope).await;
        let routing = self.router.catch_up(scope).await;
        let telling = self.teller.catch_up(scope).await?;
        let indexing = self.index.step(scope).await?;
        Ok(Round { busy: routing? || telling || indexing, next_due: ticked?.next })
    }
}

impl Default for Rounds {
    fn default() -> Self {
        Self::new()
    }
}

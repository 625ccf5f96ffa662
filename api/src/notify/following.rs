//! Following: announced steps as a stream that can be continued from a cursor, without a gap and
//! without a double (docs/adr/0001, api.md "subscriptions").
//!
//! A follower first reads the log up to where the shared tail is, then hears the tail. One that
//! lags too far behind the tail reads the log again from where it stands: its memory is bounded and
//! it misses nothing. Who it is, and what it may read, is asked anew for every event.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use entity::facts::fact;
use entity::id::{StatusId, SubmissionId, UnitId};
use entity::instant::Instant;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::query;
use crate::http::auth::Credentials;
use crate::identity::service::authenticate;
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::kit::fact as log;
use crate::kit::place::{Place, resync};
use crate::kit::scope::Scope;
use crate::kit::tail::{Tail, ending};

/// The fact that tells of an announced step.
const ANNOUNCED: &str = "submission.announced";
/// Facts read at once.
const BATCH: u64 = 200;

/// Whose steps are followed.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// These alone; all when none.
    pub ids: Option<HashSet<SubmissionId>>,
    /// Those of this unit and of all below it.
    pub unit: Option<UnitId>,
}

/// An announced step.
#[derive(Clone, Debug)]
pub struct Announced {
    /// Where to continue.
    pub cursor: String,
    /// When.
    pub at: Instant,
    /// The submission as it stands.
    pub submission: submission::Model,
    /// The phase that was shown until then.
    pub from: Phase,
    /// The phase that is shown from then on.
    pub to: Phase,
    /// The label until then.
    pub status_from: StatusId,
    /// The label from then on.
    pub status_to: StatusId,
}

/// What the fact says.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    kind: Kind,
    from: Phase,
    to: Phase,
    status_from: StatusId,
    status_to: StatusId,
}

/// Who follows, and with which rights it began.
#[derive(Clone)]
pub struct Caller {
    /// With what it signed in.
    pub credentials: Credentials,
    /// As what.
    pub scope: Scope,
}

impl Caller {
    /// Who it is now. A caller whose rights have changed begins anew: what it has seen, and what it
    /// would see of it now, are two things.
    async fn now(&self) -> Result<Scope> {
        let scope = authenticate(&self.scope.house, &self.credentials).await?;
        if same_rights(&self.scope.actor, &scope.actor) {
            Ok(scope)
        } else {
            Err(resync("What you may read has changed.").into())
        }
    }
}

fn same_rights(before: &Actor, now: &Actor) -> bool {
    let covered =
        |one: &Actor, other: &Actor| one.grants.iter().all(|grant| other.grants.contains(grant));
    before.principal == now.principal
        && (before.home, before.site, before.rules) == (now.home, now.site, now.rules)
        && before.scopes == now.scopes
        && covered(before, now)
        && covered(now, before)
}

/// Follows the announced steps of ideas, from `after` on or from now on.
///
/// # Errors
/// UNAUTHENTICATED; BAD_REQUEST or RESYNC_REQUIRED at `after`. The stream ends with an error when the
/// caller is no longer who it was.
pub async fn idea_steps(
    tail: Arc<Tail>,
    caller: Caller,
    (filter, after): (Filter, Option<String>),
) -> Result<impl Stream<Item = Result<Announced>> + Send + use<>> {
    caller.scope.actor.require_content()?;
    let db = caller.scope.db();
    let epoch = log::epoch(&db).await?;
    let facts = tail.listen();
    let until = tail.position().await?;
    let place = match after {
        Some(cursor) => Place::read(&epoch, &cursor)?.check(&caller.scope).await?,
        None => Place::behind(until),
    };
    // A fact of which not all was told is looked at again.
    let last = place.whole();
    let follower = Follower {
        caller,
        tail,
        facts,
        filter,
        epoch,
        begun: place,
        last,
        until,
        pending: VecDeque::new(),
        ready: VecDeque::new(),
    };
    Ok(stream::unfold(Some(follower), |follower| async {
        let mut follower = follower?;
        match follower.next_step().await {
            Ok(step) => Some((Ok(step), Some(follower))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

struct Follower {
    caller: Caller,
    tail: Arc<Tail>,
    facts: broadcast::Receiver<Arc<fact::Model>>,
    filter: Filter,
    epoch: String,
    /// Where it began.
    begun: Place,
    /// The last fact that was looked at.
    last: i64,
    /// Up to here the log is read; from here on the tail is heard.
    until: i64,
    pending: VecDeque<fact::Model>,
    /// Steps of the last fact that are still to be told.
    ready: VecDeque<Announced>,
}

impl Follower {
    async fn next_step(&mut self) -> Result<Announced> {
        loop {
            if let Some(step) = self.ready.pop_front() {
                return Ok(step);
            }
            let fact = self.next_fact().await?;
            self.ready = self.judge(&fact).await?.into();
        }
    }

    async fn next_fact(&mut self) -> Result<Arc<fact::Model>> {
        loop {
            if let Some(fact) = self.pending.pop_front() {
                self.last = fact.seq;
                return Ok(Arc::new(fact));
            }
            if self.last < self.until {
                self.read_on().await?;
                continue;
            }
            match self.facts.recv().await {
                Ok(fact) if fact.seq > self.last => {
                    self.last = fact.seq;
                    return Ok(fact);
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => self.until = self.tail.position().await?,
                Err(RecvError::Closed) => return Err(ending().into()),
            }
        }
    }

    async fn read_on(&mut self) -> Result<()> {
        let range = (self.last, self.until);
        let found = log::of_kind(&self.caller.scope.db(), ANNOUNCED, range, BATCH).await?;
        if found.is_empty() {
            self.last = self.until;
        }
        self.pending = found.into();
        Ok(())
    }

    /// The steps that a fact tells of, as far as they are asked for and may be seen: that of the
    /// submission itself, and, mirrored, those of its twins whose author or follower asks.
    async fn judge(&self, fact: &fact::Model) -> Result<Vec<Announced>> {
        if fact.kind != ANNOUNCED {
            return Ok(Vec::new());
        }
        let id = SubmissionId(fact.subject_id);
        let Ok(said) = serde_json::from_str::<Said>(&fact.data) else {
            tracing::error!(seq = fact.seq, "a fact cannot be read");
            return Ok(Vec::new());
        };
        let is_news = said.from != said.to || said.status_from != said.status_to;
        if said.kind != Kind::Idea || !is_news {
            return Ok(Vec::new());
        }
        if !self.is_about(id).await? {
            return Ok(Vec::new());
        }
        let scope = self.caller.now().await?;
        let (db, unit) = (scope.db(), self.filter.unit);
        let itself = match self.asked_for(id) {
            true => query::visible_in(&db, &scope.actor, (id, unit)).await?,
            false => None,
        };
        let twins = query::twins_of_mine(&db, &scope.actor, (id, fact.at), unit).await?;
        let twins = twins.into_iter().filter(|twin| self.asked_for(twin.id));
        let told: Vec<submission::Model> = itself.into_iter().chain(twins).collect();
        let already = match self.begun {
            Place { seq, told: Some(told) } if seq == fact.seq => told,
            _ => 0,
        };
        let all = told.len();
        let step = |(at, submission): (usize, submission::Model)| Announced {
            cursor: self.behind(fact.seq, (at + 1, all)),
            at: fact.at,
            submission,
            from: said.from,
            to: said.to,
            status_from: said.status_from,
            status_to: said.status_to,
        };
        Ok(told.into_iter().enumerate().skip(already).map(step).collect())
    }

    /// Whether a step of this submission can be one that is asked for: its own, or a twin's.
    async fn is_about(&self, id: SubmissionId) -> Result<bool> {
        match &self.filter.ids {
            None => Ok(true),
            Some(ids) if ids.contains(&id) => Ok(true),
            Some(ids) => query::any_joined(&self.caller.scope.db(), ids, id).await,
        }
    }

    fn asked_for(&self, id: SubmissionId) -> bool {
        self.filter.ids.as_ref().is_none_or(|ids| ids.contains(&id))
    }

    /// The cursor behind so many of all the steps of a fact.
    fn behind(&self, seq: i64, (told, all): (usize, usize)) -> String {
        Place { seq, told: (told < all).then_some(told) }.cursor(&self.epoch)
    }
}

//! The ordered log of what happened: written with the change, read in order without a gap.
//!
//! Facts hold ids and enums, never text or names (docs/adr/0002). The order and the gap rule are
//! docs/adr/0001.
#![allow(clippy::disallowed_methods)] // the log's own door

use entity::facts::fact;
use entity::facts::values::{ActorKind, FactAudience};
use entity::instant::Instant;
use entity::programs::setting;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;
use uuid::Uuid;

use super::actor::Principal;
use super::error::{Fault, Result};
use crate::db::dialect;

/// A fact about to be stated.
#[derive(Clone, Debug)]
pub struct NewFact {
    /// Past tense, for instance `submission.sent`; a promise to receivers: never renamed.
    pub kind: &'static str,
    /// Noun of the subject, for instance `submission`.
    pub subject_kind: &'static str,
    /// The subject.
    pub subject_id: Uuid,
    /// Who may hear of it.
    pub audience: FactAudience,
    /// The fact that led to it.
    pub caused_by: Option<i64>,
    /// Ids and enums as JSON.
    pub data: serde_json::Value,
    /// Said instead of the actor of the transaction: an authorless submission states NOBODY.
    pub actor: Option<ActorKind>,
}

impl NewFact {
    /// A fact that the readers of its subject may hear of.
    #[must_use]
    pub fn new(kind: &'static str, subject: (&'static str, Uuid), data: &impl Serialize) -> Self {
        Self {
            kind,
            subject_kind: subject.0,
            subject_id: subject.1,
            audience: FactAudience::Readers,
            caused_by: None,
            data: serde_json::to_value(data).unwrap_or_default(),
            actor: None,
        }
    }

    /// The same fact for reviewers, managers, owner and assignee alone.
    #[must_use]
    pub fn internal(mut self) -> Self {
        self.audience = FactAudience::Internal;
        self
    }

    /// The same fact for administrators and auditors alone.
    #[must_use]
    pub fn administrative(mut self) -> Self {
        self.audience = FactAudience::Administration;
        self
    }

    /// The same fact for integrations alone: what they read of the subject has changed.
    #[must_use]
    pub fn for_integrations(mut self) -> Self {
        self.audience = FactAudience::Integrations;
        self
    }

    /// The same fact, led to by another.
    #[must_use]
    pub fn because_of(mut self, seq: i64) -> Self {
        self.caused_by = Some(seq);
        self
    }
}

/// By whom and when a transaction's facts are stated.
#[derive(Clone, Copy, Debug)]
pub struct Stated {
    /// The asker of the transaction.
    pub by: Principal,
    /// Their bare id.
    pub by_id: Option<Uuid>,
    /// When.
    pub at: Instant,
}

/// Draws a fact's number. The transaction takes its id first, so that a reader who sees a gap also
/// sees, in `pg_current_snapshot()`, the transaction that holds the missing number.
const DRAW: &str = "(CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('fact_seq') END)";

/// Writes `facts`, in one statement unless there are thousands (imports). On PostgreSQL this draws
/// their numbers, so it must be the last thing before COMMIT.
///
/// # Errors
/// A fault of the database.
pub async fn write<C: ConnectionTrait>(tx: &C, facts: &[NewFact], stated: Stated) -> Result<()> {
    for part in facts.chunks(MOST_AT_ONCE) {
        insert(tx, part.iter().map(|fact| (fact, stated))).await?;
    }
    Ok(())
}

/// Most facts in one statement; each has nine values, and SQLite takes 32,766.
const MOST_AT_ONCE: usize = 3_000;

/// Writes facts that were stated by different people at different times, in the order given: the
/// past of data that is loaded and was not lived through here.
///
/// # Errors
/// A fault of the database.
pub async fn write_past<C: ConnectionTrait>(tx: &C, facts: &[(NewFact, Stated)]) -> Result<()> {
    for part in facts.chunks(MOST_AT_ONCE) {
        insert(tx, part.iter().map(|(fact, stated)| (fact, *stated))).await?;
    }
    Ok(())
}

async fn insert<'a, C: ConnectionTrait>(
    tx: &C,
    facts: impl Iterator<Item = (&'a NewFact, Stated)>,
) -> Result<()> {
    let draws = dialect::draws_fact_numbers(tx.get_database_backend());
    let mut insert = Query::insert();
    insert.into_table(fact::Entity);
    let mut columns = vec![
        fact::Column::Kind,
        fact::Column::SubjectKind,
        fact::Column::SubjectId,
        fact::Column::ActorKind,
        fact::Column::ActorId,
        fact::Column::CausedBy,
        fact::Column::Audience,
        fact::Column::At,
        fact::Column::Data,
    ];
    if draws {
        columns.push(fact::Column::Seq);
    }
    insert.columns(columns);
    for (new, stated) in facts {
        let mut values: Vec<Expr> = values_of(new, stated);
        if draws {
            values.push(Expr::cust(DRAW));
        }
        insert.values(values).map_err(|error| Fault::internal(error.to_string()))?;
    }
    tx.execute(&insert).await?;
    Ok(())
}

fn values_of(new: &NewFact, stated: Stated) -> Vec<Expr> {
    let (kind, id) = match (new.actor, stated.by) {
        (Some(kind), _) => (kind, None),
        (None, Principal::Person(_)) => (ActorKind::Person, stated.by_id),
        (None, Principal::Service(_)) => (ActorKind::Service, stated.by_id),
        (None, Principal::System) => (ActorKind::System, None),
        (None, Principal::Anonymous) => (ActorKind::Nobody, None),
    };
    vec![
        Expr::val(new.kind),
        Expr::val(new.subject_kind),
        Expr::val(new.subject_id),
        Expr::val(kind),
        Expr::val(id),
        Expr::val(new.caused_by),
        Expr::val(new.audience),
        Expr::val(stated.at),
        Expr::val(new.data.to_string()),
    ]
}

/// Reads the log in order and never passes a number that may still appear.
///
/// A number can be missing because its transaction has not committed yet, or never will. The
/// reader stops at the first missing number and remembers which transactions were running; when
/// all of them have ended and the number is still missing, it never comes.
#[derive(Clone, Debug)]
pub struct FactReader {
    after: i64,
    gap: Option<Gap>,
}

#[derive(Clone, Copy, Debug)]
struct Gap {
    missing: i64,
    /// A transaction id drawn when the gap was first seen: whoever drew the missing number has a
    /// smaller one.
    seen_at: i64,
}

impl FactReader {
    /// A reader that continues after `seq`; 0 is the beginning.
    #[must_use]
    pub fn after(seq: i64) -> Self {
        Self { after: seq, gap: None }
    }

    /// The last number handed out.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.after
    }

    /// Whether the reader waits for a number that may still appear: then it should ask again soon.
    #[must_use]
    pub fn waits_for_gap(&self) -> bool {
        self.gap.is_some()
    }

    /// At most `limit` next facts, in order. Give it a connection outside of a transaction: the id drawn
    /// at a gap must belong to a transaction that ends at once.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn next<C: ConnectionTrait>(
        &mut self,
        conn: &C,
        limit: u64,
    ) -> Result<Vec<fact::Model>> {
        // The horizon is read before the facts: a transaction that ended before it is in the read.
        let horizon = match self.gap {
            Some(_) => dialect::oldest_transaction(conn).await?,
            None => None,
        };
        let found = facts_from(conn, self.after, limit).await?;
        let ready = self.in_order(found, conn, horizon).await?;
        if let Some(last) = ready.last() {
            self.after = last.seq;
        }
        Ok(ready)
    }

    async fn in_order<C: ConnectionTrait>(
        &mut self,
        found: Vec<fact::Model>,
        conn: &C,
        horizon: Option<i64>,
    ) -> Result<Vec<fact::Model>> {
        if !dialect::draws_fact_numbers(conn.get_database_backend()) {
            // One writer: a number is drawn and committed before the next one is drawn.
            return Ok(found);
        }
        let mut ready = Vec::with_capacity(found.len());
        let mut expected = self.after + 1;
        for fact in found {
            if fact.seq != expected && !self.may_pass(expected, horizon) {
                self.remember(expected, conn).await?;
                return Ok(ready);
            }
            expected = fact.seq + 1;
            ready.push(fact);
        }
        self.gap = None;
        Ok(ready)
    }

    /// Whether the gap at `missing` was seen before and every transaction of then has ended.
    /// Numbers are drawn in order, so what holds for its first number holds for the whole gap
    /// only up to the fact that showed it; a later gap is judged anew.
    fn may_pass(&self, missing: i64, horizon: Option<i64>) -> bool {
        match (self.gap, horizon) {
            (Some(gap), Some(oldest_running)) => {
                gap.missing == missing && oldest_running > gap.seen_at
            }
            _ => false,
        }
    }

    async fn remember<C: ConnectionTrait>(&mut self, missing: i64, conn: &C) -> Result<()> {
        if self.gap.is_some_and(|gap| gap.missing == missing) {
            return Ok(());
        }
        self.gap = dialect::fresh_transaction(conn).await?.map(|seen_at| Gap { missing, seen_at });
        Ok(())
    }
}

async fn facts_from<C: ConnectionTrait>(
    conn: &C,
    after: i64,
    limit: u64,
) -> Result<Vec<fact::Model>> {
    let facts = fact::Entity::find()
        .filter(fact::Column::Seq.gt(after))
        .order_by_asc(fact::Column::Seq)
        .limit(limit)
        .all(conn)
        .await?;
    Ok(facts)
}

/// Facts of one kind in a part of the log that is complete: behind the first number, up to and with
/// the second, at most `limit`.
///
/// # Errors
/// A fault of the database.
pub async fn of_kind<C: ConnectionTrait>(
    conn: &C,
    kind: &str,
    (after, until): (i64, i64),
    limit: u64,
) -> Result<Vec<fact::Model>> {
    let facts = fact::Entity::find()
        .filter(fact::Column::Kind.eq(kind))
        .filter(fact::Column::Seq.gt(after))
        .filter(fact::Column::Seq.lte(until))
        .order_by_asc(fact::Column::Seq)
        .limit(limit)
        .all(conn)
        .await?;
    Ok(facts)
}

/// A stretch of the log that is complete, and what of it is wanted.
#[derive(Clone, Debug)]
pub struct Stretch<'a> {
    /// Behind this number.
    pub after: i64,
    /// Up to and with this one.
    pub until: i64,
    /// Of these kinds alone; of every kind when none are named.
    pub kinds: &'a [String],
    /// What the asker can hear of at all.
    pub heard: Condition,
}

/// Facts of a stretch, in order, at most `limit`. The stretch bounds what the database looks at,
/// however rare its kinds are.
///
/// # Errors
/// A fault of the database.
pub async fn within<C: ConnectionTrait>(
    conn: &C,
    stretch: Stretch<'_>,
    limit: u64,
) -> Result<Vec<fact::Model>> {
    let mut select = fact::Entity::find()
        .filter(fact::Column::Seq.gt(stretch.after))
        .filter(fact::Column::Seq.lte(stretch.until))
        .filter(stretch.heard);
    if !stretch.kinds.is_empty() {
        select = select.filter(fact::Column::Kind.is_in(stretch.kinds.iter().map(String::as_str)));
    }
    Ok(select.order_by_asc(fact::Column::Seq).limit(limit).all(conn).await?)
}

/// The number behind which everything was stated at `since` or later. Times rise with the numbers
/// but for moments, so it is found by halving: at most one statement for each bit of the newest
/// number, and two where the whole log is that young.
///
/// # Errors
/// A fault of the database.
pub async fn begun_since<C: ConnectionTrait>(conn: &C, since: Instant) -> Result<i64> {
    let is_young = |fact: Option<&fact::Model>| fact.is_none_or(|fact| fact.at >= since);
    let (mut old, mut young) = (0, head(conn).await?);
    if is_young(facts_from(conn, old, 1).await?.first()) {
        return Ok(old);
    }
    // What follows `old` is older than that, what follows `young` is not.
    while young - old > 1 {
        let middle = old + (young - old) / 2;
        match facts_from(conn, middle, 1).await?.first() {
            found if is_young(found) => young = middle,
            found => old = found.map_or(middle, |fact| fact.seq - 1),
        }
    }
    Ok(young)
}

/// The epoch of the log: drawn when the database was made, and in every cursor.
///
/// # Errors
/// A fault of the database.
pub async fn epoch<C: ConnectionTrait>(conn: &C) -> Result<String> {
    let found = setting::Entity::find_by_id("fact_epoch".to_owned()).one(conn).await?;
    let value = found.map(|row| row.value).filter(|value| !value.is_empty());
    Ok(value.unwrap_or_else(|| String::from("0")))
}

/// When the first fact behind a number was stated.
///
/// # Errors
/// A fault of the database.
pub async fn first_after<C: ConnectionTrait>(conn: &C, after: i64) -> Result<Option<Instant>> {
    Ok(facts_from(conn, after, 1).await?.first().map(|fact| fact.at))
}

/// The number of the newest fact; 0 when there is none.
///
/// # Errors
/// A fault of the database.
pub async fn head<C: ConnectionTrait>(conn: &C) -> Result<i64> {
    let query =
        Query::select().expr(Expr::col(fact::Column::Seq).max()).from(fact::Entity).to_owned();
    let row = conn.query_one(&query).await?;
    Ok(row.and_then(|row| row.try_get_by_index::<Option<i64>>(0).ok().flatten()).unwrap_or(0))
}

/// Facts about one subject, oldest first, at most `limit`.
///
/// # Errors
/// A fault of the database.
pub async fn about<C: ConnectionTrait>(
    conn: &C,
    subject: Uuid,
    limit: u64,
) -> Result<Vec<fact::Model>> {
    let facts = fact::Entity::find()
        .filter(fact::Column::SubjectId.eq(subject))
        .order_by_asc(fact::Column::Seq)
        .limit(limit)
        .all(conn)
        .await?;
    Ok(facts)
}

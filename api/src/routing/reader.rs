//! Reads the log of facts and applies the rules to every new submission, once.
//!
//! The cursor stands in the database and moves in the transaction that applies, under a row lock:
//! whatever crashes, and however many processes read, a submission is routed once. There is no
//! cursor before there is a rule.

use entity::id::SubmissionId;
use entity::routing::rule;

use super::{applying, query};
use crate::kit::error::Result;
use crate::kit::fact::FactReader;
use crate::kit::scope::Scope;

/// Facts read at once.
const BATCH: u64 = 200;
/// Facts without work before the cursor is moved for them alone; a restart reads them again.
const UNSAVED: usize = 1_000;
/// How often a submission is tried before it is left to people.
const TRIES: u32 = 5;

/// The reader, with its place in the log.
#[derive(Debug, Default)]
pub struct Router {
    reader: Option<FactReader>,
    unsaved: usize,
    failing: Option<(i64, u32)>,
}

impl Router {
    /// A reader that will start at the durable cursor.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Routes what the next facts brought. Returns whether there may be more to do right now.
    ///
    /// # Errors
    /// A fault of the database; then the same facts are read again.
    pub async fn catch_up(&mut self, scope: &Scope) -> Result<bool> {
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => match query::cursor(&scope.db()).await? {
                Some(seq) => FactReader::after(seq),
                None => return Ok(false),
            },
        };
        let facts = reader.next(&scope.db(), BATCH).await?;
        if facts.is_empty() {
            let busy = reader.waits_for_gap();
            self.reader = Some(reader);
            return Ok(busy);
        }
        let sent = facts.iter().filter(|fact| fact.kind == "submission.sent");
        let sent: Vec<(i64, SubmissionId)> =
            sent.map(|fact| (fact.seq, SubmissionId(fact.subject_id))).collect();
        let rules = if sent.is_empty() { Vec::new() } else { applying::live_rules(scope).await? };
        self.unsaved += facts.len();
        if !rules.is_empty() {
            for one in sent {
                self.route(scope, one, &rules).await?;
            }
            self.unsaved = 0;
        } else if self.unsaved >= UNSAVED {
            save(scope, reader.position()).await?;
            self.unsaved = 0;
        }
        // Only now: a fault before this line starts again at the durable cursor.
        self.reader = Some(reader);
        Ok(true)
    }

    /// One submission. After a few failures it is left as it came: people see it in the queue.
    async fn route(
        &mut self,
        scope: &Scope,
        (seq, id): (i64, SubmissionId),
        rules: &[rule::Model],
    ) -> Result<()> {
        let Err(error) = apply_once(scope, (seq, id), rules).await else {
            self.failing = None;
            return Ok(());
        };
        let tries = match self.failing {
            Some((failed, tries)) if failed == seq => tries + 1,
            _ => 1,
        };
        self.failing = Some((seq, tries));
        if tries < TRIES {
            return Err(error);
        }
        tracing::error!(submission = %id, %error, "rules could not be applied; it stays as it came");
        save(scope, seq).await
    }
}

async fn apply_once(
    scope: &Scope,
    (seq, id): (i64, SubmissionId),
    rules: &[rule::Model],
) -> Result<()> {
    let mut tx = scope.begin().await?;
    match query::locked_cursor(&tx).await? {
        // Another process was quicker.
        Some(done) if done >= seq => return Ok(()),
        Some(_) => {}
        None => return Ok(()),
    }
    tx.led_by(seq);
    applying::apply(&mut tx, scope, id, rules).await?;
    query::move_cursor(&tx, seq, scope.now).await?;
    tx.commit_silently(()).await
}

async fn save(scope: &Scope, seq: i64) -> Result<()> {
    let tx = scope.begin().await?;
    query::move_cursor(&tx, seq, scope.now).await?;
    tx.commit_silently(()).await
}

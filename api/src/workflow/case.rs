//! One submission under the writer's lock, with all that the phase machine asks for.

use entity::id::SubmissionId;
use entity::instant::{DAY, Instant};
use entity::submissions::phase::{Decision, Letter, Letters, MoveFacts, Phase, Position};
use entity::submissions::submission;
use entity::workflow::decision;
use entity::workflow::snapshot::{Before, Place};
use sea_orm::ConnectionTrait;

use super::{announce, query};
use crate::kit::actor::Principal;
use crate::kit::error::{Fault, OrNotFound as _, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::submissions::standing::{self, Standing};

/// Where the machine could not have put a row.
pub(super) fn impossible(error: impl std::fmt::Display, id: SubmissionId) -> Fault {
    Fault::internal(format!("{id}: {error}"))
}

/// One submission and how the asker stands towards it.
pub(super) struct Case {
    pub(super) row: submission::Model,
    pub(super) standing: Standing,
    pub(super) facts: MoveFacts,
    pub(super) pending: Option<decision::Model>,
}

impl Case {
    /// Locks one submission that the asker may read. A decision whose hold is over is announced
    /// first: who was to be told by now, is told.
    ///
    /// # Errors
    /// NOT_FOUND at `id`; a fault.
    pub(super) async fn open(tx: &mut Tx, scope: &Scope, id: SubmissionId) -> Result<Self> {
        let row = query::locked(tx, &scope.actor, id).await?.or_not_found("id")?;
        let row = announce::settle(tx, scope.now, row).await?;
        Self::of(tx, scope, row).await
    }

    /// As [`Case::open`], for several: those that the asker may read, in the order of ids. A fixed
    /// number of statements, but for what is rare: holds that are over, second looks.
    ///
    /// # Errors
    /// A fault of the database.
    pub(super) async fn open_all(
        tx: &mut Tx,
        scope: &Scope,
        ids: &[SubmissionId],
    ) -> Result<Vec<Self>> {
        let mut rows = query::locked_readable(tx, &scope.actor, ids).await?;
        for row in &mut rows {
            *row = announce::settle(tx, scope.now, row.clone()).await?;
        }
        Self::of_rows(tx, scope, rows).await
    }

    /// The same for a row that is only looked at, or locked already.
    pub(super) async fn of<C: ConnectionTrait>(
        conn: &C,
        scope: &Scope,
        row: submission::Model,
    ) -> Result<Self> {
        let standing = standing::standing(conn, &scope.actor, &row).await?;
        let pending = match row.pending_decision_id {
            Some(id) => query::decision(conn, id).await?,
            None => None,
        };
        Self::put_together(
            conn,
            scope,
            Self { row, standing, pending, facts: MoveFacts::default() },
        )
        .await
    }

    /// Several at once, to look at; those that the asker may read.
    pub(super) async fn of_all<C: ConnectionTrait>(
        conn: &C,
        scope: &Scope,
        ids: &[SubmissionId],
    ) -> Result<Vec<Self>> {
        let rows = query::readable(conn, &scope.actor, ids).await?;
        Self::of_rows(conn, scope, rows).await
    }

    async fn of_rows<C: ConnectionTrait>(
        conn: &C,
        scope: &Scope,
        rows: Vec<submission::Model>,
    ) -> Result<Vec<Self>> {
        let standings = standing::standings(conn, &scope.actor, &rows).await?;
        let mut pending = query::pending_of(conn, &rows).await?;
        let mut cases = Vec::with_capacity(rows.len());
        for (row, standing) in rows.into_iter().zip(standings) {
            let pending = pending.remove(&row.id);
            let case = Self { row, standing, pending, facts: MoveFacts::default() };
            cases.push(Self::put_together(conn, scope, case).await?);
        }
        Ok(cases)
    }

    /// The same submission for the next of several verbs of one call, as it was written by the
    /// last. The asker stands towards it as at the beginning: what one verb takes away, another of
    /// the same call may still have needed.
    pub(super) async fn after(
        self,
        tx: &Tx,
        scope: &Scope,
        row: submission::Model,
    ) -> Result<Self> {
        let pending = match row.pending_decision_id {
            Some(id) => query::decision(tx, id).await?,
            None => None,
        };
        Self::put_together(tx, scope, Self { row, pending, ..self }).await
    }

    /// A copy for a verb that takes the case for itself.
    pub(super) fn again(&self) -> Self {
        Self {
            row: self.row.clone(),
            standing: self.standing,
            facts: self.facts,
            pending: self.pending.clone(),
        }
    }

    async fn put_together<C: ConnectionTrait>(conn: &C, scope: &Scope, case: Self) -> Result<Self> {
        let Self { row, standing, pending, .. } = case;
        let facts = MoveFacts {
            decision: shown(&row, pending.as_ref())?,
            own_submission: standing.author,
            barred_by_second_look: barred(conn, scope, &row).await?,
            unit_under_own_grant: standing.manager,
            second_look_asked: row.second_look_at.is_some(),
            days_since_implemented: row.implemented_shown_at.map(|at| days(at, scope.now)),
            days_since_question: question_age(conn, scope, &row).await?,
            wake_date_reached: row.wake_on.is_some_and(|day| day <= scope.now.day()),
            sustain_answered_yes: false,
            canonical_withdrawn: false,
        };
        Ok(Self { row, standing, facts, pending })
    }

    /// The capacities of the asker; the scheduler's own for the system.
    pub(super) fn letters(&self, scope: &Scope) -> Letters {
        match scope.actor.principal {
            Principal::System => Letter::Scheduler.into(),
            _ => self.standing.letters(),
        }
    }

    /// The capacities that count in verbs that are no step: not R on an own submission, nor on a
    /// second look at the own decision.
    pub(super) fn letters_in_force(&self, scope: &Scope) -> Letters {
        let letters = self.letters(scope);
        if self.facts.barred_by_second_look || self.facts.own_submission {
            letters.without(Letter::Reviewer)
        } else {
            letters
        }
    }

    /// The decided place.
    pub(super) fn position(&self) -> Result<Position> {
        Ok(Place::of(&self.row)
            .position(self.row.kind)
            .map_err(|error| impossible(error, self.row.id))?)
    }

    /// Refuses a caller who read an older version.
    pub(super) fn expect(&self, version: Option<i32>) -> Result<()> {
        match version {
            Some(version) if version != self.row.version => {
                Err(Refusal::stale(self.row.version).into())
            }
            _ => Ok(()),
        }
    }
}

fn shown(row: &submission::Model, pending: Option<&decision::Model>) -> Result<Decision> {
    let Some(pending) = pending else { return Ok(Decision::Announced) };
    let before = before(pending)?;
    let shown = before.shown.position(row.kind).map_err(|error| impossible(error, row.id))?;
    Ok(Decision::Pending { shown })
}

/// What a decision found.
pub(super) fn before(decision: &decision::Model) -> Result<Before> {
    Ok(Before::read(&decision.before)
        .map_err(|error| Fault::internal(format!("{}: {error}", decision.id)))?)
}

/// Whether announcing a decision begins or ends a joining.
pub(super) fn touches_joining(decision: &decision::Model) -> Result<bool> {
    Ok(decision.to_phase == Phase::Merged || before(decision)?.shown.phase == Phase::Merged)
}

/// Calendar days (UTC) from `earlier` to `now`; 0 when it lies ahead.
pub(super) fn days(earlier: Instant, now: Instant) -> u32 {
    let whole = now.day().start().since(earlier.day().start()) / DAY;
    u32::try_from(whole).unwrap_or(0)
}

/// After a second look was asked for, who declined has no R any more, if somebody else has it.
async fn barred<C: ConnectionTrait>(
    conn: &C,
    scope: &Scope,
    row: &submission::Model,
) -> Result<bool> {
    let Some(me) = scope.actor.person() else { return Ok(false) };
    Ok(query::barred(conn, row).await? == Some(me))
}

/// Only the scheduler asks how old a question is.
async fn question_age<C: ConnectionTrait>(
    conn: &C,
    scope: &Scope,
    row: &submission::Model,
) -> Result<Option<u32>> {
    if row.phase != Phase::NeedsInfo || scope.actor.principal != Principal::System {
        return Ok(None);
    }
    let asked = query::announced_into(conn, row.id, Phase::NeedsInfo).await?;
    Ok(asked.and_then(|decision| decision.closed_at).map(|at| days(at, scope.now)))
}

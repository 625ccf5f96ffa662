//! What moves the clocks of a submission (product.md, "Service levels").
//!
//! - FIRST_RESPONSE begins when something is sent, once, and stops when the author can see a comment by
//!   a reviewer or an announced move by a reviewer, manager or owner.
//! - DECISION begins when something is sent, and again when it waits for a decision after it had one
//!   (reopened, second look, woken or unjoined); it stops when it is decided, not when that is told.
//! - PROMISED begins with every promised date and ends with its day.
//!
//! Clocks pause while everybody sees NEEDS_INFO or DEFERRED: from the announcement to the announcement
//! of the return. Snoozing only hides. A promise pauses too, but its date stays.
//!
//! A decision that is held may be taken back. What it began or stopped bears its id, so taking it back,
//! and letting another take its place, first restore what was announced; the clocks then follow from
//! where everybody sees the submission to where it was decided to be.

use super::clock::Model;
use super::hours::BusinessTime;
use super::values::{ClockKind, ClockState, Met};
use crate::id::{DecisionId, SubmissionId};
use crate::instant::{Day, Instant};
use crate::submissions::phase::Phase;
use crate::workflow::snapshot::Place;

/// How many business days there are for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Targets {
    /// For the first response.
    pub first_response: i32,
    /// For the decision.
    pub decision: i32,
}

impl Default for Targets {
    fn default() -> Self {
        Self { first_response: 2, decision: 10 }
    }
}

/// On what the clocks of a place run.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Its business time.
    pub time: BusinessTime,
    /// Its targets.
    pub targets: Targets,
}

/// What becomes of a decision that was still held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overtaken {
    /// Another one takes its place; what both stopped, stopped when the first one was made.
    Continued(DecisionId),
    /// The author took the submission back: it never was.
    Cancelled(DecisionId),
}

/// A decision as the clocks see it.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Where everybody sees the submission.
    pub shown: Place,
    /// Where it stands from now on.
    pub to: Place,
    /// The date that is promised from now on.
    pub promised_on: Option<Day>,
    /// When it was decided.
    pub at: Instant,
    /// Which decision.
    pub decision: DecisionId,
    /// The one whose place it takes.
    pub overtakes: Option<Overtaken>,
}

/// An announcement as the clocks see it.
#[derive(Clone, Copy, Debug)]
pub struct Announcement {
    /// What everybody sees from now on.
    pub shown: Phase,
    /// Whether it answers the author.
    pub answer: Answer,
    /// When.
    pub at: Instant,
}

/// Whether something is an answer by a person in charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// By a reviewer, manager or owner, and there is something to see.
    Yes,
    /// By the author, by time or by a cause; or nothing changes for the author.
    No,
}

/// A stop that was taken back: the next one of the same clock happened then.
#[derive(Clone, Copy, Debug)]
struct Earlier {
    kind: ClockKind,
    round: i32,
    at: Instant,
}

/// How and by what a clock stops.
#[derive(Clone, Copy, Debug)]
struct Stop {
    at: Instant,
    by: Option<DecisionId>,
    met: Met,
}

/// All clocks of one submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clocks {
    submission: SubmissionId,
    rows: Vec<Model>,
}

/// Whether somebody still has to decide on what stands there.
#[must_use]
pub fn awaits_decision(place: Place) -> bool {
    match place.phase {
        Phase::NeedsInfo | Phase::Deferred => {
            place.stack.top().is_none_or(|origin| !origin.is_decided())
        }
        phase => !phase.is_decided(),
    }
}

impl Clocks {
    /// The clocks that rows state, in any order.
    #[must_use]
    pub fn of(submission: SubmissionId, mut rows: Vec<Model>) -> Self {
        rows.sort_unstable_by_key(|row| (row.kind, row.round));
        Self { submission, rows }
    }

    /// The clocks of what was just sent.
    #[must_use]
    pub fn begin(submission: SubmissionId, now: Instant, terms: &Terms) -> Self {
        let mut clocks = Self { submission, rows: Vec::new() };
        clocks.start(ClockKind::FirstResponse, (now, None), terms);
        clocks.start(ClockKind::Decision, (now, None), terms);
        clocks
    }

    /// The rows, by kind and round.
    #[must_use]
    pub fn rows(&self) -> &[Model] {
        &self.rows
    }

    /// The earliest due date of those that run.
    #[must_use]
    pub fn due_at(&self) -> Option<Instant> {
        let running = self.rows.iter().filter(|row| row.state == ClockState::Running);
        running.map(|row| row.due_at).min()
    }

    /// Somebody in charge answered, and the author can see it.
    pub fn answered(&mut self, now: Instant, time: &BusinessTime) {
        let stop = Stop { at: now, by: None, met: Met::Met };
        self.stop(ClockKind::FirstResponse, stop, (time, &[]));
    }

    /// A decision was made; whether it is told now or later is another matter.
    pub fn decided(&mut self, turn: &Turn, terms: &Terms) {
        let earlier = match turn.overtakes {
            Some(Overtaken::Continued(id)) => self.restore(id, &terms.time),
            Some(Overtaken::Cancelled(id)) => {
                self.restore(id, &terms.time);
                Vec::new()
            }
            None => Vec::new(),
        };
        let (at, by) = (turn.at, Some(turn.decision));
        match (awaits_decision(turn.shown), awaits_decision(turn.to)) {
            (true, false) => {
                let met = if turn.to.phase == Phase::Withdrawn { Met::Void } else { Met::Met };
                self.stop(ClockKind::Decision, Stop { at, by, met }, (&terms.time, &earlier));
            }
            (false, true) => {
                self.start(ClockKind::Decision, (at, by), terms);
                // Until the return is told, everybody still sees what clocks pause for.
                if turn.shown.phase.pauses_clocks() {
                    self.pause(|row| row.kind == ClockKind::Decision, (at, &terms.time));
                }
            }
            _ => {}
        }
        if turn.to.phase == Phase::Withdrawn {
            let void = Stop { at, by, met: Met::Void };
            self.stop(ClockKind::FirstResponse, void, (&terms.time, &earlier));
        }
        if turn.to.phase.is_open() {
            self.promised(turn.promised_on, (at, by), &terms.time);
        } else {
            let met = match turn.to.phase {
                Phase::Withdrawn | Phase::Merged => Met::Void,
                _ => Met::Met,
            };
            self.stop(ClockKind::Promised, Stop { at, by, met }, (&terms.time, &earlier));
        }
    }

    /// A decision was taken back before anybody was told.
    pub fn undone(&mut self, decision: DecisionId, time: &BusinessTime) {
        self.restore(decision, time);
    }

    /// Everybody sees from now on what was decided.
    pub fn announced(&mut self, told: &Announcement, time: &BusinessTime) {
        if told.answer == Answer::Yes {
            self.answered(told.at, time);
        }
        if told.shown.pauses_clocks() {
            return self.pause(|_| true, (told.at, time));
        }
        for row in self.rows.iter_mut().filter(|row| row.state == ClockState::Paused) {
            resume(row, told.at, time);
        }
    }

    fn pause(&mut self, which: impl Fn(&Model) -> bool, (at, time): (Instant, &BusinessTime)) {
        let running = self.rows.iter_mut().filter(|row| row.state == ClockState::Running);
        for row in running.filter(|row| which(row)) {
            pause(row, at, time);
        }
    }

    /// The promised date is this from now on, or there is none.
    pub fn promised(
        &mut self,
        day: Option<Day>,
        (at, by): (Instant, Option<DecisionId>),
        time: &BusinessTime,
    ) {
        let latest = self.rows.iter().rfind(|row| row.kind == ClockKind::Promised);
        let same = latest.is_some_and(|row| {
            day.is_some()
                && row.promised_on == day
                && (row.state != ClockState::Stopped || time.end_of_promise(row) <= at)
        });
        if same {
            return;
        }
        let void = Stop { at, by, met: Met::Void };
        self.stop(ClockKind::Promised, void, (time, &[]));
        if let Some(day) = day {
            let due_at = time.end_of(day);
            let row = Model {
                promised_on: Some(day),
                due_at,
                ..self.fresh(ClockKind::Promised, (at, by))
            };
            self.rows.push(row);
            self.rows.sort_unstable_by_key(|row| (row.kind, row.round));
        }
    }

    /// The calendar or the unit changed: what has not stopped is counted anew, as if it had always
    /// been so; what was spent before a pause stays spent.
    pub fn recount(&mut self, time: &BusinessTime) {
        for row in self.rows.iter_mut().filter(|row| row.state != ClockState::Stopped) {
            recount(row, time);
        }
    }

    fn fresh(&self, kind: ClockKind, (at, by): (Instant, Option<DecisionId>)) -> Model {
        let before = self.rows.iter().filter(|row| row.kind == kind).map(|row| row.round).max();
        Model {
            submission_id: self.submission,
            kind,
            round: before.unwrap_or(0) + 1,
            state: ClockState::Running,
            started_at: at,
            due_at: at,
            target_days: None,
            promised_on: None,
            target: 0,
            spent: 0,
            counted_from: at,
            paused_remaining: None,
            stopped_at: None,
            took: None,
            started_by: by,
            stopped_by: None,
            met: Met::Open,
            reminded_at: None,
        }
    }

    fn start(&mut self, kind: ClockKind, begun: (Instant, Option<DecisionId>), terms: &Terms) {
        let days = match kind {
            ClockKind::FirstResponse => terms.targets.first_response,
            ClockKind::Decision => terms.targets.decision,
            ClockKind::Promised => return,
        };
        let mut row = Model { target_days: Some(days), ..self.fresh(kind, begun) };
        recount(&mut row, &terms.time);
        self.rows.push(row);
        self.rows.sort_unstable_by_key(|row| (row.kind, row.round));
    }

    fn stop(&mut self, kind: ClockKind, stop: Stop, (time, earlier): (&BusinessTime, &[Earlier])) {
        let open = self.rows.iter_mut();
        for row in open.filter(|row| row.kind == kind && row.state != ClockState::Stopped) {
            let before = earlier.iter().find(|it| (it.kind, it.round) == (kind, row.round));
            let at = before.map_or(stop.at, |it| it.at);
            row.took = Some(match row.paused_remaining {
                Some(_) => row.spent,
                None => row.spent + time.worked(row.counted_from, at),
            });
            row.state = ClockState::Stopped;
            row.stopped_at = Some(at);
            row.stopped_by = stop.by;
            row.met = stop.met;
        }
    }

    /// Takes back what a decision began and stopped.
    fn restore(&mut self, decision: DecisionId, time: &BusinessTime) -> Vec<Earlier> {
        self.rows.retain(|row| row.started_by != Some(decision));
        let mut earlier = Vec::new();
        for row in self.rows.iter_mut().filter(|row| row.stopped_by == Some(decision)) {
            if let Some(at) = row.stopped_at {
                earlier.push(Earlier { kind: row.kind, round: row.round, at });
            }
            let paused = row.paused_remaining.is_some();
            row.state = if paused { ClockState::Paused } else { ClockState::Running };
            (row.stopped_at, row.stopped_by, row.took) = (None, None, None);
            row.met = Met::Open;
            // The calendar may have changed meanwhile.
            recount(row, time);
        }
        earlier
    }
}

impl BusinessTime {
    fn end_of_promise(&self, row: &Model) -> Instant {
        row.promised_on.map_or(row.due_at, |day| self.end_of(day))
    }
}

fn recount(row: &mut Model, time: &BusinessTime) {
    if let Some(day) = row.promised_on {
        row.due_at = time.end_of(day);
        return;
    }
    let Some(days) = row.target_days else { return };
    row.target = time.business_days(days);
    let left = row.target - row.spent;
    match row.state {
        ClockState::Paused => row.paused_remaining = Some(left),
        // Late before it paused: it is due when it was due.
        _ if left <= 0 => {}
        _ => row.due_at = time.due_at(row.counted_from, left),
    }
}

fn pause(row: &mut Model, at: Instant, time: &BusinessTime) {
    row.spent += time.worked(row.counted_from, at);
    row.counted_from = at;
    let left = match row.promised_on {
        Some(_) => time.remaining(at, row.due_at),
        None => row.target - row.spent,
    };
    row.paused_remaining = Some(left);
    row.state = ClockState::Paused;
}

fn resume(row: &mut Model, at: Instant, time: &BusinessTime) {
    row.counted_from = at;
    row.paused_remaining = None;
    row.state = ClockState::Running;
    recount(row, time);
}

/// Whether its time was over before what it waits for happened. While it pauses it stays what it was
/// when it paused.
#[must_use]
pub fn is_breached(row: &Model, now: Instant) -> bool {
    let until = match (row.paused_remaining, row.stopped_at) {
        (Some(_), _) => row.counted_from,
        (None, Some(stopped)) => stopped,
        (None, None) => now,
    };
    until > row.due_at
}

/// Business time that is left in microseconds, negative when it is late; none once it has stopped.
#[must_use]
pub fn remaining(row: &Model, now: Instant, time: &BusinessTime) -> Option<i64> {
    match row.state {
        ClockState::Stopped => None,
        ClockState::Paused => row.paused_remaining,
        ClockState::Running => Some(time.remaining(now, row.due_at)),
    }
}

#[cfg(test)]
mod tests;

//! What colleagues do while a submission lives: comment, vote, look, and hear of it.

use std::collections::VecDeque;

use entity::clocks::clock;
use entity::clocks::values::{ClockKind, ClockState};
use entity::closing::seen;
use entity::engagement::values::FollowSource;
use entity::engagement::{follow, vote};
use entity::id::{CommentId, DecisionId, PersonId};
use entity::instant::{DAY, HOUR, Instant, MINUTE};
use entity::notify::values::NotificationKind;
use entity::submissions::comment;
use entity::submissions::phase::Letter;
use entity::submissions::values::CommentVisibility;
use entity::workflow::decision;

use super::super::facts;
use super::super::organisation::find;
use super::super::rows::{Cause, Notice};
use super::{Life, days_before};
use crate::kit::error::Result;
use crate::notify::telling;
use crate::submissions;

/// What was announced or said longer ago is not in the lists of notifications any more.
const RECENT: i64 = 30 * DAY;
/// What no mail could bring stands on the printed sheet for so long.
const ON_THE_SHEET: i64 = 90 * DAY;
/// What is older was read by everybody but the personas.
const READ_AFTER: i64 = 3 * DAY;

/// When an author looked at something, if ever.
type Looked = Option<Instant>;

impl Life<'_> {
    /// What will be said about it, the earliest first.
    pub(super) fn prepare(&mut self) -> Result<VecDeque<comment::Model>> {
        let mut earliest = self.row.created_at;
        let mut talk = VecDeque::new();
        for said in &self.setting.sent.comments {
            let part = self.setting.seed.between(10 * MINUTE, 90 * MINUTE);
            let at = days_before(self.setting.known.evening, said.days_ago, part)
                .max(earliest.plus(MINUTE));
            earliest = at;
            talk.push_back(comment::Model {
                id: CommentId(self.setting.seed.id_at(at)),
                submission_id: self.row.id,
                author_id: Some(find(&self.setting.known.people, &said.by)?),
                service_id: None,
                visibility: said.visibility,
                body: said.text.clone(),
                created_at: at,
                redacted_at: None,
            });
        }
        Ok(talk)
    }

    /// Lets be said what was said before `at`.
    pub(super) fn hear_until(&mut self, at: Instant) {
        while self.talk.front().is_some_and(|next| next.created_at < at) {
            let Some(row) = self.talk.pop_front() else { return };
            self.state(row.author_id, row.created_at, submissions::service::comment_fact(&row));
            if row.visibility == CommentVisibility::Public {
                self.row.comment_count += 1;
                self.tell_of_comment(&row);
                self.perhaps_answered(&row);
            }
            self.setting.rows.comments.push(row);
        }
    }

    /// A public comment by a reviewer is an answer.
    fn perhaps_answered(&mut self, row: &comment::Model) {
        let known = self.setting.known;
        let reviews = |person: PersonId| known.reviews(person, self.row.unit_id);
        if row.author_id.is_some_and(|person| Some(person) != self.author && reviews(person)) {
            self.clocks.answered(row.created_at, &self.setting.world.terms.time);
        }
    }

    /// Colleagues vote while it is open: those of the own site at once, others after it was opened.
    pub(super) fn vote(&mut self) {
        let end = self.closed_at.unwrap_or_else(|| self.setting.known.now.plus(-MINUTE));
        let site = self.setting.known.sites.get(&self.row.unit_id).copied();
        let mut voters: Vec<(PersonId, Instant)> = Vec::new();
        for (person, own_site) in &self.setting.known.staff {
            let from = if Some(*own_site) == site {
                Some(self.row.created_at)
            } else {
                self.row.opened_at
            };
            voters.extend(
                from.filter(|from| Some(*person) != self.author && *from < end)
                    .map(|from| (*person, from)),
            );
        }
        self.setting.seed.shuffle(&mut voters);
        voters.truncate(usize::try_from(self.setting.sent.votes).unwrap_or(0));
        for (person, from) in voters {
            let at = Instant(self.setting.seed.between(from.micros(), end.micros()));
            let submission_id = self.row.id;
            self.state(Some(person), at, facts::follow_begun(submission_id));
            self.state(Some(person), at, facts::vote_cast(submission_id));
            self.setting.rows.votes.push(vote::Model {
                submission_id,
                person_id: person,
                created_at: at,
            });
            self.setting.rows.follows.push(follow::Model {
                submission_id,
                person_id: person,
                source: FollowSource::Vote,
                created_at: at,
            });
            self.row.vote_count += 1;
            self.row.reach += 1;
            self.tell_follower(person, at);
        }
    }

    /// Keeps the row, and tells the author.
    pub(super) fn end(mut self) {
        for (at, decision) in std::mem::take(&mut self.told) {
            let looked = self.look(at, &decision);
            // "It still works", says the author: that is no news to them.
            let letter = match decision.letter {
                Letter::Scheduler if decision.decider_id.is_some() => Letter::Author,
                letter => letter,
            };
            if let Some((kind, _)) = telling::to_author(decision.to_phase, letter) {
                self.notify_author(kind, (&decision, at), looked);
            }
        }
        self.row.due_at = self.clocks.due_at();
        let mut clocks = self.clocks.rows().to_vec();
        for clock in &mut clocks {
            self.perhaps_reminded(clock);
        }
        self.setting.rows.clocks.extend(clocks);
        self.setting.rows.submissions.push(self.row);
    }

    /// Whoever has it in hand was reminded of a promised day when that was over.
    fn perhaps_reminded(&mut self, clock: &mut clock::Model) {
        let Some(person) = self.row.owner_id.or(self.row.assignee_id) else { return };
        let (at, now) = (clock.due_at, self.setting.known.now);
        let runs = (clock.kind, clock.state) == (ClockKind::Promised, ClockState::Running);
        if runs && at <= now {
            clock.reminded_at = Some(at);
            self.state(None, at, facts::promise_passed(self.row.id));
            self.notify(person, NotificationKind::PromisePassed, (Cause::Late(self.row.id), at));
        }
    }

    /// Followers hear of the answers after their vote.
    fn tell_follower(&mut self, person: PersonId, since: Instant) {
        let answers: Vec<(Instant, DecisionId)> = self
            .told
            .iter()
            .filter(|(at, decision)| *at > since && decision.decider_id != Some(person))
            .filter(|(_, decision)| telling::to_follower(decision.to_phase).is_some())
            .map(|(at, decision)| (*at, decision.id))
            .collect();
        for (at, decision) in answers {
            self.notify(
                person,
                NotificationKind::FollowedDecision,
                (Cause::Announced(decision), at),
            );
        }
    }

    fn tell_of_comment(&mut self, comment: &comment::Model) {
        let Some(author) = self.author.filter(|it| comment.author_id != Some(*it)) else { return };
        let cause = (Cause::Commented(comment.id), comment.created_at);
        self.notify(author, NotificationKind::OwnComment, cause);
    }

    fn notify(&mut self, person: PersonId, kind: NotificationKind, (cause, at): (Cause, Instant)) {
        let known = self.setting.known;
        let age = known.now.since(at);
        if age > RECENT {
            return;
        }
        let read = age > READ_AFTER && !known.personas.contains(&person);
        self.setting.rows.notices.push(Notice {
            person,
            submission: self.row.id,
            kind,
            cause,
            at,
            read_at: read.then(|| at.plus(self.setting.seed.between(HOUR, READ_AFTER))),
        });
    }

    /// What was decided on what somebody sent stays unread by those who have no address until they look
    /// at it: that is what the printed sheet is for.
    fn notify_author(
        &mut self,
        kind: NotificationKind,
        (decision, at): (&decision::Model, Instant),
        looked: Looked,
    ) {
        let Some(person) = self.author else { return };
        let known = self.setting.known;
        if !known.without_mail.contains(&person) {
            self.notify(person, kind, (Cause::Announced(decision.id), at));
        } else if known.now.since(at) <= ON_THE_SHEET {
            self.setting.rows.notices.push(Notice {
                person,
                submission: self.row.id,
                kind,
                cause: Cause::Announced(decision.id),
                at,
                read_at: looked,
            });
        }
    }

    /// Most authors look at what was decided; who has no address later, and some never. When.
    fn look(&mut self, at: Instant, decision: &decision::Model) -> Looked {
        let (author, known) = (self.author?, self.setting.known);
        let without_mail = known.without_mail.contains(&author);
        let patience = if without_mail { 4 * DAY } else { DAY };
        let seen_at = at.plus(self.setting.seed.between(HOUR, patience));
        let looks = self.setting.seed.between(0, 4) > i64::from(without_mail);
        let fresh = known.now.since(at) < READ_AFTER && known.personas.contains(&author);
        if looks && !fresh && decision.letter != Letter::Author && seen_at < known.now {
            self.setting.rows.work.seen.push(seen::Model {
                decision_id: decision.id,
                person_id: author,
                seen_at,
            });
            return Some(seen_at);
        }
        None
    }
}

//! What was sent and what became of it: every submission lives through its path, step by step,
//! under the law of phases. Nothing here can put a row where the machine could not have put it.

use std::collections::HashMap;

use entity::engagement::values::FollowSource;
use entity::engagement::{follow, vote};
use entity::id::{CauseLinkId, CommentId, DecisionId, PersonId, ResponseId, SubmissionId, TextId};
use entity::instant::{DAY, HOUR, Instant, MINUTE};
use entity::notify::values::NotificationKind;
use entity::submissions::hold::{self, Announce};
use entity::submissions::phase::{Letter, MoveFacts, Phase, Position, Step};
use entity::submissions::reference::PREFIX;
use entity::submissions::values::{Audience, CommentVisibility};
use entity::submissions::{comment, submission, wording};
use entity::triage::cause_link;
use entity::triage::values::LinkSource;
use entity::workflow::snapshot::Before;
use entity::workflow::values::DecisionState;
use entity::workflow::{decision, response};

use super::content::{self, Content};
use super::facts;
use super::organisation::{Known, find};
use super::rows::{Cause, Happening, Notice, Rows};
use super::seed::Seed;
use crate::kit::error::{Fault, Result};
use crate::kit::fact::NewFact;
use crate::notify::telling;
use crate::submissions;
use crate::submissions::service::Words;
use crate::triage;
use crate::workflow::{announce, decide, handling};

/// What was announced or said longer ago is not in the lists of notifications any more.
const RECENT: i64 = 30 * DAY;
/// What is older was read by everybody but the personas.
const READ_AFTER: i64 = 3 * DAY;

/// Lets every submission live its life.
///
/// # Errors
/// A fault when a path breaks the law, or a file names what it does not define.
pub(super) fn live(
    content: &Content,
    known: &Known,
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<()> {
    let oldest_first = oldest_first(content, known, seed);
    let ids: HashMap<String, SubmissionId> = oldest_first
        .iter()
        .map(|(sent_at, sent)| (sent.key.clone(), SubmissionId(seed.id_at(*sent_at))))
        .collect();
    for ((sent_at, sent), number) in oldest_first.into_iter().zip(1_u32..) {
        let id = find(&ids, &sent.key)?;
        let begun = Begun { id, at: sent_at, reference: format!("{PREFIX}-{number}") };
        let mut life = Life::begin(Setting { sent, known, ids: &ids, seed, rows }, begun)?;
        for step in &sent.path {
            life.take(step)?;
        }
        life.comment()?;
        life.vote();
        life.end();
    }
    Ok(())
}

/// With the time of sending: some hours before the moment of loading, so many days ago. References
/// count in this order.
fn oldest_first<'a>(
    content: &'a Content,
    known: &Known,
    seed: &mut Seed,
) -> Vec<(Instant, &'a content::Submission)> {
    let mut sent: Vec<_> = content
        .submissions
        .iter()
        .map(|sent| (days_before(known.now, sent.age_days, seed.between(5 * HOUR, 7 * HOUR)), sent))
        .collect();
    sent.sort_by_key(|(at, _)| *at);
    sent
}

/// `days` whole days and a part of one before `now`.
fn days_before(now: Instant, days: u32, part: i64) -> Instant {
    now.plus(-(i64::from(days) * DAY) - part)
}

/// What one life happens in.
struct Setting<'a> {
    sent: &'a content::Submission,
    known: &'a Known,
    ids: &'a HashMap<String, SubmissionId>,
    seed: &'a mut Seed,
    rows: &'a mut Rows,
}

/// The first moment of a life.
struct Begun {
    id: SubmissionId,
    at: Instant,
    reference: String,
}

struct Life<'a> {
    setting: Setting<'a>,
    author: PersonId,
    row: submission::Model,
    /// When an announced step closed it, if one did.
    closed_at: Option<Instant>,
    /// Announcements, for the notifications of author and followers.
    told: Vec<(Instant, decision::Model)>,
}

impl<'a> Life<'a> {
    fn begin(setting: Setting<'a>, begun: Begun) -> Result<Self> {
        let (sent, known) = (setting.sent, setting.known);
        let author = find(&known.people, &sent.author)?;
        let status = known.catalogue.status(Phase::Submitted)?;
        let text_id = TextId(setting.seed.id_at(begun.at));
        let row = submission::Model {
            id: begun.id,
            reference: begun.reference,
            kind: sent.kind,
            phase: Phase::Submitted,
            shown_phase: Phase::Submitted,
            status_id: status,
            shown_status_id: status,
            phase_stack: Position::start(sent.kind).stack(),
            author_id: Some(author),
            sent_by: None,
            unit_id: find(&known.units, &sent.unit)?,
            function_id: None,
            touchpoint_id: Some(find(&known.touchpoints, &sent.touchpoint)?),
            program_id: known.catalogue.program,
            channel: sent.channel,
            severity: sent.severity,
            audience: Audience::Everyone,
            concerned_id: None,
            assignee_id: None,
            owner_id: None,
            impact: None,
            effort: None,
            promised_on: None,
            wake_on: None,
            merged_into: None,
            opened_at: None,
            text_id,
            language: Some(sent.language.clone()),
            vote_count: 0,
            comment_count: 0,
            photo_count: 0,
            pending_decision_id: None,
            second_look_at: None,
            implemented_shown_at: None,
            entered_at: begun.at,
            canonical_id: None,
            reach: 1,
            due_at: None,
            snoozed_until: None,
            hidden_at: None,
            locked_at: None,
            split_from: None,
            handover: None,
            created_at: begun.at,
            updated_at: begun.at,
            version: 1,
        };
        let words = Words::of(&sent.text, sent.title.as_deref(), sent.customer_words.as_deref())?;
        setting.rows.texts.push(wording::Model {
            id: text_id,
            submission_id: begun.id,
            revision: 1,
            title: words.title,
            body: words.body,
            customer_words: words.customer_words,
            created_at: begun.at,
            redacted_at: None,
        });
        let mut life = Self { setting, author, row, closed_at: None, told: Vec::new() };
        life.state(Some(author), begun.at, submissions::service::sent_fact(&life.row));
        Ok(life)
    }

    fn state(&mut self, by: Option<PersonId>, at: Instant, fact: NewFact) {
        self.setting.rows.happenings.push(Happening::by(by, at, fact));
    }

    /// One step of the path: decided, and announced when its hold is over.
    fn take(&mut self, told: &content::Step) -> Result<()> {
        let at = days_before(
            self.setting.known.now,
            told.days_ago,
            self.setting.seed.between(2 * HOUR, 4 * HOUR),
        );
        let by = told.by.as_ref().map(|code| find(&self.setting.known.people, code)).transpose()?;
        let step = self.lawful(told, at)?;
        let assignee = self.takes_up(&step, by);
        let decision = self.decide(told, &step, (by, at, assignee))?;
        self.change(told, &step, &decision)?;
        if assignee.is_some() {
            self.row.assignee_id = assignee;
        }
        self.link(&decision);
        self.name_owner(&decision)?;
        self.announce(&decision);
        self.setting.rows.decisions.push(decision);
        Ok(())
    }

    /// The step, if the law allows it.
    fn lawful(&self, told: &content::Step, at: Instant) -> Result<Step> {
        let row = &self.row;
        let broken =
            |error: String| Fault::internal(format!("demo {}: {error}", self.setting.sent.key));
        let position = Position::new(row.phase, row.kind, row.phase_stack)
            .map_err(|error| broken(error.to_string()))?;
        let facts = MoveFacts {
            own_submission: told.letter == Letter::Author,
            unit_under_own_grant: told.letter == Letter::Manager,
            days_since_implemented: row.implemented_shown_at.map(|shown| days_between(shown, at)),
            wake_date_reached: row.wake_on.is_some_and(|day| day <= at.day()),
            sustain_answered_yes: told.to == Phase::Sustained,
            ..MoveFacts::default()
        };
        let step = position.step(told.to, told.letter.into(), &facts);
        Ok(step.map_err(|refused| broken(refused.to_string()))?)
    }

    /// Who takes it up: the first step of a reviewer into UNDER_REVIEW is an assignment.
    fn takes_up(&self, step: &Step, by: Option<PersonId>) -> Option<PersonId> {
        (step.from() == Phase::Submitted && step.to() == Phase::UnderReview).then_some(by).flatten()
    }

    fn decide(
        &mut self,
        told: &content::Step,
        step: &Step,
        (by, at, assignee): (Option<PersonId>, Instant, Option<PersonId>),
    ) -> Result<decision::Model> {
        let catalogue = &self.setting.known.catalogue;
        let status = catalogue.status(step.to())?;
        let reason = told.reason.as_ref().map(|code| find(&catalogue.reasons, code)).transpose()?;
        let announce = told.announce.unwrap_or(Announce::AfterHold).by(step.letter());
        let release_at = hold::release_at(at.micros(), catalogue.hold, announce).map(Instant);
        let mut before = Before::of(&self.row);
        if assignee.is_some() {
            before = before.with_assignee(&self.row);
        }
        if self.promises(told).is_some() {
            before = before.with_promise(&self.row);
        }
        let response = self.respond(told, (by, at));
        Ok(decision::Model {
            id: DecisionId(self.setting.seed.id_at(at)),
            submission_id: self.row.id,
            decider_id: by,
            letter: step.letter(),
            from_phase: step.from(),
            to_phase: step.to(),
            to_status_id: status,
            reason_id: reason,
            response_id: response,
            state: if release_at.is_some() {
                DecisionState::Announced
            } else {
                DecisionState::Pending
            },
            before: before.to_text(),
            decided_at: at,
            release_at,
            closed_at: release_at,
        })
    }

    fn respond(
        &mut self,
        told: &content::Step,
        (by, at): (Option<PersonId>, Instant),
    ) -> Option<ResponseId> {
        let body = told.message.clone()?;
        let id = ResponseId(self.setting.seed.id_at(at));
        self.setting.rows.responses.push(response::Model {
            id,
            submission_id: self.row.id,
            author_id: by,
            body,
            language: self.setting.sent.language.clone(),
            created_at: at,
            redacted_at: None,
        });
        Some(id)
    }

    /// The next date is promised with the latest step of a person.
    fn promises(&self, told: &content::Step) -> Option<i64> {
        let mut by_people = self.setting.sent.path.iter().rev();
        let latest =
            by_people.find(|step| matches!(step.letter, Letter::Reviewer | Letter::Manager))?;
        let days = self.setting.sent.promised_in_days?;
        std::ptr::eq(latest, told).then_some(i64::from(days) * DAY)
    }

    /// The row with the decided place, and the facts that say so.
    fn change(
        &mut self,
        told: &content::Step,
        step: &Step,
        decision: &decision::Model,
    ) -> Result<()> {
        let at = decision.decided_at;
        let now = self.setting.known.now;
        let opens = matches!(decision.letter, Letter::Reviewer | Letter::Manager);
        let opened = opens && self.row.opened_at.is_none();
        let promised_on = self.promises(told).map(|ahead| now.plus(ahead).day());
        let row = &mut self.row;
        row.phase = step.to();
        row.phase_stack = step.stack_after();
        row.status_id = decision.to_status_id;
        row.wake_on = told.wake_in_days.map(|days| now.plus(i64::from(days) * DAY).day());
        row.merged_into = told.into.as_ref().map(|key| find(self.setting.ids, key)).transpose()?;
        row.promised_on = promised_on.or(row.promised_on);
        row.entered_at = at;
        row.opened_at = row.opened_at.or(opens.then_some(at));
        row.updated_at = at;
        row.version += 1;
        row.pending_decision_id = Some(decision.id);
        if opened {
            self.state(decision.decider_id, at, decide::opened_fact(&self.row));
        }
        if !matches!(decision.letter, Letter::Author | Letter::Scheduler) {
            self.state(decision.decider_id, at, decide::decided_fact(&self.row, decision));
        }
        if let Some(assignee) = self.takes_up(step, decision.decider_id) {
            self.state(decision.decider_id, at, handling::assigned_fact(&self.row, Some(assignee)));
        }
        Ok(())
    }

    /// Causes are linked by the reviewer who accepts, with that decision.
    fn link(&mut self, decision: &decision::Model) {
        if (decision.to_phase, decision.letter) != (Phase::Accepted, Letter::Reviewer) {
            return;
        }
        for key in &self.setting.sent.causes {
            let Some(cause) = self.setting.known.causes.get(key) else { continue };
            let link = cause_link::Model {
                id: CauseLinkId(self.setting.seed.id_at(decision.decided_at)),
                submission_id: self.row.id,
                cause_id: *cause,
                source: LinkSource::Person,
                created_by: decision.decider_id,
                note: None,
                decision_id: Some(decision.id),
                created_at: decision.decided_at,
            };
            self.state(
                decision.decider_id,
                decision.decided_at,
                triage::causes::service::linked_fact(&link),
            );
            self.setting.rows.links.push(link);
        }
    }

    /// Who accepts also says who will see to it.
    fn name_owner(&mut self, decision: &decision::Model) -> Result<()> {
        let Some(code) = &self.setting.sent.owner else { return Ok(()) };
        if decision.to_phase != Phase::Accepted || self.row.owner_id.is_some() {
            return Ok(());
        }
        let owner = find(&self.setting.known.people, code)?;
        self.state(
            decision.decider_id,
            decision.decided_at,
            handling::owner_fact(&self.row, Some(owner)),
        );
        self.row.owner_id = Some(owner);
        self.row.version += 1;
        Ok(())
    }

    /// Shows the decided place to everybody, unless a reviewer is still to announce it. The end of
    /// a hold is the system's doing.
    fn announce(&mut self, decision: &decision::Model) {
        let Some(at) = decision.closed_at else { return };
        let by = decision.decider_id.filter(|_| decision.letter == Letter::Author);
        if let Some(fact) = announce::reveal(&mut self.row, decision, at) {
            self.state(by, at, fact);
        }
        if !self.row.phase.is_open() {
            self.closed_at = self.closed_at.or(Some(at));
        }
        self.told.push((at, decision.clone()));
    }

    fn comment(&mut self) -> Result<()> {
        let mut earliest = self.row.created_at;
        for said in &self.setting.sent.comments {
            let part = self.setting.seed.between(10 * MINUTE, 90 * MINUTE);
            let at =
                days_before(self.setting.known.now, said.days_ago, part).max(earliest.plus(MINUTE));
            earliest = at;
            let by = find(&self.setting.known.people, &said.by)?;
            let row = comment::Model {
                id: CommentId(self.setting.seed.id_at(at)),
                submission_id: self.row.id,
                author_id: Some(by),
                service_id: None,
                visibility: said.visibility,
                body: said.text.clone(),
                created_at: at,
                redacted_at: None,
            };
            self.state(Some(by), at, submissions::service::comment_fact(&row));
            if said.visibility == CommentVisibility::Public {
                self.row.comment_count += 1;
                self.tell_of_comment(&row);
            }
            self.setting.rows.comments.push(row);
        }
        Ok(())
    }

    /// Colleagues vote while it is open: those of the own site at once, others after it was opened.
    fn vote(&mut self) {
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
                from.filter(|from| *person != self.author && *from < end)
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
    fn end(mut self) {
        for (at, decision) in std::mem::take(&mut self.told) {
            if let Some((kind, _)) = telling::to_author(decision.to_phase, decision.letter) {
                self.notify(self.author, kind, (Cause::Announced(decision.id), at));
            }
        }
        self.setting.rows.submissions.push(self.row);
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
        if comment.author_id != Some(self.author) {
            let cause = (Cause::Commented(comment.id), comment.created_at);
            self.notify(self.author, NotificationKind::OwnComment, cause);
        }
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
}

fn days_between(earlier: Instant, later: Instant) -> u32 {
    u32::try_from(later.since(earlier) / DAY).unwrap_or(0)
}

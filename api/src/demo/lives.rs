//! What was sent and what became of it: every submission lives through its path, step by step,
//! under the law of phases. Nothing here can put a row where the machine could not have put it.

mod talk;

use std::collections::{HashMap, VecDeque};

use entity::clocks::machine::{Announcement, Answer, Clocks, Terms, Turn};
use entity::closing::words::{ClosingText, Personal};
use entity::id::{CauseLinkId, CommentId, DecisionId, PersonId, ResponseId, SubmissionId, TextId};
use entity::instant::{DAY, HOUR, Instant};
use entity::submissions::hold::{self, Announce};
use entity::submissions::phase::{Kind, Letter, MoveFacts, Phase, Position, Step};
use entity::submissions::reference::{Code, PREFIX, Reference};
use entity::submissions::values::{Audience, CommentVisibility};
use entity::submissions::{comment, submission, wording};
use entity::triage::cause_link;
use entity::triage::values::LinkSource;
use entity::workflow::reply_fields::best_language;
use entity::workflow::snapshot::{Before, Place};
use entity::workflow::values::DecisionState;
use entity::workflow::{decision, response};

use super::content::{self, Content};
use super::facts;
use super::organisation::{Known, find};
use super::rows::{Happening, Resolved, Rows};
use super::seed::Seed;
use crate::kit::error::{Fault, Result};
use crate::kit::fact::NewFact;
use crate::submissions;
use crate::submissions::joining::service::joined_fact;
use crate::submissions::service::Words;
use crate::triage;
use crate::workflow::{announce, decide, handling};

/// What everybody's life happens in.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) content: &'a Content,
    pub(super) known: &'a Known,
    /// On what clocks run.
    pub(super) terms: &'a Terms,
}

/// Lets every submission live its life. Returns their ids by key.
///
/// # Errors
/// A fault when a path breaks the law, or a file names what it does not define.
pub(super) fn live(
    world: World<'_>,
    seed: &mut Seed,
    rows: &mut Rows,
) -> Result<HashMap<String, SubmissionId>> {
    let World { content, known, .. } = world;
    let oldest_first = oldest_first(content, known, seed);
    let ids: HashMap<String, SubmissionId> = oldest_first
        .iter()
        .map(|(sent_at, sent)| (sent.key.clone(), fresh_id(sent, *sent_at, seed)))
        .collect();
    let mut numbers = 1_u32..;
    for (sent_at, sent) in oldest_first {
        let id = find(&ids, &sent.key)?;
        // What has no author tells nobody when it came: neither by its id nor by its reference.
        let number = sent.author.as_ref().and_then(|_| numbers.next());
        let reference = match number {
            Some(number) => format!("{PREFIX}-{number}"),
            None => Reference::Random(Code::from_random(seed.bits())).to_string(),
        };
        let begun = Begun { id, at: sent_at, reference };
        let mut life = Life::begin(Setting { sent, world, known, ids: &ids, seed, rows }, begun)?;
        for step in &sent.path {
            life.take(step)?;
        }
        life.hear_until(known.now);
        life.vote();
        life.end();
    }
    Ok(ids)
}

fn fresh_id(sent: &content::Submission, at: Instant, seed: &mut Seed) -> SubmissionId {
    SubmissionId(if sent.author.is_some() { seed.id_at(at) } else { seed.random_id() })
}

/// With the time of sending: in the forenoon, so many days ago. References count in this order.
fn oldest_first<'a>(
    content: &'a Content,
    known: &Known,
    seed: &mut Seed,
) -> Vec<(Instant, &'a content::Submission)> {
    let mut sent: Vec<_> = content
        .submissions
        .iter()
        .map(|sent| {
            (days_before(known.evening, sent.age_days, seed.between(5 * HOUR, 7 * HOUR)), sent)
        })
        .collect();
    sent.sort_by_key(|(at, _)| *at);
    sent
}

/// `days` whole days and a part of one before an evening.
pub(super) fn days_before(evening: Instant, days: u32, part: i64) -> Instant {
    evening.plus(-(i64::from(days) * DAY) - part)
}

/// What one life happens in.
struct Setting<'a> {
    sent: &'a content::Submission,
    world: World<'a>,
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
    /// Who sent it; nobody where the integration did in its own name.
    author: Option<PersonId>,
    row: submission::Model,
    /// When an announced step closed it, if one did.
    closed_at: Option<Instant>,
    /// Announcements, for the notifications of author and followers.
    told: Vec<(Instant, decision::Model)>,
    clocks: Clocks,
    /// What is still to be said about it, the earliest first.
    talk: VecDeque<comment::Model>,
    /// When the open question was announced.
    asked_at: Option<Instant>,
}

impl<'a> Life<'a> {
    fn begin(setting: Setting<'a>, begun: Begun) -> Result<Self> {
        let (sent, known) = (setting.sent, setting.known);
        let author = sent.author.as_ref().map(|code| find(&known.people, code)).transpose()?;
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
            author_id: author,
            sent_by: author.is_none().then_some(known.service),
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
        let clocks = Clocks::begin(begun.id, begun.at, setting.world.terms);
        let mut life = Self {
            setting,
            author,
            row,
            closed_at: None,
            told: Vec::new(),
            clocks,
            talk: VecDeque::new(),
            asked_at: None,
        };
        life.state_sent(begun.at);
        life.talk = life.prepare()?;
        Ok(life)
    }

    /// Sent by its author, or by the integration.
    fn state_sent(&mut self, at: Instant) {
        let fact = submissions::service::sent_fact(&self.row);
        let happening = match self.author {
            Some(author) => Happening::by(Some(author), at, fact),
            None => Happening::by_service(self.setting.known.service, at, fact),
        };
        self.setting.rows.happenings.push(happening);
    }

    fn state(&mut self, by: Option<PersonId>, at: Instant, fact: NewFact) {
        self.setting.rows.happenings.push(Happening::by(by, at, fact));
    }

    /// One step of the path: decided, and announced when its hold is over.
    fn take(&mut self, told: &content::Step) -> Result<()> {
        let at = self.when(told);
        self.hear_until(at);
        let by = told.by.as_ref().map(|code| find(&self.setting.known.people, code)).transpose()?;
        // "Is it still fixed?" is answered by the author; the step is that of time.
        let by = by.or(self.author.filter(|_| told.to == Phase::Sustained));
        let step = self.lawful(told, at)?;
        let assignee = self.takes_up(&step, by);
        let shown = Place::of(&self.row);
        self.speak(told, &step, at);
        let decision = self.decide(told, &step, (by, at, assignee))?;
        self.change(told, &step, &decision)?;
        if assignee.is_some() {
            self.row.assignee_id = assignee;
        }
        self.link(&decision);
        self.name_owner(&decision)?;
        self.clocks.decided(
            &Turn {
                shown,
                to: Place::of(&self.row),
                promised_on: self.row.promised_on,
                at,
                decision: decision.id,
                overtakes: None,
            },
            self.setting.world.terms,
        );
        self.announce(&decision);
        self.keep_resolved(told, &decision);
        self.setting.rows.decisions.push(decision);
        Ok(())
    }

    /// The hour of a step. What a cause moves, it moves all at once.
    fn when(&mut self, told: &content::Step) -> Instant {
        let part = match told.letter {
            Letter::Cause => 3 * HOUR,
            _ => self.setting.seed.between(2 * HOUR, 4 * HOUR),
        };
        days_before(self.setting.known.evening, told.days_ago, part)
    }

    /// The author's own step: the fact of it, and the words, which become a comment.
    fn speak(&mut self, told: &content::Step, step: &Step, at: Instant) {
        if step.letter() == Letter::Scheduler && step.from() == Phase::NeedsInfo {
            self.state(None, at, facts::timed_out(self.row.id));
        }
        if step.letter() != Letter::Author || step.to() == Phase::Withdrawn {
            return;
        }
        let words = told.said.clone().map(|body| comment::Model {
            id: CommentId(self.setting.seed.id_at(at)),
            submission_id: self.row.id,
            author_id: self.author,
            service_id: None,
            visibility: CommentVisibility::Public,
            body,
            created_at: at,
            redacted_at: None,
        });
        let kind = if step.is_second_look() {
            let decider = self.setting.rows.decisions.last().and_then(|it| it.decider_id);
            self.row.second_look_at = Some(at);
            self.row.assignee_id = self.row.assignee_id.filter(|it| Some(*it) != decider);
            facts::SECOND_LOOK
        } else if step.is_not_fixed() {
            facts::NOT_FIXED
        } else {
            facts::ANSWERED
        };
        let comment = words.as_ref().map(|it| it.id);
        self.state(self.author, at, facts::of_author(kind, (self.row.id, comment)));
        self.row.comment_count += i32::from(words.is_some());
        self.setting.rows.comments.extend(words);
    }

    /// What the resolving of a cause closed.
    fn keep_resolved(&mut self, told: &content::Step, decision: &decision::Model) {
        let Some(cause) = &told.resolves else { return };
        self.setting.rows.work.resolved.push(Resolved {
            cause: cause.clone(),
            submission: self.row.id,
            author: self.author,
            decision: decision.id,
            at: decision.decided_at,
            told_at: decision.closed_at,
        });
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
            days_since_question: self.asked_at.map(|asked| days_between(asked, at)),
            second_look_asked: row.second_look_at.is_some(),
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
        let body = told.message.clone().or_else(|| self.closing_words(told))?;
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

    /// What the resolving of a cause says to this author.
    fn closing_words(&self, told: &content::Step) -> Option<String> {
        let key = told.resolves.as_ref()?;
        let organisation = &self.setting.world.content.organisation;
        let texts = &organisation.resolutions.iter().find(|it| it.cause == *key)?.texts;
        let code = self.setting.sent.author.as_ref()?;
        let author = organisation.people.iter().find(|it| it.staff_code == *code)?;
        let cause = &organisation.causes.iter().find(|it| it.key == *key)?.name;
        let tags: Vec<String> = texts.keys().cloned().collect();
        let language = best_language(&tags, &author.locale)?;
        let personal =
            Personal { name: Some(&author.name), reference: &self.row.reference, cause, language };
        Some(ClosingText::read(texts.get(language)?).ok()?.fill(&personal))
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
        let (now, evening) = (self.setting.known.now, self.setting.known.evening);
        let opens = matches!(decision.letter, Letter::Reviewer | Letter::Manager);
        let opened = opens && self.row.opened_at.is_none();
        let promised_on = self.promises(told).map(|ahead| now.plus(ahead).day());
        let row = &mut self.row;
        row.phase = step.to();
        row.phase_stack = step.stack_after();
        row.status_id = decision.to_status_id;
        row.wake_on = told.wake_in_days.map(|days| {
            // One that has woken did so at its step, some hours before the evening.
            let from = if days < 0 { evening.plus(-4 * HOUR) } else { now };
            from.plus(i64::from(days) * DAY).day()
        });
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

    /// Causes are linked by the reviewer who accepts, with that decision; a cause that is being
    /// addressed takes an observation further at once.
    fn link(&mut self, decision: &decision::Model) {
        let links = matches!(
            (self.row.kind, decision.from_phase, decision.to_phase),
            (_, _, Phase::Accepted)
                | (Kind::Observation, Phase::Submitted | Phase::UnderReview, Phase::InProgress,)
        );
        if !links || decision.letter != Letter::Reviewer {
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
        let own = matches!(decision.letter, Letter::Author | Letter::Scheduler);
        let by = decision.decider_id.filter(|_| own);
        let news = announce::reveal(&mut self.row, decision, at);
        let in_charge = matches!(decision.letter, Letter::Reviewer | Letter::Manager);
        let answer = if in_charge && news.is_some() { Answer::Yes } else { Answer::No };
        let told = Announcement { shown: self.row.shown_phase, answer, at };
        self.clocks.announced(&told, &self.setting.world.terms.time);
        if let Some(fact) = news {
            self.state(by, at, fact);
        }
        if let (Phase::Merged, Some(into)) = (self.row.phase, self.row.merged_into) {
            self.state(by, at, joined_fact(into, self.row.id));
        }
        self.asked_at = (self.row.phase == Phase::NeedsInfo).then_some(at);
        self.closed_at = if self.row.phase.is_open() { None } else { self.closed_at.or(Some(at)) };
        self.told.push((at, decision.clone()));
    }
}

fn days_between(earlier: Instant, later: Instant) -> u32 {
    u32::try_from(later.since(earlier) / DAY).unwrap_or(0)
}

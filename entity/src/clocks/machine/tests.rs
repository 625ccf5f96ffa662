use super::*;
use crate::clocks::hours::Opening;
use crate::clocks::values::Weekday;
use crate::instant::MINUTE;
use crate::submissions::phase::{Decision, Kind, Letter, MoveFacts, PhaseStack, Position};
use proptest::prelude::*;
use uuid::Uuid;

fn at(text: &str) -> Instant {
    crate::instant::parse_rfc3339(text).expect("an instant")
}

fn usual() -> Terms {
    Terms { time: BusinessTime::usual(), targets: Targets::default() }
}

fn decision(number: u128) -> DecisionId {
    DecisionId(Uuid::from_u128(number))
}

const ID: SubmissionId = SubmissionId(Uuid::nil());
const SUBMITTED: Place = Place { phase: Phase::Submitted, stack: PhaseStack::EMPTY };

fn turn(from: Phase, to: Phase, now: Instant) -> Turn {
    let place = |phase| Place { phase, stack: PhaseStack::EMPTY };
    Turn {
        shown: place(from),
        to: place(to),
        promised_on: None,
        at: now,
        decision: decision(1),
        overtakes: None,
    }
}

fn open(clocks: &Clocks, kind: ClockKind) -> Option<&Model> {
    clocks.rows().iter().find(|row| row.kind == kind && row.state != ClockState::Stopped)
}

#[test]
fn a_promise_lasts_to_the_end_of_its_day_and_pauses_without_moving() {
    let (terms, monday) = (usual(), at("2026-03-02T09:00:00Z"));
    let mut clocks = Clocks::begin(ID, monday, &terms);
    let friday: Day = "2026-03-06".parse().expect("a day");
    clocks.promised(Some(friday), (monday, None), &terms.time);
    let due = at("2026-03-07T00:00:00Z");
    assert_eq!(open(&clocks, ClockKind::Promised).map(|row| row.due_at), Some(due));
    let told = |shown, at| Announcement { shown, answer: Answer::No, at };
    clocks.announced(&told(Phase::Deferred, monday), &terms.time);
    assert_eq!(clocks.due_at(), None);
    let later = at("2026-03-09T09:00:00Z");
    clocks.announced(&told(Phase::UnderReview, later), &terms.time);
    let promise = open(&clocks, ClockKind::Promised).expect("it runs again");
    assert!(promise.due_at == due && is_breached(promise, later));
    // The same date again changes nothing; another one is another round.
    let before = clocks.clone();
    clocks.promised(Some(friday), (later, None), &terms.time);
    assert_eq!(clocks, before);
    clocks.promised("2026-03-20".parse().ok(), (later, None), &terms.time);
    assert_eq!(open(&clocks, ClockKind::Promised).map(|row| row.round), Some(2));
}

#[test]
fn what_was_never_counted_stays_so_until_it_is_reopened() {
    let (terms, monday) = (usual(), at("2026-03-02T09:00:00Z"));
    let mut imported = Clocks::of(ID, Vec::new());
    imported.decided(&turn(Phase::Submitted, Phase::UnderReview, monday), &terms);
    imported.decided(&turn(Phase::UnderReview, Phase::Declined, monday), &terms);
    assert!(imported.rows().is_empty());
    imported.decided(&turn(Phase::Declined, Phase::UnderReview, monday), &terms);
    assert_eq!(imported.rows().len(), 1);
}

#[test]
fn a_new_calendar_counts_what_runs_anew() {
    let (terms, monday) = (usual(), at("2026-03-02T09:00:00Z"));
    let mut clocks = Clocks::begin(ID, monday, &terms);
    let half: Vec<Opening> = Weekday::ALL[..5]
        .iter()
        .map(|weekday| Opening { weekday: *weekday, opens: 9 * 60, closes: 13 * 60 })
        .collect();
    let half = BusinessTime::new("UTC", &half, &[]).expect("a sound calendar");
    clocks.recount(&half);
    assert_eq!(clocks.due_at(), Some(at("2026-03-03T13:00:00Z")));
}

/// One thing that happens.
#[derive(Clone, Debug)]
enum Event {
    Comment,
    /// The reviewer moves it, to one of the places that are allowed.
    Decide(usize),
    /// The same, told at once.
    DecideAndTell(usize),
    /// The author moves it.
    Author(usize),
    Tell,
    Undo,
    Wait(i64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        1 => Just(Event::Comment),
        4 => (0_usize..12).prop_map(Event::Decide),
        3 => (0_usize..12).prop_map(Event::DecideAndTell),
        2 => (0_usize..3).prop_map(Event::Author),
        2 => Just(Event::Tell),
        2 => Just(Event::Undo),
        6 => (1_i64..3_500).prop_map(Event::Wait),
    ]
}

/// Decisions of one hold: when, and where to; and what became of them.
#[derive(Clone, Debug)]
struct Hold {
    shown: Place,
    chain: Vec<(i64, Place)>,
    told: Option<(i64, Answer)>,
}

/// What happened, as a list; the clocks are found by going through it minute by minute.
#[derive(Default)]
struct Past {
    holds: Vec<Hold>,
    comments: Vec<i64>,
}

#[derive(Debug, PartialEq, Eq)]
struct Found {
    state: ClockState,
    breached: bool,
    left: Option<i64>,
    took: Option<i64>,
}

impl Past {
    /// From when to when everybody saw something for which clocks pause.
    fn is_paused(&self, minute: i64) -> bool {
        let mut told =
            self.holds.iter().filter_map(|hold| Some((hold.told?.0, hold.chain.last()?.1)));
        told.rfind(|(when, _)| *when <= minute).is_some_and(|(_, to)| to.phase.pauses_clocks())
    }

    /// Beginning and end of every decision clock.
    fn rounds(&self) -> Vec<(i64, Option<i64>)> {
        let mut rounds = vec![(0, None)];
        for hold in &self.holds {
            let (last, to) = *hold.chain.last().expect("never empty");
            match (awaits_decision(hold.shown), awaits_decision(to)) {
                (true, false) => {
                    let decided =
                        hold.chain.iter().rev().take_while(|(_, to)| !awaits_decision(*to));
                    let first = decided.last().expect("the last is").0;
                    rounds.last_mut().expect("one").1 = Some(first);
                }
                (false, true) => rounds.push((last, None)),
                _ => {}
            }
        }
        rounds
    }

    fn answered_at(&self) -> Option<i64> {
        let told = self.holds.iter().filter_map(|hold| hold.told);
        let answers = told.filter(|(_, answer)| *answer == Answer::Yes).map(|(when, _)| when);
        let withdrawn = self.holds.iter().flat_map(|hold| &hold.chain);
        let withdrawn = withdrawn.filter(|(_, to)| to.phase == Phase::Withdrawn).map(|it| it.0);
        answers.chain(withdrawn).chain(self.comments.iter().copied()).min()
    }

    fn find(&self, (from, to): (i64, Option<i64>), now: i64, terms: (&Terms, i64, i32)) -> Found {
        let (terms, start, days) = terms;
        let target = terms.time.business_days(days) / MINUTE;
        let is_open = |minute: i64| {
            let from = Instant((start + minute) * MINUTE);
            terms.time.worked(from, from.plus(MINUTE)) > 0
        };
        let (mut counted, mut due, mut since) = (0, None, from);
        for minute in from..to.unwrap_or(now) {
            if self.is_paused(minute) {
                continue;
            }
            counted += i64::from(is_open(minute));
            if counted == target && due.is_none() {
                due = Some(minute + 1);
            }
        }
        let end = to.unwrap_or(now);
        let paused = end > from && self.is_paused(end - 1) && self.is_paused(end)
            || (to.is_none() && self.is_paused(now));
        if paused {
            // Since when: nothing that happens in a pause is late.
            since = (from..=end)
                .rev()
                .take_while(|minute| self.is_paused(*minute))
                .last()
                .unwrap_or(end);
        }
        let until = if paused { since } else { end };
        let breached = due.is_some_and(|due| until > due);
        let state = match to {
            Some(_) => ClockState::Stopped,
            None if paused => ClockState::Paused,
            None => ClockState::Running,
        };
        Found {
            state,
            breached,
            left: (to.is_none() && counted < target).then_some(target - counted),
            took: to.map(|_| counted),
        }
    }
}

/// The machine under test beside the list of what happened.
struct Run {
    terms: Terms,
    start: i64,
    now: i64,
    clocks: Clocks,
    before_hold: Option<Clocks>,
    place: Place,
    shown: Place,
    pending: Option<DecisionId>,
    next: u128,
    past: Past,
}

impl Run {
    fn instant(&self) -> Instant {
        Instant((self.start + self.now) * MINUTE)
    }

    fn facts(&self) -> MoveFacts {
        let decision = match self.pending {
            Some(_) => Decision::Pending { shown: self.position(self.shown) },
            None => Decision::Announced,
        };
        MoveFacts { decision, ..MoveFacts::default() }
    }

    fn position(&self, place: Place) -> Position {
        place.position(Kind::Idea).expect("the machine put it there")
    }

    fn decide(&mut self, letter: Letter, (choice, tell): (usize, bool)) {
        let position = self.position(self.place);
        let allowed = position.allowed(letter.into(), &self.facts());
        if allowed.is_empty() {
            return;
        }
        let to = allowed[choice % allowed.len()].to;
        let step = position.step(to, letter.into(), &self.facts()).expect("allowed");
        let place = Place { phase: step.to(), stack: step.stack_after() };
        self.next += 1;
        let overtakes = self.pending.map(|pending| {
            if step.cancels_pending() {
                Overtaken::Cancelled(pending)
            } else {
                Overtaken::Continued(pending)
            }
        });
        if self.pending.is_none() {
            self.before_hold = Some(self.clocks.clone());
        }
        let turn = Turn {
            shown: self.shown,
            to: place,
            promised_on: None,
            at: self.instant(),
            decision: decision(self.next),
            overtakes,
        };
        self.clocks.decided(&turn, &self.terms);
        match (self.past.holds.last_mut(), overtakes) {
            (Some(hold), Some(Overtaken::Continued(_))) => hold.chain.push((self.now, place)),
            (Some(hold), Some(Overtaken::Cancelled(_))) => hold.chain = vec![(self.now, place)],
            _ => self.past.holds.push(Hold {
                shown: self.shown,
                chain: vec![(self.now, place)],
                told: None,
            }),
        }
        (self.place, self.pending) = (place, Some(decision(self.next)));
        if tell || step.announces_at_once() {
            self.tell(if letter == Letter::Reviewer { Answer::Yes } else { Answer::No });
        }
    }

    fn tell(&mut self, answer: Answer) {
        if self.pending.take().is_none() {
            return;
        }
        let answer = if self.place.phase == self.shown.phase { Answer::No } else { answer };
        self.shown = self.place;
        let told = Announcement { shown: self.place.phase, answer, at: self.instant() };
        self.clocks.announced(&told, &self.terms.time);
        self.past.holds.last_mut().expect("held").told = Some((self.now, answer));
    }

    fn undo(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        self.clocks.undone(pending, &self.terms.time);
        self.place = self.shown;
        self.past.holds.pop();
        let found = self.before_hold.take().expect("held");
        let decisions = |clocks: &Clocks| -> Vec<Model> {
            clocks
                .rows()
                .iter()
                .filter(|row| row.kind != ClockKind::FirstResponse)
                .cloned()
                .collect()
        };
        assert_eq!(decisions(&self.clocks), decisions(&found), "undo restores");
    }

    fn happen(&mut self, event: &Event) {
        // No two things happen in the same minute: the model could not tell which was first.
        self.now += 1;
        match event {
            Event::Comment => {
                self.clocks.answered(self.instant(), &self.terms.time);
                self.past.comments.push(self.now);
            }
            Event::Decide(choice) => self.decide(Letter::Reviewer, (*choice, false)),
            Event::DecideAndTell(choice) => self.decide(Letter::Reviewer, (*choice, true)),
            Event::Author(choice) => self.decide(Letter::Author, (*choice, false)),
            Event::Tell => self.tell(Answer::Yes),
            Event::Undo => self.undo(),
            Event::Wait(minutes) => self.now += minutes,
        }
    }

    fn seen(&self, kind: ClockKind) -> Vec<Found> {
        let rows = self.clocks.rows().iter().filter(|row| row.kind == kind);
        rows.map(|row| Found {
            state: row.state,
            breached: is_breached(row, self.instant()),
            left: remaining(row, self.instant(), &self.terms.time)
                .filter(|left| *left > 0)
                .map(|left| left / MINUTE),
            took: row.took.map(|took| took / MINUTE),
        })
        .collect()
    }
}

prop_compose! {
    fn terms()(
        zone in proptest::sample::select(vec!["UTC", "Europe/Madrid", "America/New_York"]),
        days in proptest::collection::btree_set(0_usize..7, 1..=6),
        opens in 0_u16..800,
        length in 60_u16..600,
        first_response in 1_i32..3,
        decision in 1_i32..6,
    ) -> Terms {
        let openings: Vec<Opening> = days
            .into_iter()
            .map(|day| Opening { weekday: Weekday::ALL[day], opens, closes: opens + length })
            .collect();
        let time = BusinessTime::new(zone, &openings, &[]).expect("a sound calendar");
        Terms { time, targets: Targets { first_response, decision } }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    /// Whatever happens in whatever order: the clocks say what a count of the minutes finds.
    #[test]
    fn clocks_are_what_a_minute_by_minute_count_finds(
        terms in terms(),
        start in 0_i64..400 * 1_440,
        events in proptest::collection::vec(event(), 1..16),
    ) {
        let start = at("2026-01-01T00:00:00Z").micros() / MINUTE + start;
        let clocks = Clocks::begin(ID, Instant(start * MINUTE), &terms);
        let mut run = Run {
            terms, start, now: 0, clocks, before_hold: None, place: SUBMITTED, shown: SUBMITTED,
            pending: None, next: 0, past: Past::default(),
        };
        for event in &events {
            run.happen(event);
            for kind in ClockKind::ALL {
                let open = run.clocks.rows().iter().filter(|row| row.kind == kind && row.state != ClockState::Stopped);
                prop_assert!(open.count() <= 1, "one open clock of a kind");
            }
        }
        let targets = run.terms.targets;
        let found: Vec<Found> = run.past.rounds().into_iter()
            .map(|round| run.past.find(round, run.now, (&run.terms, run.start, targets.decision)))
            .collect();
        prop_assert_eq!(run.seen(ClockKind::Decision), found);
        let found = run.past.find((0, run.past.answered_at()), run.now, (&run.terms, run.start, targets.first_response));
        prop_assert_eq!(run.seen(ClockKind::FirstResponse), vec![found]);
    }
}

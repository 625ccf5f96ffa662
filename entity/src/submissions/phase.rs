//! The life of a submission: which phase may follow which, and who may take the step.
//!
//! [`RULES`] is the table of the product definition ("Life of a submission"), row by row. Only
//! [`Position::step`] can make a [`Step`], so a row whose phase was changed by a `Step` has obeyed the table.
//!
//! What the machine does not know and the caller has to settle first:
//! - which [`Letters`] somebody holds (units, grants, ownership; who is recused holds none);
//! - undo before the announcement, which is no step: it restores the whole row as it was;
//! - what a merge may join (see [`Phase::takes_twins`]) and whose text is shown to whom.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::text_enum::{UnknownValue, text_enum};

use Phase::{
    Accepted, Declined, Deferred, Implemented, InProgress, Merged, NeedsInfo, Planned, Submitted,
    Sustained, UnderReview, Withdrawn,
};

/// Days after the announcement of IMPLEMENTED in which the author may say "not fixed" (the last one included).
pub const NOT_FIXED_DAYS: u32 = 90;

/// Days after the announcement of a question from which on the scheduler takes the submission back.
pub const QUESTION_DAYS: u32 = 10;

text_enum! {
    /// Where a submission stands. A law in code; the labels that people see are configured and may be renamed.
    pub enum Phase {
        /// Received; nobody has taken it up.
        Submitted = "SUBMITTED",
        /// Somebody looks at it.
        UnderReview = "UNDER_REVIEW",
        /// The author was asked a question. Clocks pause.
        NeedsInfo = "NEEDS_INFO",
        /// Not now: it comes back at its wake date. Clocks pause.
        Deferred = "DEFERRED",
        /// Yes to an idea; "we know why" to an observation.
        Accepted = "ACCEPTED",
        /// An accepted idea that has its place in a plan. Ideas only.
        Planned = "PLANNED",
        /// Being worked on.
        InProgress = "IN_PROGRESS",
        /// Done.
        Implemented = "IMPLEMENTED",
        /// Still working when asked after 60 days.
        Sustained = "SUSTAINED",
        /// Not going ahead, with a reason.
        Declined = "DECLINED",
        /// Joined with another submission, whose fate it mirrors.
        Merged = "MERGED",
        /// Taken back by its author. The end.
        Withdrawn = "WITHDRAWN",
    }
}

text_enum! {
    /// What somebody sent. Guessed at first, and correctable (see [`Position::corrected`]).
    pub enum Kind {
        /// What would help.
        Idea = "IDEA",
        /// What was seen.
        Observation = "OBSERVATION",
    }
}

text_enum! {
    /// In which capacity a step is taken. The order is that in which a letter is chosen when several would do.
    pub enum Letter {
        /// Reviewer of the submission's unit (of the function, after a hand-over).
        Reviewer = "R",
        /// Manager over the submission's unit, or the owner.
        Manager = "M",
        /// Author.
        Author = "A",
        /// Scheduler: the passing of time, and what follows by itself.
        Scheduler = "S",
        /// Progress of the causes that an observation is linked to.
        Cause = "C",
    }
}

text_enum! {
    /// What a step means for clocks and for the words around it.
    pub enum StepKind {
        /// Further along the way.
        Forward = "FORWARD",
        /// Earlier on the way, without a reopening.
        Back = "BACK",
        /// Into NEEDS_INFO or DEFERRED: clocks pause.
        Pause = "PAUSE",
        /// Out of NEEDS_INFO, DEFERRED or a joining nobody was told of: clocks go on.
        Return = "RETURN",
        /// Into DECLINED, MERGED or WITHDRAWN.
        Close = "CLOSE",
        /// Out of an answer that was announced already.
        Reopen = "REOPEN",
    }
}

/// Whether something must be given with a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// Not asked for.
    No,
    /// The step is refused without it.
    Required,
}

/// Whether a step needs words to the author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Message {
    /// May be given.
    None,
    /// Must be there, but a default text may be kept.
    DefaultAllowed,
    /// Must be written.
    Required,
}

/// What has to be given with a step: no closing without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Requires {
    /// A code of the reason catalogue.
    pub reason: Need,
    /// Words to the author; the question itself for NEEDS_INFO.
    pub message: Message,
    /// The day on which it is looked at again.
    pub wake_date: Need,
}

impl Requires {
    /// Nothing at all.
    pub const NOTHING: Self =
        Self { reason: Need::No, message: Message::None, wake_date: Need::No };
}

impl Phase {
    /// What a step into this phase needs. A step that undoes a joining needs nothing: see [`Step::needs`].
    #[must_use]
    pub const fn needs(self) -> Requires {
        let (reason, message, wake_date) = match self {
            Declined => (Need::Required, Message::Required, Need::No),
            Deferred => (Need::Required, Message::Required, Need::Required),
            Merged | Implemented => (Need::No, Message::DefaultAllowed, Need::No),
            NeedsInfo => (Need::No, Message::Required, Need::No),
            _ => return Requires::NOTHING,
        };
        Requires { reason, message, wake_date }
    }

    /// Whether the decision clock has stopped for good: ACCEPTED and later, DECLINED, MERGED, WITHDRAWN.
    #[must_use]
    pub const fn is_decided(self) -> bool {
        !matches!(self, Submitted | UnderReview | NeedsInfo | Deferred)
    }

    /// Whether somebody still has something to do: all but IMPLEMENTED, SUSTAINED, DECLINED, MERGED, WITHDRAWN.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Implemented | Sustained | Declined | Merged | Withdrawn)
    }

    /// Whether clocks pause here: NEEDS_INFO and DEFERRED.
    #[must_use]
    pub const fn pauses_clocks(self) -> bool {
        matches!(self, NeedsInfo | Deferred)
    }

    /// Whether another submission may be joined into one that stands here: all but IMPLEMENTED, SUSTAINED and
    /// WITHDRAWN. (Already done is DECLINED with that reason.) Into one that is MERGED itself, the root counts.
    #[must_use]
    pub const fn takes_twins(self) -> bool {
        !matches!(self, Implemented | Sustained | Withdrawn)
    }
}

/// The capacities in which somebody acts on one submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Letters(u8);

impl Letters {
    /// No capacity at all: every step is refused.
    pub const NONE: Self = Self(0);

    const fn bit(letter: Letter) -> u8 {
        1 << letter as u8
    }

    /// These letters and one more.
    #[must_use]
    pub const fn with(self, letter: Letter) -> Self {
        Self(self.0 | Self::bit(letter))
    }

    /// These letters but one.
    #[must_use]
    pub const fn without(self, letter: Letter) -> Self {
        Self(self.0 & !Self::bit(letter))
    }

    /// Whether the letter is among them.
    #[must_use]
    pub const fn has(self, letter: Letter) -> bool {
        self.0 & Self::bit(letter) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The letters, in the order of [`Letter`].
    pub fn iter(self) -> impl Iterator<Item = Letter> {
        Letter::ALL.into_iter().filter(move |letter| self.has(*letter))
    }
}

impl From<Letter> for Letters {
    fn from(letter: Letter) -> Self {
        Self::NONE.with(letter)
    }
}

impl FromIterator<Letter> for Letters {
    fn from_iter<I: IntoIterator<Item = Letter>>(letters: I) -> Self {
        letters.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Display for Letters {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.iter().try_for_each(|letter| out.write_str(letter.as_str()))
    }
}

/// The phases to return to, the nearest last. At most two: a question (or a deferral), then a joining.
///
/// Stored as the words with a comma between them; empty is the empty text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PhaseStack {
    below: Option<Phase>,
    top: Option<Phase>,
}

impl PhaseStack {
    /// Nothing to return to.
    pub const EMPTY: Self = Self { below: None, top: None };

    /// The deepest that the table allows.
    pub const DEPTH: usize = 2;

    /// The phase to which the next return leads.
    #[must_use]
    pub const fn top(self) -> Option<Phase> {
        self.top
    }

    /// How many phases there are to return to.
    #[must_use]
    pub fn len(self) -> usize {
        self.iter().count()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.top.is_none()
    }

    /// The phases, the nearest last.
    pub fn iter(self) -> impl Iterator<Item = Phase> {
        self.below.into_iter().chain(self.top)
    }

    // The table pushes at most twice, so nothing is ever lost at the bottom; the tests walk it to be sure.
    const fn push(self, phase: Phase) -> Self {
        Self { below: self.top, top: Some(phase) }
    }

    const fn pop(self) -> Self {
        Self { below: None, top: self.below }
    }
}

impl fmt::Display for PhaseStack {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(below) = self.below {
            write!(out, "{below},")?;
        }
        self.top.map_or(Ok(()), |top| out.write_str(top.as_str()))
    }
}

/// Why a text is no stack of phases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadStack {
    /// One of the words is no phase.
    #[error(transparent)]
    Unknown(#[from] UnknownValue),
    /// More phases than the table can pile up.
    #[error("{0} phases to return to, but there can be at most {max}", max = PhaseStack::DEPTH)]
    TooDeep(usize),
}

impl FromStr for PhaseStack {
    type Err = BadStack;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self::EMPTY);
        }
        let depth = text.split(',').count();
        if depth > Self::DEPTH {
            return Err(BadStack::TooDeep(depth));
        }
        text.split(',').try_fold(Self::EMPTY, |stack, word| Ok(stack.push(word.parse::<Phase>()?)))
    }
}

impl Serialize for PhaseStack {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PhaseStack {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A row that the machine can never have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a submission cannot be {phase} with {stack:?} to return to", stack = .stack.to_string())]
pub struct ImpossiblePosition {
    /// The phase of the row.
    pub phase: Phase,
    /// The phases to return to of the row.
    pub stack: PhaseStack,
}

/// The kind cannot be changed while the submission stands where only the other kind can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{phase} is for ideas only; move it to ACCEPTED first, then it can become an observation")]
pub struct KindRefused {
    /// Where it stands.
    pub phase: Phase,
}

/// Where a submission stands, what it is, and where it would return to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    phase: Phase,
    kind: Kind,
    stack: PhaseStack,
}

/// Whether the place where a submission stands was announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Decision {
    /// Everybody sees the same phase.
    #[default]
    Announced,
    /// Decided but not announced: the author still sees `shown`, and so acts on it.
    Pending {
        /// The announced place; also the one that undo restores.
        shown: Position,
    },
}

/// What the table needs to know beyond the phase. The default is the most cautious: every condition unmet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MoveFacts {
    /// Whether the present place was announced.
    pub decision: Decision,
    /// The actor wrote it, so has no R on it. Holding the letter A says the same.
    pub own_submission: bool,
    /// The actor declined it, a second look was asked for, and there is another reviewer: no R on it any more.
    pub barred_by_second_look: bool,
    /// The actor is a manager whose grant covers the unit of the item ("we fixed it ourselves").
    pub unit_under_own_grant: bool,
    /// The author has used the one second look.
    pub second_look_asked: bool,
    /// Calendar days since IMPLEMENTED was announced; none if it was not.
    pub days_since_implemented: Option<u32>,
    /// Calendar days since the open question was announced; none if it was not.
    pub days_since_question: Option<u32>,
    /// The wake date of a deferral is today or past.
    pub wake_date_reached: bool,
    /// Somebody answered YES to "is it still fixed?".
    pub sustain_answered_yes: bool,
    /// The submission that this one was joined with was withdrawn.
    pub canonical_withdrawn: bool,
}

impl MoveFacts {
    /// The letters that count: nobody reviews an own submission, nor a second look at the own decision.
    fn in_force(&self, letters: Letters) -> Letters {
        let own = self.own_submission || letters.has(Letter::Author);
        if own || self.barred_by_second_look { letters.without(Letter::Reviewer) } else { letters }
    }

    const fn is_pending(&self) -> bool {
        matches!(self.decision, Decision::Pending { .. })
    }
}

/// What must be true beside the phase.
#[derive(Debug, Clone, Copy)]
enum When {
    Always,
    Ideas,
    Observations,
    UnitUnderOwnGrant,
    CameFromTheStart,
    NotFixedInTime,
    SecondLookLeft,
    WakeDateReached,
    QuestionTimedOut,
    AnsweredYes,
    CanonicalWithdrawn,
}

impl When {
    fn holds(self, at: Position, facts: &MoveFacts) -> bool {
        match self {
            Self::Always => true,
            Self::Ideas => at.kind == Kind::Idea,
            Self::Observations => at.kind == Kind::Observation,
            Self::UnitUnderOwnGrant => facts.unit_under_own_grant,
            Self::CameFromTheStart => matches!(at.stack.top(), Some(Submitted | UnderReview)),
            Self::NotFixedInTime => {
                facts.days_since_implemented.is_some_and(|days| days <= NOT_FIXED_DAYS)
            }
            Self::SecondLookLeft => !facts.second_look_asked,
            Self::WakeDateReached => facts.wake_date_reached,
            Self::QuestionTimedOut => {
                facts.days_since_question.is_some_and(|days| days >= QUESTION_DAYS)
            }
            Self::AnsweredYes => facts.sustain_answered_yes,
            Self::CanonicalWithdrawn => facts.canonical_withdrawn,
        }
    }
}

/// Where a rule leads.
#[derive(Debug, Clone, Copy)]
enum Target {
    To(&'static [Phase]),
    /// The phase before: the top of the stack.
    Before,
}

/// One row of the table: from any of these, to any of those, for any of these letters under its condition.
#[derive(Debug, Clone, Copy)]
struct Rule {
    from: &'static [Phase],
    to: Target,
    who: &'static [(Letter, When)],
}

const fn rule(from: &'static [Phase], to: Target, who: &'static [(Letter, When)]) -> Rule {
    Rule { from, to, who }
}

const R: (Letter, When) = (Letter::Reviewer, When::Always);
const R_IDEAS: (Letter, When) = (Letter::Reviewer, When::Ideas);
const M: (Letter, When) = (Letter::Manager, When::Always);
const M_IDEAS: (Letter, When) = (Letter::Manager, When::Ideas);
const M_OWN_UNIT: (Letter, When) = (Letter::Manager, When::UnitUnderOwnGrant);
const A: (Letter, When) = (Letter::Author, When::Always);
const A_FROM_START: (Letter, When) = (Letter::Author, When::CameFromTheStart);
const A_NOT_FIXED: (Letter, When) = (Letter::Author, When::NotFixedInTime);
const A_SECOND_LOOK: (Letter, When) = (Letter::Author, When::SecondLookLeft);
const S_WAKE: (Letter, When) = (Letter::Scheduler, When::WakeDateReached);
const S_TIMED_OUT: (Letter, When) = (Letter::Scheduler, When::QuestionTimedOut);
const S_YES: (Letter, When) = (Letter::Scheduler, When::AnsweredYes);
const S_LEFT_ALONE: (Letter, When) = (Letter::Scheduler, When::CanonicalWithdrawn);
const C: (Letter, When) = (Letter::Cause, When::Observations);

/// The table. What is not here is refused. SUBMITTED and UNDER_REVIEW share their rows ("as SUBMITTED"); PLANNED is
/// for ideas wherever it is reached from.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    rule(&[Submitted],              Target::To(&[UnderReview]),                       &[R]),
    rule(&[Submitted, UnderReview], Target::To(&[Accepted, InProgress, Implemented]), &[R]),
    rule(&[Submitted, UnderReview], Target::To(&[Planned]),                           &[R_IDEAS]),
    rule(&[Submitted, UnderReview], Target::To(&[NeedsInfo, Deferred]),               &[R]),
    rule(&[Submitted, UnderReview], Target::To(&[Declined, Merged]),                  &[R]),
    rule(&[Submitted, UnderReview], Target::To(&[Implemented]),                       &[M_OWN_UNIT]),
    rule(&[Submitted, UnderReview], Target::To(&[Withdrawn]),                         &[A]),

    rule(&[NeedsInfo],              Target::Before,                                   &[R, A, S_TIMED_OUT]),
    rule(&[NeedsInfo],              Target::To(&[Declined, Merged]),                  &[R]),
    rule(&[NeedsInfo],              Target::To(&[Withdrawn]),                         &[A_FROM_START]),

    rule(&[Deferred],               Target::To(&[UnderReview]),                       &[R, S_WAKE]),
    rule(&[Deferred],               Target::To(&[Declined, Merged]),                  &[R]),
    rule(&[Deferred],               Target::To(&[Withdrawn]),                         &[A_FROM_START]),

    rule(&[Accepted],               Target::To(&[Planned]),                           &[R_IDEAS, M_IDEAS]),
    rule(&[Accepted],               Target::To(&[InProgress, Implemented]),           &[R, M, C]),
    rule(&[Accepted],               Target::To(&[NeedsInfo, Deferred]),               &[R]),
    rule(&[Accepted],               Target::To(&[Declined, Merged]),                  &[R]),

    rule(&[Planned],                Target::To(&[InProgress, Implemented, Accepted]), &[R_IDEAS, M_IDEAS]),
    rule(&[Planned],                Target::To(&[Deferred, Declined]),                &[R]),

    rule(&[InProgress],             Target::To(&[Implemented, Accepted]),             &[R, M, C]),
    rule(&[InProgress],             Target::To(&[Deferred, Declined]),                &[R]),

    rule(&[Implemented],            Target::To(&[Sustained]),                         &[S_YES]),
    rule(&[Implemented, Sustained], Target::To(&[InProgress]),                        &[R, A_NOT_FIXED]),

    rule(&[Declined],               Target::To(&[UnderReview]),                       &[R, A_SECOND_LOOK]),

    rule(&[Merged],                 Target::Before,                                   &[R, S_LEFT_ALONE]),
];

impl Rule {
    fn leads(&self, at: Position, to: Phase) -> bool {
        let reaches = match self.to {
            Target::To(phases) => phases.contains(&to),
            Target::Before => at.stack.top() == Some(to),
        };
        reaches && self.from.contains(&at.phase)
    }

    fn admits(&self, letter: Letter, at: Position, facts: &MoveFacts) -> bool {
        self.who.iter().any(|(who, when)| *who == letter && when.holds(at, facts))
    }
}

/// One thing that could be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Move {
    /// Where it leads.
    pub to: Phase,
    /// In which capacity.
    pub letter: Letter,
    /// What it means.
    pub kind: StepKind,
}

/// A step that obeys the table. Only [`Position::step`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use = "a step changes nothing until it is written to the row"]
pub struct Step {
    from: Position,
    after: Position,
    letter: Letter,
    kind: StepKind,
    cancels_pending: bool,
}

impl Step {
    /// The phase it leaves. For an author who withdraws while a decision is pending: the shown one.
    #[must_use]
    pub const fn from(&self) -> Phase {
        self.from.phase
    }

    /// The phase it leads to.
    #[must_use]
    pub const fn to(&self) -> Phase {
        self.after.phase
    }

    /// The capacity in which it is taken.
    #[must_use]
    pub const fn letter(&self) -> Letter {
        self.letter
    }

    /// The phases to return to afterwards.
    #[must_use]
    pub const fn stack_after(&self) -> PhaseStack {
        self.after.stack
    }

    /// Where the submission stands afterwards.
    #[must_use]
    pub const fn position_after(&self) -> Position {
        self.after
    }

    /// What it means for clocks and words.
    #[must_use]
    pub const fn kind(&self) -> StepKind {
        self.kind
    }

    /// What has to be given with it. Undoing a joining restores the question or the wake date that was there, so
    /// nothing is asked for again.
    #[must_use]
    pub const fn needs(&self) -> Requires {
        match self.from.phase {
            Merged => Requires::NOTHING,
            _ => self.after.phase.needs(),
        }
    }

    /// Whether it is announced at once, without a hold: what the author or the scheduler does.
    #[must_use]
    pub const fn announces_at_once(&self) -> bool {
        matches!(self.letter, Letter::Author | Letter::Scheduler)
    }

    /// Whether a decision that nobody was told of ends by it: the author withdraws under a pending decision.
    #[must_use]
    pub const fn cancels_pending(&self) -> bool {
        self.cancels_pending
    }

    /// Whether a new decision clock begins: a reopening into a phase that is not decided.
    #[must_use]
    pub fn starts_decision_clock(&self) -> bool {
        self.kind == StepKind::Reopen && !self.after.phase.is_decided()
    }

    /// Whether the author asks for the one second look by it.
    #[must_use]
    pub fn is_second_look(&self) -> bool {
        self.from.phase == Declined && self.letter == Letter::Author
    }

    /// Whether the author says "not fixed" by it.
    #[must_use]
    pub fn is_not_fixed(&self) -> bool {
        matches!(self.from.phase, Implemented | Sustained) && self.letter == Letter::Author
    }

    /// Whether a question ran out without an answer; such a submission is flagged for the reviewer.
    #[must_use]
    pub fn question_ran_out(&self) -> bool {
        self.from.phase == NeedsInfo && self.letter == Letter::Scheduler
    }
}

/// A step that the table does not allow, with everything that it does allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", sentence(*.from, *.to, .allowed))]
pub struct RefusedStep {
    /// Where it stands for this actor: who cannot see a pending decision gets the shown phase.
    pub from: Phase,
    /// Where it was to go.
    pub to: Phase,
    /// Where it may go, in the order of [`Phase`].
    pub allowed: Vec<Phase>,
}

fn sentence(from: Phase, to: Phase, allowed: &[Phase]) -> String {
    let refusal = if from == to {
        format!("This submission is {from} already")
    } else {
        format!("You cannot move this submission from {from} to {to}")
    };
    match allowed {
        [] => format!("{refusal}; there is nothing you can move it to."),
        [only] => format!("{refusal}; you can move it to {only}."),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(|phase| phase.as_str()).collect();
            format!("{refusal}; you can move it to {} or {last}.", first.join(", "))
        }
    }
}

impl Position {
    /// Where every submission begins.
    #[must_use]
    pub const fn start(kind: Kind) -> Self {
        Self { phase: Submitted, kind, stack: PhaseStack::EMPTY }
    }

    /// The position that a row states.
    ///
    /// # Errors
    /// [`ImpossiblePosition`] if the phases to return to do not belong to the phase.
    pub fn new(phase: Phase, kind: Kind, stack: PhaseStack) -> Result<Self, ImpossiblePosition> {
        if can_return(phase, stack) {
            Ok(Self { phase, kind, stack })
        } else {
            Err(ImpossiblePosition { phase, stack })
        }
    }

    /// The phase.
    #[must_use]
    pub const fn phase(self) -> Phase {
        self.phase
    }

    /// Idea or observation.
    #[must_use]
    pub const fn kind(self) -> Kind {
        self.kind
    }

    /// The phases to return to.
    #[must_use]
    pub const fn stack(self) -> PhaseStack {
        self.stack
    }

    /// The same place with the kind put right.
    ///
    /// # Errors
    /// [`KindRefused`] for an observation in PLANNED, which is for ideas.
    pub fn corrected(self, kind: Kind) -> Result<Self, KindRefused> {
        match (self.phase, kind) {
            (Planned, Kind::Observation) => Err(KindRefused { phase: self.phase }),
            _ => Ok(Self { kind, ..self }),
        }
    }

    /// Everything that may be done now in these capacities, at most one move per phase, in the order of [`Phase`].
    #[must_use]
    pub fn allowed(&self, letters: Letters, facts: &MoveFacts) -> Vec<Move> {
        Phase::ALL
            .into_iter()
            .filter_map(|to| self.find(to, letters, facts))
            .map(Move::from)
            .collect()
    }

    /// Takes one step.
    ///
    /// # Errors
    /// [`RefusedStep`], with all that [`Position::allowed`] lists, if the table has no such step for these letters
    /// and facts.
    pub fn step(
        &self,
        to: Phase,
        letters: Letters,
        facts: &MoveFacts,
    ) -> Result<Step, RefusedStep> {
        self.find(to, letters, facts).ok_or_else(|| RefusedStep {
            from: self.seen_by(letters, facts).phase,
            to,
            allowed: self.allowed(letters, facts).into_iter().map(|step| step.to).collect(),
        })
    }

    fn find(&self, to: Phase, letters: Letters, facts: &MoveFacts) -> Option<Step> {
        facts.in_force(letters).iter().find_map(|letter| self.find_as(letter, to, facts))
    }

    fn find_as(&self, letter: Letter, to: Phase, facts: &MoveFacts) -> Option<Step> {
        let at = self.acted_on(letter, to, facts)?;
        RULES.iter().any(|rule| rule.leads(at, to) && rule.admits(letter, at, facts)).then(|| {
            Step {
                from: at,
                after: at.after(to),
                letter,
                kind: at.meaning(to, facts),
                cancels_pending: facts.is_pending() && letter == Letter::Author,
            }
        })
    }

    /// The place that a letter acts on. While a decision is pending the scheduler waits and the author, who sees
    /// the shown phase, can only withdraw.
    fn acted_on(&self, letter: Letter, to: Phase, facts: &MoveFacts) -> Option<Self> {
        match (facts.decision, letter) {
            (Decision::Pending { .. }, Letter::Scheduler) => None,
            (Decision::Pending { shown }, Letter::Author) => (to == Withdrawn).then_some(shown),
            _ => Some(*self),
        }
    }

    /// The place that somebody with these letters may know of.
    fn seen_by(&self, letters: Letters, facts: &MoveFacts) -> Self {
        let letters = facts.in_force(letters);
        let sees_decisions = [Letter::Reviewer, Letter::Manager, Letter::Cause]
            .into_iter()
            .any(|letter| letters.has(letter));
        match facts.decision {
            Decision::Pending { shown } if !sees_decisions => shown,
            _ => *self,
        }
    }

    /// Where it stands after a step that the table allows.
    fn after(self, to: Phase) -> Self {
        let stack = match (self.phase, to) {
            // The undone joining leads back to where it was, with what was below it.
            (Merged, _) => self.stack.pop(),
            // A question is answered into somebody's hands, not back into the pile.
            (Submitted, NeedsInfo) => PhaseStack::EMPTY.push(UnderReview),
            (from, NeedsInfo | Deferred) => PhaseStack::EMPTY.push(from),
            (from, Merged) => self.stack.push(from),
            _ => PhaseStack::EMPTY,
        };
        Self { phase: to, kind: self.kind, stack }
    }

    fn meaning(self, to: Phase, facts: &MoveFacts) -> StepKind {
        let reopens = |unannounced| match facts.decision {
            Decision::Announced => StepKind::Reopen,
            Decision::Pending { .. } => unannounced,
        };
        match (self.phase, to) {
            (Merged, _) => reopens(StepKind::Return),
            (Declined, _) | (Implemented | Sustained, InProgress) => reopens(StepKind::Back),
            (_, Declined | Merged | Withdrawn) => StepKind::Close,
            (_, NeedsInfo | Deferred) => StepKind::Pause,
            // What was decided before it was deferred has to be decided again.
            (Deferred, _) if self.stack.top().is_some_and(Phase::is_decided) => StepKind::Reopen,
            (NeedsInfo | Deferred, _) => StepKind::Return,
            (Planned | InProgress, Accepted) => StepKind::Back,
            _ => StepKind::Forward,
        }
    }
}

impl From<Step> for Move {
    fn from(step: Step) -> Self {
        Self { to: step.to(), letter: step.letter, kind: step.kind }
    }
}

/// Whether the table can lead to this phase with these phases to return to.
fn can_return(phase: Phase, stack: PhaseStack) -> bool {
    match (phase, stack.below, stack.top) {
        (NeedsInfo, None, Some(origin)) => matches!(origin, UnderReview | Accepted),
        (Deferred, None, Some(origin)) => {
            matches!(origin, Submitted | UnderReview | Accepted | Planned | InProgress)
        }
        (Merged, None, Some(origin)) => matches!(origin, Submitted | UnderReview | Accepted),
        (Merged, Some(origin), Some(paused @ (NeedsInfo | Deferred))) => {
            can_return(paused, PhaseStack::EMPTY.push(origin))
        }
        (NeedsInfo | Deferred | Merged, ..) => false,
        (_, None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The product definition's table, copied a second time and in another form: place (phase, then what it returns
    /// to), then where each letter may go. A small letter behind a letter is its condition: i ideas, o observations,
    /// u unit under the own grant, n not fixed within 90 days, l second look left, w wake date reached, q question
    /// timed out, y answered yes, x canonical one withdrawn.
    const TRANSCRIPT: &str = "
        SUBMITTED / -                      : UNDER_REVIEW R, ACCEPTED R, PLANNED Ri, IN_PROGRESS R, IMPLEMENTED R Mu, NEEDS_INFO R, DEFERRED R, DECLINED R, MERGED R, WITHDRAWN A
        UNDER_REVIEW / -                   : ACCEPTED R, PLANNED Ri, IN_PROGRESS R, IMPLEMENTED R Mu, NEEDS_INFO R, DEFERRED R, DECLINED R, MERGED R, WITHDRAWN A
        NEEDS_INFO / UNDER_REVIEW          : UNDER_REVIEW A R Sq, DECLINED R, MERGED R, WITHDRAWN A
        NEEDS_INFO / ACCEPTED              : ACCEPTED A R Sq, DECLINED R, MERGED R
        DEFERRED / SUBMITTED               : UNDER_REVIEW Sw R, DECLINED R, MERGED R, WITHDRAWN A
        DEFERRED / UNDER_REVIEW            : UNDER_REVIEW Sw R, DECLINED R, MERGED R, WITHDRAWN A
        DEFERRED / ACCEPTED                : UNDER_REVIEW Sw R, DECLINED R, MERGED R
        DEFERRED / PLANNED                 : UNDER_REVIEW Sw R, DECLINED R, MERGED R
        DEFERRED / IN_PROGRESS             : UNDER_REVIEW Sw R, DECLINED R, MERGED R
        ACCEPTED / -                       : PLANNED Ri Mi, IN_PROGRESS R M Co, IMPLEMENTED R M Co, NEEDS_INFO R, DEFERRED R, DECLINED R, MERGED R
        PLANNED / -                        : IN_PROGRESS Ri Mi, IMPLEMENTED Ri Mi, ACCEPTED Ri Mi, DEFERRED R, DECLINED R
        IN_PROGRESS / -                    : IMPLEMENTED R M Co, ACCEPTED R M Co, DEFERRED R, DECLINED R
        IMPLEMENTED / -                    : SUSTAINED Sy, IN_PROGRESS R An
        SUSTAINED / -                      : IN_PROGRESS R An
        DECLINED / -                       : UNDER_REVIEW R Al
        MERGED / SUBMITTED                 : SUBMITTED R Sx
        MERGED / UNDER_REVIEW              : UNDER_REVIEW R Sx
        MERGED / ACCEPTED                  : ACCEPTED R Sx
        MERGED / UNDER_REVIEW,NEEDS_INFO   : NEEDS_INFO R Sx
        MERGED / ACCEPTED,NEEDS_INFO       : NEEDS_INFO R Sx
        MERGED / SUBMITTED,DEFERRED        : DEFERRED R Sx
        MERGED / UNDER_REVIEW,DEFERRED     : DEFERRED R Sx
        MERGED / ACCEPTED,DEFERRED         : DEFERRED R Sx
        MERGED / PLANNED,DEFERRED          : DEFERRED R Sx
        MERGED / IN_PROGRESS,DEFERRED      : DEFERRED R Sx
        WITHDRAWN / -                      :
    ";

    struct Line {
        phase: Phase,
        stack: PhaseStack,
        cells: Vec<(Phase, Letter, Option<char>)>,
    }

    fn transcript() -> Vec<Line> {
        TRANSCRIPT.lines().map(str::trim).filter(|line| !line.is_empty()).map(read_line).collect()
    }

    fn read_line(line: &str) -> Line {
        let (place, cells) = line.split_once(':').expect("a colon");
        let (phase, stack) = place.split_once('/').expect("a slash");
        Line {
            phase: phase.trim().parse().expect("a phase"),
            stack: stack.trim().trim_matches('-').parse().expect("a stack"),
            cells: cells
                .split(',')
                .filter(|cell| !cell.trim().is_empty())
                .flat_map(read_cell)
                .collect(),
        }
    }

    fn read_cell(cell: &str) -> Vec<(Phase, Letter, Option<char>)> {
        let mut words = cell.split_whitespace();
        let to = words.next().and_then(|word| word.parse().ok()).expect("a phase");
        words
            .map(|who| {
                let letter = who[..1].parse().expect("a letter");
                (to, letter, who.chars().nth(1))
            })
            .collect()
    }

    /// The conditions beside the kind, each met or not by one bit.
    fn facts_of(bits: u8) -> MoveFacts {
        let bit = |n: u8| bits >> n & 1 == 1;
        MoveFacts {
            unit_under_own_grant: bit(0),
            days_since_implemented: Some(if bit(1) { 90 } else { 91 }),
            second_look_asked: !bit(2),
            wake_date_reached: bit(3),
            days_since_question: Some(if bit(4) { 10 } else { 9 }),
            sustain_answered_yes: bit(5),
            canonical_withdrawn: bit(6),
            ..MoveFacts::default()
        }
    }

    fn met(condition: Option<char>, kind: Kind, bits: u8) -> bool {
        match condition {
            None => true,
            Some('i') => kind == Kind::Idea,
            Some('o') => kind == Kind::Observation,
            Some(other) => {
                let n = "unlwqyx".find(other).expect("a known condition");
                bits >> n & 1 == 1
            }
        }
    }

    fn at(phase: &str, stack: &str) -> Position {
        of(Kind::Idea, phase, stack)
    }

    fn of(kind: Kind, phase: &str, stack: &str) -> Position {
        Position::new(phase.parse().expect("a phase"), kind, stack.parse().expect("a stack"))
            .expect("a possible position")
    }

    fn only(letter: Letter) -> Letters {
        Letters::from(letter)
    }

    fn targets(moves: &[Move]) -> Vec<Phase> {
        moves.iter().map(|step| step.to).collect()
    }

    #[test]
    fn the_table_is_the_products_table_in_every_cell() {
        let mut compared = 0;
        for line in transcript() {
            for kind in Kind::ALL {
                let position = Position::new(line.phase, kind, line.stack).expect("a place");
                for bits in 0..=0b111_1111 {
                    let facts = facts_of(bits);
                    for letter in Letter::ALL {
                        let may = |to: &Phase| {
                            line.cells.iter().any(|(cell, who, condition)| {
                                cell == to && *who == letter && met(*condition, kind, bits)
                            })
                        };
                        let expected: Vec<_> = Phase::ALL.into_iter().filter(may).collect();
                        let allowed = position.allowed(only(letter), &facts);
                        assert_eq!(
                            targets(&allowed),
                            expected,
                            "{position:?} by {letter} with {facts:?}"
                        );
                        compared += Phase::ALL.len();
                    }
                }
            }
        }
        assert_eq!(compared, 26 * 2 * 128 * 5 * 12);
    }

    #[test]
    fn the_transcript_names_every_place_there_can_be() {
        let mut stacks = vec![PhaseStack::EMPTY];
        for top in Phase::ALL {
            stacks.push(PhaseStack::EMPTY.push(top));
            stacks.extend(Phase::ALL.map(|below| PhaseStack::EMPTY.push(below).push(top)));
        }
        let lines = transcript();
        for phase in Phase::ALL {
            for stack in &stacks {
                let named = lines.iter().any(|line| line.phase == phase && line.stack == *stack);
                let possible = Position::new(phase, Kind::Idea, *stack).is_ok();
                assert_eq!(possible, named, "{phase} returning to {stack}");
            }
        }
    }

    #[test]
    fn a_question_to_a_submitted_one_comes_back_under_review() {
        let asked = Position::start(Kind::Idea)
            .step(NeedsInfo, only(Letter::Reviewer), &MoveFacts::default())
            .expect("a question");
        assert_eq!(asked.kind(), StepKind::Pause);
        assert_eq!(asked.stack_after().top(), Some(UnderReview));
        let answered = asked
            .position_after()
            .step(UnderReview, only(Letter::Author), &MoveFacts::default())
            .expect("an answer");
        assert_eq!(answered.kind(), StepKind::Return);
        assert!(answered.stack_after().is_empty());
        assert!(answered.announces_at_once());
    }

    #[test]
    fn a_joining_keeps_what_was_below_it() {
        let joined = at("NEEDS_INFO", "ACCEPTED")
            .step(Merged, only(Letter::Reviewer), &MoveFacts::default())
            .expect("a joining");
        assert_eq!(joined.stack_after().to_string(), "ACCEPTED,NEEDS_INFO");
        let undone = joined
            .position_after()
            .step(NeedsInfo, only(Letter::Reviewer), &MoveFacts::default())
            .expect("its undoing");
        assert_eq!(undone.position_after(), at("NEEDS_INFO", "ACCEPTED"));
        assert_eq!(undone.kind(), StepKind::Reopen);
        assert_eq!(undone.needs(), Requires::NOTHING);
        assert_eq!(NeedsInfo.needs().message, Message::Required);
    }

    #[test]
    fn a_reviewer_has_no_say_on_an_own_submission_but_a_manager_has() {
        let accepted = at("ACCEPTED", "");
        let both = only(Letter::Reviewer).with(Letter::Author);
        assert!(accepted.step(Declined, both, &MoveFacts::default()).is_err());
        let own = MoveFacts { own_submission: true, ..MoveFacts::default() };
        assert!(accepted.step(Declined, only(Letter::Reviewer), &own).is_err());
        let step = accepted.step(InProgress, both.with(Letter::Manager), &own).expect("M stays");
        assert_eq!(step.letter(), Letter::Manager);
    }

    #[test]
    fn who_declined_has_no_say_after_a_second_look() {
        let barred = MoveFacts { barred_by_second_look: true, ..MoveFacts::default() };
        let refused = at("UNDER_REVIEW", "")
            .step(Accepted, only(Letter::Reviewer), &barred)
            .expect_err("another reviewer's turn");
        assert!(refused.allowed.is_empty());
    }

    #[test]
    fn a_second_look_is_asked_once_and_starts_a_new_clock() {
        let declined = at("DECLINED", "");
        let step = declined
            .step(UnderReview, only(Letter::Author), &MoveFacts::default())
            .expect("the first time");
        assert!(step.is_second_look() && step.starts_decision_clock());
        let asked = MoveFacts { second_look_asked: true, ..MoveFacts::default() };
        assert!(declined.step(UnderReview, only(Letter::Author), &asked).is_err());
    }

    #[test]
    fn nobody_is_told_not_fixed_before_done_was_announced() {
        let done = at("IMPLEMENTED", "");
        let author = only(Letter::Author);
        let after = |days| MoveFacts { days_since_implemented: days, ..MoveFacts::default() };
        assert!(done.step(InProgress, author, &after(None)).is_err());
        assert!(done.step(InProgress, author, &after(Some(91))).is_err());
        let step = done.step(InProgress, author, &after(Some(90))).expect("the last day");
        assert!(step.is_not_fixed());
        assert_eq!(step.kind(), StepKind::Reopen);
        assert!(!step.starts_decision_clock());
    }

    #[test]
    fn what_was_decided_before_its_deferral_is_decided_again() {
        let reviewer = only(Letter::Reviewer);
        let facts = MoveFacts::default();
        let back =
            |stack| at("DEFERRED", stack).step(UnderReview, reviewer, &facts).expect("awake");
        assert_eq!(back("UNDER_REVIEW").kind(), StepKind::Return);
        assert!(back("IN_PROGRESS").starts_decision_clock());
    }

    #[test]
    fn under_a_pending_decision_the_author_can_only_take_it_back() {
        let facts = MoveFacts {
            decision: Decision::Pending { shown: Position::start(Kind::Idea) },
            ..facts_of(u8::MAX)
        };
        let declined = at("DECLINED", "");
        let author = only(Letter::Author);
        assert_eq!(targets(&declined.allowed(author, &facts)), [Withdrawn]);
        let step = declined.step(Withdrawn, author, &facts).expect("taken back");
        assert_eq!((step.from(), step.to()), (Submitted, Withdrawn));
        assert!(step.cancels_pending() && step.announces_at_once());

        let refused = declined.step(UnderReview, author, &facts).expect_err("not yet told");
        assert_eq!(refused.from, Submitted, "the pending decision is not given away");
        assert_eq!(refused.allowed, [Withdrawn]);
    }

    #[test]
    fn a_pending_decision_does_not_let_the_author_out_of_an_announced_yes() {
        let facts = MoveFacts {
            decision: Decision::Pending { shown: at("ACCEPTED", "") },
            ..MoveFacts::default()
        };
        assert!(at("DEFERRED", "ACCEPTED").step(Withdrawn, only(Letter::Author), &facts).is_err());
    }

    #[test]
    fn under_a_pending_decision_the_scheduler_waits_and_reviewers_go_on() {
        let facts = MoveFacts {
            decision: Decision::Pending { shown: Position::start(Kind::Idea) },
            ..facts_of(u8::MAX)
        };
        for line in transcript() {
            let position = Position::new(line.phase, Kind::Idea, line.stack).expect("a place");
            assert!(position.allowed(only(Letter::Scheduler), &facts).is_empty());
        }
        let step = at("DECLINED", "")
            .step(UnderReview, only(Letter::Reviewer), &facts)
            .expect("a change of mind");
        assert_eq!(step.kind(), StepKind::Back, "nobody was told, so nothing reopens");
    }

    #[test]
    fn a_refusal_names_what_is_allowed() {
        let refused = at("PLANNED", "")
            .step(Sustained, only(Letter::Manager), &MoveFacts::default())
            .expect_err("not in the table");
        assert_eq!(
            refused.to_string(),
            "You cannot move this submission from PLANNED to SUSTAINED; you can move it to ACCEPTED, IN_PROGRESS or IMPLEMENTED."
        );
        let refused = at("WITHDRAWN", "")
            .step(Withdrawn, only(Letter::Author), &MoveFacts::default())
            .expect_err("the end");
        assert_eq!(
            refused.to_string(),
            "This submission is WITHDRAWN already; there is nothing you can move it to."
        );
        let refused = at("DECLINED", "")
            .step(Accepted, only(Letter::Author), &MoveFacts::default())
            .expect_err("not the author's");
        assert_eq!(
            refused.to_string(),
            "You cannot move this submission from DECLINED to ACCEPTED; you can move it to UNDER_REVIEW."
        );
    }

    #[test]
    fn closing_takes_a_word() {
        let need = |phase: Phase| {
            let needs = phase.needs();
            (needs.reason, needs.message, needs.wake_date)
        };
        for phase in Phase::ALL {
            let expected = match phase {
                Declined => (Need::Required, Message::Required, Need::No),
                Deferred => (Need::Required, Message::Required, Need::Required),
                Merged | Implemented => (Need::No, Message::DefaultAllowed, Need::No),
                NeedsInfo => (Need::No, Message::Required, Need::No),
                _ => (Need::No, Message::None, Need::No),
            };
            assert_eq!(need(phase), expected, "{phase}");
        }
    }

    #[test]
    fn decided_and_open_are_as_the_service_levels_say() {
        let decided = Phase::ALL.into_iter().filter(|phase| phase.is_decided());
        assert_eq!(
            decided.map(Phase::as_str).collect::<Vec<_>>().join(" "),
            "ACCEPTED PLANNED IN_PROGRESS IMPLEMENTED SUSTAINED DECLINED MERGED WITHDRAWN"
        );
        let open = Phase::ALL.into_iter().filter(|phase| phase.is_open());
        assert_eq!(
            open.map(Phase::as_str).collect::<Vec<_>>().join(" "),
            "SUBMITTED UNDER_REVIEW NEEDS_INFO DEFERRED ACCEPTED PLANNED IN_PROGRESS"
        );
    }

    #[test]
    fn a_planned_idea_does_not_become_an_observation() {
        let refused = at("PLANNED", "").corrected(Kind::Observation).expect_err("ideas only");
        assert!(refused.to_string().starts_with("PLANNED is for ideas only"));
        let corrected = at("ACCEPTED", "").corrected(Kind::Observation).expect("free elsewhere");
        assert_eq!(corrected.kind(), Kind::Observation);
    }

    #[test]
    fn bad_rows_are_errors() {
        let stack = |text: &str| text.parse::<PhaseStack>();
        assert_eq!(stack("SUBMITTED,DEFERRED,MERGED"), Err(BadStack::TooDeep(3)));
        assert!(matches!(stack("SUBMITTED,"), Err(BadStack::Unknown(_))));
        assert!(matches!(stack("submitted"), Err(BadStack::Unknown(_))));
        let merged = stack("MERGED").expect("a phase");
        let error = Position::new(NeedsInfo, Kind::Idea, merged).expect_err("impossible");
        assert_eq!(
            error.to_string(),
            "a submission cannot be NEEDS_INFO with \"MERGED\" to return to"
        );
    }

    #[test]
    fn stacks_survive_their_text() {
        for line in transcript() {
            let json = serde_json::to_string(&line.stack).expect("a text");
            let back: PhaseStack = serde_json::from_str(&json).expect("the same stack");
            assert_eq!(back, line.stack);
        }
    }

    fn some_letters() -> impl Strategy<Value = Letters> {
        (1_u8..32).prop_map(Letters)
    }

    fn some_facts() -> impl Strategy<Value = MoveFacts> {
        (any::<u8>(), any::<bool>(), any::<bool>()).prop_map(|(bits, own, barred)| MoveFacts {
            own_submission: own,
            barred_by_second_look: barred,
            ..facts_of(bits)
        })
    }

    fn some_kind() -> impl Strategy<Value = Kind> {
        prop_oneof![Just(Kind::Idea), Just(Kind::Observation)]
    }

    fn some_phase() -> impl Strategy<Value = Phase> {
        proptest::sample::select(Phase::ALL.to_vec())
    }

    /// Checks one attempt against what must hold of every attempt; gives the place afterwards.
    fn try_one(at: Position, to: Phase, letters: Letters, facts: &MoveFacts) -> Position {
        let allowed = at.allowed(letters, facts);
        match at.step(to, letters, facts) {
            Err(refused) => {
                assert_eq!((refused.from, refused.to), (at.phase(), to));
                assert_eq!(refused.allowed, targets(&allowed));
                assert!(!refused.allowed.contains(&to));
                at
            }
            Ok(step) => {
                assert!(allowed.contains(&Move::from(step)));
                assert_ne!(step.from(), step.to());
                assert_eq!((step.from(), step.to()), (at.phase(), to));
                assert_ne!(step.from(), Withdrawn, "nothing leads out of WITHDRAWN");
                assert!(letters.has(step.letter()));
                assert!(step.stack_after().len() <= PhaseStack::DEPTH);
                let after = step.position_after();
                assert_eq!(Position::new(after.phase(), after.kind(), after.stack()), Ok(after));
                after
            }
        }
    }

    proptest! {
        #[test]
        fn random_walks_stay_in_the_table(
            kind in some_kind(),
            attempts in proptest::collection::vec((some_phase(), some_letters(), some_facts()), 1..200),
        ) {
            let mut place = Position::start(kind);
            // What a plain, unbounded pile of the places left behind would say.
            let mut left: Vec<Position> = Vec::new();
            for (to, letters, facts) in attempts {
                let after = try_one(place, to, letters, &facts);
                if after == place {
                    continue;
                }
                prop_assert!(kind == Kind::Idea || after.phase() != Planned);
                match (place.phase(), after.phase()) {
                    (Merged, _) => prop_assert_eq!(Some(after), left.pop()),
                    (NeedsInfo, back) if !matches!(back, Declined | Merged | Withdrawn) => {
                        let before = left.pop().expect("a place before the question").phase();
                        prop_assert_eq!(back, before.max(UnderReview));
                    }
                    (Deferred, UnderReview) => { left.pop(); }
                    (_, NeedsInfo | Deferred | Merged) => left.push(place),
                    (_, _) => left.clear(),
                }
                place = after;
            }
        }

        #[test]
        fn more_letters_never_allow_less_except_authorship(
            walk in proptest::collection::vec((some_phase(), some_letters(), some_facts()), 0..40),
            (fewer, more) in (some_letters(), some_letters()),
            facts in some_facts(),
        ) {
            let mut place = Position::start(Kind::Idea);
            for (to, letters, facts) in walk {
                place = try_one(place, to, letters, &facts);
            }
            let more = more.without(Letter::Author);
            let all: Letters = fewer.iter().chain(more.iter()).collect();
            let wide = targets(&place.allowed(all, &facts));
            for narrow in place.allowed(fewer, &facts) {
                prop_assert!(wide.contains(&narrow.to));
            }
        }

        #[test]
        fn a_second_look_is_given_once_and_not_fixed_for_ninety_days_from_wherever(
            decided in some_phase(),
            to in some_phase(),
            letters in some_letters(),
            facts in some_facts(),
        ) {
            let place = Position { phase: decided, kind: Kind::Idea, stack: PhaseStack::EMPTY };
            if let Ok(step) = place.step(to, letters, &facts) {
                let by_author = step.letter() == Letter::Author;
                let in_time = facts.days_since_implemented.is_some_and(|days| days <= NOT_FIXED_DAYS);
                prop_assert!(!step.is_second_look() || (by_author && step.from() == Declined && !facts.second_look_asked));
                prop_assert!(!step.is_not_fixed() || (by_author && step.to() == InProgress && in_time));
                // Nothing else takes an author out of what is over.
                let over = matches!(step.from(), Declined | Implemented | Sustained);
                prop_assert!(!(by_author && over) || step.is_second_look() || step.is_not_fixed());
            }
        }

        #[test]
        fn whatever_is_pending_an_author_is_told_only_of_the_shown_phase(
            decided in some_phase(),
            to in some_phase(),
            bits in any::<u8>(),
        ) {
            let place = Position { phase: decided, kind: Kind::Idea, stack: PhaseStack::EMPTY };
            let facts = MoveFacts {
                decision: Decision::Pending { shown: Position::start(Kind::Idea) },
                ..facts_of(bits)
            };
            match place.step(to, only(Letter::Author).with(Letter::Reviewer), &facts) {
                Ok(step) => prop_assert_eq!((step.from(), step.to()), (Submitted, Withdrawn)),
                Err(refused) => prop_assert_eq!((refused.from, refused.allowed), (Submitted, vec![Withdrawn])),
            }
        }
    }
}

//! Who may plan, try, measure and confirm, and who sees what of it. Pure.
//!
//! Everybody who reads the submission sees how far its plan is, once the answer that it follows from
//! was announced. What the items say is for those who work on it: those inside, co-owners, and whoever
//! has an item. Who only offered help is not among them, or anybody could let themselves in.

use entity::implementation::item;
use entity::implementation::values::AdoptionState;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::triage::values::CauseStatus;

use crate::kit::actor::{Actor, Held};
use crate::kit::error::{Code, Refusal};
use entity::identity::values::Role;

/// How somebody stands to what is planned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ties {
    /// Reviews it.
    pub reviewer: bool,
    /// Manages its unit.
    pub manager: bool,
    /// Is responsible for it.
    pub owner: bool,
    /// Works on it: sees decisions before they are announced.
    pub inside: bool,
    /// Was named co-owner.
    pub co_owner: bool,
    /// Has an item of its plan.
    pub assigned: bool,
}

/// What is planned about, as far as the rules look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A submission.
    Submission {
        /// Idea or observation.
        kind: Kind,
        /// The decided phase.
        phase: Phase,
        /// The announced phase.
        shown: Phase,
    },
    /// A root cause.
    Cause(CauseStatus),
    /// An idea at a site that was offered it.
    Adoption(AdoptionState),
}

impl Place {
    /// The place of a submission.
    #[must_use]
    pub fn of(row: &submission::Model) -> Self {
        Self::Submission { kind: row.kind, phase: row.phase, shown: row.shown_phase }
    }
}

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Items: who does what until when.
    Items,
    /// Naming people, trials, outcomes.
    Steering,
}

const NEED: &str = "to be its reviewer, or, once it is accepted, its manager or owner";
const NEED_ITEMS: &str =
    "to be its reviewer, or, once it is accepted, its manager, owner or co-owner";
const NEED_SITE: &str = "the role REVIEWER or MANAGER over the site, or to have taken it up";
const NEED_CAUSE: &str = "the role REVIEWER, or to be the owner of the cause";

/// From ACCEPTED on, and not put aside.
#[must_use]
pub const fn is_under_way(phase: Phase) -> bool {
    matches!(
        phase,
        Phase::Accepted
            | Phase::Planned
            | Phase::InProgress
            | Phase::Implemented
            | Phase::Sustained
    )
}

/// Working on the plan, the trials and the outcomes: R; M, owner and, for items, co-owners from
/// ACCEPTED on. Of a cause: a reviewer, or its owner.
///
/// # Errors
/// FORBIDDEN; INVALID for an observation; TOO_LATE when it is over.
pub fn may_work(ties: Ties, place: Place, work: Work) -> Result<(), Refusal> {
    match place {
        Place::Cause(status) => {
            if !(ties.reviewer || ties.owner) {
                return Err(Refusal::forbidden(NEED_CAUSE));
            }
            live(status)
        }
        Place::Adoption(state) => {
            if !(ties.reviewer || ties.manager || ties.owner) {
                return Err(Refusal::forbidden(NEED_SITE));
            }
            taken_up(state)
        }
        Place::Submission { kind, phase, shown } => {
            let phase = known(ties, (phase, shown));
            let helps = ties.co_owner && work == Work::Items;
            let later = is_under_way(phase) && (ties.manager || ties.owner || helps);
            if !(ties.reviewer || later) {
                let need = if work == Work::Items { NEED_ITEMS } else { NEED };
                return Err(Refusal::forbidden(need));
            }
            plannable(kind, phase)
        }
    }
}

/// The phase that somebody goes by: a held decision must not show in what they may do.
fn known(ties: Ties, (phase, shown): (Phase, Phase)) -> Phase {
    if ties.inside { phase } else { shown }
}

/// Phases in which nothing is planned or done.
pub const OVER: [Phase; 3] = [Phase::Merged, Phase::Withdrawn, Phase::Declined];

/// Whether work on it goes on, as far as everybody knows.
#[must_use]
pub fn goes_on(place: Place) -> bool {
    may_help(place).is_ok()
}

fn live(status: CauseStatus) -> Result<(), Refusal> {
    match status {
        CauseStatus::Rejected | CauseStatus::Merged => Err(Refusal::new(
            Code::TooLate,
            "causeId",
            format!("This cause is {status}. Plan on a live one."),
        )),
        _ => Ok(()),
    }
}

fn taken_up(state: AdoptionState) -> Result<(), Refusal> {
    match state {
        AdoptionState::Adopting | AdoptionState::Adopted => Ok(()),
        _ => Err(Refusal::new(
            Code::TooLate,
            "adoptionId",
            format!("The offer is {state}. What it changes there is measured once it is taken up."),
        )),
    }
}

fn plannable(kind: Kind, phase: Phase) -> Result<(), Refusal> {
    if kind == Kind::Observation {
        return Err(Refusal::new(
            Code::Invalid,
            "submissionId",
            "This is an observation. Say why it happens, and plan on the cause.",
        ));
    }
    if OVER.contains(&phase) {
        return Err(Refusal::new(
            Code::TooLate,
            "submissionId",
            format!("It is {phase}, so nothing is planned for it. Move it first."),
        ));
    }
    Ok(())
}

/// Whether somebody has this item: by name, or by a role of reviewer or manager held on the very
/// function that does it.
#[must_use]
pub fn is_mine(actor: &Actor, item: &item::Model) -> bool {
    let me = actor.person();
    let answers = |held: &Held| {
        Some(held.unit) == item.function_id && matches!(held.role, Role::Reviewer | Role::Manager)
    };
    (me.is_some() && item.assignee_id == me) || (me.is_some() && actor.grants.iter().any(answers))
}

/// How much of a plan somebody sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Items with all that stands in them.
    Whole,
    /// How far it is, in numbers.
    Numbers,
    /// Not that there is one.
    Nothing,
}

/// How much of the plan somebody sees who reads what it is about.
#[must_use]
pub fn view(ties: Ties, place: Place) -> View {
    if ties.inside || ties.co_owner || ties.assigned {
        return View::Whole;
    }
    match place {
        // A plan says that the answer is yes: not before that was announced.
        Place::Submission { shown, .. } if !is_under_way(shown) => View::Nothing,
        // That a site thinks about it is for the site, and for those who offered it.
        Place::Adoption(state) if state != AdoptionState::Adopted => View::Nothing,
        _ => View::Numbers,
    }
}

/// Begun, done and ticked by whoever has it, or by those who plan.
///
/// # Errors
/// As [`may_work`].
pub fn may_carry_out(ties: Ties, place: Place, mine: Mine) -> Result<(), Refusal> {
    match (mine, place) {
        (Mine::Yes, Place::Submission { kind, phase, shown }) => {
            plannable(kind, known(ties, (phase, shown)))
        }
        (Mine::Yes, Place::Cause(status)) => live(status),
        (Mine::Yes, Place::Adoption(state)) => taken_up(state),
        (Mine::No, _) => may_work(ties, place, Work::Items),
    }
}

/// Whether an item is the asker's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mine {
    /// It is.
    Yes,
    /// It is somebody else's.
    No,
}

/// "I want to help": whoever reads an idea that is not over, once.
///
/// # Errors
/// INVALID for an observation; TOO_LATE when it is over.
pub fn may_help(place: Place) -> Result<(), Refusal> {
    match place {
        Place::Submission { kind, shown, .. } => plannable(kind, shown),
        Place::Cause(status) => live(status),
        Place::Adoption(state) => taken_up(state),
    }
}

/// Confirming: R or M, whoever else they are; that it is not their own work is the law's to say.
///
/// # Errors
/// FORBIDDEN.
pub fn may_confirm(ties: Ties, place: Place) -> Result<(), Refusal> {
    match place {
        _ if ties.reviewer => Ok(()),
        Place::Submission { .. } | Place::Adoption(_) if ties.manager => Ok(()),
        Place::Submission { .. } => Err(Refusal::forbidden("to be its reviewer or manager")),
        Place::Cause(_) => Err(Refusal::forbidden("the role REVIEWER")),
        Place::Adoption(_) => Err(Refusal::forbidden("the role REVIEWER or MANAGER over the site")),
    }
}

/// In which capacity somebody offers what works to other sites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copier {
    /// Reviews its unit or its function.
    pub reviewer: bool,
    /// Manages its unit.
    pub manager: bool,
    /// Is an executive over its unit.
    pub executive: bool,
}

/// Offering what works to other sites, and taking such an offer back: R, M or X of its unit.
///
/// # Errors
/// FORBIDDEN.
pub fn may_copy(copier: Copier) -> Result<(), Refusal> {
    if copier.reviewer || copier.manager || copier.executive {
        return Ok(());
    }
    Err(Refusal::forbidden("to be its reviewer or manager, or EXECUTIVE over its unit"))
}

/// Answering for a site what it was offered: R or M over the site, or who took it up.
///
/// # Errors
/// FORBIDDEN.
pub fn may_answer(ties: Ties) -> Result<(), Refusal> {
    let there = ties.reviewer || ties.manager || ties.owner;
    if there { Ok(()) } else { Err(Refusal::forbidden(NEED_SITE)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOBODY: Ties = Ties {
        reviewer: false,
        manager: false,
        owner: false,
        inside: false,
        co_owner: false,
        assigned: false,
    };

    fn idea(phase: Phase) -> Place {
        Place::Submission { kind: Kind::Idea, phase, shown: phase }
    }

    #[test]
    fn managers_owners_and_co_owners_plan_from_accepted_on() {
        let reviewer = Ties { reviewer: true, inside: true, ..NOBODY };
        let manager = Ties { manager: true, inside: true, ..NOBODY };
        let owner = Ties { owner: true, inside: true, ..NOBODY };
        let co_owner = Ties { co_owner: true, ..NOBODY };
        for phase in Phase::ALL {
            let over = matches!(phase, Phase::Merged | Phase::Withdrawn | Phase::Declined);
            for work in [Work::Items, Work::Steering] {
                assert_eq!(may_work(reviewer, idea(phase), work).is_ok(), !over, "{phase}");
                assert_eq!(may_work(manager, idea(phase), work).is_ok(), is_under_way(phase));
                assert_eq!(may_work(owner, idea(phase), work).is_ok(), is_under_way(phase));
                let helps = is_under_way(phase) && work == Work::Items;
                assert_eq!(may_work(co_owner, idea(phase), work).is_ok(), helps, "{phase}");
                assert!(may_work(NOBODY, idea(phase), work).is_err(), "{phase}");
                let assigned = Ties { assigned: true, ..NOBODY };
                assert!(may_work(assigned, idea(phase), work).is_err(), "{phase}");
            }
        }
        let seen = Place::Submission {
            kind: Kind::Observation,
            phase: Phase::Accepted,
            shown: Phase::Accepted,
        };
        let refused = may_work(reviewer, seen, Work::Items).expect_err("observations have causes");
        assert_eq!(refused.code, Code::Invalid);
    }

    #[test]
    fn causes_are_planned_by_reviewers_and_their_owner() {
        for status in CauseStatus::ALL {
            let live = !matches!(status, CauseStatus::Rejected | CauseStatus::Merged);
            let place = Place::Cause(status);
            for (ties, may) in [
                (Ties { reviewer: true, ..NOBODY }, live),
                (Ties { owner: true, ..NOBODY }, live),
                (Ties { manager: true, ..NOBODY }, false),
                (NOBODY, false),
            ] {
                assert_eq!(may_work(ties, place, Work::Steering).is_ok(), may, "{status}");
            }
            let owner = Ties { owner: true, ..NOBODY };
            assert!(may_confirm(owner, place).is_err(), "an owner confirms nothing");
        }
    }

    #[test]
    fn a_site_answers_for_itself_and_tells_once_it_works() {
        for state in AdoptionState::ALL {
            let place = Place::Adoption(state);
            let taken_up = matches!(state, AdoptionState::Adopting | AdoptionState::Adopted);
            for ties in [
                Ties { reviewer: true, inside: true, ..NOBODY },
                Ties { manager: true, inside: true, ..NOBODY },
                Ties { owner: true, inside: true, ..NOBODY },
            ] {
                assert!(may_answer(ties).is_ok());
                assert_eq!(may_work(ties, place, Work::Steering).is_ok(), taken_up, "{state}");
                assert_eq!(view(ties, place), View::Whole);
                assert_eq!(may_confirm(ties, place).is_ok(), !ties.owner, "{state}");
            }
            assert!(may_answer(NOBODY).is_err());
            assert!(may_work(NOBODY, place, Work::Steering).is_err());
            let shown = view(NOBODY, place) == View::Numbers;
            assert_eq!(shown, state == AdoptionState::Adopted, "{state}");
        }
        assert!(may_copy(Copier::default()).is_err());
        assert!(may_copy(Copier { executive: true, ..Copier::default() }).is_ok());
    }

    #[test]
    fn a_plan_shows_nothing_before_the_answer_does() {
        let held = Place::Submission {
            kind: Kind::Idea,
            phase: Phase::Accepted,
            shown: Phase::UnderReview,
        };
        assert_eq!(view(NOBODY, held), View::Nothing);
        assert_eq!(view(Ties { inside: true, ..NOBODY }, held), View::Whole);
        assert_eq!(view(NOBODY, idea(Phase::Accepted)), View::Numbers);
        assert_eq!(view(NOBODY, Place::Cause(CauseStatus::Suspected)), View::Numbers);
    }

    #[test]
    fn a_held_decision_does_not_show_in_what_others_may_do() {
        let held = |phase, shown| Place::Submission { kind: Kind::Idea, phase, shown };
        let co_owner = Ties { co_owner: true, ..NOBODY };
        let declined = held(Phase::Declined, Phase::Accepted);
        assert!(may_work(co_owner, declined, Work::Items).is_ok());
        assert!(may_carry_out(NOBODY, declined, Mine::Yes).is_ok());
        assert!(goes_on(declined));
        let accepted = held(Phase::Accepted, Phase::UnderReview);
        assert!(may_work(co_owner, accepted, Work::Items).is_err());
        let owner = Ties { owner: true, inside: true, ..NOBODY };
        assert!(may_work(owner, accepted, Work::Items).is_ok());
        assert!(may_carry_out(owner, declined, Mine::Yes).is_err());
    }

    proptest! {
        #[test]
        fn who_may_work_on_items_sees_them(bits in 0_u8..32, phase in prop::sample::select(Phase::ALL.to_vec())) {
            let ties = Ties {
                reviewer: bits & 1 > 0,
                manager: bits & 2 > 0,
                owner: bits & 4 > 0,
                co_owner: bits & 8 > 0,
                assigned: bits & 16 > 0,
                inside: bits & 7 > 0,
            };
            for place in [idea(phase), Place::Cause(CauseStatus::Confirmed)] {
                if may_work(ties, place, Work::Items).is_ok() {
                    prop_assert_eq!(view(ties, place), View::Whole);
                }
                // Steering is never wider than items.
                prop_assert!(may_work(ties, place, Work::Steering).is_err() || may_work(ties, place, Work::Items).is_ok());
            }
        }
    }
}

//! Which submission behind a resolved cause is done by it, and why another one stays. Pure.
//!
//! Observations go by the letter C of the phase machine: when all their live causes are RESOLVED.
//! Ideas go as the person who resolves chooses, from ACCEPTED on, by that person's own letter.

use crate::submissions::phase::{Kind, Phase};
use crate::text_enum::text_enum;
use crate::triage::progress;
use crate::triage::values::CauseStatus;

text_enum! {
    /// Why a submission behind a resolved cause stays where it is. The first that is true is told.
    pub enum Stays {
        /// It was named to be held back.
        HeldBack = "HELD_BACK",
        /// It is joined with another one, or about to be.
        Joined = "JOINED",
        /// It is done already.
        Done = "DONE",
        /// It was declined or taken back.
        Closed = "CLOSED",
        /// A question is open, or it waits for its wake date.
        Waits = "WAITS",
        /// Nobody has said yes to it yet.
        NotAccepted = "NOT_ACCEPTED",
        /// No person linked it to a resolved cause; links by rules and models move nothing.
        NotByPerson = "NOT_BY_PERSON",
        /// Another cause of it is not resolved.
        OtherCause = "OTHER_CAUSE",
        /// Ideas were not to go along.
        IdeasStay = "IDEAS_STAY",
        /// The person who resolved has no right to say that this one is done.
        NoRight = "NO_RIGHT",
    }
}

/// A submission behind a cause, as far as the law looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Idea or observation.
    pub kind: Kind,
    /// Where it stands, as decided.
    pub phase: Phase,
    /// Whether it was named to be held back.
    pub held_back: bool,
    /// Whether a person linked it, or what is joined with it, to a cause that is resolved.
    pub by_person: bool,
    /// How far all the causes are that persons linked it, or what is joined with it, to.
    pub causes: Vec<CauseStatus>,
    /// Whether the person who resolves wants ideas to go along.
    pub ideas_too: bool,
    /// Whether that person could move it to IMPLEMENTED; asked of ideas alone.
    pub may_move: bool,
}

/// Whether it is done by the resolving.
///
/// # Errors
/// [`Stays`]: why not.
pub fn judge(behind: &Behind) -> Result<(), Stays> {
    if behind.held_back {
        return Err(Stays::HeldBack);
    }
    match behind.phase {
        Phase::Merged => return Err(Stays::Joined),
        Phase::Implemented | Phase::Sustained => return Err(Stays::Done),
        Phase::Declined | Phase::Withdrawn => return Err(Stays::Closed),
        Phase::NeedsInfo | Phase::Deferred => return Err(Stays::Waits),
        Phase::Submitted | Phase::UnderReview => return Err(Stays::NotAccepted),
        Phase::Accepted | Phase::Planned | Phase::InProgress => {}
    }
    if !behind.by_person {
        return Err(Stays::NotByPerson);
    }
    match behind.kind {
        Kind::Observation => of_observation(behind),
        Kind::Idea if !behind.ideas_too => Err(Stays::IdeasStay),
        Kind::Idea if !behind.may_move => Err(Stays::NoRight),
        Kind::Idea => Ok(()),
    }
}

fn of_observation(behind: &Behind) -> Result<(), Stays> {
    match progress::decided_by(behind.causes.iter().copied()) {
        Some(Phase::Implemented) => Ok(()),
        _ => Err(Stays::OtherCause),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn behind(kind: Kind, phase: Phase) -> Behind {
        Behind {
            kind,
            phase,
            held_back: false,
            by_person: true,
            causes: vec![CauseStatus::Resolved],
            ideas_too: true,
            may_move: true,
        }
    }

    #[test]
    fn what_is_under_way_is_done() {
        for phase in Phase::ALL {
            let under_way = matches!(phase, Phase::Accepted | Phase::Planned | Phase::InProgress);
            for kind in Kind::ALL {
                assert_eq!(judge(&behind(kind, phase)).is_ok(), under_way, "{kind} {phase}");
            }
        }
    }

    #[test]
    fn why_it_stays_is_told() {
        let base = || behind(Kind::Observation, Phase::Accepted);
        let idea = || behind(Kind::Idea, Phase::Accepted);
        for (case, why) in [
            (Behind { held_back: true, ..base() }, Stays::HeldBack),
            (Behind { by_person: false, ..base() }, Stays::NotByPerson),
            (
                Behind { causes: vec![CauseStatus::Resolved, CauseStatus::Suspected], ..base() },
                Stays::OtherCause,
            ),
            (Behind { ideas_too: false, ..idea() }, Stays::IdeasStay),
            (Behind { may_move: false, ..idea() }, Stays::NoRight),
        ] {
            assert_eq!(judge(&case), Err(why));
        }
        let other = vec![CauseStatus::Resolved, CauseStatus::Confirmed];
        assert_eq!(judge(&Behind { causes: other, ..idea() }), Ok(()), "an idea as chosen");
    }

    proptest! {
        #[test]
        fn one_live_cause_that_is_not_resolved_keeps_an_observation(
            phase in proptest::sample::select(Phase::ALL.to_vec()),
            causes in proptest::collection::vec(proptest::sample::select(CauseStatus::ALL.to_vec()), 0..6),
            by_person: bool,
            held_back: bool,
        ) {
            let all = causes.iter().all(|it| !progress::is_live(*it) || *it == CauseStatus::Resolved);
            let any = causes.contains(&CauseStatus::Resolved);
            let case = Behind { causes, by_person, held_back, ..behind(Kind::Observation, phase) };
            if judge(&case).is_ok() {
                prop_assert!(all && any && by_person && !held_back);
            }
            // Whatever is held back stays, and holding back never moves another one.
            let held = Behind { held_back: true, ..case };
            prop_assert_eq!(judge(&held), Err(Stays::HeldBack));
        }
    }
}

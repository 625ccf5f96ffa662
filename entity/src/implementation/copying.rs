//! The law of copying: what may be offered to which site, and how far a site may go with it. Pure.

use crate::id::UnitId;
use crate::implementation::values::AdoptionState;
use crate::submissions::phase::{Kind, Phase};

/// A step of a site's task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// "We do this here too."
    Accept,
    /// "It works here now."
    Complete,
    /// "Not here, because …"
    Decline,
    /// "We take the offer back."
    Withdraw,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 4] = [Self::Accept, Self::Complete, Self::Decline, Self::Withdraw];
}

/// Who takes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Those who lead the site.
    Site,
    /// Those who may offer.
    Offering,
}

/// Which side takes a step.
#[must_use]
pub const fn side(step: Step) -> Side {
    match step {
        Step::Accept | Step::Complete | Step::Decline => Side::Site,
        Step::Withdraw => Side::Offering,
    }
}

/// Where a step leads. A site that has begun may still decline, but what it has begun is not taken
/// from it; ended is ended, and a declined or withdrawn offer may be made anew.
#[must_use]
pub const fn step(from: AdoptionState, step: Step) -> Option<AdoptionState> {
    match (from, step) {
        (AdoptionState::Offered, Step::Accept) => Some(AdoptionState::Adopting),
        (AdoptionState::Adopting, Step::Complete) => Some(AdoptionState::Adopted),
        (AdoptionState::Offered | AdoptionState::Adopting, Step::Decline) => {
            Some(AdoptionState::Declined)
        }
        (AdoptionState::Offered, Step::Withdraw) => Some(AdoptionState::Withdrawn),
        _ => None,
    }
}

/// Whether it stands in the way of another offer to the same site.
#[must_use]
pub const fn is_live(state: AdoptionState) -> bool {
    matches!(state, AdoptionState::Offered | AdoptionState::Adopting | AdoptionState::Adopted)
}

/// The idea, as far as the law looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idea {
    /// Idea or observation.
    pub kind: Kind,
    /// The decided phase.
    pub phase: Phase,
    /// The announced phase.
    pub shown: Phase,
    /// Where it works already.
    pub site: UnitId,
}

/// Why an idea cannot be offered to a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoOffer {
    /// It is an observation.
    NoIdea,
    /// It does not work yet, or nobody was told that it does.
    NotDone,
    /// The site is where it comes from.
    OwnSite,
    /// The site was offered it, and has not ended that.
    There(AdoptionState),
}

/// Whether an idea can be offered at all.
///
/// # Errors
/// [`NoOffer`].
pub fn may_be_copied(idea: Idea) -> Result<(), NoOffer> {
    let works = |phase| matches!(phase, Phase::Implemented | Phase::Sustained);
    if idea.kind == Kind::Observation {
        return Err(NoOffer::NoIdea);
    }
    if works(idea.phase) && works(idea.shown) { Ok(()) } else { Err(NoOffer::NotDone) }
}

/// Whether an idea can be offered to `site`, which has these offers of it.
///
/// # Errors
/// [`NoOffer`].
pub fn may_offer(
    idea: Idea,
    site: UnitId,
    before: impl IntoIterator<Item = AdoptionState>,
) -> Result<(), NoOffer> {
    may_be_copied(idea)?;
    if idea.site == site {
        return Err(NoOffer::OwnSite);
    }
    match before.into_iter().find(|state| is_live(*state)) {
        Some(state) => Err(NoOffer::There(state)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn unit(number: u128) -> UnitId {
        UnitId(Uuid::from_u128(number))
    }

    fn done() -> Idea {
        let phase = Phase::Implemented;
        Idea { kind: Kind::Idea, phase, shown: phase, site: unit(0) }
    }

    #[test]
    fn only_what_works_and_was_told_is_copied() {
        for phase in Phase::ALL {
            for shown in Phase::ALL {
                let works = |phase| [Phase::Implemented, Phase::Sustained].contains(&phase);
                let idea = Idea { phase, shown, ..done() };
                let may = works(phase) && works(shown);
                assert_eq!(may_be_copied(idea).is_ok(), may, "{phase} {shown}");
                let seen = Idea { kind: Kind::Observation, ..idea };
                assert_eq!(may_be_copied(seen), Err(NoOffer::NoIdea));
            }
        }
        assert_eq!(may_offer(done(), unit(0), []), Err(NoOffer::OwnSite));
        assert_eq!(may_offer(done(), unit(1), [AdoptionState::Declined]), Ok(()));
    }

    #[test]
    fn what_ended_stays_ended() {
        for state in AdoptionState::ALL {
            for it in Step::ALL {
                let ended =
                    [AdoptionState::Adopted, AdoptionState::Declined, AdoptionState::Withdrawn];
                if ended.contains(&state) {
                    assert_eq!(step(state, it), None, "{state} {it:?}");
                }
                // Nothing leads back to the beginning.
                assert_ne!(step(state, it), Some(AdoptionState::Offered));
            }
        }
    }

    proptest! {
        #[test]
        fn a_site_has_one_task_at_a_time(acts in prop::collection::vec((0_u128..4, prop::option::of(prop::sample::select(Step::ALL.to_vec()))), 0..60)) {
            let mut tasks: Vec<(UnitId, Vec<AdoptionState>)> = Vec::new();
            for (site, act) in acts {
                let site = unit(site);
                let of_site = || tasks.iter().filter(|it| it.0 == site).filter_map(|it| it.1.last().copied());
                match act {
                    None => {
                        if may_offer(done(), site, of_site()).is_ok() {
                            tasks.push((site, vec![AdoptionState::Offered]));
                        }
                    }
                    Some(act) => {
                        if let Some(task) = tasks.iter_mut().rev().find(|it| it.0 == site) {
                            let last = *task.1.last().expect("a state");
                            task.1.extend(step(last, act));
                        }
                    }
                }
                for number in 0..4 {
                    let live = tasks.iter().filter(|it| it.0 == unit(number) && it.1.last().is_some_and(|last| is_live(*last)));
                    prop_assert!(live.count() <= usize::from(number != 0));
                }
            }
            for (_, path) in &tasks {
                // Adopted only by who took it up; taken up it is never withdrawn.
                let adopting = path.contains(&AdoptionState::Adopting);
                prop_assert!(adopting || !path.contains(&AdoptionState::Adopted));
                prop_assert!(!adopting || !path.contains(&AdoptionState::Withdrawn));
            }
        }
    }
}

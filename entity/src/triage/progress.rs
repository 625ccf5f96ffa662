//! How a root cause goes along: which status may follow which, who may say so, and what it means
//! for the observations that are linked to it.
//!
//! [`next`] is the table. A merge and its undo have verbs of their own: nothing here leads to
//! MERGED or out of it.

use crate::submissions::phase::Phase;
use crate::triage::values::CauseStatus;

use CauseStatus::{BeingAddressed, Confirmed, Merged, Rejected, Resolved, Suspected};

/// In which capacity somebody says how far a cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Capacity {
    /// A reviewer.
    Reviewer,
    /// The person who answers for it, or somebody of the function that does.
    Owner,
}

/// A status that does not follow, or not for this person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a cause that is {from} cannot become {to} here; allowed: {}", words(.allowed))]
pub struct RefusedProgress {
    /// Where it is.
    pub from: CauseStatus,
    /// What was asked for.
    pub to: CauseStatus,
    /// What would have been accepted.
    pub allowed: Vec<CauseStatus>,
}

fn words(allowed: &[CauseStatus]) -> String {
    if allowed.is_empty() {
        return String::from("nothing");
    }
    allowed.iter().map(|status| status.as_str()).collect::<Vec<_>>().join(", ")
}

/// What may follow, whoever says so.
#[must_use]
pub const fn next(from: CauseStatus) -> &'static [CauseStatus] {
    match from {
        Suspected => &[Confirmed, BeingAddressed, Rejected],
        Confirmed => &[Suspected, BeingAddressed, Resolved, Rejected],
        BeingAddressed => &[Confirmed, Resolved, Rejected],
        // Reopening: it came back, or never went.
        Resolved => &[Confirmed, BeingAddressed],
        Rejected => &[Suspected],
        Merged => &[],
    }
}

/// What may follow when somebody in this capacity says so. Whether a cause is one at all, its
/// rejection and the way back, is for reviewers; so is opening again what was resolved.
#[must_use]
pub fn allowed(from: CauseStatus, by: Capacity) -> Vec<CauseStatus> {
    next(from)
        .iter()
        .copied()
        .filter(|to| {
            by == Capacity::Reviewer || !([from, *to].contains(&Rejected) || from == Resolved)
        })
        .collect()
}

/// Refuses a status that does not follow, or not for this person. Staying is no step.
///
/// # Errors
/// [`RefusedProgress`] with what is allowed.
pub fn step(from: CauseStatus, to: CauseStatus, by: Capacity) -> Result<(), RefusedProgress> {
    let allowed = allowed(from, by);
    if from == to || allowed.contains(&to) {
        return Ok(());
    }
    Err(RefusedProgress { from, to, allowed })
}

/// Whether a cause counts and takes links: all but REJECTED and MERGED.
#[must_use]
pub const fn is_live(status: CauseStatus) -> bool {
    !matches!(status, Rejected | Merged)
}

/// Where an observation belongs whose only live cause stands here.
#[must_use]
pub const fn stands_for(status: CauseStatus) -> Option<Phase> {
    match status {
        Suspected | Confirmed => Some(Phase::Accepted),
        BeingAddressed => Some(Phase::InProgress),
        Resolved => Some(Phase::Implemented),
        Rejected | Merged => None,
    }
}

/// Where an observation belongs with all its causes: the least advanced live one decides. None
/// when none is live.
#[must_use]
pub fn decided_by(causes: impl IntoIterator<Item = CauseStatus>) -> Option<Phase> {
    causes.into_iter().filter(|status| is_live(*status)).min().and_then(stands_for)
}

/// Where the progress of its causes takes an observation that stands in `phase`; none when it
/// stays. Only what is under way moves: NEEDS_INFO, DEFERRED, DECLINED and all that is done stay.
#[must_use]
pub fn carried(phase: Phase, causes: impl IntoIterator<Item = CauseStatus>) -> Option<Phase> {
    if !matches!(phase, Phase::Accepted | Phase::InProgress) {
        return None;
    }
    decided_by(causes).filter(|to| *to != phase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_way_of_a_cause() {
        use Capacity::{Owner, Reviewer};
        for (from, to, reviewer, owner) in [
            (Suspected, Confirmed, true, true),
            (Suspected, BeingAddressed, true, true),
            (Suspected, Resolved, false, false),
            (Suspected, Rejected, true, false),
            (Confirmed, Suspected, true, true),
            (Confirmed, Resolved, true, true),
            (BeingAddressed, Suspected, false, false),
            (BeingAddressed, Confirmed, true, true),
            (BeingAddressed, Resolved, true, true),
            (Resolved, BeingAddressed, true, false),
            (Resolved, Rejected, false, false),
            (Rejected, Suspected, true, false),
            (Rejected, Confirmed, false, false),
            (Merged, Suspected, false, false),
        ] {
            assert_eq!(step(from, to, Reviewer).is_ok(), reviewer, "{from} to {to}");
            assert_eq!(step(from, to, Owner).is_ok(), owner, "{from} to {to} by its owner");
        }
    }

    #[test]
    fn nothing_leads_to_merged_and_staying_is_no_step() {
        for from in CauseStatus::ALL {
            assert!(!next(from).contains(&Merged), "{from}");
            assert!(!next(from).contains(&from), "{from}");
            assert!(step(from, from, Capacity::Owner).is_ok());
        }
    }

    #[test]
    fn a_refusal_says_what_is_allowed() {
        let refused = step(Suspected, Resolved, Capacity::Owner);
        let refused = refused.map_err(|refused| refused.to_string());
        assert_eq!(
            refused,
            Err(String::from(
                "a cause that is SUSPECTED cannot become RESOLVED here; allowed: CONFIRMED, BEING_ADDRESSED"
            ))
        );
    }

    #[test]
    fn the_least_advanced_live_cause_decides() {
        assert_eq!(decided_by([BeingAddressed, Resolved]), Some(Phase::InProgress));
        assert_eq!(decided_by([Confirmed, BeingAddressed]), Some(Phase::Accepted));
        assert_eq!(decided_by([Resolved, Rejected, Merged]), Some(Phase::Implemented));
        assert_eq!(decided_by([Rejected]), None);
        assert_eq!(decided_by([]), None);
    }

    fn status() -> impl Strategy<Value = CauseStatus> {
        proptest::sample::select(CauseStatus::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn only_what_is_under_way_is_carried(
            phase in proptest::sample::select(Phase::ALL.to_vec()),
            causes in proptest::collection::vec(status(), 0..6),
        ) {
            let to = carried(phase, causes.clone());
            let moves = matches!(phase, Phase::Accepted | Phase::InProgress);
            prop_assert!(moves || to.is_none());
            prop_assert_ne!(to, Some(phase));
            // One more cause that is only suspected never takes anything further.
            let with = carried(phase, causes.iter().copied().chain([Suspected]));
            prop_assert!(matches!(with, None | Some(Phase::Accepted)));
        }
    }
}

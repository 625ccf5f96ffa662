//! Who may do what here, beside the letters of the phase machine. Pure.

use entity::submissions::phase::{Letter, Letters, Phase};

use crate::kit::error::{Refusal, Result};
use crate::submissions::standing::Standing;

/// What a verb needs of its asker.
const REVIEWER: &str = "the right of a reviewer on this submission (never on an own one, where you are concerned, or on a second look at your own decision; what was handed over is its function's)";

/// Assigning, handing over, correcting: R.
///
/// # Errors
/// FORBIDDEN.
pub fn may_triage(letters: Letters) -> Result<()> {
    if letters.has(Letter::Reviewer) { Ok(()) } else { Err(Refusal::forbidden(REVIEWER).into()) }
}

/// Hiding, locking, taking words out: R, or a moderator over its unit.
///
/// # Errors
/// FORBIDDEN.
pub fn may_moderate(standing: Standing, letters: Letters) -> Result<()> {
    if letters.has(Letter::Reviewer) || standing.moderates() {
        Ok(())
    } else {
        Err(Refusal::forbidden("a reviewer's or moderator's right on this submission (never on an own one, where you are concerned, or on a second look at your own decision; what was handed over is its function's)").into())
    }
}

/// Naming an owner: R, or M.
///
/// # Errors
/// FORBIDDEN.
pub fn may_name_owner(letters: Letters) -> Result<()> {
    if letters.has(Letter::Reviewer) || letters.has(Letter::Manager) {
        Ok(())
    } else {
        Err(Refusal::forbidden("a reviewer's, manager's or owner's right on this submission")
            .into())
    }
}

/// Marking as opened: R or M.
///
/// # Errors
/// FORBIDDEN.
pub fn may_open(letters: Letters) -> Result<()> {
    may_name_owner(letters)
}

/// Changing the label inside a phase: R everywhere, M from ACCEPTED on.
///
/// # Errors
/// FORBIDDEN.
pub fn may_relabel(letters: Letters, phase: Phase) -> Result<Letter> {
    if letters.has(Letter::Reviewer) {
        return Ok(Letter::Reviewer);
    }
    let under_way = matches!(
        phase,
        Phase::Accepted
            | Phase::Planned
            | Phase::InProgress
            | Phase::Implemented
            | Phase::Sustained
    );
    if under_way && letters.has(Letter::Manager) {
        return Ok(Letter::Manager);
    }
    Err(Refusal::forbidden(REVIEWER).into())
}

/// Announcing what is held: R, or M for what was decided in that capacity.
///
/// # Errors
/// FORBIDDEN.
pub fn may_announce(letters: Letters, decided_as: Letter) -> Result<()> {
    if letters.has(Letter::Reviewer) || letters.has(decided_as) {
        Ok(())
    } else {
        Err(Refusal::forbidden(REVIEWER).into())
    }
}

/// Whether somebody who has no letter at all tries to move something.
///
/// # Errors
/// FORBIDDEN.
pub fn may_move_at_all(letters: Letters) -> Result<()> {
    if letters.is_empty() { Err(Refusal::forbidden(REVIEWER).into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(text: &str) -> Letters {
        Letter::ALL.into_iter().filter(|letter| text.contains(letter.as_str())).collect()
    }

    #[test]
    fn who_may_triage_open_own_and_move() {
        // letters, triage, owner or open, move at all
        for (held, triage, owner, moves) in [
            ("", false, false, false),
            ("A", false, false, true),
            ("M", false, true, true),
            ("R", true, true, true),
            ("MA", false, true, true),
        ] {
            let held = letters(held);
            assert_eq!(may_triage(held).is_ok(), triage, "{held}");
            assert_eq!(may_name_owner(held).is_ok(), owner, "{held}");
            assert_eq!(may_open(held).is_ok(), owner, "{held}");
            assert_eq!(may_move_at_all(held).is_ok(), moves, "{held}");
        }
    }

    #[test]
    fn managers_relabel_from_accepted_on() {
        for phase in Phase::ALL {
            let late = matches!(
                phase,
                Phase::Accepted
                    | Phase::Planned
                    | Phase::InProgress
                    | Phase::Implemented
                    | Phase::Sustained
            );
            assert_eq!(may_relabel(letters("M"), phase).is_ok(), late, "{phase}");
            assert_eq!(may_relabel(letters("RM"), phase).ok(), Some(Letter::Reviewer));
            assert!(may_relabel(letters("A"), phase).is_err());
        }
    }

    #[test]
    fn a_manager_announces_only_what_was_decided_as_manager() {
        assert!(may_announce(letters("M"), Letter::Manager).is_ok());
        assert!(may_announce(letters("M"), Letter::Reviewer).is_err());
        assert!(may_announce(letters("R"), Letter::Manager).is_ok());
        assert!(may_announce(letters("A"), Letter::Reviewer).is_err());
    }
}

//! Decided and announced are two facts: this is the time between them.
//!
//! A decision is visible to reviewers and managers at once and is announced to everybody else after the hold. One
//! mechanism serves hold, undo and announcement days. Times are UTC microseconds.

use crate::submissions::phase::Letter;
use crate::text_enum::text_enum;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// How long a decision is held back before it is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HoldPolicy {
    /// Seconds; 0 announces at once.
    pub seconds: u32,
}

impl Default for HoldPolicy {
    /// One minute.
    fn default() -> Self {
        Self { seconds: 60 }
    }
}

text_enum! {
    /// When a decision is to be announced.
    pub enum Announce {
        /// When the hold is over.
        AfterHold = "AFTER_HOLD",
        /// When a reviewer announces it, for instance together with others on Fridays.
        Later = "LATER",
        /// At once.
        Now = "NOW",
    }
}

impl Announce {
    /// What becomes of the wish when a step is taken in this capacity: what authors and the scheduler do is announced
    /// at once, whatever was asked for.
    #[must_use]
    pub const fn by(self, letter: Letter) -> Self {
        match letter {
            Letter::Author | Letter::Scheduler => Self::Now,
            Letter::Reviewer | Letter::Manager | Letter::Cause => self,
        }
    }
}

/// When a decision is announced by itself; none if a reviewer has to announce it.
#[must_use]
pub fn release_at(decided_at_micros: i64, policy: HoldPolicy, announce: Announce) -> Option<i64> {
    match announce {
        Announce::Now => Some(decided_at_micros),
        Announce::Later => None,
        Announce::AfterHold => {
            let hold = i64::from(policy.seconds) * MICROS_PER_SECOND;
            Some(decided_at_micros.saturating_add(hold))
        }
    }
}

/// One decision on a submission, as far as its announcement is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HeldMove {
    /// When it was decided, in UTC microseconds.
    pub decided_at: i64,
    /// In which capacity.
    pub letter: Letter,
    /// What was asked for.
    pub announce: Announce,
}

impl HeldMove {
    /// When it is announced by itself, if no other move comes before.
    #[must_use]
    pub fn release_at(&self, policy: HoldPolicy) -> Option<i64> {
        release_at(self.decided_at, policy, self.announce.by(self.letter))
    }
}

/// What became of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// Announced at this time.
    Announced(i64),
    /// Overtaken by a later move before anybody was told; never announced.
    Overtaken,
    /// Still held: until this time, or until a reviewer announces it.
    Held(Option<i64>),
}

/// What becomes of the moves of one submission, seen at `now`: of several within one hold only the last is announced,
/// and the hold restarts with it.
///
/// The moves are given in the order in which they were decided, the fates come in the same order. What a reviewer
/// announced by hand is not known here: give only the moves after it.
#[must_use]
pub fn settle(moves: &[HeldMove], policy: HoldPolicy, now: i64) -> Vec<Fate> {
    let next_at = moves.iter().skip(1).map(|next| Some(next.decided_at));
    moves
        .iter()
        .zip(next_at.chain([None]))
        .map(|(held, next_at)| fate(held.release_at(policy), next_at, now))
        .collect()
}

fn fate(release: Option<i64>, next_at: Option<i64>, now: i64) -> Fate {
    match (release, next_at) {
        // At the very same instant the release comes first: who was to be told by then, is told.
        (Some(at), Some(next)) if at <= next => Fate::Announced(at),
        (_, Some(_)) => Fate::Overtaken,
        (Some(at), None) if at <= now => Fate::Announced(at),
        (release, None) => Fate::Held(release),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: HoldPolicy = HoldPolicy { seconds: 60 };

    fn by(letter: Letter, second: i64) -> HeldMove {
        HeldMove { decided_at: second * MICROS_PER_SECOND, letter, announce: Announce::AfterHold }
    }

    fn fates(moves: &[HeldMove], now: i64) -> Vec<Fate> {
        settle(moves, MINUTE, now * MICROS_PER_SECOND)
    }

    fn announced(second: i64) -> Fate {
        Fate::Announced(second * MICROS_PER_SECOND)
    }

    fn held(second: i64) -> Fate {
        Fate::Held(Some(second * MICROS_PER_SECOND))
    }

    #[test]
    fn a_decision_waits_for_its_hold() {
        assert_eq!(HoldPolicy::default(), MINUTE);
        let at = 5 * MICROS_PER_SECOND;
        assert_eq!(release_at(at, MINUTE, Announce::AfterHold), Some(at + 60_000_000));
        assert_eq!(release_at(at, HoldPolicy { seconds: 0 }, Announce::AfterHold), Some(at));
        assert_eq!(release_at(at, MINUTE, Announce::Now), Some(at));
        assert_eq!(release_at(at, MINUTE, Announce::Later), None);
        assert_eq!(release_at(i64::MAX, MINUTE, Announce::AfterHold), Some(i64::MAX));
    }

    #[test]
    fn the_last_move_of_a_hold_is_announced_and_the_hold_restarts() {
        let moves = [by(Letter::Reviewer, 0), by(Letter::Manager, 30), by(Letter::Reviewer, 80)];
        assert_eq!(fates(&moves, 139), [Fate::Overtaken, Fate::Overtaken, held(140)]);
        assert_eq!(fates(&moves, 140), [Fate::Overtaken, Fate::Overtaken, announced(140)]);
    }

    #[test]
    fn a_move_after_the_hold_overtakes_nothing() {
        let moves = [by(Letter::Reviewer, 0), by(Letter::Reviewer, 60)];
        assert_eq!(fates(&moves, 61), [announced(60), held(120)]);
    }

    #[test]
    fn authors_and_the_scheduler_are_never_held() {
        let moves = [by(Letter::Reviewer, 0), by(Letter::Author, 10)];
        assert_eq!(fates(&moves, 10), [Fate::Overtaken, announced(10)]);
        let later = HeldMove { announce: Announce::Later, ..by(Letter::Scheduler, 3) };
        assert_eq!(fates(&[later], 3), [announced(3)]);
    }

    #[test]
    fn later_waits_for_a_reviewer() {
        let later = HeldMove { announce: Announce::Later, ..by(Letter::Reviewer, 0) };
        assert_eq!(fates(&[later], 1_000_000), [Fate::Held(None)]);
        assert_eq!(
            fates(&[later, by(Letter::Reviewer, 500)], 560),
            [Fate::Overtaken, announced(560)]
        );
        assert!(fates(&[], 0).is_empty());
    }

    fn some_move() -> impl Strategy<Value = HeldMove> {
        let letter = proptest::sample::select(Letter::ALL.to_vec());
        let announce = proptest::sample::select(Announce::ALL.to_vec());
        (0..1_000_i64, letter, announce)
            .prop_map(|(second, letter, announce)| HeldMove { announce, ..by(letter, second) })
    }

    proptest! {
        #[test]
        fn only_the_last_can_be_held_and_nothing_is_told_too_early(
            mut moves in proptest::collection::vec(some_move(), 1..20),
            wait in 0..200_i64,
        ) {
            moves.sort_by_key(|held| held.decided_at);
            let last = moves.last().map_or(0, |held| held.decided_at / MICROS_PER_SECOND);
            let fates = fates(&moves, last + wait);
            prop_assert_eq!(fates.len(), moves.len());
            let (end, before) = fates.split_last().expect("one at least");
            prop_assert!(before.iter().all(|fate| !matches!(fate, Fate::Held(_))));
            prop_assert_ne!(*end, Fate::Overtaken);
            for (held, fate) in moves.iter().zip(&fates) {
                if let Fate::Announced(at) = fate {
                    prop_assert!(*at >= held.decided_at);
                }
            }
        }
    }
}

//! "Is it still fixed?": when it is asked, how long an answer is waited for. Pure.
//!
//! Days are calendar days (UTC) from the announcement, as everywhere (product.md, "Fine print").

use crate::instant::{DAY, Instant};

/// Days after the announcement of IMPLEMENTED on which it is asked.
pub const ASK_DAYS: i64 = 60;

/// Days after the question without an answer from which on a reviewer is to look.
pub const PATIENCE_DAYS: i64 = 30;

/// From when on it is asked: the start of the day [`ASK_DAYS`] after the announcement.
#[must_use]
pub fn asked_from(announced: Instant) -> Instant {
    announced.day().start().plus(ASK_DAYS * DAY)
}

/// The announcements that are due to be asked about at `now`: all before this instant.
#[must_use]
pub fn announced_before(now: Instant) -> Instant {
    now.day().start().plus((1 - ASK_DAYS) * DAY)
}

/// From when on a question without an answer is flagged.
#[must_use]
pub fn flagged_from(asked: Instant) -> Instant {
    asked.day().start().plus(PATIENCE_DAYS * DAY)
}

/// The questions that are due to be flagged at `now`: all asked before this instant.
#[must_use]
pub fn asked_before(now: Instant) -> Instant {
    now.day().start().plus((1 - PATIENCE_DAYS) * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_two_ways_to_say_when_agree(at in 0..4_000_000_000_000_000_i64, after in 0..120 * DAY) {
            let (at, now) = (Instant(at), Instant(at + after));
            prop_assert_eq!(asked_from(at) <= now, at < announced_before(now));
            prop_assert_eq!(flagged_from(at) <= now, at < asked_before(now));
        }

        #[test]
        fn days_are_counted_from_midnight(at in 0..4_000_000_000_000_000_i64) {
            let whole = asked_from(Instant(at)).since(Instant(at).day().start()) / DAY;
            prop_assert_eq!(whole, ASK_DAYS);
        }
    }
}

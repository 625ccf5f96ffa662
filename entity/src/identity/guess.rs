//! How many guesses at a secret an account takes: the law that no PIN or password can be tried out.
//!
//! Per account: 10 in 15 minutes over all unknown devices together, 10 in 15 minutes per known device (at most 3, each
//! used within the last 90 days), 50 in a day, however the guesses are packed. Known devices have a budget of their
//! own, so that a stranger who guesses cannot lock the owner out.
//!
//! For the law to hold under racing requests the caller counts a guess **before** it checks the secret, and takes it
//! back (or clears the window) when the secret was right.

use std::time::Duration;

/// Guesses in [`SHORT_WINDOW`] over all unknown devices of an account together, and for each known device.
pub const SHORT_LIMIT: u32 = 10;
/// The window of [`SHORT_LIMIT`].
pub const SHORT_WINDOW: Duration = Duration::from_secs(15 * 60);
/// Guesses in [`DAY_WINDOW`] on an account from anywhere.
pub const DAY_LIMIT: u32 = 50;
/// The window of [`DAY_LIMIT`].
pub const DAY_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);
/// How many devices of an account count as known: those used last.
pub const KNOWN_DEVICES: u32 = 3;
/// How long ago a device may have been used to count as known.
pub const KNOWN_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The device that a guess comes from, as the account knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// Never signed in to this account, or no proof of it.
    Stranger,
    /// Has signed in to this account before.
    SeenBefore {
        /// How many devices of the account were used more recently.
        newer_devices: u32,
        /// Time since this device was last signed in to the account.
        unused_for: Duration,
    },
}

/// Which budget a guess is counted in, besides that of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Budget {
    /// The one that all unknown devices share.
    UnknownDevices,
    /// The device's own.
    KnownDevice,
}

impl Device {
    /// The budget in which a guess from here counts.
    #[must_use]
    pub fn budget(self) -> Budget {
        match self {
            Self::SeenBefore { newer_devices, unused_for }
                if newer_devices < KNOWN_DEVICES && unused_for <= KNOWN_FOR =>
            {
                Budget::KnownDevice
            }
            Self::Stranger | Self::SeenBefore { .. } => Budget::UnknownDevices,
        }
    }
}

/// The failed guesses within one window, this one not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// Time since the oldest of them.
    pub oldest_ago: Duration,
}

/// The failed guesses on one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct History {
    /// In the last 15 minutes, from all unknown devices together.
    pub unknown_devices: Failures,
    /// In the last 15 minutes, from this device.
    pub this_device: Failures,
    /// In the last day, from anywhere.
    pub day: Failures,
}

/// Whether a guess may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// The secret may be checked.
    Allowed,
    /// The secret is not looked at, right or wrong.
    Refused {
        /// When it is worth trying again: whole seconds, at least one.
        retry_after: Duration,
    },
}

/// Decides whether one more guess is allowed.
pub fn verdict(device: Device, history: &History) -> Verdict {
    let short = match device.budget() {
        Budget::UnknownDevices => history.unknown_devices,
        Budget::KnownDevice => history.this_device,
    };
    let waits = [wait(short, SHORT_LIMIT, SHORT_WINDOW), wait(history.day, DAY_LIMIT, DAY_WINDOW)];
    match waits.into_iter().flatten().max() {
        Some(retry_after) => Verdict::Refused { retry_after },
        None => Verdict::Allowed,
    }
}

/// The time until the oldest failure leaves the window, if the budget is spent.
fn wait(failures: Failures, limit: u32, window: Duration) -> Option<Duration> {
    (failures.count >= limit).then(|| {
        let left = window.saturating_sub(failures.oldest_ago);
        let rounded_up = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Duration::from_secs(rounded_up.max(1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOWN: Device = Device::SeenBefore { newer_devices: 0, unused_for: Duration::ZERO };

    fn failures(count: u32, oldest_ago: u64) -> Failures {
        Failures { count, oldest_ago: Duration::from_secs(oldest_ago) }
    }

    fn refused(seconds: u64) -> Verdict {
        Verdict::Refused { retry_after: Duration::from_secs(seconds) }
    }

    #[test]
    fn the_tenth_guess_is_allowed_and_the_eleventh_is_not() {
        let after = |count| History { unknown_devices: failures(count, 60), ..History::default() };
        assert_eq!(verdict(Device::Stranger, &after(9)), Verdict::Allowed);
        assert_eq!(verdict(Device::Stranger, &after(10)), refused(14 * 60));
    }

    #[test]
    fn strangers_do_not_lock_out_a_known_device_nor_it_them() {
        let attacked = History {
            unknown_devices: failures(10, 0),
            day: failures(10, 0),
            ..History::default()
        };
        assert_eq!(verdict(KNOWN, &attacked), Verdict::Allowed);
        let forgetful =
            History { this_device: failures(10, 0), day: failures(10, 0), ..History::default() };
        assert_eq!(verdict(KNOWN, &forgetful), refused(900));
        assert_eq!(verdict(Device::Stranger, &forgetful), Verdict::Allowed);
    }

    #[test]
    fn fifty_a_day_stop_everybody() {
        let history = History { day: failures(50, 24 * 3600 - 5), ..History::default() };
        assert_eq!(verdict(KNOWN, &history), refused(5));
        assert_eq!(verdict(Device::Stranger, &history), refused(5));
    }

    #[test]
    fn the_longer_wait_counts() {
        let history = History {
            unknown_devices: failures(10, 0),
            day: failures(50, 0),
            ..History::default()
        };
        assert_eq!(verdict(Device::Stranger, &history), refused(24 * 3600));
    }

    #[test]
    fn only_three_devices_of_ninety_days_are_known() {
        let seen = |newer_devices, days: u64| {
            Device::SeenBefore { newer_devices, unused_for: Duration::from_secs(days * 24 * 3600) }
                .budget()
        };
        assert_eq!(seen(2, 90), Budget::KnownDevice);
        assert_eq!(seen(3, 0), Budget::UnknownDevices);
        assert_eq!(seen(0, 91), Budget::UnknownDevices);
        assert_eq!(Device::Stranger.budget(), Budget::UnknownDevices);
    }

    #[test]
    fn a_wait_is_never_zero_even_with_a_stale_count() {
        let history = History { unknown_devices: failures(10, 5_000), ..History::default() };
        assert_eq!(verdict(Device::Stranger, &history), refused(1));
    }

    /// A day of guesses as an attacker would pack them, played against the law with exact windows.
    fn play(guesses: &[(u64, bool)]) -> Vec<(u64, bool)> {
        let mut failed: Vec<(u64, bool)> = Vec::new();
        for &(at, known) in guesses {
            let within = |window: Duration, counts: &dyn Fn(bool) -> bool| {
                let ago: Vec<_> = failed
                    .iter()
                    .filter(|(_, from_known)| counts(*from_known))
                    .map(|(when, _)| Duration::from_secs(at - when))
                    .filter(|ago| *ago < window)
                    .collect();
                Failures {
                    count: u32::try_from(ago.len()).expect("few"),
                    oldest_ago: ago.into_iter().max().unwrap_or_default(),
                }
            };
            let history = History {
                unknown_devices: within(SHORT_WINDOW, &|from_known| !from_known),
                this_device: within(SHORT_WINDOW, &|from_known| from_known),
                day: within(DAY_WINDOW, &|_| true),
            };
            let device = if known { KNOWN } else { Device::Stranger };
            if verdict(device, &history) == Verdict::Allowed {
                failed.push((at, known));
            }
        }
        failed
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_packing_of_guesses_breaks_the_law(
            mut guesses in proptest::collection::vec((0..2 * 86_400_u64, any::<bool>()), 1..300),
        ) {
            guesses.sort_unstable();
            let failed = play(&guesses);
            for (start, _) in &failed {
                let in_window = |window: Duration, known: Option<bool>| failed
                    .iter()
                    .filter(|(at, _)| *at >= *start && at - start < window.as_secs())
                    .filter(|(_, from)| known.is_none_or(|known| known == *from))
                    .count();
                prop_assert!(in_window(SHORT_WINDOW, Some(false)) <= 10);
                prop_assert!(in_window(SHORT_WINDOW, Some(true)) <= 10);
                prop_assert!(in_window(DAY_WINDOW, None) <= 50);
            }
        }

        #[test]
        fn waiting_as_told_helps(age in 0..900_u64, count in 10..50_u32) {
            let history = History { unknown_devices: failures(count, age), ..History::default() };
            let Verdict::Refused { retry_after } = verdict(Device::Stranger, &history) else {
                return Err(TestCaseError::fail("the budget is spent"));
            };
            prop_assert!(retry_after.as_secs() + age >= 900);
            prop_assert!(retry_after <= SHORT_WINDOW);
        }
    }
}

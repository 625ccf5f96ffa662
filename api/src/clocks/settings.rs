//! The settings of service levels: words in rows, values with bounds in code.

use entity::clocks::machine::Targets;

/// Business days to the first response.
pub const FIRST_RESPONSE_DAYS: &str = "first_response_days";
/// Business days to the decision.
pub const DECISION_DAYS: &str = "decision_days";
/// Whether staff see by when they are answered.
pub const PROMISE: &str = "clocks_promise";
/// Whether what waits too long is told up the tree.
pub const ESCALATION: &str = "clocks_escalation";

/// Longest target in business days: a working year.
pub const LONGEST_TARGET: i32 = 250;

/// Whether something is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is not; so it begins.
    #[default]
    Off,
}

impl Switch {
    /// The word in settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::On => "ON",
            Self::Off => "OFF",
        }
    }

    /// The switch with this word; off for any other.
    #[must_use]
    pub fn named(word: &str) -> Self {
        if word == "ON" { Self::On } else { Self::Off }
    }
}

impl From<bool> for Switch {
    fn from(on: bool) -> Self {
        if on { Self::On } else { Self::Off }
    }
}

/// The settings as they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// How many business days there are.
    pub targets: Targets,
    /// Whether staff see by when they are answered.
    pub promise: Switch,
    /// Whether what waits too long is told up the tree.
    pub escalation: Switch,
}

impl Levels {
    /// The settings that rows state; what is missing or unreadable stays at its default.
    #[must_use]
    pub fn of(rows: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut levels = Self::default();
        for (key, value) in rows {
            match key.as_str() {
                FIRST_RESPONSE_DAYS => {
                    levels.targets.first_response =
                        days(Some(value), levels.targets.first_response);
                }
                DECISION_DAYS => {
                    levels.targets.decision = days(Some(value), levels.targets.decision);
                }
                PROMISE => levels.promise = Switch::named(&value),
                ESCALATION => levels.escalation = Switch::named(&value),
                _ => {}
            }
        }
        levels
    }
}

/// A target as it is stored, or the default.
#[must_use]
pub fn days(stored: Option<String>, default: i32) -> i32 {
    let stored = stored.and_then(|value| value.parse().ok());
    stored.filter(|days| (1..=LONGEST_TARGET).contains(days)).unwrap_or(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_off_and_usual_until_it_is_set() {
        let none = Levels::of([]);
        assert_eq!((none.promise, none.escalation), (Switch::Off, Switch::Off));
        assert_eq!((none.targets.first_response, none.targets.decision), (2, 10));
        let rows = [(FIRST_RESPONSE_DAYS, "3"), (DECISION_DAYS, "0"), (PROMISE, "ON")];
        let set = Levels::of(rows.map(|(key, value)| (key.to_owned(), value.to_owned())));
        assert_eq!((set.targets.first_response, set.targets.decision), (3, 10));
        assert_eq!(set.promise, Switch::On);
    }
}

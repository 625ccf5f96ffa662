//! Closed sets of values about clocks and calendars.

use crate::text_enum::text_enum;

text_enum! {
    /// What a clock waits for.
    pub enum ClockKind {
        /// Somebody answers: the author can see a comment or an announced move by a reviewer.
        FirstResponse = "FIRST_RESPONSE",
        /// Somebody decides.
        Decision = "DECISION",
        /// The date that the author was promised.
        Promised = "PROMISED",
    }
}

text_enum! {
    /// Whether a clock counts.
    pub enum ClockState {
        /// It counts.
        Running = "RUNNING",
        /// It waits for the author, or for a wake date.
        Paused = "PAUSED",
        /// What it waited for has happened, or cannot happen any more.
        Stopped = "STOPPED",
    }
}

text_enum! {
    /// How a clock ended.
    pub enum Met {
        /// It has not.
        Open = "OPEN",
        /// What it waited for has happened.
        Met = "MET",
        /// There is nothing left to wait for: taken back, joined, or promised anew.
        Void = "VOID",
    }
}

text_enum! {
    /// A day of the week.
    pub enum Weekday {
        /// Monday.
        Monday = "MONDAY",
        /// Tuesday.
        Tuesday = "TUESDAY",
        /// Wednesday.
        Wednesday = "WEDNESDAY",
        /// Thursday.
        Thursday = "THURSDAY",
        /// Friday.
        Friday = "FRIDAY",
        /// Saturday.
        Saturday = "SATURDAY",
        /// Sunday.
        Sunday = "SUNDAY",
    }
}

impl Weekday {
    /// Its place in the week; Monday is 0.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

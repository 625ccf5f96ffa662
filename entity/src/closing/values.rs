//! Closed sets of values about closing the loop.

use crate::text_enum::text_enum;

text_enum! {
    /// How far the resolving of a root cause is.
    pub enum ResolutionState {
        /// What is behind it is being decided on, in the background.
        Closing = "CLOSING",
        /// All is decided; it is told after the hold, or when somebody announces it.
        Decided = "DECIDED",
        /// It was taken back; what was decided is being taken back in the background.
        Undoing = "UNDOING",
        /// It was taken back, and nobody was told anything.
        Undone = "UNDONE",
    }
}

text_enum! {
    /// Whether ideas go along when a root cause is resolved.
    pub enum IdeasToo {
        /// They stay where they are.
        Stay = "STAY",
        /// Those from ACCEPTED on are done, where the person who resolves may say so.
        UnderWay = "UNDER_WAY",
    }
}

text_enum! {
    /// What became of one submission behind a resolved cause.
    pub enum ItemState {
        /// Its turn has not come.
        Waiting = "WAITING",
        /// It was decided that it is done.
        Moved = "MOVED",
        /// It stayed where it was.
        Stayed = "STAYED",
        /// The decision was taken back.
        Returned = "RETURNED",
    }
}

text_enum! {
    /// The answer to "is it still fixed?".
    pub enum SustainAnswer {
        /// It is.
        Yes = "YES",
        /// It is not.
        No = "NO",
    }
}

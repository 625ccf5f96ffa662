//! Closed sets of values about routing.

use crate::text_enum::text_enum;

text_enum! {
    /// How many of a rule's words a text must have.
    pub enum WordMatch {
        /// One of them.
        Any = "ANY",
        /// Every one.
        All = "ALL",
    }
}

text_enum! {
    /// Whether a rule is to be applied.
    pub enum RuleState {
        /// It is.
        On = "ON",
        /// Not for now.
        Off = "OFF",
    }
}

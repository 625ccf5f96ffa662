//! Closed sets of values about programmes and catalogues.

use crate::text_enum::text_enum;

text_enum! {
    /// Standing or time-boxed.
    pub enum ProgramKind {
        /// Always open.
        Standing = "STANDING",
        /// A time-boxed ask.
        Campaign = "CAMPAIGN",
    }
}

text_enum! {
    /// Whether a row is the one taken when none is named.
    pub enum Standard {
        /// Taken by default.
        Default = "DEFAULT",
        /// Taken only when named.
        Named = "NAMED",
    }
}

//! Closed sets of values about decisions.

use crate::text_enum::text_enum;

text_enum! {
    /// Where a decision is between made and told (docs/adr/0006).
    pub enum DecisionState {
        /// Made; seen by reviewers and managers; not yet told.
        Pending = "PENDING",
        /// A later decision within the hold took its place.
        Superseded = "SUPERSEDED",
        /// Told.
        Announced = "ANNOUNCED",
        /// Taken back before it was told.
        Undone = "UNDONE",
    }
}

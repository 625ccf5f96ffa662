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

text_enum! {
    /// What was done to a submission that not everybody should see or talk about.
    pub enum ModerationAct {
        /// Read only by its author, by those who work on it and by moderators.
        Hidden = "HIDDEN",
        /// Closed for public comments and votes.
        Locked = "LOCKED",
    }
}

text_enum! {
    /// What came of a report.
    pub enum ReportResolution {
        /// The submission was hidden.
        Hidden = "HIDDEN",
        /// The submission was locked.
        Locked = "LOCKED",
        /// Somebody looked at it; nothing more is to be done.
        Closed = "CLOSED",
    }
}

text_enum! {
    /// Why words were taken out, or a submission was hidden, locked or reported.
    pub enum ModerationReason {
        /// Tells who a customer or a colleague is.
        PersonalData = "PERSONAL_DATA",
        /// Hurts somebody.
        Offensive = "OFFENSIVE",
        /// Should not be known outside a circle.
        Confidential = "CONFIDENTIAL",
        /// Has nothing to do with the programme.
        OffTopic = "OFF_TOPIC",
        /// Something else; a note says what.
        Other = "OTHER",
    }
}

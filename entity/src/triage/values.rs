//! Closed sets of values about root causes.

use crate::text_enum::text_enum;

text_enum! {
    /// Ishikawa category of a root cause, in the service version of the diagram.
    pub enum Category {
        /// Skills, staffing, attitude.
        People = "PEOPLE",
        /// How work flows.
        Process = "PROCESS",
        /// Rules we set ourselves.
        Policy = "POLICY",
        /// What we sell or give.
        Product = "PRODUCT",
        /// Rooms, signs, distances.
        Place = "PLACE",
        /// Systems and devices.
        Technology = "TECHNOLOGY",
    }
}

text_enum! {
    /// How far a root cause is.
    pub enum CauseStatus {
        /// Somebody thinks so.
        Suspected = "SUSPECTED",
        /// Shown to be so.
        Confirmed = "CONFIRMED",
        /// Being worked on.
        BeingAddressed = "BEING_ADDRESSED",
        /// Gone.
        Resolved = "RESOLVED",
        /// Was not so.
        Rejected = "REJECTED",
        /// Joined with another.
        Merged = "MERGED",
    }
}

text_enum! {
    /// Who or what made a link.
    pub enum LinkSource {
        /// A person.
        Person = "PERSON",
        /// A routing rule.
        Rule = "RULE",
        /// A model.
        Model = "MODEL",
    }
}

text_enum! {
    /// What a merge of root causes did to a link.
    pub enum LinkFate {
        /// It points at the survivor now.
        Moved = "MOVED",
        /// The survivor had one from the same submission; this one was put aside.
        Folded = "FOLDED",
        /// The survivor's own one, still held, was put aside for one that everybody sees.
        Displaced = "DISPLACED",
    }
}

text_enum! {
    /// In which order the queue comes.
    pub enum QueueOrder {
        /// What breaches its clock first.
        Due = "DUE",
        /// The worst first.
        Severity = "SEVERITY",
        /// What most people stand behind first.
        Reach = "REACH",
        /// The oldest first.
        Oldest = "OLDEST",
        /// The newest first.
        Newest = "NEWEST",
    }
}

text_enum! {
    /// With whom a saved view is shared.
    pub enum ViewSharing {
        /// Nobody.
        Private = "PRIVATE",
        /// The reviewers of a unit, of those above it and of those below it.
        Unit = "UNIT",
        /// All reviewers.
        Reviewers = "REVIEWERS",
    }
}

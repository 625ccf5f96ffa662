//! Closed sets of values about submissions.

use crate::text_enum::text_enum;

text_enum! {
    /// How a submission came.
    pub enum Channel {
        /// The web client on a phone or desk.
        Web = "WEB",
        /// A shared device.
        SharedDevice = "SHARED_DEVICE",
        /// In a huddle.
        Huddle = "HUDDLE",
        /// By mail.
        Mail = "MAIL",
        /// Told to somebody, by telephone or in person.
        Spoken = "SPOKEN",
        /// On paper.
        Paper = "PAPER",
        /// Through an integration.
        Integration = "INTEGRATION",
        /// From an import.
        Import = "IMPORT",
    }
}

text_enum! {
    /// How bad an observation is.
    pub enum Severity {
        /// A nuisance.
        Low = "LOW",
        /// Costs customers or staff real time.
        Medium = "MEDIUM",
        /// Fails customers often.
        High = "HIGH",
        /// Somebody may be harmed.
        Critical = "CRITICAL",
    }
}

text_enum! {
    /// Impact or effort.
    pub enum Size {
        /// Small.
        S = "S",
        /// Medium.
        M = "M",
        /// Large.
        L = "L",
    }
}

text_enum! {
    /// Who may read it.
    pub enum Audience {
        /// Everybody whom the rules admit.
        Everyone = "EVERYONE",
        /// Author, reviewers, owner and assignee alone.
        CxTeamOnly = "CX_TEAM_ONLY",
    }
}

text_enum! {
    /// How far an upload is.
    pub enum AttachmentState {
        /// Announced, bytes not yet received.
        Awaited = "AWAITED",
        /// Re-encoded and stored.
        Ready = "READY",
    }
}

text_enum! {
    /// Who sees a comment.
    pub enum CommentVisibility {
        /// Everybody who reads the submission.
        Public = "PUBLIC",
        /// Reviewers, managers, owner and assignee.
        Internal = "INTERNAL",
    }
}

text_enum! {
    /// How far a hand-over to a function is.
    pub enum Handover {
        /// In the function's queue; it may take it or give it back.
        Offered = "OFFERED",
        /// Taken by the function.
        Accepted = "ACCEPTED",
    }
}

//! Closed sets of values about facts.

use crate::text_enum::text_enum;

text_enum! {
    /// Who did something.
    pub enum ActorKind {
        /// A person.
        Person = "PERSON",
        /// An integration.
        Service = "SERVICE",
        /// The system itself: scheduler, set-up, command line.
        System = "SYSTEM",
        /// Nobody that is recorded: an authorless submission.
        Nobody = "NOBODY",
    }
}

text_enum! {
    /// Who may hear of a fact, before the subject's own visibility is asked.
    pub enum FactAudience {
        /// Everybody who reads the subject.
        Readers = "READERS",
        /// Reviewers, managers, owner and assignee.
        Internal = "INTERNAL",
        /// Integrations whose view of the subject has changed.
        Integrations = "INTEGRATIONS",
        /// Administrators and auditors.
        Administration = "ADMINISTRATION",
    }
}

//! Closed sets of values about announcements.

use crate::text_enum::text_enum;

text_enum! {
    /// Where an announcement is.
    pub enum AnnouncementState {
        /// Being written; nobody is told, and it may be deleted.
        Draft = "DRAFT",
        /// Shown to the people of its units, who are told of it once.
        Published = "PUBLISHED",
        /// No longer shown; mails that were sent stay sent.
        Withdrawn = "WITHDRAWN",
    }
}

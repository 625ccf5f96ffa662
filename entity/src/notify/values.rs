//! Closed sets of values about notifications and mails.

use crate::text_enum::text_enum;

text_enum! {
    /// What a notification tells.
    pub enum NotificationKind {
        /// A decision about something the person sent was announced.
        OwnDecision = "OWN_DECISION",
        /// We have a question about something the person sent.
        OwnQuestion = "OWN_QUESTION",
        /// A comment on something the person sent.
        OwnComment = "OWN_COMMENT",
        /// A decision about something the person follows was announced.
        FollowedDecision = "FOLLOWED_DECISION",
        /// A submission was assigned to the person.
        Assigned = "ASSIGNED",
        /// The author answered a question.
        Answered = "ANSWERED",
        /// The daily list of what waits too long.
        Escalated = "ESCALATED",
        /// A date that was promised has passed.
        PromisePassed = "PROMISE_PASSED",
        /// An item of a plan that the person has is due soon, or overdue.
        ActionReminder = "ACTION_REMINDER",
        /// Something that works elsewhere was offered to a site that the person leads.
        AdoptionOffered = "ADOPTION_OFFERED",
        /// A site answered what the person offered.
        AdoptionAnswered = "ADOPTION_ANSWERED",
        /// The person was mentioned in a comment.
        Mention = "MENTION",
        /// Something the person sent was split into several.
        Split = "SPLIT",
        /// Words were taken out of something the person sent.
        Redacted = "REDACTED",
        /// An author asks for a second look, and the person is to take it, or to see to it that
        /// somebody can.
        SecondLook = "SECOND_LOOK",
        /// We ask whether something the person sent, and that was done, is still fixed.
        StillFixed = "STILL_FIXED",
        /// Somebody reported a submission that the person moderates, or a comment on it.
        Reported = "REPORTED",
        /// The CX team announced something to the person's unit.
        Announcement = "ANNOUNCEMENT",
        /// An integration sent something in the person's name.
        ReceivedForYou = "RECEIVED_FOR_YOU",
    }
}

text_enum! {
    /// Which mail.
    pub enum MailKind {
        /// A sign-in code; a security mail.
        SignInCode = "SIGN_IN_CODE",
        /// An invitation; a security mail.
        Invitation = "INVITATION",
        /// A decision.
        Decision = "DECISION",
        /// A question.
        Question = "QUESTION",
        /// A comment.
        Comment = "COMMENT",
        /// The daily list of what waits too long.
        Escalation = "ESCALATION",
        /// A date that was promised has passed.
        Reminder = "REMINDER",
        /// An item of a plan.
        ActionReminder = "ACTION_REMINDER",
        /// The question whether something is still fixed.
        StillFixed = "STILL_FIXED",
        /// An offer to a site.
        AdoptionOffer = "ADOPTION_OFFER",
        /// An announcement.
        Announcement = "ANNOUNCEMENT",
        /// That an integration sent something in the person's name.
        ReceivedForYou = "RECEIVED_FOR_YOU",
        /// What happened since the last one, in one mail.
        Digest = "DIGEST",
    }
}

text_enum! {
    /// What became of a mail.
    pub enum MailState {
        /// Waits for its job.
        Waiting = "WAITING",
        /// Accepted by the mail server with code 250, or captured as a file.
        Sent = "SENT",
        /// Not sent, for a visible reason.
        Skipped = "SKIPPED",
        /// Given up.
        Failed = "FAILED",
    }
}

text_enum! {
    /// How often a person wants to hear by one way.
    pub enum Delivery {
        /// At once.
        Immediate = "IMMEDIATE",
        /// With everything else of a day.
        Daily = "DAILY",
        /// With everything else of a week.
        Weekly = "WEEKLY",
        /// Not by this way.
        Off = "OFF",
    }
}

text_enum! {
    /// What people choose by how often they hear of it: kinds of events that belong together.
    pub enum Topic {
        /// Answers and questions about what the person sent.
        Own = "OWN",
        /// What became of what the person voted for or follows.
        Followed = "FOLLOWED",
        /// Comments on what the person sent, and where they were mentioned.
        Comments = "COMMENTS",
        /// Work that was given to the person, and reminders of it.
        Work = "WORK",
        /// What the CX team tells the person's unit.
        Announcements = "ANNOUNCEMENTS",
    }
}

text_enum! {
    /// By which way somebody hears.
    pub enum Way {
        /// In the list of the app.
        InApp = "IN_APP",
        /// By mail.
        Email = "EMAIL",
    }
}

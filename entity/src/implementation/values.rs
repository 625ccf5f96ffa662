//! Closed sets of values about implementation.

use crate::text_enum::text_enum;

text_enum! {
    /// How far an item is. OVERDUE is computed from the day, never stored.
    pub enum ItemStatus {
        /// Nobody has begun.
        Open = "OPEN",
        /// Somebody is at it.
        InProgress = "IN_PROGRESS",
        /// It is done.
        Done = "DONE",
        /// It is not needed after all.
        Dropped = "DROPPED",
    }
}

text_enum! {
    /// A part of the change checklist, in its order.
    pub enum ChangeStage {
        /// Who is touched, and who must carry it.
        Stakeholders = "STAKEHOLDERS",
        /// Where things stand.
        Evaluate = "EVALUATE",
        /// Where they should stand.
        Envision = "ENVISION",
        /// What lies between.
        Analyse = "ANALYSE",
        /// How to get there.
        Plan = "PLAN",
    }
}

text_enum! {
    /// Why somebody is reminded.
    pub enum ReminderKind {
        /// The item is due on the next day.
        DueSoon = "DUE_SOON",
        /// The day has passed.
        Overdue = "OVERDUE",
    }
}

text_enum! {
    /// How somebody stands to an idea that they help with.
    pub enum HelpState {
        /// Wants to help.
        Offered = "OFFERED",
        /// Was named co-owner.
        CoOwner = "CO_OWNER",
    }
}

text_enum! {
    /// What became of a trial.
    pub enum TrialState {
        /// Being tried.
        Running = "RUNNING",
        /// It worked: it stays.
        Adopted = "ADOPTED",
        /// It ended without being adopted.
        Stopped = "STOPPED",
    }
}

text_enum! {
    /// Which kind of effect an outcome is.
    pub enum OutcomeKind {
        /// Money that stands in the books.
        HardSaving = "HARD_SAVING",
        /// Time or money that is freed, not booked.
        SoftSaving = "SOFT_SAVING",
        /// Fewer faults.
        Quality = "QUALITY",
        /// Fewer harms.
        Safety = "SAFETY",
        /// Happier customers or staff.
        Satisfaction = "SATISFACTION",
    }
}

text_enum! {
    /// Which way of a figure is better.
    pub enum Direction {
        /// More is better.
        Higher = "HIGHER",
        /// Less is better.
        Lower = "LOWER",
    }
}

text_enum! {
    /// What a figure stands for.
    pub enum FigureStage {
        /// What is aimed at.
        Target = "TARGET",
        /// What is expected now.
        Forecast = "FORECAST",
        /// What was measured.
        Actual = "ACTUAL",
    }
}

text_enum! {
    /// Whether an actual figure may come before its target; a setting of the organisation.
    pub enum OutcomeOrder {
        /// Figures may come in any order.
        AnyOrder = "ANY_ORDER",
        /// A target first, then what was measured.
        TargetFirst = "TARGET_FIRST",
    }
}

text_enum! {
    /// How far a site is with an idea that it was offered.
    pub enum AdoptionState {
        /// Nobody there has answered.
        Offered = "OFFERED",
        /// They are at it.
        Adopting = "ADOPTING",
        /// It works there too.
        Adopted = "ADOPTED",
        /// They do not take it up.
        Declined = "DECLINED",
        /// It was taken back before anybody answered.
        Withdrawn = "WITHDRAWN",
    }
}

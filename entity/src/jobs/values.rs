//! Closed sets of values about jobs.

use crate::text_enum::text_enum;

text_enum! {
    /// Where a job is. Done jobs are deleted.
    pub enum JobState {
        /// Waits for its time and a worker.
        Ready = "READY",
        /// Leased by a worker.
        Running = "RUNNING",
        /// Given up: a visible dead letter.
        Dead = "DEAD",
    }
}

text_enum! {
    /// What the clock does by itself, in the order in which it is done.
    pub enum TimedKind {
        /// A held decision is told.
        Release = "RELEASE",
        /// What was deferred comes back.
        Wake = "WAKE",
        /// A question that nobody answered is taken back.
        Expire = "EXPIRE",
        /// What waits too long goes up the tree of units.
        Escalate = "ESCALATE",
        /// Whoever promised a day that has passed is reminded.
        Promise = "PROMISE",
        /// Whoever has an item of a plan is reminded.
        Remind = "REMIND",
        /// It is asked whether what was done is still fixed; what nobody answers is flagged.
        Sustain = "SUSTAIN",
        /// What somebody wants to hear together is put into one mail.
        Digest = "DIGEST",
        /// What nobody needs any more is cleared away, once a day.
        Sweep = "SWEEP",
    }
}

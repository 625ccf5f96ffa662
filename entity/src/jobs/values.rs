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

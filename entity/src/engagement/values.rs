//! Closed sets of values about engagement.

use crate::text_enum::text_enum;

text_enum! {
    /// Why somebody follows.
    pub enum FollowSource {
        /// They asked to.
        Asked = "ASKED",
        /// It came with their vote.
        Vote = "VOTE",
    }
}

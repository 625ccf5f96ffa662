//! Closed sets of values, as the API shows them.

use async_graphql::Enum;
use entity::closing::resolution;
use entity::closing::values::ResolutionState as Stored;
use entity::instant::Instant;

/// Whether ideas go along when a root cause is resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::closing::values::IdeasToo")]
pub enum IdeasToo {
    /// They stay where they are.
    Stay,
    /// Those from ACCEPTED on are done, where you may say so: as reviewer of their unit, as its
    /// manager or as their owner, and never of an own one.
    UnderWay,
}

/// Why a submission behind a resolved cause stays where it is. The first that is true is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::closing::fate::Stays")]
pub enum StayReason {
    /// It was named to be held back.
    HeldBack,
    /// It is joined with another one, or about to be.
    Joined,
    /// It is done already.
    Done,
    /// It was declined or taken back.
    Closed,
    /// A question is open, or it waits for its wake date.
    Waits,
    /// Nobody has said yes to it yet.
    NotAccepted,
    /// No person linked it to a resolved cause; links by rules and models move nothing.
    NotByPerson,
    /// Another cause of it is not resolved.
    OtherCause,
    /// Ideas were not to go along.
    IdeasStay,
    /// The person who resolves has no right to say that this one is done.
    NoRight,
}

/// How far the resolving of a root cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum CauseResolutionState {
    /// What is behind it is being decided on, in the background.
    Closing,
    /// All is decided and nobody is told yet: it waits for the hold, or for somebody to announce it.
    Held,
    /// It is being told, or was.
    Announced,
    /// It was taken back; what was decided is being taken back in the background.
    Undoing,
    /// It was taken back, and nobody was told anything.
    Undone,
}

impl CauseResolutionState {
    /// How far it is at `now`.
    pub(super) fn of(row: &resolution::Model, now: Instant) -> Self {
        match row.state {
            Stored::Closing => Self::Closing,
            Stored::Decided if row.release_at.is_some_and(|at| at <= now) => Self::Announced,
            Stored::Decided => Self::Held,
            Stored::Undoing => Self::Undoing,
            Stored::Undone => Self::Undone,
        }
    }
}

//! The closed sets of values of submissions, as the API shows them.

use async_graphql::Enum;

/// What somebody sent. Guessed at first, and correctable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(name = "SubmissionKind", remote = "entity::submissions::phase::Kind")]
pub enum Kind {
    /// What would help.
    Idea,
    /// What was seen.
    Observation,
}

/// How a submission came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::submissions::values::Channel")]
pub enum Channel {
    /// The web client on a phone or desk.
    Web,
    /// A shared device.
    SharedDevice,
    /// In a huddle.
    Huddle,
    /// By mail.
    Mail,
    /// Told to somebody, by telephone or in person.
    Spoken,
    /// On paper.
    Paper,
    /// Through an integration.
    Integration,
    /// From an import.
    Import,
}

/// How bad an observation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::submissions::values::Severity")]
pub enum Severity {
    /// A nuisance.
    Low,
    /// Costs customers or staff real time.
    Medium,
    /// Fails customers often.
    High,
    /// Somebody may be harmed.
    Critical,
}

/// Impact or effort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::submissions::values::Size")]
pub enum Size {
    /// Small.
    S,
    /// Medium.
    M,
    /// Large.
    L,
}

/// Who may read a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::submissions::values::Audience")]
pub enum Audience {
    /// Everybody whom the rules admit.
    Everyone,
    /// Author, reviewers, owner and assignee alone.
    CxTeamOnly,
}

/// Who sees a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::submissions::values::CommentVisibility")]
pub enum CommentVisibility {
    /// Everybody who reads the submission.
    Public,
    /// Reviewers, managers, owner and assignee.
    Internal,
}

/// What a text seems to hold that is somebody's own affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::submissions::text::HintKind")]
pub enum HintKind {
    /// An e-mail address.
    Email,
    /// A telephone number, or another number as long as one.
    Phone,
}

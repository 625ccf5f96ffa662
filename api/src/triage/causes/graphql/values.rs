//! Closed sets of values of root causes.

use async_graphql::Enum;

/// Ishikawa category of a root cause, in the service version of the diagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::triage::values::Category")]
pub enum CauseCategory {
    /// Skills, staffing, attitude.
    People,
    /// How work flows.
    Process,
    /// Rules we set ourselves.
    Policy,
    /// What we sell or give.
    Product,
    /// Rooms, signs, distances.
    Place,
    /// Systems and devices.
    Technology,
}

/// How far a root cause is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::triage::values::CauseStatus")]
pub enum CauseStatus {
    /// Somebody thinks so.
    Suspected,
    /// Shown to be so.
    Confirmed,
    /// Being worked on.
    BeingAddressed,
    /// Gone.
    Resolved,
    /// Was not so.
    Rejected,
    /// Joined with another.
    Merged,
}

/// Who or what made a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::triage::values::LinkSource")]
pub enum LinkSource {
    /// A person.
    Person,
    /// A routing rule.
    Rule,
    /// A model.
    Model,
}

/// By what a Pareto measures its bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::triage::causes::service::report::Measure")]
pub enum CauseMeasure {
    /// Distinct people, and one for each submission without an author.
    Reach,
    /// Submissions, joined ones included.
    Submissions,
}

//! Surface of submissions.

pub mod comments;
pub(crate) mod edges;
pub mod enums;
mod handled;
pub mod inputs;
pub(crate) mod joined;
pub mod mutations;
pub mod objects;
pub mod parts;
pub mod queries;
pub mod row;
pub mod similar;
mod timing;
pub mod types;

use async_graphql::MergedObject;

pub use objects::{Idea, Observation};
pub use types::Submission;

/// Queries.
#[derive(MergedObject, Default)]
pub struct SubmissionsQuery(queries::SubmissionQuery, similar::SimilarQuery);

/// Mutations.
#[derive(MergedObject, Default)]
pub struct SubmissionsMutation(mutations::SubmissionMutation);

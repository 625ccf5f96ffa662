//! Surface of deciding: decisions, what could be done next, history, and the verbs.

pub mod authors;
pub mod decisions;
pub mod handling;
pub mod history;
pub mod joining;
pub mod moves;
pub mod triage;
pub mod whole;

use async_graphql::MergedObject;

/// Mutations.
#[derive(MergedObject, Default)]
pub struct WorkflowMutation(
    moves::MoveMutation,
    joining::JoiningMutation,
    triage::TriageVerbs,
    super::replies::graphql::ReplyMutation,
    handling::HandlingMutation,
    super::reports::graphql::ReportMutation,
    whole::WholeMutation,
    authors::AuthorMutation,
);

//! What telling of announcements looks up: for all facts that are read at once, not for each.

use std::collections::HashMap;

use entity::facts::fact;
use entity::id::{DecisionId, PersonId, ResolutionId, SubmissionId};
use entity::instant::Instant;
use entity::submissions::submission;
use entity::workflow::decision;

use super::query;
use crate::closing::query as closing;
use crate::kit::error::Result;
use crate::kit::scope::Scope;
use crate::submissions::joining::query as groups;

/// The kind of the facts that are looked up for.
pub(super) const ANNOUNCED: &str = "submission.announced";

/// What was announced, of whom, and who follows it.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    submissions: HashMap<SubmissionId, submission::Model>,
    decisions: HashMap<DecisionId, decision::Model>,
    resolutions: HashMap<DecisionId, ResolutionId>,
    twins: HashMap<SubmissionId, Vec<(Instant, submission::Model)>>,
    followers: HashMap<SubmissionId, Vec<PersonId>>,
}

impl Ahead {
    /// Looks up what these decisions, each about a submission, need: six statements, or none.
    pub(super) async fn of(
        scope: &Scope,
        announced: &[(SubmissionId, DecisionId)],
    ) -> Result<Self> {
        if announced.is_empty() {
            return Ok(Self::default());
        }
        let db = scope.db();
        let about: Vec<SubmissionId> = announced.iter().map(|(id, _)| *id).collect();
        let decided: Vec<DecisionId> = announced.iter().map(|(_, id)| *id).collect();
        let twins = groups::twins_with_since(&db, &about).await?;
        let members = twins.values().flatten().map(|(_, twin)| twin.id);
        let members: Vec<SubmissionId> = about.iter().copied().chain(members).collect();
        Ok(Self {
            submissions: query::submissions(&db, &about).await?,
            decisions: query::decisions(&db, &decided).await?,
            resolutions: closing::sayings::made_by(&db, &decided).await?,
            followers: query::followers_of(&db, &members).await?,
            twins,
        })
    }

    /// What a fact is about.
    pub(super) fn submission(&self, fact: &fact::Model) -> Option<&submission::Model> {
        self.submissions.get(&SubmissionId(fact.subject_id))
    }

    /// A decision that was announced.
    pub(super) fn decision(&self, id: DecisionId) -> Option<&decision::Model> {
        self.decisions.get(&id)
    }

    /// The resolving of a cause that made a decision.
    pub(super) fn resolution(&self, decision: DecisionId) -> Option<ResolutionId> {
        self.resolutions.get(&decision).copied()
    }

    /// The twins of a submission that counted with it at an instant and still do, by id.
    pub(super) fn twins(
        &self,
        root: SubmissionId,
        at: Instant,
    ) -> impl Iterator<Item = &submission::Model> {
        let twins = self.twins.get(&root).into_iter().flatten();
        twins.filter(move |(since, _)| *since <= at).map(|(_, twin)| twin)
    }

    /// Who follows a submission.
    pub(super) fn followers(&self, id: SubmissionId) -> &[PersonId] {
        self.followers.get(&id).map(Vec::as_slice).unwrap_or_default()
    }
}

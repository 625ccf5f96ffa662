//! What is planned about, opened for one asker: the row under its lock, and how the asker stands.

use entity::id::{CauseId, SubmissionId, UnitId};
use entity::identity::values::Role;
use entity::implementation::{item, plan};
use entity::submissions::submission;
use entity::triage::cause;
use uuid::Uuid;

use super::policy::{self, Place, Ties, View, is_mine};
use super::query;
use crate::kit::actor::Actor;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::standing::{Standing, standing};
use crate::{submissions, triage};

/// What a plan, a trial or an outcome is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A submission: an idea.
    Submission(SubmissionId),
    /// A root cause.
    Cause(CauseId),
}

impl Subject {
    /// The one of two that is given.
    ///
    /// # Errors
    /// REQUIRED at `submissionId` when neither or both are given.
    pub fn of(submission: Option<SubmissionId>, cause: Option<CauseId>) -> Result<Self> {
        match (submission, cause) {
            (Some(id), None) => Ok(Self::Submission(id)),
            (None, Some(id)) => Ok(Self::Cause(id)),
            _ => Err(Refusal::new(
                Code::Required,
                "submissionId",
                "Name an idea or a root cause, one of the two.",
            )
            .into()),
        }
    }

    /// What a plan is about; its row names one of the two.
    #[must_use]
    pub fn of_plan(plan: &plan::Model) -> Option<Self> {
        plan.submission_id.map(Self::Submission).or(plan.cause_id.map(Self::Cause))
    }

    /// The submission, if it is one.
    #[must_use]
    pub fn submission(self) -> Option<SubmissionId> {
        match self {
            Self::Submission(id) => Some(id),
            Self::Cause(_) => None,
        }
    }

    /// The root cause, if it is one.
    #[must_use]
    pub fn cause(self) -> Option<CauseId> {
        match self {
            Self::Cause(id) => Some(id),
            Self::Submission(_) => None,
        }
    }

    /// The subject of a fact.
    #[must_use]
    pub fn named(self) -> (&'static str, Uuid) {
        match self {
            Self::Submission(id) => ("submission", id.0),
            Self::Cause(id) => ("cause", id.0),
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::Submission(_) => "submissionId",
            Self::Cause(_) => "causeId",
        }
    }
}

/// The row that is planned about.
#[derive(Clone, Debug)]
pub enum About {
    /// A submission.
    Submission(Box<submission::Model>),
    /// A root cause.
    Cause(Box<cause::Model>),
}

/// What is planned about, opened for one asker.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The row, locked until the transaction ends.
    pub about: About,
    /// How the asker stands; whether they have an item is added by who reads the items.
    pub ties: Ties,
}

/// How somebody stands to a submission that they read.
#[must_use]
pub fn ties_to_submission(standing: Standing) -> Ties {
    Ties {
        reviewer: standing.reviewer && !standing.recused,
        manager: standing.manager && !standing.recused,
        owner: standing.owner && !standing.recused,
        inside: standing.inside(),
        ..Ties::default()
    }
}

/// How somebody stands to a root cause that they may see.
#[must_use]
pub fn ties_to_cause(actor: &Actor, row: &cause::Model) -> Ties {
    let reviewer = actor.person().is_some() && actor.holds(Role::Reviewer);
    let owner = triage::causes::policy::answers_for(actor, row);
    Ties { reviewer, owner, inside: reviewer || owner, ..Ties::default() }
}

impl Ground {
    /// Opens it through its door; whoever works on the same subject waits.
    ///
    /// # Errors
    /// UNAUTHENTICATED, FORBIDDEN for integrations; NOT_FOUND.
    pub async fn open(tx: &Tx, scope: &Scope, subject: Subject) -> Result<Self> {
        Self::open_at(tx, scope, (subject, subject.field())).await
    }

    /// As [`Ground::open`], found by something of it: NOT_FOUND stands at `field`.
    ///
    /// # Errors
    /// As [`Ground::open`].
    pub async fn open_at(
        tx: &Tx,
        scope: &Scope,
        (subject, field): (Subject, &str),
    ) -> Result<Self> {
        let me = scope.actor.require_person()?;
        match subject {
            Subject::Submission(id) => {
                let row = submissions::query::locked(tx, &scope.actor, id).await?;
                let row = row.or_not_found(field)?;
                let ties = ties_to_submission(standing(tx, &scope.actor, &row).await?);
                let co_owner = query::is_co_owner(tx, (id, me)).await?;
                let ties = Ties { co_owner, ..ties };
                Ok(Self { about: About::Submission(Box::new(row)), ties })
            }
            Subject::Cause(id) => {
                let row = triage::causes::query::locked(tx, &scope.actor, id).await?;
                let row = row.or_not_found(field)?;
                let ties = ties_to_cause(&scope.actor, &row);
                Ok(Self { about: About::Cause(Box::new(row)), ties })
            }
        }
    }

    /// What it is, as far as the rules look at it.
    #[must_use]
    pub fn place(&self) -> Place {
        match &self.about {
            About::Submission(row) => Place::of(row),
            About::Cause(row) => Place::Cause(row.status),
        }
    }

    /// What it is, by id.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match &self.about {
            About::Submission(row) => Subject::Submission(row.id),
            About::Cause(row) => Subject::Cause(row.id),
        }
    }

    /// The unit whose calendar its days follow.
    #[must_use]
    pub fn unit(&self) -> Option<UnitId> {
        match &self.about {
            About::Submission(row) => Some(row.unit_id),
            About::Cause(row) => row.owner_unit_id,
        }
    }

    /// How the asker stands, items included.
    #[must_use]
    pub fn with_items(mut self, actor: &Actor, items: &[item::Model]) -> Self {
        self.ties.assigned = items.iter().any(|item| is_mine(actor, item));
        self
    }

    /// How much of the plan the asker sees.
    #[must_use]
    pub fn view(&self) -> View {
        policy::view(self.ties, self.place())
    }

    /// A fact about it for those who work on it.
    #[must_use]
    pub fn fact(&self, kind: &'static str, data: &impl serde::Serialize) -> NewFact {
        NewFact::new(kind, self.subject().named(), data).internal()
    }
}

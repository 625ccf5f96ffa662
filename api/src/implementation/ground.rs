//! What is planned about, opened for one asker: the row under its lock, and how the asker stands.

use entity::id::{AdoptionId, CauseId, SubmissionId, UnitId};
use entity::identity::values::Role;
use entity::implementation::values::AdoptionState;
use entity::implementation::{adoption, item, outcome, plan};
use entity::submissions::submission;
use entity::triage::cause;
use uuid::Uuid;

use super::policy::{self, Copier, Place, Ties, View, is_mine};
use super::query;
use crate::identity;
use crate::kit::actor::Actor;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::submissions::standing::{Standing, standing};
use crate::triage::causes::policy::Function;
use crate::{submissions, triage};

/// What a plan, a trial or an outcome is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A submission: an idea.
    Submission(SubmissionId),
    /// A root cause.
    Cause(CauseId),
    /// An idea at a site that was offered it.
    Adoption(AdoptionId),
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

    /// What an outcome is about; its row names one of the three.
    #[must_use]
    pub fn of_outcome(row: &outcome::Model) -> Option<Self> {
        let idea = row.submission_id.map(Self::Submission);
        idea.or(row.cause_id.map(Self::Cause)).or(row.adoption_id.map(Self::Adoption))
    }

    /// The submission, if it is one.
    #[must_use]
    pub fn submission(self) -> Option<SubmissionId> {
        match self {
            Self::Submission(id) => Some(id),
            _ => None,
        }
    }

    /// The root cause, if it is one.
    #[must_use]
    pub fn cause(self) -> Option<CauseId> {
        match self {
            Self::Cause(id) => Some(id),
            _ => None,
        }
    }

    /// The offer to a site, if it is one.
    #[must_use]
    pub fn adoption(self) -> Option<AdoptionId> {
        match self {
            Self::Adoption(id) => Some(id),
            _ => None,
        }
    }

    /// The subject of a fact.
    #[must_use]
    pub fn named(self) -> (&'static str, Uuid) {
        match self {
            Self::Submission(id) => ("submission", id.0),
            Self::Cause(id) => ("cause", id.0),
            Self::Adoption(id) => ("adoption", id.0),
        }
    }

    fn field(self) -> &'static str {
        match self {
            Self::Submission(_) => "submissionId",
            Self::Cause(_) => "causeId",
            Self::Adoption(_) => "adoptionId",
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
    /// An idea at a site that was offered it.
    Adoption(Box<Offered>),
}

/// An offer to a site with its idea.
#[derive(Clone, Debug)]
pub struct Offered {
    /// The offer.
    pub row: adoption::Model,
    /// The idea, locked until the transaction ends.
    pub idea: submission::Model,
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
pub fn ties_to_cause(actor: &Actor, (row, function): (&cause::Model, Function)) -> Ties {
    let reviewer = actor.person().is_some() && actor.holds(Role::Reviewer);
    let owner = triage::causes::policy::answers_for(actor, row, function);
    Ties { reviewer, owner, inside: reviewer || owner, ..Ties::default() }
}

/// How somebody stands to an idea at a site: by what they are there.
#[must_use]
pub fn ties_to_adoption(actor: &Actor, row: &adoption::Model, site: &[UnitId]) -> Ties {
    let reviewer = actor.covers(Role::Reviewer, site);
    let manager = actor.covers(Role::Manager, site);
    let owner = actor.person().is_some() && row.accepted_by == actor.person();
    let inside = reviewer || manager || owner;
    Ties { reviewer, manager, owner, inside, ..Ties::default() }
}

/// Who may offer what works at the unit of an idea to other sites.
///
/// # Errors
/// A fault of the database.
pub async fn copier(tx: &Tx, actor: &Actor, idea: &submission::Model) -> Result<Copier> {
    let standing = standing(tx, actor, idea).await?;
    let mut lineages = identity::query::lineages(tx, &[idea.unit_id]).await?;
    let lineage = lineages.remove(&idea.unit_id).unwrap_or_default();
    Ok(Copier {
        reviewer: standing.reads_as_reviewer && !standing.recused,
        manager: standing.manager && !standing.recused,
        executive: actor.covers(Role::Executive, &lineage),
    })
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
                let function = triage::causes::query::managed_by(tx, &scope.actor, &row).await?;
                let ties = ties_to_cause(&scope.actor, (&row, function));
                Ok(Self { about: About::Cause(Box::new(row)), ties })
            }
            Subject::Adoption(id) => {
                let (offered, ties) = open_offer(tx, scope, (id, field)).await?;
                let taken_up = offered.row.state == AdoptionState::Adopted;
                if !ties.inside && !taken_up {
                    return Err(Refusal::not_found(field).into());
                }
                Ok(Self { about: About::Adoption(Box::new(offered)), ties })
            }
        }
    }

    /// What it is, as far as the rules look at it.
    #[must_use]
    pub fn place(&self) -> Place {
        match &self.about {
            About::Submission(row) => Place::of(row),
            About::Cause(row) => Place::Cause(row.status),
            About::Adoption(it) => Place::Adoption(it.row.state),
        }
    }

    /// What it is, by id.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match &self.about {
            About::Submission(row) => Subject::Submission(row.id),
            About::Cause(row) => Subject::Cause(row.id),
            About::Adoption(it) => Subject::Adoption(it.row.id),
        }
    }

    /// The unit whose calendar its days follow.
    #[must_use]
    pub fn unit(&self) -> Option<UnitId> {
        match &self.about {
            About::Submission(row) => Some(row.unit_id),
            About::Cause(row) => row.owner_unit_id,
            About::Adoption(it) => Some(it.row.site_id),
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

    /// A fact about it for those who work on it. What a site does with an idea is told of the idea.
    #[must_use]
    pub fn fact(&self, kind: &'static str, data: &impl serde::Serialize) -> NewFact {
        let named = match &self.about {
            About::Adoption(it) => ("submission", it.idea.id.0),
            _ => self.subject().named(),
        };
        NewFact::new(kind, named, data).internal()
    }
}

/// An offer with its idea under the lock, and how the asker stands to it at the site. Only whether
/// the idea may be read was asked.
///
/// # Errors
/// NOT_FOUND at `field`.
pub async fn open_offer(
    tx: &Tx,
    scope: &Scope,
    (id, field): (AdoptionId, &str),
) -> Result<(Offered, Ties)> {
    let found = query::copies::one(tx, id).await?.or_not_found(field)?;
    let idea = submissions::query::locked(tx, &scope.actor, found.submission_id).await?;
    let idea = idea.or_not_found(field)?;
    // As it stands under the lock.
    let row = query::copies::one(tx, id).await?.or_not_found(field)?;
    let mut lineages = identity::query::lineages(tx, &[row.site_id]).await?;
    let lineage = lineages.remove(&row.site_id).unwrap_or_default();
    let ties = ties_to_adoption(&scope.actor, &row, &lineage);
    Ok((Offered { row, idea }, ties))
}

//! Batches by id for graph edges: one statement for a whole page, whatever its length.
#![allow(clippy::disallowed_methods)] // a loader.rs

use std::collections::HashMap;

use async_graphql::Request;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use entity::facts::fact;
use entity::facts::values::ActorKind;
use entity::id::{DecisionId, PersonId, ResponseId, SubmissionId};
use entity::identity::person;
use entity::instant::Instant;
use entity::workflow::{decision, moderation, report, response};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder as _};

use super::query;
use super::service::{self, AllowedMove};
use crate::identity::query as identity;
use crate::kit::error::Error;
use crate::kit::scope::Scope;

/// Batches of this feature.
pub struct Workflow(Scope);

/// The submission whose next steps are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AllowedOn(pub SubmissionId);

/// The submission whose hand-over is wanted: who did it, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandOverOf(pub SubmissionId);

/// The submission whose hidings and lockings in force are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ModerationsOf(pub SubmissionId);

/// The submission whose reports are wanted, by somebody who may see to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReportsOf(pub SubmissionId);

impl Loader<ReportsOf> for Workflow {
    type Value = Vec<report::Model>;
    type Error = Error;

    async fn load(&self, of: &[ReportsOf]) -> Result<HashMap<ReportsOf, Self::Value>, Error> {
        let rows = report::Entity::find()
            .filter(report::Column::SubmissionId.is_in(of.iter().map(|it| it.0)))
            .order_by_asc(report::Column::CreatedAt)
            .order_by_asc(report::Column::Id)
            .all(&self.0.db())
            .await?;
        let mut found: HashMap<ReportsOf, Self::Value> = HashMap::new();
        for row in rows {
            found.entry(ReportsOf(row.submission_id)).or_default().push(row);
        }
        Ok(found)
    }
}

/// Something that was done.
#[derive(Clone, Debug)]
pub struct Done {
    /// Who did it; none for the system.
    pub by: Option<person::Model>,
    /// When.
    pub at: Instant,
}

impl Workflow {
    async fn people(&self, ids: Vec<PersonId>) -> Result<HashMap<PersonId, person::Model>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let people = identity::people_by_ids(&self.0.db(), &ids).await?;
        Ok(people.into_iter().map(|it| (it.id, it)).collect())
    }
}

/// The latest of each, as the log has it. Whoever asks has seen that the submission is handed over.
impl Loader<HandOverOf> for Workflow {
    type Value = Done;
    type Error = Error;

    async fn load(&self, of: &[HandOverOf]) -> Result<HashMap<HandOverOf, Done>, Error> {
        let ids: Vec<SubmissionId> = of.iter().map(|it| it.0).collect();
        let facts = query::hand_overs_of(&self.0.db(), &ids).await?;
        let people = self.people(facts.iter().filter_map(by).collect()).await?;
        Ok(handed_over(facts, &people))
    }
}

fn by(fact: &fact::Model) -> Option<PersonId> {
    fact.actor_id.filter(|_| fact.actor_kind == ActorKind::Person).map(PersonId)
}

/// The last hand-over of each submission, of facts in the order of the log.
#[must_use]
pub fn handed_over(
    facts: Vec<fact::Model>,
    people: &HashMap<PersonId, person::Model>,
) -> HashMap<HandOverOf, Done> {
    let done = |fact: fact::Model| {
        let by = by(&fact).and_then(|id| people.get(&id).cloned());
        (HandOverOf(SubmissionId(fact.subject_id)), Done { by, at: fact.at })
    };
    facts.into_iter().map(done).collect()
}

impl Loader<ModerationsOf> for Workflow {
    type Value = Vec<(moderation::Model, Option<person::Model>)>;
    type Error = Error;

    async fn load(
        &self,
        of: &[ModerationsOf],
    ) -> Result<HashMap<ModerationsOf, Self::Value>, Error> {
        let rows = moderation::Entity::find()
            .filter(moderation::Column::SubmissionId.is_in(of.iter().map(|it| it.0)))
            .filter(moderation::Column::LiftedAt.is_null())
            .all(&self.0.db())
            .await?;
        let people = self.people(rows.iter().filter_map(|row| row.done_by).collect()).await?;
        let mut found: HashMap<ModerationsOf, Self::Value> = HashMap::new();
        for row in rows {
            let by = row.done_by.and_then(|id| people.get(&id).cloned());
            found.entry(ModerationsOf(row.submission_id)).or_default().push((row, by));
        }
        Ok(found)
    }
}

impl Loader<DecisionId> for Workflow {
    type Value = decision::Model;
    type Error = Error;

    async fn load(
        &self,
        ids: &[DecisionId],
    ) -> Result<HashMap<DecisionId, decision::Model>, Error> {
        let rows = decision::Entity::find()
            .filter(decision::Column::Id.is_in(ids.iter().copied()))
            .filter(query::visible(&self.0.actor))
            .all(&self.0.db())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Words to authors, as the asker reads them. Whoever reads the announcement, or the decision, reads
/// them.
impl Loader<ResponseId> for Workflow {
    type Value = response::Model;
    type Error = Error;

    async fn load(
        &self,
        ids: &[ResponseId],
    ) -> Result<HashMap<ResponseId, response::Model>, Error> {
        let rows = response::Entity::find()
            .filter(response::Column::Id.is_in(ids.iter().copied()))
            .all(&self.0.db())
            .await?;
        let rows = query::addressed_to(&self.0.db(), self.0.actor.person(), rows).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

impl Loader<AllowedOn> for Workflow {
    type Value = Vec<AllowedMove>;
    type Error = Error;

    async fn load(&self, of: &[AllowedOn]) -> Result<HashMap<AllowedOn, Self::Value>, Error> {
        let ids: Vec<SubmissionId> = of.iter().map(|it| it.0).collect();
        let moves = service::allowed_moves(&self.0, &ids).await?;
        Ok(moves.into_iter().map(|(id, moves)| (AllowedOn(id), moves)).collect())
    }
}

/// Attaches this feature's batches to a request.
#[must_use]
pub fn attach(request: Request, scope: &Scope) -> Request {
    request.data(DataLoader::new(
        Workflow(scope.clone()),
        TokioSpawner::current(),
        TokioTimer::default(),
    ))
}

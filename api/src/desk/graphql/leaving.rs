//! What somebody who goes leaves behind.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::DeskUserError;
use crate::desk::query::Work;
use crate::desk::service::leaving::{self, HandOver, HandedOver, WorkKind as Kind};
use crate::graphql::list::id_at;
use crate::graphql::payload::{answer, settle};
use crate::kit::error::Result;
use crate::payload;
use crate::triage::graphql::signed_in;

/// A kind of work that changes hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::desk::service::leaving::WorkKind")]
pub enum WorkKind {
    /// Submissions assigned to them that have not ended.
    Assigned,
    /// Submissions that they own and that have not ended.
    Owned,
    /// Live root causes that they own.
    Causes,
    /// Journeys and touchpoints in use that they own.
    Journeys,
    /// Present and coming absences of others in which they stand in.
    StandingIn,
    /// Their places on rotas.
    Rota,
}

/// How much of each kind somebody has in hand. Numbers alone: no text of it is shown.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct PersonWork {
    /// Submissions assigned to them that have not ended.
    pub assigned: u64,
    /// Submissions that they own and that have not ended.
    pub owned: u64,
    /// Live root causes that they own.
    pub causes: u64,
    /// Journeys and touchpoints in use that they own.
    pub journeys: u64,
    /// Present and coming absences of others in which they stand in.
    pub standing_in: u64,
    /// Their places on rotas.
    pub rota: u64,
    /// All of it; nobody can be deactivated before it is 0.
    pub total: u64,
}

impl From<Work> for PersonWork {
    fn from(work: Work) -> Self {
        Self {
            assigned: work.assigned,
            owned: work.owned,
            causes: work.causes,
            journeys: work.journeys,
            standing_in: work.standing_in,
            rota: work.rota,
            total: work.total(),
        }
    }
}

/// How much of one kind has changed hands.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct HandedOverCount {
    /// Which kind.
    pub kind: WorkKind,
    /// How many.
    pub count: u64,
}

/// One thing that stayed where it was.
#[derive(Clone, Debug, SimpleObject)]
pub struct HandOverRefusal {
    /// Which kind.
    pub kind: WorkKind,
    /// The reference of a submission, else an id.
    pub what: String,
    /// Why, and what to do.
    pub message: String,
}

payload!(
    /// The result of `personHandOver`.
    PersonHandOverPayload, DeskUserError {
        /// What has changed hands.
        moved: Vec<HandedOverCount>,
        /// What stayed, one by one.
        refused: Vec<HandOverRefusal>,
        /// What the first one still has in hand.
        left: PersonWork
    }
);

/// From whom to whom work goes.
#[derive(Clone, Debug, InputObject)]
pub struct PersonHandOverInput {
    /// Who has it.
    pub from_id: ID,
    /// Who is to have it.
    pub to_id: ID,
    /// Which kinds; all when left out.
    pub what: Option<Vec<WorkKind>>,
}

fn payload_of(done: HandedOver) -> PersonHandOverPayload {
    let moved = Kind::ALL.into_iter().filter_map(|kind| {
        let count = *done.moved.get(&kind)?;
        Some(HandedOverCount { kind: kind.into(), count })
    });
    let refused = done.stayed.iter().map(|it| HandOverRefusal {
        kind: it.kind.into(),
        what: it.what.clone(),
        message: it.why.to_owned(),
    });
    PersonHandOverPayload::done(moved.collect(), refused.collect(), done.left.into())
}

async fn handed_over(ctx: &Context<'_>, input: PersonHandOverInput) -> Result<HandedOver> {
    let scope = signed_in(ctx)?;
    let what = match input.what {
        Some(kinds) => kinds.into_iter().map(Into::into).collect(),
        None => Kind::ALL.to_vec(),
    };
    let cmd =
        HandOver { from: id_at(&input.from_id, "fromId")?, to: id_at(&input.to_id, "toId")?, what };
    leaving::hand_over(scope, cmd).await
}

/// Queries.
#[derive(Default)]
pub struct LeavingQuery;

#[Object]
impl LeavingQuery {
    /// What somebody has in hand, as numbers. For yourself, or with MANAGER or ADMIN over the
    /// person's home unit.
    async fn person_work(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] person_id: ID,
    ) -> Option<async_graphql::Result<PersonWork>> {
        let found = async {
            let scope = signed_in(ctx)?;
            Ok(leaving::work(scope, id_at(&person_id, "personId")?).await?.into())
        };
        answer(found.await)
    }
}

/// Mutations.
#[derive(Default)]
pub struct LeavingMutation;

#[Object]
impl LeavingMutation {
    /// Gives what somebody has in hand to somebody else, as far as that person may have it; what may
    /// not go stays and is listed. Submissions go in batches, so that a call that fails on its way
    /// can simply be made again. For your own work, or with MANAGER or ADMIN over the home unit of
    /// who has it. Codes: FORBIDDEN, NOT_FOUND, INVALID.
    async fn person_hand_over(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From whom to whom.")] input: PersonHandOverInput,
    ) -> Option<async_graphql::Result<PersonHandOverPayload>> {
        settle(handed_over(ctx, input).await, payload_of)
    }
}

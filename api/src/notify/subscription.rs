//! Surface of following.

use std::sync::Arc;

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, ID, InputObject, Object, Subscription};
use entity::id::StatusId;
use futures_util::stream::{Stream, StreamExt as _};

use super::following::{self, Announced, Caller, Filter};
use crate::graphql::list::{at_most, id_at, some_id_at};
use crate::graphql::payload::{answer_or_null, scope, told};
use crate::graphql::scalars::DateTime;
use crate::http::auth::Credentials;
use crate::http::live::LastEvent;
use crate::kit::error::Result;
use crate::kit::tail::Tail;
use crate::programs::graphql::{Phase, Status};
use crate::programs::loader::Programs;
use crate::submissions::graphql::Idea;
use crate::submissions::graphql::row::Row;

/// Whose steps are followed; everything that you may read when nothing is said.
#[derive(Debug, Default, InputObject)]
pub struct IdeaStatusFilter {
    /// These ideas alone, at most 100.
    pub ids: Option<Vec<ID>>,
    /// Ideas of this unit and of all below it.
    pub unit: Option<ID>,
}

impl IdeaStatusFilter {
    fn read(&self) -> Result<Filter> {
        let ids = match &self.ids {
            Some(ids) => {
                at_most(ids, 100, "filter.ids")?;
                Some(ids.iter().map(|id| id_at(id, "filter.ids")).collect::<Result<_>>()?)
            }
            None => None,
        };
        Ok(Filter { ids, unit: some_id_at(self.unit.as_ref(), "filter.unit")? })
    }
}

/// A step of an idea that was announced.
pub struct IdeaStatusChanged(Announced);

/// A step of an idea that was announced: another phase, or another label inside the phase.
#[Object]
impl IdeaStatusChanged {
    /// Pass it as `after` to continue behind this event.
    async fn cursor(&self) -> &str {
        &self.0.cursor
    }

    /// When it was announced.
    async fn at(&self) -> DateTime {
        self.0.at.into()
    }

    /// Id of the idea.
    async fn idea_id(&self) -> ID {
        self.0.submission.id.into()
    }

    /// Reference of the idea, for instance `EAR-142`.
    async fn reference(&self) -> &str {
        &self.0.submission.reference
    }

    /// The idea as it stands now.
    async fn idea(&self) -> Idea {
        Idea(Row::alone(self.0.submission.clone()))
    }

    /// The phase that was shown until then.
    async fn from(&self) -> Phase {
        self.0.from.into()
    }

    /// The phase that is shown from then on.
    async fn to(&self) -> Phase {
        self.0.to.into()
    }

    /// The label that was shown until then.
    async fn status_from(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Status>> {
        status(ctx, self.0.status_from).await
    }

    /// The label that is shown from then on.
    async fn status_to(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Status>> {
        status(ctx, self.0.status_to).await
    }
}

async fn status(ctx: &Context<'_>, id: StatusId) -> Option<async_graphql::Result<Status>> {
    let loader = match ctx.data::<DataLoader<Programs>>() {
        Ok(loader) => loader,
        Err(error) => return Some(Err(error)),
    };
    answer_or_null(loader.load_one(id).await.map(|row| row.map(Status)))
}

/// What can be followed.
#[derive(Default)]
pub struct NotifySubscription;

#[Subscription]
impl NotifySubscription {
    /// Announced steps of ideas that you may read, each once and in order. With `after` it first tells
    /// what was announced since then, at most 30 days back, then goes on live. Of an idea that you sent
    /// or follow and that was joined with another one, it tells the steps of that one as its own, and
    /// nothing of its text. Rights are asked for every event. It ends with RESYNC_REQUIRED when it cannot be continued: read the state anew and
    /// follow without `after`. Needs a sign-in; an API token the scope content.
    async fn idea_status_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose steps.")] filter: Option<IdeaStatusFilter>,
        #[graphql(desc = "The cursor of the last event that was seen.")] after: Option<String>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<IdeaStatusChanged>> + use<>>
    {
        let caller =
            Caller { credentials: ctx.data::<Credentials>()?.clone(), scope: scope(ctx)?.clone() };
        let tail = ctx.data::<Arc<Tail>>()?.clone();
        // What the transport saw last is newer than what the document began with.
        let after = ctx.data_opt::<LastEvent>().map(|seen| seen.0.clone()).or(after);
        let filter = filter.unwrap_or_default().read().map_err(|error| told(&error))?;
        let steps = following::idea_steps(tail, caller, (filter, after)).await;
        let steps = steps.map_err(|error| told(&error))?;
        Ok(steps.map(|step| step.map(IdeaStatusChanged).map_err(|error| told(&error))))
    }
}

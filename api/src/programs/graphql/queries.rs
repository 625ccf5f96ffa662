//! What everybody who is signed in may read.

use async_graphql::{Context, Object};

use super::signed_in;
use super::types::{Phase, Program, Reason, Settings, Status};
use crate::graphql::payload::answer;
use crate::programs::query;

/// Queries.
#[derive(Default)]
pub struct ProgramsQuery;

fn phases(asked: Option<Vec<Phase>>) -> Vec<entity::submissions::phase::Phase> {
    asked.unwrap_or_default().into_iter().map(Into::into).collect()
}

#[Object]
impl ProgramsQuery {
    /// All programmes, the standing default first. Needs a sign-in.
    async fn programs(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Program>>> {
        let read = async {
            let rows = query::programs(&signed_in(ctx)?.db()).await?;
            Ok(rows.into_iter().map(Program).collect())
        };
        answer(read.await)
    }

    /// The catalogue of reasons, in order. Needs a sign-in.
    async fn reasons(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of these phases.")] phases: Option<Vec<Phase>>,
    ) -> Option<async_graphql::Result<Vec<Reason>>> {
        let read = async {
            let rows = query::reasons(&signed_in(ctx)?.db(), &self::phases(phases)).await?;
            Ok(rows.into_iter().map(Reason).collect())
        };
        answer(read.await)
    }

    /// The status labels, in order. Needs a sign-in.
    async fn statuses(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of these phases.")] phases: Option<Vec<Phase>>,
    ) -> Option<async_graphql::Result<Vec<Status>>> {
        let read = async {
            let rows = query::statuses(&signed_in(ctx)?.db(), &self::phases(phases)).await?;
            Ok(rows.into_iter().map(Status).collect())
        };
        answer(read.await)
    }

    /// The settings of the organisation. Needs a sign-in.
    async fn settings(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Settings>> {
        let read = async { Ok(Settings(query::settings(&signed_in(ctx)?.db()).await?)) };
        answer(read.await)
    }
}

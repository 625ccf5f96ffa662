//! Surface of background work: dead letters, for administrators.

use async_graphql::{Context, ID, InputObject, Object};
use entity::jobs::job;

use super::service;
use crate::graphql::list::{count_wanted, id_at};
use crate::graphql::payload::{answer, scope, settle};
use crate::graphql::scalars::DateTime;
use crate::kit::page::PageArgs;
use crate::{connection, payload, user_errors};

/// A dead letter.
#[derive(Clone)]
pub struct DeadJob(pub job::Model);

/// Work that was given up and waits for somebody's help. For administrators.
#[Object]
impl DeadJob {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Which work, for instance `mail`.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Id of what it is about.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// Attempts that were made.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// Why the latest attempt failed.
    async fn last_error(&self) -> Option<&str> {
        self.0.last_error.as_deref()
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }
}

connection!(DeadJobConnection, DeadJobEdge, DeadJob, "dead letters");

/// Queries.
#[derive(Default)]
pub struct JobsQuery;

#[Object]
impl JobsQuery {
    /// Work that was given up, oldest first. Needs the role ADMIN.
    async fn jobs_dead(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100; 25 when nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<DeadJobConnection>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let args = PageArgs { first, after, last, before };
        let page = service::dead(scope, (&args, count_wanted(ctx))).await;
        answer(page.map(|page| DeadJobConnection::of(page, DeadJob)))
    }
}

user_errors!(JobsUserError, JobsErrorCode, "background work" {
    /// There is no such dead letter.
    NotFound,
});

/// Which dead letter.
#[derive(Debug, InputObject)]
pub struct JobRetryInput {
    /// Its id.
    pub id: ID,
}

payload!(
    /// What came of `jobRetry`.
    JobRetryPayload, JobsUserError {
        /// The job; it is tried again at once.
        job: DeadJob,
    }
);

/// Mutations.
#[derive(Default)]
pub struct JobsMutation;

#[Object]
impl JobsMutation {
    /// Tries a dead letter again, from the beginning. Needs the role ADMIN. Codes: NOT_FOUND.
    async fn job_retry(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: JobRetryInput,
    ) -> Option<async_graphql::Result<JobRetryPayload>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let done = async { service::retry(scope, id_at(&input.id, "id")?).await };
        settle(done.await, |job| JobRetryPayload::done(DeadJob(job)))
    }
}

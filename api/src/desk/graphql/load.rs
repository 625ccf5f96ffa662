//! To whom a submission may be given, and limits of load.

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::id::PersonId;

use super::DeskUserError;
use crate::desk::loader::{ChoicesOf, Desk};
use crate::desk::service::load::{self, Choice, Duty, SetLimit};
use crate::graphql::list::some_id_at;
use crate::graphql::payload::{answer_or_null, settle};
use crate::graphql::scalars::Date;
use crate::identity::graphql::Person;
use crate::kit::error::{Fault, Result};
use crate::kit::scope::Scope;
use crate::payload;
use crate::submissions::graphql::edges;
use crate::submissions::graphql::row::Row;
use crate::triage::graphql::signed_in;
use crate::workflow::query as workflow;

/// Somebody to whom a submission may be given.
#[derive(Clone)]
pub struct AssigneeChoice(Choice);

/// One to whom a submission may be given, with what helps to choose. Shown to those who may give it.
#[Object]
impl AssigneeChoice {
    /// Who.
    async fn person(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, Some(self.0.person)).await)
    }

    /// Open submissions assigned to them, of all units; what is deferred does not count.
    async fn open_count(&self) -> i64 {
        self.0.open
    }

    /// How many there should be at most: their own limit, else the organisation's.
    async fn limit(&self) -> Option<i32> {
        self.0.limit
    }

    /// Whether one more would be more than the limit. It may be given all the same.
    async fn is_full(&self) -> bool {
        self.0.is_full()
    }

    /// Last day of their absence, while they are away: nothing can be given to them then.
    async fn absent_until(&self) -> Option<Date> {
        self.0.away.map(|away| away.until.into())
    }

    /// Who stands in while they are away.
    async fn delegate(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        let delegate = self.0.away.and_then(|away| away.delegate);
        answer_or_null(edges::person(ctx, delegate).await)
    }

    /// Whether it is their day by the rota, or they stand in for whose it is.
    async fn on_rota_today(&self) -> bool {
        self.0.duty == Duty::On
    }
}

/// To whom the asker may give a submission; none for those who may not. A fixed number of
/// statements for a page.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn choices(ctx: &Context<'_>, row: &Row) -> Result<Option<Vec<AssigneeChoice>>> {
    let standing = edges::standing(ctx, row).await?;
    if !standing.reviewer || standing.recused {
        return Ok(None);
    }
    let batches =
        ctx.data::<DataLoader<Desk>>().map_err(|_| Fault::internal("no batches of the desk"))?;
    let unit = row.function_id.unwrap_or(row.unit_id);
    let found = batches.load_one(ChoicesOf(unit)).await?.unwrap_or_default();
    // Second looks are rare; who declined one is not to be given it.
    let barred = workflow::barred(&signed_in(ctx)?.db(), row).await?;
    let not_theirs = [row.author_id, row.concerned_id, barred];
    let choices = found.into_iter().filter(|it| !not_theirs.contains(&Some(it.person)));
    Ok(Some(choices.map(AssigneeChoice).collect()))
}

/// What is told with an assignment and hinders nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum AssignmentWarningCode {
    /// They have more open submissions than they should.
    OverLimit,
}

/// Something to know about an assignment that was made all the same.
#[derive(Clone, Debug, SimpleObject)]
pub struct AssignmentWarning {
    /// The meaning, for programs.
    pub code: AssignmentWarningCode,
    /// The meaning, for people.
    pub message: String,
    /// Open submissions assigned to the person now.
    pub open_count: i64,
    /// How many there should be at most.
    pub limit: i32,
}

/// What is to be told with an assignment to somebody.
///
/// # Errors
/// A fault of the database.
pub(crate) async fn warnings(
    scope: &Scope,
    assignee: Option<PersonId>,
) -> Result<Vec<AssignmentWarning>> {
    let Some(person) = assignee else { return Ok(Vec::new()) };
    let over = load::overload(scope, person).await?;
    Ok(over
        .map(|over| AssignmentWarning {
            code: AssignmentWarningCode::OverLimit,
            message: format!(
                "This person has {} open submissions now; {} should be the most. Perhaps somebody else has time.",
                over.open, over.limit
            ),
            open_count: over.open,
            limit: over.limit,
        })
        .into_iter()
        .collect())
}

payload!(
    /// The result of `loadLimitSet`.
    LoadLimitSetPayload, DeskUserError {
        /// Whether there is a limit now.
        limited: bool
    }
);

/// How much open work there should be at most.
#[derive(Clone, Debug, InputObject)]
pub struct LoadLimitSetInput {
    /// For whom; left out, for everybody without a limit of their own.
    pub person_id: Option<ID>,
    /// Open submissions, 1 to 10,000; `null` takes the limit away.
    pub limit: Option<i32>,
}

/// Mutations.
#[derive(Default)]
pub struct LoadMutation;

#[Object]
impl LoadMutation {
    /// Sets how much open work somebody, or everybody, should have at most. It warns whoever gives
    /// them more, and refuses nothing. For yourself, for people over whose home unit you hold
    /// MANAGER or ADMIN; for everybody with ADMIN at the top. Codes: FORBIDDEN, NOT_FOUND, INVALID.
    async fn load_limit_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How much, for whom.")] input: LoadLimitSetInput,
    ) -> Option<async_graphql::Result<LoadLimitSetPayload>> {
        let done = async {
            let person = some_id_at(input.person_id.as_ref(), "personId")?;
            load::set_limit(signed_in(ctx)?, SetLimit { person, limit: input.limit }).await
        };
        settle(done.await, |limit| LoadLimitSetPayload::done(limit.is_some()))
    }
}

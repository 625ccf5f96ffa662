//! Surface of service levels: clocks, calendars, targets.

mod figures;
mod inputs;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};
use entity::clocks::hours::{self, Returns};
use entity::clocks::machine::{self, Terms};
use entity::clocks::{calendar, clock};
use entity::instant::{Instant, MINUTE};

use super::calendars;
use super::coverage::{self, Asked};
use super::levels::{self, LevelsChange};
use super::settings::Switch;
use super::{query, settings};
use crate::graphql::list::{count_wanted, id_at};
use crate::graphql::payload::{answer, answer_or_null, scope, settle};
use crate::graphql::scalars::{Date, DateTime};
use crate::identity::graphql::Unit;
use crate::kit::error::{Fault, Result};
use crate::kit::page::PageArgs;
use crate::kit::scope::Scope;
use crate::submissions::graphql::queries::SubmissionConnection;
use crate::submissions::graphql::{Submission, edges};
use crate::submissions::overdue::overdue;
use crate::{payload, user_errors};

pub use figures::{ClockBreachFilter, ResponseCoverage};
pub use inputs::{CalendarSetInput, HolidayInput, OpeningInput};

/// What a clock waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::clocks::values::ClockKind")]
pub enum ClockKind {
    /// Somebody answers: the author can see a comment or an announced move by a reviewer.
    FirstResponse,
    /// Somebody decides.
    Decision,
    /// The date that the author was promised.
    Promised,
}

/// Whether a clock counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::clocks::values::ClockState")]
pub enum ClockState {
    /// It counts.
    Running,
    /// It waits for the author, or for a wake date.
    Paused,
    /// What it waited for has happened, or cannot happen any more.
    Stopped,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::clocks::values::Weekday")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// A clock with what it is read by.
#[derive(Clone)]
pub struct Clock {
    row: clock::Model,
    terms: Arc<Terms>,
    now: Instant,
}

impl Clock {
    /// The clocks of rows, by kind and round.
    #[must_use]
    pub fn all(rows: &[clock::Model], terms: &Arc<Terms>, now: Instant) -> Vec<Self> {
        rows.iter().map(|row| Self { row: row.clone(), terms: terms.clone(), now }).collect()
    }
}

/// How long something may take, counted in the business time of the submission's unit.
#[Object]
impl Clock {
    /// What it waits for.
    async fn kind(&self) -> ClockKind {
        self.row.kind.into()
    }

    /// 1, and one more for every new one after a reopening or another promised date.
    async fn round(&self) -> i32 {
        self.row.round
    }

    /// Whether it counts.
    async fn state(&self) -> ClockState {
        self.row.state.into()
    }

    /// When it began.
    async fn started_at(&self) -> DateTime {
        self.row.started_at.into()
    }

    /// When its time is over; null while it is paused.
    async fn due_at(&self) -> Option<DateTime> {
        let paused = self.row.state == entity::clocks::values::ClockState::Paused;
        (!paused).then_some(self.row.due_at.into())
    }

    /// When it stopped.
    async fn stopped_at(&self) -> Option<DateTime> {
        self.row.stopped_at.map(Into::into)
    }

    /// Business minutes that are left, negative when it is late; null once it has stopped.
    async fn remaining(&self) -> Option<i64> {
        let left = machine::remaining(&self.row, self.now, &self.terms.time)?;
        Some(left.div_euclid(MINUTE))
    }

    /// Whether its time was over before what it waits for happened.
    async fn breached(&self) -> bool {
        machine::is_breached(&self.row, self.now)
    }
}

/// Opening hours of one day of the week.
#[derive(Clone, SimpleObject)]
pub struct Opening {
    /// On which day.
    weekday: Weekday,
    /// From when, for instance `09:00`.
    opens: String,
    /// To when, for instance `17:00`; `24:00` is the end of the day.
    closes: String,
}

impl From<hours::Opening> for Opening {
    fn from(opening: hours::Opening) -> Self {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        Self {
            weekday: opening.weekday.into(),
            opens: clock(opening.opens),
            closes: clock(opening.closes),
        }
    }
}

/// A day on which nobody works.
#[derive(Clone, SimpleObject)]
pub struct Holiday {
    /// The day.
    date: Date,
    /// Whether it returns on the same date of every year.
    yearly: bool,
}

impl From<hours::Holiday> for Holiday {
    fn from(holiday: hours::Holiday) -> Self {
        Self { date: Date(holiday.on), yearly: holiday.returns == Returns::Yearly }
    }
}

/// A calendar.
#[derive(Clone)]
pub struct Calendar(pub calendar::Model);

impl Calendar {
    fn hours(&self) -> Result<(Vec<hours::Opening>, Vec<hours::Holiday>)> {
        query::hours_of(self.0.unit_id, (&self.0.openings, &self.0.holidays))
    }
}

/// The business calendar of a unit and of all below it that have none of their own.
#[Object]
impl Calendar {
    /// Whose.
    async fn unit(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(edges::unit(ctx, Some(self.0.unit_id)).await)
    }

    /// Time zone (IANA); null when it is that of each unit.
    async fn zone(&self) -> Option<&str> {
        self.0.zone.as_deref()
    }

    /// Opening hours of a week.
    async fn openings(&self) -> Option<async_graphql::Result<Vec<Opening>>> {
        answer(self.hours().map(|(openings, _)| each(openings)))
    }

    /// Days on which nobody works.
    async fn holidays(&self) -> Option<async_graphql::Result<Vec<Holiday>>> {
        answer(self.hours().map(|(_, holidays)| each(holidays)))
    }

    /// When it was changed.
    async fn updated_at(&self) -> DateTime {
        self.0.updated_at.into()
    }

    /// Counts the changes; give it back as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

fn each<T: From<U>, U>(values: Vec<U>) -> Vec<T> {
    values.into_iter().map(Into::into).collect()
}

/// The hours that count for a unit.
#[derive(Clone)]
pub struct BusinessHours(calendars::Effective);

/// The hours that count for a unit: its own, or those of the nearest unit above that has some.
#[Object]
impl BusinessHours {
    /// The unit whose calendar it is; null while nobody has set any (Monday to Friday, 09:00 to
    /// 17:00).
    async fn from(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Unit>> {
        answer_or_null(edges::unit(ctx, self.0.from).await)
    }

    /// Time zone (IANA): the nearest one of a calendar or a unit.
    async fn zone(&self) -> &str {
        &self.0.zone
    }

    /// Opening hours of a week.
    async fn openings(&self) -> Vec<Opening> {
        each(self.0.openings.clone())
    }

    /// Days on which nobody works.
    async fn holidays(&self) -> Vec<Holiday> {
        each(self.0.holidays.clone())
    }

    /// Minutes of one business day: the mean working day of a week without holidays.
    async fn day_minutes(&self) -> i64 {
        self.0.day_minutes
    }
}

/// How long things may take, and who is told of it.
#[derive(Clone)]
pub struct ServiceLevels(settings::Levels);

/// How long things may take, and who is told of it. For administrators and auditors.
#[Object]
impl ServiceLevels {
    /// Business days to the first response.
    async fn first_response_days(&self) -> i32 {
        self.0.targets.first_response
    }

    /// Business days to the decision.
    async fn decision_days(&self) -> i32 {
        self.0.targets.decision
    }

    /// Whether authors see by when they are answered.
    async fn promise_shown(&self) -> bool {
        self.0.promise == Switch::On
    }

    /// Whether what waits too long goes up the tree of units once a day. Of a promised date that passes
    /// the owner is reminded in any case.
    async fn escalation(&self) -> bool {
        self.0.escalation == Switch::On
    }
}

user_errors!(ServiceLevelsUserError, ServiceLevelsErrorCode, "service levels" {
    /// Your role does not allow it.
    Forbidden,
    /// It is not there for you.
    NotFound,
    /// A value cannot be.
    Invalid,
    /// It changed since you read it.
    StaleVersion,
});

payload!(
    /// What came of `calendarSet`.
    CalendarSetPayload, ServiceLevelsUserError {
        /// The calendar as it is now; what runs is counted anew within moments.
        calendar: Calendar,
    }
);

/// Whose calendar.
#[derive(InputObject)]
pub struct CalendarRemoveInput {
    /// The unit.
    pub unit_id: ID,
}

payload!(
    /// What came of `calendarRemove`.
    CalendarRemovePayload, ServiceLevelsUserError {
        /// The hours that count for the unit now.
        business_hours: BusinessHours,
    }
);

/// What changes; what is left out stays.
#[derive(InputObject)]
pub struct ServiceLevelsUpdateInput {
    /// Business days to the first response, 1 to 250.
    pub first_response_days: Option<i32>,
    /// Business days to the decision, 1 to 250.
    pub decision_days: Option<i32>,
    /// Whether authors see by when they are answered.
    pub promise_shown: Option<bool>,
    /// Whether what waits too long goes up the tree of units once a day. Of a promised date that passes
    /// the owner is reminded in any case.
    pub escalation: Option<bool>,
}

payload!(
    /// What came of `serviceLevelsUpdate`.
    ServiceLevelsUpdatePayload, ServiceLevelsUserError {
        /// The service levels as they are now.
        service_levels: ServiceLevels,
    }
);

fn asked<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    Ok(scope(ctx).map_err(|_| Fault::internal("no scope"))?)
}

/// Queries.
#[derive(Default)]
pub struct ClocksQuery;

#[Object]
impl ClocksQuery {
    /// All business calendars, oldest first; at most one for a unit. Needs ADMIN or AUDITOR.
    async fn calendars(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Calendar>>> {
        let found = async { calendars::all(asked(ctx)?).await };
        answer(found.await.map(|rows| rows.into_iter().map(Calendar).collect()))
    }

    /// The hours that count for a unit. Needs a sign-in.
    async fn business_hours(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which unit.")] unit_id: ID,
    ) -> Option<async_graphql::Result<BusinessHours>> {
        let found = async {
            calendars::effective(asked(ctx)?, id_at(&unit_id, "unitId")?).await.map(BusinessHours)
        };
        answer(found.await)
    }

    /// Submissions with a running clock whose time is over, the longest waiting first: those that you
    /// work on. Needs REVIEWER or MANAGER.
    async fn clock_breaches(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rows from the front, at most 100; 25 when nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which of them.")] filter: Option<ClockBreachFilter>,
    ) -> Option<async_graphql::Result<SubmissionConnection>> {
        let args = PageArgs { first, after, last, before };
        let found = async {
            let filter = filter.unwrap_or_default().parsed()?;
            overdue(asked(ctx)?, &filter, (&args, count_wanted(ctx))).await
        };
        answer(found.await.map(|page| {
            let node = Submission::of_page(&page);
            SubmissionConnection::of(page, node)
        }))
    }

    /// How many submissions were answered, and how soon. Figures of groups alone, never of a person.
    /// Needs REVIEWER, MANAGER or EXECUTIVE over the unit.
    async fn response_coverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this unit and all below it.")] unit_id: ID,
        #[graphql(desc = "Received on this day (UTC) or later.")] from: Date,
        #[graphql(desc = "Received on this day (UTC) or before; at most ten years on.")] to: Date,
    ) -> Option<async_graphql::Result<ResponseCoverage>> {
        let found = async {
            let unit = id_at(&unit_id, "unitId")?;
            coverage::coverage(asked(ctx)?, Asked { unit, from: from.0, to: to.0 }).await
        };
        answer(found.await.map(Into::into))
    }

    /// How long things may take, and who is told of it. Needs ADMIN or AUDITOR.
    async fn service_levels(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<ServiceLevels>> {
        let found = async { levels::read(asked(ctx)?).await.map(ServiceLevels) };
        answer(found.await)
    }
}

/// Mutations.
#[derive(Default)]
pub struct ClocksMutation;

#[Object]
impl ClocksMutation {
    /// Gives a unit, and all below it that have none of their own, a business calendar; replaces the
    /// one that was there. Clocks that run are counted anew in the background. Needs ADMIN over the
    /// unit. Codes: FORBIDDEN, NOT_FOUND, INVALID, STALE_VERSION.
    async fn calendar_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The calendar, whole.")] input: CalendarSetInput,
    ) -> Option<async_graphql::Result<CalendarSetPayload>> {
        let done = async { calendars::set(asked(ctx)?, input.parsed()?).await };
        settle(done.await, |row| CalendarSetPayload::done(Calendar(row)))
    }

    /// Takes the calendar of a unit out: the one of the nearest unit above counts from now on, also
    /// for clocks that run. Needs ADMIN over the unit. Codes: FORBIDDEN, NOT_FOUND.
    async fn calendar_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: CalendarRemoveInput,
    ) -> Option<async_graphql::Result<CalendarRemovePayload>> {
        let done = async {
            let scope = asked(ctx)?;
            let unit = calendars::remove(scope, id_at(&input.unit_id, "unitId")?).await?;
            calendars::effective(scope, unit).await
        };
        settle(done.await, |hours| CalendarRemovePayload::done(BusinessHours(hours)))
    }

    /// Changes how long things may take, and who is told of it. Clocks that run keep the target with
    /// which they began. Until the promise is shown, and until the escalation is on, clocks count in
    /// silence. Needs ADMIN. Codes: FORBIDDEN, INVALID.
    async fn service_levels_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: ServiceLevelsUpdateInput,
    ) -> Option<async_graphql::Result<ServiceLevelsUpdatePayload>> {
        let done = async {
            let change = LevelsChange {
                first_response_days: input.first_response_days,
                decision_days: input.decision_days,
                promise: input.promise_shown.map(Into::into),
                escalation: input.escalation.map(Into::into),
            };
            levels::change(asked(ctx)?, change).await
        };
        settle(done.await, |levels| ServiceLevelsUpdatePayload::done(ServiceLevels(levels)))
    }
}

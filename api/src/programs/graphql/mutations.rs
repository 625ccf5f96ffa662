//! What administrators change.

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Object};
use entity::id::{ProgramId, ReasonId, StatusId};
use entity::programs::values::Standard;

use super::inputs::{
    ProgramCreateInput, ProgramUpdateInput, ReasonArchiveInput, ReasonCreateInput,
    ReasonUpdateInput, SettingsUpdateInput, StatusCreateInput, StatusUpdateInput, new_labels,
};
use super::types::{Program, ProgramKind, Reason, Settings, Status};
use super::{patch, signed_in};
use crate::graphql::list::id_at;
use crate::graphql::payload::settle;
use crate::kit::error::{Error, Result};
use crate::programs::loader::Programs;
use crate::programs::service::{self, CatalogueChange, NewProgram, NewReason, NewStatus};
use crate::programs::settings;
use crate::{payload, user_errors};

user_errors!(ProgramsUserError, ProgramsErrorCode, "programmes, catalogues and settings" {
    /// Without the role ADMIN.
    Forbidden,
    /// Nothing with this id is there for you.
    NotFound,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// A value is not of the right form or range.
    Invalid,
    /// The code belongs to another row.
    Taken,
    /// It changed since it was read.
    StaleVersion,
    /// It must stay in use.
    InUse,
});

payload!(
    /// The result of `programCreate`.
    ProgramCreatePayload, ProgramsUserError {
        /// The new programme.
        program: Program
    }
);
payload!(
    /// The result of `programUpdate`.
    ProgramUpdatePayload, ProgramsUserError {
        /// The programme as it is now.
        program: Program
    }
);
payload!(
    /// The result of `reasonCreate`.
    ReasonCreatePayload, ProgramsUserError {
        /// The new reason.
        reason: Reason
    }
);
payload!(
    /// The result of `reasonUpdate`.
    ReasonUpdatePayload, ProgramsUserError {
        /// The reason as it is now.
        reason: Reason
    }
);
payload!(
    /// The result of `reasonArchive`.
    ReasonArchivePayload, ProgramsUserError {
        /// The reason as it is now.
        reason: Reason
    }
);
payload!(
    /// The result of `statusCreate`.
    StatusCreatePayload, ProgramsUserError {
        /// The new status.
        status: Status
    }
);
payload!(
    /// The result of `statusUpdate`.
    StatusUpdatePayload, ProgramsUserError {
        /// The status as it is now.
        status: Status
    }
);
payload!(
    /// The result of `settingsUpdate`.
    SettingsUpdatePayload, ProgramsUserError {
        /// The settings as they are now.
        settings: Settings
    }
);

fn standard(is_default: bool) -> Standard {
    if is_default { Standard::Default } else { Standard::Named }
}

/// Settles a change of the catalogue: what is read of it from here on is read anew.
async fn afresh<T>(ctx: &Context<'_>, done: Result<T>) -> Result<T> {
    if let Ok(batches) = ctx.data::<DataLoader<Programs>>() {
        batches.loader().forget_names().await;
    }
    done
}

/// Mutations.
#[derive(Default)]
pub struct ProgramsMutation;

#[Object]
impl ProgramsMutation {
    /// Makes a programme or campaign. Needs ADMIN. Codes: FORBIDDEN, REQUIRED, TOO_LONG, INVALID.
    async fn program_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to make.")] input: ProgramCreateInput,
    ) -> Option<async_graphql::Result<ProgramCreatePayload>> {
        let done = async {
            let new = NewProgram {
                name: input.name,
                kind: input.kind.unwrap_or(ProgramKind::Campaign).into(),
                ends_on: input.ends_on.map(|day| day.0),
            };
            service::create_program(signed_in(ctx)?, new).await
        };
        settle(done.await, |row| ProgramCreatePayload::done(Program(row)))
    }

    /// Changes a programme. Needs ADMIN. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, REQUIRED,
    /// TOO_LONG, INVALID, IN_USE.
    async fn program_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: ProgramUpdateInput,
    ) -> Option<async_graphql::Result<ProgramUpdatePayload>> {
        let done = async {
            let change = service::ProgramChange {
                id: id_at::<ProgramId>(&input.id, "id")?,
                expected_version: input.expected_version,
                name: input.name,
                ends_on: patch(input.ends_on, |day| day.0),
                archived: input.archived.map(Into::into),
            };
            service::update_program(signed_in(ctx)?, change).await
        };
        settle(done.await, |row| ProgramUpdatePayload::done(Program(row)))
    }

    /// Adds a reason to the catalogue. Needs ADMIN. Codes: FORBIDDEN, REQUIRED, TOO_LONG, INVALID,
    /// TAKEN.
    async fn reason_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to add.")] input: ReasonCreateInput,
    ) -> Option<async_graphql::Result<ReasonCreatePayload>> {
        let done = async {
            let new = NewReason {
                phase: input.phase.into(),
                code: input.code,
                position: input.position,
                labels: new_labels(input.labels),
            };
            service::create_reason(signed_in(ctx)?, new).await
        };
        settle(afresh(ctx, done.await).await, |row| ReasonCreatePayload::done(Reason(row)))
    }

    /// Changes a reason. Needs ADMIN. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, REQUIRED,
    /// TOO_LONG, INVALID.
    async fn reason_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: ReasonUpdateInput,
    ) -> Option<async_graphql::Result<ReasonUpdatePayload>> {
        let done = async {
            let change = CatalogueChange {
                id: id_at::<ReasonId>(&input.id, "id")?,
                expected_version: input.expected_version,
                position: input.position,
                labels: new_labels(input.labels.unwrap_or_default()),
                archived: input.archived.map(Into::into),
            };
            service::update_reason(signed_in(ctx)?, change).await
        };
        settle(afresh(ctx, done.await).await, |row| ReasonUpdatePayload::done(Reason(row)))
    }

    /// Takes a reason out of the choice; what was decided with it keeps it. Needs ADMIN. Codes:
    /// FORBIDDEN, NOT_FOUND, STALE_VERSION.
    async fn reason_archive(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: ReasonArchiveInput,
    ) -> Option<async_graphql::Result<ReasonArchivePayload>> {
        let done = async {
            let change = CatalogueChange {
                id: id_at::<ReasonId>(&input.id, "id")?,
                expected_version: input.expected_version,
                position: None,
                labels: Vec::new(),
                archived: Some(service::Archived::Yes),
            };
            service::update_reason(signed_in(ctx)?, change).await
        };
        settle(afresh(ctx, done.await).await, |row| ReasonArchivePayload::done(Reason(row)))
    }

    /// Adds a status label to a phase. Needs ADMIN. Codes: FORBIDDEN, REQUIRED, TOO_LONG, INVALID,
    /// TAKEN.
    async fn status_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to add.")] input: StatusCreateInput,
    ) -> Option<async_graphql::Result<StatusCreatePayload>> {
        let done = async {
            let new = NewStatus {
                phase: input.phase.into(),
                code: input.code,
                position: input.position,
                labels: new_labels(input.labels),
                standard: standard(input.is_default.unwrap_or(false)),
            };
            service::create_status(signed_in(ctx)?, new).await
        };
        settle(afresh(ctx, done.await).await, |row| StatusCreatePayload::done(Status(row)))
    }

    /// Renames, orders, archives a status label, or makes it the default of its phase. Needs
    /// ADMIN. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, REQUIRED, TOO_LONG, INVALID, IN_USE.
    async fn status_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: StatusUpdateInput,
    ) -> Option<async_graphql::Result<StatusUpdatePayload>> {
        let done = async {
            let change = CatalogueChange {
                id: id_at::<StatusId>(&input.id, "id")?,
                expected_version: input.expected_version,
                position: input.position,
                labels: new_labels(input.labels.unwrap_or_default()),
                archived: input.archived.map(Into::into),
            };
            let standard = input.is_default.map(self::standard);
            service::update_status(signed_in(ctx)?, change, standard).await
        };
        settle(afresh(ctx, done.await).await, |row| StatusUpdatePayload::done(Status(row)))
    }

    /// Changes the settings of the organisation. Needs ADMIN. Codes: FORBIDDEN, REQUIRED,
    /// TOO_LONG, INVALID.
    async fn settings_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change; what is left out stays.")] input: SettingsUpdateInput,
    ) -> Option<async_graphql::Result<SettingsUpdatePayload>> {
        let done = async {
            let change = service::SettingsChange {
                hold_seconds: input.hold_seconds,
                read_policy: input.read_policy.map(Into::into),
                author_names: input.author_names.map(Into::into),
                program_name: input.program_name,
                outcome_order: input.outcome_order.map(Into::into),
                quiet_from: input.quiet_from,
                quiet_to: input.quiet_to,
                digest_at: input.digest_at,
                digest_on: input.digest_on.map(Into::into),
            };
            service::update_settings(signed_in(ctx)?, change).await
        };
        let settled: Result<settings::Settings, Error> = done.await;
        settle(settled, |settings| SettingsUpdatePayload::done(Settings(settings)))
    }
}

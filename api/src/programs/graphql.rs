//! Surface of programmes, catalogues and settings.

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::id::{ProgramId, ReasonId, StatusId};
use entity::programs::values::Standard;
use entity::programs::{program, reason, status};
use uuid::Uuid;

use super::loader::{LabelsOf, Programs};
use super::service::{self, CatalogueChange, NewLabel, NewProgram, NewReason, NewStatus};
use super::{labels, query, settings};
use crate::graphql::list::id_at;
use crate::graphql::payload::{answer, scope, settle};
use crate::graphql::scalars::Date;
use crate::kit::change::Change;
use crate::kit::error::{Error, Result};
use crate::kit::scope::Scope;
use crate::{payload, user_errors};

/// Where a submission stands. The labels that people read are configured inside a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::submissions::phase::Phase")]
pub enum Phase {
    /// Received; nobody has taken it up.
    Submitted,
    /// Somebody looks at it.
    UnderReview,
    /// The author was asked a question.
    NeedsInfo,
    /// Not now: it comes back at its wake date.
    Deferred,
    /// Yes to an idea; "we know why" to an observation.
    Accepted,
    /// An accepted idea that has its place in a plan.
    Planned,
    /// Being worked on.
    InProgress,
    /// Done.
    Implemented,
    /// Still working when asked after 60 days.
    Sustained,
    /// Not going ahead, with a reason.
    Declined,
    /// Joined with another submission, whose fate it mirrors.
    Merged,
    /// Taken back by its author.
    Withdrawn,
}

/// Standing or time-boxed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::programs::values::ProgramKind")]
pub enum ProgramKind {
    /// Always open.
    Standing,
    /// A time-boxed ask.
    Campaign,
}

/// Who reads ideas among employees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::kit::actor::ReadPolicy")]
pub enum ReadPolicy {
    /// The own site at once, everyone after a reviewer or manager opened it.
    OwnSiteThenOpen,
    /// The employees of its unit alone.
    OwnUnit,
    /// Everyone at once.
    Everyone,
}

/// Who sees the names of authors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "crate::kit::actor::AuthorNames")]
pub enum AuthorNames {
    /// All who may read the submission.
    Readers,
    /// Reviewers alone.
    Reviewers,
}

/// A name in one language.
#[derive(Clone, Debug, SimpleObject)]
pub struct Label {
    /// Language, for instance `en` or `es-MX`.
    pub locale: String,
    /// What people read.
    pub text: String,
}

/// A name in one language.
#[derive(Clone, Debug, InputObject)]
pub struct LabelInput {
    /// Language, for instance `en` or `es-MX`.
    pub locale: String,
    /// What people read; at most 120 characters.
    pub text: String,
}

fn new_labels(labels: Vec<LabelInput>) -> Vec<NewLabel> {
    labels.into_iter().map(|label| NewLabel { locale: label.locale, text: label.text }).collect()
}

/// All names of a catalogue row.
async fn names(ctx: &Context<'_>, subject: Uuid) -> Result<Vec<(String, String)>> {
    let Ok(batches) = ctx.data::<DataLoader<Programs>>() else { return Ok(Vec::new()) };
    Ok(batches.load_one(LabelsOf(subject)).await?.unwrap_or_default())
}

/// The name that the asker reads, else the code.
async fn name(ctx: &Context<'_>, subject: Uuid, code: &str) -> Result<String> {
    let names = names(ctx, subject).await?;
    let locale = scope(ctx).map_or(labels::FALLBACK, |scope| scope.actor.locale.as_str());
    Ok(labels::best(&names, locale).unwrap_or(code).to_owned())
}

fn shown(names: Vec<(String, String)>) -> Vec<Label> {
    names.into_iter().map(|(locale, text)| Label { locale, text }).collect()
}

/// A programme.
#[derive(Clone)]
pub struct Program(pub program::Model);

/// A standing programme or a time-boxed campaign that submissions belong to.
#[Object]
impl Program {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The organisation's own name for it.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Standing or time-boxed.
    async fn kind(&self) -> ProgramKind {
        self.0.kind.into()
    }

    /// Whether submissions go here when none is named.
    async fn is_default(&self) -> bool {
        self.0.standard == Standard::Default
    }

    /// Last day of a campaign.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }

    /// Whether it takes no submissions any more.
    async fn archived(&self) -> bool {
        self.0.archived_at.is_some()
    }

    /// Counts up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A reason.
#[derive(Clone)]
pub struct Reason(pub reason::Model);

/// A reason for DECLINED or DEFERRED, from the organisation's own catalogue.
#[Object]
impl Reason {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Stable code.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The phase that it is given for.
    async fn phase(&self) -> Phase {
        self.0.phase.into()
    }

    /// What people read, in the asker's language, else English.
    async fn label(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        answer(name(ctx, self.0.id.0, &self.0.code).await)
    }

    /// What people read, in every language there is.
    async fn labels(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Label>>> {
        answer(names(ctx, self.0.id.0).await.map(shown))
    }

    /// Order in lists.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether it can no longer be chosen.
    async fn archived(&self) -> bool {
        self.0.archived_at.is_some()
    }

    /// Counts up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// A status label.
#[derive(Clone)]
pub struct Status(pub status::Model);

/// A configured label inside a phase.
#[Object]
impl Status {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Stable code.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// The phase it stands in.
    async fn phase(&self) -> Phase {
        self.0.phase.into()
    }

    /// What people read, in the asker's language, else English.
    async fn label(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<String>> {
        answer(name(ctx, self.0.id.0, &self.0.code).await)
    }

    /// What people read, in every language there is.
    async fn labels(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Label>>> {
        answer(names(ctx, self.0.id.0).await.map(shown))
    }

    /// Whether entering the phase takes this one.
    async fn is_default(&self) -> bool {
        self.0.standard == Standard::Default
    }

    /// Order in lists.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether it can no longer be chosen.
    async fn archived(&self) -> bool {
        self.0.archived_at.is_some()
    }

    /// Counts up with every change.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

/// The settings.
#[derive(Clone)]
pub struct Settings(pub settings::Settings);

/// The settings of the organisation.
#[Object]
impl Settings {
    /// Seconds between a decision and its announcement; 0 announces at once.
    async fn hold_seconds(&self) -> u32 {
        self.0.hold.seconds
    }

    /// Who reads ideas among employees.
    async fn read_policy(&self) -> ReadPolicy {
        self.0.read_policy.into()
    }

    /// Who sees the names of authors.
    async fn author_names(&self) -> AuthorNames {
        self.0.author_names.into()
    }

    /// The organisation's own name for its listening programme, on screens and in mails.
    async fn program_name(&self) -> &str {
        &self.0.program_name
    }
}

/// Queries.
#[derive(Default)]
pub struct ProgramsQuery;

fn signed_in<'a>(ctx: &Context<'a>) -> Result<&'a Scope> {
    let scope = scope(ctx).map_err(|_| crate::kit::error::Fault::internal("no scope"))?;
    scope.actor.require_signed_in()?;
    Ok(scope)
}

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

/// A programme to make.
#[derive(InputObject)]
pub struct ProgramCreateInput {
    /// Its name; at most 200 characters.
    pub name: String,
    /// Standing or time-boxed; time-boxed when not given.
    pub kind: Option<ProgramKind>,
    /// Last day of a campaign.
    pub ends_on: Option<Date>,
}

/// Changes to a programme.
#[derive(InputObject)]
pub struct ProgramUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version that you read; refused when it moved on.
    pub expected_version: Option<i32>,
    /// A new name.
    pub name: Option<String>,
    /// The last day; null takes it away.
    pub ends_on: MaybeUndefined<Date>,
    /// True closes it for new submissions.
    pub archived: Option<bool>,
}

/// A reason to add.
#[derive(InputObject)]
pub struct ReasonCreateInput {
    /// DECLINED or DEFERRED.
    pub phase: Phase,
    /// Stable code: A-Z, 0-9 and _, at most 40.
    pub code: String,
    /// Order in lists; the end when not given.
    pub position: Option<i32>,
    /// Names; English at least.
    pub labels: Vec<LabelInput>,
}

/// Changes to a reason.
#[derive(InputObject)]
pub struct ReasonUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version that you read; refused when it moved on.
    pub expected_version: Option<i32>,
    /// Order in lists.
    pub position: Option<i32>,
    /// Names to write; other languages stay.
    pub labels: Option<Vec<LabelInput>>,
    /// False puts it back into use.
    pub archived: Option<bool>,
}

/// A reason to take out of use.
#[derive(InputObject)]
pub struct ReasonArchiveInput {
    /// Which one.
    pub id: ID,
    /// The version that you read; refused when it moved on.
    pub expected_version: Option<i32>,
}

/// A status to add.
#[derive(InputObject)]
pub struct StatusCreateInput {
    /// The phase it stands in.
    pub phase: Phase,
    /// Stable code: A-Z, 0-9 and _, at most 40.
    pub code: String,
    /// Order in lists; the end when not given.
    pub position: Option<i32>,
    /// Names; English at least.
    pub labels: Vec<LabelInput>,
    /// True: entering the phase takes this one from now on.
    pub is_default: Option<bool>,
}

/// Changes to a status.
#[derive(InputObject)]
pub struct StatusUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version that you read; refused when it moved on.
    pub expected_version: Option<i32>,
    /// Order in lists.
    pub position: Option<i32>,
    /// Names to write; other languages stay.
    pub labels: Option<Vec<LabelInput>>,
    /// True: entering the phase takes this one from now on.
    pub is_default: Option<bool>,
    /// True takes it out of use, false puts it back.
    pub archived: Option<bool>,
}

/// Changes to the settings.
#[derive(InputObject)]
pub struct SettingsUpdateInput {
    /// Seconds between a decision and its announcement: 0 to 604800 (seven days).
    pub hold_seconds: Option<i32>,
    /// Who reads ideas among employees.
    pub read_policy: Option<ReadPolicy>,
    /// Who sees the names of authors.
    pub author_names: Option<AuthorNames>,
    /// The organisation's own name for its programme; at most 80 characters.
    pub program_name: Option<String>,
}

fn standard(is_default: bool) -> Standard {
    if is_default { Standard::Default } else { Standard::Named }
}

/// The three states of a field of a patch.
pub fn patch<T, U>(given: MaybeUndefined<T>, with: impl FnOnce(T) -> U) -> Change<U> {
    match given {
        MaybeUndefined::Undefined => Change::Keep,
        MaybeUndefined::Null => Change::Clear,
        MaybeUndefined::Value(value) => Change::Set(with(value)),
    }
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
        settle(done.await, |row| ReasonCreatePayload::done(Reason(row)))
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
        settle(done.await, |row| ReasonUpdatePayload::done(Reason(row)))
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
        settle(done.await, |row| ReasonArchivePayload::done(Reason(row)))
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
        settle(done.await, |row| StatusCreatePayload::done(Status(row)))
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
        settle(done.await, |row| StatusUpdatePayload::done(Status(row)))
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
            };
            service::update_settings(signed_in(ctx)?, change).await
        };
        let settled: Result<settings::Settings, Error> = done.await;
        settle(settled, |settings| SettingsUpdatePayload::done(Settings(settings)))
    }
}

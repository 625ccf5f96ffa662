//! Programmes, reasons, status labels and settings as the API shows them.

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::programs::values::Standard;
use entity::programs::{program, reason, status};
use uuid::Uuid;

use crate::graphql::payload::{answer, scope};
use crate::graphql::scalars::Date;
use crate::kit::error::Result;
use crate::programs::loader::Programs;
use crate::programs::{labels, settings};

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

/// Whether what was measured of an outcome may be written down before a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::implementation::values::OutcomeOrder")]
pub enum OutcomeOrder {
    /// Figures may come in any order.
    AnyOrder,
    /// A target first, then what was measured.
    TargetFirst,
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

/// All names of a catalogue row.
async fn names(ctx: &Context<'_>, subject: Uuid) -> Result<Vec<(String, String)>> {
    let Ok(batches) = ctx.data::<DataLoader<Programs>>() else { return Ok(Vec::new()) };
    batches.loader().names(subject).await
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

    /// Whether what was measured of an outcome may be written down before a target.
    async fn outcome_order(&self) -> OutcomeOrder {
        self.0.outcome_order.into()
    }

    /// From when on nothing is mailed that can wait, `HH:MM` on the clocks of where people work.
    async fn quiet_from(&self) -> String {
        self.0.hours.quiet_from.to_string()
    }

    /// Until when; the same as `quietFrom` when no hours are quiet.
    async fn quiet_to(&self) -> String {
        self.0.hours.quiet_to.to_string()
    }

    /// When digests are mailed, `HH:MM` on the clocks of where people work; within quiet hours at
    /// their end.
    async fn digest_at(&self) -> String {
        self.0.hours.digest_at.to_string()
    }

    /// On which day the weekly digest is mailed.
    async fn digest_on(&self) -> crate::clocks::graphql::Weekday {
        self.0.hours.digest_on.into()
    }
}

//! Surface of announcements.

mod inputs;

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};
use entity::announcing::{announcement, announcement_text};
use entity::id::{AnnouncementId, CauseId, SubmissionId, UnitId};
use entity::submissions::submission;
use entity::triage::cause;
use sea_orm::QueryFilter as _;
use uuid::Uuid;

pub use self::inputs::{
    AnnouncementCreateInput, AnnouncementDeleteInput, AnnouncementFilter, AnnouncementOrder,
    AnnouncementOrderField, AnnouncementPublishInput, AnnouncementTextInput,
    AnnouncementUpdateInput, AnnouncementWithdrawInput,
};
use crate::announcing::{query, service};
use crate::graphql::list::{count_wanted, id_at, some_id_at};
use crate::graphql::payload::{answer, answer_or_null, settle};
use crate::graphql::scalars::DateTime;
use crate::identity::graphql::{Person, Unit};
use crate::kit::error::Result;
use crate::kit::page::{PageArgs, page};
use crate::kit::scope::Scope;
use crate::submissions::graphql::{Submission, edges};
use crate::submissions::query as submissions;
use crate::submissions::service::Receipt;
use crate::triage::causes::graphql::Cause;
use crate::triage::causes::query as causes;
use crate::triage::graphql::signed_in;
use crate::{payload, user_errors};

/// Where an announcement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::announcing::values::AnnouncementState")]
pub enum AnnouncementState {
    /// Being written; for reviewers over its units alone.
    Draft,
    /// Shown to the people of its units, who are told of it once.
    Published,
    /// No longer shown; mails that were sent stay sent. For reviewers over its units alone.
    Withdrawn,
}

/// An announcement in one language.
#[derive(Clone, Debug, SimpleObject)]
pub struct AnnouncementText {
    /// Language, BCP 47.
    pub language: String,
    /// One line.
    pub title: String,
    /// What is announced.
    pub body: String,
}

/// An announcement with what hangs on it.
#[derive(Clone)]
pub struct Announcement {
    row: announcement::Model,
    texts: Arc<Vec<announcement_text::Model>>,
    units: Arc<Vec<UnitId>>,
    cause: Option<cause::Model>,
    submissions: Arc<Vec<submission::Model>>,
    locale: Arc<str>,
}

impl Announcement {
    /// By id, through the door.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<AnnouncementId>() else { return Ok(None) };
        match query::one(&scope.db(), &scope.actor, id).await? {
            Some(row) => Self::of(scope, row).await.map(Some),
            None => Ok(None),
        }
    }

    /// These, which a door gave out, with all that hangs on them.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn all_of(
        scope: &Scope,
        rows: Vec<announcement::Model>,
    ) -> Result<HashMap<Uuid, Self>> {
        let around = Around::of(scope, &rows).await?;
        Ok(rows.into_iter().map(|row| (row.id.0, around.announcement(row))).collect())
    }

    async fn of(scope: &Scope, row: announcement::Model) -> Result<Self> {
        Ok(Around::of(scope, std::slice::from_ref(&row)).await?.announcement(row))
    }

    fn text(&self) -> Option<&announcement_text::Model> {
        service::text_for(&self.texts, &self.locale)
    }
}

/// What hangs on the announcements of a page, as far as the asker may read it. Five statements at
/// most, whatever the length of the page.
struct Around {
    texts: HashMap<AnnouncementId, Arc<Vec<announcement_text::Model>>>,
    units: HashMap<AnnouncementId, Arc<Vec<UnitId>>>,
    about: HashMap<AnnouncementId, Vec<SubmissionId>>,
    submissions: HashMap<SubmissionId, submission::Model>,
    causes: HashMap<CauseId, cause::Model>,
    locale: Arc<str>,
}

impl Around {
    async fn of(scope: &Scope, rows: &[announcement::Model]) -> Result<Self> {
        let db = scope.db();
        let ids: Vec<AnnouncementId> = rows.iter().map(|row| row.id).collect();
        let about = query::submissions_of(&db, &ids).await?;
        let mut wanted: Vec<SubmissionId> = about.values().flatten().copied().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut named: Vec<CauseId> = rows.iter().filter_map(|row| row.cause_id).collect();
        named.sort_unstable();
        named.dedup();
        let readable = submissions::some_readable(&db, &scope.actor, &wanted).await?;
        let causes = causes::some(&db, &scope.actor, &named).await?;
        let texts = query::texts_of(&db, &ids).await?;
        let units = query::units_of(&db, &ids).await?;
        Ok(Self {
            texts: texts.into_iter().map(|(id, texts)| (id, Arc::new(texts))).collect(),
            units: units.into_iter().map(|(id, units)| (id, Arc::new(units))).collect(),
            about,
            submissions: readable.into_iter().map(|row| (row.id, row)).collect(),
            causes: causes.into_iter().map(|row| (row.id, row)).collect(),
            locale: Arc::from(scope.actor.locale.as_str()),
        })
    }

    fn announcement(&self, row: announcement::Model) -> Announcement {
        let about = self.about.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        let readable = about.iter().filter_map(|id| self.submissions.get(id)).cloned();
        Announcement {
            texts: self.texts.get(&row.id).cloned().unwrap_or_default(),
            units: self.units.get(&row.id).cloned().unwrap_or_default(),
            cause: row.cause_id.and_then(|id| self.causes.get(&id)).cloned(),
            submissions: Arc::new(readable.collect()),
            locale: self.locale.clone(),
            row,
        }
    }
}

/// What the CX team tells the people of some units. Published ones are read by whoever works in one of
/// its units or below; drafts and withdrawn ones by reviewers over all of them.
#[Object]
impl Announcement {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.row.id.into()
    }

    /// Where it is.
    async fn state(&self) -> AnnouncementState {
        self.row.state.into()
    }

    /// Its title, in your language, else in English.
    async fn title(&self) -> &str {
        self.text().map_or("", |text| text.title.as_str())
    }

    /// What is announced, in the same language.
    async fn body(&self) -> &str {
        self.text().map_or("", |text| text.body.as_str())
    }

    /// The language of `title` and `body`, BCP 47.
    async fn language(&self) -> &str {
        self.text().map_or("", |text| text.language.as_str())
    }

    /// The words in every language, languages in order.
    async fn texts(&self) -> Vec<AnnouncementText> {
        let text = |it: &announcement_text::Model| AnnouncementText {
            language: it.language.clone(),
            title: it.title.clone(),
            body: it.body.clone(),
        };
        self.texts.iter().map(text).collect()
    }

    /// The units to which it goes, each with all below it.
    async fn units(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Vec<Unit>>> {
        answer(edges::units(ctx, &self.units).await)
    }

    /// The root cause that it is about; null when there is none, or you may not read it.
    async fn cause(&self) -> Option<Cause> {
        self.cause.clone().map(Cause)
    }

    /// What it is about, as far as you may read it.
    async fn submissions(&self) -> Vec<Submission> {
        self.submissions.iter().cloned().map(Submission::of).collect()
    }

    /// Who published it.
    async fn published_by(&self, ctx: &Context<'_>) -> Option<async_graphql::Result<Person>> {
        answer_or_null(edges::person(ctx, self.row.published_by).await)
    }

    /// When it was published.
    async fn published_at(&self) -> Option<DateTime> {
        self.row.published_at.map(Into::into)
    }

    /// When it was withdrawn.
    async fn withdrawn_at(&self) -> Option<DateTime> {
        self.row.withdrawn_at.map(Into::into)
    }

    /// How many people were told so far; it is done in the background.
    async fn told(&self) -> i32 {
        self.row.told
    }

    /// When everybody was told.
    async fn told_at(&self) -> Option<DateTime> {
        self.row.told_at.map(Into::into)
    }

    /// When it was written first.
    async fn created_at(&self) -> DateTime {
        self.row.created_at.into()
    }

    /// Latest change.
    async fn updated_at(&self) -> DateTime {
        self.row.updated_at.into()
    }

    /// Counts up with every change; for `expectedVersion`.
    async fn version(&self) -> i32 {
        self.row.version
    }
}

crate::connection!(AnnouncementConnection, AnnouncementEdge, Announcement, "announcements");

/// How many people read one of the texts.
#[derive(Clone, Debug, SimpleObject)]
pub struct AnnouncementLanguage {
    /// Its language.
    pub language: String,
    /// How many people read it.
    pub people: i64,
    /// How many of them asked for a language in which there is no text.
    pub in_place_of_another: i64,
}

/// Whom an announcement reaches if it is published now, in numbers.
#[derive(Clone, Debug, SimpleObject)]
pub struct AnnouncementReach {
    /// How many people work in its units.
    pub people: i64,
    /// How many of them have no e-mail address that takes mail; the app tells them, and their team
    /// lead can.
    pub without_channel: i64,
    /// How many people read which text.
    pub languages: Vec<AnnouncementLanguage>,
}

user_errors!(AnnouncementUserError, AnnouncementErrorCode, "announcements" {
    /// Without the right that this needs.
    Forbidden,
    /// Nothing with this id is there for you.
    NotFound,
    /// A value is missing.
    Required,
    /// A text is too long.
    TooLong,
    /// A value is not of the right form or range.
    Invalid,
    /// It changed since it was read.
    StaleVersion,
    /// Its state does not allow it; `allowed` holds the states that do.
    StepNotAllowed,
    /// The client key was used with other content.
    IdempotencyKeyReused,
});

payload!(
    /// The result of `announcementCreate`.
    AnnouncementCreatePayload, AnnouncementUserError {
        /// The draft.
        announcement: Announcement,
        /// Whether the same client key had made it before.
        already_received: bool
    }
);
payload!(
    /// The result of `announcementUpdate`.
    AnnouncementUpdatePayload, AnnouncementUserError {
        /// The draft as it is now.
        announcement: Announcement
    }
);
payload!(
    /// The result of `announcementPublish`.
    AnnouncementPublishPayload, AnnouncementUserError {
        /// The announcement; `told` says how far the telling is.
        announcement: Announcement
    }
);
payload!(
    /// The result of `announcementWithdraw`.
    AnnouncementWithdrawPayload, AnnouncementUserError {
        /// The announcement as it is now.
        announcement: Announcement
    }
);
payload!(
    /// The result of `announcementDelete`.
    AnnouncementDeletePayload, AnnouncementUserError {
        /// What was thrown away.
        deleted_id: ID
    }
);

async fn listed(
    ctx: &Context<'_>,
    (filter, order): (AnnouncementFilter, AnnouncementOrder),
    args: PageArgs,
) -> Result<AnnouncementConnection> {
    let scope = signed_in(ctx)?;
    let mut select = query::visible_to(&scope.actor);
    if let Some(state) = filter.state {
        select = select.filter(query::in_state(state.into()));
    }
    if let Some(unit) = some_id_at(filter.unit.as_ref(), "filter.unit")? {
        select = select.filter(query::reaching(unit));
    }
    let page = page(&scope.db(), select, &order.keyset(), &args, count_wanted(ctx)).await?;
    let rows: Vec<announcement::Model> = page.rows.iter().map(|(_, row)| row.clone()).collect();
    let around = Around::of(scope, &rows).await?;
    Ok(AnnouncementConnection::of(page, |row| around.announcement(row)))
}

/// Queries.
#[derive(Default)]
pub struct AnnouncementQuery;

#[Object]
impl AnnouncementQuery {
    /// Announcements to your unit; for reviewers also what goes to units over which they review, drafts
    /// and withdrawn ones among them. Newest first. Needs a person's sign-in; for an integration there
    /// are none.
    #[allow(clippy::too_many_arguments)]
    async fn announcements(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which ones.")] filter: Option<AnnouncementFilter>,
        #[graphql(desc = "In which order.")] order_by: Option<AnnouncementOrder>,
        #[graphql(desc = "Rows from the front, at most 100; 25 when nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<AnnouncementConnection>> {
        let args = PageArgs { first, after, last, before };
        let asked = (filter.unwrap_or_default(), order_by.unwrap_or_default());
        answer(listed(ctx, asked, args).await)
    }

    /// "Who will hear?": whom an announcement reaches if it is published now. For reviewers over all its
    /// units; else null.
    async fn announcement_reach(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] id: ID,
    ) -> Option<async_graphql::Result<AnnouncementReach>> {
        let found = async {
            let Ok(id) = id.parse::<AnnouncementId>() else { return Ok(None) };
            service::reach(signed_in(ctx)?, id).await
        };
        let language = |(language, people, in_place_of_another)| AnnouncementLanguage {
            language,
            people,
            in_place_of_another,
        };
        answer_or_null(found.await.map(|found| {
            found.map(|it| AnnouncementReach {
                people: it.people,
                without_channel: it.without_channel,
                languages: it.languages.into_iter().map(language).collect(),
            })
        }))
    }
}

/// Mutations.
#[derive(Default)]
pub struct AnnouncementMutation;

#[Object]
impl AnnouncementMutation {
    /// Writes a draft, which nobody but reviewers over its units sees. Needs REVIEWER over every unit
    /// that it goes to. Codes: FORBIDDEN, NOT_FOUND, REQUIRED, TOO_LONG, INVALID,
    /// IDEMPOTENCY_KEY_REUSED.
    async fn announcement_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to write.")] input: AnnouncementCreateInput,
    ) -> Option<async_graphql::Result<AnnouncementCreatePayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let key = input.client_key.clone();
            let made = service::create(scope, input.parsed()?, key.as_deref()).await?;
            let already = made.receipt == Receipt::Already;
            Ok((Announcement::of(scope, made.announcement).await?, already))
        };
        settle(done.await, |(made, already)| AnnouncementCreatePayload::done(made, already))
    }

    /// Changes a draft. Needs REVIEWER over every unit that it goes to, before and after. Codes:
    /// FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED, REQUIRED, TOO_LONG, INVALID.
    async fn announcement_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: AnnouncementUpdateInput,
    ) -> Option<async_graphql::Result<AnnouncementUpdatePayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let row = service::update(scope, input.parsed()?).await?;
            Announcement::of(scope, row).await
        };
        settle(done.await, AnnouncementUpdatePayload::done)
    }

    /// Shows a draft to the people of its units; everybody is told once, in the background, as they
    /// want to hear. `announcementReach` says beforehand how many. Needs REVIEWER over every unit that
    /// it goes to. Codes: FORBIDDEN, NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED, INVALID.
    async fn announcement_publish(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: AnnouncementPublishInput,
    ) -> Option<async_graphql::Result<AnnouncementPublishPayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let which = (id_at(&input.id, "id")?, input.expected_version);
            Announcement::of(scope, service::publish(scope, which).await?).await
        };
        settle(done.await, AnnouncementPublishPayload::done)
    }

    /// Shows an announcement no longer; whoever was not told yet is not told, and mails that were sent
    /// stay sent. Needs REVIEWER over every unit that it goes to. Codes: FORBIDDEN, NOT_FOUND,
    /// STALE_VERSION, STEP_NOT_ALLOWED.
    async fn announcement_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: AnnouncementWithdrawInput,
    ) -> Option<async_graphql::Result<AnnouncementWithdrawPayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let which = (id_at(&input.id, "id")?, input.expected_version);
            Announcement::of(scope, service::withdraw(scope, which).await?).await
        };
        settle(done.await, AnnouncementWithdrawPayload::done)
    }

    /// Throws a draft away. Needs REVIEWER over every unit that it goes to. Codes: FORBIDDEN,
    /// NOT_FOUND, STALE_VERSION, STEP_NOT_ALLOWED.
    async fn announcement_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which one.")] input: AnnouncementDeleteInput,
    ) -> Option<async_graphql::Result<AnnouncementDeletePayload>> {
        let done = async {
            let scope = signed_in(ctx)?;
            let which = (id_at(&input.id, "id")?, input.expected_version);
            service::delete(scope, which).await
        };
        settle(done.await, |id| AnnouncementDeletePayload::done(id.into()))
    }
}

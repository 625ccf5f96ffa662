//! Surface of telling: notifications, choices, the mail log.

use async_graphql::{Context, Enum, ID, InputObject, Object};
use entity::id::NotificationId;
use entity::notify::mail;

use super::query::Which;
use super::service::{self, Listed, View};
use crate::graphql::list::{at_most, count_wanted, id_at};
use crate::graphql::payload::{answer, scope, settle};
use crate::graphql::scalars::DateTime;
use crate::kit::error::Result;
use crate::kit::page::PageArgs;
use crate::kit::scope::Scope;
use crate::programs::graphql::Phase;
use crate::{connection, payload, user_errors};

/// What a notification tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::notify::values::NotificationKind")]
pub enum NotificationKind {
    /// A decision about something you sent was announced.
    OwnDecision,
    /// We have a question about something you sent.
    OwnQuestion,
    /// A comment on something you sent.
    OwnComment,
    /// A decision about something you follow was announced.
    FollowedDecision,
    /// A submission was assigned to you.
    Assigned,
    /// The author answered a question.
    Answered,
    /// The daily list of what waits too long in the units that you review or manage; it names the one
    /// that has waited longest.
    Escalated,
    /// A date that was promised for something you own has passed.
    PromisePassed,
    /// An item of a plan that you have is due soon, or overdue.
    ActionReminder,
    /// An idea that works elsewhere was offered to a site that you lead.
    AdoptionOffered,
    /// A site answered what you offered.
    AdoptionAnswered,
    /// You were mentioned in a comment.
    Mention,
    /// Something you sent was split into several, which are all yours.
    Split,
    /// Words were taken out of something you sent.
    Redacted,
    /// An author asks for a second look: you are to take it. To an administrator: there is nobody else
    /// who could; give somebody the right.
    SecondLook,
    /// Is something that you sent, and that was done, still fixed?
    StillFixed,
    /// Somebody reported something that you moderate.
    Reported,
    /// The CX team announced something to your unit.
    Announcement,
    /// An integration sent something in your name; take it back if it is not yours.
    ReceivedForYou,
}

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::notify::values::MailState")]
pub enum MailState {
    /// Waits to be sent, for the first time or again.
    Waiting,
    /// The mail server has taken it, or it was captured as a file.
    Sent,
    /// Not sent, for the reason in `why`.
    Skipped,
    /// Given up, for the reason in `why`.
    Failed,
}

/// Which mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::notify::values::MailKind")]
pub enum MailKind {
    /// A sign-in code.
    SignInCode,
    /// An invitation.
    Invitation,
    /// A decision was announced.
    Decision,
    /// A question to the author.
    Question,
    /// A comment.
    Comment,
    /// The daily list of what waits too long.
    Escalation,
    /// A date that was promised has passed.
    Reminder,
    /// An item of a plan.
    ActionReminder,
    /// The question whether something is still fixed.
    StillFixed,
    /// An offer to a site.
    AdoptionOffer,
    /// An announcement.
    Announcement,
    /// That an integration sent something in somebody's name.
    ReceivedForYou,
    /// What happened since the last one, in one mail.
    Digest,
}

/// Something you should know.
#[derive(Clone)]
pub struct Notification(pub View);

/// Something that one person should know. Only that person sees it.
#[Object]
impl Notification {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.row.id.into()
    }

    /// What happened.
    async fn kind(&self) -> NotificationKind {
        self.0.row.kind.into()
    }

    /// Id of the submission; null when it is about an item of a root cause's plan. Whether you may
    /// read it is asked when you fetch it.
    async fn submission_id(&self) -> Option<ID> {
        self.0.row.submission_id.map(Into::into)
    }

    /// Reference of the submission, for instance `EAR-142`; empty where there is none.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// Id of the item of a plan that it is about; `myActionItems` lists those that you have.
    async fn item_id(&self) -> Option<ID> {
        self.0.row.item_id.map(Into::into)
    }

    /// Id of the offer to a site that it is about; `adoptions` lists those to the sites that you lead.
    async fn adoption_id(&self) -> Option<ID> {
        self.0.row.adoption_id.map(Into::into)
    }

    /// Id of the announcement that it is about.
    async fn announcement_id(&self) -> Option<ID> {
        self.0.row.announcement_id.map(Into::into)
    }

    /// Title of the submission, or of the announcement; null when you may not read it (any more).
    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref()
    }

    /// The phase that was announced; null when this tells of something else.
    async fn phase(&self) -> Option<Phase> {
        self.0.phase.map(Into::into)
    }

    /// References of what else of yours it tells of: what you sent, or follow, and the resolving of the
    /// same cause closed. Everybody is told once, however many there are; the first 20 are named.
    async fn also(&self) -> &[String] {
        &self.0.also.named
    }

    /// How many those are, named in `also` or not.
    async fn also_count(&self) -> usize {
        self.0.also.named.len() + self.0.also.more
    }

    /// What was said with it: the response, the question, the comment; of an item that you have what
    /// is to be done; of an offer to a site that you lead the words that came with it; what is announced.
    async fn message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// When.
    async fn created_at(&self) -> DateTime {
        self.0.row.created_at.into()
    }

    /// When you read it; null when you have not.
    async fn read_at(&self) -> Option<DateTime> {
        self.0.row.read_at.map(Into::into)
    }
}

impl Notification {
    /// By id, for its reader alone.
    ///
    /// # Errors
    /// A fault of the database.
    pub async fn by_id(scope: &Scope, id: &str) -> Result<Option<Self>> {
        let Ok(id) = id.parse::<NotificationId>() else { return Ok(None) };
        Ok(service::notification(scope, id).await?.map(Self))
    }
}

connection!(NotificationConnection, NotificationEdge, Notification, "notifications");

/// A mail of the log.
#[derive(Clone)]
pub struct Mail(pub mail::Model);

/// What became of one mail; what it says is not told here. For administrators and auditors.
#[Object]
impl Mail {
    /// Opaque id.
    pub(crate) async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Which mail.
    async fn kind(&self) -> MailKind {
        self.0.kind.into()
    }

    /// Id of the person it is for.
    async fn person_id(&self) -> Option<ID> {
        self.0.person_id.map(Into::into)
    }

    /// The address at the first attempt; null before it.
    async fn to_address(&self) -> Option<&str> {
        self.0.to_address.as_deref()
    }

    /// Its Message-ID, the same at every attempt.
    async fn message_id(&self) -> &str {
        &self.0.message_id
    }

    /// What became of it.
    async fn state(&self) -> MailState {
        self.0.state.into()
    }

    /// Why it was not sent, or not yet.
    async fn why(&self) -> Option<&str> {
        self.0.why.as_deref()
    }

    /// Attempts so far.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime {
        self.0.created_at.into()
    }

    /// When it was sent, skipped or given up.
    async fn closed_at(&self) -> Option<DateTime> {
        self.0.closed_at.map(Into::into)
    }
}

connection!(MailConnection, MailEdge, Mail, "mails of the log");

/// Queries.
#[derive(Default)]
pub struct NotifyQuery;

#[Object]
impl NotifyQuery {
    /// What you have been told, newest first. Needs a person's sign-in.
    #[allow(clippy::too_many_arguments)]
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those that you have not read.", default)] unread_only: bool,
        #[graphql(desc = "Rows from the front, at most 100; 25 when nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<NotificationConnection>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let listed = if unread_only { Listed::Unread } else { Listed::All };
        let args = PageArgs { first, after, last, before };
        let page = service::notifications(scope, listed, (&args, count_wanted(ctx))).await;
        answer(page.map(|page| NotificationConnection::of(page, Notification)))
    }

    /// How many notifications you have not read. Needs a person's sign-in.
    async fn notifications_unread_count(
        &self,
        ctx: &Context<'_>,
    ) -> Option<async_graphql::Result<u64>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        answer(service::unread_count(scope).await)
    }

    /// What became of mails, newest first, without what they say. Needs the role ADMIN or AUDITOR.
    #[allow(clippy::too_many_arguments)]
    async fn mails(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only mails in this state.")] state: Option<MailState>,
        #[graphql(desc = "Rows from the front, at most 100; 25 when nothing is said.")]
        first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "Rows from the back, at most 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Option<async_graphql::Result<MailConnection>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let args = PageArgs { first, after, last, before };
        let state = state.map(Into::into);
        let page = service::mails(scope, state, (&args, count_wanted(ctx))).await;
        answer(page.map(|page| MailConnection::of(page, Mail)))
    }
}

user_errors!(NotifyUserError, NotifyErrorCode, "what people are told" {
    /// A value is missing.
    Required,
    /// A value is not of the right form or range.
    Invalid,
    /// Not there, or not yours.
    NotFound,
});

/// What was read.
#[derive(Debug, InputObject)]
pub struct NotificationsMarkReadInput {
    /// These, at most 100. Those of others are passed over.
    pub ids: Option<Vec<ID>>,
    /// Or all that were made up to this instant.
    pub up_to: Option<DateTime>,
}

payload!(
    /// What came of `notificationsMarkRead`.
    NotificationsMarkReadPayload, NotifyUserError {
        /// How many of them were unread until now.
        marked: u64,
        /// How many are unread now.
        unread_count: u64,
    }
);

/// Mutations.
#[derive(Default)]
pub struct NotifyMutation;

#[Object]
impl NotifyMutation {
    /// Marks notifications of yours as read. Needs a person's sign-in. Codes: REQUIRED, NOT_FOUND.
    async fn notifications_mark_read(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was read.")] input: NotificationsMarkReadInput,
    ) -> Option<async_graphql::Result<NotificationsMarkReadPayload>> {
        let scope = match scope(ctx) {
            Ok(scope) => scope,
            Err(error) => return Some(Err(error)),
        };
        let done = async { mark_read(scope, which(&input)?).await };
        settle(done.await, |(marked, unread)| NotificationsMarkReadPayload::done(marked, unread))
    }
}

fn which(input: &NotificationsMarkReadInput) -> Result<Option<Which>> {
    if let Some(at) = input.up_to {
        return Ok(Some(Which::UpTo(at.0)));
    }
    let Some(ids) = &input.ids else { return Ok(None) };
    at_most(ids, 100, "ids")?;
    let ids: Result<Vec<NotificationId>> = ids.iter().map(|id| id_at(id, "ids")).collect();
    Ok(Some(Which::These(ids?)))
}

async fn mark_read(scope: &Scope, which: Option<Which>) -> Result<(u64, u64)> {
    let marked = service::mark_read(scope, which).await?;
    Ok((marked, service::unread_count(scope).await?))
}

//! What people do with what they are told.

use std::collections::HashMap;

use entity::id::{
    ActionItemId, AdoptionId, AnnouncementId, CommentId, DecisionId, NotificationId, ResolutionId,
    SubmissionId,
};
use entity::identity::values::Role;
use entity::notify::values::MailState;
use entity::notify::{mail, notification};
use entity::submissions::phase::Phase;
use entity::submissions::redaction;
use sea_orm::{ColumnTrait, QueryFilter};

use super::announcing;
use super::query::{self, Which};
use crate::closing::query::sayings::Sayings;
use crate::closing::query::told::{Also, Behind, Together, moved_of};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::page::{Count, Page, PageArgs, page};
use crate::kit::scope::Scope;

/// Which notifications are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    /// All.
    All,
    /// Those not read.
    Unread,
}

/// What the asker has been told, newest first.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for integrations, BAD_REQUEST of the page.
pub async fn notifications(
    scope: &Scope,
    listed: Listed,
    (args, count): (&PageArgs, Count),
) -> Result<Page<View>> {
    let person = scope.actor.require_person()?;
    let shown = query::shown(&scope.db(), person).await?;
    let mut select = query::notifications_of(person).filter(shown);
    if listed == Listed::Unread {
        select = select.filter(query::unread());
    }
    let found = page(&scope.db(), select, &query::newest_notification(), args, count).await?;
    let rows: Vec<notification::Model> = found.rows.iter().map(|(_, row)| row.clone()).collect();
    let views = views(scope, rows).await?;
    Ok(Page {
        rows: found.rows.into_iter().map(|(cursor, _)| cursor).zip(views).collect(),
        has_next: found.has_next,
        has_previous: found.has_previous,
        total: found.total,
    })
}

/// One of the asker's notifications.
///
/// # Errors
/// UNAUTHENTICATED; a fault of the database.
pub async fn notification(scope: &Scope, id: NotificationId) -> Result<Option<View>> {
    let person = scope.actor.require_person()?;
    let found = query::notification(&scope.db(), id).await?.filter(|it| it.person_id == person);
    Ok(views(scope, found.into_iter().collect()).await?.pop())
}

/// A notification with what its reader may know of it now.
#[derive(Clone, Debug)]
pub struct View {
    /// The row.
    pub row: notification::Model,
    /// Reference of the submission.
    pub reference: String,
    /// Title of the submission, if the reader may read it now.
    pub title: Option<String>,
    /// The phase that was announced.
    pub phase: Option<Phase>,
    /// The response, question or comment.
    pub message: Option<String>,
    /// What else it tells of: what the resolving of one cause closed together.
    pub also: Also,
}

impl View {
    /// The same with every redaction in the reader's language.
    fn shown(self, locale: &str) -> Self {
        let told = |text: String| redaction::shown(&text, locale).into_owned();
        Self { title: self.title.map(told), message: self.message.map(told), ..self }
    }
}

/// What one page of notifications is about, fetched at once.
struct About {
    submissions: HashMap<SubmissionId, query::Subject>,
    readable: HashMap<SubmissionId, String>,
    decisions: HashMap<DecisionId, query::SaidWith>,
    comments: HashMap<CommentId, String>,
    items: HashMap<ActionItemId, String>,
    sayings: Sayings,
    behind: HashMap<ResolutionId, Behind>,
    name: String,
    locale: String,
    offers: HashMap<AdoptionId, String>,
    announced: HashMap<AnnouncementId, announcing::Shown>,
}

pub(super) async fn views(scope: &Scope, rows: Vec<notification::Model>) -> Result<Vec<View>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let db = scope.db();
    let submissions: Vec<SubmissionId> = rows.iter().filter_map(|row| row.submission_id).collect();
    let decisions: Vec<DecisionId> = rows.iter().filter_map(|row| row.decision_id).collect();
    let comments: Vec<CommentId> = rows.iter().filter_map(|row| row.comment_id).collect();
    let items: Vec<ActionItemId> = rows.iter().filter_map(|row| row.item_id).collect();
    let sayings = Sayings::of(&db, &decisions).await?;
    let announced: Vec<_> = rows.iter().filter_map(|row| row.announcement_id).collect();
    let offers: Vec<AdoptionId> = rows.iter().filter_map(|row| row.adoption_id).collect();
    let about = About {
        announced: announcing::shown(&db, &scope.actor, &announced).await?,
        offers: query::offered_with(&db, &scope.actor, &offers).await?,
        submissions: query::subjects(&db, &submissions).await?,
        readable: query::readable_titles(&db, &scope.actor, &submissions).await?,
        decisions: query::said_with(&db, (&decisions, scope.actor.person())).await?,
        items: query::titles_of_mine(&db, &scope.actor, &items).await?,
        comments: query::comment_bodies(&db, &scope.actor, &comments).await?,
        name: if sayings.is_empty() { String::new() } else { own_name(scope).await? },
        behind: behind(scope, &sayings).await?,
        sayings,
        locale: scope.actor.locale.clone(),
    };
    Ok(rows.into_iter().map(|row| about.view(row).shown(&scope.actor.locale)).collect())
}

/// What else of the asker's the resolvings that they are told of have closed.
async fn behind(scope: &Scope, sayings: &Sayings) -> Result<HashMap<ResolutionId, Behind>> {
    let Some(me) = scope.actor.person() else { return Ok(HashMap::new()) };
    let found = moved_of(&scope.db(), (&[me], &sayings.resolutions()), Together::ForThem).await?;
    Ok(found.into_iter().map(|((id, _), behind)| (id, behind)).collect())
}

/// How the asker is called.
async fn own_name(scope: &Scope) -> Result<String> {
    let Some(me) = scope.actor.person() else { return Ok(String::new()) };
    Ok(query::person(&scope.db(), me).await?.map(|person| person.name).unwrap_or_default())
}

impl About {
    /// What everybody behind a resolved cause is told is personal for each, unless passages of it were
    /// made unreadable.
    fn personal(&self, row: &notification::Model, reference: &str) -> Option<String> {
        let decision = row.decision_id?;
        if self.decisions.get(&decision).is_some_and(|said| said.is_redacted) {
            return None;
        }
        let said = self.sayings.to(decision, (&self.name, &self.locale, reference));
        said.map(|(words, _)| words)
    }

    /// Recused since: nothing but that something was told. Unable to read: reference, phase and
    /// response, never the text.
    fn view(&self, row: notification::Model) -> View {
        let subject = row.submission_id.and_then(|id| self.submissions.get(&id));
        let recused = subject.is_none_or(|it| it.is_recused(row.person_id));
        let title = row.submission_id.and_then(|id| self.readable.get(&id)).cloned();
        // Only what the reader still has, and may still read, is among these.
        let item = row.item_id.and_then(|id| self.items.get(&id)).cloned();
        let offer = row.adoption_id.and_then(|id| self.offers.get(&id)).cloned();
        let decision = row.decision_id.and_then(|id| self.decisions.get(&id));
        let reference = subject.map(|it| it.reference.clone()).unwrap_or_default();
        let response = decision.and_then(|said| said.words.clone());
        let response = self.personal(&row, &reference).or(response);
        let comment = row.comment_id.and_then(|id| self.comments.get(&id)).cloned();
        let comment = comment.filter(|_| title.is_some());
        let announced = row.announcement_id.and_then(|id| self.announced.get(&id)).cloned();
        let also = row.decision_id.and_then(|id| self.sayings.made(id)).filter(|_| !recused);
        let also = also.and_then(|id| self.behind.get(&id)).zip(row.submission_id);
        let also = also.map(|(behind, own)| behind.but(own)).unwrap_or_default();
        let (headline, body) = announced.map(|it| (it.title, it.body)).unzip();
        View {
            reference,
            phase: decision.map(|said| said.phase).filter(|_| !recused),
            message: response.or(comment).filter(|_| !recused).or(item).or(offer).or(body),
            title: title.or(headline),
            also,
            row,
        }
    }
}

/// How many notifications the asker has not read.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for integrations.
pub async fn unread_count(scope: &Scope) -> Result<u64> {
    query::count_unread(&scope.db(), scope.actor.require_person()?).await
}

/// "I have seen these." Returns how many were news. Those of others are passed over in silence.
///
/// # Errors
/// UNAUTHENTICATED; REQUIRED at `ids` when nothing is named.
pub async fn mark_read(scope: &Scope, which: Option<Which>) -> Result<u64> {
    let person = scope.actor.require_person()?;
    let which = which.ok_or_else(|| {
        Refusal::new(
            Code::Required,
            "ids",
            "Name notifications by `ids`, or all up to an instant by `upTo`.",
        )
    })?;
    let tx = scope.begin().await?;
    let marked = query::mark_read(&tx, person, &which, scope.now).await?;
    tx.commit(marked).await
}

/// What became of mails, newest first; without what they say. For administrators and auditors.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN, BAD_REQUEST of the page.
pub async fn mails(
    scope: &Scope,
    state: Option<MailState>,
    (args, count): (&PageArgs, Count),
) -> Result<Page<mail::Model>> {
    if !scope.actor.holds(Role::Auditor) {
        scope.actor.require_role(Role::Admin)?;
    }
    let mut select = query::mails();
    if let Some(state) = state {
        select = select.filter(mail::Column::State.eq(state));
    }
    page(&scope.db(), select, &query::newest_mail(), args, count).await
}

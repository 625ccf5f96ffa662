//! Telling the people of units of an announcement: asked for when its fact is read, done by a job, some
//! people at a time, each in the transaction that says how far it is.

use std::collections::HashMap;

use entity::announcing::announcement;
use entity::announcing::values::AnnouncementState;
use entity::facts::fact;
use entity::id::{AnnouncementId, PersonId};
use entity::identity::person;
use entity::jobs::job;
use entity::notify::notification;
use entity::notify::values::NotificationKind;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};

use super::letter::{Form, Letter, Signature, Written, framed, is_plain_tag};
use super::links::{self, Sort};
use super::reader::why;
use super::rights;
use super::telling::{Loudness, Telling};
use super::templates::Announcement;
use super::words::Language;
use super::writing::{self, Choices};
use crate::announcing::{query, service};
use crate::jobs::queue::{self, NewJob, Priority};
use crate::jobs::roster::Verdict;
use crate::kit::actor::Actor;
use crate::kit::error::Result;
use crate::kit::scope::{Scope, Tx};

/// The kind of the jobs that tell people of an announcement; their subject is its id.
pub const TELL: &str = "announcement";
/// People told in one transaction.
const BATCH: u64 = 500;

/// That something was published.
#[derive(Clone, Copy, Debug)]
pub(super) struct Published {
    id: AnnouncementId,
    /// The number of the fact.
    pub(super) seq: i64,
}

impl Published {
    /// What a fact says of it; none for other facts.
    pub(super) fn of(fact: &fact::Model) -> Option<Self> {
        let said = fact.kind == service::PUBLISHED;
        said.then_some(Self { id: AnnouncementId(fact.subject_id), seq: fact.seq })
    }
}

/// What the job has to know.
#[derive(Debug, Deserialize, Serialize)]
struct Task {
    fact: i64,
}

/// Asks for the telling, in the transaction that moves the reader on.
pub(super) async fn ask(tx: &Tx, scope: &Scope, one: &Published) -> Result<()> {
    let job = NewJob::now(scope, TELL, one.id)
        .once(format!("{TELL} {}", one.id))
        .with_priority(Priority::Bulk)
        .about(&Task { fact: one.seq });
    queue::enqueue(tx, scope, job).await?;
    Ok(())
}

/// Goes on with the telling of an announcement until nobody is left.
pub async fn attempt(scope: &Scope, job: &job::Model) -> Verdict {
    let Ok(id) = job.subject.parse::<AnnouncementId>() else {
        return Verdict::give_up("The subject is no announcement.");
    };
    let task = serde_json::from_str::<Task>(&job.payload);
    let Ok(Task { fact }) = task else {
        return Verdict::give_up("The job does not say from which fact it comes.");
    };
    loop {
        match step(scope, (id, fact)).await {
            Ok(Left::More) => {}
            Ok(Left::Nobody) => return Verdict::Done,
            Err(error) => return Verdict::again(error.to_string()),
        }
    }
}

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    More,
    Nobody,
}

async fn step(scope: &Scope, (id, fact_seq): (AnnouncementId, i64)) -> Result<Left> {
    let db = scope.db();
    let Some(row) = query::any(&db, id).await? else { return Ok(Left::Nobody) };
    if !is_to_be_told(&row) {
        return Ok(Left::Nobody);
    }
    let people = query::next_people(&db, &row, BATCH).await?;
    let tellings: Vec<Telling> =
        people.iter().map(|person| telling(*person, (id, fact_seq))).collect();
    let chosen = Choices::of(scope, &tellings).await?;
    let tx = scope.begin().await?;
    let Some(now) = query::any_locked(&tx, id).await? else { return Ok(Left::Nobody) };
    if !is_to_be_told(&now) || now.told_up_to != row.told_up_to {
        // Withdrawn meanwhile, or somebody else goes on with it.
        return Ok(Left::More);
    }
    writing::write(&tx, scope, (&tellings, &chosen)).await?;
    let told = now.told.saturating_add(i32::try_from(people.len()).unwrap_or(i32::MAX));
    let last = people.last().copied();
    let is_over = (people.len() as u64) < BATCH;
    let progress =
        query::Told { told, up_to: last.or(now.told_up_to), at: is_over.then_some(scope.now) };
    query::set_told(&tx, id, progress).await?;
    tracing::info!(announcement = %id, told, "people were told of an announcement");
    tx.commit(if is_over { Left::Nobody } else { Left::More }).await
}

fn is_to_be_told(row: &announcement::Model) -> bool {
    row.state == AnnouncementState::Published && row.told_at.is_none()
}

fn telling(person: PersonId, (id, fact_seq): (AnnouncementId, i64)) -> Telling {
    Telling {
        fact_seq,
        person,
        submission: None,
        kind: NotificationKind::Announcement,
        loudness: Loudness::Mail,
        decision: None,
        comment: None,
        item: None,
        resolution: None,
        adoption: None,
        announcement: Some(id),
    }
}

/// What somebody is shown of an announcement.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// Its title.
    pub(super) title: String,
    /// Its words.
    pub(super) body: String,
    /// The language of both.
    pub(super) language: String,
}

/// Those announcements that somebody may be shown now, in the language that suits them: published ones.
/// Two statements, or none.
pub(super) async fn shown<C: ConnectionTrait>(
    conn: &C,
    actor: &Actor,
    ids: &[AnnouncementId],
) -> Result<HashMap<AnnouncementId, Shown>> {
    let rows = query::some(conn, actor, ids).await?;
    let rows = rows.iter().filter(|row| row.state == AnnouncementState::Published);
    let ids: Vec<AnnouncementId> = rows.map(|row| row.id).collect();
    let texts = query::texts_of(conn, &ids).await?;
    let said = texts.into_iter().filter_map(|(id, texts)| {
        let text = service::text_for(&texts, &actor.locale)?;
        let (title, body) = (text.title.clone(), text.body.clone());
        Some((id, Shown { title, body, language: text.language.clone() }))
    });
    Ok(said.collect())
}

/// Writes the mail of an announcement. Once it was withdrawn, or does not go to the unit of its reader
/// any more, there is none.
pub(super) async fn letter(
    scope: &Scope,
    note: &notification::Model,
    person: &person::Model,
) -> Result<Letter> {
    let Some(actor) = rights::actor_of(scope, person.id).await? else {
        return Ok(Letter::None(why::DEACTIVATED));
    };
    let Some(id) = note.announcement_id else { return Ok(Letter::None(why::GONE)) };
    let said = shown(&scope.db(), &actor, &[id]).await?.remove(&id);
    let Some(said) = said else { return Ok(Letter::None(why::GONE)) };
    let signature = Signature { person, language: Language::best(&person.locale) };
    let link = links::announcement(&scope.house.config.public_url, id);
    let mail = Announcement { title: &said.title, body: &said.body, link: &link };
    let (rendered, unsubscribe) = framed(scope, (Sort::Of(note.kind), &signature), &mail).await?;
    Ok(Letter::Written(Written {
        rendered,
        language: signature.language,
        quoted: Some(said.language).filter(|tag| is_plain_tag(tag)),
        thread: None,
        unsubscribe: Some(unsubscribe),
        form: Form::Full,
    }))
}

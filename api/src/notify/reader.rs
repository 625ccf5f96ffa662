//! Reads the log of facts and tells people: notifications, and the mails that go with them.
//!
//! The cursor stands in the database and moves in the transaction that writes what was told, under
//! a row lock. So every fact is told once, whatever crashes, and however many processes read.

use std::collections::HashSet;

use entity::facts::fact;
use entity::facts::values::{ActorKind, FactAudience};
use entity::id::{CommentId, DecisionId, PersonId, ReportId, SubmissionId};
use entity::instant::Day;
use entity::notify::values::NotificationKind;
use entity::submissions::phase::Letter;
use entity::submissions::submission;
use entity::submissions::values::{Audience, CommentVisibility};
use entity::workflow::decision;
use serde::Deserialize;

use super::ahead::{self, Ahead};
use super::announcing::Published;
use super::telling::{self, Loudness, Telling};
use super::writing::{self, Choices};
use super::{announcing, offering, query, reminding, resolving, rights, second_look};
use crate::kit::error::Result;
use crate::kit::fact::FactReader;
use crate::kit::scope::Scope;
use crate::workflow::reports::query as reports;

/// The name of the cursor.
pub const READER: &str = "telling";
/// Facts read at once.
const BATCH: u64 = 200;
/// Facts that told nobody anything before the cursor is moved for them alone. A restart reads them
/// again, which costs a moment; moving the cursor for each would cost a write for every change.
const UNSAVED: usize = 1_000;

/// Why no mail goes out although there is something to tell. The words stand in the mail log.
pub mod why {
    /// The person has no address.
    pub const NO_ADDRESS: &str = "The person has no e-mail address; the app tells.";
    /// The person left.
    pub const DEACTIVATED: &str = "The person is deactivated.";
    /// The address is dead.
    pub const BOUNCED: &str = "The address refused mail for good; change it to try again.";
    /// The person does not want it.
    pub const NOT_WANTED: &str = "The person chose to get no mails of this sort.";
    /// The person lost the right.
    pub const MAY_NOT_READ: &str = "The person may not read it any more.";
    /// A code that opens nothing any more.
    pub const SPENT: &str = "The code was used or is over.";
    /// A list on which nothing is left.
    pub const ANSWERED: &str = "Everything on the list was answered meanwhile.";
    /// What it says has changed.
    pub const REDACTED: &str = "Words were taken out of it; it is made anew.";
    /// A digest of which nothing is left.
    pub const NOTHING_LEFT: &str = "Nothing in it is so any more, or may still be told.";
    /// What it told of is gone.
    pub const GONE: &str = "What it told of is not there any more.";
}

/// The details of a fact, as far as telling needs them: ids alone.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Details {
    decision: Option<DecisionId>,
    comment: Option<CommentId>,
}

/// The details of a fact that gave a submission to somebody.
#[derive(Debug, Deserialize)]
struct Given {
    assignee: Option<PersonId>,
}

/// The details of a fact that made a daily list.
#[derive(Debug, Deserialize)]
struct Listed {
    day: String,
}

/// The reader, with its place in the log.
#[derive(Debug, Default)]
pub struct Teller {
    reader: Option<FactReader>,
    unsaved: usize,
}

impl Teller {
    /// A reader that will start at the durable cursor.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells of the next facts. Returns whether there may be more to do right now.
    ///
    /// # Errors
    /// A fault of the database; then the same facts are read again.
    pub async fn catch_up(&mut self, scope: &Scope) -> Result<bool> {
        let mut reader = match self.reader.take() {
            Some(reader) => reader,
            None => FactReader::after(query::cursor(&scope.db(), READER).await?),
        };
        let facts = reader.next(&scope.db(), BATCH).await?;
        if facts.is_empty() {
            let busy = reader.waits_for_gap();
            self.reader = Some(reader);
            return Ok(busy);
        }
        let tellings = tellings_of_all(scope, &facts).await?;
        let published: Vec<Published> = facts.iter().filter_map(Published::of).collect();
        self.unsaved += facts.len();
        if !tellings.is_empty() || !published.is_empty() || self.unsaved >= UNSAVED {
            tell(scope, (tellings, published), reader.position()).await?;
            self.unsaved = 0;
        }
        // Only now: a fault before this line starts again at the durable cursor.
        self.reader = Some(reader);
        Ok(true)
    }
}

/// Moves the durable cursor to the end of the log without telling anybody: for data that was loaded
/// and not lived through (a demo, an import of history).
///
/// # Errors
/// A fault of the database.
pub async fn skip_to_end(scope: &Scope) -> Result<()> {
    let head = crate::kit::fact::head(&scope.db()).await?;
    let tx = scope.begin().await?;
    query::locked_cursor(&tx, READER, scope.now).await?;
    query::move_cursor(&tx, READER, head, scope.now).await?;
    tx.commit(()).await
}

/// Writes what is to be told and moves the cursor, in one transaction.
async fn tell(
    scope: &Scope,
    (tellings, published): (Vec<Telling>, Vec<Published>),
    position: i64,
) -> Result<()> {
    let chosen = Choices::of(scope, &tellings).await?;
    let tx = scope.begin().await?;
    let done = query::locked_cursor(&tx, READER, scope.now).await?;
    if done < position {
        // Another process may have told of the first of them.
        let fresh: Vec<Telling> = tellings.into_iter().filter(|it| it.fact_seq > done).collect();
        let fresh = resolving::once(&tx, fresh).await?;
        writing::write(&tx, scope, (&fresh, &chosen)).await?;
        for one in published.iter().filter(|it| it.seq > done) {
            announcing::ask(&tx, scope, one).await?;
        }
        query::move_cursor(&tx, READER, position, scope.now).await?;
    }
    tx.commit(()).await
}

/// Who is to be told what because of facts, and was not told before.
async fn tellings_of_all(scope: &Scope, facts: &[fact::Model]) -> Result<Vec<Telling>> {
    let announced = facts.iter().filter(|fact| fact.kind == ahead::ANNOUNCED);
    let announced: Vec<(SubmissionId, DecisionId)> = announced
        .filter_map(|fact| Some((SubmissionId(fact.subject_id), details_of(fact).decision?)))
        .collect();
    let ahead = Ahead::of(scope, &announced).await?;
    let mut tellings = Vec::new();
    for fact in facts {
        tellings.extend(tellings_of(scope, fact, &ahead).await?);
    }
    let tellings = resolving::own_before_followed(scope, tellings).await?;
    let mut about: Vec<i64> = tellings.iter().map(|telling| telling.fact_seq).collect();
    about.dedup();
    let already = query::told_of(&scope.db(), &about).await?;
    let is_new = |it: &Telling| !already.contains(&(it.fact_seq, it.person));
    Ok(tellings.into_iter().filter(is_new).collect())
}

fn details_of(fact: &fact::Model) -> Details {
    serde_json::from_str(&fact.data).unwrap_or_else(|error| {
        tracing::error!(seq = fact.seq, kind = fact.kind, %error, "a fact cannot be read");
        Details::default()
    })
}

/// Who is to be told what because of one fact.
async fn tellings_of(scope: &Scope, fact: &fact::Model, ahead: &Ahead) -> Result<Vec<Telling>> {
    if fact.kind == "escalation.listed" {
        return escalated(scope, fact).await;
    }
    let elsewhere = ["comment.added", reminding::REMINDED];
    if fact.subject_kind != "submission" && !elsewhere.contains(&fact.kind.as_str()) {
        return Ok(Vec::new());
    }
    let details = details_of(fact);
    Ok(match fact.kind.as_str() {
        ahead::ANNOUNCED => announced(scope, fact, (&details, ahead)).await?,
        "comment.added" => commented(scope, fact, &details).await?,
        "submission.sent" => sent_for(scope, fact).await?,
        "submission.assigned" => assigned(scope, fact).await?,
        "question.answered" => answered(scope, fact, &details).await?,
        "promise.passed" => promise_passed(scope, fact).await?,
        "twin.answered" | "twin.second_look_asked" | "twin.not_fixed" => {
            twin_spoke(scope, fact, &details).await?
        }
        reminding::REMINDED => reminding::tellings_of(scope, fact).await?,
        offering::OFFERED => offering::offered(scope, fact).await?,
        kind if offering::ANSWERED.contains(&kind) => offering::answered(scope, fact).await?,
        "comment.mentioned" => mentioned(scope, fact, &details).await?,
        "submission.split" => for_author(scope, fact, NotificationKind::Split).await?,
        "submission.redacted" => for_author(scope, fact, NotificationKind::Redacted).await?,
        "submission.second_look_asked" => second_look::tellings_of(scope, fact).await?,
        "sustain.asked" => for_author(scope, fact, NotificationKind::StillFixed)
            .await?
            .into_iter()
            .map(|it| Telling { loudness: Loudness::Mail, ..it })
            .collect(),
        "submission.reported" => reported(scope, fact).await?,
        _ => Vec::new(),
    })
}

async fn subject(scope: &Scope, fact: &fact::Model) -> Result<Option<submission::Model>> {
    query::submission(&scope.db(), SubmissionId(fact.subject_id)).await
}

fn telling(fact: &fact::Model, submission: &submission::Model, to: Told) -> Telling {
    Telling {
        fact_seq: fact.seq,
        person: to.person,
        submission: Some(submission.id),
        kind: to.kind,
        loudness: to.loudness,
        decision: None,
        comment: None,
        item: None,
        resolution: None,
        adoption: None,
        announcement: None,
    }
}

/// One person and what they are told.
struct Told {
    person: PersonId,
    kind: NotificationKind,
    loudness: Loudness,
}

/// A decision was announced: the author always hears, followers hear of answers. What becomes of
/// the canonical one is told to the people of its twins too, each person once: about what they sent
/// themselves before what they follow.
async fn announced(
    scope: &Scope,
    fact: &fact::Model,
    (details, ahead): (&Details, &Ahead),
) -> Result<Vec<Telling>> {
    let Some(submission) = ahead.submission(fact) else { return Ok(Vec::new()) };
    let Some(id) = details.decision else { return Ok(Vec::new()) };
    let Some(decision) = ahead.decision(id) else { return Ok(Vec::new()) };
    let resolution = ahead.resolution(id);
    let twins = ahead.twins(submission.id, fact.at);
    let group: Vec<&submission::Model> = std::iter::once(submission).chain(twins).collect();
    let mut told: Vec<(&submission::Model, Told)> = Vec::new();
    for member in &group {
        told.extend(to_its_author(submission, member, decision).map(|to| (*member, to)));
    }
    for member in &group {
        let of = (submission, *member, ahead.followers(member.id));
        let followers = to_its_followers(scope, of, decision).await?;
        told.extend(followers.into_iter().map(|to| (*member, to)));
    }
    let mut known = HashSet::new();
    told.retain(|(_, to)| known.insert(to.person));
    let telling =
        |(about, to)| Telling { decision: Some(id), resolution, ..telling(fact, about, to) };
    Ok(told.into_iter().map(telling).collect())
}

/// What the author of a member of the group is told of a decision about `canonical`. The step of
/// another author is news to the author of a twin.
fn to_its_author(
    canonical: &submission::Model,
    member: &submission::Model,
    decision: &decision::Model,
) -> Option<Told> {
    let person = member.author_id.filter(|author| !telling::is_recused(canonical, *author))?;
    let by = match decision.letter {
        Letter::Author if member.id != canonical.id => Letter::Scheduler,
        // "It still works", says the author: that is no news to them.
        Letter::Scheduler if decision.decider_id == Some(person) => Letter::Author,
        letter => letter,
    };
    let (kind, loudness) = telling::to_author(decision.to_phase, by)?;
    Some(Told { person, kind, loudness })
}

async fn to_its_followers(
    scope: &Scope,
    (canonical, member, followers): (&submission::Model, &submission::Model, &[PersonId]),
    decision: &decision::Model,
) -> Result<Vec<Told>> {
    let Some((kind, loudness)) = telling::to_follower(decision.to_phase) else {
        return Ok(Vec::new());
    };
    let mut told = Vec::new();
    for person in followers.iter().copied() {
        let decided = decision.decider_id == Some(person);
        let theirs = member.author_id == Some(person) || canonical.author_id == Some(person);
        if decided || theirs || telling::is_recused(canonical, person) {
            continue;
        }
        if may_hear(scope, member, person).await? {
            told.push(Told { person, kind, loudness });
        }
    }
    Ok(told)
}

/// Whether a follower may hear of a submission at all: the person concerned never, and of what is
/// for the CX team only, or hidden, nobody who may not read it.
async fn may_hear(scope: &Scope, submission: &submission::Model, person: PersonId) -> Result<bool> {
    if telling::is_recused(submission, person) {
        return Ok(false);
    }
    if submission.audience != Audience::CxTeamOnly && submission.hidden_at.is_none() {
        return Ok(true);
    }
    rights::may_read(scope, person, submission.id).await
}

/// Somebody wrote a public comment: the author hears.
async fn commented(scope: &Scope, fact: &fact::Model, details: &Details) -> Result<Vec<Telling>> {
    let id =
        details.comment.or((fact.subject_kind == "comment").then_some(CommentId(fact.subject_id)));
    let Some(id) = id else { return Ok(Vec::new()) };
    let Some(comment) = query::comment(&scope.db(), id).await? else { return Ok(Vec::new()) };
    let Some(submission) = query::submission(&scope.db(), comment.submission_id).await? else {
        return Ok(Vec::new());
    };
    let is_public =
        comment.visibility == CommentVisibility::Public && fact.audience == FactAudience::Readers;
    let author = submission.author_id.filter(|author| comment.author_id != Some(*author));
    let (true, Some(person)) = (is_public, author) else { return Ok(Vec::new()) };
    let to = Told { person, kind: NotificationKind::OwnComment, loudness: Loudness::Mail };
    Ok(vec![Telling { comment: Some(id), ..telling(fact, &submission, to) }])
}

/// Somebody gave a submission to somebody else.
async fn assigned(scope: &Scope, fact: &fact::Model) -> Result<Vec<Telling>> {
    let Some(submission) = subject(scope, fact).await? else { return Ok(Vec::new()) };
    let given = serde_json::from_str::<Given>(&fact.data).ok();
    let to = given.and_then(|given| given.assignee).filter(|to| Some(to.0) != fact.actor_id);
    quietly(scope, (fact, &submission), to, NotificationKind::Assigned).await
}

/// The author answered: whoever is at work on it hears, or else whoever asked.
async fn answered(scope: &Scope, fact: &fact::Model, details: &Details) -> Result<Vec<Telling>> {
    let Some(submission) = subject(scope, fact).await? else { return Ok(Vec::new()) };
    let to = match submission.assignee_id {
        Some(person) => Some(person),
        None => query::last_asker(&scope.db(), submission.id).await?,
    };
    let told = quietly(scope, (fact, &submission), to, NotificationKind::Answered).await?;
    Ok(told.into_iter().map(|it| Telling { comment: details.comment, ..it }).collect())
}

/// The daily list of one person, in one mail; none when nothing on it is theirs to see.
async fn escalated(scope: &Scope, fact: &fact::Model) -> Result<Vec<Telling>> {
    let person = PersonId(fact.subject_id);
    let Some(listed) = waiting(scope, fact, person).await? else { return Ok(Vec::new()) };
    Ok(listed
        .first()
        .map(|line| Telling {
            fact_seq: fact.seq,
            person,
            submission: Some(line.id),
            kind: NotificationKind::Escalated,
            loudness: Loudness::Mail,
            decision: None,
            comment: None,
            item: None,
            resolution: None,
            adoption: None,
            announcement: None,
        })
        .into_iter()
        .collect())
}

/// What is left of the list that a fact tells of; none when the person left.
pub(super) async fn waiting(
    scope: &Scope,
    fact: &fact::Model,
    person: PersonId,
) -> Result<Option<Vec<query::Waiting>>> {
    let listed = serde_json::from_str::<Listed>(&fact.data).ok();
    let Some(day) = listed.and_then(|listed| listed.day.parse::<Day>().ok()) else {
        return Ok(None);
    };
    let Some(actor) = rights::actor_of(scope, person).await? else { return Ok(None) };
    Ok(Some(query::waiting(&scope.db(), &actor, (day, scope.now)).await?))
}

/// A promised date has passed: whoever is to see to it is reminded, or else whoever is at work on it.
async fn promise_passed(scope: &Scope, fact: &fact::Model) -> Result<Vec<Telling>> {
    let Some(submission) = subject(scope, fact).await? else { return Ok(Vec::new()) };
    let kind = NotificationKind::PromisePassed;
    let mut told = quietly(scope, (fact, &submission), submission.owner_id, kind).await?;
    // An owner who left, or may not read it any more, does not keep the assignee from hearing.
    if told.is_empty() {
        told = quietly(scope, (fact, &submission), submission.assignee_id, kind).await?;
    }
    Ok(told.into_iter().map(|it| Telling { loudness: Loudness::Mail, ..it }).collect())
}

/// The author of a twin said something: whoever is at work on the canonical one hears, or else
/// whoever decided last.
async fn twin_spoke(scope: &Scope, fact: &fact::Model, details: &Details) -> Result<Vec<Telling>> {
    let Some(submission) = subject(scope, fact).await? else { return Ok(Vec::new()) };
    let to = match submission.assignee_id {
        Some(person) => Some(person),
        None => query::last_decider(&scope.db(), submission.id).await?,
    };
    let told = quietly(scope, (fact, &submission), to, NotificationKind::Answered).await?;
    Ok(told.into_iter().map(|it| Telling { comment: details.comment, ..it }).collect())
}

/// The people of a fact that mentioned somebody.
#[derive(Debug, Deserialize)]
struct Mentioned {
    people: Vec<PersonId>,
}

/// Somebody was mentioned: who may read the comment hears, once. The author of the submission hears
/// of every public comment anyway.
async fn mentioned(scope: &Scope, fact: &fact::Model, details: &Details) -> Result<Vec<Telling>> {
    let Some(submission) = subject(scope, fact).await? else { return Ok(Vec::new()) };
    let Some(id) = details.comment else { return Ok(Vec::new()) };
    let Some(comment) = query::comment(&scope.db(), id).await? else { return Ok(Vec::new()) };
    let is_public = comment.visibility == CommentVisibility::Public;
    let named = serde_json::from_str::<Mentioned>(&fact.data).map_or(Vec::new(), |it| it.people);
    let mut told = Vec::new();
    for person in named {
        let heard_already =
            is_public && submission.author_id == Some(person) && comment.author_id != Some(person);
        if !heard_already && rights::may_hear_comment(scope, person, &comment).await? {
            let to = Told { person, kind: NotificationKind::Mention, loudness: Loudness::Mail };
            told.push(Telling { comment: Some(id), ..telling(fact, &submission, to) });
        }
    }
    Ok(told)
}

/// Something was done to the words of a submission: its author hears, in the app alone, unless it
/// was the author.
async fn for_author(
    scope: &Scope,
    fact: &fact::Model,
    kind: NotificationKind,
) -> Result<Vec<Telling>> {
    let Some(submission) = subject(scope, fact).await? else { return Ok(Vec::new()) };
    let author = submission.author_id.filter(|author| Some(author.0) != fact.actor_id);
    let to = author.map(|person| Told { person, kind, loudness: Loudness::Quiet });
    Ok(to.map(|to| telling(fact, &submission, to)).into_iter().collect())
}

/// An integration sent something in somebody's name: they hear, by mail too, and can take it back.
async fn sent_for(scope: &Scope, fact: &fact::Model) -> Result<Vec<Telling>> {
    if fact.actor_kind != ActorKind::Service {
        return Ok(Vec::new());
    }
    let told = for_author(scope, fact, NotificationKind::ReceivedForYou).await?;
    Ok(told.into_iter().map(|it| Telling { loudness: Loudness::Mail, ..it }).collect())
}

/// The details of a fact that something was reported.
#[derive(Debug, Deserialize)]
struct ReportedData {
    report: ReportId,
}

/// Somebody reported something: the moderators over its unit hear, in the app alone, and not again
/// while an earlier report about the same submission waits.
async fn reported(scope: &Scope, fact: &fact::Model) -> Result<Vec<Telling>> {
    let Some(submission) = subject(scope, fact).await? else { return Ok(Vec::new()) };
    let Ok(ReportedData { report }) = serde_json::from_str(&fact.data) else {
        return Ok(Vec::new());
    };
    let db = scope.db();
    let Some(report) = reports::one(&db, report).await? else { return Ok(Vec::new()) };
    if report.resolution.is_some() || reports::others_wait(&db, &report).await? {
        return Ok(Vec::new());
    }
    let mut told = Vec::new();
    for person in query::moderators(&db, submission.unit_id).await? {
        let known = [Some(report.reporter_id), submission.author_id].contains(&Some(person));
        if !known {
            let to = Some(person);
            let kind = NotificationKind::Reported;
            told.extend(quietly(scope, (fact, &submission), to, kind).await?);
        }
    }
    Ok(told)
}

async fn quietly(
    scope: &Scope,
    (fact, submission): (&fact::Model, &submission::Model),
    to: Option<PersonId>,
    kind: NotificationKind,
) -> Result<Vec<Telling>> {
    let Some(person) = to else { return Ok(Vec::new()) };
    if !rights::may_read(scope, person, submission.id).await? {
        return Ok(Vec::new());
    }
    let to = Told { person, kind, loudness: Loudness::Quiet };
    Ok(vec![telling(fact, submission, to)])
}

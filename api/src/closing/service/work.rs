//! The background part of resolving: a fixed number of submissions at a time, each time in one
//! transaction that also says how far it is. Whoever dies in between is followed by somebody who goes
//! on where the last transaction ended.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use entity::closing::fate::{self, Stays};
use entity::closing::values::{ItemState, ResolutionState};
use entity::closing::words::{ClosingText, DEFAULTS, Personal};
use entity::closing::{item, resolution};
use entity::id::{CauseId, DecisionId, PersonId, ResolutionId, SubmissionId};
use entity::identity::person;
use entity::instant::Instant;
use entity::jobs::job;
use entity::jobs::period::Period;
use entity::jobs::values::TimedKind;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::triage::progress;
use entity::workflow::reply_fields::best_language;

use super::TELL;
use super::plan::Asked;
use crate::closing::query::{self, Found, Roots};
use crate::identity;
use crate::jobs::queue::{self, NewJob};
use crate::jobs::roster::Verdict;
use crate::jobs::timed::{self, Claim, Work};
use crate::kit::actor::AuthorNames;
use crate::kit::error::{Fault, Result, once_more};
use crate::kit::scope::{House, Scope, Tx};
use crate::triage;
use crate::workflow::resolving::{self, By, Close};

/// Submissions in one transaction.
const BATCH: u64 = 25;

/// Goes on with a resolving until nothing is left of it.
pub async fn attempt(scope: &Scope, job: &job::Model) -> Verdict {
    let Ok(id) = job.subject.parse::<ResolutionId>() else {
        return Verdict::give_up("The subject is no resolving of a cause.");
    };
    loop {
        match once_more(|| step(&scope.house, id)).await {
            Ok(Left::More) => {}
            Ok(Left::Nothing) => return Verdict::Done,
            Err(error) => return Verdict::again(error.to_string()),
        }
    }
}

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    More,
    Nothing,
}

async fn step(house: &Arc<House>, id: ResolutionId) -> Result<Left> {
    let system = Scope::system(house.clone());
    let Some(row) = query::resolution(&system.db(), id).await? else { return Ok(Left::Nothing) };
    match row.state {
        ResolutionState::Closing => close_some(&acting(&system, &row).await?, id).await,
        ResolutionState::Undoing => open_some(&system, id).await,
        ResolutionState::Decided | ResolutionState::Undone => Ok(Left::Nothing),
    }
}

/// Whoever resolved, with their rights as they are now; the system, if they have left.
async fn acting(system: &Scope, row: &resolution::Model) -> Result<Scope> {
    let actor = match row.resolved_by {
        Some(person) => identity::query::actor_of(&system.db(), person).await?,
        None => None,
    };
    Ok(actor.map_or_else(|| system.clone(), |actor| system.acting_as(actor)))
}

async fn close_some(scope: &Scope, id: ResolutionId) -> Result<Left> {
    let mut tx = scope.begin().await?;
    let Some(row) = query::locked(&tx, id).await? else { return Ok(Left::Nothing) };
    if row.state != ResolutionState::Closing {
        return Ok(Left::More);
    }
    let items = query::next_items(&tx, id, (ItemState::Waiting, BATCH)).await?;
    if items.is_empty() {
        return finish(tx, scope, row).await;
    }
    let ids: Vec<SubmissionId> = items.iter().map(|item| item.submission_id).collect();
    resolving::lock(&tx, &ids).await?;
    let causes: Vec<CauseId> =
        query::causes_of(&tx, id).await?.into_iter().map(|it| it.cause_id).collect();
    let found = query::behind(&tx, Roots::These(&ids)).await?;
    let found: HashMap<SubmissionId, Found> = found.into_iter().map(|it| (it.row.id, it)).collect();
    let saying = Saying::of(&tx, &row, found.values().map(|it| &it.row)).await?;
    let redacted = query::redacted_since(&tx, (&ids, row.created_at)).await?;
    let none = HashSet::new();
    let asked = Asked { causes: &causes, ideas: row.ideas, held_back: &none };
    let (mut now, mut closes) = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        let at = redacted.get(&item.submission_id).copied();
        match judge(found.get(&item.submission_id), (&asked, &saying, at)) {
            Ok(close) => {
                closes.push(close);
                // Unless it turns out to have been done.
                now.push(stays(item, Stays::NoRight));
            }
            Err(why) => now.push(stays(item, why)),
        }
    }
    let decided = resolving::close_within(&mut tx, scope, closes).await?;
    let decided: HashMap<SubmissionId, DecisionId> =
        decided.into_iter().map(|it| (it.submission.id, it.decision.id)).collect();
    for item in &mut now {
        if let Some(decision) = decided.get(&item.submission_id) {
            item.state = ItemState::Moved;
            item.why = None;
            item.decision_id = Some(*decision);
        }
    }
    query::set_items(&tx, &now).await?;
    let done = row.done + number(now.len());
    let moved = row.moved + number(decided.len());
    query::store(&tx, &resolution::Model { done, moved, ..row }).await?;
    tx.commit(Left::More).await
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn stays(item: item::Model, why: Stays) -> item::Model {
    item::Model { state: ItemState::Stayed, why: Some(why), ..item }
}

/// Judges one submission again, by what is so now: how it is closed, if it is still done by this. Where
/// passages were taken out of it since it was resolved, the words to everybody may have had them, and
/// which they were nobody knows any more: then the product's own words stand in their place.
fn judge(
    found: Option<&Found>,
    (asked, saying, redacted_at): (&Asked<'_>, &Saying, Option<Instant>),
) -> Result<Close, Stays> {
    let found = found.ok_or(Stays::Closed)?;
    if found.row.canonical_id.is_some() {
        return Err(Stays::Joined);
    }
    fate::judge(&asked.behind(found))?;
    let by = match found.row.kind {
        Kind::Observation => By::Cause,
        Kind::Idea => By::Resolver,
    };
    let texts = if redacted_at.is_some() { &saying.own } else { &saying.texts };
    let (text, language) = saying.to_author(&found.row, texts);
    Ok(Close { id: found.row.id, by, text, language, redacted_at })
}

/// All is decided: from here on the hold runs.
async fn finish(tx: Tx, scope: &Scope, row: resolution::Model) -> Result<Left> {
    let release_at = resolving::release_time(&tx, scope.now, row.announce).await?;
    resolving::hold_until(&tx, query::decisions_of(row.id), release_at).await?;
    let row = resolution::Model {
        state: ResolutionState::Decided,
        finished_at: Some(scope.now),
        release_at,
        ..row
    };
    query::store(&tx, &row).await?;
    tell_at(&tx, scope, (row.id, release_at)).await?;
    tx.commit(Left::Nothing).await
}

/// Asks for its causes to be told as resolved when the hold is over; nothing for "later".
pub(super) async fn tell_at(
    tx: &Tx,
    scope: &Scope,
    (id, at): (ResolutionId, Option<Instant>),
) -> Result<()> {
    if let Some(at) = at {
        queue::enqueue(tx, scope, NewJob::now(scope, TELL, id).at(at)).await?;
    }
    Ok(())
}

/// Tells whoever reads its causes that they are resolved, once, when that may be known.
pub async fn tell(scope: &Scope, job: &job::Model) -> Verdict {
    let Ok(id) = job.subject.parse::<ResolutionId>() else {
        return Verdict::give_up("The subject is no resolving of a cause.");
    };
    match once_more(|| tell_now(&scope.house, id)).await {
        Ok(Told::Now) => Verdict::Done,
        Ok(Told::Later) => Verdict::again("The hold is not over yet."),
        Err(error) => Verdict::again(error.to_string()),
    }
}

/// Whether there is nothing left to tell.
enum Told {
    Now,
    /// The clock was put back since the job was taken.
    Later,
}

async fn tell_now(house: &Arc<House>, id: ResolutionId) -> Result<Told> {
    let scope = Scope::system(house.clone());
    let mut tx = scope.begin().await?;
    let Some(row) = query::locked(&tx, id).await? else { return Ok(Told::Now) };
    let decided = row.state == ResolutionState::Decided;
    if decided && row.release_at.is_some_and(|at| at > scope.now) {
        return Ok(Told::Later);
    }
    let told = decided && !query::is_untold(&row, scope.now);
    // Announcing it by hand wants the same as the hold that is over: the first one does it.
    let work = Work { kind: TimedKind::Release, subject: id.0, period: Period::Once };
    if !told || timed::claim(&tx, work, scope.now).await? == Claim::Taken {
        return Ok(Told::Now);
    }
    let of = query::causes_of(&tx, id).await?;
    let ids: Vec<CauseId> = of.into_iter().map(|it| it.cause_id).collect();
    triage::causes::service::tell_resolved(&mut tx, &scope, &ids).await?;
    tx.commit(Told::Now).await
}

async fn open_some(scope: &Scope, id: ResolutionId) -> Result<Left> {
    let mut tx = scope.begin().await?;
    let Some(row) = query::locked(&tx, id).await? else { return Ok(Left::Nothing) };
    if row.state != ResolutionState::Undoing {
        return Ok(Left::More);
    }
    let items = query::next_items(&tx, id, (ItemState::Moved, BATCH)).await?;
    if items.is_empty() {
        let crossing = crossing(&tx, id).await?;
        if !crossing.is_empty() {
            return give_back(tx, scope, crossing).await;
        }
        let row = resolution::Model { state: ResolutionState::Undone, ..row };
        query::store(&tx, &row).await?;
        return tx.commit(Left::Nothing).await;
    }
    take_back(&mut tx, scope, &items).await?;
    let done = row.done + number(items.len());
    let returned = |item| item::Model { state: ItemState::Returned, ..item };
    let items: Vec<item::Model> = items.into_iter().map(returned).collect();
    query::set_items(&tx, &items).await?;
    query::store(&tx, &resolution::Model { done, ..row }).await?;
    tx.commit(Left::More).await
}

/// Takes the decisions of items back, so far as nobody was told and nothing else was decided since.
async fn take_back(tx: &mut Tx, scope: &Scope, items: &[item::Model]) -> Result<()> {
    let ids: Vec<SubmissionId> = items.iter().map(|item| item.submission_id).collect();
    let rows = resolving::lock(tx, &ids).await?;
    let mut rows: HashMap<SubmissionId, submission::Model> =
        rows.into_iter().map(|row| (row.id, row)).collect();
    let of = |item: &item::Model| Some((rows.remove(&item.submission_id)?, item.decision_id?));
    let some = items.iter().filter_map(of).collect();
    resolving::take_back_within(tx, scope, some).await
}

/// What another resolving has decided because this one had resolved a cause of it, and nobody was told
/// of: observations that have a live cause again which is not RESOLVED. Some of them.
async fn crossing(tx: &Tx, id: ResolutionId) -> Result<Vec<item::Model>> {
    let causes: Vec<CauseId> =
        query::causes_of(tx, id).await?.into_iter().map(|it| it.cause_id).collect();
    let mut held = query::held_by_others(tx, (id, &causes)).await?;
    let ids: Vec<SubmissionId> = held.iter().map(|item| item.submission_id).collect();
    let found = query::behind(tx, Roots::These(&ids)).await?;
    let keeps: HashSet<SubmissionId> =
        found.iter().filter(|it| !is_done_with(it)).map(|it| it.row.id).collect();
    held.retain(|item| keeps.contains(&item.submission_id));
    held.truncate(usize::try_from(BATCH).unwrap_or(usize::MAX));
    Ok(held)
}

/// Whether the causes of a submission say that it is done; ideas do not go by their causes.
fn is_done_with(found: &Found) -> bool {
    let causes = found.causes.iter().map(|(_, status)| *status);
    found.row.kind == Kind::Idea || progress::decided_by(causes) == Some(Phase::Implemented)
}

async fn give_back(mut tx: Tx, scope: &Scope, items: Vec<item::Model>) -> Result<Left> {
    take_back(&mut tx, scope, &items).await?;
    let mut of: BTreeMap<ResolutionId, i32> = BTreeMap::new();
    for item in &items {
        *of.entry(item.resolution_id).or_default() += 1;
    }
    let stay = |item| item::Model { decision_id: None, ..stays(item, Stays::OtherCause) };
    let items: Vec<item::Model> = items.into_iter().map(stay).collect();
    query::set_items(&tx, &items).await?;
    for (id, count) in of {
        query::fewer_moved(&tx, id, count).await?;
    }
    tx.commit(Left::More).await
}

/// The words of a resolving, read once for a whole batch.
struct Saying {
    texts: Vec<(String, ClosingText)>,
    /// What the product says by itself.
    own: Vec<(String, ClosingText)>,
    cause: String,
    people: HashMap<PersonId, person::Model>,
    names: AuthorNames,
}

impl Saying {
    async fn of<'a>(
        tx: &Tx,
        row: &resolution::Model,
        about: impl Iterator<Item = &'a submission::Model>,
    ) -> Result<Self> {
        let texts = query::texts_of(tx, &[row.id]).await?;
        let read = |body: &str| {
            ClosingText::read(body).map_err(|error| Fault::internal(format!("{}: {error}", row.id)))
        };
        let texts: Result<Vec<_>, Fault> =
            texts.into_iter().map(|text| Ok((text.language, read(&text.body)?))).collect();
        let own: Result<Vec<_>, Fault> =
            DEFAULTS.iter().map(|(tag, text)| Ok(((*tag).to_owned(), read(text)?))).collect();
        let authors: Vec<PersonId> = about.filter_map(|it| it.author_id).collect();
        let cause = query::some_causes(tx, &[row.cause_id]).await?.remove(&row.cause_id);
        Ok(Self {
            texts: texts?,
            own: own?,
            cause: cause.map(|cause| cause.name).unwrap_or_default(),
            people: query::people(tx, &authors).await?,
            names: identity::query::rules(tx).await?.author_names,
        })
    }

    /// The words to the author of a submission, as all its readers see them, and their language.
    fn to_author(
        &self,
        row: &submission::Model,
        texts: &[(String, ClosingText)],
    ) -> (String, String) {
        let author = row.author_id.and_then(|id| self.people.get(&id));
        let locale = author.map(|it| it.locale.as_str()).unwrap_or_default();
        let tags: Vec<String> = texts.iter().map(|(tag, _)| tag.clone()).collect();
        let language = best_language(&tags, locale).unwrap_or_default();
        let shown = author.filter(|_| self.names == AuthorNames::Readers);
        let personal = Personal {
            name: shown.map(|it| it.name.as_str()),
            reference: &row.reference,
            cause: &self.cause,
            language,
        };
        let text = texts.iter().find(|(tag, _)| tag == language);
        let words = text.map(|(_, text)| text.fill(&personal)).unwrap_or_default();
        (words, language.to_owned())
    }
}

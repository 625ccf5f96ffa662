//! Resolving a cause: who will hear, the verb itself, taking it back, telling it now.

use std::collections::{BTreeMap, HashSet};

use entity::closing::fate::Stays;
use entity::closing::values::{IdeasToo, ItemState, ResolutionState};
use entity::closing::words::{ClosingText, Personal};
use entity::closing::{item, resolution, resolution_text, resolved_cause};
use entity::id::{CauseId, PersonId, ResolutionId, SubmissionId};
use entity::submissions::hold::Announce;
use entity::submissions::phase::Kind;
use entity::submissions::submission;
use entity::triage::cause;
use entity::triage::values::CauseStatus;
use entity::workflow::reply_fields::best_language;
use sea_orm::{ColumnTrait as _, QueryFilter as _};
use serde::Serialize;

use super::CLOSE;
use super::plan::{self, Asked, Plan};
use crate::closing::query;
use crate::identity;
use crate::jobs::queue::{self, NewJob};
use crate::kit::actor::AuthorNames;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result, once_more};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::triage;
use crate::triage::causes::policy::may_change;
use crate::workflow::resolving;

/// What is to be resolved, and how.
#[derive(Clone, Debug)]
pub struct Resolve {
    /// Which cause.
    pub id: CauseId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
    /// Narrower causes that are resolved with it; none unless chosen.
    pub sub_causes: Vec<CauseId>,
    /// Whether ideas go along.
    pub ideas: IdeasToo,
    /// Submissions that stay where they are.
    pub held_back: Vec<SubmissionId>,
    /// The words; what the product says when there are none.
    pub messages: Vec<Words>,
    /// When it is told.
    pub announce: Announce,
}

/// Words in a language, with fields.
#[derive(Clone, Debug)]
pub struct Words {
    /// The language, as a tag.
    pub language: String,
    /// The words.
    pub text: String,
}

/// What resolving would do, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// How many people are told: each once.
    pub tells: i32,
    /// How many of them have no e-mail address that takes mail.
    pub without_channel: i32,
    /// How many of those are on the printed sheet of who leads their team.
    pub on_sheet: i32,
    /// How many submissions are done by it.
    pub moves: i32,
    /// How many of those are ideas.
    pub ideas: i32,
    /// How many stay, by why.
    pub stays: Vec<(Stays, i64)>,
    /// How many read which of the texts.
    pub languages: Vec<Spoken>,
}

/// One of the texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// Its language.
    pub language: String,
    /// How many people read it.
    pub people: i32,
    /// How many of them asked for another language.
    pub in_place_of_another: i32,
    /// What it says, with the name of the asker and the first reference.
    pub example: String,
}

/// "Who will hear?": what resolving would do now, in numbers. Nothing is written.
///
/// # Errors
/// As [`resolve`].
pub async fn preview(scope: &Scope, cmd: &Resolve) -> Result<Preview> {
    let me = scope.actor.require_person()?;
    let db = scope.db();
    let found = triage::causes::query::some(&db, &scope.actor, &[cmd.id]).await?.pop();
    let row = found.or_not_found("id")?;
    let function = triage::causes::query::managed_by(&db, &scope.actor, &row).await?;
    let capacity = may_change(&scope.actor, &row, function)?;
    let texts = checked(&row, cmd)?;
    plan::may_resolve(&db, (&row, capacity)).await?;
    let causes = plan::causes(&db, scope, (&row, cmd)).await?;
    let ids: Vec<CauseId> = causes.iter().map(|cause| cause.id).collect();
    let held_back = plan::held_back(&db, scope, &cmd.held_back).await?;
    let asked = Asked { causes: &ids, ideas: cmd.ideas, held_back: &held_back };
    let plan = plan::plan(&db, scope, &asked).await?;
    let moving: HashSet<SubmissionId> = plan.moves.iter().map(|it| it.row.id).collect();
    let mut hearing = query::hearers(&db, &ids, (&moving, Some(me))).await?;
    let mut ask: BTreeMap<PersonId, Vec<SubmissionId>> = BTreeMap::new();
    for (submission, person) in std::mem::take(&mut hearing.ask) {
        ask.entry(person).or_default().push(submission);
    }
    for (person, some) in ask {
        if may_read_any(scope, person, &some).await? {
            hearing.told.insert(person);
        }
    }
    let name = query::name_of(&db, me).await?;
    let counted = counted(&plan, &hearing, &Saying { texts: &texts, cause: &row.name, name });
    Ok(match scope.actor.rules.author_names {
        AuthorNames::Readers => counted,
        AuthorNames::Reviewers => Preview { on_sheet: 0, ..counted },
    })
}

async fn may_read_any(scope: &Scope, person: PersonId, ids: &[SubmissionId]) -> Result<bool> {
    let db = scope.db();
    let Some(actor) = identity::query::actor_of(&db, person).await? else { return Ok(false) };
    let any = crate::submissions::query::visible_to(&actor)
        .filter(submission::Column::Id.is_in(ids.iter().copied()));
    Ok(any.one(&db).await?.is_some())
}

/// What is said, for the examples of a preview.
struct Saying<'a> {
    texts: &'a [(String, String)],
    cause: &'a str,
    name: Option<String>,
}

fn counted(plan: &Plan, hearing: &query::Hearing, saying: &Saying<'_>) -> Preview {
    let told = || hearing.told.iter().filter_map(|id| hearing.people.get(id));
    let mut stays: BTreeMap<Stays, i64> = BTreeMap::new();
    for (_, why) in &plan.stays {
        *stays.entry(*why).or_default() += 1;
    }
    let tags: Vec<String> = saying.texts.iter().map(|(tag, _)| tag.clone()).collect();
    let reference = plan.moves.first().map_or("EAR-1", |it| it.row.reference.as_str());
    let spoken = saying.texts.iter().map(|(tag, text)| {
        let readers = || told().filter(|it| best_language(&tags, &it.locale) == Some(tag.as_str()));
        let base = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
        let other = readers().filter(|it| base(&it.locale) != base(tag)).count();
        let personal = Personal {
            name: saying.name.as_deref(),
            reference,
            cause: saying.cause,
            language: tag,
        };
        let example = ClosingText::read(text).map(|it| it.fill(&personal)).unwrap_or_default();
        Spoken {
            language: tag.clone(),
            people: number(readers().count()),
            in_place_of_another: number(other),
            example,
        }
    });
    Preview {
        tells: number(told().count()),
        without_channel: number(told().filter(|it| it.has_no_channel()).count()),
        on_sheet: number(
            told().filter(|it| it.has_no_channel() && hearing.openly.contains(&it.id)).count(),
        ),
        moves: number(plan.moves.len()),
        ideas: number(plan.moves.iter().filter(|it| it.row.kind == Kind::Idea).count()),
        stays: stays.into_iter().collect(),
        languages: spoken.collect(),
    }
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

fn checked(row: &cause::Model, cmd: &Resolve) -> Result<Vec<(String, String)>> {
    if cmd.expected_version.is_some_and(|version| version != row.version) {
        return Err(Refusal::stale(row.version).into());
    }
    plan::words(&cmd.messages)
}

#[derive(Serialize)]
struct ResolvedData {
    resolution: ResolutionId,
    total: i32,
}

/// "Why it happened is put right": resolves a cause, and closes what is behind it in the background.
/// Nobody is told before all of it is decided; then after the hold, or when somebody says so. One of
/// two who do it at once wins.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION; CONFLICT naming who has resolved it already, or while an earlier
/// resolving is being taken back; INVALID for a
/// status from which it cannot be resolved, for narrower causes that are none, for what does not stand
/// behind it, and for words that cannot go to everybody; REQUIRED or TOO_LONG at `messages`.
pub async fn resolve(scope: &Scope, cmd: Resolve) -> Result<(cause::Model, resolution::Model)> {
    once_more(|| resolve_now(scope, &cmd)).await
}

async fn resolve_now(scope: &Scope, cmd: &Resolve) -> Result<(cause::Model, resolution::Model)> {
    let me = scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let (row, capacity) = triage::causes::service::open(&tx, scope, cmd.id).await?;
    plan::may_resolve(&tx, (&row, capacity)).await?;
    let texts = checked(&row, cmd)?;
    let causes = plan::causes(&tx, scope, (&row, cmd)).await?;
    let ids: Vec<CauseId> = causes.iter().map(|cause| cause.id).collect();
    let held_back = plan::held_back(&tx, scope, &cmd.held_back).await?;
    let asked = Asked { causes: &ids, ideas: cmd.ideas, held_back: &held_back };
    let plan = plan::plan(&tx, scope, &asked).await?;
    let resolution = resolution::Model {
        id: ResolutionId(scope.fresh_id()),
        cause_id: row.id,
        state: ResolutionState::Closing,
        ideas: cmd.ideas,
        announce: cmd.announce,
        total: number(plan.moves.len()),
        done: 0,
        moved: 0,
        resolved_by: Some(me),
        created_at: scope.now,
        finished_at: None,
        release_at: None,
        undone_by: None,
        undone_at: None,
    };
    write(&tx, &resolution, (&causes, texts, &plan)).await?;
    let data = ResolvedData { resolution: resolution.id, total: resolution.total };
    let mut now = Vec::with_capacity(causes.len());
    for cause in causes {
        tx.state(NewFact::new("cause.resolved", ("cause", cause.id.0), &data).internal());
        now.push(triage::causes::service::set_status(&mut tx, cause, CauseStatus::Resolved).await?);
    }
    queue::enqueue(&tx, scope, NewJob::now(scope, CLOSE, resolution.id)).await?;
    let row = now.into_iter().find(|cause| cause.id == cmd.id).or_not_found("id")?;
    tx.commit((row, resolution)).await
}

async fn write(
    tx: &Tx,
    resolution: &resolution::Model,
    (causes, texts, plan): (&[cause::Model], Vec<(String, String)>, &Plan),
) -> Result<()> {
    let id = resolution.id;
    let before = |cause: &cause::Model| resolved_cause::Model {
        resolution_id: id,
        cause_id: cause.id,
        status_before: cause.status,
    };
    let text = |(language, body)| resolution_text::Model { resolution_id: id, language, body };
    let waiting = plan.moves.iter().map(|it| (it.row.id, ItemState::Waiting, None));
    let staying = plan.stays.iter().map(|(it, why)| (*it, ItemState::Stayed, Some(*why)));
    let items = waiting.chain(staying).map(|(submission_id, state, why)| item::Model {
        resolution_id: id,
        submission_id,
        state,
        why,
        decision_id: None,
    });
    let causes = causes.iter().map(before).collect();
    let texts = texts.into_iter().map(text).collect();
    query::insert(tx, resolution, (causes, texts, items.collect())).await
}

#[derive(Serialize)]
struct UndoneData {
    resolution: ResolutionId,
}

/// A resolving under its lock, and its cause, for somebody who may change that.
async fn opened(tx: &Tx, scope: &Scope, id: ResolutionId) -> Result<resolution::Model> {
    scope.actor.require_person()?;
    // The resolving before the tree of causes, as the background takes them.
    let found = query::locked(tx, id).await?.or_not_found("id")?;
    triage::causes::service::open(tx, scope, found.cause_id).await?;
    Ok(found)
}

/// "Not yet after all": takes a resolving back that nobody was told of, with all that was decided by
/// it. The causes are where they were at once; what is behind them follows in the background.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN; TOO_LATE when it was told or taken back.
pub async fn undo(scope: &Scope, id: ResolutionId) -> Result<(cause::Model, resolution::Model)> {
    once_more(|| undo_now(scope, id)).await
}

async fn undo_now(scope: &Scope, id: ResolutionId) -> Result<(cause::Model, resolution::Model)> {
    let mut tx = scope.begin().await?;
    let found = opened(&tx, scope, id).await?;
    if !query::is_untold(&found, scope.now) {
        return Err(no_longer("taken back. If it came back, move the cause to BEING_ADDRESSED"));
    }
    let row = resolution::Model {
        state: ResolutionState::Undoing,
        done: 0,
        release_at: None,
        undone_by: scope.actor.person(),
        undone_at: Some(scope.now),
        ..found
    };
    query::store(&tx, &row).await?;
    resolving::hold_until(&tx, query::decisions_of(id), None).await?;
    let before = query::causes_of(&tx, id).await?;
    let ids: Vec<CauseId> = before.iter().map(|it| it.cause_id).collect();
    let mut causes = query::some_causes(&tx, &ids).await?;
    let mut top = None;
    for it in before {
        let Some(cause) = causes.remove(&it.cause_id) else { continue };
        let now = match cause.status {
            CauseStatus::Resolved => {
                triage::causes::service::set_status(&mut tx, cause, it.status_before).await?
            }
            _ => cause,
        };
        let data = UndoneData { resolution: id };
        tx.state(NewFact::new("cause.resolution_undone", ("cause", now.id.0), &data).internal());
        top = top.or(Some(now.clone()).filter(|it| it.id == row.cause_id));
    }
    queue::enqueue(&tx, scope, NewJob::now(scope, CLOSE, id)).await?;
    let top = top.or_not_found("id")?;
    tx.commit((top, row)).await
}

/// "Tell them now": announces all that a resolving decided; what is still being decided on, as soon as
/// it is.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN; TOO_LATE when it was told or taken back.
pub async fn announce(scope: &Scope, id: ResolutionId) -> Result<resolution::Model> {
    once_more(|| announce_now(scope, id)).await
}

async fn announce_now(scope: &Scope, id: ResolutionId) -> Result<resolution::Model> {
    let tx = scope.begin().await?;
    let found = opened(&tx, scope, id).await?;
    if !query::is_untold(&found, scope.now) {
        return Err(no_longer("announced; read it again"));
    }
    let decided = found.state == ResolutionState::Decided;
    let release_at = decided.then_some(scope.now);
    let row = resolution::Model { announce: Announce::Now, release_at, ..found };
    query::store(&tx, &row).await?;
    if decided {
        resolving::hold_until(&tx, query::decisions_of(id), release_at).await?;
        super::work::tell_at(&tx, scope, (id, release_at)).await?;
    }
    tx.commit(row).await
}

fn no_longer(what: &str) -> crate::kit::error::Error {
    let message = format!("It was told, or taken back: it can no longer be {what}.");
    Refusal::new(Code::TooLate, "id", message).into()
}

/// One resolving, for somebody who may change its cause.
///
/// # Errors
/// UNAUTHENTICATED; a fault of the database.
pub async fn one(scope: &Scope, id: ResolutionId) -> Result<Option<resolution::Model>> {
    scope.actor.require_signed_in()?;
    let db = scope.db();
    let Some(row) = query::resolution(&db, id).await? else { return Ok(None) };
    let causes = triage::causes::query::some(&db, &scope.actor, &[row.cause_id]).await?;
    let Some(cause) = causes.first() else { return Ok(None) };
    let function = triage::causes::query::managed_by(&db, &scope.actor, cause).await?;
    Ok(Some(row).filter(|_| may_change(&scope.actor, cause, function).is_ok()))
}

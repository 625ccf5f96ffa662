//! Linking a submission to why it happens. By a person it is a decision: an observation is accepted
//! ("we know why"), an idea that nobody had taken up is looked at.

use entity::id::{CauseId, DecisionId, SubmissionId};
use entity::submissions::hold::Announce;
use entity::submissions::phase::{Kind, Letter, Phase};
use entity::submissions::submission;
use entity::triage::progress;
use entity::triage::values::LinkSource;
use entity::triage::{cause, cause_link};

use super::case::Case;
use super::decide::{self, Ruling};
use super::handling::handover;
use super::service::{Reply, Said, given_words, respond, step_of};
use super::{announce, policy, query};
use crate::kit::actor::{ApiScope, Principal};
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result, once_more};
use crate::kit::scope::{Scope, Tx};
use crate::reach::service as reach;
use crate::triage;
use crate::triage::causes::service::{Links, NewCause, Unlinked};

/// Links to be made.
#[derive(Clone, Debug)]
pub struct Link {
    /// From what.
    pub submission: SubmissionId,
    /// To which causes.
    pub causes: Vec<CauseId>,
    /// A cause that is named on the way.
    pub new_cause: Option<NewCause>,
    /// Why the person thinks so.
    pub note: Option<String>,
    /// Words to the author, where the link moves the submission.
    pub message: Option<String>,
    /// How the words are found otherwise, and their language.
    pub reply: Reply,
    /// When to tell.
    pub announce: Announce,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The submission afterwards.
    pub submission: submission::Model,
    /// The cause that was named on the way.
    pub new_cause: Option<cause::Model>,
    /// The links that were not there before.
    pub links: Vec<cause_link::Model>,
}

/// "This is why": links a submission to causes, one of them named on the way if need be.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, REQUIRED without any cause, INVALID or TOO_LONG naming the
/// field, TAKEN when the new cause has the name of another.
pub async fn link(scope: &Scope, cmd: Link) -> Result<Linked> {
    if matches!(scope.actor.principal, Principal::Service(_)) {
        return link_by_model(scope, cmd).await;
    }
    scope.actor.require_person()?;
    once_more(|| link_now(scope, cmd.clone())).await
}

async fn link_now(scope: &Scope, cmd: Link) -> Result<Linked> {
    if cmd.new_cause.is_some() {
        announce::settle_before(scope, cmd.submission).await.map_err(at_submission)?;
    }
    let mut tx = scope.begin().await?;
    let case = Case::open(&mut tx, scope, cmd.submission).await.map_err(at_submission)?;
    policy::may_triage(case.letters_in_force(scope))?;
    case.expect(cmd.expected_version)?;
    let linked = link_within(&mut tx, scope, case, cmd).await?;
    tx.commit(linked).await
}

/// "This may be why", said by a model: the link states its source and moves nothing. A person's word
/// that is there stays.
///
/// # Errors
/// FORBIDDEN without the scope; NOT_FOUND, STALE_VERSION, REQUIRED without any cause; INVALID for a
/// new cause and for words to the author.
async fn link_by_model(scope: &Scope, cmd: Link) -> Result<Linked> {
    if !scope.actor.has_scope(ApiScope::Link) {
        return Err(Refusal::without_scope("link").into());
    }
    refuse_persons_own(&cmd)?;
    let note = triage::causes::service::checked_note(cmd.note.as_deref())?;
    let mut tx = scope.begin().await?;
    let row = crate::submissions::query::locked(&tx, &scope.actor, cmd.submission).await?;
    let row = row.or_not_found("submissionId")?;
    if cmd.expected_version.is_some_and(|version| version != row.version) {
        return Err(Refusal::stale(row.version).into());
    }
    let causes = triage::causes::service::linkable(&tx, scope, &cmd.causes).await?;
    let by = (row.id, LinkSource::Model);
    let causes = triage::causes::service::not_linked(&tx, by, &causes).await?;
    let links = Links { causes, source: LinkSource::Model, note, decision: None, rule: None };
    let links = triage::causes::service::link_within(&mut tx, scope, (&row, links)).await?;
    tx.commit(Linked { submission: row, new_cause: None, links }).await
}

/// Naming causes and speaking to authors is for people.
fn refuse_persons_own(cmd: &Link) -> Result<()> {
    let refuse = |code, field: &str, cure: &str| Err(Refusal::new(code, field, cure).into());
    if cmd.new_cause.is_some() {
        return refuse(
            Code::Invalid,
            "newCause",
            "A model links to causes that people have named.",
        );
    }
    if cmd.message.is_some() || cmd.reply.template.is_some() {
        let cure =
            "The link of a model moves nothing, so nobody would be told. Leave the words out.";
        return refuse(Code::Invalid, "message", cure);
    }
    if cmd.causes.is_empty() {
        return refuse(Code::Required, "causeIds", "Name at least one cause in `causeIds`.");
    }
    Ok(())
}

/// As [`link`], on the way of another verb, which has checked the asker's right.
///
/// # Errors
/// As [`link`].
pub(super) async fn link_within(
    tx: &mut Tx,
    scope: &Scope,
    case: Case,
    cmd: Link,
) -> Result<Linked> {
    if cmd.causes.is_empty() && cmd.new_cause.is_none() {
        let cure = "Name at least one cause in `causeIds`, or a new one in `newCause`.";
        return Err(Refusal::new(Code::Required, "causeIds", cure).into());
    }
    let note = triage::causes::service::checked_note(cmd.note.as_deref())?;
    // Rows before the tree (docs/adr/0012): what is joined with it is counted below.
    reach::hold_roots(&*tx, &case.row).await?;
    if cmd.new_cause.is_some() {
        // Before others are only shared with: going from there to alone, two would wait for each other.
        reach::alone(tx).await?;
    }
    let mut causes = triage::causes::service::linkable(tx, scope, &cmd.causes).await?;
    let new_cause = match cmd.new_cause {
        Some(new) => Some(named(tx, scope, new).await?),
        None => None,
    };
    causes.extend(new_cause.as_ref().map(|cause| cause.id));
    let named_first = triage::causes::query::name_of(tx, causes.first().copied()).await?;
    let by = (case.row.id, LinkSource::Person);
    let causes = triage::causes::service::not_linked(tx, by, &causes).await?;
    let target = leads_to(tx, scope, (&case.row, &causes)).await?;
    let message = cmd.message.filter(|text| !text.trim().is_empty());
    let reply = Reply { cause: named_first, ..cmd.reply };
    let (submission, decision) = match target {
        Some(to) => {
            decide(tx, scope, case, Told { to, message, reply, announce: cmd.announce }).await?
        }
        None if message.is_some() => return Err(nothing_to_tell("message").into()),
        None if reply.template.is_some() => {
            return Err(nothing_to_tell("replyTemplateId").into());
        }
        // A link during a hold belongs to what is held: it shows, or is taken back, with it.
        None => {
            let held = case.row.pending_decision_id;
            (taken_in(tx, scope, (case, &causes)).await?, held)
        }
    };
    let links = Links { causes, source: LinkSource::Person, note, decision, rule: None };
    let links = triage::causes::service::link_within(tx, scope, (&submission, links)).await?;
    Ok(Linked { submission, new_cause, links })
}

/// A link to be taken away.
#[derive(Clone, Copy, Debug)]
pub struct Unlink {
    /// From what.
    pub submission: SubmissionId,
    /// To which cause.
    pub cause: CauseId,
    /// The version that the asker read.
    pub expected_version: Option<i32>,
}

/// "That is not why": takes a link away, and what merges of causes put aside behind it. Moves
/// nothing; the fact keeps that it was there.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION.
pub async fn unlink(scope: &Scope, cmd: Unlink) -> Result<Unlinked> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = Case::open(&mut tx, scope, cmd.submission).await.map_err(at_submission)?;
    policy::may_triage(case.letters_in_force(scope))?;
    case.expect(cmd.expected_version)?;
    let gone = triage::causes::service::unlink_within(&mut tx, (&case.row, cmd.cause)).await?;
    tx.commit(gone).await
}

/// Whoever says why it happens has taken what was offered to them, also where the link moves nothing.
async fn taken_in(
    tx: &mut Tx,
    scope: &Scope,
    (case, causes): (Case, &[CauseId]),
) -> Result<submission::Model> {
    let letters = case.letters_in_force(scope);
    let mut row = case.row;
    if causes.is_empty()
        || !letters.has(Letter::Reviewer)
        || !decide::takes_in(&row, Letter::Reviewer)
    {
        return Ok(row);
    }
    handover::take_in(tx, &mut row);
    let row = submission::Model { updated_at: scope.now, version: row.version + 1, ..row };
    query::store(tx, &row).await?;
    Ok(row)
}

/// The door says `id`; in this input the submission is `submissionId`.
fn at_submission(error: crate::kit::error::Error) -> crate::kit::error::Error {
    match error {
        crate::kit::error::Error::Refusal(refusal) if refusal.code == Code::NotFound => {
            Refusal::not_found("submissionId").into()
        }
        error => error,
    }
}

/// Refusals of the new cause name their field below `newCause`.
async fn named(tx: &mut Tx, scope: &Scope, new: NewCause) -> Result<cause::Model> {
    triage::causes::service::create_within(tx, scope, new).await.map_err(|error| match error {
        crate::kit::error::Error::Refusal(mut refusal) if !refusal.field.is_empty() => {
            refusal.field.insert(0, String::from("newCause"));
            refusal.into()
        }
        error => error,
    })
}

/// Where a person's link leads. Links in NEEDS_INFO, DEFERRED or DECLINED, and those of what is
/// under way, move nothing. What is new goes where the least advanced of its causes is: a cause that
/// is being addressed takes it to IN_PROGRESS at once. A resolved one that is seen again says that
/// we know why, no more.
async fn leads_to(
    tx: &Tx,
    scope: &Scope,
    (row, causes): (&submission::Model, &[CauseId]),
) -> Result<Option<Phase>> {
    if causes.is_empty() {
        return Ok(None);
    }
    match (row.kind, row.phase) {
        (Kind::Idea, Phase::Submitted) => Ok(Some(Phase::UnderReview)),
        (Kind::Observation, Phase::Submitted | Phase::UnderReview) => {
            let mut ids = causes.to_vec();
            let links = triage::causes::query::links_of(tx, &[row.id]).await?;
            let said = links.iter().filter(|link| link.source == LinkSource::Person);
            ids.extend(said.map(|link| link.cause_id));
            let statuses = triage::causes::service::live(tx, scope, &ids).await?;
            let to = progress::decided_by(statuses).filter(|to| *to == Phase::InProgress);
            Ok(Some(to.unwrap_or(Phase::Accepted)))
        }
        _ => Ok(None),
    }
}

struct Told {
    to: Phase,
    message: Option<String>,
    reply: Reply,
    announce: Announce,
}

async fn decide(
    tx: &mut Tx,
    scope: &Scope,
    case: Case,
    told: Told,
) -> Result<(submission::Model, Option<DecisionId>)> {
    let step = step_of(&case, told.to, scope)?;
    let status = query::default_status(tx, step.to()).await?;
    let said = Said { message: told.message, reply: told.reply, date: None };
    let response = match given_words(tx, scope, &case, (said, step.to(), None)).await? {
        Some(words) => Some(respond(tx, scope, (case.row.id, words)).await?),
        None => None,
    };
    let ruling = Ruling { response, announce: told.announce, ..Ruling::of(&step, status) };
    let decided = decide::carry_out(tx, scope, case, ruling).await?;
    Ok((decided.submission, Some(decided.decision.id)))
}

fn nothing_to_tell(field: &str) -> Refusal {
    let cure = format!(
        "This link moves nothing, so nobody would be told. Leave `{field}` out, or write a comment."
    );
    Refusal::new(Code::Invalid, field, cure)
}

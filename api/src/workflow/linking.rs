//! Linking a submission to why it happens. By a person it is a decision: an observation is accepted
//! ("we know why"), an idea that nobody had taken up is looked at.

use entity::id::{CauseId, DecisionId, SubmissionId};
use entity::submissions::hold::Announce;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;
use entity::triage::progress;
use entity::triage::values::LinkSource;
use entity::triage::{cause, cause_link};

use super::case::Case;
use super::decide::{self, Ruling};
use super::service::{own_words, respond, step_of};
use super::{policy, query};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::reach::service as reach;
use crate::triage;
use crate::triage::causes::service::{Links, NewCause};

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
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = Case::open(&mut tx, scope, cmd.submission).await.map_err(at_submission)?;
    policy::may_triage(case.letters_in_force(scope))?;
    case.expect(cmd.expected_version)?;
    let linked = link_within(&mut tx, scope, case, cmd).await?;
    tx.commit(linked).await
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
    let causes = triage::causes::service::not_linked(tx, case.row.id, &causes).await?;
    let target = leads_to(tx, scope, (&case.row, &causes)).await?;
    let words = cmd.message.filter(|text| !text.trim().is_empty());
    let (submission, decision) = match target {
        Some(to) => decide(tx, scope, case, Told { to, words, announce: cmd.announce }).await?,
        None if words.is_some() => return Err(nothing_to_tell().into()),
        // A link during a hold belongs to what is held: it shows, or is taken back, with it.
        None => (case.row.clone(), case.row.pending_decision_id),
    };
    let links = Links { causes, source: LinkSource::Person, note, decision };
    let links = triage::causes::service::link_within(tx, scope, (&submission, links)).await?;
    Ok(Linked { submission, new_cause, links })
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
    words: Option<String>,
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
    let response = match told.words {
        Some(text) => Some(respond(tx, scope, (case.row.id, own_words(&text)?)).await?),
        None => None,
    };
    let ruling = Ruling { response, announce: told.announce, ..Ruling::of(&step, status) };
    let decided = decide::carry_out(tx, scope, case, ruling).await?;
    Ok((decided.submission, Some(decided.decision.id)))
}

fn nothing_to_tell() -> Refusal {
    Refusal::new(
        Code::Invalid,
        "message",
        "This link moves nothing, so nobody would be told. Leave `message` out, or write a comment.",
    )
}

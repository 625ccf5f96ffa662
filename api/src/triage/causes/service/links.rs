//! That a submission evidences, or an idea addresses, a cause.

use entity::id::{CauseId, CauseLinkId, DecisionId, RuleId, SubmissionId};
use entity::submissions::submission;
use entity::submissions::text::{Limit, bounded};
use entity::triage::cause_link;
use entity::triage::progress::is_live;
use entity::triage::values::{CauseStatus, LinkSource};
use serde::Serialize;

use super::MOST_LINKED;
use super::naming::refused_text;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::reach::service as reach;
use crate::triage::causes::{policy, query};

const NOTE: Limit = Limit { field: "note", max: 1_000, ..Limit::MESSAGE };

/// Links to be made.
#[derive(Clone, Debug)]
pub struct Links {
    /// To which causes; all may be linked.
    pub causes: Vec<CauseId>,
    /// Who or what makes them.
    pub source: LinkSource,
    /// Why the person thinks so.
    pub note: Option<String>,
    /// The decision that they come with: they show from its announcement.
    pub decision: Option<DecisionId>,
    /// The routing rule that makes them.
    pub rule: Option<RuleId>,
}

#[derive(Serialize)]
struct LinkData {
    cause: CauseId,
    link: CauseLinkId,
    source: LinkSource,
    decision: Option<DecisionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleId>,
}

/// The causes to be linked, if the asker may see them and they are live. None of them dies before
/// the transaction ends.
///
/// # Errors
/// NOT_FOUND or INVALID at `causeIds`; of a merged cause `allowed` holds the one that lives on.
pub async fn linkable(tx: &Tx, scope: &Scope, ids: &[CauseId]) -> Result<Vec<CauseId>> {
    if ids.len() > MOST_LINKED {
        return Err(Refusal::new(
            Code::Invalid,
            "causeIds",
            format!("{} causes are too many; link at most {MOST_LINKED} at a time.", ids.len()),
        )
        .into());
    }
    if !ids.is_empty() {
        reach::beside(tx).await?;
    }
    let found = query::some(tx, &scope.actor, ids).await?;
    for id in ids {
        let cause = found.iter().find(|cause| cause.id == *id).or_not_found("causeIds")?;
        let survivor = query::survivor(tx, cause).await?;
        policy::must_live(cause, "causeIds", survivor)?;
    }
    Ok(ids.to_vec())
}

/// Those of `ids` that may still be linked to. None of them dies before the transaction ends.
///
/// # Errors
/// A fault of the database.
pub async fn still_live(tx: &Tx, scope: &Scope, ids: &[CauseId]) -> Result<Vec<CauseId>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    reach::beside(tx).await?;
    let found = query::some(tx, &scope.actor, ids).await?;
    let live = |id: &CauseId| found.iter().any(|it| it.id == *id && is_live(it.status));
    Ok(ids.iter().copied().filter(live).collect())
}

/// The status of every live cause among `ids`.
///
/// # Errors
/// A fault of the database.
pub async fn live(tx: &Tx, scope: &Scope, ids: &[CauseId]) -> Result<Vec<CauseStatus>> {
    let found = query::some(tx, &scope.actor, ids).await?;
    Ok(found.into_iter().map(|cause| cause.status).filter(|status| is_live(*status)).collect())
}

/// The note, cleaned and within its limit; an empty one is none.
///
/// # Errors
/// TOO_LONG at `note`.
pub fn checked_note(note: Option<&str>) -> Result<Option<String>> {
    match note.filter(|note| !note.trim().is_empty()) {
        Some(note) => Ok(Some(bounded(note, NOTE).map_err(refused_text)?)),
        None => Ok(None),
    }
}

/// Which of these causes `by` has not linked the submission to yet. A person says anew what only a
/// rule or a model has said; those say nothing that is there.
///
/// # Errors
/// A fault of the database.
pub async fn not_linked(
    tx: &Tx,
    (id, by): (SubmissionId, LinkSource),
    causes: &[CauseId],
) -> Result<Vec<CauseId>> {
    let linked = query::links_of(tx, &[id]).await?;
    let said =
        |link: &&cause_link::Model| by != LinkSource::Person || link.source == LinkSource::Person;
    let mut fresh: Vec<CauseId> = causes
        .iter()
        .filter(|cause| linked.iter().filter(said).all(|link| link.cause_id != **cause))
        .copied()
        .collect();
    fresh.sort_unstable();
    fresh.dedup();
    Ok(fresh)
}

/// Makes the links. The submission is locked by the caller, who has checked everything.
///
/// # Errors
/// A fault of the database.
pub async fn link_within(
    tx: &mut Tx,
    scope: &Scope,
    (submission, links): (&submission::Model, Links),
) -> Result<Vec<cause_link::Model>> {
    if links.causes.is_empty() {
        return Ok(Vec::new());
    }
    let behind = reach::before(&*tx, &[submission]).await?;
    let mut made = Vec::with_capacity(links.causes.len());
    for cause in &links.causes {
        let row = cause_link::Model {
            id: CauseLinkId(scope.fresh_id()),
            submission_id: submission.id,
            cause_id: *cause,
            source: links.source,
            created_by: scope.actor.person().filter(|_| links.source == LinkSource::Person),
            note: links.note.clone(),
            decision_id: links.decision,
            created_at: scope.now,
        };
        let row = if query::insert_link(tx, &row).await? {
            row
        } else {
            let found = query::link_between(tx, submission.id, *cause).await?;
            let Some(found) = found.filter(|found| said_anew(found, &row)) else { continue };
            query::confirm_link(tx, &found, &row).await?
        };
        tx.state(fact_of(&row, links.rule));
        made.push(row);
    }
    reach::after(&*tx, behind).await?;
    Ok(made)
}

/// Whether a person says now what only a rule or a model had said.
fn said_anew(found: &cause_link::Model, said: &cause_link::Model) -> bool {
    said.source == LinkSource::Person && found.source != LinkSource::Person
}

/// The fact that somebody said why something happens.
pub(crate) fn linked_fact(row: &cause_link::Model) -> NewFact {
    fact_of(row, None)
}

fn fact_of(row: &cause_link::Model, rule: Option<RuleId>) -> NewFact {
    let data = LinkData {
        cause: row.cause_id,
        link: row.id,
        source: row.source,
        decision: row.decision_id,
        rule,
    };
    NewFact::new("cause.linked", ("submission", row.submission_id.0), &data).internal()
}

/// What a link was taken from.
#[derive(Clone, Debug)]
pub struct Unlinked {
    /// The submission.
    pub submission: submission::Model,
    /// Who or what had made the link.
    pub source: LinkSource,
}

/// Takes a link away, on the way of the verb that opened the submission and checked the asker's
/// right. Moves nothing; the fact keeps that it was there.
///
/// # Errors
/// NOT_FOUND at `causeId`.
pub async fn unlink_within(
    tx: &mut Tx,
    (submission, cause): (&submission::Model, CauseId),
) -> Result<Unlinked> {
    let behind = reach::before(&*tx, &[submission]).await?;
    let link = query::link_between(&*tx, submission.id, cause).await?.or_not_found("causeId")?;
    query::delete_link(&*tx, link.id).await?;
    query::forget(&*tx, (submission.id, cause)).await?;
    reach::settle(&*tx, behind).await?;
    let data = LinkData { cause, link: link.id, source: link.source, decision: None, rule: None };
    tx.state(NewFact::new("cause.unlinked", ("submission", submission.id.0), &data).internal());
    Ok(Unlinked { submission: submission.clone(), source: link.source })
}

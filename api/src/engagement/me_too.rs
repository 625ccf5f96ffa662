//! "Me too": one more person behind something that was said before, also where the person may not
//! read it. A vote like any other, so it counts once and can be taken back.

use entity::id::SubmissionId;
use entity::submissions::phase::Phase;
use entity::submissions::submission;
use entity::submissions::values::Audience;

use super::query::Mark;
use super::service::Ballot;
use super::{policy, query};
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::{Scope, Tx};
use crate::submissions::joining::query as groups;
use crate::submissions::query::locked;
use crate::submissions::similar::offer::Offer;

/// What is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// A submission that the person may read (or has said "me too" to).
    Known(SubmissionId),
    /// Something that was offered to the person without its text.
    Offered(String),
}

/// Says "me too". For what was offered the answer is nothing, whatever it was and whatever came of
/// it, so that nobody can find out by trying.
///
/// # Errors
/// NOT_FOUND, INVALID or TOO_LATE at `submissionId`; INVALID at `token` when it is over.
pub async fn say(scope: &Scope, which: Which) -> Result<Option<submission::Model>> {
    let person = scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    groups::unchanged(&tx).await?;
    match which {
        Which::Known(id) => {
            let row = locked(&tx, &scope.actor, id).await?.or_not_found("submissionId")?;
            let ballot = Ballot::of(&tx, row).await?;
            policy::may_say_me_too(person, &ballot.home, ballot.shown_phase())?;
            let row = ballot.cast(&mut tx, scope, person).await?;
            tx.commit(Some(row)).await
        }
        Which::Offered(token) => {
            if let Some(ballot) = offered(&tx, scope, &token).await? {
                ballot.cast(&mut tx, scope, person).await?;
            }
            tx.commit(None).await
        }
    }
}

/// Takes "me too" back; without one nothing happens.
///
/// # Errors
/// As [`say`]. NOT_FOUND also for what the person may not read and never said "me too" to.
pub async fn take_back(scope: &Scope, which: Which) -> Result<Option<submission::Model>> {
    let person = scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    groups::unchanged(&tx).await?;
    match which {
        Which::Known(id) => {
            let Some(row) = locked(&tx, &scope.actor, id).await? else {
                let ballot = unreadable(&tx, Mark { submission: id, person }).await?;
                ballot.take_back(&mut tx, person).await?;
                return tx.commit(None).await;
            };
            let ballot = Ballot::of(&tx, row).await?;
            policy::may_say_me_too(person, &ballot.home, ballot.shown_phase())?;
            let row = ballot.take_back(&mut tx, person).await?;
            tx.commit(Some(row)).await
        }
        Which::Offered(token) => {
            if let Some(ballot) = offered(&tx, scope, &token).await? {
                ballot.take_back(&mut tx, person).await?;
            }
            tx.commit(None).await
        }
    }
}

/// Something that the person may not read, but said "me too" to.
async fn unreadable(tx: &Tx, mark: Mark) -> Result<Ballot> {
    if !query::has_voted(tx, mark).await? {
        return Err(Refusal::not_found("submissionId").into());
    }
    let row = groups::root_locked(tx, mark.submission).await?.or_not_found("submissionId")?;
    Ballot::of(tx, row).await
}

/// What a token offers; nothing where "me too" cannot count (any more).
async fn offered(tx: &Tx, scope: &Scope, token: &str) -> Result<Option<Ballot>> {
    let person = scope.actor.require_person()?;
    let offer = Offer::open(token, &scope.house.keys, (person, scope.now)).ok_or_else(|| {
        let cure = "This offer is over. Look for what was said before once more.";
        Refusal::new(Code::Invalid, "token", cure)
    })?;
    let Some(row) = groups::root_locked(tx, offer.submission).await? else { return Ok(None) };
    let ballot = Ballot::of(tx, row).await?;
    let row = &ballot.home;
    let shut = row.phase == Phase::Withdrawn
        || row.audience != Audience::Everyone
        || row.concerned_id == Some(person)
        || policy::may_say_me_too(person, row, ballot.shown_phase()).is_err();
    Ok((!shut).then_some(ballot))
}

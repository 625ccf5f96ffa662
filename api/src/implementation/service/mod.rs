//! The verbs of implementation, each a command of one transaction.

pub mod copies;
pub mod help;
pub mod items;
pub mod outcomes;
pub mod remind;
pub mod template;
pub mod trials;

use entity::id::PersonId;
use entity::submissions::text::{Limit, bounded};

use super::ground::Subject;
use super::query;
use crate::identity;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::Tx;

/// A text, cleaned and within its limit.
fn written(text: &str, limit: Limit) -> Result<String> {
    Ok(bounded(text, limit)?)
}

/// A text that may be left out; an empty one counts as left out.
fn perhaps(text: Option<&str>, limit: Limit) -> Result<Option<String>> {
    match text.filter(|text| !text.trim().is_empty()) {
        Some(text) => written(text, limit).map(Some),
        None => Ok(None),
    }
}

/// Somebody who works here and may read what is planned about.
///
/// # Errors
/// NOT_FOUND for nobody; INVALID with the cure for somebody who may not read it.
async fn reader(tx: &Tx, subject: Subject, (id, field): (PersonId, &str)) -> Result<()> {
    identity::query::staying_person(tx, id).await?.or_not_found(field)?;
    let Some(actor) = query::actor_of(tx, id).await? else {
        return Err(Refusal::not_found(field).into());
    };
    if query::may_read(tx, &actor, subject).await? {
        return Ok(());
    }
    Err(may_not_read(subject, field).into())
}

/// "They may not read it", with what to do about it. Nothing here lets anybody read more.
fn may_not_read(subject: Subject, field: &str) -> Refusal {
    let cure = match subject {
        Subject::Submission(_) => {
            "They may not read this idea. Choose somebody who may; or first make them its owner, hand it over to their function, or open it."
        }
        Subject::Adoption(_) => "They may not read this idea. Choose somebody who may.",
        Subject::Cause(_) => {
            "They may not see this cause. Choose somebody who may; or first make them its owner."
        }
    };
    Refusal::new(Code::Invalid, field, cure)
}

/// Refuses a change of what has changed since it was read.
fn fresh(expected: Option<i32>, version: i32) -> Result<()> {
    match expected {
        Some(expected) if expected != version => Err(Refusal::stale(version).into()),
        _ => Ok(()),
    }
}

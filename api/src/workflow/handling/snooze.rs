//! Setting aside: the queue leaves a submission out until a moment. Nothing else changes; its
//! clocks go on, and it comes back by itself.

use entity::instant::{DAY, Instant};
use entity::submissions::submission;
use serde::Serialize;

use super::{Aim, taken_up, touched};
use crate::kit::error::{Code, Refusal, Result};
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};
use crate::workflow::case::Case;
use crate::workflow::query;

/// How far ahead something may be set aside, in microseconds: a year.
pub const LONGEST_SNOOZE: i64 = 366 * DAY;

#[derive(Serialize)]
struct Snoozed {
    /// Microseconds.
    until: i64,
}

/// "Not now": the queue leaves it out until `until`.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION, INVALID at `until` for what is past or beyond a year.
pub async fn snooze(scope: &Scope, aim: Aim, until: Instant) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = taken_up(&mut tx, scope, aim).await?;
    let row = snooze_within(&mut tx, scope, case, Some((until, "until"))).await?;
    tx.commit(row).await
}

/// "Now after all": it is back in the queue. What is not set aside stays as it is.
///
/// # Errors
/// NOT_FOUND, FORBIDDEN, STALE_VERSION.
pub async fn unsnooze(scope: &Scope, aim: Aim) -> Result<submission::Model> {
    scope.actor.require_person()?;
    let mut tx = scope.begin().await?;
    let case = taken_up(&mut tx, scope, aim).await?;
    let row = snooze_within(&mut tx, scope, case, None).await?;
    tx.commit(row).await
}

/// `until` comes with the field that it was given in.
pub(super) async fn snooze_within(
    tx: &mut Tx,
    scope: &Scope,
    case: Case,
    until: Option<(Instant, &str)>,
) -> Result<submission::Model> {
    if until.is_none() && case.row.snoozed_until.is_none() {
        return Ok(case.row);
    }
    if let Some((until, field)) = until {
        check(until, field, scope)?;
    }
    let until = until.map(|(until, _)| until);
    let row = submission::Model { snoozed_until: until, ..touched(case.row, scope) };
    query::store(tx, &row).await?;
    let subject = ("submission", row.id.0);
    tx.state(
        match until {
            Some(until) => {
                NewFact::new("submission.snoozed", subject, &Snoozed { until: until.micros() })
            }
            None => NewFact::new("submission.unsnoozed", subject, &serde_json::json!({})),
        }
        .internal(),
    );
    Ok(row)
}

fn check(until: Instant, field: &str, scope: &Scope) -> Result<()> {
    let wrong = if until <= scope.now {
        "This moment is not in the future. Choose a later one."
    } else if until.since(scope.now) > LONGEST_SNOOZE {
        "This is more than a year ahead. Choose an earlier moment, or defer it with a message to its author."
    } else {
        return Ok(());
    };
    Err(Refusal::new(Code::Invalid, field, wrong).into())
}

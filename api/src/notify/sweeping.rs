//! Clearing away what mails have left behind, once a day: lines of digests that were closed for good. A
//! digest forgets its lines when it is closed; those of earlier releases did not.
//!
//! Lines of a mail that was given up stay: an administrator may have it tried again. Rows of mails stay
//! too: they are the log of what was sent and why something was not, and hold no words once they are
//! closed.

use entity::id::MailId;
use entity::instant::{DAY, Day, Instant};
use entity::jobs::period::Period;
use entity::jobs::values::TimedKind;
use uuid::Uuid;

use super::query;
use crate::jobs::timed::{self, Acted, Claim, Work};
use crate::kit::error::Result;
use crate::kit::scope::{Scope, Tx};

/// How long it is kept that a day was swept.
const KEPT: i64 = 7 * DAY;

/// When it is swept next: once a day.
///
/// # Errors
/// A fault of the database.
pub async fn next(scope: &Scope) -> Result<Option<Instant>> {
    let today = scope.now.day();
    let swept = timed::is_done(&scope.db(), swept_on(today)).await?;
    Ok(Some(if swept { today.start().plus(DAY) } else { scope.now }))
}

/// Closed mails that have left lines behind; when there is none left, the nil id, by which the day is
/// done.
///
/// # Errors
/// A fault of the database.
pub async fn due(scope: &Scope, most: u64) -> Result<Vec<Uuid>> {
    let mails = query::closed_with_lines(&scope.db(), most).await?;
    if mails.is_empty() {
        return Ok(vec![Uuid::nil()]);
    }
    Ok(mails.into_iter().map(|id| id.0).collect())
}

/// Forgets the lines of one mail, or says that the day is done.
///
/// # Errors
/// A fault of the database.
pub async fn sweep(tx: &mut Tx, scope: &Scope, subject: Uuid) -> Result<Acted> {
    let tx = &*tx;
    if !subject.is_nil() {
        query::forget_lines(tx, MailId(subject)).await?;
        return Ok(Acted::Done);
    }
    if timed::claim(tx, swept_on(scope.now.day()), scope.now).await? == Claim::Taken {
        return Ok(Acted::Nothing);
    }
    timed::forget(tx, (TimedKind::Sweep, scope.now.plus(-KEPT))).await?;
    Ok(Acted::Done)
}

fn swept_on(day: Day) -> Work {
    Work { kind: TimedKind::Sweep, subject: Uuid::nil(), period: Period::Day(day) }
}

//! "What came of it": for a person, what became of what they sent; for a site, what changed there.

use entity::closing::came::Came;
use entity::id::UnitId;
use entity::instant::{DAY, Day};
use entity::submissions::submission;
use entity::triage::cause;

use crate::closing::query::came::{self as query, Span};
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::page::{Count, Page, PageArgs, page};
use crate::kit::scope::Scope;

/// Days that are looked back when nothing is said.
pub const USUAL_DAYS: i64 = 365;

/// First and last day of a time; the last year when nothing is said. Days are calendar days (UTC).
///
/// # Errors
/// INVALID at `to` when it lies before `from`.
pub fn days(scope: &Scope, from: Option<Day>, to: Option<Day>) -> Result<(Day, Day)> {
    let to = to.unwrap_or_else(|| scope.now.day());
    let from = from.unwrap_or_else(|| to.start().plus(-USUAL_DAYS * DAY).day());
    if to < from {
        let message = format!("{to} lies before {from}. Change one of the two.");
        return Err(Refusal::new(Code::Invalid, "to", message).into());
    }
    Ok((from, to))
}

fn span((from, to): (Day, Day)) -> Span {
    Span { from: from.start(), before: to.start().plus(DAY) }
}

/// What came of what the asker sent. Two statements.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for integrations.
pub async fn of_mine(scope: &Scope, time: (Day, Day)) -> Result<Came> {
    let me = scope.actor.require_person()?;
    let db = scope.db();
    let mut came = Came::default();
    for shown in query::shown_of(&db, (me, span(time))).await? {
        came.add(shown);
    }
    let agreed = query::agreed(&db, (me, span(time))).await?;
    came.agreed = u32::try_from(agreed).unwrap_or(u32::MAX);
    Ok(came)
}

/// The site that is asked about: that of a unit, or else the asker's own.
///
/// # Errors
/// UNAUTHENTICATED, FORBIDDEN for integrations; NOT_FOUND at `unitId`.
pub async fn site(scope: &Scope, unit: Option<UnitId>) -> Result<UnitId> {
    scope.actor.require_person()?;
    let unit = unit.or(scope.actor.home).or_not_found("unitId")?;
    query::site_of(&scope.db(), unit).await?.or_not_found("unitId")
}

/// Ideas of a site that are done, the newest first; as far as the asker may read them.
///
/// # Errors
/// BAD_REQUEST of the page.
pub async fn ideas(
    scope: &Scope,
    (site, time): (UnitId, (Day, Day)),
    (args, count): (&PageArgs, Count),
) -> Result<Page<submission::Model>> {
    let select = query::done_ideas(&scope.actor, (site, span(time)));
    page(&scope.db(), select, &query::newest(), args, count).await
}

/// Causes of a site that are resolved, as far as the asker may see them.
///
/// # Errors
/// A fault of the database.
pub async fn causes(
    scope: &Scope,
    (site, time): (UnitId, (Day, Day)),
) -> Result<Vec<cause::Model>> {
    // What is held is told to nobody yet.
    let span = span(time);
    let told = query::Span { before: span.before.min(scope.now.plus(1)), ..span };
    query::resolved_here(&scope.db(), &scope.actor, (site, told)).await
}

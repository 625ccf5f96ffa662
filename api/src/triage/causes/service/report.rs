//! What a CX team reads off causes: the trend of one, and the Pareto of a level of the tree.

use std::collections::HashMap;

use entity::id::CauseId;
use entity::instant::Instant;
use entity::triage::cause;
use entity::triage::small_groups::{Group, keep_back};
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use sea_orm::Condition;

use crate::kit::actor::Actor;
use crate::kit::error::{Code, OrNotFound as _, Refusal, Result};
use crate::kit::scope::Scope;
use crate::reach::query::{Asked, Counted, Depth, Seen, View, count};
use crate::submissions;
use crate::triage::causes::query::report::count_without_cause;
use crate::triage::causes::{policy, query};

/// Most weeks of a trend.
pub const MOST_WEEKS: usize = 104;

/// Whose view of links `actor` has: reviewers see what is decided, all others what was announced.
#[must_use]
pub fn view_of(actor: &Actor) -> View {
    if policy::sees_all(actor) { View::Decided } else { View::Announced }
}

/// The Mondays at which the last `weeks` ISO weeks begin in `zone`, the present one included, and
/// the Monday after it. A zone that nobody knows counts as UTC.
#[must_use]
pub fn mondays(now: Instant, zone: Option<&str>, weeks: usize) -> Vec<Instant> {
    let zone = zone.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    let Ok(now) = Timestamp::from_microsecond(now.micros()) else { return Vec::new() };
    let today = now.to_zoned(zone.clone()).date();
    let back = i64::from(today.weekday().since(Weekday::Monday));
    let this = today.saturating_sub(back.days());
    let weeks = i64::try_from(weeks).unwrap_or(0);
    (1 - weeks..=1)
        .filter_map(|offset| {
            let monday = this.saturating_add((offset * 7).days()).to_zoned(zone.clone()).ok()?;
            Some(Instant(monday.timestamp().as_microsecond()))
        })
        .collect()
}

/// By what bars are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// People, and one for each authorless submission.
    Reach,
    /// Submissions, joined ones included.
    Submissions,
}

impl Measure {
    fn of(self, counted: Counted, view: View) -> i64 {
        match (self, view) {
            (Self::Reach, View::Decided) => counted.reach,
            (Self::Reach, View::Announced) => counted.shown_reach,
            (Self::Submissions, View::Decided) => counted.submissions,
            (Self::Submissions, View::Announced) => counted.shown_submissions,
        }
    }
}

/// A Pareto, as asked for.
#[derive(Clone, Debug)]
pub struct AskedPareto {
    /// Whose children are the bars; none for the top of the tree.
    pub parent: Option<CauseId>,
    /// By what.
    pub measure: Measure,
    /// Which submissions count, of those that the asker may read; all there are when empty.
    pub only: Condition,
}

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// The cause.
    pub cause: cause::Model,
    /// Its value, all below it included.
    pub value: i64,
    /// Its part of the sum of bars, 0 to 1.
    pub share: f64,
    /// This bar's part and those of all before it, 0 to 1.
    pub cumulative: f64,
}

/// One level of the tree, the largest first.
#[derive(Clone, Debug)]
pub struct Pareto {
    /// The bars that have a value.
    pub bars: Vec<Bar>,
    /// The sum of the bars. People who stand behind two bars count in both.
    pub sum: i64,
    /// What is linked to the parent itself; none at the top, and where the group is small, or would tell
    /// of one that is.
    pub direct: Option<i64>,
    /// Accepted observations without any cause; none where the group is small.
    pub without_cause: Option<i64>,
    /// Bars that are kept back because the groups are small; not told under a filter.
    pub hidden: usize,
}

/// "What should we fix first?": the children of a cause, or the top of the tree, by what stands
/// behind each and all below it.
///
/// # Errors
/// FORBIDDEN, NOT_FOUND at `parentId`.
pub async fn pareto(scope: &Scope, asked: AskedPareto) -> Result<Pareto> {
    policy::may_report(&scope.actor)?;
    let db = scope.db();
    if let Some(parent) = asked.parent {
        let found = query::some(&db, &scope.actor, &[parent]).await?;
        found.first().or_not_found("parentId")?;
    }
    let view = view_of(&scope.actor);
    let level = query::level(&db, asked.parent).await?;
    let seen = seen(&scope.actor, &asked.only);
    let below = Asked {
        causes: Some(level.iter().map(|cause| cause.id).collect()),
        seen: seen.clone(),
        ..Asked::default()
    };
    // Without a filter the rows hold the answer.
    let counts = if seen.is_none() { kept(&level) } else { count(&db, &below).await? };
    let direct = match asked.parent {
        Some(parent) => {
            let causes = Some(vec![parent]);
            let itself = Asked { causes, depth: Depth::Itself, seen: seen.clone() };
            let counts = count(&db, &itself).await?;
            Some(counts.get(&parent).copied().unwrap_or_default())
        }
        None => None,
    };
    let only = seen.map(|seen| seen.only);
    let guard = Guard { view, filtered: only.is_some() };
    let without = count_without_cause(&db, (&scope.actor, view), only).await?;
    let group = |counted| group_of(counted, asked.measure, view);
    let mut values = valued(level, &counts, group);
    let mut direct = direct.map(group);
    let hidden = guard.keep_back(&mut values, &mut direct);
    Ok(Pareto { hidden, ..bars(values, (guard.of(direct), guard.of(Some(group(without))))) })
}

/// What stands behind one figure of a cause.
fn group_of(counted: Counted, measure: Measure, view: View) -> Group {
    let people = Measure::Reach.of(counted, view);
    Group { value: measure.of(counted, view), people }
}

/// A filter can be made to fit one submission. So it counts only what the asker may read, with the
/// links that the asker may know of: no figure tells more than the rows themselves.
fn seen(actor: &Actor, only: &Condition) -> Option<Seen> {
    (!only.is_empty()).then(|| Seen {
        only: Condition::all().add(submissions::query::visible(actor)).add(only.clone()),
        inside: submissions::query::inside(actor),
    })
}

/// What small groups are told to whom.
#[derive(Clone, Copy, Debug)]
struct Guard {
    view: View,
    filtered: bool,
}

impl Guard {
    /// A figure, unless the group is small. Under a filter "none" is told no more than "few": the
    /// difference would say on which side one submission stands.
    fn of(self, group: Option<Group>) -> Option<i64> {
        let told = |group: &Group| {
            self.view == View::Decided || !group.is_small() || (group.value == 0 && !self.filtered)
        };
        group.filter(told).map(|group| group.value)
    }

    /// Takes small groups out. Returns how many bars went, as far as that may be told.
    fn keep_back<T>(self, values: &mut Vec<(T, Group)>, direct: &mut Option<Group>) -> usize {
        let gone = match self.view {
            View::Decided => 0,
            View::Announced => keep_back(values, direct),
        };
        if self.filtered { 0 } else { gone }
    }
}

/// What the rows of causes keep of themselves and all below them.
fn kept(level: &[cause::Model]) -> HashMap<CauseId, Counted> {
    let counted = |row: &cause::Model| Counted {
        reach: row.reach.into(),
        submissions: row.submission_count.into(),
        shown_reach: row.shown_reach.into(),
        shown_submissions: row.shown_submission_count.into(),
    };
    level.iter().map(|row| (row.id, counted(row))).collect()
}

/// The causes that have a value, the largest first; by name where two are equal.
fn valued(
    level: Vec<cause::Model>,
    counts: &HashMap<CauseId, Counted>,
    group: impl Fn(Counted) -> Group,
) -> Vec<(cause::Model, Group)> {
    let mut values: Vec<(cause::Model, Group)> = level
        .into_iter()
        .map(|cause| {
            let counted = counts.get(&cause.id).copied().unwrap_or_default();
            (cause, group(counted))
        })
        .filter(|(_, group)| group.value > 0)
        .collect();
    values.sort_by(|(a, more), (b, less)| {
        less.value.cmp(&more.value).then_with(|| a.name_key.cmp(&b.name_key)).then(a.id.cmp(&b.id))
    });
    values
}

fn bars(
    values: Vec<(cause::Model, Group)>,
    (direct, without_cause): (Option<i64>, Option<i64>),
) -> Pareto {
    let sum: i64 = values.iter().map(|(_, group)| group.value).sum();
    #[allow(clippy::cast_precision_loss)] // counts of people stay far below 2^52
    let share = |part: i64| if sum == 0 { 0.0 } else { part as f64 / sum as f64 };
    let mut so_far = 0;
    let bars = values
        .into_iter()
        .map(|(cause, Group { value, .. })| {
            so_far += value;
            Bar { cause, value, share: share(value), cumulative: share(so_far) }
        })
        .collect();
    Pareto { bars, sum, direct, without_cause, hidden: 0 }
}

/// Refuses a trend that is too long or empty.
///
/// # Errors
/// BAD_REQUEST at `weeks`.
pub fn checked_weeks(weeks: i32) -> Result<usize> {
    match usize::try_from(weeks) {
        Ok(weeks) if (1..=MOST_WEEKS).contains(&weeks) => Ok(weeks),
        _ => Err(Refusal::new(
            Code::BadRequest,
            "weeks",
            format!("`weeks` is {weeks}; ask for 1 to {MOST_WEEKS}."),
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(value: i64) -> Group {
        Group { value, people: value }
    }

    fn at(text: &str) -> Instant {
        Instant(text.parse::<Timestamp>().map(Timestamp::as_microsecond).unwrap_or(0))
    }

    #[test]
    fn weeks_begin_on_the_zone_s_monday() {
        let sunday_night = at("2026-03-01T23:30:00Z");
        assert_eq!(
            mondays(sunday_night, None, 2),
            [at("2026-02-16T00:00:00Z"), at("2026-02-23T00:00:00Z"), at("2026-03-02T00:00:00Z")]
        );
        // In Madrid it is Monday already.
        assert_eq!(
            mondays(sunday_night, Some("Europe/Madrid"), 1),
            [at("2026-03-01T23:00:00Z"), at("2026-03-08T23:00:00Z")]
        );
    }

    #[test]
    fn a_week_of_summer_time_is_an_hour_shorter() {
        let weeks = mondays(at("2026-04-01T12:00:00Z"), Some("Europe/Madrid"), 2);
        let hours: Vec<i64> =
            weeks.windows(2).map(|pair| pair[1].since(pair[0]) / entity::instant::HOUR).collect();
        assert_eq!(hours, [167, 168]);
        assert_eq!(mondays(at("2026-04-01T12:00:00Z"), Some("Nowhere/At_All"), 1).len(), 2);
    }

    #[test]
    fn a_filter_tells_no_small_group_from_none() {
        let guard = |view, filtered| Guard { view, filtered };
        let told = |guard: Guard| [0, 1, 4, 5].map(|value| guard.of(Some(group(value))));
        assert_eq!(told(guard(View::Decided, true)), [Some(0), Some(1), Some(4), Some(5)]);
        assert_eq!(told(guard(View::Announced, false)), [Some(0), None, None, Some(5)]);
        assert_eq!(told(guard(View::Announced, true)), [None, None, None, Some(5)]);
        let mut values = [9, 4, 3].map(|value| ((), group(value))).to_vec();
        assert_eq!(guard(View::Announced, true).keep_back(&mut values, &mut None), 0);
        assert_eq!(values.len(), 1);
    }

    #[test]
    fn what_is_linked_to_the_parent_itself_is_a_part_too() {
        for (bars, direct, shown, told) in [
            (vec![9, 8], 3, 1, None),
            (vec![9, 8], 0, 2, Some(0)),
            (vec![9, 4], 6, 1, None),
            (vec![9, 4], 9, 1, None),
            (vec![9, 4], 12, 0, Some(12)),
            (vec![9, 4], 3, 1, None),
            (vec![9, 4], 0, 0, Some(0)),
            (vec![], 3, 0, None),
        ] {
            let mut rows: Vec<((), Group)> = bars.iter().map(|it| ((), group(*it))).collect();
            let mut beside = Some(group(direct));
            let guard = Guard { view: View::Announced, filtered: false };
            let gone = guard.keep_back(&mut rows, &mut beside);
            assert_eq!((rows.len(), guard.of(beside)), (shown, told), "{bars:?} {direct}");
            assert_eq!(gone, bars.len() - shown, "{bars:?} {direct}");
        }
    }
}

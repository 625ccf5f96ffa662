//! What waits too long goes up the tree of units, once a day.
//!
//! A round is made every hour while the escalation is on. It looks at every running clock for a first
//! response or a decision whose time is over, on working days of its unit from the opening on. On the
//! first such day the reviewers in charge get a list; with every further working day without an answer
//! the next ones above them do too. A person gets at most one list a day, in one mail.
//!
//! A round claims its hour in the transaction in which it writes the lists. Who reads what on a list
//! is judged when it is told.
//!
//! Owners are reminded of promised dates that have passed, once, whether the escalation is on or not:
//! who promised a day to an author keeps it or says why, and nobody else is mailed about it.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::clocks::escalated;
use entity::clocks::machine::Terms;
use entity::id::{PersonId, SubmissionId, UnitId};
use entity::identity::values::Role;
use entity::instant::{DAY, Day, Instant};
use entity::jobs::period::{self, Period};
use entity::jobs::values::TimedKind;
use entity::submissions::values::Audience;
use serde::Serialize;
use uuid::Uuid;

use super::query::{self, Late};
use super::settings::Switch;
use crate::identity;
use crate::jobs::timed::{self, Acted, Claim, Work};
use crate::kit::error::Result;
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};

/// Late submissions that one round looks at, the longest waiting first.
const MOST_LATE: u64 = 5_000;
/// Longest list of one person and day.
const LONGEST_LIST: usize = 200;
/// How long it is kept which hours had their round.
const KEPT: i64 = 7 * DAY;

#[derive(Serialize)]
struct ListedData {
    day: String,
}

fn round(at: Instant) -> Work {
    Work { kind: TimedKind::Escalate, subject: Uuid::nil(), period: Period::Hour(at) }
}

/// When the next round is due: at once when this hour had none; none while the escalation is off.
///
/// # Errors
/// A fault of the database.
pub async fn next_round(scope: &Scope) -> Result<Option<Instant>> {
    let db = scope.db();
    if query::escalation(&db).await? == Switch::Off {
        return Ok(None);
    }
    let made = timed::is_done(&db, round(scope.now)).await?;
    Ok(Some(if made { period::next_hour(scope.now) } else { scope.now }))
}

/// Makes the round of this hour, unless somebody did.
///
/// # Errors
/// A fault of the database; nothing is half done.
pub async fn make_round(tx: &mut Tx, scope: &Scope) -> Result<Acted> {
    if timed::claim(&*tx, round(scope.now), scope.now).await? == Claim::Taken {
        return Ok(Acted::Nothing);
    }
    timed::forget(&*tx, (TimedKind::Escalate, scope.now.plus(-KEPT))).await?;
    list(tx, scope).await?;
    Ok(Acted::Done)
}

/// When the next promised date passes of which its owner is to be reminded.
///
/// # Errors
/// A fault of the database.
pub async fn next_promise(scope: &Scope) -> Result<Option<Instant>> {
    query::next_promise(&scope.db()).await
}

/// Submissions whose promised date has passed, the longest waiting first.
///
/// # Errors
/// A fault of the database.
pub async fn promises_due(scope: &Scope, most: u64) -> Result<Vec<Uuid>> {
    let due = query::passed_promises(&scope.db(), scope.now, most).await?;
    Ok(due.into_iter().map(|id| id.0).collect())
}

/// Reminds the owner of a promised date that has passed, once for that date.
///
/// # Errors
/// A fault of the database.
pub async fn remind(tx: &mut Tx, scope: &Scope, id: Uuid) -> Result<Acted> {
    let promised = query::mark_reminded(&*tx, SubmissionId(id), scope.now).await?;
    let Some(promised) = promised else { return Ok(Acted::Nothing) };
    let period = Period::Since(promised);
    let work = Work { kind: TimedKind::Promise, subject: id, period };
    if timed::claim(&*tx, work, scope.now).await? == Claim::Mine {
        let fact = NewFact::new("promise.passed", ("submission", id), &serde_json::json!({}));
        tx.state(fact.internal());
    }
    Ok(Acted::Done)
}

async fn list(tx: &mut Tx, scope: &Scope) -> Result<()> {
    let late = query::late(tx, scope.now, MOST_LATE).await?;
    if late.is_empty() {
        return Ok(());
    }
    let own: Vec<UnitId> = distinct(late.iter().map(|it| it.unit));
    let terms = query::terms_of(tx, &own).await?;
    let lineages = identity::query::lineages(tx, &distinct(late.iter().map(in_charge))).await?;
    let holders = query::holders(tx, &distinct(lineages.values().flatten().copied())).await?;
    // "CX team only" is not for managers.
    let reviewers: Holders =
        holders.iter().map(|(unit, held)| (*unit, only_reviewers(held))).collect();
    let mut lists: BTreeMap<(PersonId, Day), Vec<SubmissionId>> = BTreeMap::new();
    for it in &late {
        let Some((day, days)) =
            terms.get(&it.unit).and_then(|terms| lateness(terms, it, scope.now))
        else {
            continue;
        };
        let lineage = lineages.get(&in_charge(it)).map_or(&[][..], Vec::as_slice);
        let holders = if it.audience == Audience::Everyone { &holders } else { &reviewers };
        for person in told(&tiers(lineage, holders), days, it) {
            let list = lists.entry((person, day)).or_default();
            if list.len() < LONGEST_LIST {
                list.push(it.submission);
            }
        }
    }
    write(tx, scope, lists).await
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// Where its reviewers are: in its unit, or in the function it was handed to.
fn in_charge(late: &Late) -> UnitId {
    late.function.unwrap_or(late.unit)
}

/// Today in the unit, and how many working days it has been late before; none outside of working
/// hours of the day.
fn lateness(terms: &Terms, late: &Late, now: Instant) -> Option<(Day, usize)> {
    if !terms.time.has_opened(now) {
        return None;
    }
    Some((terms.time.day_of(now), terms.time.working_days_late(late.due_at, now)))
}

/// Who holds which role where.
type Holders = HashMap<UnitId, Vec<(PersonId, Role)>>;

fn only_reviewers(held: &[(PersonId, Role)]) -> Vec<(PersonId, Role)> {
    held.iter().filter(|(_, role)| *role == Role::Reviewer).copied().collect()
}

/// Who is told one after the other: the reviewers nearest to the unit; then, level by level from the
/// unit up, its managers and the reviewers above.
fn tiers(lineage: &[UnitId], holders: &Holders) -> Vec<Vec<PersonId>> {
    let at = |unit: &UnitId| holders.get(unit).map_or(&[][..], Vec::as_slice);
    let reviewed = |unit: &&UnitId| at(unit).iter().any(|(_, role)| *role == Role::Reviewer);
    let nearest = lineage.iter().find(reviewed);
    let first = nearest.map_or(&[][..], at).iter().filter(|(_, role)| *role == Role::Reviewer);
    let first: Vec<PersonId> = first.map(|(person, _)| *person).collect();
    let above = lineage.iter().map(|unit| {
        let tier = at(unit).iter().filter(|(person, _)| !first.contains(person));
        distinct(tier.map(|(person, _)| *person))
    });
    let mut tiers: Vec<Vec<PersonId>> = above.filter(|tier| !tier.is_empty()).collect();
    if !first.is_empty() {
        tiers.insert(0, first);
    }
    tiers
}

/// Those who hear of it after so many days; never its author nor the person concerned.
fn told(tiers: &[Vec<PersonId>], days: usize, late: &Late) -> Vec<PersonId> {
    let reached = tiers.iter().take(days.saturating_add(1)).flatten().copied();
    let barred = [late.author, late.concerned];
    distinct(reached.filter(|person| !barred.contains(&Some(*person))))
}

async fn write(
    tx: &mut Tx,
    scope: &Scope,
    lists: BTreeMap<(PersonId, Day), Vec<SubmissionId>>,
) -> Result<()> {
    let days = distinct(lists.keys().map(|(_, day)| *day));
    let before: HashSet<(PersonId, Day)> = query::listed_on(tx, &days).await?;
    let fresh = lists.into_iter().filter(|(key, _)| !before.contains(key));
    let mut rows = Vec::new();
    for ((person_id, day), submissions) in fresh {
        let data = ListedData { day: day.to_string() };
        let fact = NewFact::new("escalation.listed", ("person", person_id.0), &data);
        tx.state(fact.administrative());
        rows.extend(submissions.into_iter().map(|submission_id| escalated::Model {
            person_id,
            day,
            submission_id,
            created_at: scope.now,
        }));
    }
    query::write_lists(tx, rows).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn unit(number: u128) -> UnitId {
        UnitId(Uuid::from_u128(number))
    }

    fn person(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    #[test]
    fn the_list_climbs_from_reviewers_to_managers_to_those_above() {
        let lineage = [unit(1), unit(2), unit(3)];
        let holders = Holders::from([
            (unit(1), vec![(person(10), Role::Manager)]),
            (unit(2), vec![(person(20), Role::Reviewer), (person(21), Role::Manager)]),
            (unit(3), vec![(person(30), Role::Reviewer)]),
            (unit(9), vec![(person(90), Role::Reviewer)]),
        ]);
        let tiers = tiers(&lineage, &holders);
        let expected = [vec![person(20)], vec![person(10)], vec![person(21)], vec![person(30)]];
        assert_eq!(tiers, expected);
        let late = Late {
            submission: SubmissionId(Uuid::nil()),
            unit: unit(1),
            function: None,
            audience: Audience::Everyone,
            author: Some(person(10)),
            concerned: None,
            due_at: Instant(0),
        };
        assert_eq!(told(&tiers, 0, &late), [person(20)]);
        assert_eq!(told(&tiers, 2, &late), [person(20), person(21)]);
        assert_eq!(told(&tiers, 99, &late).len(), 3);
    }

    #[test]
    fn where_nobody_reviews_managers_are_first() {
        let holders = Holders::from([(unit(2), vec![(person(21), Role::Manager)])]);
        assert_eq!(tiers(&[unit(1), unit(2)], &holders), [vec![person(21)]]);
        assert!(tiers(&[unit(1)], &holders).is_empty());
    }
}

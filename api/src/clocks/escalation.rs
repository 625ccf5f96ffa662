//! What waits too long goes up the tree of units, once a day.
//!
//! A round is made every hour while the escalation is on. It looks at every running clock for a first
//! response or a decision whose time is over, on working days of its unit from the opening on. On the
//! first such day the reviewers in charge get a list; with every further working day without an answer
//! the next ones above them do too. A person gets at most one list a day, in one mail.
//!
//! A round claims its hour in the transaction in which it writes the lists: two processes, a crash or
//! a clock that jumps make no list twice. Who reads what on a list is judged when it is told.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::clocks::escalated;
use entity::clocks::machine::Terms;
use entity::id::{PersonId, SubmissionId, UnitId};
use entity::identity::values::Role;
use entity::instant::{Day, HOUR, Instant};
use entity::submissions::values::Audience;
use serde::Serialize;

use super::query::{self, Late};
use super::settings::Switch;
use crate::identity;
use crate::kit::error::Result;
use crate::kit::fact::NewFact;
use crate::kit::scope::{Scope, Tx};

/// Late submissions that one round looks at, the longest waiting first.
const MOST_LATE: u64 = 5_000;
/// Longest list of one person and day.
const LONGEST_LIST: usize = 200;
/// Reminders of one round.
const MOST_REMINDERS: u64 = 1_000;

#[derive(Serialize)]
struct ListedData {
    day: String,
}

/// Makes the round that is due, if one is. Tells when the next one will be; none while the escalation
/// is off. One statement when nothing is due.
///
/// # Errors
/// A fault of the database; nothing is half done.
pub async fn tick(scope: &Scope) -> Result<Option<Instant>> {
    let due = query::round_due(&scope.db()).await?;
    if due.escalation == Switch::Off {
        return Ok(None);
    }
    match due.next {
        Some(next) if next > scope.now => return Ok(Some(next)),
        _ => {}
    }
    let next = Instant((scope.now.micros().div_euclid(HOUR) + 1) * HOUR);
    let mut tx = scope.begin().await?;
    if query::claim_round(&tx, (due.next, next), scope.now).await? {
        list(&mut tx, scope).await?;
        remind(&mut tx, scope).await?;
        tx.commit(()).await?;
    }
    Ok(Some(next))
}

/// Owners are reminded of promised dates that have passed, once.
async fn remind(tx: &mut Tx, scope: &Scope) -> Result<()> {
    for id in query::claim_reminders(tx, scope.now, MOST_REMINDERS).await? {
        let fact = NewFact::new("promise.passed", ("submission", id.0), &serde_json::json!({}));
        tx.state(fact.internal());
    }
    Ok(())
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

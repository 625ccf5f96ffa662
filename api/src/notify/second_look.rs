//! To whom a second look goes: the reviewers at the nearest unit above the decider's grant that has
//! another one; where the decider stands at the top, any other reviewer; where there is nobody else, the
//! administrators are told that it waits.

use entity::facts::fact;
use entity::id::{PersonId, SubmissionId};
use entity::notify::values::NotificationKind;

use super::query;
use super::telling::{Loudness, Telling};
use crate::kit::error::Result;
use crate::kit::scope::Scope;

/// A reviewer, and how far above the submission's unit their grant is.
pub(super) type Reviewer = (PersonId, i32);

/// Which of these reviewers a second look goes to. The decider's nearest grant counts.
#[must_use]
pub(super) fn goes_to(reviewers: &[Reviewer], decider: Option<PersonId>) -> Vec<PersonId> {
    let is_decider = |person: PersonId| decider == Some(person);
    let own = reviewers.iter().filter(|it| is_decider(it.0)).map(|it| it.1).min();
    let others = || reviewers.iter().filter(|it| !is_decider(it.0));
    let above = |it: &&Reviewer| own.is_none_or(|own| it.1 > own);
    let nearest = others().filter(above).map(|it| it.1).min();
    let mut people: Vec<PersonId> = others()
        .filter(|it| nearest.is_none_or(|nearest| it.1 == nearest))
        .map(|it| it.0)
        .collect();
    people.sort_unstable();
    people.dedup();
    people
}

/// Who is told that an author asks for a second look; in the app alone.
pub(super) async fn tellings_of(scope: &Scope, fact: &fact::Model) -> Result<Vec<Telling>> {
    let db = scope.db();
    let id = SubmissionId(fact.subject_id);
    let Some(row) = query::submission(&db, id).await? else { return Ok(Vec::new()) };
    let decider = query::decliner(&db, (id, fact.at)).await?;
    let mut people = goes_to(&query::reviewers_above(&db, &row).await?, decider);
    if people.is_empty() {
        people = query::administrators(&db).await?;
    }
    let telling = |person| Telling {
        fact_seq: fact.seq,
        person,
        submission: Some(id),
        kind: NotificationKind::SecondLook,
        loudness: Loudness::Quiet,
        decision: None,
        comment: None,
        item: None,
        resolution: None,
        adoption: None,
        announcement: None,
    };
    Ok(people.into_iter().map(telling).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn person(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    #[test]
    fn it_goes_up() {
        let (decider, beside, above, top) = (person(1), person(2), person(3), person(4));
        let all = [(decider, 1), (beside, 1), (above, 2), (top, 3)];
        assert_eq!(goes_to(&all, Some(decider)), [above], "the nearest above");
        assert_eq!(goes_to(&all[..2], Some(decider)), [beside], "nobody above");
        assert_eq!(goes_to(&[(decider, 3), (decider, 1), (above, 2)], Some(decider)), [above]);
        assert_eq!(goes_to(&[(decider, 3), (beside, 0)], Some(decider)), [beside], "at the top");
        assert!(goes_to(&[(decider, 1), (decider, 4)], Some(decider)).is_empty());
        assert_eq!(goes_to(&all, None), [decider, beside], "nobody is known to have decided");
    }

    proptest! {
        #[test]
        fn never_to_the_decider_and_to_somebody_if_there_is_one(
            reviewers in proptest::collection::vec((0..5_u128, 0..5_i32), 0..10),
        ) {
            let reviewers: Vec<Reviewer> =
                reviewers.into_iter().map(|(who, depth)| (person(who), depth)).collect();
            let people = goes_to(&reviewers, Some(person(0)));
            prop_assert!(!people.contains(&person(0)));
            prop_assert_eq!(people.is_empty(), reviewers.iter().all(|it| it.0 == person(0)));
        }
    }
}

//! To whom a second look goes: the reviewers at the nearest unit above the decider's grant that has
//! another one; where the decider stands at the top, any other reviewer, the nearest first; to nobody where
//! there is nobody else. Pure (product.md, "Life of a submission" and its fine print).

use crate::id::PersonId;

/// A reviewer, and how far above the submission's unit their grant is.
pub type Reviewer = (PersonId, i32);

/// Which of these reviewers a second look goes to, each once. Of several grants of the decider the nearest
/// one counts.
#[must_use]
pub fn goes_to(reviewers: &[Reviewer], decider: Option<PersonId>) -> Vec<PersonId> {
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

    fn reviewers() -> impl Strategy<Value = Vec<Reviewer>> {
        let one = (0..5_u128, 0..5_i32).prop_map(|(who, depth)| (person(who), depth));
        proptest::collection::vec(one, 0..10)
    }

    proptest! {
        #[test]
        fn never_to_the_decider_and_to_somebody_if_there_is_one(reviewers in reviewers()) {
            let people = goes_to(&reviewers, Some(person(0)));
            prop_assert!(!people.contains(&person(0)));
            prop_assert_eq!(people.is_empty(), reviewers.iter().all(|it| it.0 == person(0)));
        }

        #[test]
        fn nobody_nearer_above_the_decider_is_passed_over(reviewers in reviewers()) {
            let own = reviewers.iter().filter(|it| it.0 == person(0)).map(|it| it.1).min();
            let above = |depth: i32| own.is_none_or(|own| depth > own);
            let people = goes_to(&reviewers, Some(person(0)));
            let nearest = reviewers.iter().filter(|it| it.0 != person(0) && above(it.1)).map(|it| it.1).min();
            for (who, depth) in reviewers.iter().filter(|it| it.0 != person(0)) {
                match nearest {
                    Some(nearest) if *depth == nearest => prop_assert!(people.contains(who)),
                    Some(nearest) => {
                        let also = reviewers.contains(&(*who, nearest));
                        prop_assert_eq!(people.contains(who), also);
                    }
                    None => prop_assert!(people.contains(who)),
                }
            }
        }

        #[test]
        fn it_does_not_matter_in_which_order_they_stand(reviewers in reviewers()) {
            let mut other = reviewers.clone();
            other.reverse();
            prop_assert_eq!(goes_to(&reviewers, Some(person(1))), goes_to(&other, Some(person(1))));
        }
    }
}

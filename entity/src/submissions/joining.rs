//! Joining: which submission may be joined into which, and for how many people a group of joined
//! ones speaks (product.md, "Merge").
//!
//! The edge is kept and the root derived: a chain A into B, B into C has one canonical submission,
//! C, and A goes with B when B leaves. Pure; [`Group`] and [`below`] are what the counters and the
//! roots in the rows are made with, so a test that recounts them tests the law too.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::id::{PersonId, SubmissionId};
use crate::submissions::phase::{Kind, Phase};
use crate::submissions::submission;
use crate::submissions::values::Audience;

/// How many joinings may lie one above the other. Nobody joins that deep by hand; the bound keeps
/// the walk to the root short.
pub const LONGEST_CHAIN: usize = 16;

/// A submission as far as joining asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party<'a> {
    /// Which.
    pub id: SubmissionId,
    /// What people call it.
    pub reference: &'a str,
    /// Idea or observation.
    pub kind: Kind,
    /// "CX team only", or not.
    pub audience: Audience,
    /// The decided phase.
    pub phase: Phase,
    /// Who wrote it.
    pub author: Option<PersonId>,
}

impl<'a> From<&'a submission::Model> for Party<'a> {
    fn from(row: &'a submission::Model) -> Self {
        Self {
            id: row.id,
            reference: &row.reference,
            kind: row.kind,
            audience: row.audience,
            phase: row.phase,
            author: row.author_id,
        }
    }
}

/// Where a submission is to be joined into.
#[derive(Clone, Copy, Debug)]
pub struct Goal<'a> {
    /// The one that was named.
    pub named: Party<'a>,
    /// The one at the root of its joinings; itself when it is joined with nothing.
    pub root: Party<'a>,
    /// All that it is joined into, decided or announced, whichever way leads there.
    pub above: &'a [SubmissionId],
}

/// Why two submissions cannot be joined. Every sentence says what to do instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unjoinable {
    /// A submission with itself.
    #[error("A submission cannot be joined with itself. Name another one.")]
    Itself,
    /// The other one counts with this one already.
    #[error(
        "{0} is joined into this one already, so this would be a circle. Leave it as it is, or undo that joining first."
    )]
    Circle(String),
    /// An idea with an observation.
    #[error(
        "{other} is of the kind {kind}, and this one is not. Put the kind of one of them right first, or leave them apart."
    )]
    OtherKind {
        /// The other one.
        other: String,
        /// Its kind.
        kind: Kind,
    },
    /// Only one of the two is for the CX team only.
    #[error(
        "Only one of the two is for the CX team only, and joining must not open it. Give both the same audience first, or leave them apart."
    )]
    OtherAudience,
    /// What it would count with is done.
    #[error(
        "{other} is {phase}, so nothing can be joined into it any more. Decline this one with that reason and point to {other}."
    )]
    Done {
        /// The one at the root.
        other: String,
        /// Where it stands.
        phase: Phase,
    },
    /// What it would count with was taken back.
    #[error(
        "{0} was taken back by its author, so nothing can be joined into it. Choose another one."
    )]
    TakenBack(String),
    /// More joinings one above the other than anybody needs.
    #[error(
        "{0} stands below {LONGEST_CHAIN} others already. Join into the one at the top instead."
    )]
    TooLong(String),
    /// The decider wrote what would gain by it.
    #[error(
        "You wrote {0} yourself, and joining adds to it. Ask another reviewer to decide this one."
    )]
    OwnCanonical(String),
}

/// Whether `by` may join `twin` into `goal`, as far as the two of them are concerned. The step of
/// the phase machine (from which phases, by whom) is asked beside.
///
/// # Errors
/// [`Unjoinable`], with the cure.
pub fn may_join(twin: Party<'_>, goal: Goal<'_>, by: Option<PersonId>) -> Result<(), Unjoinable> {
    let Goal { named, root, above } = goal;
    if twin.id == named.id {
        return Err(Unjoinable::Itself);
    }
    if above.contains(&twin.id) || root.id == twin.id {
        return Err(Unjoinable::Circle(named.reference.to_owned()));
    }
    if above.len() >= LONGEST_CHAIN {
        return Err(Unjoinable::TooLong(named.reference.to_owned()));
    }
    for other in [named, root] {
        if by.is_some() && other.author == by {
            return Err(Unjoinable::OwnCanonical(other.reference.to_owned()));
        }
        if other.audience != twin.audience {
            return Err(Unjoinable::OtherAudience);
        }
        if other.kind != twin.kind {
            let (other, kind) = (other.reference.to_owned(), other.kind);
            return Err(Unjoinable::OtherKind { other, kind });
        }
    }
    match root.phase {
        Phase::Withdrawn => Err(Unjoinable::TakenBack(root.reference.to_owned())),
        phase if !phase.takes_twins() => {
            Err(Unjoinable::Done { other: root.reference.to_owned(), phase })
        }
        _ => Ok(()),
    }
}

/// A canonical submission with its twins, and who voted for any of them.
#[derive(Clone, Copy, Debug)]
pub struct Group<'a> {
    /// The author of the canonical one.
    pub author: Option<PersonId>,
    /// The authors of the twins, one for each.
    pub twins: &'a [Option<PersonId>],
    /// Who voted for any of them.
    pub voters: &'a HashSet<PersonId>,
}

impl Group<'_> {
    /// Distinct voters and twins' authors, the canonical one's author not counted, and one for each
    /// twin without an author.
    #[must_use]
    pub fn votes(&self) -> i32 {
        let authors = self.twins.iter().copied().flatten();
        let people: HashSet<PersonId> = self
            .voters
            .iter()
            .copied()
            .chain(authors)
            .filter(|it| Some(*it) != self.author)
            .collect();
        let authorless = self.twins.iter().filter(|author| author.is_none()).count();
        i32::try_from(people.len() + authorless).unwrap_or(i32::MAX)
    }

    /// People behind it: those that [`Group::votes`] counts, and whoever sent the canonical one.
    #[must_use]
    pub fn reach(&self) -> i32 {
        self.votes().saturating_add(1)
    }
}

/// An edge between two submissions that were joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The twin.
    pub twin: SubmissionId,
    /// What it was joined into.
    pub into: SubmissionId,
}

/// All that is joined into `top`, at any depth, each once, in the order in which it is reached.
#[must_use]
pub fn below(edges: &[Edge], top: SubmissionId) -> Vec<SubmissionId> {
    let mut twins: HashMap<SubmissionId, Vec<SubmissionId>> = HashMap::new();
    for edge in edges {
        twins.entry(edge.into).or_default().push(edge.twin);
    }
    let (mut found, mut next) = (Vec::new(), VecDeque::from([top]));
    while let Some(one) = next.pop_front() {
        // Each is taken out when it is passed, so that even edges that run in a circle end.
        let here = twins.remove(&one).unwrap_or_default();
        next.extend(here.iter().copied());
        found.extend(here);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    const SENDER: PersonId = PersonId(Uuid::from_u128(1));
    const REVIEWER: PersonId = PersonId(Uuid::from_u128(2));

    fn id(number: u128) -> SubmissionId {
        SubmissionId(Uuid::from_u128(number))
    }

    fn party(number: u128) -> Party<'static> {
        Party {
            id: id(number),
            reference: "EAR-7",
            kind: Kind::Idea,
            audience: Audience::Everyone,
            phase: Phase::UnderReview,
            author: Some(SENDER),
        }
    }

    fn goal(root: Party<'static>) -> Goal<'static> {
        Goal { named: root, root, above: &[] }
    }

    fn check(twin: Party<'_>, goal: Goal<'_>) -> Result<(), Unjoinable> {
        may_join(twin, goal, Some(REVIEWER))
    }

    #[test]
    fn two_of_a_kind_may_be_joined() {
        for phase in Phase::ALL {
            let may = check(party(1), goal(Party { phase, ..party(2) }));
            assert_eq!(may.is_ok(), phase.takes_twins(), "{phase}: {may:?}");
        }
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let other = Party { kind: Kind::Observation, ..party(2) };
        let hidden = Party { audience: Audience::CxTeamOnly, ..party(2) };
        let done = Party { phase: Phase::Implemented, ..party(3) };
        let back = Party { phase: Phase::Withdrawn, ..party(3) };
        let own = Party { author: Some(REVIEWER), ..party(2) };
        let deep: Vec<SubmissionId> = (10..10 + 16).map(id).collect();
        let around = [id(9), id(1)];
        for (goal, expected) in [
            (goal(party(1)), "itself"),
            (Goal { above: &around, ..goal(party(2)) }, "circle"),
            (goal(other), "kind OBSERVATION"),
            (goal(hidden), "CX team only"),
            (
                Goal { named: Party { phase: Phase::Merged, ..party(2) }, ..goal(done) },
                "IMPLEMENTED",
            ),
            (goal(back), "taken back"),
            (Goal { above: &deep, ..goal(party(2)) }, "below 16"),
            (goal(own), "another reviewer"),
        ] {
            let refused = check(party(1), goal).expect_err(expected).to_string();
            assert!(refused.contains(expected), "{refused}");
        }
    }

    #[test]
    fn a_group_counts_people_and_not_votes() {
        let (other, third) = (PersonId(Uuid::from_u128(3)), PersonId(Uuid::from_u128(4)));
        // The canonical one's author voted for a twin; a twin's author voted for the canonical one.
        let voters = HashSet::from([SENDER, other, third]);
        let twins = [Some(other), None, None];
        let group = Group { author: Some(SENDER), twins: &twins, voters: &voters };
        assert_eq!((group.votes(), group.reach()), (4, 5));
        let authorless = Group { author: None, ..group };
        assert_eq!((authorless.votes(), authorless.reach()), (5, 6));
    }

    #[test]
    fn a_twin_takes_its_own_twins_along() {
        let edge = |twin, into| Edge { twin: id(twin), into: id(into) };
        let edges = [edge(1, 2), edge(2, 3), edge(4, 2), edge(5, 3)];
        assert_eq!(below(&edges, id(2)), [id(1), id(4)]);
        assert_eq!(below(&edges, id(3)).len(), 4);
        assert!(below(&edges, id(1)).is_empty());
        assert_eq!(below(&[edge(1, 2), edge(2, 1)], id(1)).len(), 2, "a circle ends");
    }

    /// The simple model: who is joined into what, who wrote and who voted, all by small numbers.
    #[derive(Debug, Default)]
    struct Model {
        into: HashMap<u128, u128>,
        authors: HashMap<u128, Option<PersonId>>,
        voters: HashMap<u128, HashSet<PersonId>>,
    }

    impl Model {
        fn root(&self, mut one: u128) -> u128 {
            while let Some(into) = self.into.get(&one) {
                one = *into;
            }
            one
        }

        /// Recounted the slow way: person by person, over everything that has this root.
        fn votes(&self, root: u128) -> i32 {
            let group = (0..12).filter(|one| self.root(*one) == root);
            let mut counted: Vec<PersonId> = Vec::new();
            let mut nameless = 0;
            for one in group {
                let author = self.authors.get(&one).copied().flatten();
                if one != root {
                    nameless += i32::from(author.is_none());
                    counted.extend(author);
                }
                counted.extend(self.voters.get(&one).into_iter().flatten());
            }
            let own = self.authors.get(&root).copied().flatten();
            counted.retain(|person| Some(*person) != own);
            counted.sort();
            counted.dedup();
            i32::try_from(counted.len()).expect("few") + nameless
        }

        fn edges(&self) -> Vec<Edge> {
            self.into.iter().map(|(twin, into)| Edge { twin: id(*twin), into: id(*into) }).collect()
        }
    }

    proptest! {
        /// Whatever is joined, left and voted for: the tree that the law walks has no circle, and
        /// what it counts is what the model counts from scratch.
        #[test]
        fn the_law_agrees_with_a_recount(
            authors in proptest::collection::vec(proptest::option::of(0_u128..5), 12),
            steps in proptest::collection::vec((0_u8..4, 0_u128..12, 0_u128..12), 1..60),
        ) {
            let mut model = Model::default();
            for (one, author) in (0..).zip(authors) {
                model.authors.insert(one, author.map(|it| PersonId(Uuid::from_u128(it))));
            }
            for (verb, one, other) in steps {
                match verb {
                    0 => {
                        let person = PersonId(Uuid::from_u128(other % 7));
                        model.voters.entry(one).or_default().insert(person);
                    }
                    1 => drop(model.into.remove(&one)),
                    _ if !model.into.contains_key(&one) => {
                        let mut above = Vec::new();
                        let mut up = other;
                        while let Some(into) = model.into.get(&up) {
                            up = *into;
                            above.push(id(up));
                        }
                        let goal = Goal { named: party(other), root: party(up), above: &above };
                        let may = check(party(one), goal);
                        let circle = up == one;
                        prop_assert_eq!(may.is_err(), circle || above.len() >= LONGEST_CHAIN);
                        if may.is_ok() {
                            model.into.insert(one, other);
                        }
                    }
                    _ => {}
                }
                for root in (0..12).filter(|it| model.root(*it) == *it) {
                    let twins: Vec<_> = below(&model.edges(), id(root));
                    let expected = (0..12).filter(|it| *it != root && model.root(*it) == root).count();
                    prop_assert_eq!(twins.len(), expected);
                    let numbers = twins.iter().map(|it| it.0.as_u128());
                    let authors: Vec<_> =
                        numbers.clone().map(|it| model.authors.get(&it).copied().flatten()).collect();
                    let voters: HashSet<PersonId> = numbers
                        .chain([root])
                        .filter_map(|it| model.voters.get(&it))
                        .flatten()
                        .copied()
                        .collect();
                    let author = model.authors.get(&root).copied().flatten();
                    let group = Group { author, twins: &authors, voters: &voters };
                    prop_assert_eq!(group.votes(), model.votes(root));
                }
            }
        }
    }
}

//! Whether a rule means a submission, and what all rules together do with it. Pure.

use entity::id::{CauseId, PersonId, RuleId, TouchpointId, UnitId};
use entity::routing::rule;
use entity::routing::values::WordMatch;
use entity::routing::words::Folded;
use entity::submissions::phase::Kind;
use entity::submissions::submission;
use entity::submissions::values::{Channel, Severity};

/// The conditions of a rule; all that are named must hold.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// At this touchpoint.
    pub touchpoint: Option<TouchpointId>,
    /// About this unit or one below it.
    pub unit: Option<UnitId>,
    /// These words; none for no condition.
    pub words: Vec<Folded>,
    /// Any or all of the words.
    pub how: WordMatch,
    /// Idea or observation.
    pub kind: Option<Kind>,
    /// Came this way.
    pub channel: Option<Channel>,
    /// At least this bad.
    pub severity: Option<Severity>,
}

impl Conditions {
    /// The conditions that a row states.
    #[must_use]
    pub fn of(row: &rule::Model) -> Self {
        Self {
            touchpoint: row.touchpoint_id,
            unit: row.unit_id,
            words: listed(&row.words).iter().map(|word| Folded::of(word)).collect(),
            how: row.word_match,
            kind: row.kind,
            channel: row.channel,
            severity: row.severity,
        }
    }

    /// Whether all that can be told without reading the words holds.
    #[must_use]
    pub fn mean(&self, row: &submission::Model, lineage: &[UnitId]) -> bool {
        self.touchpoint.is_none_or(|it| row.touchpoint_id == Some(it))
            && self.unit.is_none_or(|it| lineage.contains(&it))
            && self.kind.is_none_or(|it| row.kind == it)
            && self.channel.is_none_or(|it| row.channel == it)
            && self.severity.is_none_or(|it| row.severity.is_some_and(|found| found >= it))
    }

    /// Whether the words hold, if any are asked for.
    #[must_use]
    pub fn words_hold(&self, text: &Folded) -> bool {
        self.words.is_empty() || text.fulfils(&self.words, self.how)
    }
}

/// A list as a row holds it.
#[must_use]
pub fn listed(stored: &str) -> Vec<String> {
    serde_json::from_str(stored).unwrap_or_default()
}

/// What the rules that mean one submission would do with it. The first that names a value wins it;
/// who may not be given it is passed over, so more than one can be named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// To which function, and by which rule.
    pub function: Option<(UnitId, RuleId)>,
    /// To whom, by which rule, in the order of the rules.
    pub assignees: Vec<(PersonId, RuleId)>,
    /// Tags, each once, with the first rule that adds it.
    pub tags: Vec<(String, RuleId)>,
    /// Root causes, each once, with the first rule that links to it.
    pub causes: Vec<(CauseId, RuleId)>,
}

impl Effects {
    /// What `rules`, in their order, do together.
    #[must_use]
    pub fn of<'a>(rules: impl Iterator<Item = &'a rule::Model>) -> Self {
        let mut effects = Self::default();
        for rule in rules {
            if let (None, Some(function)) = (effects.function, rule.function_id) {
                effects.function = Some((function, rule.id));
            }
            effects.assignees.extend(rule.assignee_id.map(|person| (person, rule.id)));
            if let Some(cause) = rule.cause_id
                && effects.causes.iter().all(|(known, _)| *known != cause)
            {
                effects.causes.push((cause, rule.id));
            }
            for tag in listed(&rule.tags) {
                if effects.tags.iter().all(|(known, _)| *known != tag) {
                    effects.tags.push((tag, rule.id));
                }
            }
        }
        effects
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::instant::Instant;
    use entity::routing::values::RuleState;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn rule(id: u128) -> rule::Model {
        rule::Model {
            id: RuleId(Uuid::from_u128(id)),
            name: String::from("Lifts"),
            name_key: String::from("lifts"),
            position: 1,
            state: RuleState::On,
            touchpoint_id: None,
            unit_id: None,
            words: String::from("[]"),
            word_match: WordMatch::Any,
            kind: None,
            channel: None,
            severity: None,
            function_id: None,
            assignee_id: None,
            tags: String::from("[]"),
            cause_id: None,
            created_by: None,
            archived_at: None,
            created_at: Instant(0),
            updated_at: Instant(0),
            version: 1,
        }
    }

    fn person(number: u128) -> PersonId {
        PersonId(Uuid::from_u128(number))
    }

    fn unit(number: u128) -> UnitId {
        UnitId(Uuid::from_u128(number))
    }

    #[test]
    fn the_first_that_names_a_value_wins_it() {
        let first = rule::Model { tags: String::from("[\"lift\"]"), ..rule(1) };
        let second = rule::Model {
            function_id: Some(unit(5)),
            assignee_id: Some(person(7)),
            tags: String::from("[\"lift\",\"stairs\"]"),
            ..rule(2)
        };
        let third =
            rule::Model { function_id: Some(unit(6)), assignee_id: Some(person(8)), ..rule(3) };
        let done = Effects::of([&first, &second, &third].into_iter());
        assert_eq!(done.function, Some((unit(5), second.id)));
        assert_eq!(done.assignees, [(person(7), second.id), (person(8), third.id)]);
        assert_eq!(
            done.tags,
            [(String::from("lift"), first.id), (String::from("stairs"), second.id)]
        );
    }

    #[test]
    fn a_broken_list_is_no_list() {
        assert!(listed("not json").is_empty());
        assert_eq!(listed("[\"a\"]"), ["a"]);
    }

    proptest! {
        /// Against the rule of thumb: walk the rules, write into empty fields alone.
        #[test]
        fn effects_are_those_of_one_rule_after_the_other(
            rules in proptest::collection::vec((proptest::option::of(1_u128..4), proptest::option::of(1_u128..4), proptest::collection::vec("[ab]", 0..3)), 0..8)
        ) {
            let rows: Vec<rule::Model> = (1..).zip(&rules).map(|(id, (function, assignee, tags))| rule::Model {
                function_id: function.map(unit),
                assignee_id: assignee.map(person),
                tags: serde_json::to_string(tags).expect("a list"),
                ..rule(id)
            }).collect();
            let (mut function, mut assignee, mut tags) = (None, None, std::collections::BTreeMap::new());
            for row in &rows {
                function = function.or(row.function_id.map(|it| (it, row.id)));
                assignee = assignee.or(row.assignee_id.map(|it| (it, row.id)));
                for tag in listed(&row.tags) {
                    tags.entry(tag).or_insert(row.id);
                }
            }
            let done = Effects::of(rows.iter());
            prop_assert_eq!(done.function, function);
            prop_assert_eq!(done.assignees.first().copied(), assignee);
            prop_assert_eq!(done.tags.into_iter().collect::<std::collections::BTreeMap<_, _>>(), tags);
        }
    }
}

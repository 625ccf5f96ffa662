//! How a fact looks from outside: every id in the form of the API, every value as text, nothing that
//! nobody has said what it is (docs/adr/0020). Pure.

use entity::facts::fact;
use entity::id::{decode, encode};
use entity::instant::Instant;
use serde_json::Value;
use uuid::Uuid;

use super::kinds::{self, Member};

/// Whether ids of people are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum People {
    /// They are.
    Shown,
    /// Only this one: whoever asks.
    Me(Option<Uuid>),
}

impl People {
    fn show(self, person: Uuid) -> bool {
        match self {
            Self::Shown => true,
            Self::Me(me) => me == Some(person),
        }
    }
}

/// One value that a fact carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// What it is called.
    pub name: String,
    /// The value.
    pub value: String,
}

/// The id of what a fact is about; none for what is one thing, or meant for all.
#[must_use]
pub fn subject_id(fact: &fact::Model) -> Option<String> {
    let prefix = kinds::prefix(&fact.subject_kind)?;
    (!fact.subject_id.is_nil()).then(|| named(prefix, fact.subject_id))
}

fn named(prefix: &str, id: Uuid) -> String {
    format!("{prefix}_{}", encode(id))
}

/// What a fact carries, in the order of the names; a list member stands once for each of its values,
/// what is null not at all.
#[must_use]
pub fn details(fact: &fact::Model, people: People) -> Vec<Detail> {
    let Ok(Value::Object(members)) = serde_json::from_str::<Value>(&fact.data) else {
        return Vec::new();
    };
    let mut told = Vec::new();
    for (name, value) in members {
        let Some(member) = kinds::member(&fact.kind, &name) else { continue };
        let values = match value {
            Value::Array(values) => values,
            one => vec![one],
        };
        let values = values.iter().filter_map(|value| text(member, value, people));
        told.extend(values.map(|value| Detail { name: name.clone(), value }));
    }
    told
}

fn text(member: Member, value: &Value, people: People) -> Option<String> {
    match member {
        Member::Word => word(value),
        Member::Time => value.as_i64().map(|at| Instant(at).rfc3339()),
        Member::Id(prefix) => bare(prefix, value).map(|id| named(prefix, id)),
        Member::Person => {
            bare("person", value).filter(|id| people.show(*id)).map(|id| named("person", id))
        }
    }
}

/// Enums, numbers, days and names of fields. Whatever looks like an id is none of these.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if Uuid::try_parse(text).is_err() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(said) => Some(said.to_string()),
        _ => None,
    }
}

/// Ids lie in the log in two forms: bare, and in the form of the API.
fn bare(prefix: &str, value: &Value) -> Option<Uuid> {
    let text = value.as_str()?;
    let coded = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_'));
    match coded {
        Some(coded) => decode(coded),
        None => Uuid::try_parse(text).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use entity::facts::values::{ActorKind, FactAudience};
    use proptest::prelude::*;
    use serde_json::json;

    fn fact(kind: &str, data: &Value) -> fact::Model {
        fact::Model {
            seq: 1,
            kind: kind.to_owned(),
            subject_kind: String::from("submission"),
            subject_id: Uuid::from_u128(7),
            actor_kind: ActorKind::System,
            actor_id: None,
            caused_by: None,
            audience: FactAudience::Readers,
            at: Instant(0),
            data: data.to_string(),
        }
    }

    fn told(kind: &str, data: &Value, people: People) -> Vec<(String, String)> {
        let details = details(&fact(kind, data), people);
        details.into_iter().map(|it| (it.name, it.value)).collect()
    }

    #[test]
    fn both_forms_of_an_id_come_out_as_one() {
        let id = Uuid::from_u128(42);
        let unit = format!("unit_{}", encode(id));
        for form in [json!({"unit": id}), json!({"unit": unit})] {
            let told = told("person.created", &form, People::Shown);
            assert_eq!(told, [(String::from("unit"), unit.clone())]);
        }
    }

    #[test]
    fn lists_come_one_by_one_and_nulls_not_at_all() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let data = json!({"split": null, "parts": [one, two]});
        let told = told("submission.split", &data, People::Shown);
        let part = |id| (String::from("parts"), format!("sub_{}", encode(id)));
        assert_eq!(told, [part(one), part(two)]);
    }

    #[test]
    fn instants_are_told_as_instants() {
        let told = told("submission.snoozed", &json!({"until": 0}), People::Shown);
        assert_eq!(told, [(String::from("until"), String::from("1970-01-01T00:00:00Z"))]);
    }

    #[test]
    fn people_are_told_to_those_who_may_know_and_to_themselves() {
        let (me, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let data = json!({"assignee": me, "previous": other});
        assert_eq!(told("submission.assigned", &data, People::Shown).len(), 2);
        let mine = told("submission.assigned", &data, People::Me(Some(me)));
        assert_eq!(mine.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["assignee"]);
        assert!(told("submission.assigned", &data, People::Me(None)).is_empty());
    }

    #[test]
    fn what_nobody_knows_stays_inside() {
        let data = json!({"secret": "x", "kind": {"a": 1}, "unit": "elsewhere"});
        assert!(told("submission.sent", &data, People::Shown).is_empty());
        assert!(told("unheard.of", &json!({"kind": "IDEA"}), People::Shown).is_empty());
        let disguised = json!({"kind": Uuid::from_u128(9)});
        assert!(told("submission.sent", &disguised, People::Shown).is_empty());
    }

    proptest! {
        #[test]
        fn no_bare_id_leaves(bits: u128, at in 0..kinds::KINDS.len()) {
            let (kind, members) = kinds::KINDS[at];
            let id = Uuid::from_u128(bits);
            let data: serde_json::Map<String, Value> =
                members.iter().map(|(name, _)| ((*name).to_owned(), json!(id))).collect();
            for (_, value) in told(kind, &Value::Object(data), People::Shown) {
                prop_assert!(Uuid::try_parse(&value).is_err(), "{}: {}", kind, value);
            }
        }
    }
}

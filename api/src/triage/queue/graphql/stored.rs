//! How the filter of a view is kept: as the JSON text of the input that was sent, without what was
//! left out. A view lives longer than a release: what cannot be read any more is told, never a crash.

use async_graphql::{InputType as _, Value};

use super::inputs::{self, QueueFilter};
use crate::kit::error::{Code, Refusal, Result};
use crate::submissions::filter::Leaf as Shared;
use crate::triage::queue::filter::{Filter, Leaf};
use crate::triage::queue::query::Named;
use crate::triage::queue::service::Stored;

/// Longest stored filter, in bytes.
const LONGEST: usize = 16 * 1024;

/// The filter as it is kept, checked as if the queue were asked.
///
/// # Errors
/// As reading the queue with it; TOO_LONG at `filter`.
pub(super) fn keep(asked: QueueFilter) -> Result<Stored> {
    let named = named(&inputs::read(asked.clone())?);
    let filter = without_nulls(asked.to_value()).to_string();
    if filter.len() > LONGEST {
        return Err(Refusal::new(
            Code::TooLong,
            "filter",
            format!("A saved filter takes at most {LONGEST} bytes. Shorten it."),
        )
        .into());
    }
    Ok(Stored { filter, named })
}

/// The kept filter; `None` where it cannot be read any more.
#[must_use]
pub fn read(kept: &str) -> Option<Filter> {
    let value = Value::from_json(serde_json::from_str(kept).ok()?).ok()?;
    inputs::read(QueueFilter::parse(Some(value)).ok()?).ok()
}

fn without_nulls(value: Value) -> serde_json::Value {
    fn strip(value: serde_json::Value) -> serde_json::Value {
        match value {
            serde_json::Value::Object(fields) => fields
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, strip(value)))
                .collect(),
            serde_json::Value::Array(items) => items.into_iter().map(strip).collect(),
            other => other,
        }
    }
    strip(value.into_json().unwrap_or_default())
}

/// What a filter speaks of by id.
#[must_use]
pub(in crate::triage::queue) fn named(filter: &Filter) -> Named {
    let mut named = Named::default();
    for leaf in filter.leaves() {
        match leaf {
            Leaf::Shared(Shared::Unit(ids) | Shared::UnitSubtree(ids) | Shared::Function(ids)) => {
                named.units.extend(ids)
            }
            Leaf::Shared(Shared::Touchpoint(ids)) => named.touchpoints.extend(ids),
            Leaf::Shared(Shared::Program(ids)) => named.programs.extend(ids),
            Leaf::Assignee(ids) => named.people.extend(ids),
            Leaf::Status(ids) => named.statuses.extend(ids),
            Leaf::Cause(ids) => named.causes.extend(ids),
            Leaf::CauseSubtree(id) => drop(named.causes.insert(*id)),
            _ => {}
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::submissions::graphql::enums::Kind;
    use crate::submissions::graphql::inputs::{IdFilter, KindFilter};

    #[test]
    fn a_filter_survives_being_kept() {
        let unit = entity::id::UnitId(uuid::Uuid::from_u128(7)).to_string();
        let asked = QueueFilter {
            kind: Some(KindFilter { r#in: vec![Kind::Idea] }),
            text: Some(String::from("\"lift\" 电梯")),
            or: Some(vec![
                QueueFilter { mine: Some(true), ..QueueFilter::default() },
                QueueFilter {
                    function: Some(IdFilter { r#in: vec![unit.clone().into()] }),
                    ..QueueFilter::default()
                },
            ]),
            ..QueueFilter::default()
        };
        let kept = keep(asked).expect("a sound filter");
        assert!(!kept.filter.contains("null"), "{}", kept.filter);
        assert!(kept.named.ids().contains(&unit));
        let read = read(&kept.filter).expect("readable");
        assert_eq!(read.leaves().len(), 4);
        assert_eq!(named(&read), kept.named);
    }

    #[test]
    fn what_cannot_be_read_is_none() {
        for kept in [
            "",
            "[]",
            "{\"kind\": 3}",
            "{\"planet\": \"Mars\"}",
            "{\"unit\": {\"inSubtree\": \"x\"}}",
        ] {
            let read = read(kept);
            assert!(read.is_none() || kept.contains("planet"), "{kept}");
        }
    }
}

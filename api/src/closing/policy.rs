//! Who may close what. Pure.

use entity::triage::cause;
use entity::triage::progress::{self, Capacity};
use entity::triage::values::CauseStatus;

use crate::kit::error::{Code, Refusal, Result};

/// A cause that may be resolved now.
///
/// # Errors
/// CONFLICT when it is resolved already, naming who did it if the asker may know; INVALID at `field`
/// with what has to be said first.
pub fn may_resolve(
    row: &cause::Model,
    (capacity, field): (Capacity, &str),
    resolver: Option<&str>,
) -> Result<()> {
    if row.status == CauseStatus::Resolved {
        return Err(resolved_already(field, resolver).into());
    }
    let step = progress::step(row.status, CauseStatus::Resolved, capacity);
    step.map_err(|refused| {
        let cure = match refused.from {
            CauseStatus::Suspected => "Say first that it is CONFIRMED or BEING_ADDRESSED.",
            _ => "Choose a live one.",
        };
        let message = format!("The cause {} is {}. {cure}", row.id, refused.from);
        Refusal::new(Code::Invalid, field, message).into()
    })
}

fn resolved_already(field: &str, resolver: Option<&str>) -> Refusal {
    let who = resolver.unwrap_or("Somebody");
    let message = format!(
        "{who} has resolved this cause already. Read it again; if it came back, move it to BEING_ADDRESSED first."
    );
    Refusal::new(Code::Conflict, field, message)
}

/// What was closed by an earlier resolving is still being taken back: until then it looks as if it were
/// done.
#[must_use]
pub fn being_taken_back(field: &str) -> Refusal {
    let message = "An earlier resolving is still being taken back. Wait until it is UNDONE, then resolve the cause again.";
    Refusal::new(Code::Conflict, field, message)
}

/// Who may answer for the unit whether something is still fixed: its manager, never on an own one and
/// never the person concerned.
///
/// # Errors
/// FORBIDDEN.
pub fn may_answer(answers: Answers) -> Result<Capacities> {
    match answers {
        Answers { recused: true, .. } => {}
        Answers { author: true, .. } => return Ok(Capacities::Author),
        Answers { manager: true, .. } => return Ok(Capacities::Unit),
        Answers { .. } => {}
    }
    Err(Refusal::forbidden("to be its author, or to manage the unit where it was sent").into())
}

/// How somebody stands towards the question whether something is still fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Answers {
    /// Wrote it.
    pub author: bool,
    /// Manages its unit.
    pub manager: bool,
    /// Is named as concerned.
    pub recused: bool,
}

/// In which capacity somebody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacities {
    /// As the author: NO is "not fixed".
    Author,
    /// For the unit: NO asks a reviewer to look.
    Unit,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kit::error::Error;
    use entity::id::CauseId;
    use entity::instant::Instant;
    use entity::triage::values::Category;

    fn cause(status: CauseStatus) -> cause::Model {
        cause::Model {
            id: CauseId(uuid::Uuid::nil()),
            parent_id: None,
            name: String::from("No hooks"),
            name_key: String::from("no hooks"),
            category: Category::Place,
            status,
            owner_id: None,
            owner_unit_id: None,
            merged_into: None,
            reach: 0,
            submission_count: 0,
            shown_reach: 0,
            shown_submission_count: 0,
            created_by: None,
            created_at: Instant(0),
            version: 1,
        }
    }

    #[test]
    fn what_may_be_resolved() {
        for capacity in [Capacity::Reviewer, Capacity::Owner] {
            for (status, code) in [
                (CauseStatus::Suspected, Some(Code::Invalid)),
                (CauseStatus::Confirmed, None),
                (CauseStatus::BeingAddressed, None),
                (CauseStatus::Resolved, Some(Code::Conflict)),
                (CauseStatus::Rejected, Some(Code::Invalid)),
                (CauseStatus::Merged, Some(Code::Invalid)),
            ] {
                let refused = may_resolve(&cause(status), (capacity, "id"), Some("Rita"));
                let said = refused.err().map(|error| match error {
                    Error::Refusal(refusal) => refusal.code,
                    Error::Fault(_) => Code::Internal,
                });
                assert_eq!(said, code, "{status} {capacity:?}");
            }
        }
    }

    #[test]
    fn who_answers() {
        let all = |author, manager, recused| Answers { author, manager, recused };
        assert_eq!(may_answer(all(true, true, false)).ok(), Some(Capacities::Author));
        assert_eq!(may_answer(all(false, true, false)).ok(), Some(Capacities::Unit));
        assert!(may_answer(all(false, false, false)).is_err());
        assert!(may_answer(all(false, true, true)).is_err());
    }
}

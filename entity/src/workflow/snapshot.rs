//! What a decision found: the state that undo restores.
//!
//! Taken when the first decision after an announcement is made and handed on when another one takes
//! its place, because undo leads back to what was announced. Ids, enums and dates only.

use serde::{Deserialize, Serialize};

use crate::id::{PersonId, StatusId, SubmissionId, UnitId};
use crate::instant::{Day, Instant};
use crate::submissions::phase::{ImpossiblePosition, Kind, Phase, PhaseStack, Position};
use crate::submissions::submission::Model;
use crate::submissions::values::Handover;

/// A value as it was; told apart from "not touched".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Was<T> {
    /// The value, none included.
    pub was: Option<T>,
}

/// A phase with the phases to return to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The phase.
    pub phase: Phase,
    /// The phases to return to.
    pub stack: PhaseStack,
}

impl Place {
    /// Where a row stands.
    #[must_use]
    pub const fn of(row: &Model) -> Self {
        Self { phase: row.phase, stack: row.phase_stack }
    }

    /// The same place as the phase machine knows it.
    ///
    /// # Errors
    /// [`ImpossiblePosition`] for what the machine can never have written.
    pub fn position(self, kind: Kind) -> Result<Position, ImpossiblePosition> {
        Position::new(self.phase, kind, self.stack)
    }
}

/// What a decision found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// The announced place: undo restores it.
    pub shown: Place,
    /// Where the submission stood when this very decision was made; differs from `shown` when the
    /// decision took the place of another.
    pub left: Place,
    /// The announced label.
    pub status: StatusId,
    /// The wake date.
    pub wake_on: Option<Day>,
    /// The one it was joined with.
    pub merged_into: Option<SubmissionId>,
    /// When the announced phase was entered.
    pub entered_at: Instant,
    /// The assignee, when the decision changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<Was<PersonId>>,
    /// The promised date, when the decision changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_on: Option<Was<Day>>,
    /// The function to which it was only offered, when the decision took it: whoever decides on what
    /// was handed to them has taken it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered_to: Option<UnitId>,
}

impl Before {
    /// The state of a row whose phase everybody sees.
    #[must_use]
    pub const fn of(row: &Model) -> Self {
        Self {
            shown: Place::of(row),
            left: Place::of(row),
            status: row.status_id,
            wake_on: row.wake_on,
            merged_into: row.merged_into,
            entered_at: row.entered_at,
            assignee: None,
            promised_on: None,
            offered_to: None,
        }
    }

    /// The same state, handed on to a decision that is made where the row stands now.
    #[must_use]
    pub const fn handed_on(self, row: &Model) -> Self {
        Self { left: Place::of(row), ..self }
    }

    /// Remembers the assignee; the first memory stays.
    #[must_use]
    pub fn with_assignee(mut self, row: &Model) -> Self {
        self.assignee.get_or_insert(Was { was: row.assignee_id });
        self
    }

    /// Remembers the promised date; the first memory stays.
    #[must_use]
    pub fn with_promise(mut self, row: &Model) -> Self {
        self.promised_on.get_or_insert(Was { was: row.promised_on });
        self
    }

    /// Remembers the function to which it was only offered; the first memory stays.
    #[must_use]
    pub fn with_offer(mut self, row: &Model) -> Self {
        if row.handover == Some(Handover::Offered) {
            self.offered_to = self.offered_to.or(row.function_id);
        }
        self
    }

    /// The hand-over as it was: an offer again, unless it went elsewhere meanwhile.
    fn handover(&self, row: &Model) -> Option<Handover> {
        let taken_with_it = self.offered_to.is_some() && self.offered_to == row.function_id;
        row.handover.map(|now| if taken_with_it { Handover::Offered } else { now })
    }

    /// The row as it was before the decision; everything that a decision does not touch stays. So
    /// does what was opened: a held decision opens nothing, so somebody else did.
    #[must_use]
    pub fn restore(&self, row: Model) -> Model {
        Model {
            phase: self.shown.phase,
            phase_stack: self.shown.stack,
            status_id: self.status,
            wake_on: self.wake_on,
            merged_into: self.merged_into,
            entered_at: self.entered_at,
            assignee_id: self.assignee.map_or(row.assignee_id, |assignee| assignee.was),
            promised_on: self.promised_on.map_or(row.promised_on, |promised| promised.was),
            handover: self.handover(&row),
            pending_decision_id: None,
            ..row
        }
    }

    /// The text for the `before` column.
    #[must_use]
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the text of a `before` column.
    ///
    /// # Errors
    /// When the text is none that [`Before::to_text`] has written.
    pub fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{ProgramId, TextId, UnitId};
    use crate::submissions::values::{Audience, Channel};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn row() -> Model {
        Model {
            id: SubmissionId(Uuid::from_u128(1)),
            reference: String::from("EAR-1"),
            kind: Kind::Idea,
            phase: Phase::Submitted,
            shown_phase: Phase::Submitted,
            status_id: StatusId(Uuid::from_u128(2)),
            shown_status_id: StatusId(Uuid::from_u128(2)),
            phase_stack: PhaseStack::EMPTY,
            author_id: None,
            sent_by: None,
            unit_id: UnitId(Uuid::from_u128(3)),
            function_id: None,
            touchpoint_id: None,
            program_id: ProgramId(Uuid::from_u128(4)),
            channel: Channel::Web,
            severity: None,
            audience: Audience::Everyone,
            concerned_id: None,
            assignee_id: None,
            owner_id: None,
            impact: None,
            effort: None,
            promised_on: None,
            wake_on: None,
            merged_into: None,
            opened_at: None,
            text_id: TextId(Uuid::from_u128(5)),
            language: None,
            vote_count: 0,
            comment_count: 0,
            photo_count: 0,
            pending_decision_id: None,
            second_look_at: None,
            implemented_shown_at: None,
            entered_at: Instant(10),
            canonical_id: None,
            reach: 1,
            due_at: None,
            snoozed_until: None,
            hidden_at: None,
            locked_at: None,
            split_from: None,
            handover: None,
            created_at: Instant(10),
            updated_at: Instant(10),
            version: 1,
        }
    }

    #[test]
    fn a_state_survives_its_text() {
        let mut row = row();
        row.wake_on = "2026-03-01".parse().ok();
        let before = Before::of(&row).with_assignee(&row).with_promise(&row);
        assert_eq!(Before::read(&before.to_text()).expect("read"), before);
        assert!(Before::read("{}").is_err());
    }

    #[test]
    fn what_a_decision_does_not_touch_stays() {
        let found = row();
        let before = Before::of(&found);
        let later = Model {
            vote_count: 7,
            assignee_id: Some(PersonId(Uuid::nil())),
            opened_at: Some(Instant(50)),
            ..row()
        };
        let restored = before.restore(later.clone());
        assert_eq!(restored.opened_at, later.opened_at, "somebody else opened it");
        assert_eq!(restored.vote_count, 7);
        assert_eq!(restored.assignee_id, later.assignee_id);
        assert_eq!(before.with_assignee(&found).restore(later).assignee_id, None);
    }

    #[test]
    fn what_was_taken_by_deciding_is_an_offer_again() {
        let it = UnitId(Uuid::from_u128(8));
        let found = Model { function_id: Some(it), handover: Some(Handover::Offered), ..row() };
        let before = Before::read(&Before::of(&found).with_offer(&found).to_text()).expect("read");
        let taken = Model { handover: Some(Handover::Accepted), ..found.clone() };
        assert_eq!(before.restore(taken.clone()).handover, Some(Handover::Offered));
        // Handed on or back meanwhile: undoing the decision moves no queue.
        let elsewhere = Model { function_id: Some(UnitId(Uuid::nil())), ..taken.clone() };
        assert_eq!(before.restore(elsewhere).handover, Some(Handover::Accepted));
        let back = Model { function_id: None, handover: None, ..taken.clone() };
        assert_eq!(before.restore(back).handover, None);
        // What had been taken before stays taken.
        let before = Before::of(&taken).with_offer(&taken);
        assert_eq!(before.restore(taken).handover, Some(Handover::Accepted));
    }

    proptest! {
        /// However many decisions take each other's place, undo leads to what was announced.
        #[test]
        fn undo_leads_back_to_what_was_announced(
            phases in proptest::collection::vec(proptest::sample::select(Phase::ALL.to_vec()), 1..8),
        ) {
            let shown = row();
            let mut before: Option<Before> = None;
            let mut now = shown.clone();
            for (step, phase) in phases.into_iter().enumerate() {
                let found = before.map_or_else(|| Before::of(&now), |held| held.handed_on(&now));
                prop_assert_eq!(found.left, Place::of(&now));
                before = Some(Before::read(&found.with_assignee(&now).to_text()).expect("read"));
                now.phase = phase;
                now.entered_at = Instant(100 + i64::try_from(step).expect("small"));
                now.assignee_id = Some(PersonId(Uuid::from_u128(step as u128)));
                now.pending_decision_id = Some(crate::id::DecisionId(Uuid::nil()));
            }
            prop_assert_eq!(before.expect("one at least").restore(now), shown);
        }
    }
}

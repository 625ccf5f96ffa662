//! Who may add a photo, and how many there may be: pure rules.

use entity::instant::{DAY, Instant};
use entity::submissions::phase::Phase;
use entity::submissions::submission;

use crate::kit::error::{Code, Refusal, Result};
use crate::submissions::standing::Standing;

/// Most photos of one submission.
pub const MOST: u64 = 6;
/// For how long after sending the author may add photos, in microseconds.
pub const AUTHORS_TIME: i64 = DAY;

/// Whether somebody who reads `submission` and stands to it so may add a photo now: its author for
/// 24 hours, and whoever works on it at any time. Nobody adds to what was taken back.
///
/// # Errors
/// TOO_LATE or FORBIDDEN.
pub fn may_add(standing: Standing, submission: &submission::Model, now: Instant) -> Result<()> {
    if submission.phase == Phase::Withdrawn {
        return Err(too_late("This was taken back, so nothing can be added. Send it anew."));
    }
    if standing.inside() {
        return Ok(());
    }
    if !standing.author {
        let need = "to be its author, or to work on it as reviewer, manager or owner";
        return Err(Refusal::forbidden(need).into());
    }
    if now.since(submission.created_at) > AUTHORS_TIME {
        return Err(too_late(
            "Photos can be added for 24 hours after sending. Write a comment, or send the photo with something new.",
        ));
    }
    Ok(())
}

fn too_late(message: &str) -> crate::kit::error::Error {
    Refusal::new(Code::TooLate, "submissionId", message).into()
}

/// Whether one more photo has its place beside `others`: ready ones, and announced ones whose
/// address still holds.
///
/// # Errors
/// INVALID.
pub fn has_room(others: u64) -> Result<()> {
    if others < MOST {
        return Ok(());
    }
    Err(Refusal::new(
        Code::Invalid,
        "submissionId",
        format!("There are {MOST} photos already, which is the most. Send the others with something new."),
    )
    .into())
}

#[cfg(test)]
mod tests {
    use entity::id::{PersonId, ProgramId, StatusId, SubmissionId, TextId, UnitId};
    use entity::submissions::phase::{Kind, PhaseStack};
    use entity::submissions::values::{Audience, Channel};
    use uuid::Uuid;

    use super::*;
    use crate::kit::error::Error;

    const SENT: Instant = Instant(1_772_442_000_000_000);

    fn sent(phase: Phase) -> submission::Model {
        let nil = Uuid::nil();
        submission::Model {
            id: SubmissionId(nil),
            reference: String::from("EAR-1"),
            kind: Kind::Observation,
            phase,
            shown_phase: phase,
            status_id: StatusId(nil),
            shown_status_id: StatusId(nil),
            phase_stack: PhaseStack::default(),
            author_id: Some(PersonId(nil)),
            sent_by: None,
            unit_id: UnitId(nil),
            function_id: None,
            touchpoint_id: None,
            program_id: ProgramId(nil),
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
            text_id: TextId(nil),
            language: None,
            vote_count: 0,
            comment_count: 0,
            photo_count: 0,
            pending_decision_id: None,
            second_look_at: None,
            implemented_shown_at: None,
            entered_at: SENT,
            canonical_id: None,
            reach: 1,
            due_at: None,
            snoozed_until: None,
            hidden_at: None,
            locked_at: None,
            split_from: None,
            handover: None,
            created_at: SENT,
            updated_at: SENT,
            version: 1,
        }
    }

    fn code(result: Result<()>) -> Option<Code> {
        match result {
            Ok(()) => None,
            Err(Error::Refusal(refusal)) => Some(refusal.code),
            Err(Error::Fault(fault)) => Some(fault.code),
        }
    }

    #[test]
    fn who_may_add_when() {
        let author = Standing { author: true, ..Standing::default() };
        let reviewer = Standing { reads_as_reviewer: true, ..Standing::default() };
        let owner = Standing { owner: true, ..Standing::default() };
        let recused = Standing { recused: true, ..reviewer };
        let reader = Standing::default();
        let (soon, last, late) = (SENT, SENT.plus(AUTHORS_TIME), SENT.plus(AUTHORS_TIME + 1));
        for (who, standing, at, expected) in [
            ("author", author, soon, None),
            ("author", author, last, None),
            ("author", author, late, Some(Code::TooLate)),
            ("reviewer", reviewer, late, None),
            ("owner", owner, late, None),
            ("recused", recused, soon, Some(Code::Forbidden)),
            ("reader", reader, soon, Some(Code::Forbidden)),
        ] {
            assert_eq!(code(may_add(standing, &sent(Phase::Submitted), at)), expected, "{who}");
        }
        let withdrawn = sent(Phase::Withdrawn);
        assert_eq!(code(may_add(author, &withdrawn, soon)), Some(Code::TooLate));
        assert_eq!(code(may_add(reviewer, &withdrawn, soon)), Some(Code::TooLate));
    }

    #[test]
    fn six_fit() {
        assert_eq!(code(has_room(MOST - 1)), None);
        assert_eq!(code(has_room(MOST)), Some(Code::Invalid));
    }
}

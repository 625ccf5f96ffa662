//! Who may vote: pure rules over what a scoped door gave.

use entity::id::PersonId;
use entity::submissions::phase::{Kind, Phase};
use entity::submissions::submission;

use crate::kit::error::{Code, Refusal, Result};

/// Whether `voter` may cast or take back a vote for `idea`, which they may read. `shown` is the phase
/// that everybody sees: of a twin, the one that it mirrors.
///
/// # Errors
/// INVALID for an observation and for an own idea, TOO_LATE when the phase that everybody sees is
/// closed.
pub fn may_vote(voter: PersonId, idea: &submission::Model, shown: Phase) -> Result<()> {
    if idea.kind != Kind::Idea {
        return Err(refused(
            Code::Invalid,
            "Votes are for ideas, and this is an observation. Say \"me too\" to it, or follow it.",
        ));
    }
    may_say_me_too(voter, idea, shown)
}

/// Whether somebody may say "me too" to a submission, or take it back: ideas and observations alike.
///
/// # Errors
/// INVALID for an own one, TOO_LATE when the phase that everybody sees is closed.
pub fn may_say_me_too(voter: PersonId, row: &submission::Model, shown: Phase) -> Result<()> {
    if row.author_id == Some(voter) {
        return Err(refused(
            Code::Invalid,
            "This is your own: it counts without your vote. Votes come from others.",
        ));
    }
    if row.locked_at.is_some() {
        return Err(refused(
            Code::TooLate,
            "It was locked: comments and votes are closed. Ask a reviewer.",
        ));
    }
    if !shown.is_open() {
        return Err(refused(
            Code::TooLate,
            "This has its answer, so voting is over. Follow it to hear what becomes of it.",
        ));
    }
    Ok(())
}

fn refused(code: Code, message: &str) -> crate::kit::error::Error {
    Refusal::new(code, "submissionId", message).into()
}

#[cfg(test)]
mod tests {
    use entity::id::{ProgramId, StatusId, SubmissionId, TextId, UnitId};
    use entity::instant::Instant;
    use entity::submissions::phase::PhaseStack;
    use entity::submissions::values::{Audience, Channel};
    use uuid::Uuid;

    use super::*;
    use crate::kit::error::Error;

    const AUTHOR: PersonId = PersonId(Uuid::from_u128(1));
    const VOTER: PersonId = PersonId(Uuid::from_u128(2));

    fn sent(kind: Kind, author: Option<PersonId>, shown: Phase) -> submission::Model {
        let at = Instant(0);
        let nil = Uuid::nil();
        submission::Model {
            id: SubmissionId(nil),
            reference: String::from("EAR-1"),
            kind,
            phase: Phase::Submitted,
            shown_phase: shown,
            status_id: StatusId(nil),
            shown_status_id: StatusId(nil),
            phase_stack: PhaseStack::default(),
            author_id: author,
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
            entered_at: at,
            canonical_id: None,
            reach: 1,
            due_at: None,
            snoozed_until: None,
            hidden_at: None,
            locked_at: None,
            split_from: None,
            handover: None,
            created_at: at,
            updated_at: at,
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
    fn others_vote_for_ideas_while_they_are_open() {
        for phase in Phase::ALL {
            let expected = (!phase.is_open()).then_some(Code::TooLate);
            let idea = sent(Kind::Idea, Some(AUTHOR), phase);
            assert_eq!(code(may_vote(VOTER, &idea, phase)), expected, "{phase}");
        }
    }

    #[test]
    fn an_authorless_idea_takes_votes() {
        assert_eq!(
            code(may_vote(VOTER, &sent(Kind::Idea, None, Phase::Submitted), Phase::Submitted)),
            None
        );
    }

    #[test]
    fn nobody_votes_for_an_own_idea_or_an_observation() {
        for (voter, kind) in
            [(AUTHOR, Kind::Idea), (VOTER, Kind::Observation), (AUTHOR, Kind::Observation)]
        {
            let submission = sent(kind, Some(AUTHOR), Phase::Submitted);
            assert_eq!(code(may_vote(voter, &submission, Phase::Submitted)), Some(Code::Invalid));
        }
    }

    #[test]
    fn me_too_is_for_observations_as_well() {
        let seen = sent(Kind::Observation, Some(AUTHOR), Phase::Submitted);
        assert_eq!(code(may_say_me_too(VOTER, &seen, Phase::Submitted)), None);
        assert_eq!(code(may_say_me_too(AUTHOR, &seen, Phase::Submitted)), Some(Code::Invalid));
        assert_eq!(code(may_say_me_too(VOTER, &seen, Phase::Declined)), Some(Code::TooLate));
    }

    #[test]
    fn a_twin_takes_votes_as_long_as_the_canonical_one_does() {
        let twin = sent(Kind::Idea, Some(AUTHOR), Phase::Merged);
        assert_eq!(code(may_vote(VOTER, &twin, Phase::Accepted)), None);
        assert_eq!(code(may_vote(VOTER, &twin, Phase::Implemented)), Some(Code::TooLate));
    }

    #[test]
    fn what_is_decided_but_not_announced_does_not_close_the_vote() {
        let held = submission::Model {
            phase: Phase::Declined,
            ..sent(Kind::Idea, Some(AUTHOR), Phase::UnderReview)
        };
        assert_eq!(code(may_vote(VOTER, &held, held.shown_phase)), None);
    }
}

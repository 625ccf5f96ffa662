//! Who is told what: the rules, pure (docs/adr/0010, product.md "Decided and announced are two facts").

use entity::id::{
    ActionItemId, AdoptionId, AnnouncementId, CommentId, DecisionId, PersonId, ResolutionId,
    SubmissionId,
};
use entity::notify::rhythm;
use entity::notify::values::{MailKind, NotificationKind};
use entity::submissions::phase::{Letter, Phase};
use entity::submissions::submission;

/// Something that one person should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The fact it comes from.
    pub fact_seq: i64,
    /// Who.
    pub person: PersonId,
    /// About what; none when it is about an item of a root cause's plan.
    pub submission: Option<SubmissionId>,
    /// What happened.
    pub kind: NotificationKind,
    /// Whether it is worth a mail.
    pub loudness: Loudness,
    /// The decision, when one.
    pub decision: Option<DecisionId>,
    /// The comment, when one.
    pub comment: Option<CommentId>,
    /// The item of a plan, when one.
    pub item: Option<ActionItemId>,
    /// The resolving of a cause that the decision belongs to: of that everybody hears once.
    pub resolution: Option<ResolutionId>,
    /// The offer to a site, when one.
    pub adoption: Option<AdoptionId>,
    /// The announcement, when one.
    pub announcement: Option<AnnouncementId>,
}

/// Whether something is worth a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loudness {
    /// In the app alone.
    Quiet,
    /// By mail too, if the person wants it.
    Mail,
    /// By mail too, but not in a weekly digest: a step on a way that has not ended.
    Step,
}

/// What the author is told of an announced move; `None` for the author's own moves.
#[must_use]
pub fn to_author(to: Phase, by: Letter) -> Option<(NotificationKind, Loudness)> {
    match (by, to) {
        (Letter::Author, _) => None,
        (_, Phase::NeedsInfo) => Some((NotificationKind::OwnQuestion, Loudness::Mail)),
        (_, Phase::Submitted | Phase::UnderReview) => {
            Some((NotificationKind::OwnDecision, Loudness::Quiet))
        }
        _ => Some((NotificationKind::OwnDecision, Loudness::Mail)),
    }
}

/// What a follower is told of an announced move: answers, not the way to them.
#[must_use]
pub fn to_follower(to: Phase) -> Option<(NotificationKind, Loudness)> {
    match to {
        Phase::Submitted | Phase::UnderReview | Phase::NeedsInfo => None,
        ended if rhythm::is_ending(ended) => {
            Some((NotificationKind::FollowedDecision, Loudness::Mail))
        }
        _ => Some((NotificationKind::FollowedDecision, Loudness::Step)),
    }
}

/// Whether the person is recused: named as concerned, and not the author. Such a person is told
/// nothing at all.
#[must_use]
pub fn is_recused(submission: &submission::Model, person: PersonId) -> bool {
    submission.concerned_id == Some(person) && submission.author_id != Some(person)
}

/// The mail that tells of a notification; `None` where there is only the app.
#[must_use]
pub const fn mail_kind(kind: NotificationKind) -> Option<MailKind> {
    match kind {
        NotificationKind::OwnDecision | NotificationKind::FollowedDecision => {
            Some(MailKind::Decision)
        }
        NotificationKind::OwnQuestion => Some(MailKind::Question),
        NotificationKind::OwnComment | NotificationKind::Mention => Some(MailKind::Comment),
        NotificationKind::Escalated => Some(MailKind::Escalation),
        NotificationKind::PromisePassed => Some(MailKind::Reminder),
        NotificationKind::ActionReminder => Some(MailKind::ActionReminder),
        NotificationKind::StillFixed => Some(MailKind::StillFixed),
        NotificationKind::AdoptionOffered => Some(MailKind::AdoptionOffer),
        NotificationKind::Announcement => Some(MailKind::Announcement),
        NotificationKind::ReceivedForYou => Some(MailKind::ReceivedForYou),
        NotificationKind::Assigned
        | NotificationKind::Answered
        | NotificationKind::AdoptionAnswered
        | NotificationKind::SecondLook
        | NotificationKind::Split
        | NotificationKind::Redacted
        | NotificationKind::Reported => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors_hear_of_every_move_but_their_own() {
        for to in Phase::ALL {
            assert_eq!(to_author(to, Letter::Author), None, "{to}");
            assert!(to_author(to, Letter::Reviewer).is_some(), "{to}");
        }
        let question = to_author(Phase::NeedsInfo, Letter::Reviewer);
        assert_eq!(question, Some((NotificationKind::OwnQuestion, Loudness::Mail)));
        let opened = to_author(Phase::UnderReview, Letter::Scheduler);
        assert_eq!(opened, Some((NotificationKind::OwnDecision, Loudness::Quiet)));
    }

    #[test]
    fn followers_hear_of_answers() {
        for to in [Phase::Declined, Phase::Implemented, Phase::Withdrawn, Phase::Merged] {
            let told = to_follower(to);
            assert_eq!(told, Some((NotificationKind::FollowedDecision, Loudness::Mail)), "{to}");
        }
        for to in [Phase::Accepted, Phase::Planned, Phase::InProgress, Phase::Deferred] {
            let told = to_follower(to);
            assert_eq!(told, Some((NotificationKind::FollowedDecision, Loudness::Step)), "{to}");
        }
        for to in [Phase::Submitted, Phase::UnderReview, Phase::NeedsInfo] {
            assert_eq!(to_follower(to), None, "{to}");
        }
    }
}

//! Typed identifiers: a UUID that knows which noun it names.
//!
//! In the API an id is opaque: `prefix_` and 26 characters of Crockford base32. In the database
//! it is the bare UUID (16 bytes on SQLite, `uuid` on PostgreSQL). UUIDv7 for everything but
//! authorless submissions, whose v4 says nothing about when (docs/adr/0003).

use sea_orm::DeriveValueType;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The text is not an id of the expected kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of kind {expected}")]
pub struct NotAnId {
    /// The prefix that was expected, for instance `person`.
    pub expected: &'static str,
}

/// 26 characters of lower-case Crockford base32, most significant first.
#[must_use]
pub fn encode(uuid: Uuid) -> String {
    let mut rest = uuid.as_u128();
    let mut out = [b'0'; 26];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    out.iter().map(|byte| char::from(*byte)).collect()
}

/// The inverse of [`encode`]; strict, so that one thing has one id.
#[must_use]
pub fn decode(text: &str) -> Option<Uuid> {
    if text.len() != 26 || !text.is_ascii() || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes()
        .try_fold(0_u128, |value, byte| {
            let digit = ALPHABET.iter().position(|known| *known == byte)?;
            Some((value << 5) | digit as u128)
        })
        .map(Uuid::from_u128)
}

/// What every typed id can do.
pub trait TypedId: Copy + Sized {
    /// The word before the underscore.
    const PREFIX: &'static str;
    /// Wraps a bare UUID.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The bare UUID.
    fn uuid(self) -> Uuid;
    /// Reads the API form.
    ///
    /// # Errors
    /// [`NotAnId`] when the prefix or the characters are wrong.
    fn parse(text: &str) -> Result<Self, NotAnId> {
        text.strip_prefix(Self::PREFIX)
            .and_then(|rest| rest.strip_prefix('_'))
            .and_then(decode)
            .map(Self::from_uuid)
            .ok_or(NotAnId { expected: Self::PREFIX })
    }
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
            DeriveValueType,
        )]
        pub struct $name(pub Uuid);

        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64($prefix))
            }
        }

        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}_{}", $prefix, encode(self.0))
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Self::parse(text)
            }
        }
    )*};
}

typed_ids! {
    /// An organisational unit.
    UnitId = "unit";
    /// A person.
    PersonId = "person";
    /// A role given on a unit.
    GrantId = "grant";
    /// A service principal (an integration).
    ServiceId = "service";
    /// An API token of a service principal.
    TokenId = "token";
    /// A signed-in session.
    SessionId = "session";
    /// An enrolled device.
    DeviceId = "device";
    /// A mailed code or one-time link.
    LoginCodeId = "code";
    /// A programme.
    ProgramId = "program";
    /// A reason in the catalogue.
    ReasonId = "reason";
    /// A status label inside a phase.
    StatusId = "status";
    /// A journey.
    JourneyId = "journey";
    /// A touchpoint of a journey.
    TouchpointId = "touchpoint";
    /// A submission, idea or observation; the API prefixes it with its kind's neutral word.
    SubmissionId = "sub";
    /// One revision of what an author wrote.
    TextId = "text";
    /// A comment.
    CommentId = "comment";
    /// A photo.
    AttachmentId = "file";
    /// A root cause.
    CauseId = "cause";
    /// A link between a submission and a root cause.
    CauseLinkId = "link";
    /// A decision about a submission.
    DecisionId = "decision";
    /// What an author is told.
    ResponseId = "response";
    /// A job of the queue.
    JobId = "job";
    /// An in-app notification.
    NotificationId = "note";
    /// A mail.
    MailId = "mail";
    /// A joining of one submission with another.
    JoiningId = "joining";
    /// A saved view of the queue.
    ViewId = "view";
    /// A business calendar.
    CalendarId = "calendar";
    /// A merge of one root cause into another.
    CauseMergeId = "causemerge";
    /// A passage that was made unreadable.
    RedactionId = "redaction";
    /// A hiding or locking.
    ModerationId = "moderation";
    /// That somebody reported something.
    ReportId = "report";
    /// A split of one submission into several.
    SplitId = "split";
    /// A reply template.
    ReplyId = "reply";
    /// A time in which a reviewer is away.
    AbsenceId = "absence";
    /// A rota of reviewers.
    RotaId = "rota";
    /// A routing rule.
    RuleId = "rule";
    /// A plan of what is to be done.
    PlanId = "plan";
    /// One thing to do of a plan.
    ActionItemId = "item";
    /// A line of an item's checklist.
    CheckId = "check";
    /// A change that is tried out.
    TrialId = "trial";
    /// An effect that is aimed at, and measured.
    OutcomeId = "outcome";
    /// One figure of an outcome.
    FigureId = "figure";
    /// The resolving of a root cause, with all that is closed by it.
    ResolutionId = "resolution";
    /// The question whether something is still fixed.
    SustainId = "sustain";
    /// An idea offered to a site.
    AdoptionId = "adoption";
    /// An announcement of the CX team.
    AnnouncementId = "announcement";
    /// What something is called in another system.
    ExternalLinkId = "extlink";
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_survives_its_text(bits: u128) {
            let id = PersonId(Uuid::from_u128(bits));
            prop_assert_eq!(PersonId::parse(&id.to_string()), Ok(id));
            prop_assert!(UnitId::parse(&id.to_string()).is_err());
        }

        #[test]
        fn any_text_is_refused_or_round_trips(text in "\\PC{0,40}") {
            if let Ok(id) = PersonId::parse(&text) {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }
}

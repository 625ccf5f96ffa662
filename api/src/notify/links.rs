//! Addresses in mails: pages of submissions, choices, and the one-click stop of a sort of mail.
//!
//! The stop works without a sign-in (RFC 8058), so its address carries who and what, signed with a
//! key of this installation. It tells nobody else anything: ids alone, no name, no address. It does
//! not run out, because mails do not either; it can only ever switch mails off.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::id::{AnnouncementId, PersonId};
use entity::notify::rhythm::topic_of;
use entity::notify::values::{NotificationKind, Topic};
use uuid::Uuid;

use crate::house::Keys;
use crate::kit::secret;

/// The purpose of the signing key.
const PURPOSE: &str = "unsubscribe";
/// Characters of the signature: 128 bits in hexadecimal digits.
const SIGNATURE: usize = 32;

/// The page of a submission.
#[must_use]
pub fn submission(public_url: &str, reference: &str) -> String {
    format!("{public_url}/s/{reference}")
}

/// The page of an announcement.
#[must_use]
pub fn announcement(public_url: &str, id: AnnouncementId) -> String {
    format!("{public_url}/announcements/{id}")
}

/// The page of somebody's choices.
#[must_use]
pub fn preferences(public_url: &str) -> String {
    format!("{public_url}/preferences")
}

/// The address that stops mails of one kind for one person: POST stops them, GET asks first.
#[must_use]
pub fn unsubscribe(public_url: &str, keys: &Keys, stop: Stop) -> String {
    format!("{public_url}/unsubscribe/{}", stop.token(keys))
}

/// Whose mails of which kind are to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Whose.
    pub person: PersonId,
    /// Of which sort.
    pub sort: Sort,
}

/// Which mails one address stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Those of the topic of this kind of event.
    Of(NotificationKind),
    /// Digests: every topic that is told in one.
    Digest,
    /// Those of each of these topics: of a mail that gathers several of which none comes in digests.
    These(Topics),
}

/// Some of the topics, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Topics([bool; Topic::ALL.len()]);

impl Topics {
    /// These.
    #[must_use]
    pub fn of(topics: impl IntoIterator<Item = Topic>) -> Self {
        let mut some = Self::default();
        for topic in topics {
            for (all, is_in) in Topic::ALL.into_iter().zip(&mut some.0) {
                *is_in |= all == topic;
            }
        }
        some
    }

    /// Each of them once.
    pub fn each(self) -> impl Iterator<Item = Topic> {
        Topic::ALL.into_iter().zip(self.0).filter_map(|(topic, is_in)| is_in.then_some(topic))
    }

    fn only(self) -> Option<Topic> {
        let mut each = self.each();
        each.next().filter(|_| each.next().is_none())
    }
}

/// The word of digests in an address; no kind of event has it.
const DIGEST: &str = "DIGEST";
/// What stands before the words of topics in an address.
const THESE: &str = "TOPICS-";

impl std::fmt::Display for Sort {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Of(kind) => write!(out, "{kind}"),
            Self::Digest => out.write_str(DIGEST),
            Self::These(topics) => {
                let words: Vec<String> = topics.each().map(|it| it.to_string()).collect();
                write!(out, "{THESE}{}", words.join("-"))
            }
        }
    }
}

/// The phrase that says that mails of a topic stop.
const fn stops(topic: Topic) -> &'static str {
    match topic {
        Topic::Own => "footer-stop-own",
        Topic::Followed => "footer-stop-followed",
        Topic::Comments => "footer-stop-comments",
        Topic::Work => "footer-stop-work",
        Topic::Announcements => "footer-stop-announcements",
    }
}

impl Sort {
    /// The phrase that says in a mail which mails its address stops.
    #[must_use]
    pub fn says(self) -> &'static str {
        match self {
            Self::Digest => "footer-stop-digest",
            Self::Of(kind) => stops(topic_of(kind)),
            Self::These(topics) => topics.only().map_or("footer-stop-these", stops),
        }
    }

    fn read(word: &str) -> Option<Self> {
        if word == DIGEST {
            return Some(Self::Digest);
        }
        let Some(words) = word.strip_prefix(THESE) else { return word.parse().ok().map(Self::Of) };
        let topics: Option<Vec<Topic>> = words.split('-').map(|word| word.parse().ok()).collect();
        topics.map(|topics| Self::These(Topics::of(topics)))
    }
}

impl Stop {
    fn token(self, keys: &Keys) -> String {
        let said = format!("{}.{}", URL_SAFE_NO_PAD.encode(self.person.0.as_bytes()), self.sort);
        let signature = sign(keys, &said);
        format!("{said}.{signature}")
    }

    /// Reads a token; `None` when it is not one of ours.
    #[must_use]
    pub fn read(keys: &Keys, token: &str) -> Option<Self> {
        let (said, signature) = token.rsplit_once('.')?;
        if !secret::same(&sign(keys, said), signature) {
            return None;
        }
        let (person, kind) = said.split_once('.')?;
        let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(person).ok()?.try_into().ok()?;
        Some(Self { person: PersonId(Uuid::from_bytes(bytes)), sort: Sort::read(kind)? })
    }
}

fn sign(keys: &Keys, said: &str) -> String {
    let mac = secret::hmac_sha256(&keys.of(PURPOSE), said);
    secret::hex(&mac).chars().take(SIGNATURE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_survives_its_address_and_cannot_be_forged() {
        let keys = Keys::new(b"0123456789abcdef0123456789abcdef");
        let stop = Stop {
            person: PersonId(Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001)),
            sort: Sort::Of(NotificationKind::FollowedDecision),
        };
        let digests = Stop { sort: Sort::Digest, ..stop };
        let of_digests = unsubscribe("https://earshot.example", &keys, digests);
        assert_eq!(Stop::read(&keys, of_digests.rsplit('/').next().unwrap_or("")), Some(digests));
        let link = unsubscribe("https://earshot.example", &keys, stop);
        let token = link.rsplit('/').next().expect("a token");
        assert_eq!(Stop::read(&keys, token), Some(stop));
        for forged in [
            token.replace("FOLLOWED", "OWN"),
            token.replacen('A', "B", 1),
            format!("{token}0"),
            String::from(".."),
            String::new(),
        ] {
            assert_eq!(Stop::read(&keys, &forged), None, "{forged}");
        }
        let others = Keys::new(b"another secret of thirty-two byte");
        assert_eq!(Stop::read(&others, token), None);
    }

    #[test]
    fn an_address_stops_each_set_of_topics_and_says_so() {
        let keys = Keys::new(b"0123456789abcdef0123456789abcdef");
        for set in 0_u8..32 {
            let chosen = Topic::ALL.into_iter().enumerate();
            let chosen: Vec<Topic> =
                chosen.filter(|(at, _)| set >> at & 1 == 1).map(|(_, it)| it).collect();
            let topics = Topics::of(chosen.iter().copied().rev());
            assert_eq!(topics.each().collect::<Vec<_>>(), chosen);
            let sort = Sort::These(topics);
            let stop = Stop { person: PersonId(Uuid::nil()), sort };
            let link = unsubscribe("https://earshot.example", &keys, stop);
            let read = Stop::read(&keys, link.rsplit('/').next().unwrap_or(""));
            assert_eq!(read, Some(stop).filter(|_| set > 0), "{chosen:?}");
            match chosen.as_slice() {
                [only] => assert_eq!(sort.says(), stops(*only)),
                _ => assert_eq!(sort.says(), "footer-stop-these"),
            }
        }
    }
}

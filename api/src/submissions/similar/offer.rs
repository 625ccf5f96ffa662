//! An offer to say "me too" to something that one may not read: which submission it is, until when,
//! for one person, so that nobody can tell.
//!
//! 56 bytes in base64url: 16 random ones; the id (16) and the end in microseconds since 1970 (8,
//! big-endian) under a pad that HMAC-SHA-256 makes of the random ones; and the first 16 bytes of
//! HMAC-SHA-256 over all of that and the person, under a key of its own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::id::{PersonId, SubmissionId};
use entity::instant::{Instant, MINUTE};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::house::Keys;
use crate::kit::secret;

/// How long an offer holds, in microseconds.
pub const LIFE: i64 = 30 * MINUTE;

const SALT: usize = 16;
const SAID: usize = 16 + 8;
const PROOF: usize = 16;

/// Which submission is offered to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The submission.
    pub submission: SubmissionId,
    /// To whom; nobody else can take it.
    pub person: PersonId,
    /// The first instant at which it no longer holds.
    pub ends_at: Instant,
}

impl Offer {
    /// The sealed offer. `salt` is fresh for each: two offers of one submission look unrelated.
    #[must_use]
    pub fn seal(self, keys: &Keys, salt: [u8; SALT]) -> String {
        let mut whole = salt.to_vec();
        let mut said = [0; SAID];
        said[..16].copy_from_slice(self.submission.0.as_bytes());
        said[16..].copy_from_slice(&self.ends_at.micros().to_be_bytes());
        whole.extend(under_pad(keys, &salt, said));
        let proof = proof(keys, &whole, self.person);
        whole.extend_from_slice(&proof);
        URL_SAFE_NO_PAD.encode(whole)
    }

    /// Opens a sealed offer. `None` for whatever is not ours, for somebody else, or over: which of
    /// these it was helps only a forger.
    #[must_use]
    pub fn open(sealed: &str, keys: &Keys, (person, now): (PersonId, Instant)) -> Option<Self> {
        let whole = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (front, shown) = whole.split_at_checked(SALT + SAID)?;
        if !bool::from(proof(keys, front, person).ct_eq(shown)) {
            return None;
        }
        let (salt, hidden) = front.split_at(SALT);
        let said = under_pad(keys, salt, hidden.try_into().ok()?);
        let (id, end) = said.split_at(16);
        let offer = Self {
            submission: SubmissionId(Uuid::from_slice(id).ok()?),
            person,
            ends_at: Instant(i64::from_be_bytes(end.try_into().ok()?)),
        };
        (now < offer.ends_at).then_some(offer)
    }
}

fn under_pad(keys: &Keys, salt: &[u8], said: [u8; SAID]) -> [u8; SAID] {
    let pad = secret::hmac_sha256(&keys.of("offer pad"), &secret::hex(salt));
    let mut out = said;
    for (byte, mask) in out.iter_mut().zip(pad) {
        *byte ^= mask;
    }
    out
}

fn proof(keys: &Keys, front: &[u8], person: PersonId) -> [u8; PROOF] {
    let said = format!("{}.{}", secret::hex(front), person.0.simple());
    let whole = secret::hmac_sha256(&keys.of("offer proof"), &said);
    let mut proof = [0; PROOF];
    proof.copy_from_slice(&whole[..PROOF]);
    proof
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Instant = Instant(1_772_442_000_000_000);
    const ME: PersonId = PersonId(Uuid::from_u128(7));

    fn keys() -> Keys {
        Keys::new(b"a key of the tests, 32 bytes long")
    }

    fn offer() -> Offer {
        let submission = SubmissionId(Uuid::from_u128(42));
        Offer { submission, person: ME, ends_at: NOW.plus(LIFE) }
    }

    #[test]
    fn an_offer_opens_for_its_person_until_it_ends() {
        let sealed = offer().seal(&keys(), [3; SALT]);
        let open = |who, at| Offer::open(&sealed, &keys(), (who, at));
        assert_eq!(open(ME, NOW), Some(offer()));
        assert_eq!(open(ME, NOW.plus(LIFE)), None);
        assert_eq!(open(PersonId(Uuid::from_u128(8)), NOW), None);
        let others = Keys::new(b"another key of 32 bytes, at least");
        assert_eq!(Offer::open(&sealed, &others, (ME, NOW)), None);
    }

    #[test]
    fn an_offer_tells_nothing() {
        let (one, two) = (offer().seal(&keys(), [1; SALT]), offer().seal(&keys(), [2; SALT]));
        let bytes = |sealed: &str| URL_SAFE_NO_PAD.decode(sealed).expect("base64");
        assert!(!bytes(&one).windows(8).any(|part| part == &offer().submission.0.as_bytes()[8..]));
        assert!(
            bytes(&one)[SALT..].iter().zip(&bytes(&two)[SALT..]).filter(|(a, b)| a == b).count()
                < 8
        );
    }

    #[test]
    fn no_bit_of_an_offer_may_change() {
        let sealed = URL_SAFE_NO_PAD.decode(offer().seal(&keys(), [9; SALT])).expect("base64");
        for bit in 0..sealed.len() * 8 {
            let mut forged = sealed.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let forged = URL_SAFE_NO_PAD.encode(forged);
            assert_eq!(Offer::open(&forged, &keys(), (ME, NOW)), None, "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused(text in "\\PC{0,120}") {
            prop_assert_eq!(Offer::open(&text, &keys(), (ME, NOW)), None);
        }
    }
}

//! Signed addresses: a photo's id, until when, and a proof that this installation said so.
//!
//! 56 bytes in base64url: the id (16), the end in microseconds since 1970 (8, big-endian), and
//! HMAC-SHA-256 over both (32) under a key of the purpose, so that an address to read never
//! uploads. Whoever holds an address may use it until it ends, which is why it ends soon.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::id::AttachmentId;
use entity::instant::{Instant, MINUTE};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::house::Keys;
use crate::kit::secret;

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To send the bytes of an announced photo.
    Upload,
    /// To read a photo.
    Read,
}

impl Purpose {
    const fn key(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Read => "file",
        }
    }

    /// How long an address holds, in microseconds.
    #[must_use]
    pub const fn life(self) -> i64 {
        match self {
            Self::Upload => 15 * MINUTE,
            Self::Read => 10 * MINUTE,
        }
    }

    /// First segment of its path.
    const fn folder(self) -> &'static str {
        match self {
            Self::Upload => "uploads",
            Self::Read => "files",
        }
    }
}

/// One photo until one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Which photo.
    pub photo: AttachmentId,
    /// The first instant at which it no longer holds.
    pub ends_at: Instant,
}

const ID: usize = 16;
const SAID: usize = ID + 8;
const WHOLE: usize = SAID + 32;

impl Ticket {
    /// A ticket that holds from `now` on for as long as its purpose allows.
    #[must_use]
    pub fn fresh(photo: AttachmentId, purpose: Purpose, now: Instant) -> Self {
        Self { photo, ends_at: now.plus(purpose.life()) }
    }

    /// The last segment of an address.
    #[must_use]
    pub fn seal(self, keys: &Keys, purpose: Purpose) -> String {
        let said = self.said();
        let mut whole = said.to_vec();
        whole.extend_from_slice(&proof(keys, purpose, &said));
        URL_SAFE_NO_PAD.encode(whole)
    }

    /// The whole address below `base`, which has no slash at its end.
    #[must_use]
    pub fn address(self, base: &str, keys: &Keys, purpose: Purpose) -> String {
        format!("{base}/{}/{}", purpose.folder(), self.seal(keys, purpose))
    }

    /// Reads a sealed ticket. `None` for whatever is not ours, for another purpose, or over: which
    /// of these it was helps only a forger.
    #[must_use]
    pub fn open(sealed: &str, purpose: Purpose, keys: &Keys, now: Instant) -> Option<Self> {
        let whole = URL_SAFE_NO_PAD.decode(sealed).ok().filter(|whole| whole.len() == WHOLE)?;
        let (said, shown) = whole.split_at(SAID);
        let sound: bool = proof(keys, purpose, said).ct_eq(shown).into();
        if !sound {
            return None;
        }
        let (id, end) = said.split_at(ID);
        let ticket = Self {
            photo: AttachmentId(Uuid::from_slice(id).ok()?),
            ends_at: Instant(i64::from_be_bytes(end.try_into().ok()?)),
        };
        (now < ticket.ends_at).then_some(ticket)
    }

    fn said(self) -> [u8; SAID] {
        let mut said = [0; SAID];
        said[..ID].copy_from_slice(self.photo.0.as_bytes());
        said[ID..].copy_from_slice(&self.ends_at.micros().to_be_bytes());
        said
    }
}

fn proof(keys: &Keys, purpose: Purpose, said: &[u8]) -> [u8; 32] {
    secret::hmac_sha256(&keys.of(purpose.key()), &secret::hex(said))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Instant = Instant(1_772_442_000_000_000);

    fn keys() -> Keys {
        Keys::new(b"a key of the tests, 32 bytes long")
    }

    fn ticket() -> Ticket {
        Ticket::fresh(AttachmentId(Uuid::from_u128(42)), Purpose::Upload, NOW)
    }

    #[test]
    fn an_address_opens_until_it_ends() {
        let sealed = ticket().seal(&keys(), Purpose::Upload);
        let open = |at| Ticket::open(&sealed, Purpose::Upload, &keys(), at);
        assert_eq!(open(NOW), Some(ticket()));
        assert_eq!(open(NOW.plus(Purpose::Upload.life() - 1)), Some(ticket()));
        assert_eq!(open(NOW.plus(Purpose::Upload.life())), None);
    }

    #[test]
    fn an_address_serves_one_purpose_and_one_installation() {
        let sealed = ticket().seal(&keys(), Purpose::Read);
        assert_eq!(Ticket::open(&sealed, Purpose::Upload, &keys(), NOW), None);
        let others = Keys::new(b"another key of 32 bytes, at least");
        assert_eq!(Ticket::open(&sealed, Purpose::Read, &others, NOW), None);
    }

    #[test]
    fn no_bit_of_an_address_may_change() {
        let sealed = URL_SAFE_NO_PAD
            .decode(ticket().seal(&keys(), Purpose::Upload))
            .expect("our own base64");
        for bit in 0..sealed.len() * 8 {
            let mut forged = sealed.clone();
            forged[bit / 8] ^= 1 << (bit % 8);
            let forged = URL_SAFE_NO_PAD.encode(forged);
            assert_eq!(Ticket::open(&forged, Purpose::Upload, &keys(), NOW), None, "bit {bit}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused(text in "\\PC{0,120}") {
            prop_assert_eq!(Ticket::open(&text, Purpose::Upload, &keys(), NOW), None);
        }
    }
}

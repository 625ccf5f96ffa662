//! Sign-in codes: eight digits that are derived, not stored.
//!
//! A stolen database does not give them away, and the mail can be rendered as often as it must.

use entity::id::LoginCodeId;

use crate::house::Keys;
use crate::kit::error::Result;
use crate::kit::secret;

/// How many different codes there are.
const CODES: u64 = 100_000_000;

/// The code of a sign-in request: for its mail, and for the comparison.
#[must_use]
pub fn code_of(keys: &Keys, id: LoginCodeId) -> String {
    let tag = secret::hmac_sha256(&keys.of("login-code"), &id.to_string());
    let mut number = [0_u8; 8];
    number.copy_from_slice(&tag[..8]);
    format!("{:08}", u64::from_be_bytes(number) % CODES)
}

/// The digits of a code as typed: people copy spaces and hyphens along.
#[must_use]
pub fn typed(code: &str) -> String {
    code.chars().filter(char::is_ascii_digit).take(9).collect()
}

/// A one-time PIN of eight digits that nobody would try first.
///
/// # Errors
/// A fault when there is no randomness.
pub fn one_time_pin(staff_code: &str) -> Result<String> {
    loop {
        let number = u64::from_be_bytes(secret::random::<8>()?) % CODES;
        let pin = format!("{number:08}");
        if entity::identity::pin::Pin::new(&pin, staff_code).is_ok() {
            return Ok(pin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_code_is_eight_digits_and_belongs_to_its_request() {
        let keys = Keys::new(b"0123456789abcdef0123456789abcdef");
        let code = |number| code_of(&keys, LoginCodeId(Uuid::from_u128(number)));
        assert_eq!(code(1), code(1));
        assert_ne!(code(1), code(2));
        assert!((0..200).all(|number| code(number).len() == 8));
        assert_eq!(typed(" 1234-56 78"), "12345678");
        assert_eq!(typed(&"1".repeat(1_000)).len(), 9, "too many digits stay too many");
    }

    #[test]
    fn a_one_time_pin_obeys_the_rule() {
        for _ in 0..50 {
            let pin = one_time_pin("N-4839").expect("drawn");
            assert!(entity::identity::pin::Pin::new(&pin, "N-4839").is_ok());
        }
    }
}

//! What a password may be: long, and not what everybody knows of its owner.
//!
//! There are no rules about kinds of characters and no forced changes: length is what counts (NIST SP 800-63B). A
//! password is taken exactly as it was typed, spaces included.

use std::fmt;

/// Fewest code points.
pub const MIN_LENGTH: usize = 12;
/// Most code points: enough for every phrase, and a bound on what is hashed.
pub const MAX_LENGTH: usize = 200;

/// Long enough, and yet tried first.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "123456789012", "1234567890123", "12345678901234", "123456789123", "qwertyuiop123",
    "1q2w3e4r5t6y", "1qaz2wsx3edc", "qwerty123456", "password1234", "password12345",
    "password123456", "passwordpassword", "iloveyou1234", "administrator", "letmeinplease",
    "correcthorsebatterystaple", "changemechangeme", "welcome12345",
];

/// A password that obeys the rule. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// What everybody knows of the person whose password it will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known<'a> {
    /// E-mail address, or empty.
    pub email: &'a str,
    /// Name as shown, or empty.
    pub name: &'a str,
}

/// Why a password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PasswordRefusal {
    /// Fewer than [`MIN_LENGTH`].
    #[error(
        "the password is too short; use at least {MIN_LENGTH} characters, for instance four words"
    )]
    TooShort,
    /// More than [`MAX_LENGTH`].
    #[error("the password is too long; use at most {MAX_LENGTH} characters")]
    TooLong,
    /// The own e-mail address or the part before the @, whatever the case.
    #[error("the password is your e-mail address; choose one that nobody knows")]
    Email,
    /// The own name, whatever the case and the spaces.
    #[error("the password is your name; choose one that nobody knows")]
    Name,
    /// Tried first, or one or two characters over and over.
    #[error("the password is one of those that are tried first; choose another")]
    Common,
}

impl Password {
    /// Checks a password that somebody chose.
    ///
    /// # Errors
    /// [`PasswordRefusal`], the first rule that it breaks.
    pub fn new(typed: &str, known: Known<'_>) -> Result<Self, PasswordRefusal> {
        // Length first: nothing longer than a password is looked at.
        match typed.chars().take(MAX_LENGTH + 1).count() {
            0..MIN_LENGTH => return Err(PasswordRefusal::TooShort),
            MIN_LENGTH..=MAX_LENGTH => {}
            _ => return Err(PasswordRefusal::TooLong),
        }
        let core = core_of(typed);
        if is_email(&core, known.email) {
            Err(PasswordRefusal::Email)
        } else if !core.is_empty() && core == core_of(known.name) {
            Err(PasswordRefusal::Name)
        } else if is_monotonous(&core) || COMMON.contains(&core.as_str()) {
            Err(PasswordRefusal::Common)
        } else {
            Ok(Self(typed.to_owned()))
        }
    }

    /// The text, for the hash and for nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(..)")
    }
}

/// What is left when case and spaces do not count.
fn core_of(text: &str) -> String {
    text.chars().filter(|mark| !mark.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn is_email(core: &str, email: &str) -> bool {
    let email = core_of(email);
    let local = email.split('@').next().unwrap_or_default();
    !email.is_empty() && (core == email || core == local)
}

/// Two different characters at most, or nothing but spaces.
fn is_monotonous(core: &str) -> bool {
    let mut seen: Vec<char> = core.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() <= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ANN: Known<'_> =
        Known { email: "Ann.Featherstone@example.org", name: "Ann Featherstone" };

    fn refusal(typed: &str) -> Option<PasswordRefusal> {
        Password::new(typed, ANN).err()
    }

    #[test]
    fn twelve_to_two_hundred_characters() {
        assert_eq!(refusal(""), Some(PasswordRefusal::TooShort));
        assert_eq!(refusal("elevenchars"), Some(PasswordRefusal::TooShort));
        assert_eq!(refusal("twelve chars"), None);
        assert_eq!(refusal("пароль и снег"), None);
        assert_eq!(refusal(&"abcde".repeat(40)), None);
        assert_eq!(refusal(&"abcde".repeat(41)), Some(PasswordRefusal::TooLong));
        assert_eq!(refusal(&"é".repeat(3_000_000)), Some(PasswordRefusal::TooLong));
    }

    #[test]
    fn what_everybody_knows_is_refused() {
        assert_eq!(refusal("ann.featherstone@EXAMPLE.org"), Some(PasswordRefusal::Email));
        assert_eq!(refusal("Ann.Featherstone"), Some(PasswordRefusal::Email));
        assert_eq!(refusal("annfeatherstone"), Some(PasswordRefusal::Name));
        assert_eq!(refusal("Ann  Featherstone "), Some(PasswordRefusal::Name));
        assert_eq!(refusal("Ann Featherstone likes tea"), None);
        assert!(Password::new("nobody knows it", Known::default()).is_ok());
    }

    #[test]
    fn what_is_tried_first_is_refused() {
        for typed in
            ["aaaaaaaaaaaa", "abababababab", "            ", "Password1234", "1q2w 3e4r 5t6y"]
        {
            assert_eq!(refusal(typed), Some(PasswordRefusal::Common), "{typed:?}");
        }
    }

    #[test]
    fn it_is_kept_as_typed_and_does_not_show_itself() {
        let password = Password::new(" four words and space ", ANN).expect("a good one");
        assert_eq!(password.expose(), " four words and space ");
        assert_eq!(format!("{password:?}"), "Password(..)");
    }

    proptest! {
        #[test]
        fn nothing_typed_panics(typed in "\\PC{0,220}", email in "\\PC{0,20}", name in "\\PC{0,20}") {
            let known = Known { email: &email, name: &name };
            if let Ok(password) = Password::new(&typed, known) {
                prop_assert_eq!(password.expose(), typed);
            }
        }
    }
}

//! The reference by which people speak of a submission: `EAR-142`.
//!
//! It is neutral, because the kind may change, and it works for ever. What was sent without an author carries a random
//! one, `EAR-K7Q2M9XD`, so that neither order nor time can be read from it.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What every reference begins with.
pub const PREFIX: &str = "EAR";

/// Crockford's base 32: digits first, no I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS: usize = 10;
const LETTERS: u64 = 22;
const CODE_LENGTH: usize = 8;

/// The reference of one submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reference {
    /// Counted, of a submission with an author.
    Numbered(NonZeroU32),
    /// Random, of a submission without one.
    Random(Code),
}

/// Eight symbols of which the first is a letter, so that no code can be read as a number. 22 x 32^7 of them (39 bits):
/// guessable by nobody who has to ask a server, but not unique by itself, so the row needs a unique index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code([u8; CODE_LENGTH]);

impl Code {
    /// Makes a code of 64 random bits.
    #[must_use]
    pub fn from_random(bits: u64) -> Self {
        let mut rest = bits / LETTERS;
        let mut symbols = [symbol(DIGITS as u64 + bits % LETTERS); CODE_LENGTH];
        for place in symbols.iter_mut().skip(1) {
            *place = symbol(rest % 32);
            rest /= 32;
        }
        Self(symbols)
    }
}

// Out of range cannot happen, and is a zero rather than a panic.
fn symbol(value: u64) -> u8 {
    usize::try_from(value).ok().and_then(|at| ALPHABET.get(at).copied()).unwrap_or(b'0')
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|symbol| fmt::Write::write_char(out, char::from(*symbol)))
    }
}

impl Reference {
    /// The number, for counted ones.
    #[must_use]
    pub const fn number(&self) -> Option<NonZeroU32> {
        match self {
            Self::Numbered(number) => Some(*number),
            Self::Random(_) => None,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Numbered(number) => write!(out, "{PREFIX}-{number}"),
            Self::Random(code) => write!(out, "{PREFIX}-{code}"),
        }
    }
}

/// What was typed is no reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("this is not a reference; write it like {PREFIX}-142 or {PREFIX}-K7Q2M9XD")]
pub struct NotAReference;

impl FromStr for Reference {
    type Err = NotAReference;

    /// Reads what people type: any case, with or without the dash, with spaces; O for 0 and I or L for 1.
    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let typed = typed.trim();
        let (prefix, rest) = typed.split_at_checked(PREFIX.len()).ok_or(NotAReference)?;
        if !prefix.eq_ignore_ascii_case(PREFIX) {
            return Err(NotAReference);
        }
        read(&symbols_of(rest)?)
    }
}

/// The symbols behind the prefix, without spaces and dashes, as Crockford reads them.
fn symbols_of(rest: &str) -> Result<Vec<u8>, NotAReference> {
    let typed = rest
        .chars()
        .filter(|mark| !mark.is_whitespace() && !matches!(mark, '-' | '\u{2010}'..='\u{2015}'));
    let mut symbols = Vec::with_capacity(CODE_LENGTH);
    for mark in typed {
        // No reference is longer than the largest number, so long input costs nothing.
        if symbols.len() == 10 {
            return Err(NotAReference);
        }
        symbols.push(crockford(mark)?);
    }
    Ok(symbols)
}

fn crockford(mark: char) -> Result<u8, NotAReference> {
    let mark = match mark.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    u8::try_from(mark).ok().filter(|byte| ALPHABET.contains(byte)).ok_or(NotAReference)
}

fn read(symbols: &[u8]) -> Result<Reference, NotAReference> {
    if symbols.iter().all(u8::is_ascii_digit) {
        let digits = std::str::from_utf8(symbols).map_err(|_| NotAReference)?;
        return digits.parse().map(Reference::Numbered).map_err(|_| NotAReference);
    }
    let code: [u8; CODE_LENGTH] = symbols.try_into().map_err(|_| NotAReference)?;
    if code[0].is_ascii_digit() {
        return Err(NotAReference);
    }
    Ok(Reference::Random(Code(code)))
}

impl Serialize for Reference {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbered(number: u32) -> Reference {
        Reference::Numbered(NonZeroU32::new(number).expect("not zero"))
    }

    #[test]
    fn a_number_is_read_however_it_is_typed() {
        for typed in [
            "EAR-142",
            "ear-142",
            "Ear 142",
            "ear142",
            " EAR - 142 ",
            "EAR\u{2013}142",
            "EAR-l42",
            "EAR-000142",
        ] {
            assert_eq!(typed.parse(), Ok(numbered(142)), "{typed}");
        }
        assert_eq!(numbered(142).to_string(), "EAR-142");
        assert_eq!("EAR-4294967295".parse(), Ok(numbered(u32::MAX)));
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code: Reference = "EAR-K7Q2M9XD".parse().expect("a code");
        for typed in ["ear-k7q2m9xd", "EAR K7Q2 M9XD", "earK7Q2M9XD", "EAR-K7Q2-M9XD"] {
            assert_eq!(typed.parse(), Ok(code), "{typed}");
        }
        assert_eq!(code.to_string(), "EAR-K7Q2M9XD");
        assert_eq!(code.number(), None);
        assert_eq!(
            "EAR-KO1LIOOO".parse::<Reference>().map(|it| it.to_string()),
            Ok("EAR-K0111000".into())
        );
    }

    #[test]
    fn anything_else_is_refused() {
        let long = format!("EAR-{}", "1".repeat(100_000));
        for typed in [
            "",
            "EAR",
            "EAR-",
            "142",
            "IDEA-142",
            "EAR-0",
            "EAR-4294967296",
            "EAR-14.2",
            "EAR--x",
            "EAR-7KQ2M9XD",
            "EAR-K7Q2M9X",
            "EAR-K7Q2M9XDA",
            "EAR-K7Q2M9XU",
            "EAR-\u{661}",
            "\u{1F442}142",
            "é",
            "EAé142",
            &long,
        ] {
            assert_eq!(typed.parse::<Reference>(), Err(NotAReference), "{typed:.20}");
        }
    }

    #[test]
    fn it_is_one_word_in_json() {
        let json = serde_json::to_string(&numbered(7)).expect("a word");
        assert_eq!(json, "\"EAR-7\"");
        assert_eq!(serde_json::from_str::<Reference>(&json).expect("the same"), numbered(7));
        assert!(serde_json::from_str::<Reference>("\"7\"").is_err());
    }

    proptest! {
        #[test]
        fn every_code_is_read_back_and_never_as_a_number(bits in any::<u64>()) {
            let code = Reference::Random(Code::from_random(bits));
            prop_assert_eq!(code.to_string().len(), PREFIX.len() + 1 + CODE_LENGTH);
            prop_assert_eq!(code.to_string().parse(), Ok(code));
            prop_assert_eq!(code.to_string().to_lowercase().parse(), Ok(code));
        }

        #[test]
        fn every_number_is_read_back(number in 1..=u32::MAX) {
            prop_assert_eq!(numbered(number).to_string().parse(), Ok(numbered(number)));
        }

        #[test]
        fn nothing_typed_panics(typed in "\\PC*") {
            if let Ok(reference) = typed.parse::<Reference>() {
                prop_assert_eq!(reference.to_string().parse(), Ok(reference));
            }
        }
    }
}

//! Values about people and units, parsed at the door: what comes in is cleaned and sound, or
//! refused with the field, the reason and the cure.

use entity::instant::Day;
use entity::submissions::text::{self, Limit, TextRefusal};

use crate::kit::error::{Code, Refusal, Result};

/// Longest mail address, in bytes (RFC 5321).
const LONGEST_EMAIL: usize = 254;
/// Longest external code, in characters.
const LONGEST_CODE: usize = 40;

/// A mail address as typed, and the form in which it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email {
    /// As typed, without white space around it.
    pub address: String,
    /// Lower-cased.
    pub key: String,
}

fn invalid(field: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(Code::Invalid, field, message)
}

/// The name of a person, unit, device or integration: one line of at most 200 characters.
///
/// # Errors
/// REQUIRED or TOO_LONG at `field`.
pub fn name(typed: &str, field: &'static str) -> Result<String> {
    text::bounded(typed, Limit::NAME.called(field)).map_err(|refusal| {
        let code = match refusal {
            TextRefusal::Empty { .. } => Code::Required,
            TextRefusal::TooLong { .. } => Code::TooLong,
        };
        Refusal::new(code, field, format!("{refusal}.")).into()
    })
}

/// How an address is compared, whether it is one or not.
#[must_use]
pub fn email_key(typed: &str) -> String {
    typed.trim().chars().take(LONGEST_EMAIL + 1).flat_map(char::to_lowercase).collect()
}

/// A mail address.
///
/// # Errors
/// INVALID at `field`.
pub fn email(typed: &str, field: &str) -> Result<Email> {
    let address = typed.trim();
    let plain = address.len() <= LONGEST_EMAIL && !address.chars().any(char::is_control);
    if !plain || address.parse::<lettre::Address>().is_err() {
        return Err(invalid(
            field,
            "This is not a mail address. Write one such as name@example.org.",
        )
        .into());
    }
    Ok(Email { address: address.to_owned(), key: email_key(address) })
}

/// An external code of a unit or person: what other systems call it. Upper-cased.
///
/// # Errors
/// INVALID at `field`.
pub fn code(typed: &str, field: &str) -> Result<String> {
    let code = typed.trim().to_uppercase();
    let sound = !code.is_empty()
        && code.chars().count() <= LONGEST_CODE
        && code.chars().all(|mark| mark.is_alphanumeric() || "-_./".contains(mark));
    if !sound {
        return Err(invalid(
            field,
            "A code has 1 to 40 letters, digits or the marks - _ . / and no spaces.",
        )
        .into());
    }
    Ok(code)
}

/// A language tag (BCP 47), for instance `en` or `es-MX`.
///
/// # Errors
/// INVALID at `field`.
pub fn locale(typed: &str, field: &str) -> Result<String> {
    let tag = typed.trim();
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let sound = tag.len() <= 35
        && (2..=3).contains(&language.len())
        && language.chars().all(|mark| mark.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.chars().all(|mark| mark.is_ascii_alphanumeric())
        });
    if !sound {
        return Err(
            invalid(field, "This is not a language tag. Write one such as en or es-MX.").into()
        );
    }
    Ok(tag.to_owned())
}

/// A time zone by its IANA name.
///
/// # Errors
/// INVALID at `field`.
pub fn zone(typed: &str, field: &str) -> Result<String> {
    let name = typed.trim();
    match jiff::tz::TimeZone::get(name) {
        Ok(_) => Ok(name.to_owned()),
        Err(_) => Err(invalid(
            field,
            "This is not the name of a time zone. Write one such as Europe/Madrid.",
        )
        .into()),
    }
}

/// Days of use in order.
///
/// # Errors
/// INVALID at `activeTo` when the end is before the start.
pub fn in_order(from: Option<Day>, to: Option<Day>) -> Result<()> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => {
            Err(invalid("activeTo", "The last day is before the first. Exchange them.").into())
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_in_lower_case() {
        let email = email(" Ann.Lee@Example.ORG ", "email").expect("sound");
        assert_eq!(email.address, "Ann.Lee@Example.ORG");
        assert_eq!(email.key, "ann.lee@example.org");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(250));
        for typed in ["", "ann", "@", "ann@", "@example.org", "a b@example.org", "a@b\r\nc", &long]
        {
            assert!(email(typed, "email").is_err(), "{typed:?}");
        }
    }

    #[test]
    fn codes_are_upper_cased_and_plain() {
        assert_eq!(code(" w-12/b ", "code").expect("sound"), "W-12/B");
        for typed in ["", " ", "a b", "a\tb", "=1", &"9".repeat(41), "a\u{202E}b"] {
            assert!(code(typed, "code").is_err(), "{typed:?}");
        }
    }

    #[test]
    fn languages_and_zones_have_their_form() {
        for typed in ["en", "es-MX", "zh-Hant-TW"] {
            assert!(locale(typed, "locale").is_ok(), "{typed}");
        }
        for typed in ["", "e", "english", "en_US", "en-", "en-<b>"] {
            assert!(locale(typed, "locale").is_err(), "{typed}");
        }
        assert!(zone("Europe/Madrid", "zone").is_ok());
        for typed in ["", "Mars/Base", "../etc/passwd"] {
            assert!(zone(typed, "zone").is_err(), "{typed}");
        }
    }

    #[test]
    fn names_are_one_clean_line() {
        assert_eq!(name("  Ann\n Lee\u{202E} ", "name").expect("sound"), "Ann Lee");
        assert!(name(" \u{200B} ", "name").is_err());
        assert!(name(&"a".repeat(201), "name").is_err());
    }
}

//! How other systems may be spoken of: names that cannot be mistaken for one another, and addresses
//! that lead to a page and nowhere else.
//!
//! Systems and keys are plain ASCII without blanks: two that look alike are alike. What is put into an
//! address is checked and never repaired, but for the case of its scheme.

use crate::submissions::text::{Limit, Lines, TextRefusal, bounded};

/// Longest name of a system, in characters.
pub const LONGEST_SYSTEM: usize = 40;
/// Longest key, in characters.
pub const LONGEST_KEY: usize = 120;
/// Longest address, in characters.
pub const LONGEST_URL: usize = 2_000;
/// Longest state, in code points.
pub const LONGEST_STATE: usize = 60;

/// Why something is no name in another system.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NamingRefusal {
    /// Nothing was given.
    #[error("{what} is missing: {cure}")]
    Empty {
        /// Which field.
        field: &'static str,
        /// What it is called for people.
        what: &'static str,
        /// What to do.
        cure: &'static str,
    },
    /// It is too long.
    #[error("{what} has {got} characters; at most {max} are taken: {cure}")]
    TooLong {
        /// Which field.
        field: &'static str,
        /// What it is called for people.
        what: &'static str,
        /// How many it has.
        got: usize,
        /// How many it may have.
        max: usize,
        /// What to do.
        cure: &'static str,
    },
    /// It has another form.
    #[error("{what} cannot be taken: {cure}")]
    Malformed {
        /// Which field.
        field: &'static str,
        /// What it is called for people.
        what: &'static str,
        /// What to do.
        cure: &'static str,
    },
}

impl NamingRefusal {
    /// The field that is meant.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Empty { field, .. }
            | Self::TooLong { field, .. }
            | Self::Malformed { field, .. } => field,
        }
    }
}

/// What a text of a field must be.
struct Form {
    field: &'static str,
    what: &'static str,
    cure: &'static str,
    max: usize,
}

impl Form {
    fn read<'a>(
        &self,
        text: &'a str,
        is_sound: impl Fn(&str) -> bool,
    ) -> Result<&'a str, NamingRefusal> {
        let Self { field, what, cure, max } = *self;
        if text.trim().is_empty() {
            return Err(NamingRefusal::Empty { field, what, cure });
        }
        let got = text.chars().count();
        if got > max {
            return Err(NamingRefusal::TooLong { field, what, got, max, cure });
        }
        if is_sound(text) { Ok(text) } else { Err(NamingRefusal::Malformed { field, what, cure }) }
    }
}

/// The name of a system: `jira`, `service-now`, `git.example`.
///
/// # Errors
/// When it is empty, too long, or has other signs than small letters of ASCII, digits, `.`, `-`, `_`.
pub fn system(text: &str) -> Result<String, NamingRefusal> {
    let form = Form {
        field: "system",
        what: "The name of the system",
        cure: "use small letters a to z, digits, dots, hyphens and underscores, and begin with a letter, for instance `jira`.",
        max: LONGEST_SYSTEM,
    };
    let sign = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || b".-_".contains(&it);
    let sound =
        |text: &str| text.starts_with(|it: char| it.is_ascii_lowercase()) && text.bytes().all(sign);
    form.read(text, sound).map(str::to_owned)
}

/// A key of a system, as it writes it: `OPS-142`, `earshot/app#12`. Case counts.
///
/// # Errors
/// When it is empty, too long, or has blanks or signs outside of ASCII.
pub fn key(text: &str) -> Result<String, NamingRefusal> {
    let form = Form {
        field: "key",
        what: "The key",
        cure: "write it as the other system does, in letters, digits and signs of ASCII without blanks, for instance `OPS-142`.",
        max: LONGEST_KEY,
    };
    form.read(text, |text| text.bytes().all(|it| it.is_ascii_graphic())).map(str::to_owned)
}

/// An address of a page: `http` or `https`, with a host, without a name and password in it.
///
/// # Errors
/// When it is empty, too long or something else.
pub fn url(text: &str) -> Result<String, NamingRefusal> {
    let form = Form {
        field: "url",
        what: "The address",
        cure: "send the whole address of a page, which begins with https:// or http://, in ASCII (other signs percent-encoded), without a user name or password in it.",
        max: LONGEST_URL,
    };
    let text = form.read(text, |text| address(text).is_some())?;
    let (scheme, rest) = address(text).unwrap_or(("https", ""));
    Ok(format!("{scheme}://{rest}"))
}

/// The scheme in small letters, and what follows it.
fn address(text: &str) -> Option<(&'static str, &str)> {
    let plain = |it: u8| it.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&it);
    if !text.bytes().all(plain) {
        return None;
    }
    let (scheme, rest) = text.split_once("://")?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "https" => "https",
        "http" => "http",
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#']).next()?;
    is_host(authority).then_some((scheme, rest))
}

/// A host by name or number, perhaps with a port. Nobody signs in by an address.
fn is_host(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => (host, port),
            None => return false,
        },
        None => authority.find(':').map_or((authority, ""), |at| authority.split_at(at)),
    };
    let six = authority.starts_with('[');
    let sign = |it: u8| match six {
        true => it.is_ascii_hexdigit() || b":.".contains(&it),
        false => it.is_ascii_alphanumeric() || b".-_".contains(&it),
    };
    let sound = !host.is_empty() && host.bytes().all(sign) && !host.starts_with(['.', '-']);
    let port = match port.strip_prefix(':') {
        Some(port) => port.len() <= 5 && port.parse::<u16>().is_ok_and(|it| it > 0),
        None => port.is_empty(),
    };
    sound && port
}

/// How far it is in the other system, in one line.
///
/// # Errors
/// When it is blank or too long.
pub fn state(text: &str) -> Result<String, TextRefusal> {
    bounded(text, Limit { field: "state", max: LONGEST_STATE, lines: Lines::One })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn systems_are_plain() {
        for good in ["jira", "service-now", "git.example", "a", "x2_y"] {
            assert_eq!(system(good).as_deref(), Ok(good));
        }
        let long = "a".repeat(41);
        for bad in
            ["", " ", "Jira", "jira ", " jira", "2jira", "-a", "ji ra", "jіra", "jira\n", &long]
        {
            let refused = system(bad).map_err(|it| it.field());
            assert_eq!(refused, Err("system"), "{bad:?}");
        }
    }

    #[test]
    fn keys_are_as_the_system_writes_them() {
        for good in ["OPS-142", "ops-142", "earshot/app#12", "0065g00000AbCdE", "!"] {
            assert_eq!(key(good).as_deref(), Ok(good));
        }
        let long = "K".repeat(121);
        for bad in [
            "",
            "  ",
            "OPS 142",
            "OPS-142 ",
            "\tOPS",
            "ОPS-142",
            "OPS\u{200b}-1",
            "OPS\u{0}",
            "é",
            &long,
        ] {
            assert_eq!(key(bad).map_err(|it| it.field()), Err("key"), "{bad:?}");
        }
    }

    #[test]
    fn addresses_lead_to_pages() {
        for good in [
            "https://jira.example/browse/OPS-142",
            "http://10.0.0.7:8080/x?y=z#top",
            "https://[2001:db8::1]:443/",
            "https://xn--mnchen-3ya.example",
            "https://example/a@b",
        ] {
            assert_eq!(url(good).as_deref(), Ok(good));
        }
        assert_eq!(url("HTTPS://A.example").as_deref(), Ok("https://A.example"));
        let long = format!("https://example/{}", "x".repeat(2_000));
        for bad in [
            "",
            "javascript:alert(1)",
            "JavaScript://example/%0aalert(1)",
            "data:text/html,x",
            "ftp://example",
            "//example",
            "example.org/x",
            "https://",
            "https:///x",
            "https://user:secret@example/",
            "https://user@example/",
            "https://exam ple/",
            "https://example/\u{202e}x",
            "https://exämple/",
            "https://example/\nx",
            "https://example:0/",
            "https://example:99999/",
            "https://example:x/",
            "https://[::1",
            "https://[::1]x/",
            "https://example\\@evil.example/",
            " https://example/",
            "https://example/<script>",
            &long,
        ] {
            assert_eq!(url(bad).map_err(|it| it.field()), Err("url"), "{bad:?}");
        }
    }

    #[test]
    fn states_are_one_line() {
        assert_eq!(state(" In\nprogress ").as_deref(), Ok("In progress"));
        assert!(state(" \u{200b}").is_err());
        assert!(state(&"x".repeat(61)).is_err());
    }

    proptest! {
        #[test]
        fn what_is_taken_is_taken_again_unchanged(text in "\\PC{0,50}") {
            for read in [system, key, url] {
                if let Ok(taken) = read(&text) {
                    prop_assert_eq!(read(&taken), Ok(taken.clone()));
                    prop_assert!(taken.is_ascii() && !taken.contains(char::is_whitespace));
                }
            }
        }

        #[test]
        fn no_address_but_of_a_page_is_taken(scheme in "[a-zA-Z+.-]{1,12}", rest in "[ -~]{0,30}") {
            if let Ok(taken) = url(&format!("{scheme}:{rest}")) {
                prop_assert!(taken.starts_with("https://") || taken.starts_with("http://"));
            }
        }
    }
}

//! What stays of a link to another system when words are taken out of it for good. Pure.
//!
//! A state is a text, and is marked like every other one. A key or an address with a mark in it would
//! lead nowhere: an address goes, and a key is replaced by one that is taken by nothing else.

use super::external_link::Model;
use crate::submissions::redaction::Passages;

/// What a key or the name of a system is called after words were taken out of it.
const REDACTED: &str = "redacted";

/// At how many places passages stand in a link.
#[must_use]
pub fn places(link: &Model, out: &Passages) -> usize {
    let state = link.state.as_deref().map_or(0, |state| out.count(state));
    let url = link.url.as_deref().map_or(0, |url| in_address(url, out));
    state + url + in_address(&link.key, out) + out.count(&link.system)
}

/// The link without them; none when none of them stands in it.
#[must_use]
pub fn without(link: &Model, out: &Passages) -> Option<Model> {
    if places(link, out) == 0 {
        return None;
    }
    let named = out.count(&link.system) > 0;
    let called = named || in_address(&link.key, out) > 0;
    let state = link.state.as_ref();
    Some(Model {
        system: if named { REDACTED.to_owned() } else { link.system.clone() },
        key: if called { format!("{REDACTED}-{}", link.id) } else { link.key.clone() },
        url: link.url.clone().filter(|url| in_address(url, out) == 0),
        state: state.map(|it| out.take_out(it).map_or_else(|| it.clone(), |(taken, _)| taken)),
        ..link.clone()
    })
}

/// How often they stand in an address, as it is written or as it is read.
fn in_address(text: &str, out: &Passages) -> usize {
    let read = decoded(text);
    let spaced = read.replace('+', " ");
    out.count(text).max(out.count(&read)).max(out.count(&spaced))
}

/// An address with its signs in place of their `%` forms.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let digits = |pair: &&[u8]| pair.iter().all(u8::is_ascii_hexdigit);
        let pair = behind.get(..2).filter(|_| *first == b'%').filter(digits);
        let byte = pair.and_then(|pair| {
            let digits = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        bytes.push(byte.unwrap_or(*first));
        rest = behind.get(if byte.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::external::naming;
    use crate::id::{ExternalLinkId, SubmissionId};
    use crate::instant::Instant;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn link((system, key): (&str, &str), url: Option<&str>, state: Option<&str>) -> Model {
        Model {
            id: ExternalLinkId(Uuid::from_u128(7)),
            submission_id: Some(SubmissionId(Uuid::nil())),
            item_id: None,
            system: system.to_owned(),
            key: key.to_owned(),
            url: url.map(str::to_owned),
            state: state.map(str::to_owned),
            service_id: None,
            created_at: Instant(0),
            updated_at: Instant(0),
            version: 1,
        }
    }

    fn out(passage: &str) -> Passages {
        Passages::of(&[passage.to_owned()]).expect("a passage")
    }

    #[test]
    fn a_state_is_marked_and_what_leads_somewhere_goes() {
        let jira = link(
            ("jira", "Ada-Byron-12"),
            Some("https://jira.example/?q=Ada%20Byron"),
            Some("with Ada Byron"),
        );
        assert_eq!(places(&jira, &out("Ada Byron")), 2);
        let left = without(&jira, &out("Ada Byron")).expect("something is taken out");
        assert_eq!((left.key.as_str(), left.url), ("Ada-Byron-12", None));
        assert!(left.state.is_some_and(|it| it.starts_with("with ") && !it.contains("Ada")));
        let left = without(&jira, &out("Ada-Byron")).expect("something is taken out");
        assert_eq!(left.key, format!("redacted-{}", jira.id));
        assert_eq!((left.url, left.state), (jira.url.clone(), jira.state.clone()));
        assert_eq!(without(&jira, &out("Grace")), None);
        let system = without(&link(("ada-byron", "1"), None, None), &out("ada-byron"));
        assert!(
            system.is_some_and(|it| it.system == "redacted" && it.key.starts_with("redacted-"))
        );
    }

    #[test]
    fn an_address_is_read_as_browsers_do() {
        for (text, read) in [
            ("a%20b", "a b"),
            ("%C3%BC", "ü"),
            ("100%", "100%"),
            ("%zz%2", "%zz%2"),
            ("%+f", "%+f"),
        ] {
            assert_eq!(decoded(text), read);
        }
        assert_eq!(in_address("q=Ada+Byron", &out("Ada Byron")), 1);
    }

    proptest! {
        #[test]
        fn nothing_of_it_stays_and_the_key_is_one(
            passage in "[A-Za-z0-9]{4,9}",
            key in "[A-Za-z0-9-]{1,20}",
            place in 0_usize..3,
        ) {
            let with = format!("x{passage}y");
            let (key, url, state) = match place {
                0 => (with.as_str(), None, None),
                1 => (key.as_str(), Some(format!("https://a.example/{with}")), None),
                _ => (key.as_str(), None, Some(with.clone())),
            };
            let all = link(("jira", key), url.as_deref(), state.as_deref());
            let left = without(&all, &out(&passage));
            prop_assert!(left.is_some());
            if let Some(left) = left {
                let own = left.id.to_string();
                let kept = left.key.replace(&own, "").replace(REDACTED, "");
                prop_assert!(!kept.contains(&passage));
                prop_assert!(naming::key(&left.key).is_ok());
                prop_assert!(!left.url.is_some_and(|it| it.contains(&passage)));
                prop_assert!(!left.state.is_some_and(|it| it.contains(&passage)));
            }
        }

        #[test]
        fn any_address_is_read(text in "\\PC{0,60}") {
            let _ = decoded(&text);
        }
    }
}

//! Taking words out of what people wrote: the passage goes, a mark stays in its place.
//!
//! The mark is U+FFFC, which cleaning strips from everything that people send
//! ([`clean`](super::text::clean)): nobody but a redaction can have put it there. It is stored once
//! and shown to each reader in their own language.

use std::borrow::Cow;

use super::text::{clean, derive_title};

/// What stands in the place of words that were taken out.
pub const MARK: char = '\u{FFFC}';
/// Shortest passage, in code points: a single letter stands everywhere.
pub const SHORTEST_PASSAGE: usize = 2;
/// Longest passage, in code points: a whole text.
pub const LONGEST_PASSAGE: usize = 5_000;
/// Most passages taken out at once.
pub const MOST_PASSAGES: usize = 50;

/// Passages that are taken out wherever they stand, exactly as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passages(Vec<String>);

/// Why passages are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// None at all.
    #[error("Name at least one passage, exactly as it is written")]
    None,
    /// More than [`MOST_PASSAGES`].
    #[error("These are too many passages; send at most 50 at a time")]
    TooMany,
    /// One below [`SHORTEST_PASSAGE`].
    #[error("A passage has at least 2 characters")]
    TooShort,
    /// One beyond [`LONGEST_PASSAGE`].
    #[error("A passage has at most 5,000 characters")]
    TooLong,
}

impl Passages {
    /// Passages as somebody copied them out of a text.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn of(given: &[String]) -> Result<Self, Unfit> {
        if given.len() > MOST_PASSAGES {
            return Err(Unfit::TooMany);
        }
        let mut passages = Vec::with_capacity(given.len());
        for passage in given {
            let passage = clean(passage).into_string();
            match passage.chars().count() {
                ..SHORTEST_PASSAGE => return Err(Unfit::TooShort),
                SHORTEST_PASSAGE..=LONGEST_PASSAGE => passages.push(passage),
                _ => return Err(Unfit::TooLong),
            }
        }
        if passages.is_empty() {
            return Err(Unfit::None);
        }
        // The longest first: a passage inside another one must not cut it short.
        passages.sort_by_key(|passage| std::cmp::Reverse(passage.len()));
        Ok(Self(passages))
    }

    /// How often they stand in a text.
    #[must_use]
    pub fn count(&self, text: &str) -> usize {
        self.take_out(text).map_or(0, |(_, places)| places)
    }

    /// The text without them and the number of places; `None` when none of them stands there.
    #[must_use]
    pub fn take_out(&self, text: &str) -> Option<(String, usize)> {
        let mut places = 0;
        let mut left = text.to_owned();
        for passage in &self.0 {
            places += left.matches(passage.as_str()).count();
            left = left.replace(passage.as_str(), MARK.encode_utf8(&mut [0; 4]));
        }
        (places > 0).then_some((left, places))
    }

    /// As [`Passages::take_out`] for the title of a text. A derived title may hold the beginning of
    /// a passage that it cuts off, so it is derived again.
    #[must_use]
    pub fn take_out_of_title(&self, title: &str, (before, after): (&str, &str)) -> Option<String> {
        if before != after && title == derive_title(before) {
            return Some(derive_title(after)).filter(|derived| derived != title);
        }
        self.take_out(title).map(|(title, _)| title)
    }
}

/// The text as a reader sees it: every mark in words of the language.
#[must_use]
pub fn shown<'a>(text: &'a str, locale: &str) -> Cow<'a, str> {
    if !text.contains(MARK) {
        return Cow::Borrowed(text);
    }
    let words = match locale.split(['-', '_']).next() {
        Some("es") => "[quitado por el equipo de CX]",
        _ => "[removed by the CX team]",
    };
    Cow::Owned(text.replace(MARK, words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn passages(given: &[&str]) -> Passages {
        let given: Vec<String> = given.iter().map(|it| (*it).to_owned()).collect();
        Passages::of(&given).expect("sound passages")
    }

    #[test]
    fn every_place_is_found_and_shown_in_the_readers_language() {
        let taken = passages(&["Ann", "Ann Smith"]);
        let (left, places) = taken.take_out("Ann Smith called Ann.").expect("found");
        assert_eq!((left.as_str(), places), ("\u{FFFC} called \u{FFFC}.", 2));
        assert_eq!(
            shown(&left, "en-GB"),
            "[removed by the CX team] called [removed by the CX team]."
        );
        assert!(shown(&left, "es-MX").starts_with("[quitado por el equipo de CX] called"));
        assert!(taken.take_out("ann smith").is_none());
        assert!(matches!(shown("plain", "en"), Cow::Borrowed("plain")));
    }

    #[test]
    fn a_title_that_cuts_a_passage_off_is_derived_again() {
        let secret =
            "the patient Maria Gonzalez from room number twelve on the second floor who fell";
        let body = format!("Yesterday evening at nine {secret} waited for an hour.");
        let title = derive_title(&body);
        assert!(title.contains("Gonzalez") && !title.contains(secret), "{title}");
        let taken = passages(&[secret]);
        let (after, _) = taken.take_out(&body).expect("found");
        let title = taken.take_out_of_title(&title, (&body, &after)).expect("another title");
        assert!(!title.contains("Gonzalez"), "{title}");
        assert_eq!(taken.take_out_of_title("A title", (&body, &after)), None);
    }

    #[test]
    fn passages_have_bounds() {
        let of = |given: &[&str]| {
            Passages::of(&given.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(of(&[]), Err(Unfit::None));
        assert_eq!(of(&["a"]), Err(Unfit::TooShort));
        assert_eq!(of(&[" \u{FFFC} "]), Err(Unfit::TooShort));
        assert_eq!(of(&[&"x".repeat(5_001)]), Err(Unfit::TooLong));
        assert_eq!(of(&["ab"; 51]), Err(Unfit::TooMany));
        assert!(of(&["ab"; 50]).is_ok());
    }

    proptest! {
        #[test]
        fn nothing_of_a_passage_stays(text in "[ab c]{0,40}", passage in "[ab c]{2,6}") {
            if let Ok(passages) = Passages::of(std::slice::from_ref(&passage)) {
                let passage = clean(&passage).into_string();
                let left = passages.take_out(&text).map_or(text.clone(), |(left, _)| left);
                prop_assert!(!left.contains(&passage));
                prop_assert_eq!(left.contains(MARK), text.contains(&passage));
            }
        }
    }
}

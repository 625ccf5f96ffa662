//! The words of a submission, cleaned and bounded before they are stored.

use entity::submissions::text::{Limit, bounded, clean, derive_title};

use crate::kit::error::{Code, Refusal, Result};

/// Most tags on a submission.
pub const MOST_TAGS: usize = 10;
/// Longest tag, in code points.
pub const LONGEST_TAG: usize = 40;

/// The words of one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Title, given or derived.
    pub title: String,
    /// The text.
    pub body: String,
    /// The customer's own words.
    pub customer_words: Option<String>,
}

impl Words {
    /// Words as somebody typed them.
    ///
    /// # Errors
    /// REQUIRED or TOO_LONG at `text`, `title` or `customerWords`.
    pub fn of(text: &str, title: Option<&str>, customer_words: Option<&str>) -> Result<Self> {
        let body = bounded(text, Limit::TEXT)?;
        let title = match title {
            Some(title) => bounded(title, Limit::TITLE)?,
            None => derive_title(&body),
        };
        let quoted = Limit::TEXT.called("customerWords");
        let customer_words = customer_words.map(|words| bounded(words, quoted)).transpose()?;
        Ok(Self { title, body, customer_words })
    }
}

/// Tags as they are stored: cleaned, lower-cased, each once, in order.
///
/// # Errors
/// INVALID or TOO_LONG at `tags`.
pub fn tags(given: &[String]) -> Result<Vec<String>> {
    if given.len() > MOST_TAGS {
        return Err(Refusal::new(
            Code::Invalid,
            "tags",
            format!("There are {} tags; keep the {MOST_TAGS} that matter most.", given.len()),
        )
        .into());
    }
    let mut tags = Vec::with_capacity(given.len());
    for tag in given {
        tags.push(self::tag(tag)?);
    }
    tags.sort();
    tags.dedup();
    Ok(tags)
}

fn tag(given: &str) -> Result<String> {
    let limit = Limit { max: LONGEST_TAG, ..Limit::TITLE.called("tags") };
    Ok(clean(&bounded(given, limit)?.to_lowercase()).into_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_is_required() {
        let words = Words::of("  The hooks are too high. Patients fall. ", None, None);
        let words = words.expect("sound words");
        assert_eq!(words.body, "The hooks are too high. Patients fall.");
        assert_eq!(words.title, "The hooks are too high");
        assert!(Words::of(" \u{200B}\n", None, None).is_err());
        assert!(Words::of("x", Some(&"t".repeat(121)), None).is_err());
    }

    #[test]
    fn tags_are_folded() {
        let given = ["Lift ", "lift", "Ärger"].map(str::to_owned);
        assert_eq!(tags(&given).expect("sound tags"), ["lift", "ärger"]);
        assert!(tags(&vec![String::from("x"); 11]).is_err());
        assert!(tags(&["y".repeat(41)]).is_err());
    }
}

//! Descriptions as HTML: escaped, with their `code`, and with links to what they name.

use std::fmt::Write as _;

use super::model::{Catalogue, base};
use crate::kit::error::Code;

/// Text that means nothing to a browser, also in an attribute.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Turns descriptions into HTML; knows what there is to link to.
#[derive(Clone, Copy, Debug)]
pub struct Prose<'a> {
    /// What may be named.
    pub catalogue: &'a Catalogue,
    /// Page on which the reference stands; empty on that page itself.
    pub page: &'static str,
}

impl Prose<'_> {
    /// A description; paragraphs are parted by empty lines.
    #[must_use]
    pub fn html(&self, text: &str) -> String {
        let mut html = String::new();
        for paragraph in text.split("\n\n").map(str::trim).filter(|it| !it.is_empty()) {
            let _ = write!(html, "<p>{}</p>", self.inline(paragraph));
        }
        html
    }

    /// One paragraph without its tag.
    #[must_use]
    pub fn inline(&self, text: &str) -> String {
        let mut html = String::new();
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for (number, part) in flat.split('`').enumerate() {
            if number % 2 == 1 {
                html.push_str(&self.code(part));
            } else {
                html.push_str(&codes_linked(part));
            }
        }
        html
    }

    /// A word in `code`, linked where there is something of this name.
    fn code(&self, word: &str) -> String {
        let text = escaped(word);
        match self.anchor(word) {
            Some(anchor) => format!("<a href=\"{}#{anchor}\"><code>{text}</code></a>", self.page),
            None => format!("<code>{text}</code>"),
        }
    }

    /// Where something of this name stands: a type, `Type.field`, or a root field.
    #[must_use]
    pub fn anchor(&self, word: &str) -> Option<String> {
        let catalogue = self.catalogue;
        if catalogue.types.contains_key(word) {
            return Some(word.to_owned());
        }
        if let Some((kind, field)) = word.split_once('.') {
            let kind = catalogue.types.get(kind)?;
            return kind.members.iter().any(|it| it.name == field).then(|| word.to_owned());
        }
        let roots = [
            ("mutation", &catalogue.mutations),
            ("query", &catalogue.queries),
            ("subscription", &catalogue.subscriptions),
        ];
        let found = roots.iter().find(|(_, fields)| fields.iter().any(|it| it.name == word));
        found.map(|(root, _)| format!("{root}.{word}"))
    }

    /// A type with a link to what it names: `[Idea!]!`.
    #[must_use]
    pub fn shape(&self, shape: &str) -> String {
        let name = base(shape);
        if !self.catalogue.types.contains_key(name) {
            return escaped(shape);
        }
        let link = format!("<a href=\"{}#{name}\">{name}</a>", self.page);
        shape.replacen(name, &link, 1)
    }
}

/// Words of the catalogue of errors, linked to it.
fn codes_linked(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|letter: char| letter.is_ascii_uppercase()) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|it: char| !(it.is_ascii_uppercase() || it == '_' || it == '-'));
        let (word, after) = from.split_at(end.unwrap_or(from.len()));
        html.push_str(&escaped(before));
        // A word that only begins in capitals is none of them.
        let whole = !after.starts_with(|it: char| it.is_alphanumeric());
        if whole && Code::ALL.iter().any(|it| it.as_str() == word) {
            let _ = write!(html, "<a href=\"/docs/errors#{word}\"><code>{word}</code></a>");
        } else {
            html.push_str(&escaped(word));
        }
        rest = after;
    }
    html.push_str(&escaped(rest));
    html
}

/// What a description says besides what the thing is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// What it is.
    pub about: String,
    /// Who may: the sentences that begin with "Needs".
    pub needs: String,
    /// Which errors it lists.
    pub codes: String,
}

/// Takes the sentences about rights and errors out of a description.
#[must_use]
pub fn parts(text: &str) -> Parts {
    let mut parts = Parts::default();
    for sentence in sentences(text) {
        let to = match sentence {
            it if it.starts_with("Codes:") || it == "No codes." => &mut parts.codes,
            it if it.starts_with("Needs ") => &mut parts.needs,
            _ => &mut parts.about,
        };
        if !to.is_empty() {
            to.push(' ');
        }
        to.push_str(sentence.strip_prefix("Codes: ").unwrap_or(sentence));
    }
    parts
}

/// A sentence ends with a full stop before a space and a capital or a `code`.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut begin = 0;
    for (at, _) in text.match_indices('.') {
        // A whole sentence in brackets ends behind them.
        let at = if text[at + 1..].starts_with(')') { at + 1 } else { at };
        let rest = &text[at + 1..];
        let next = rest.trim_start();
        let parted = rest.len() != next.len();
        if parted && next.starts_with(|it: char| it.is_uppercase() || it == '`') {
            found.push(text[begin..=at].trim());
            begin = at + 1;
        }
    }
    found.push(text[begin..].trim());
    found.retain(|it| !it.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_and_errors_are_told_apart() {
        let parts = parts(
            "Gives somebody a PIN, e.g. a new one. `x` stays. (Or not.) Needs the role\nMANAGER. Codes: FORBIDDEN, \
             REQUIRED without a code: see `y`. It counts at once.",
        );
        assert_eq!(
            parts.about,
            "Gives somebody a PIN, e.g. a new one. `x` stays. (Or not.) It counts at once."
        );
        assert_eq!(parts.needs, "Needs the role\nMANAGER.");
        assert_eq!(parts.codes, "FORBIDDEN, REQUIRED without a code: see `y`.");
    }

    #[test]
    fn nothing_that_is_described_means_anything_to_a_browser() {
        let catalogue =
            Catalogue::read("\"\"\"\nx\n\"\"\"\ntype Query { a: Int }\ntype Idea { b: Int }");
        let catalogue = catalogue.expect("a schema");
        let prose = Prose { catalogue: &catalogue, page: "" };
        assert_eq!(prose.inline("a <b> & \"c\""), "a &lt;b&gt; &amp; &quot;c&quot;");
        assert_eq!(prose.inline("`<i>`"), "<code>&lt;i&gt;</code>");
        assert_eq!(
            prose.inline("NOT_FOUND, not NOT_FOUNDED or `Idea`"),
            "<a href=\"/docs/errors#NOT_FOUND\"><code>NOT_FOUND</code></a>, not NOT_FOUNDED or \
             <a href=\"#Idea\"><code>Idea</code></a>"
        );
        assert_eq!(prose.shape("[Idea!]!"), "[<a href=\"#Idea\">Idea</a>!]!");
        assert_eq!(prose.anchor("a").as_deref(), Some("query.a"));
        assert_eq!(prose.anchor("Idea.b").as_deref(), Some("Idea.b"));
        assert_eq!(prose.anchor("Idea.c"), None);
    }
}

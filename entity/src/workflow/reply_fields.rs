//! Fields in reply templates: what may stand between braces, and how a text is filled.
//!
//! `{name}` is a field; `{{` and `}}` are a brace. What is filled in is never read again, so nothing that people wrote
//! can become a field.
//!
//! A reply is read by others than the one it greets: those who read the submission, its followers, and the people of
//! its twins, who may not even read it. So the author's name is not stored in it: a mark stands in its place, filled
//! for each reader ([`addressed`]).

use std::borrow::Cow;

use crate::instant::Day;
use crate::text_enum::text_enum;

text_enum! {
    /// What a reply template can speak of.
    pub enum ReplyField {
        /// The author's name.
        Name = "name",
        /// The reference, for instance EAR-142.
        Reference = "reference",
        /// Where on a journey.
        Touchpoint = "touchpoint",
        /// Why it happens: the first root cause that a person linked.
        Cause = "cause",
        /// The day named with the decision: the wake date, else the promised date.
        Date = "date",
    }
}

/// What stands in a stored reply in the place of its author's name. Cleaning strips it from everything that people
/// send ([`clean`](crate::submissions::text::clean)): only a field can have put it there.
pub const NAME_MARK: char = '\u{FFFB}';

/// A reply as one reader sees it. `name` is the author's, for the author alone; everybody else reads a word of the
/// reply's language that greets anybody.
#[must_use]
pub fn addressed<'a>(text: &'a str, language: &str, name: Option<&str>) -> Cow<'a, str> {
    if !text.contains(NAME_MARK) {
        return Cow::Borrowed(text);
    }
    let anybody = match language.split(['-', '_']).next() {
        Some("en") => "colleague",
        Some("es") => "colega",
        _ => "…",
    };
    Cow::Owned(text.replace(NAME_MARK, name.unwrap_or(anybody)))
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A field that is not on the list.
    #[error("There is no field {{{name}}}. Use {}, or write {{{{ and }}}} for braces", known())]
    UnknownField {
        /// As it was written, cut to 40 characters.
        name: String,
    },
    /// An opening brace without its closing one, or the other way round.
    #[error(
        "A brace at character {at} has no partner. Close it, or write {{{{ and }}}} for braces"
    )]
    Unbalanced {
        /// From 1.
        at: usize,
    },
}

/// The fields as they are written, in one list.
#[must_use]
pub fn known() -> String {
    ReplyField::ALL.map(|field| format!("{{{field}}}")).join(" ")
}

/// Most characters of a foreign field that a message repeats.
const SHOWN: usize = 40;

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words as they stand.
    Words(String),
    /// A field.
    Field(ReplyField),
}

/// A text with fields, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

impl Template {
    /// Reads a text.
    ///
    /// # Errors
    /// [`TemplateError`] naming what is wrong first.
    pub fn read(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut words = String::new();
        let mut signs = text.chars().enumerate().peekable();
        while let Some((at, sign)) = signs.next() {
            let twin = signs.peek().map(|(_, next)| *next) == Some(sign);
            match sign {
                '{' | '}' if twin => {
                    signs.next();
                    words.push(sign);
                }
                '}' => return Err(TemplateError::Unbalanced { at: at + 1 }),
                '{' => {
                    let field = field_at(&mut signs, at)?;
                    if !words.is_empty() {
                        pieces.push(Piece::Words(std::mem::take(&mut words)));
                    }
                    pieces.push(Piece::Field(field));
                }
                _ => words.push(sign),
            }
        }
        if !words.is_empty() {
            pieces.push(Piece::Words(words));
        }
        Ok(Self(pieces))
    }

    /// The fields in use, each once.
    #[must_use]
    pub fn fields(&self) -> Vec<ReplyField> {
        let mut fields: Vec<ReplyField> = self
            .0
            .iter()
            .filter_map(|piece| match piece {
                Piece::Field(field) => Some(*field),
                Piece::Words(_) => None,
            })
            .collect();
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// The text with its values.
    ///
    /// # Errors
    /// The first field that has no value.
    pub fn fill(&self, value: impl Fn(ReplyField) -> Option<String>) -> Result<String, ReplyField> {
        self.0.iter().try_fold(String::new(), |mut text, piece| {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::Field(field) => text.push_str(&value(*field).ok_or(*field)?),
            }
            Ok(text)
        })
    }
}

type Signs<'a> = std::iter::Peekable<std::iter::Enumerate<std::str::Chars<'a>>>;

/// The field whose brace opened at `open`.
fn field_at(signs: &mut Signs<'_>, open: usize) -> Result<ReplyField, TemplateError> {
    let mut name = String::new();
    for (_, sign) in signs.by_ref() {
        match sign {
            '}' => {
                return name.trim().parse().map_err(|_| TemplateError::UnknownField {
                    name: name.trim().chars().take(SHOWN).collect(),
                });
            }
            '{' => return Err(TemplateError::Unbalanced { at: open + 1 }),
            _ => name.push(sign),
        }
    }
    Err(TemplateError::Unbalanced { at: open + 1 })
}

/// The language of `languages` that somebody who asked for `locale` reads: the very tag, its language, English, else
/// the first.
#[must_use]
pub fn best_language<'a>(languages: &'a [String], locale: &str) -> Option<&'a str> {
    let language = locale.split(['-', '_']).next().unwrap_or(locale);
    let with = |wanted: &str| languages.iter().find(|tag| tag.eq_ignore_ascii_case(wanted));
    with(locale)
        .or_else(|| with(language))
        .or_else(|| with("en"))
        .or_else(|| languages.first())
        .map(String::as_str)
}

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SPANISH: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// A day as people of a language write it; in other languages than English and Spanish, `2027-03-12`.
#[must_use]
pub fn written_day(day: Day, language: &str) -> String {
    let month = usize::from(u8::from(day.0.month()) - 1);
    match language.split(['-', '_']).next() {
        Some("en") => format!("{} {} {}", day.0.day(), ENGLISH[month], day.0.year()),
        Some("es") => format!("{} de {} de {}", day.0.day(), SPANISH[month], day.0.year()),
        _ => day.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn filled(text: &str) -> Result<String, ReplyField> {
        Template::read(text).expect("a template").fill(|field| match field {
            ReplyField::Touchpoint => None,
            field => Some(format!("<{field}>{{reference}}")),
        })
    }

    #[test]
    fn fields_are_filled_once() {
        assert_eq!(
            filled("Dear {name}, {{x}} {reference}.").as_deref(),
            Ok("Dear <name>{reference}, {x} <reference>{reference}.")
        );
        assert_eq!(filled("{ name }").as_deref(), Ok("<name>{reference}"));
        assert_eq!(filled("At {touchpoint}"), Err(ReplyField::Touchpoint));
        assert_eq!(filled("}}{{").as_deref(), Ok("}{"));
    }

    #[test]
    fn only_the_author_is_greeted_by_name() {
        let text = format!("Dear {NAME_MARK}, thank you, {NAME_MARK}.");
        assert_eq!(addressed(&text, "en-GB", Some("Ana")), "Dear Ana, thank you, Ana.");
        assert_eq!(addressed(&text, "en-GB", None), "Dear colleague, thank you, colleague.");
        assert_eq!(addressed(&text, "es", None).matches("colega").count(), 2);
        assert_eq!(addressed("plain", "es", Some("Ana")), "plain");
        let typed = crate::submissions::text::clean(&text);
        assert!(!typed.as_str().contains(NAME_MARK), "nobody can type it");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |text: &str| Template::read(text).expect_err("no template");
        assert_eq!(error("Dear {nmae}"), TemplateError::UnknownField { name: "nmae".into() });
        assert!(
            error("{Name}").to_string().contains("{name} {reference} {touchpoint} {cause} {date}")
        );
        assert_eq!(error("a {name"), TemplateError::Unbalanced { at: 3 });
        assert_eq!(error("a } b"), TemplateError::Unbalanced { at: 3 });
        assert_eq!(error("{na{me}}"), TemplateError::Unbalanced { at: 1 });
        assert_eq!(error("{}"), TemplateError::UnknownField { name: String::new() });
    }

    #[test]
    fn the_nearest_language_is_named() {
        let known = ["en", "es", "es-MX"].map(String::from);
        assert_eq!(best_language(&known, "es-MX"), Some("es-MX"));
        assert_eq!(best_language(&known, "es-AR"), Some("es"));
        assert_eq!(best_language(&known, "fr"), Some("en"));
        assert_eq!(best_language(&known[1..], "fr"), Some("es"));
        assert_eq!(best_language(&[], "fr"), None);
    }

    #[test]
    fn days_are_written_as_people_do() {
        let day: Day = "2027-03-12".parse().expect("a day");
        assert_eq!(written_day(day, "en"), "12 March 2027");
        assert_eq!(written_day(day, "es-MX"), "12 de marzo de 2027");
        assert_eq!(written_day(day, "fr"), "2027-03-12");
    }

    proptest! {
        #[test]
        fn escaped_text_comes_back_as_it_was(text in "[a-z{} ]{0,40}") {
            let escaped = text.replace('{', "{{").replace('}', "}}");
            let back = Template::read(&escaped).expect("a template").fill(|_| None);
            prop_assert_eq!(back, Ok(text));
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
            let _ = Template::read(&text);
        }
    }
}

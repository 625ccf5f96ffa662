//! The words that go to everybody behind a resolved cause: the same for all, and personal for each.
//!
//! A text has fields, as a reply template has; here only those that can be filled for everybody:
//! `{name}`, `{reference}` and `{cause}`. So what was checked once is right five thousand times.

use crate::workflow::reply_fields::{ReplyField, Template, TemplateError};

/// Why a text cannot go to everybody behind a cause.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// It is no template.
    #[error("{0}")]
    Template(#[from] TemplateError),
    /// It has a field for which not everybody has a value.
    #[error(
        "{{{0}}} is not known for everybody behind a cause. Use {{name}} {{reference}} {{cause}}"
    )]
    NotForAll(ReplyField),
}

/// What is filled in for one reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Personal<'a> {
    /// The reader's name; none where it may not be said.
    pub name: Option<&'a str>,
    /// The submission that the reader is told about.
    pub reference: &'a str,
    /// The name of the cause.
    pub cause: &'a str,
    /// The language of the text.
    pub language: &'a str,
}

/// A text that can go to everybody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingText(Template);

impl ClosingText {
    /// Reads a text.
    ///
    /// # Errors
    /// [`WordsError`] naming what is wrong first.
    pub fn read(text: &str) -> Result<Self, WordsError> {
        let template = Template::read(text)?;
        let known = [ReplyField::Name, ReplyField::Reference, ReplyField::Cause];
        match template.fields().into_iter().find(|field| !known.contains(field)) {
            Some(field) => Err(WordsError::NotForAll(field)),
            None => Ok(Self(template)),
        }
    }

    /// The text for one reader.
    #[must_use]
    pub fn fill(&self, personal: &Personal<'_>) -> String {
        let value = |field| match field {
            ReplyField::Name => personal.name.unwrap_or(nobody(personal.language)),
            ReplyField::Reference => personal.reference,
            ReplyField::Cause => personal.cause,
            ReplyField::Touchpoint | ReplyField::Date => "",
        };
        self.0.fill(|field| Some(value(field).to_owned())).unwrap_or_default()
    }
}

fn is_spanish(language: &str) -> bool {
    language.split(['-', '_']).next() == Some("es")
}

/// How somebody is spoken to whose name may not be said.
fn nobody(language: &str) -> &'static str {
    if is_spanish(language) { "colega" } else { "colleague" }
}

/// What is said when nobody writes anything else, in the languages of the product.
pub const DEFAULTS: [(&str, &str); 2] = [
    ("en", "What you told us about in {reference} is put right. Thank you for telling us, {name}."),
    ("es", "Lo que nos contaste en {reference} ya está resuelto. Gracias por avisarnos, {name}."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn personal(name: Option<&'static str>) -> Personal<'static> {
        Personal { name, reference: "EAR-7", cause: "No {name} hooks", language: "es-MX" }
    }

    #[test]
    fn a_text_is_personal() {
        let text = ClosingText::read("{name}: {reference}, {cause}").expect("sound");
        assert_eq!(text.fill(&personal(Some("Ana"))), "Ana: EAR-7, No {name} hooks");
        assert_eq!(text.fill(&personal(None)), "colega: EAR-7, No {name} hooks");
    }

    #[test]
    fn fields_that_not_everybody_has_are_refused() {
        for text in ["On {date}", "At {touchpoint}", "{nmae}", "{name"] {
            assert!(ClosingText::read(text).is_err(), "{text}");
        }
        let said = ClosingText::read("On {date}").map_err(|error| error.to_string());
        assert!(said.is_err_and(|it| it.contains("{name} {reference} {cause}")));
        assert!(DEFAULTS.iter().all(|(_, text)| ClosingText::read(text).is_ok()));
    }

    proptest! {
        #[test]
        fn what_people_are_called_is_never_read_again(name in "\\PC{0,30}") {
            let text = ClosingText::read("{name}").expect("sound");
            let personal = Personal { name: Some(&name), ..personal(None) };
            prop_assert_eq!(text.fill(&personal), name.clone());
        }
    }
}

//! What staff read, in their language: phrases from the files in `locales/`, and the staff word of every phase.
//!
//! The files are compiled in. A language that lacks a phrase falls back to English; a test keeps that from happening.
//! Text that people wrote goes into phrases only as an argument.

use std::borrow::Cow;
use std::sync::LazyLock;

use entity::submissions::phase::{Kind, Phase};
use fluent_templates::fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_templates::{FluentBundle, LanguageIdentifier};
use rust_embed::Embed;
use time::Date;

#[derive(Embed)]
#[folder = "locales"]
struct Files;

/// The files of every language.
const FILES: [&str; 2] = ["staff.ftl", "mail.ftl"];

/// Filled at first use and never changed.
static PHRASES: LazyLock<Phrases> = LazyLock::new(Phrases::load);

/// A language that Earshot speaks to staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// English; what everything falls back to.
    En,
    /// Spanish.
    Es,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Es];

    /// The BCP 47 tag, also the name of the folder in `locales/`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
        }
    }

    /// `ltr` or `rtl`, as in HTML.
    #[must_use]
    pub const fn direction(self) -> &'static str {
        match self {
            Self::En | Self::Es => "ltr",
        }
    }

    /// The best language for a wish: `es-MX` is answered with Spanish, an unknown or broken tag with English.
    #[must_use]
    pub fn best(wish: &str) -> Self {
        let wish = wish.split(['-', '_']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|language| wish.eq_ignore_ascii_case(language.tag()))
            .unwrap_or(Self::En)
    }
}

/// A phrase that neither the language nor English has, or that got too few arguments: a mistake in the program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the phrase {key:?} is missing or lacks an argument in {language:?}")]
pub struct PhraseError {
    /// The key in the files.
    pub key: String,
    /// The language that was asked for.
    pub language: Language,
}

/// The phrase of a key, with its arguments put in.
///
/// # Errors
/// [`PhraseError`] when no file has the key, or the phrase names an argument that was not given.
pub fn phrase(language: Language, key: &str, args: &FluentArgs<'_>) -> Result<String, PhraseError> {
    let fallbacks = [language, Language::En];
    let said = fallbacks.into_iter().find_map(|language| PHRASES.of(language).say(key, args));
    said.ok_or_else(|| PhraseError { key: key.to_owned(), language })
}

/// A phrase without arguments; the key itself if no file has it, which a test keeps from happening.
#[must_use]
pub fn say(language: Language, key: &str) -> String {
    phrase(language, key, &FluentArgs::new()).unwrap_or_else(|_| key.to_owned())
}

/// The staff word of a phase, for instance `Being looked at`. ACCEPTED differs: for an observation it means that the
/// cause was found.
#[must_use]
pub fn phase_word(language: Language, kind: Kind, phase: Phase) -> String {
    // A test proves that every word is there, so the code never shows.
    phrase(language, phase_key(kind, phase), &FluentArgs::new())
        .unwrap_or_else(|_| phase.to_string())
}

/// The key of a phase in `staff.ftl`.
pub(crate) const fn phase_key(kind: Kind, phase: Phase) -> &'static str {
    match (phase, kind) {
        (Phase::Submitted, _) => "phase-submitted",
        (Phase::UnderReview, _) => "phase-under-review",
        (Phase::NeedsInfo, _) => "phase-needs-info",
        (Phase::Deferred, _) => "phase-deferred",
        (Phase::Accepted, Kind::Idea) => "phase-accepted",
        (Phase::Accepted, Kind::Observation) => "phase-accepted-observation",
        (Phase::Planned, _) => "phase-planned",
        (Phase::InProgress, _) => "phase-in-progress",
        (Phase::Implemented, _) => "phase-implemented",
        (Phase::Sustained, _) => "phase-sustained",
        (Phase::Declined, _) => "phase-declined",
        (Phase::Merged, _) => "phase-merged",
        (Phase::Withdrawn, _) => "phase-withdrawn",
    }
}

/// A day as people write it: `12 March 2027`, `12 de marzo de 2027`.
#[must_use]
pub fn day(language: Language, date: Date) -> String {
    let month_key = format!("month-{}", u8::from(date.month()));
    let month = phrase(language, &month_key, &FluentArgs::new())
        .unwrap_or_else(|_| date.month().to_string());
    let mut args = FluentArgs::new();
    args.set("day", i64::from(date.day()));
    args.set("month", month);
    // As text: a number might be written with a thousands mark.
    args.set("year", date.year().to_string());
    phrase(language, "day", &args).unwrap_or_else(|_| date.to_string())
}

/// Without characters that nobody sees but that change what others see: controls except line ends and tabs, and
/// characters that turn the direction of the text.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    let unwanted = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || super::message::turns_direction(c)
    };
    if text.contains(unwanted) {
        Cow::Owned(text.chars().filter(|c| !unwanted(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

struct Phrases(Vec<(Language, Bundle)>);

struct Bundle(FluentBundle<FluentResource>);

impl Phrases {
    fn load() -> Self {
        Self(Language::ALL.into_iter().map(|language| (language, Bundle::load(language))).collect())
    }

    fn of(&self, language: Language) -> &Bundle {
        let found = self.0.iter().find(|(spoken, _)| *spoken == language);
        // Every language of ALL was loaded; the first is English.
        &found.unwrap_or(&self.0[0]).1
    }
}

impl Bundle {
    fn load(language: Language) -> Self {
        let id: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Isolation marks around arguments would end up in subjects and copied codes.
        bundle.set_use_isolating(false);
        for file in FILES {
            if let Some(resource) = resource(language, file) {
                bundle.add_resource_overriding(resource);
            }
        }
        Self(bundle)
    }

    fn say(&self, key: &str, args: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.0.get_message(key)?.value()?;
        let mut errors = Vec::new();
        let said = self.0.format_pattern(pattern, Some(args), &mut errors).into_owned();
        errors.is_empty().then_some(said)
    }
}

/// The readable part of a file; a test makes sure that all of it is.
fn resource(language: Language, file: &str) -> Option<FluentResource> {
    let embedded = Files::get(&format!("{}/{file}", language.tag()))?;
    let source = String::from_utf8_lossy(&embedded.data).into_owned();
    Some(FluentResource::try_new(source).unwrap_or_else(|(readable, _)| readable))
}

/// Arguments of a phrase from names and texts.
pub(crate) fn text_args<'a>(pairs: &[(&'a str, &'a str)]) -> FluentArgs<'a> {
    pairs.iter().map(|(name, text)| (*name, FluentValue::from(*text))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use time::macros::date;

    use super::*;

    fn source(language: Language, file: &str) -> String {
        let embedded =
            Files::get(&format!("{}/{file}", language.tag())).expect("a file for every language");
        String::from_utf8(embedded.data.into_owned()).expect("UTF-8")
    }

    fn keys(language: Language, file: &str) -> BTreeSet<String> {
        let source = source(language, file);
        let keys = source.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
        keys.filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned()).collect()
    }

    /// The arguments that each phrase names.
    fn arguments(language: Language, file: &str, key: &str) -> BTreeSet<String> {
        let source = source(language, file);
        let phrase =
            source.lines().skip_while(|line| !line.starts_with(&format!("{key} ="))).enumerate();
        let phrase = phrase
            .take_while(|(n, line)| *n == 0 || line.starts_with([' ', '}']))
            .map(|(_, line)| line);
        let words = phrase
            .flat_map(|line| line.split(['{', '}', ' ']))
            .filter(|word| word.starts_with('$'));
        words.map(str::to_owned).collect()
    }

    #[test]
    fn every_file_is_readable_and_no_key_is_written_twice() {
        for language in Language::ALL {
            for file in FILES {
                let text = source(language, file);
                let resource = FluentResource::try_new(text.clone());
                assert!(
                    resource.is_ok(),
                    "{language:?}/{file}: {:?}",
                    resource.err().map(|(_, errors)| errors)
                );
                let lines = text
                    .lines()
                    .filter(|l| l.starts_with(|c: char| c.is_ascii_lowercase()))
                    .count();
                assert_eq!(lines, keys(language, file).len(), "{language:?}/{file}");
            }
        }
    }

    #[test]
    fn every_language_has_the_same_keys_with_the_same_arguments() {
        for language in Language::ALL {
            for file in FILES {
                assert_eq!(keys(language, file), keys(Language::En, file), "{language:?}/{file}");
                for key in keys(language, file) {
                    let here = arguments(language, file, &key);
                    assert_eq!(
                        here,
                        arguments(Language::En, file, &key),
                        "{language:?}/{file} {key}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_phase_has_a_word_in_every_language() {
        for language in Language::ALL {
            for kind in [Kind::Idea, Kind::Observation] {
                for phase in Phase::ALL {
                    let word = phase_word(language, kind, phase);
                    assert!(!word.is_empty() && word != phase.as_str(), "{language:?} {phase}");
                }
            }
        }
        assert_eq!(phase_word(Language::En, Kind::Idea, Phase::UnderReview), "Being looked at");
        assert_eq!(
            phase_word(Language::Es, Kind::Observation, Phase::Accepted),
            "Sabemos por qué pasa"
        );
    }

    #[test]
    fn staff_never_read_the_words_of_the_trade() {
        let trade = [
            "triage",
            "ticket",
            "touchpoint",
            "root cause",
            "ishikawa",
            "inner loop",
            "reach",
            "stakeholder",
        ];
        for language in Language::ALL {
            for file in FILES {
                let text = source(language, file).to_lowercase();
                for word in trade {
                    let found = text
                        .split(|c: char| !c.is_alphanumeric() && c != ' ')
                        .any(|part| format!(" {part} ").contains(&format!(" {word} ")));
                    assert!(!found, "{language:?}/{file}: {word}");
                }
            }
        }
    }

    #[test]
    fn a_wish_is_answered_with_the_nearest_language() {
        let table = [
            ("es-MX", Language::Es),
            ("ES", Language::Es),
            ("es_419", Language::Es),
            ("en-GB", Language::En),
        ];
        for (wish, language) in table {
            assert_eq!(Language::best(wish), language, "{wish}");
        }
        for wish in ["", "-", "fr", "estonian", "日本"] {
            assert_eq!(Language::best(wish), Language::En, "{wish}");
        }
    }

    #[test]
    fn a_day_is_written_as_people_write_it() {
        assert_eq!(day(Language::En, date!(2027 - 03 - 02)), "2 March 2027");
        assert_eq!(day(Language::Es, date!(2027 - 12 - 31)), "31 de diciembre de 2027");
    }

    #[test]
    fn a_missing_phrase_or_argument_is_an_error() {
        assert!(phrase(Language::Es, "no-such-phrase", &FluentArgs::new()).is_err());
        assert!(phrase(Language::Es, "hello", &FluentArgs::new()).is_err());
        assert_eq!(
            phrase(Language::Es, "hello", &text_args(&[("name", "Ana")])).as_deref(),
            Ok("Hola, Ana:")
        );
    }
}

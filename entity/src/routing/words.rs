//! Whole words in what people wrote, whatever their case and accents, in any script.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::routing::values::WordMatch;

/// Most words of one rule.
pub const MOST_WORDS: usize = 50;
/// Longest word or phrase, in code points.
pub const LONGEST_WORD: usize = 60;

/// A text as it is compared: compatibility forms, case and accents folded, signs turned into single spaces, a space at
/// both ends. Scripts that put no spaces between words have every character stand alone, so that a word of theirs is
/// found wherever it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded(String);

impl Folded {
    /// Folds a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut out = String::with_capacity(text.len() + 2);
        out.push(' ');
        for letter in text.nfkd().flat_map(char::to_lowercase) {
            match letter {
                accent if is_accent(accent) => {}
                // One sound, two letters: what case folding says of them.
                'ß' => out.push_str("ss"),
                'ς' => out.push('σ'),
                'ı' => out.push('i'),
                'ø' => out.push('o'),
                'ł' => out.push('l'),
                'đ' => out.push('d'),
                'æ' => out.push_str("ae"),
                'œ' => out.push_str("oe"),
                alone if stands_alone(alone) => {
                    space(&mut out);
                    out.push(alone);
                    out.push(' ');
                }
                sign if sign.is_alphanumeric() || is_combining_mark(sign) => out.push(sign),
                // The apostrophe inside a word is a part of it in one language and not in the next.
                _ => space(&mut out),
            }
        }
        space(&mut out);
        Self(out)
    }

    /// Whether nothing is left to compare.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.trim().is_empty()
    }

    /// Whether `word` (or a phrase) stands in this text as a whole.
    #[must_use]
    pub fn has(&self, word: &Self) -> bool {
        !word.is_empty() && self.0.contains(word.0.as_str())
    }

    /// Whether any, or all, of `words` stand in this text.
    #[must_use]
    pub fn fulfils(&self, words: &[Self], how: WordMatch) -> bool {
        match how {
            WordMatch::Any => words.iter().any(|word| self.has(word)),
            WordMatch::All => words.iter().all(|word| self.has(word)),
        }
    }
}

fn space(out: &mut String) {
    if !out.ends_with(' ') {
        out.push(' ');
    }
}

/// Marks that a reader may leave out: the accents of Latin, Greek and Cyrillic, the vowel points of Hebrew and Arabic.
/// The marks of Indic and other scripts are vowels, and stay.
fn is_accent(mark: char) -> bool {
    matches!(mark,
        '\u{300}'..='\u{36F}' | '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}' | '\u{5C2}' | '\u{5C4}' | '\u{5C5}'
        | '\u{610}'..='\u{61A}' | '\u{640}' | '\u{64B}'..='\u{65F}' | '\u{670}')
}

/// Letters of scripts without spaces: Thai, Lao, Khmer, Myanmar, Chinese, Japanese. (Korean has spaces; its letters
/// come apart in the folding and stay together in a word.)
fn stands_alone(letter: char) -> bool {
    matches!(letter,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn has(text: &str, word: &str) -> bool {
        Folded::of(text).has(&Folded::of(word))
    }

    #[test]
    fn whole_words_are_found_whatever_their_form() {
        for (text, word) in [
            ("The LIFT is out again.", "lift"),
            ("lift", "Lift"),
            ("(lift)", "lift"),
            ("El cajón está roto", "cajon"),
            ("El cajon esta roto", "cajón"),
            ("CAJO\u{301}N", "cajón"),
            ("the changing  room's door", "changing room"),
            ("Straße", "STRASSE"),
            ("Το ασανσέρ χάλασε", "ΑΣΑΝΣΕΡ"),
            ("Лифт снова не работает", "лифт"),
            ("المصعد مُعَطَّل", "معطل"),
            ("电梯又坏了", "电梯"),
            ("エレベーターが止まった", "エレベーター"),
            ("ลิฟต์เสียอีกแล้ว", "ลิฟต์"),
            ("लिफ्ट फिर बंद है", "लिफ्ट"),
            ("엘리베이터 고장", "엘리베이터"),
            ("ﬁre door", "fire"),
            ("Øystein", "oystein"),
        ] {
            assert!(has(text, word), "{word} in {text}");
        }
    }

    #[test]
    fn parts_of_words_are_not_found() {
        for (text, word) in [
            ("shoplifting", "lift"),
            ("The lifts are out", "lift"),
            ("changing the room", "changing room"),
            ("", "lift"),
            ("lift", ""),
            ("lift", "!!!"),
            ("хлифт", "лифт"),
        ] {
            assert!(!has(text, word), "{word} in {text}");
        }
    }

    #[test]
    fn any_and_all() {
        let text = Folded::of("The lift on ward 4 is stuck");
        let words = |list: &[&str]| list.iter().map(|it| Folded::of(it)).collect::<Vec<_>>();
        assert!(text.fulfils(&words(&["lift", "escalator"]), WordMatch::Any));
        assert!(!text.fulfils(&words(&["lift", "escalator"]), WordMatch::All));
        assert!(text.fulfils(&words(&["lift", "ward 4"]), WordMatch::All));
    }

    proptest! {
        #[test]
        fn a_text_has_its_own_words(words in proptest::collection::vec("[a-zA-Zéñüßøа-яΑ-ΡΣ-Ω電車]{1,8}", 1..8)) {
            let text = words.join(" ");
            for word in &words {
                prop_assert!(has(&text, word), "{} in {}", word, text);
                prop_assert!(has(&text.to_uppercase(), &word.to_lowercase()), "{} in {}", word, text);
            }
        }

        #[test]
        fn folding_is_settled_after_one_time(text in "\\PC{0,60}") {
            let once = Folded::of(&text);
            prop_assert_eq!(Folded::of(&once.0), once.clone());
        }
    }
}

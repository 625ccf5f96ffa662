//! How words are found again: the law by which a text becomes tokens, and a question becomes what
//! is looked for among them.
//!
//! Both databases index the tokens as they stand and know nothing of languages, so that the same
//! question finds the same texts on both:
//!
//! - letters are compared without case and without accents (NFKD, marks dropped, NFC);
//! - a word is a run of letters and digits, cut after [`LONGEST_TOKEN`] code points;
//! - scripts that put no space between words (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese)
//!   are taken as overlapping pairs, and the last character of a run by itself, so that a single one
//!   is found as the beginning of a pair;
//! - an emoji or another sign is a token of its own, whatever its skin tone or variant;
//! - everything else separates.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// Longest question, in code points.
pub const LONGEST_QUESTION: usize = 200;
/// Longest token, in code points; what is longer is cut in texts and in questions alike.
pub const LONGEST_TOKEN: usize = 40;

/// The question is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a search takes at most {LONGEST_QUESTION} characters, and this one has {length}")]
pub struct QuestionTooLong {
    /// How many code points it has.
    pub length: usize,
}

/// One thing that a text must hold to be found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// This token.
    Whole(String),
    /// A token that begins so.
    Beginning(String),
}

/// What is looked for: every part must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    parts: Vec<Wanted>,
}

impl Question {
    /// Reads what somebody typed. The last word may be unfinished. There are no operators: quotes,
    /// signs of punctuation and words like `OR` mean nothing special.
    ///
    /// # Errors
    /// [`QuestionTooLong`].
    pub fn read(typed: &str) -> Result<Self, QuestionTooLong> {
        let length = typed.chars().count();
        if length > LONGEST_QUESTION {
            return Err(QuestionTooLong { length });
        }
        let runs = runs(typed);
        let last = runs.len().saturating_sub(1);
        let mut parts = BTreeSet::new();
        for (index, run) in runs.into_iter().enumerate() {
            match run {
                Run::Word(word) if index == last => {
                    parts.insert(Wanted::Beginning(word));
                }
                Run::Word(token) | Run::Sign(token) => {
                    parts.insert(Wanted::Whole(token));
                }
                Run::Unspaced(characters) => parts.extend(wanted_pairs(&characters)),
            }
        }
        Ok(Self { parts: parts.into_iter().collect() })
    }

    /// What a text must hold, each once; nothing when there was nothing to look for.
    #[must_use]
    pub fn parts(&self) -> &[Wanted] {
        &self.parts
    }
}

/// The tokens of a text, each once, with one space between them: what the index holds.
#[must_use]
pub fn document(texts: &[&str]) -> String {
    let mut tokens = BTreeSet::new();
    for run in texts.iter().flat_map(|text| runs(text)) {
        match run {
            Run::Word(token) | Run::Sign(token) => {
                tokens.insert(token);
            }
            Run::Unspaced(characters) => {
                tokens.extend(pairs(&characters));
                tokens.extend(characters.last().map(char::to_string));
            }
        }
    }
    tokens.into_iter().collect::<Vec<_>>().join(" ")
}

fn pairs(characters: &[char]) -> impl Iterator<Item = String> + '_ {
    characters.windows(2).map(|pair| pair.iter().collect())
}

fn wanted_pairs(characters: &[char]) -> Vec<Wanted> {
    match characters {
        [only] => vec![Wanted::Beginning(only.to_string())],
        more => pairs(more).map(Wanted::Whole).collect(),
    }
}

/// A stretch of one text.
#[derive(Debug, PartialEq, Eq)]
enum Run {
    Word(String),
    Unspaced(Vec<char>),
    Sign(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Letter,
    Unspaced,
    Sign,
    Gap,
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut stretch: Vec<char> = Vec::new();
    let mut of = Class::Gap;
    for letter in fold(text).chars() {
        let class = class(letter);
        if class != of {
            close(&mut runs, of, std::mem::take(&mut stretch));
            of = class;
        }
        match class {
            Class::Sign => runs.push(Run::Sign(letter.to_string())),
            Class::Letter | Class::Unspaced => stretch.push(letter),
            Class::Gap => {}
        }
    }
    close(&mut runs, of, stretch);
    runs
}

fn close(runs: &mut Vec<Run>, of: Class, stretch: Vec<char>) {
    if stretch.is_empty() {
        return;
    }
    runs.push(match of {
        Class::Unspaced => Run::Unspaced(stretch),
        _ => Run::Word(stretch.into_iter().take(LONGEST_TOKEN).collect()),
    });
}

fn class(letter: char) -> Class {
    if is_sign(letter) {
        return Class::Sign;
    }
    if !(letter.is_alphanumeric() || is_combining_mark(letter)) {
        return Class::Gap;
    }
    if is_unspaced(letter) { Class::Unspaced } else { Class::Letter }
}

/// Emoji, arrows, dingbats and their like.
fn is_sign(letter: char) -> bool {
    matches!(letter,
        '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{25A0}'..='\u{27BF}'
        | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Scripts that put no space between words, and Hangul, whose endings are written to the word.
fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}'
        | '\u{1780}'..='\u{17FF}' | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}'
        | '\u{3021}'..='\u{318F}' | '\u{31A0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{A960}'..='\u{A97F}' | '\u{AC00}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// A text without case, accents and forms of the same letter.
fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|mark| is_kept(*mark))
        .flat_map(char::to_lowercase)
        .flat_map(plain)
        .nfc()
        .collect()
}

/// Accents and points go, what makes another syllable stays: nukta, voicing marks and virama
/// (canonical classes 7 to 9), vowel signs (class 0). Joiners, variants and skin tones go.
fn is_kept(mark: char) -> bool {
    let invisible = matches!(mark,
        '\u{00AD}' | '\u{0640}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0000}'..='\u{E01EF}');
    !invisible && matches!(canonical_combining_class(mark), 0 | 7..=9)
}

/// Letters that Unicode does not take apart, in the form in which they are typed elsewhere.
fn plain(letter: char) -> impl Iterator<Item = char> {
    let spelled = match letter {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        'ς' => "σ",
        _ => "",
    };
    let own = spelled.is_empty().then_some(letter);
    spelled.chars().chain(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The index in one line: whether `text` is found by `typed`.
    fn finds(text: &str, typed: &str) -> bool {
        let document = document(&[text]);
        let tokens: Vec<&str> = document.split(' ').collect();
        let question = Question::read(typed).expect("short enough");
        !question.parts().is_empty()
            && question.parts().iter().all(|part| match part {
                Wanted::Whole(token) => tokens.contains(&token.as_str()),
                Wanted::Beginning(start) => tokens.iter().any(|token| token.starts_with(start)),
            })
    }

    #[test]
    fn words_are_found_in_any_case_accent_and_script() {
        for (text, typed) in [
            ("The lift is out of order.", "LIFT order"),
            ("The lift is out of order.", "out of ord"),
            ("Die Tür zur Straße klemmt", "tur strasse"),
            ("Crème brûlée à la Ångström", "creme brulee angstrom"),
            ("İstanbul Işık", "istanbul isik"),
            ("Ваш лифт снова сломан, ёлка", "ЛИФТ елка"),
            ("Το ασανσέρ ΧΑΛΑΣΕ ξανά", "ασανσερ χαλασε"),
            ("المصعد مُعَطَّل منذ أمس", "معطل امس"),
            ("המעלית מקולקלת", "המעלית"),
            ("医院的电梯又坏了", "电梯"),
            ("医院的电梯又坏了", "了"),
            ("エレベーターが壊れた", "ベータ"),
            ("엘리베이터가 고장났어요", "베이터"),
            ("ลิฟต์เสียอีกแล้ว", "เสีย"),
            ("लिफ्ट फिर से खराब है", "खराब"),
            ("Thanks 👍🏽 so much ❤️", "👍 ❤"),
            ("Room ４２, ﬁrst floor", "42 first"),
            ("Don't wait", "don't"),
        ] {
            assert!(finds(text, typed), "{typed:?} in {text:?}: {:?}", document(&[text]));
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for (text, typed) in [
            ("The lift is out of order.", "stairs"),
            ("The lift is out of order.", "lif order"),
            ("医院的电梯又坏了", "楼梯"),
            ("Thanks 👍", "👎"),
            ("が", "か"),
        ] {
            assert!(!finds(text, typed), "{typed:?} in {text:?}");
        }
    }

    #[test]
    fn there_are_no_operators() {
        for nothing in ["", "   ", "\"\"", "* - ( ) : ^ & | ! ' \\ ;", "…—„“", "\u{0}\u{7}"]
        {
            assert_eq!(Question::read(nothing).expect("short").parts(), [], "{nothing:?}");
        }
        let typed = "\"lift\" OR NOT (stairs*) NEAR/2 title:lift";
        let question = Question::read(typed).expect("short");
        let whole = |word: &str| Wanted::Whole(word.to_owned());
        assert!(
            question.parts().contains(&whole("or")) && question.parts().contains(&whole("near"))
        );
    }

    #[test]
    fn a_question_has_bounds() {
        assert!(Question::read(&"x".repeat(LONGEST_QUESTION)).is_ok());
        let refused = Question::read(&"字".repeat(4_000)).expect_err("too long");
        assert_eq!(refused.length, 4_000);
        let word = "a".repeat(150);
        assert!(finds(&word, &word), "both are cut in the same place");
    }

    proptest! {
        #[test]
        fn every_token_is_safe_for_both_engines(text in "\\PC{0,80}") {
            for token in document(&[&text]).split(' ').filter(|token| !token.is_empty()) {
                prop_assert!(token.chars().count() <= LONGEST_TOKEN);
                let safe = |mark: char| mark.is_ascii_lowercase() || mark.is_ascii_digit() || !mark.is_ascii();
                prop_assert!(token.chars().all(safe), "{token:?}");
            }
        }

        #[test]
        fn every_text_finds_itself(text in "\\PC{0,60}") {
            let question = Question::read(&text);
            if question.is_ok_and(|question| !question.parts().is_empty()) {
                prop_assert!(finds(&text, &text));
            }
        }

        #[test]
        fn nothing_typed_panics(text in any::<String>()) {
            let _ = Question::read(&text);
            let _ = document(&[&text]);
        }
    }
}

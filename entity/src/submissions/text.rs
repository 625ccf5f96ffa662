//! Text that people wrote: what is taken out of it, how long it may be, and what can be guessed from it.
//!
//! All lengths are in code points. Nothing visible is ever taken out, and a text that is too long is refused whole, so
//! that nothing somebody typed is lost.

use std::ops::Range;

use crate::submissions::phase::Kind;

/// A text without anything that cannot be seen and is not needed to write a language.
///
/// Taken out:
/// - control characters (C0, DEL, C1) but line feed and tab; CR LF, CR, NEL, VT, FF and the Unicode line and paragraph
///   separators become a line feed;
/// - bidi embeddings, overrides and isolates (U+202A to 202E, 2066 to 2069), which can make a text read differently
///   from what it is. The plain marks LRM, RLM and ALM stay where the text has right-to-left letters, which need them
///   beside punctuation, and go elsewhere, where they do nothing;
/// - what has no width and no use in a sent text: zero-width space, word joiner, BOM, soft hyphen, invisible
///   operators, annotation marks, non-characters, and the tag characters outside of a flag;
/// - ZWJ and ZWNJ, unless they stand behind a letter of a script that needs them (Arabic, Indic, Myanmar, Khmer,
///   Mongolian and their like) or, for ZWJ, between two emoji; variation selectors that select nothing;
/// - white space at both ends.
///
/// There is no normalisation: a text keeps the form in which it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned {
    text: String,
}

impl Cleaned {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, taken over.
    #[must_use]
    pub fn into_string(self) -> String {
        self.text
    }

    /// Whether there is nothing to read: no character at all, or only such as leave no ink.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.chars().all(leaves_no_ink)
    }
}

/// Cleans a text as [`Cleaned`] says.
#[must_use]
pub fn clean(input: &str) -> Cleaned {
    let right_to_left = input.chars().any(is_right_to_left);
    let mut text = String::with_capacity(input.len());
    let mut before = None;
    let mut flag_tags = 0;
    let mut marks = input.chars().peekable();
    while let Some(mark) = marks.next() {
        let next = marks.peek().copied();
        let mark = match mark {
            // The line feed behind it is the line end.
            '\r' if next == Some('\n') => continue,
            '\r' | '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
            other => other,
        };
        flag_tags = match mark {
            '\u{1F3F4}' => FLAG_TAGS,
            tag if is_tag(tag) => flag_tags.saturating_sub(1),
            _ => 0,
        };
        let around = Around { before, next, right_to_left, in_flag: flag_tags > 0 };
        if stays(mark, &around) {
            text.push(mark);
            before = Some(mark);
        }
    }
    Cleaned { text: text.trim().to_owned() }
}

/// The tags of the longest flag in use, the closing one included, and one for the count.
const FLAG_TAGS: u8 = 7;

/// What decides whether a character stays.
struct Around {
    /// The last one that stayed.
    before: Option<char>,
    next: Option<char>,
    right_to_left: bool,
    in_flag: bool,
}

fn stays(mark: char, around: &Around) -> bool {
    match mark {
        '\n' | '\t' => true,
        '\u{200E}' | '\u{200F}' | '\u{61C}' => around.right_to_left,
        '\u{200C}' => around.before.is_some_and(joins),
        '\u{200D}' => {
            let emoji = around.before.is_some_and(ends_emoji) && around.next.is_some_and(is_emoji);
            emoji || around.before.is_some_and(joins)
        }
        selector if is_selector(selector) => {
            around.before.is_some_and(|before| !is_selector(before) && !before.is_whitespace())
        }
        tag if is_tag(tag) => around.in_flag,
        other => !other.is_control() && !is_junk(other),
    }
}

fn is_junk(mark: char) -> bool {
    let code = u32::from(mark);
    let non_character = code & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&code);
    non_character
        || matches!(mark,
            '\u{AD}' | '\u{200B}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFC}' | '\u{E0000}'..='\u{E001F}')
}

fn is_tag(mark: char) -> bool {
    matches!(mark, '\u{E0020}'..='\u{E007F}')
}

fn is_selector(mark: char) -> bool {
    matches!(mark, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Letters of the right-to-left scripts, by block.
fn is_right_to_left(mark: char) -> bool {
    matches!(mark,
        '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}'
        | '\u{1E800}'..='\u{1EFFF}')
        && !matches!(mark, '\u{61C}' | '\u{FDD0}'..='\u{FDEF}')
}

/// Letters and signs of scripts in which a joiner changes how the word is written, by block.
fn joins(mark: char) -> bool {
    matches!(mark,
        '\u{600}'..='\u{61B}' | '\u{61D}'..='\u{8FF}' // Arabic, Syriac, N'Ko, Mandaic
        | '\u{900}'..='\u{DFF}' // Indic
        | '\u{F00}'..='\u{109F}' // Tibetan, Myanmar
        | '\u{1780}'..='\u{18AF}' // Khmer, Mongolian
        | '\u{1B00}'..='\u{1BFF}' // Balinese, Sundanese, Batak
        | '\u{A800}'..='\u{A95F}' | '\u{A980}'..='\u{A9DF}' | '\u{ABC0}'..='\u{ABFF}'
        | '\u{11000}'..='\u{11FFF}')
}

/// Pictographs by block; wide enough for every sequence in use.
fn is_emoji(mark: char) -> bool {
    matches!(mark,
        '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}'
        | '\u{1F000}'..='\u{1FAFF}')
}

/// What an emoji may end with: itself (skin tones are among them), a selector, or the keycap.
fn ends_emoji(mark: char) -> bool {
    is_emoji(mark) || mark == '\u{FE0F}' || mark == '\u{20E3}'
}

/// White space, and what stands in for it: fillers, the empty Braille pattern, and marks that need a neighbour.
fn leaves_no_ink(mark: char) -> bool {
    mark.is_whitespace()
        || is_selector(mark)
        || matches!(
            mark,
            '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{2800}' | '\u{180E}'
        )
        || matches!(mark, '\u{200C}'..='\u{200F}' | '\u{61C}' | '\u{34F}')
}

/// Whether a field has lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lines {
    /// Line ends and tabs become a space: titles and names, which end up in subjects and table cells.
    One,
    /// Line ends stay.
    Many,
}

/// How long the text of a field may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    /// The field as the API calls it.
    pub field: &'static str,
    /// Most code points, after cleaning.
    pub max: usize,
    /// One line or many.
    pub lines: Lines,
}

impl Limit {
    /// What somebody saw, or what would help.
    pub const TEXT: Self = Self::many("text", 10_000);
    /// The title of a submission.
    pub const TITLE: Self = Self::one("title", 120);
    /// A comment.
    pub const COMMENT: Self = Self::many("text", 5_000);
    /// A message to the author.
    pub const MESSAGE: Self = Self::many("message", 2_000);
    /// The name of a person, a unit, a cause, a journey and their like.
    pub const NAME: Self = Self::one("name", 200);

    const fn many(field: &'static str, max: usize) -> Self {
        Self { field, max, lines: Lines::Many }
    }

    const fn one(field: &'static str, max: usize) -> Self {
        Self { field, max, lines: Lines::One }
    }

    /// The same limit for a field with another name.
    #[must_use]
    pub const fn called(self, field: &'static str) -> Self {
        Self { field, ..self }
    }
}

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextRefusal {
    /// Nothing to read in it.
    #[error("{field} is empty; write at least one word")]
    Empty {
        /// The field.
        field: &'static str,
    },
    /// Longer than its limit.
    #[error("{field} has {got} characters; shorten it to at most {max}")]
    TooLong {
        /// The field.
        field: &'static str,
        /// Most code points.
        max: usize,
        /// Code points found, after cleaning.
        got: usize,
    },
}

impl TextRefusal {
    /// The field that is refused.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Empty { field } | Self::TooLong { field, .. } => field,
        }
    }
}

/// Cleans the text of a field and checks its length.
///
/// # Errors
/// [`TextRefusal`] if nothing readable is left, or more than the limit.
pub fn bounded(input: &str, limit: Limit) -> Result<String, TextRefusal> {
    let Limit { field, max, lines } = limit;
    let cleaned = clean(input);
    if cleaned.is_blank() {
        return Err(TextRefusal::Empty { field });
    }
    let text = match lines {
        Lines::Many => cleaned.into_string(),
        Lines::One => one_line(cleaned.as_str()),
    };
    match text.chars().count() {
        got if got > max => Err(TextRefusal::TooLong { field, max, got }),
        _ => Ok(text),
    }
}

fn one_line(text: &str) -> String {
    text.split(['\n', '\t'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Most code points of a derived title, the ellipsis included.
pub const DERIVED_TITLE: usize = 80;

/// A sentence with fewer code points is taken for an abbreviation ("Dr.") or an exclamation ("Hi!").
const SHORTEST_SENTENCE: usize = 12;

const ELLIPSIS: char = '…';

/// A title for a text that came without one: its first sentence, or its first line if that ends sooner, cut at a word
/// to [`DERIVED_TITLE`] code points. Never empty: without anything to read it is an ellipsis.
#[must_use]
pub fn derive_title(text: &str) -> String {
    let cleaned = clean(text);
    let line =
        cleaned.as_str().lines().map(without_bullet).find(|line| !line.chars().all(leaves_no_ink));
    line.map_or_else(|| ELLIPSIS.to_string(), |line| shorten(&one_line(first_sentence(line))))
}

/// Without the marks of lists and headings in front of it.
fn without_bullet(line: &str) -> &str {
    let bare = line.trim().trim_start_matches(['-', '*', '#', '>', '•', '–', '—', ' ', '\t']);
    bare.trim()
}

fn first_sentence(line: &str) -> &str {
    let mut length = 0;
    let mut marks = line.char_indices().peekable();
    while let Some((at, mark)) = marks.next() {
        length += 1;
        let next = marks.peek().map(|(_, next)| *next);
        if length >= SHORTEST_SENTENCE && ends_sentence(mark, next) {
            let end = at + mark.len_utf8();
            // A full stop is not needed in a title; a question mark is.
            return line[..end].trim_end_matches(['.', '。']).trim_end();
        }
    }
    line.trim_end_matches(['.', '。'])
}

fn ends_sentence(mark: char, next: Option<char>) -> bool {
    match mark {
        '。' | '！' | '？' => true,
        '.' | '!' | '?' | '؟' | '।' | '…' => next.is_none_or(char::is_whitespace),
        _ => false,
    }
}

fn shorten(text: &str) -> String {
    if text.is_empty() {
        return ELLIPSIS.to_string();
    }
    let Some((room, _)) = text.char_indices().nth(DERIVED_TITLE - 1) else {
        return text.to_owned();
    };
    if text.chars().count() <= DERIVED_TITLE {
        return text.to_owned();
    }
    let head = &text[..room];
    // A blank right behind the room means that the last word fits whole.
    let cut = if text[room..].starts_with(char::is_whitespace) {
        head
    } else {
        match head.rfind(char::is_whitespace) {
            // No title of three letters because a long word follows.
            Some(blank) if head[..blank].chars().count() >= SHORTEST_SENTENCE => &head[..blank],
            _ => without_half_a_character(text, room),
        }
    };
    let cut = cut.trim_end_matches(|mark: char| mark.is_whitespace() || ",;:-–—(".contains(mark));
    format!("{cut}{ELLIPSIS}")
}

/// The text up to `end`, or a little less, so that no emoji or accented letter is torn apart.
fn without_half_a_character(text: &str, end: usize) -> &str {
    let mut end = end;
    while let (Some(last), Some(next)) =
        (text[..end].chars().next_back(), text[end..].chars().next())
    {
        if !clings(next) && last != '\u{200D}' {
            break;
        }
        end -= last.len_utf8();
    }
    if end == 0 { text } else { &text[..end] }
}

/// Marks that belong to the character before them: accents, selectors, skin tones, joiners.
fn clings(mark: char) -> bool {
    is_selector(mark)
        || is_tag(mark)
        || matches!(mark,
            '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
            | '\u{FE20}'..='\u{FE2F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{200C}' | '\u{200D}')
}

/// Phrases by which people propose something, in lower case and without accents. English and Spanish so far. A phrase
/// is matched at word borders.
#[rustfmt::skip]
const PROPOSALS: &[&str] = &[
    // English
    "we should", "we could", "we ought to", "we might", "you should", "you could", "they should",
    "should be able to", "there should be", "it should be possible", "could we",
    "can we", "can you please", "may we", "couldn't we", "could you", "should we", "shouldn't we",
    "why don't we", "why not", "why can't we", "how about", "what about", "what if", "let's",
    "let us", "it would help", "would help", "would be helpful", "would be nice", "would be good",
    "would be great", "would be better", "would be useful", "would be easier", "it'd be",
    "might help", "could help", "would like to see", "would love to see", "would like to have",
    "i would like us", "would benefit", "i suggest", "we suggest", "suggest that", "suggesting",
    "suggestion", "i propose", "we propose", "proposal", "propose that",
    "i recommend", "we recommend", "recommend that", "my idea", "an idea", "one idea", "idea is",
    "the idea", "idea for", "idea to", "ideas for", "good idea", "great idea", "i wish", "we wish",
    "please add", "please put", "please give", "please provide", "please install", "please make",
    "please let us", "could be improved by", "can be improved by", "could be better if",
    "could be made", "would be better if", "consider adding", "consider using", "consider having",
    "needs to have", "could use a", "could use an", "could use some", "instead of having to",
    // Spanish
    "podriamos", "podrian", "podria", "se podria", "deberiamos", "deberian", "deberia",
    "debieramos", "hariamos bien", "ayudaria", "ayudarian", "serviria", "seria bueno",
    "seria util", "seria mejor", "seria genial", "seria ideal", "estaria bien", "estaria bueno",
    "vendria bien", "me gustaria que", "nos gustaria que", "ojala", "por que no", "que tal si",
    "y si", "que les parece si", "sugiero", "sugerimos", "sugerencia", "sugerencias", "propongo",
    "proponemos", "propuesta", "recomiendo", "recomendamos", "una idea", "mi idea", "la idea",
    "idea para", "hay que poner", "hace falta poner", "pongamos", "hagamos", "usemos",
];

/// Phrases that look like a proposal and are none.
const NO_PROPOSALS: &[&str] = &[
    "no idea",
    "any idea",
    "have an idea of",
    "had an idea of",
    "bad idea",
    "good idea of",
    "ni idea",
    "la idea que",
];

/// What follows "should" or "could" when somebody looks back: "we should have been told" is an observation.
#[rustfmt::skip]
const LOOKING_BACK: &[&str] = &[
    "been", "had", "told", "known", "got", "gone", "done", "seen", "given", "made", "come",
    "taken", "left", "kept", "read", "heard", "rang",
];

/// Guesses from its words whether a text is an idea; an observation if nothing speaks for an idea.
///
/// The rules are phrases of proposing in English and Spanish, also as a question ("could we ...?", "¿y si ...?"), and a
/// text that begins with "idea". The phrases of all languages always count: the language of a screen is not that of
/// what is typed there, and a staff room has more than one. The author and the reviewer can correct the guess.
#[must_use]
pub fn guess_kind(text: &str) -> Kind {
    let words = words_of(text);
    let mut plain = format!(" {} ", words.join(" "));
    for phrase in NO_PROPOSALS {
        plain = plain.replace(&format!(" {phrase} "), " | ");
    }
    let begins_with_it = words.first().is_some_and(|word| {
        matches!(word.as_str(), "idea" | "ideas" | "suggest" | "propose" | "recommend")
    });
    let proposes = PROPOSALS.iter().any(|phrase| proposes(&plain, &format!(" {phrase} ")));
    if begins_with_it || proposes { Kind::Idea } else { Kind::Observation }
}

fn proposes(plain: &str, phrase: &str) -> bool {
    plain
        .match_indices(phrase)
        .any(|(at, _)| !looks_back(plain.get(at + phrase.len()..).unwrap_or_default()))
}

fn looks_back(rest: &str) -> bool {
    let mut words = rest.split(' ');
    match words.next() {
        // "You should not have to wait" complains.
        Some("not") => true,
        Some("have" | "haber" | "haberse") => words.next().is_some_and(is_past),
        _ => false,
    }
}

fn is_past(word: &str) -> bool {
    LOOKING_BACK.contains(&word) || ["ed", "ado", "ido"].iter().any(|end| word.ends_with(end))
}

/// The words in lower case, without the accents of Spanish, with a plain apostrophe. Sentences stay apart.
fn words_of(text: &str) -> Vec<String> {
    let plain: String = text
        .chars()
        .flat_map(char::to_lowercase)
        .map(|mark| match mark {
            'á' => 'a',
            'é' => 'e',
            'í' => 'i',
            'ó' => 'o',
            'ú' | 'ü' => 'u',
            '\u{2019}' | '\u{2BC}' | '`' | '´' => '\'',
            '.' | '!' | ';' => '|',
            other if other.is_alphanumeric() || other == '\'' => other,
            _ => ' ',
        })
        .collect();
    plain.replace('|', " | ").split_whitespace().map(str::to_owned).collect()
}

/// What kind of personal data a text seems to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HintKind {
    /// An e-mail address.
    Email,
    /// A telephone number, or another number as long as one (patient and account numbers are no less personal).
    Phone,
}

/// A place in a text that seems to hold personal data. For a hint while typing, never for a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// What it seems to be.
    pub kind: HintKind,
    /// Where it stands, in bytes of the text that was looked at.
    pub at: Range<usize>,
}

/// Finds e-mail addresses and telephone numbers, in the order in which they stand.
///
/// A number counts with 8 to 15 digits behind a plus, with 9 to 15 otherwise, in groups or not; dates do not count.
#[must_use]
pub fn personal_data_hint(text: &str) -> Vec<Hint> {
    let mut hints: Vec<_> = emails(text).chain(phones(text)).collect();
    hints.sort_by_key(|hint| hint.at.start);
    hints
}

fn emails(text: &str) -> impl Iterator<Item = Hint> {
    let inside = |mark: char| mark.is_alphanumeric() || "@.+-_'%".contains(mark);
    runs(text, inside).filter_map(|run| {
        let word = &text[run.clone()];
        let trimmed = word.trim_end_matches(['.', '-', '\'']);
        let (local, domain) = trimmed.rsplit_once('@')?;
        let (host, top) = domain.rsplit_once('.')?;
        let named = !local.is_empty() && !host.is_empty() && top.chars().count() >= 2;
        named.then(|| Hint { kind: HintKind::Email, at: run.start..run.start + trimmed.len() })
    })
}

fn phones(text: &str) -> impl Iterator<Item = Hint> {
    let inside = |mark: char| mark.is_ascii_digit() || "+-() .\u{A0}".contains(mark);
    runs(text, inside).filter_map(|run| {
        let first =
            text[run.clone()].find(['+', '(', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])?;
        let last = text[run.clone()].rfind(|mark: char| mark.is_ascii_digit())?;
        let at = run.start + first..run.start + last + 1;
        is_phone(text.get(at.clone())?).then_some(Hint { kind: HintKind::Phone, at })
    })
}

fn is_phone(number: &str) -> bool {
    let groups: Vec<usize> = number
        .split(|mark: char| !mark.is_ascii_digit())
        .map(str::len)
        .filter(|length| *length > 0)
        .collect();
    let fewest = if number.starts_with('+') { 8 } else { 9 };
    (fewest..=15).contains(&groups.iter().sum::<usize>()) && !begins_with_date(&groups)
}

/// Groups as in 2026-11-21 or 21.11.2026, whatever follows.
fn begins_with_date(groups: &[usize]) -> bool {
    matches!(groups, [4, 1..=2, 1..=2, ..] | [1..=2, 1..=2, 4, ..])
}

/// The longest stretches of characters that belong together.
fn runs(text: &str, inside: impl Fn(char) -> bool + Copy) -> impl Iterator<Item = Range<usize>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        let start = rest + text[rest..].find(inside)?;
        let length = text[start..].find(|mark| !inside(mark)).unwrap_or(text.len() - start);
        rest = start + length;
        Some(start..rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cleaned(input: &str) -> String {
        clean(input).into_string()
    }

    #[test]
    fn controls_go_and_line_ends_become_one() {
        assert_eq!(cleaned("a\0b\u{7}c\u{1b}[31m\u{7f}\u{9b}d"), "abc[31md");
        assert_eq!(cleaned("a\r\nb\rc\nd\u{85}e\u{2028}f\u{b}g"), "a\nb\nc\nd\ne\nf\ng");
        assert_eq!(cleaned("a\r\r\nb"), "a\n\nb");
        assert_eq!(cleaned("\u{feff} \t two\twords \n"), "two\twords");
        assert_eq!(cleaned("x\r\nBcc: y"), "x\nBcc: y");
    }

    #[test]
    fn nothing_can_make_a_text_read_differently() {
        assert_eq!(cleaned("pay \u{202e}001\u{202c} \u{2066}now\u{2069}"), "pay 001 now");
        assert_eq!(cleaned("ad\u{200b}m\u{2060}i\u{ad}n\u{feff}"), "admin");
        assert_eq!(cleaned("hi\u{e0068}\u{e0069}\u{e007f}"), "hi");
        assert_eq!(cleaned("a\u{fe00}\u{fe01}\u{e0101}b"), "a\u{fe00}b");
        assert_eq!(cleaned("a\u{200d}b\u{200c}c\u{200e}d"), "abcd");
        assert_eq!(cleaned("\u{fffe}\u{fdd0}\u{1ffff}x\u{fffc}"), "x");
    }

    #[test]
    fn what_languages_and_emoji_need_stays() {
        for text in [
            "می\u{200c}خواهم",                     // Persian
            "क\u{94d}\u{200d}ष क\u{94d}\u{200c}ष", // Hindi
            "שלום!\u{200f} (a)",
            "👩\u{200d}⚕\u{fe0f} 👨🏽\u{200d}🚒 👩\u{200d}❤\u{fe0f}\u{200d}👩 🏳\u{fe0f}\u{200d}🌈 1\u{fe0f}\u{20e3}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} won",
            "naïve Ñandú e\u{301}",
        ] {
            assert_eq!(cleaned(text), text);
        }
    }

    #[test]
    fn a_flag_hides_no_message() {
        let hidden: String = "🏴"
            .chars()
            .chain(('a'..='z').filter_map(|it| char::from_u32(0xE0000 + u32::from(it))))
            .collect();
        assert!(cleaned(&hidden).chars().count() <= 7);
    }

    #[test]
    fn blank_is_empty_whatever_it_is_made_of() {
        for blank in [
            "",
            "   ",
            "\n\t",
            "\0\0",
            "\u{200b}\u{feff}",
            "\u{3164}\u{3164}",
            "\u{2800}",
            "\u{fe0f}",
            "\u{a0}",
        ] {
            let refused = bounded(blank, Limit::TEXT).expect_err("nothing to read");
            assert_eq!(refused, TextRefusal::Empty { field: "text" }, "{blank:?}");
        }
        assert_eq!(
            bounded("", Limit::NAME.called("unitName")).expect_err("empty").to_string(),
            "unitName is empty; write at least one word"
        );
    }

    #[test]
    fn limits_are_in_code_points_and_after_cleaning() {
        let fits = format!("  {}\u{200b}\r\n", "é".repeat(10_000));
        assert_eq!(bounded(&fits, Limit::TEXT).expect("just fits").chars().count(), 10_000);
        let refused = bounded(&"x".repeat(20_000), Limit::TEXT).expect_err("too long");
        assert_eq!(refused, TextRefusal::TooLong { field: "text", max: 10_000, got: 20_000 });
        assert_eq!(refused.to_string(), "text has 20000 characters; shorten it to at most 10000");
        assert_eq!(refused.field(), "text");
        assert!(bounded(&"👩".repeat(120), Limit::TITLE).is_ok());
        assert!(bounded(&"👩".repeat(121), Limit::TITLE).is_err());
    }

    #[test]
    fn a_title_and_a_name_are_one_line() {
        assert_eq!(bounded("Hooks\r\n\r\n on\tdoors", Limit::TITLE), Ok("Hooks on doors".into()));
        assert_eq!(bounded("two\nlines", Limit::MESSAGE), Ok("two\nlines".into()));
    }

    #[test]
    fn a_title_is_the_first_sentence() {
        for (text, title) in [
            ("The door is stuck. Again.", "The door is stuck"),
            ("The door is stuck!\nSince Monday", "The door is stuck!"),
            (
                "Could we get hooks on the doors? Bags lie on the floor.",
                "Could we get hooks on the doors?",
            ),
            ("Dr. Smith waits 3.5 hours a day. Every day.", "Dr. Smith waits 3.5 hours a day"),
            (
                "Hi! The lift in block B is out of order. Fix it.",
                "Hi! The lift in block B is out of order",
            ),
            ("\n\n- hooks\n- mirrors", "hooks"),
            ("# Night shift\nNobody answers", "Night shift"),
            ("廊下の電気がいつも消えています。直してください。", "廊下の電気がいつも消えています"),
            ("ok", "ok"),
            ("", "…"),
            ("...", "…"),
            ("\u{200b} \u{3164}", "…"),
        ] {
            assert_eq!(derive_title(text), title, "{text:?}");
        }
    }

    #[test]
    fn a_long_title_is_cut_at_a_word() {
        let text = "Patients who arrive by the side entrance, after six in the evening, do not find anybody who tells them where to go";
        assert_eq!(
            derive_title(text),
            "Patients who arrive by the side entrance, after six in the evening, do not find…"
        );
        let word = "x".repeat(500);
        assert_eq!(derive_title(&word).chars().count(), DERIVED_TITLE);
        let exact = "y".repeat(80);
        assert_eq!(derive_title(&exact), exact);
        let accents = "e\u{301}".repeat(100);
        assert!(derive_title(&accents).ends_with("\u{301}…"));
    }

    #[test]
    fn proposals_are_ideas() {
        for text in [
            "We should put hooks on the doors",
            "could we have a second printer",
            "It would help to see the queue",
            "Idea: a bell at the desk",
            "I suggest a bell",
            "What if patients could check in by phone?",
            "Why don\u{2019}t we ask them first?",
            "The line is long. Let's open a second desk.",
            "Podríamos poner un timbre",
            "¿Por qué no abrimos antes?",
            "¿Y si ponemos ganchos en las puertas?",
            "SERÍA BUENO tener más sillas",
            "Sugiero un cartel más grande",
            "we should have a bell at the desk",
        ] {
            assert_eq!(guess_kind(text), Kind::Idea, "{text}");
        }
    }

    #[test]
    fn everything_else_is_an_observation() {
        for text in [
            "",
            "The door is stuck",
            "I have no idea why nobody answers",
            "We should have been told earlier",
            "You could have asked first",
            "You should not have to wait four hours",
            "He had a good idea of what was wrong",
            "No tengo ni idea de quién es",
            "El ascensor no funciona",
            "I waited three hours. Nobody came.",
            "The idealist left", // no word borders, no match
            "Deberían haber avisado",
            "門が開かない",
        ] {
            assert_eq!(guess_kind(text), Kind::Observation, "{text}");
        }
    }

    fn found(text: &str) -> Vec<(HintKind, &str)> {
        personal_data_hint(text).into_iter().map(|hint| (hint.kind, &text[hint.at])).collect()
    }

    #[test]
    fn addresses_and_numbers_are_spotted() {
        use HintKind::{Email, Phone};
        assert_eq!(
            found("write to <ann.lee+x@mail.example.org>, or call +44 (0)20 7946 0018."),
            [(Email, "ann.lee+x@mail.example.org"), (Phone, "+44 (0)20 7946 0018")]
        );
        assert_eq!(found("josé@correo.example. Gracias"), [(Email, "josé@correo.example")]);
        assert_eq!(
            found("(555) 123-4567 or 555.123.4567"),
            [(Phone, "(555) 123-4567"), (Phone, "555.123.4567")]
        );
        assert_eq!(found("number 07700900123"), [(Phone, "07700900123")]);
    }

    #[test]
    fn dates_prices_and_rooms_are_not() {
        for text in [
            "on 2026-11-21 10:30",
            "on 21.11.2026 at 10",
            "1/2/2026",
            "room 12-14",
            "12,500.00 in total",
            "EAR-142",
            "@work",
            "a @ b",
            "me@home",
            "24/7",
            "1234567",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    /// Any characters, with those that matter here more often.
    fn wild_text() -> impl Strategy<Value = String> {
        let nasty = "\0\r\n\t \u{85}\u{200b}\u{200c}\u{200d}\u{200e}\u{202e}\u{2066}\u{feff}\u{fe0f}\u{e0067}🏴👩क्یא.?@+1aé";
        let mark =
            prop_oneof![proptest::sample::select(nasty.chars().collect::<Vec<_>>()), any::<char>()];
        proptest::collection::vec(mark, 0..200).prop_map(|marks| marks.into_iter().collect())
    }

    proptest! {
        #[test]
        fn clean_is_clean(input in wild_text()) {
            let once = cleaned(&input);
            prop_assert!(once.chars().all(|mark| matches!(mark, '\n' | '\t') || !mark.is_control()));
            let banned = |mark: char| matches!(mark, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}');
            prop_assert!(!once.chars().any(banned));
            prop_assert_eq!(once.trim(), &once);
            prop_assert_eq!(cleaned(&once), once);
        }

        #[test]
        fn letters_and_digits_are_never_lost(input in wild_text()) {
            let visible = |text: &str| text.chars().filter(|mark| mark.is_alphanumeric()).collect::<String>();
            prop_assert_eq!(visible(&cleaned(&input)), visible(&input));
        }

        #[test]
        fn a_derived_title_is_one_short_line_with_something_in_it(input in wild_text()) {
            let title = derive_title(&input);
            prop_assert!(!title.is_empty() && title.chars().count() <= DERIVED_TITLE, "{:?}", title);
            prop_assert!(!title.contains(['\n', '\t']));
            prop_assert!(bounded(&title, Limit::TITLE).is_ok(), "{:?}", title);
        }

        #[test]
        fn hints_are_places_in_the_text(input in wild_text()) {
            for hint in personal_data_hint(&input) {
                prop_assert!(input.get(hint.at).is_some());
            }
            let _ = guess_kind(&input);
        }
    }
}

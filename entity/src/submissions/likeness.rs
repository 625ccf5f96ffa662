//! How alike two texts are: for finding what was said before, in any script.
//!
//! A text becomes a set of shingles: three letters running within a word (with its edges), two
//! where a script does not part words. Shingles that many texts share weigh little (inverse
//! document frequency over the texts that are compared), and two texts are as alike as the cosine
//! of their weights. Spelling mistakes, endings and word order cost a little, not everything.
//! Pure and without a dictionary, so it works for every language in the same way.

use std::collections::{BTreeSet, HashMap};

/// Characters of a text that are looked at: what somebody says first says what it is about.
pub const LOOKED_AT: usize = 1_000;

/// From here on two texts are worth showing beside each other.
pub const WORTH_SHOWING: f64 = 0.2;

/// The shingles of a text. In order: sums of weights are taken in it, so that a comparison comes out the
/// same to the last bit whenever it is made, and what is equally alike stays so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shingles(BTreeSet<String>);

impl Shingles {
    /// Of a text as it was written.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let folded: String =
            text.chars().take(LOOKED_AT).flat_map(char::to_lowercase).map(without_accent).collect();
        let mut found = BTreeSet::new();
        for word in folded.split(|letter: char| !letter.is_alphanumeric()) {
            if !word.is_empty() {
                cut(word, &mut found);
            }
        }
        Self(found)
    }

    /// Whether nothing in the text can be compared.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The letter without the accents of Latin scripts; others stay.
const fn without_accent(letter: char) -> char {
    match letter {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        _ => letter,
    }
}

/// Scripts that do not part words: ideographs, kana, Thai, Lao, Khmer, Burmese.
const fn runs_on(letter: char) -> bool {
    matches!(letter,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

fn cut(word: &str, found: &mut BTreeSet<String>) {
    let letters: Vec<char> = word.chars().collect();
    if letters.iter().any(|letter| runs_on(*letter)) {
        found.extend(letters.windows(2).map(|pair| pair.iter().collect::<String>()));
        if let [only] = letters.as_slice() {
            found.insert(only.to_string());
        }
        return;
    }
    let edged: Vec<char> = [' ', ' '].into_iter().chain(letters).chain([' ']).collect();
    found.extend(edged.windows(3).map(|three| three.iter().collect::<String>()));
}

/// What each shingle weighs among the texts that are compared.
#[derive(Clone, Debug)]
pub struct Weights {
    texts: f64,
    seen_in: HashMap<String, u32>,
}

impl Weights {
    /// From all the texts that are compared, the one that is asked about among them or not.
    #[must_use]
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a Shingles>) -> Self {
        let (mut count, mut seen_in) = (0_u32, HashMap::new());
        for text in texts {
            count = count.saturating_add(1);
            for shingle in &text.0 {
                *seen_in.entry(shingle.clone()).or_insert(0_u32) += 1;
            }
        }
        Self { texts: f64::from(count), seen_in }
    }

    fn weight(&self, shingle: &str) -> f64 {
        let seen = f64::from(self.seen_in.get(shingle).copied().unwrap_or(0));
        (1.0 + (self.texts + 1.0) / (seen + 1.0)).ln()
    }

    fn size(&self, text: &Shingles) -> f64 {
        text.0.iter().map(|shingle| self.weight(shingle).powi(2)).sum::<f64>().sqrt()
    }

    /// How alike two texts are, from 0 (nothing in common) to 1 (the same shingles).
    #[must_use]
    pub fn likeness(&self, one: &Shingles, other: &Shingles) -> f64 {
        let sizes = self.size(one) * self.size(other);
        if sizes <= 0.0 {
            return 0.0;
        }
        let common = one.0.intersection(&other.0).map(|it| self.weight(it).powi(2)).sum::<f64>();
        (common / sizes).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SAID: [&str; 8] = [
        "There are no hooks on the doors of the changing rooms.",
        "The changing room doors have no hook, coats lie on the floor",
        "The lift in the east wing is out of order again",
        "Patients wait an hour at the admission desk",
        "No hay ganchos en las puertas del vestuario",
        "Faltan ganchos en la puerta de los vestuarios",
        "更衣室的门上没有挂钩",
        "更衣室门后缺少挂钩，衣服放在地上",
    ];

    #[test]
    fn a_comparison_comes_out_the_same_whenever_it_is_made() {
        let text = SAID.join(" ");
        let compared = || {
            let texts: Vec<Shingles> = SAID.iter().map(|said| Shingles::of(said)).collect();
            Weights::of(&texts).likeness(&texts[0], &Shingles::of(&text)).to_bits()
        };
        let first = compared();
        assert!((0..50).all(|_| compared() == first));
    }

    fn likeness(one: usize, other: usize) -> f64 {
        let texts: Vec<Shingles> = SAID.iter().map(|text| Shingles::of(text)).collect();
        Weights::of(&texts).likeness(&texts[one], &texts[other])
    }

    #[test]
    fn what_says_the_same_is_alike_in_any_script() {
        for (one, other) in [(0, 1), (4, 5), (6, 7)] {
            let same = likeness(one, other);
            assert!(same > WORTH_SHOWING, "{}: {same}", SAID[one]);
            for stranger in (0..SAID.len()).filter(|it| ![one, other].contains(it)) {
                assert!(likeness(one, stranger) < same, "{} {}", SAID[one], SAID[stranger]);
            }
        }
        assert!(likeness(2, 3) < WORTH_SHOWING);
    }

    #[test]
    fn accents_case_and_signs_do_not_count() {
        let (one, other) = (Shingles::of("TELÉFONO: ¡avería!"), Shingles::of("telefono averia"));
        assert!((Weights::of([&one, &other]).likeness(&one, &other) - 1.0).abs() < 1e-9);
        assert!(Shingles::of(" .,;! 🙂 ").is_empty());
        assert!(!Shingles::of("门").is_empty());
    }

    proptest! {
        #[test]
        fn likeness_is_a_measure(one in "\\PC{0,80}", other in "\\PC{0,80}") {
            let (a, b) = (Shingles::of(&one), Shingles::of(&other));
            let weights = Weights::of([&a, &b]);
            let there = weights.likeness(&a, &b);
            prop_assert!((0.0..=1.0).contains(&there));
            prop_assert!((there - weights.likeness(&b, &a)).abs() < 1e-9);
            if !a.is_empty() {
                prop_assert!((weights.likeness(&a, &a) - 1.0).abs() < 1e-9);
            }
        }
    }
}

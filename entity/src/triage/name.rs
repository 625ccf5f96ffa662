//! What a root cause may be called: a name that says something, once under its parent.

/// Words that stand where a name should be. Compared with the folded name without its signs.
const PLACEHOLDERS: &[&str] = &[
    "allgemein",
    "altro",
    "andere",
    "anderes",
    "aucune",
    "autre",
    "autres",
    "causa",
    "cause",
    "desconhecido",
    "desconocida",
    "desconocido",
    "divers",
    "diverses",
    "dont know",
    "dunno",
    "etc",
    "general",
    "idk",
    "inconnu",
    "keine",
    "keine ahnung",
    "keine angabe",
    "misc",
    "miscellaneous",
    "multiple",
    "na",
    "new cause",
    "nichts",
    "nil",
    "ninguna",
    "ninguno",
    "no aplica",
    "no cause",
    "no idea",
    "no se",
    "none",
    "not applicable",
    "not known",
    "not sure",
    "nothing",
    "nothing yet",
    "null",
    "other",
    "others",
    "otra",
    "otras",
    "otro",
    "otros",
    "outro",
    "outros",
    "pendiente",
    "placeholder",
    "por definir",
    "rien",
    "root cause",
    "sconosciuto",
    "several",
    "sin especificar",
    "sonstige",
    "sonstiges",
    "tba",
    "tbc",
    "tbd",
    "test",
    "to be confirmed",
    "to be decided",
    "to be defined",
    "to be determined",
    "todo",
    "unbekannt",
    "undefined",
    "unklar",
    "unknown",
    "unspecified",
    "unsure",
    "untitled",
    "ursache",
    "varias",
    "varios",
    "various",
    "weiss nicht",
    "weitere",
];

/// The key by which names are compared: lower case, single spaces. Two causes with one parent
/// cannot share it.
#[must_use]
pub fn key(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a name only fills the field: a placeholder, or not two letters in it.
#[must_use]
pub fn is_placeholder(name: &str) -> bool {
    let bare = bare(name);
    bare.chars().filter(|sign| sign.is_alphabetic()).count() < 2
        || PLACEHOLDERS.contains(&bare.as_str())
        || PLACEHOLDERS.contains(&bare.replace(' ', "").as_str())
        || repeats_one_sign(&bare)
}

/// The folded name without punctuation, accents that change nothing here kept simple.
fn bare(name: &str) -> String {
    let plain: String = key(name)
        .chars()
        .filter_map(|sign| match sign {
            'á' | 'à' | 'â' | 'ã' | 'ä' | 'å' => Some('a'),
            'ç' => Some('c'),
            'é' | 'è' | 'ê' | 'ë' => Some('e'),
            'í' | 'ì' | 'î' | 'ï' => Some('i'),
            'ñ' => Some('n'),
            'ó' | 'ò' | 'ô' | 'õ' | 'ö' => Some('o'),
            'ú' | 'ù' | 'û' | 'ü' => Some('u'),
            // Accents that stand as signs of their own.
            '\u{300}'..='\u{36f}' => None,
            '\'' | '’' | '/' | '.' => None,
            sign if sign.is_alphanumeric() => Some(sign),
            _ => Some(' '),
        })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn repeats_one_sign(bare: &str) -> bool {
    let mut signs = bare.chars().filter(|sign| !sign.is_whitespace());
    // One ideograph can be a word, and so can two equal ones.
    signs.next().is_some_and(|first| first.is_ascii() && signs.all(|sign| sign == first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_seen_through() {
        for name in [
            "tbd",
            "TBD",
            "T.B.D.",
            "other",
            " Other ",
            "n/a",
            "N / A",
            "-",
            "---",
            "?",
            "...",
            "",
            "xxx",
            "XX",
            "x",
            "Unknown!",
            "(none)",
            "Otros",
            "por definir",
            "No sé",
            "don't know",
            "42",
            "misc.",
            "Sonstiges",
            "SONSTIGES:",
            "Ünknown",
            "o\u{301}ther",
            "Autres",
            "desconocído",
        ] {
            assert!(is_placeholder(name), "{name:?}");
        }
    }

    #[test]
    fn names_are_names() {
        for name in [
            "No hooks on the doors",
            "Other departments book the same room",
            "Unknown arrival times of porters",
            "IT",
            "Test results arrive late",
            "標識不足",
            "Сломан лифт",
            "Falta de personal",
        ] {
            assert!(!is_placeholder(name), "{name:?}");
        }
    }

    #[test]
    fn keys_fold_case_and_spaces() {
        assert_eq!(key("  No  Hooks\ton Doors "), key("no hooks on doors"));
        assert_ne!(key("no hooks"), key("no hook"));
    }
}

//! Which alphabet a file is written in.

use std::borrow::Cow;
use std::fmt;

use super::lines::line_at;
use super::refusal::TableRefusal;

/// How the letters of a file are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// The only one that is taken without being declared.
    #[default]
    Utf8,
    /// Western European Windows (a superset of ISO 8859-1 in everything that can be printed).
    Windows1252,
    /// ISO 8859-1.
    Latin1,
    /// Two bytes a letter; the order by the byte order mark, little-endian without one.
    Utf16,
}

impl Encoding {
    /// The encoding of that name, for a command line: `utf-8`, `windows-1252`, `latin-1`, `utf-16`.
    pub fn by_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Self::Utf8),
            "windows-1252" | "cp1252" => Some(Self::Windows1252),
            "latin-1" | "latin1" | "iso-8859-1" => Some(Self::Latin1),
            "utf-16" | "utf16" => Some(Self::Utf16),
            _ => None,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Windows1252 => "Windows-1252",
            Self::Latin1 => "Latin-1 (ISO 8859-1)",
            Self::Utf16 => "UTF-16",
        })
    }
}

pub(super) fn decode(bytes: &[u8], declared: Encoding) -> Result<Cow<'_, str>, TableRefusal> {
    match declared {
        Encoding::Utf8 => decode_utf8(bytes).map(Cow::Borrowed),
        // UTF-8 is never a likely accident in another encoding: the declaration is wrong.
        Encoding::Latin1 | Encoding::Windows1252 if is_plainly_utf8(bytes) => {
            Err(TableRefusal::WrongEncoding {
                declared,
                looks_like: Some(Encoding::Utf8),
                line: first_beyond_ascii(bytes),
            })
        }
        Encoding::Latin1 => Ok(Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect())),
        Encoding::Windows1252 => {
            Ok(Cow::Owned(bytes.iter().map(|byte| windows_1252(*byte)).collect()))
        }
        Encoding::Utf16 => decode_utf16(bytes).map(Cow::Owned),
    }
}

fn decode_utf8(bytes: &[u8]) -> Result<&str, TableRefusal> {
    let refusal = |looks_like, line| TableRefusal::WrongEncoding {
        declared: Encoding::Utf8,
        looks_like,
        line,
    };
    if looks_like_utf16(bytes) {
        return Err(refusal(Some(Encoding::Utf16), 1));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        refusal(looks_like(bytes), line_at(bytes, at))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Names the one-byte alphabet of a file that is not UTF-8, if it is text at all.
fn looks_like(bytes: &[u8]) -> Option<Encoding> {
    let control = |byte: &u8| *byte < 0x20 && !matches!(*byte, b'\t' | b'\n' | b'\r' | 0x0C);
    if bytes.iter().any(control) {
        return None;
    }
    // 0x80..0x9F are controls in Latin-1, and curly quotes, dashes and the euro sign in Windows-1252.
    if bytes.iter().any(|byte| matches!(*byte, 0x80..=0x9F)) {
        Some(Encoding::Windows1252)
    } else {
        Some(Encoding::Latin1)
    }
}

/// A byte order mark, or every second byte of the beginning zero.
fn looks_like_utf16(bytes: &[u8]) -> bool {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return true;
    }
    let head = bytes.get(..bytes.len().min(64)).unwrap_or_default();
    let zeros =
        |parity: usize| head.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let pairs = head.len() / 2;
    pairs >= 4 && zeros(0).max(zeros(1)) * 10 >= pairs * 8 && zeros(0).min(zeros(1)) == 0
}

fn is_plainly_utf8(bytes: &[u8]) -> bool {
    !bytes.is_ascii() && std::str::from_utf8(bytes).is_ok()
}

fn first_beyond_ascii(bytes: &[u8]) -> u64 {
    let at = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or_default();
    line_at(bytes, at)
}

/// The letters that Windows-1252 has where Latin-1 has controls (WHATWG Encoding, index windows-1252).
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    byte.checked_sub(0x80)
        .and_then(|offset| HIGH.get(usize::from(offset)).copied())
        .unwrap_or(char::from(byte))
}

fn decode_utf16(bytes: &[u8]) -> Result<String, TableRefusal> {
    let refusal = |text: &str| TableRefusal::WrongEncoding {
        declared: Encoding::Utf16,
        looks_like: std::str::from_utf8(bytes).is_ok().then_some(Encoding::Utf8),
        line: line_at(text.as_bytes(), text.len()),
    };
    let big = bytes.starts_with(b"\xFE\xFF");
    let body = bytes.strip_prefix(b"\xFE\xFF").or(bytes.strip_prefix(b"\xFF\xFE")).unwrap_or(bytes);
    if body.len() % 2 == 1 || is_plainly_text(body) {
        return Err(refusal(""));
    }
    let units = body.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    let mut text = String::with_capacity(body.len());
    for letter in char::decode_utf16(units) {
        match letter {
            Ok(letter) => text.push(letter),
            Err(_) => return Err(refusal(&text)),
        }
    }
    Ok(text)
}

/// ASCII without a zero byte is no UTF-16 table: even its separators and line ends would have one.
fn is_plainly_text(bytes: &[u8]) -> bool {
    !bytes.is_empty() && !bytes.contains(&0)
}

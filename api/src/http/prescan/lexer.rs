//! Cuts the text of a document into tokens and pairs its brackets.
//!
//! Source: GraphQL specification, October 2021, section 2.1. White space, line ends, commas, byte order marks and
//! comments separate tokens; strings and block strings are one token each.

use super::{Limits, RefusalCode, Refused};

/// What a token is; its text is in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword.
    Name,
    /// A whole number.
    Int,
    /// A number with a fraction or an exponent.
    Float,
    /// A string or block string.
    Text,
    /// `...`
    Spread,
    /// A punctuator of one character, brackets included.
    Mark(u8),
}

/// One token of a document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Where it begins, in bytes from the start of the text.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// For an opening bracket: the index of the token that closes it.
    pub(super) partner: usize,
}

impl Token {
    /// The token as it stands in the document.
    pub(super) fn text<'a>(&self, query: &'a str) -> &'a str {
        query.get(self.start..self.end).unwrap_or_default()
    }
}

/// All tokens of the text, each opening bracket paired with its closing one.
pub(super) fn tokens(query: &str, limits: &Limits) -> Result<Vec<Token>, Refused> {
    if query.len() > limits.text_bytes {
        return Err(Refused::too_complex(format!(
            "the query text is longer than {} bytes",
            limits.text_bytes
        )));
    }
    let mut lexer = Lexer { query, bytes: query.as_bytes(), at: 0 };
    let mut tokens: Vec<Token> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    while let Some(token) = lexer.next()? {
        if tokens.len() >= limits.tokens {
            return Err(Refused::too_complex(format!(
                "the document has more than {} tokens",
                limits.tokens
            )));
        }
        pair(query, token, &mut tokens, &mut open)?;
        if open.len() > limits.nesting {
            return Err(Refused::too_complex(format!(
                "brackets are nested deeper than {}",
                limits.nesting
            )));
        }
        tokens.push(token);
    }
    match open.last().and_then(|&index| tokens.get(index)) {
        None => Ok(tokens),
        Some(unclosed) => Err(broken(query, unclosed.start, "a bracket is never closed")),
    }
}

/// Notes an opening bracket, or joins a closing one with its partner.
fn pair(
    query: &str,
    token: Token,
    tokens: &mut [Token],
    open: &mut Vec<usize>,
) -> Result<(), Refused> {
    let wanted = match token.kind {
        Kind::Mark(b'{' | b'[' | b'(') => {
            open.push(tokens.len());
            return Ok(());
        }
        Kind::Mark(b'}') => b'{',
        Kind::Mark(b']') => b'[',
        Kind::Mark(b')') => b'(',
        _ => return Ok(()),
    };
    let here = tokens.len();
    match open.pop().and_then(|index| tokens.get_mut(index)) {
        Some(opener) if opener.kind == Kind::Mark(wanted) => {
            opener.partner = here;
            Ok(())
        }
        _ => Err(broken(query, token.start, "a closing bracket does not match")),
    }
}

/// A syntax error with its place, without any of the source.
pub(super) fn broken(query: &str, at: usize, what: &str) -> Refused {
    let before = query.get(..at).unwrap_or(query);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Refused {
        code: RefusalCode::ParseFailed,
        message: format!("the document cannot be read: {what} (line {line}, column {column})"),
    }
}

struct Lexer<'a> {
    query: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    fn next(&mut self) -> Result<Option<Token>, Refused> {
        self.skip_ignored()?;
        let start = self.at;
        let Some(first) = self.peek(0) else {
            return Ok(None);
        };
        let kind = match first {
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => self.name(),
            b'-' | b'0'..=b'9' => self.number()?,
            b'"' => self.text()?,
            b'.' => self.spread()?,
            b'!' | b'$' | b'&' | b'(' | b')' | b':' | b'=' | b'@' | b'[' | b']' | b'{' | b'|'
            | b'}' => {
                self.at += 1;
                Kind::Mark(first)
            }
            _ => return Err(self.broken("a character is not allowed here")),
        };
        Ok(Some(Token { kind, start, end: self.at, partner: 0 }))
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn starts_with(&self, what: &[u8]) -> bool {
        self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(what))
    }

    fn broken(&self, what: &str) -> Refused {
        broken(self.query, self.at, what)
    }

    fn skip_ignored(&mut self) -> Result<(), Refused> {
        loop {
            match self.peek(0) {
                Some(b' ' | b'\t' | b'\n' | b'\r' | b',') => self.at += 1,
                Some(b'#') => self.skip_comment()?,
                Some(0xEF) if self.starts_with("\u{feff}".as_bytes()) => self.at += 3,
                _ => return Ok(()),
            }
        }
    }

    fn skip_comment(&mut self) -> Result<(), Refused> {
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\n' | b'\r' => break,
                _ => self.character(byte)?,
            }
        }
        Ok(())
    }

    /// Steps over one byte of a comment or string. Control characters are not source text.
    fn character(&mut self, byte: u8) -> Result<(), Refused> {
        if byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') {
            return Err(self.broken("a control character is not allowed"));
        }
        self.at += 1;
        Ok(())
    }

    fn name(&mut self) -> Kind {
        while self.peek(0).is_some_and(|byte| byte == b'_' || byte.is_ascii_alphanumeric()) {
            self.at += 1;
        }
        Kind::Name
    }

    fn number(&mut self) -> Result<Kind, Refused> {
        let mut kind = Kind::Int;
        if self.peek(0) == Some(b'-') {
            self.at += 1;
        }
        match self.peek(0) {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek(0) == Some(b'.') {
            self.at += 1;
            self.digits()?;
            kind = Kind::Float;
        }
        if matches!(self.peek(0), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(0), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
            kind = Kind::Float;
        }
        match self.peek(0) {
            Some(b'.' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z') => {
                Err(self.broken("a number is malformed"))
            }
            _ => Ok(kind),
        }
    }

    fn digits(&mut self) -> Result<(), Refused> {
        let start = self.at;
        while self.peek(0).is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.broken("a number is malformed")) } else { Ok(()) }
    }

    fn spread(&mut self) -> Result<Kind, Refused> {
        if !self.starts_with(b"...") {
            return Err(self.broken("a character is not allowed here"));
        }
        self.at += 3;
        Ok(Kind::Spread)
    }

    fn text(&mut self) -> Result<Kind, Refused> {
        if self.starts_with(b"\"\"\"") {
            self.at += 3;
            return self.block_string();
        }
        self.at += 1;
        loop {
            match self.peek(0) {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                None | Some(b'\n' | b'\r') => {
                    return Err(self.broken("a string is not closed on its line"));
                }
                Some(byte) => self.character(byte)?,
            }
        }
        self.at += 1;
        Ok(Kind::Text)
    }

    fn escape(&mut self) -> Result<(), Refused> {
        let length = match self.peek(1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 2,
            Some(b'u') if (2..6).all(|ahead| self.peek(ahead) == Some(b'0')) => {
                return Err(self.broken("a string holds U+0000, which no text here can"));
            }
            Some(b'u')
                if (2..6)
                    .all(|ahead| self.peek(ahead).is_some_and(|byte| byte.is_ascii_hexdigit())) =>
            {
                6
            }
            _ => return Err(self.broken("a string has an unknown escape")),
        };
        self.at += length;
        Ok(())
    }

    fn block_string(&mut self) -> Result<Kind, Refused> {
        loop {
            match self.peek(0) {
                None => return Err(self.broken("a block string is never closed")),
                Some(b'"') if self.starts_with(b"\"\"\"") => break,
                Some(b'\\') if self.starts_with(b"\\\"\"\"") => self.at += 4,
                Some(byte) => self.character(byte)?,
            }
        }
        self.at += 3;
        Ok(Kind::Text)
    }
}

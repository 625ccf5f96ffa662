//! Tables that people bring: CSV files for imports, and the CSV files we hand back.
//!
//! Real files come from spreadsheets: with a byte order mark or semicolons, with the line ends of three
//! decades, in the alphabet of one country, with ids that the spreadsheet turned into numbers. [`read`] takes
//! what has one meaning and refuses the rest, whole, with the line, the column, the reason and the cure: an
//! import that guesses is worse than one that asks.
//!
//! | in the file | what happens |
//! |---|---|
//! | UTF-8, with or without a byte order mark | read |
//! | Windows-1252, Latin-1, UTF-16 | refused by name; read when the caller declares it in [`ReadOptions`] |
//! | comma, semicolon or tab | told by the header row (or by a first line `sep=;`) |
//! | CR LF, LF or CR, also mixed; line breaks inside quotes | read |
//! | empty lines, rows of separators only, further empty cells at the end of a row | skipped |
//! | a row that is too short or too long, a quote that never closes | refused, by line |
//! | ids like `5.70306E+17`, `#REF!` | refused in columns that hold ids |
//! | the same key twice | refused, naming both lines |
//! | a Git LFS pointer, a workbook, a web page named `.csv` | refused by name |
//!
//! Nothing here logs: the reasons quote ids, never other cells.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::Read;

/// At most this many faulty rows are collected; the rest is counted by nobody, the file has to be made again.
const MAX_ROW_ERRORS: usize = 1_000;

/// Ends the bytes given to the CSV reader. A NUL cannot come from a file (it is refused before), so if this does
/// not arrive as a row of its own, a quote was still open.
const END_MARK: &[u8] = b"\n\0end\n";

/// Whether a file may leave a column out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The file is refused without it. (Cells may still be empty: that is the importer's rule.)
    Required,
    /// May be missing.
    Optional,
}

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Anything.
    Text,
    /// Ids: what a spreadsheet has turned into a number is refused.
    Id,
    /// Ids that name the row: each may appear once in a file.
    Key,
}

/// A column that an import knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The name by which [`Row::get`] finds it and which messages use.
    pub name: &'static str,
    /// Further headers that mean the same. Case, spaces, hyphens and underscores never matter.
    pub aliases: &'static [&'static str],
    /// Whether it may be missing.
    pub required: Need,
    /// What its cells are.
    pub holds: Holds,
}

impl Column {
    /// A column without which the file is refused.
    pub const fn required(name: &'static str) -> Self {
        Self { name, aliases: &[], required: Need::Required, holds: Holds::Text }
    }

    /// A column that may be missing.
    pub const fn optional(name: &'static str) -> Self {
        Self { name, aliases: &[], required: Need::Optional, holds: Holds::Text }
    }

    /// The same column under further headers.
    pub const fn also(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// The same column, holding ids.
    pub const fn id(self) -> Self {
        Self { holds: Holds::Id, ..self }
    }

    /// The same column, holding ids that name the row.
    pub const fn key(self) -> Self {
        Self { holds: Holds::Key, ..self }
    }

    fn is_called(&self, header: &str) -> bool {
        let header = folded(header);
        folded(self.name) == header || self.aliases.iter().any(|alias| folded(alias) == header)
    }
}

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

/// What the caller declares about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadOptions {
    /// How the letters are stored.
    pub encoding: Encoding,
    /// Largest file, in bytes.
    pub max_bytes: usize,
    /// Most rows, without the header.
    pub max_rows: usize,
}

impl Default for ReadOptions {
    /// UTF-8, 50 MiB, 200,000 rows.
    fn default() -> Self {
        Self { encoding: Encoding::Utf8, max_bytes: 50 * 1024 * 1024, max_rows: 200_000 }
    }
}

/// What arrived is no table at all, but something known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger {
    /// The text that Git keeps in place of a large file.
    GitLfsPointer,
    /// An Excel or OpenDocument file, or another archive.
    Workbook,
    /// HTML, for instance a sign-in page saved in place of a download.
    WebPage,
    /// A PDF document.
    Pdf,
}

/// Why a whole file was not read. Its `Display` says what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableRefusal {
    /// No bytes, or only blank lines.
    Empty,
    /// Larger than allowed.
    TooLarge {
        /// Size of the file, in bytes.
        bytes: usize,
        /// Allowed, in bytes.
        max: usize,
    },
    /// More rows than allowed.
    TooManyRows {
        /// Allowed, without the header.
        max: usize,
    },
    /// Not a table.
    Stranger(Stranger),
    /// The letters are not stored as declared.
    WrongEncoding {
        /// What was declared (UTF-8 unless the caller said otherwise).
        declared: Encoding,
        /// What the bytes look like, if that can be told.
        looks_like: Option<Encoding>,
        /// Line of the first byte that does not fit.
        line: u64,
    },
    /// A NUL byte: the file is binary or damaged.
    Nul {
        /// Line of the first one.
        line: u64,
    },
    /// The first row names none of the known columns.
    NoHeader {
        /// The first row, shortened.
        found: Vec<String>,
        /// The columns that are needed.
        expected: Vec<&'static str>,
    },
    /// The header lacks columns.
    MissingColumns {
        /// Those that lack.
        missing: Vec<&'static str>,
        /// The header as found, shortened.
        found: Vec<String>,
    },
    /// Two headers mean the same column.
    DuplicateColumn {
        /// The column that both mean.
        name: &'static str,
        /// Position of the first, from 1.
        first: usize,
        /// Position of the second, from 1.
        second: usize,
    },
    /// A header without rows.
    NoRows,
    /// A quote is open at the end of the file.
    OpenQuote {
        /// Line where the row with the quote starts.
        line: u64,
    },
    /// Rows that cannot be read, in file order; at most 1,000 of them.
    Rows(Vec<RowError>),
}

impl TableRefusal {
    /// A stable name of the reason.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "FILE_EMPTY",
            Self::TooLarge { .. } => "FILE_TOO_LARGE",
            Self::TooManyRows { .. } => "TOO_MANY_ROWS",
            Self::Stranger(_) => "NOT_A_TABLE",
            Self::WrongEncoding { .. } => "WRONG_ENCODING",
            Self::Nul { .. } => "FILE_DAMAGED",
            Self::NoHeader { .. } => "NO_HEADER",
            Self::MissingColumns { .. } => "MISSING_COLUMNS",
            Self::DuplicateColumn { .. } => "DUPLICATE_COLUMN",
            Self::NoRows => "NO_ROWS",
            Self::OpenQuote { .. } => "OPEN_QUOTE",
            Self::Rows(_) => "FAULTY_ROWS",
        }
    }

    /// The refusal as rows of an error file: one for a refusal of the whole file.
    pub fn row_errors(&self) -> Vec<RowError> {
        match self {
            Self::Rows(errors) => errors.clone(),
            whole => vec![RowError {
                line: whole.line(),
                column: None,
                reason: whole.reason(),
                cure: whole.cure(),
            }],
        }
    }

    fn line(&self) -> u64 {
        match self {
            Self::WrongEncoding { line, .. } | Self::Nul { line } | Self::OpenQuote { line } => {
                *line
            }
            _ => 1,
        }
    }

    fn reason(&self) -> String {
        match self {
            Self::Empty => "The file is empty.".into(),
            Self::TooLarge { bytes, max } => format!(
                "The file has {} MiB; at most {} MiB are read.",
                bytes.div_ceil(1024 * 1024),
                max / (1024 * 1024)
            ),
            Self::TooManyRows { max } => format!("The file has more than {max} rows."),
            Self::Stranger(stranger) => stranger.reason().into(),
            Self::WrongEncoding { declared, looks_like, line } => {
                let looks =
                    looks_like.map_or(String::new(), |like| format!(" It looks like {like}."));
                format!(
                    "The file is not {declared}: the first letter that does not fit is in line {line}.{looks}"
                )
            }
            Self::Nul { line } => {
                format!("Line {line} holds a NUL byte: the file is binary or damaged.")
            }
            Self::NoHeader { found, .. } => format!(
                "The first row names none of the known columns; it reads: {}.",
                found.join(" | ")
            ),
            Self::MissingColumns { missing, found } => {
                format!("The header lacks: {}. It has: {}.", missing.join(", "), found.join(", "))
            }
            Self::DuplicateColumn { name, first, second } => {
                format!("The columns {first} and {second} both mean \"{name}\".")
            }
            Self::NoRows => "The file has a header but no rows.".into(),
            Self::OpenQuote { line } => {
                format!("A quote opens in the row at line {line} and never closes.")
            }
            Self::Rows(errors) => rows_reason(errors),
        }
    }

    fn cure(&self) -> String {
        match self {
            Self::Empty | Self::NoRows => {
                "Export it again and look into it before you send it.".into()
            }
            Self::TooLarge { .. } | Self::TooManyRows { .. } => {
                "Split it into several files, each with the header row.".into()
            }
            Self::Stranger(stranger) => stranger.cure().into(),
            Self::WrongEncoding { looks_like: Some(like), .. } => {
                format!("Save it as \"CSV UTF-8\", or declare its encoding ({like}).")
            }
            Self::WrongEncoding { .. } => "Save it as \"CSV UTF-8\".".into(),
            Self::Nul { .. } => "Save it as \"CSV UTF-8\" again.".into(),
            Self::NoHeader { expected, .. } => {
                format!(
                    "Put the names of the columns into the first row, at least: {}.",
                    expected.join(", ")
                )
            }
            Self::MissingColumns { .. } => {
                "Add the columns, or rename the headers that mean them.".into()
            }
            Self::DuplicateColumn { .. } => "Remove or rename one of them.".into(),
            Self::OpenQuote { .. } => {
                "Close it, or double it (\"\") if it belongs to the text.".into()
            }
            Self::Rows(_) => {
                "Correct these rows and send the whole file again: nothing was imported.".into()
            }
        }
    }
}

fn rows_reason(errors: &[RowError]) -> String {
    let first = errors.first().map_or(String::new(), |error| format!(" The first: {error}"));
    match errors.len() {
        1 => format!("One row cannot be read.{first}"),
        MAX_ROW_ERRORS.. => format!("{MAX_ROW_ERRORS} rows or more cannot be read.{first}"),
        count => format!("{count} rows cannot be read.{first}"),
    }
}

impl fmt::Display for TableRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.reason(), self.cure())
    }
}

impl std::error::Error for TableRefusal {}

impl Stranger {
    fn reason(self) -> &'static str {
        match self {
            Self::GitLfsPointer => {
                "This is a Git LFS pointer, a note that stands for the file, not the file itself."
            }
            Self::Workbook => "This is a workbook or an archive, not a CSV file.",
            Self::WebPage => "This is a web page, not a CSV file.",
            Self::Pdf => "This is a PDF document, not a CSV file.",
        }
    }

    fn cure(self) -> &'static str {
        match self {
            Self::GitLfsPointer => {
                "Run `git lfs pull` where you took it from and send the real file."
            }
            Self::Workbook => "Open it and save the sheet as \"CSV UTF-8\".",
            Self::WebPage => {
                "The download may have asked for a sign-in: download it again and look into it."
            }
            Self::Pdf => "Ask for the table behind it, as CSV.",
        }
    }
}

/// What is wrong with one row: for the screen and for the error file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// Line of the file where the row starts, from 1, as an editor counts.
    pub line: u64,
    /// The column, if one is to blame.
    pub column: Option<String>,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub cure: String,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = &self.column {
            write!(f, ", column \"{column}\"")?;
        }
        write!(f, ": {} {}", self.reason, self.cure)
    }
}

/// A file that could be read whole.
#[derive(Debug, Clone)]
pub struct Table {
    /// Known column name -> position in the rows.
    places: HashMap<&'static str, usize>,
    /// Headers that mean no known column; their cells are ignored, which the importer should say.
    ignored: Vec<String>,
    rows: Vec<(u64, csv::StringRecord)>,
}

impl Table {
    /// How many rows there are, without the header and blank rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Never true for what [`read`] returns: a file without rows is refused.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Headers of the file that mean no known column.
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Whether the file has that column.
    pub fn has(&self, column: &str) -> bool {
        self.places.contains_key(column)
    }

    /// The rows in file order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, cells)| Row { line: *line, cells, places: &self.places })
    }
}

/// One row of a [`Table`].
#[derive(Debug, Clone, Copy)]
pub struct Row<'t> {
    line: u64,
    cells: &'t csv::StringRecord,
    places: &'t HashMap<&'static str, usize>,
}

impl<'t> Row<'t> {
    /// Line of the file where the row starts, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The cell without white space around it; `None` if it is blank or the file lacks the column.
    pub fn get(&self, column: &str) -> Option<&'t str> {
        let cell = self.cells.get(*self.places.get(column)?)?.trim();
        (!cell.is_empty()).then_some(cell)
    }

    /// The cell, or the error that it is blank.
    ///
    /// # Errors
    /// A [`RowError`] at this line that names the column.
    pub fn need(&self, column: &'static str) -> Result<&'t str, RowError> {
        self.get(column).ok_or_else(|| self.fault(column, "The cell is empty.", "Fill it in."))
    }

    /// An error in this row.
    pub fn fault(
        &self,
        column: &str,
        reason: impl Into<String>,
        cure: impl Into<String>,
    ) -> RowError {
        RowError {
            line: self.line,
            column: Some(column.to_owned()),
            reason: reason.into(),
            cure: cure.into(),
        }
    }
}

/// Reads a UTF-8 file of at most 50 MiB and 200,000 rows.
///
/// # Errors
/// See [`TableRefusal`]. A file is read whole or not at all.
pub fn read(bytes: &[u8], columns: &[Column]) -> Result<Table, TableRefusal> {
    read_as(bytes, columns, &ReadOptions::default())
}

/// Reads a file about which the caller declares something, for instance its encoding.
///
/// # Errors
/// See [`TableRefusal`].
pub fn read_as(
    bytes: &[u8],
    columns: &[Column],
    options: &ReadOptions,
) -> Result<Table, TableRefusal> {
    if bytes.len() > options.max_bytes {
        return Err(TableRefusal::TooLarge { bytes: bytes.len(), max: options.max_bytes });
    }
    if let Some(stranger) = stranger(bytes) {
        return Err(TableRefusal::Stranger(stranger));
    }
    let text = decode(bytes, options.encoding)?;
    if let Some(at) = text.find('\0') {
        return Err(TableRefusal::Nul { line: line_at(text.as_bytes(), at) });
    }
    let (separator, first_line, body) = separator_of(&text, columns);
    Reading { body, separator, first_line, columns, max_rows: options.max_rows }.table()
}

fn stranger(bytes: &[u8]) -> Option<Stranger> {
    let head = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let head = head.get(..head.len().min(64)).unwrap_or_default().to_ascii_lowercase();
    let starts = |with: &[&[u8]]| with.iter().any(|prefix| head.starts_with(prefix));
    if starts(&[b"version https://git-lfs"]) {
        Some(Stranger::GitLfsPointer)
    } else if starts(&[b"pk\x03\x04", b"\xD0\xCF\x11\xE0", b"\x1F\x8B"]) {
        Some(Stranger::Workbook)
    } else if starts(&[b"<!doctype", b"<html", b"<?xml"]) {
        Some(Stranger::WebPage)
    } else if starts(&[b"%pdf-"]) {
        Some(Stranger::Pdf)
    } else {
        None
    }
}

fn decode(bytes: &[u8], declared: Encoding) -> Result<Cow<'_, str>, TableRefusal> {
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

/// Finds the separator, and says where the table starts: its first line and its text.
fn separator_of<'t>(text: &'t str, columns: &[Column]) -> (u8, u64, &'t str) {
    if let Some((separator, rest)) = declared_separator(text) {
        return (separator, 2, rest);
    }
    let header = header_row(text);
    let mut best = (b',', (0, 0));
    for separator in [b',', b';', b'\t'] {
        let cells = header_cells(header, separator);
        let known =
            columns.iter().filter(|column| cells.iter().any(|cell| column.is_called(cell))).count();
        if (known, cells.len()) > best.1 {
            best = (separator, (known, cells.len()));
        }
    }
    (best.0, 1, text)
}

/// Excel writes `sep=;` as the first line of its files in some countries.
fn declared_separator(text: &str) -> Option<(u8, &str)> {
    let rest = text.strip_prefix("sep=").or_else(|| text.strip_prefix("SEP="))?;
    let separator =
        *rest.as_bytes().first().filter(|byte| matches!(**byte, b',' | b';' | b'\t'))?;
    let rest = rest.get(1..)?;
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\r', '\n']))?;
    Some((separator, rest))
}

/// The text up to the first line end outside quotes, blank lines left out.
fn header_row(text: &str) -> &str {
    let text = text.trim_start_matches(['\r', '\n']);
    let mut quoted = false;
    let end = text.bytes().position(|byte| {
        quoted ^= byte == b'"';
        !quoted && matches!(byte, b'\r' | b'\n')
    });
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

fn header_cells(header: &str, separator: u8) -> Vec<String> {
    let mut reader = reader(header.as_bytes(), separator);
    let mut record = csv::StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => record.iter().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn reader<R: Read>(from: R, separator: u8) -> csv::Reader<R> {
    csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(from)
}

/// One file being read: text without byte order mark and NUL, and what is known about it.
struct Reading<'t> {
    body: &'t str,
    separator: u8,
    first_line: u64,
    columns: &'t [Column],
    max_rows: usize,
}

impl Reading<'_> {
    fn table(&self) -> Result<Table, TableRefusal> {
        let mut records = self.records()?.into_iter();
        let (_, header) = records.next().ok_or(TableRefusal::Empty)?;
        let places = self.places(&header)?;
        let mut faults = Faults::new(self.columns, &places, header.len());
        let mut rows = Vec::with_capacity(records.len());
        for (line, cells) in records {
            faults.look_at(line, &cells);
            rows.push((line, cells));
        }
        if !faults.errors.is_empty() {
            return Err(TableRefusal::Rows(faults.errors));
        }
        if rows.is_empty() {
            return Err(TableRefusal::NoRows);
        }
        let known: Vec<usize> = places.values().copied().collect();
        let is_ignored =
            |(place, name): &(usize, &str)| !known.contains(place) && !name.trim().is_empty();
        let ignored =
            header.iter().enumerate().filter(is_ignored).map(|(_, name)| shortened(name)).collect();
        Ok(Table { places, ignored, rows })
    }

    /// All rows that are not blank, the header first, with the line where each starts.
    fn records(&self) -> Result<Vec<(u64, csv::StringRecord)>, TableRefusal> {
        let mut reader = reader(self.body.as_bytes().chain(END_MARK), self.separator);
        let mut lines = Lines { body: self.body.as_bytes(), at: 0, line: self.first_line };
        let mut rows = Vec::new();
        let mut last = (self.first_line, csv::StringRecord::new());
        let mut record = csv::StringRecord::new();
        while let Ok(true) = reader.read_record(&mut record) {
            let start = record.position().map_or(0, csv::Position::byte);
            let line = lines.of_row_at(usize::try_from(start).unwrap_or(usize::MAX));
            keep_if_filled(&mut rows, std::mem::replace(&mut last, (line, record.clone())));
            if rows.len() > self.max_rows + 1 {
                return Err(TableRefusal::TooManyRows { max: self.max_rows });
            }
        }
        // Whatever was read last must be the mark that was put behind the file.
        if last.1.len() != 1 || last.1.get(0) != Some("\0end") {
            return Err(TableRefusal::OpenQuote { line: last.0 });
        }
        Ok(rows)
    }

    fn places(
        &self,
        header: &csv::StringRecord,
    ) -> Result<HashMap<&'static str, usize>, TableRefusal> {
        let mut places = HashMap::new();
        for (place, name) in header.iter().enumerate() {
            let Some(column) = self.columns.iter().find(|column| column.is_called(name)) else {
                continue;
            };
            if let Some(first) = places.insert(column.name, place) {
                return Err(TableRefusal::DuplicateColumn {
                    name: column.name,
                    first: first + 1,
                    second: place + 1,
                });
            }
        }
        self.check_complete(header, &places)?;
        Ok(places)
    }

    fn check_complete(
        &self,
        header: &csv::StringRecord,
        places: &HashMap<&'static str, usize>,
    ) -> Result<(), TableRefusal> {
        let needed = self
            .columns
            .iter()
            .filter(|column| column.required == Need::Required)
            .map(|column| column.name);
        let missing: Vec<_> = needed.clone().filter(|name| !places.contains_key(name)).collect();
        let found = || header.iter().take(20).map(shortened).collect();
        if places.is_empty() {
            return Err(TableRefusal::NoHeader { found: found(), expected: needed.collect() });
        }
        if !missing.is_empty() {
            return Err(TableRefusal::MissingColumns { missing, found: found() });
        }
        Ok(())
    }
}

fn keep_if_filled(rows: &mut Vec<(u64, csv::StringRecord)>, row: (u64, csv::StringRecord)) {
    if row.1.iter().any(|cell| !cell.trim().is_empty()) {
        rows.push(row);
    }
}

/// Counts lines as editors do: CR LF, LF and CR end one each.
struct Lines<'t> {
    body: &'t [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the row that the CSV reader says starts at `byte`: blank lines still lie before it.
    fn of_row_at(&mut self, byte: usize) -> u64 {
        let mut start = byte.min(self.body.len());
        while self.body.get(start).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            start += 1;
        }
        if let Some(passed) = self.body.get(self.at..start) {
            self.line += line_ends(passed);
            self.at = start;
        }
        self.line
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    let mut ends = 0;
    let mut before = 0;
    for byte in bytes {
        ends += u64::from(*byte == b'\r' || (*byte == b'\n' && before != b'\r'));
        before = *byte;
    }
    ends
}

fn line_at(bytes: &[u8], at: usize) -> u64 {
    1 + line_ends(bytes.get(..at).unwrap_or(bytes))
}

/// Looks at rows one by one and collects what is wrong with them.
struct Faults {
    width: usize,
    ids: Vec<(&'static str, usize, Holds)>,
    seen: HashMap<(usize, String), u64>,
    errors: Vec<RowError>,
}

impl Faults {
    fn new(columns: &[Column], places: &HashMap<&'static str, usize>, width: usize) -> Self {
        let is_id = |column: &&Column| column.holds != Holds::Text;
        let ids = columns
            .iter()
            .filter(is_id)
            .filter_map(|column| {
                places.get(column.name).map(|place| (column.name, *place, column.holds))
            })
            .collect();
        Self { width, ids, seen: HashMap::new(), errors: Vec::new() }
    }

    fn look_at(&mut self, line: u64, cells: &csv::StringRecord) {
        if self.errors.len() >= MAX_ROW_ERRORS {
            return;
        }
        if let Some(error) = self.ragged(line, cells) {
            self.errors.push(error);
            return;
        }
        for index in 0..self.ids.len() {
            let (column, place, holds) = self.ids[index];
            let cell = cells.get(place).unwrap_or_default().trim();
            if let Some(error) = destroyed_id(line, column, cell)
                .or_else(|| self.twice(line, (column, place, holds), cell))
            {
                self.errors.push(error);
            }
        }
    }

    fn ragged(&self, line: u64, cells: &csv::StringRecord) -> Option<RowError> {
        let is_filled = |(_, cell): &(usize, &str)| !cell.trim().is_empty();
        let filled =
            cells.iter().enumerate().filter(is_filled).last().map_or(0, |(place, _)| place + 1);
        if cells.len() >= self.width && filled <= self.width {
            return None;
        }
        let cure = if filled > self.width {
            "Put cells that contain the separator, a quote or a line break into quotes."
        } else {
            "Add the missing cells; empty ones need their separator too."
        };
        let found = if filled > self.width { filled } else { cells.len() };
        let reason = format!("The row has {found} cells, the header has {}.", self.width);
        Some(RowError { line, column: None, reason, cure: cure.into() })
    }

    fn twice(
        &mut self,
        line: u64,
        (column, place, holds): (&str, usize, Holds),
        cell: &str,
    ) -> Option<RowError> {
        if holds != Holds::Key || cell.is_empty() {
            return None;
        }
        let first = *self.seen.entry((place, cell.to_owned())).or_insert(line);
        (first != line).then(|| RowError {
            line,
            column: Some(column.to_owned()),
            reason: format!("\"{}\" is already in line {first}.", shortened(cell)),
            cure: "Keep one of the two rows.".into(),
        })
    }
}

/// Recognises what a spreadsheet leaves of a long id: `5.70306E+17`, or an error value.
///
/// A plain `1E5` stays: codes like it exist, and spreadsheets always write a sign behind the E.
fn destroyed_id(line: u64, column: &str, cell: &str) -> Option<RowError> {
    let reason = if is_scientific(cell) {
        format!(
            "\"{}\" is an id that a spreadsheet turned into a number; its digits are lost.",
            shortened(cell)
        )
    } else if is_spreadsheet_error(cell) {
        format!("\"{}\" is an error of a spreadsheet, not an id.", shortened(cell))
    } else {
        return None;
    };
    let cure = "Export the file again from its source, and set the column to \"text\" before you open it in a spreadsheet.";
    Some(RowError { line, column: Some(column.to_owned()), reason, cure: cure.into() })
}

fn is_scientific(cell: &str) -> bool {
    let Some((mantissa, exponent)) = cell.split_once(['E', 'e']) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa = mantissa.trim_start_matches(['+', '-']);
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && exponent.strip_prefix(['+', '-']).is_some_and(digits)
}

fn is_spreadsheet_error(cell: &str) -> bool {
    matches!(cell, "#N/A" | "#REF!" | "#NAME?" | "#VALUE!" | "#DIV/0!" | "#NUM!" | "#NULL!")
        || (!cell.is_empty() && cell.bytes().all(|byte| byte == b'#'))
}

/// Lower case, and nothing but letters, digits and other signs that carry meaning.
fn folded(header: &str) -> String {
    let is_spacing = |letter: char| {
        letter.is_whitespace() || letter.is_control() || "_-\u{feff}\u{200b}".contains(letter)
    };
    header.chars().filter(|letter| !is_spacing(*letter)).flat_map(char::to_lowercase).collect()
}

/// For messages: at most 40 letters, without controls.
fn shortened(cell: &str) -> String {
    let mut letters = cell.trim().chars().filter(|letter| !letter.is_control());
    let mut short: String = letters.by_ref().take(40).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

/// Writes errors as a CSV file: `line,column,reason,cure`, with a byte order mark so that spreadsheets read it as
/// UTF-8.
pub fn error_file(errors: &[RowError]) -> Vec<u8> {
    let rows = errors.iter().map(|error| {
        let column = error.column.as_deref().unwrap_or_default();
        vec![error.line.to_string(), column.to_owned(), error.reason.clone(), error.cure.clone()]
    });
    write(&["line", "column", "reason", "cure"], rows)
}

/// Writes a table as CSV (RFC 4180, UTF-8 with a byte order mark), every cell made harmless by [`harmless`].
pub fn write(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .flexible(true)
        .from_writer("\u{feff}".as_bytes().to_vec());
    // Writing to memory does not fail; a row that could not be written is left out rather than ending a program.
    let _ = writer.write_record(header.iter().map(|cell| harmless(cell).into_owned()));
    for row in rows {
        let _ = writer.write_record(row.iter().map(|cell| harmless(cell).into_owned()));
    }
    writer.into_inner().unwrap_or_default()
}

/// Puts an apostrophe before a cell that a spreadsheet would run as a formula: `= + - @`, tab, line ends first.
pub fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COLUMNS: [Column; 4] = [
        Column::required("code").also(&["external code", "id"]).key(),
        Column::required("name").also(&["nombre"]),
        Column::optional("parent_code").id(),
        Column::optional("note"),
    ];

    fn take(text: &str) -> Result<Table, TableRefusal> {
        read(text.as_bytes(), &COLUMNS)
    }

    fn cells(table: &Table, column: &str) -> Vec<String> {
        table.rows().map(|row| row.get(column).unwrap_or_default().to_owned()).collect()
    }

    fn faults(text: &str) -> Vec<RowError> {
        match take(text) {
            Err(TableRefusal::Rows(errors)) => errors,
            other => panic!("expected faulty rows, got {other:?}"),
        }
    }

    #[test]
    fn a_plain_file_is_read_by_name_whatever_the_order_and_case_of_headers() {
        let table = take("NAME, External-Code ,colour\nWard 7, W7 ,green\nWard 8,W8,\n").unwrap();
        assert_eq!(cells(&table, "code"), ["W7", "W8"]);
        assert_eq!(cells(&table, "name"), ["Ward 7", "Ward 8"]);
        assert_eq!(table.ignored(), ["colour"]);
        assert!(table.has("code") && !table.has("note") && table.len() == 2);
        assert_eq!(table.rows().map(|row| row.line()).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn byte_order_mark_and_every_separator_and_line_end_read_the_same() {
        for bom in ["", "\u{feff}"] {
            for separator in [",", ";", "\t"] {
                for end in ["\n", "\r\n", "\r"] {
                    let text = format!(
                        "{bom}code,name,note{end}A,\"x, y; z\tw\",{end}B,two,\"a\nb\"{end}C,three,{end}"
                    );
                    let text =
                        text.replace("code,name,note", &["code", "name", "note"].join(separator));
                    let text = text
                        .replace("A,", &format!("A{separator}"))
                        .replace("\",", &format!("\"{separator}"));
                    let text = text.replace("B,two,", &format!("B{separator}two{separator}"));
                    let text = text.replace("C,three,", &format!("C{separator}three{separator}"));
                    let table = take(&text).unwrap_or_else(|refusal| panic!("{text:?}: {refusal}"));
                    assert_eq!(cells(&table, "name"), ["x, y; z\tw", "two", "three"], "{text:?}");
                    assert_eq!(cells(&table, "note")[1], "a\nb");
                    let lines: Vec<_> = table.rows().map(|row| row.line()).collect();
                    assert_eq!(lines, [2, 3, 5], "{text:?}");
                }
            }
        }
    }

    #[test]
    fn a_declared_separator_counts_as_a_line() {
        let table = take("sep=;\r\ncode;name\r\nA;a, b\r\n").unwrap();
        assert_eq!(cells(&table, "name"), ["a, b"]);
        assert_eq!(table.rows().next().map(|row| row.line()), Some(3));
    }

    #[test]
    fn blank_lines_and_rows_and_cells_behind_the_last_column_are_no_rows() {
        let table = take("\n\ncode;name\n\n;;\nA;a;;;\n \nB;b\n").unwrap();
        assert_eq!(cells(&table, "code"), ["A", "B"]);
        assert_eq!(table.rows().map(|row| row.line()).collect::<Vec<_>>(), [6, 8]);
    }

    #[test]
    fn other_alphabets_are_named_and_read_when_declared() {
        let latin = b"code,name\nA,Caf\xE9\n";
        let refusal = read(latin, &COLUMNS).unwrap_err();
        assert_eq!(
            refusal,
            TableRefusal::WrongEncoding {
                declared: Encoding::Utf8,
                looks_like: Some(Encoding::Latin1),
                line: 2
            }
        );
        assert!(
            refusal.to_string().contains("Latin-1") && refusal.to_string().contains("CSV UTF-8")
        );
        let windows = b"code,name\nA,Na\xEFve \x80 5\n";
        assert!(read(windows, &COLUMNS).unwrap_err().to_string().contains("Windows-1252"));
        let as_windows = ReadOptions { encoding: Encoding::Windows1252, ..ReadOptions::default() };
        assert_eq!(cells(&read_as(windows, &COLUMNS, &as_windows).unwrap(), "name"), ["Naïve € 5"]);
        assert_eq!(cells(&read_as(latin, &COLUMNS, &as_windows).unwrap(), "name"), ["Café"]);
        let refusal = read_as("code,name\nA,Café\n".as_bytes(), &COLUMNS, &as_windows).unwrap_err();
        assert!(refusal.to_string().contains("looks like UTF-8"), "{refusal}");
    }

    #[test]
    fn utf_16_is_named_and_read_when_declared() {
        let text = "code\tname\r\nA\tZoë 🙂\r\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked: Vec<u8> = [b"\xFF\xFE".to_vec(), little.clone()].concat();
        let big_marked: Vec<u8> = [b"\xFE\xFF".to_vec(), big].concat();
        let declared = ReadOptions { encoding: Encoding::Utf16, ..ReadOptions::default() };
        for bytes in [&little, &marked, &big_marked] {
            assert!(read(bytes, &COLUMNS).unwrap_err().to_string().contains("UTF-16"));
            assert_eq!(cells(&read_as(bytes, &COLUMNS, &declared).unwrap(), "name"), ["Zoë 🙂"]);
        }
        assert!(
            read_as(b"code,name\nA,a\n", &COLUMNS, &declared)
                .unwrap_err()
                .to_string()
                .contains("UTF-8")
        );
    }

    #[test]
    fn the_header_is_checked_by_name() {
        assert_eq!(take("").unwrap_err(), TableRefusal::Empty);
        assert_eq!(take("\u{feff}\r\n \r\n").unwrap_err(), TableRefusal::Empty);
        assert_eq!(take("code,name\n").unwrap_err(), TableRefusal::NoRows);
        assert!(matches!(take("W7,Ward 7\n"), Err(TableRefusal::NoHeader { .. })));
        let missing = take("code,colour\nA,b\n").unwrap_err();
        assert!(
            missing.to_string().starts_with("The header lacks: name. It has: code, colour."),
            "{missing}"
        );
        let twice = take("id,name,CODE\nA,b,c\n").unwrap_err();
        assert_eq!(twice, TableRefusal::DuplicateColumn { name: "code", first: 1, second: 3 });
    }

    #[test]
    fn ragged_rows_are_named_by_line() {
        let errors = faults("code,name,note\nA,a,x\nB,b\nC,c, d,e\nD,d,\n");
        assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(errors[0].reason, "The row has 2 cells, the header has 3.");
        assert_eq!(errors[1].reason, "The row has 4 cells, the header has 3.");
        assert!(errors[1].cure.contains("quotes"));
    }

    #[test]
    fn a_quote_that_never_closes_is_refused_where_it_opens() {
        assert_eq!(
            take("code,name\nA,a\nB,\"b\nC,c\nD,d").unwrap_err(),
            TableRefusal::OpenQuote { line: 3 }
        );
        assert_eq!(take("code,name\nA,\"").unwrap_err(), TableRefusal::OpenQuote { line: 2 });
        assert_eq!(
            cells(&take("code,name\nA,\"say \"\"yes\"\"\"").unwrap(), "name"),
            ["say \"yes\""]
        );
    }

    #[test]
    fn ids_that_a_spreadsheet_destroyed_are_refused_in_id_columns_only() {
        let errors = faults(
            "code;name;parent_code\n5.70306E+17;a;x\nB;5.70306E+17;1,2e+05\nC;c;#REF!\n7E1;d;1E5\n",
        );
        assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!(errors[0].column.as_deref(), Some("code"));
        assert!(errors[0].reason.contains("5.70306E+17") && errors[0].cure.contains("text"));
        assert_eq!(errors[1].column.as_deref(), Some("parent_code"));
    }

    #[test]
    fn the_same_key_twice_names_both_lines() {
        let errors = faults("code,name,parent_code\nA,a,P\nB,b,P\n A ,c,P\n");
        assert_eq!(errors.len(), 1);
        assert_eq!((errors[0].line, errors[0].reason.as_str()), (4, "\"A\" is already in line 2."));
    }

    #[test]
    fn strangers_are_named() {
        let cases: [(&[u8], &str); 5] = [
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
                "git lfs pull",
            ),
            (b"PK\x03\x04\x14\0\x06\0", "workbook"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1", "workbook"),
            (b"\xEF\xBB\xBF\n<!DOCTYPE html><html>", "web page"),
            (b"%PDF-1.4\n", "PDF"),
        ];
        for (bytes, word) in cases {
            let said = read(bytes, &COLUMNS).unwrap_err().to_string();
            assert!(said.contains(word), "{said}");
        }
        assert_eq!(take("code,name\nA,a\nB,b\0\n").unwrap_err(), TableRefusal::Nul { line: 3 });
    }

    #[test]
    fn size_and_rows_are_limited() {
        let options = ReadOptions { max_bytes: 40, max_rows: 2, ..ReadOptions::default() };
        let read = |text: &str| read_as(text.as_bytes(), &COLUMNS, &options);
        assert_eq!(read("code,name\nA,a\nB,b\n").map(|table| table.len()), Ok(2));
        assert_eq!(
            read("code,name\nA,a\nB,b\nC,c\n").unwrap_err(),
            TableRefusal::TooManyRows { max: 2 }
        );
        assert!(matches!(
            read(&"x".repeat(41)),
            Err(TableRefusal::TooLarge { bytes: 41, max: 40 })
        ));
    }

    #[test]
    fn many_faults_are_cut_and_a_refusal_becomes_an_error_file() {
        let text = format!("code,name\n{}", "A\n".repeat(3_000));
        assert_eq!(faults(&text).len(), MAX_ROW_ERRORS);
        let file =
            String::from_utf8(error_file(&take("code\nA\n").unwrap_err().row_errors())).unwrap();
        assert!(
            file.starts_with("\u{feff}line,column,reason,cure\r\n1,,The header lacks: name."),
            "{file}"
        );
    }

    #[test]
    fn cells_that_would_run_are_made_harmless() {
        for cell in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(harmless(cell), format!("'{cell}"));
        }
        assert_eq!(harmless("a=b"), "a=b");
        let error = RowError {
            line: 2,
            column: Some("=cmd".into()),
            reason: "-x".into(),
            cure: "a \"b\", c".into(),
        };
        let file = String::from_utf8(error_file(&[error])).unwrap();
        assert!(file.ends_with("2,'=cmd,'-x,\"a \"\"b\"\", c\"\r\n"), "{file}");
    }

    #[test]
    fn a_row_says_what_it_lacks() {
        let table = take("code,name\nA,\n").unwrap();
        let error = table.rows().next().map(|row| row.need("name")).unwrap().unwrap_err();
        assert_eq!(error.to_string(), "line 2, column \"name\": The cell is empty. Fill it in.");
    }

    /// Writes a cell as a careful program would.
    fn quoted(cell: &str) -> String {
        format!("\"{}\"", cell.replace('"', "\"\""))
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            for encoding in [Encoding::Utf8, Encoding::Latin1, Encoding::Windows1252, Encoding::Utf16] {
                let options = ReadOptions { encoding, ..ReadOptions::default() };
                if let Err(refusal) = read_as(&bytes, &COLUMNS, &options) {
                    prop_assert!(!refusal.to_string().is_empty());
                    error_file(&refusal.row_errors());
                }
            }
        }

        #[test]
        fn spoilt_tables_never_panic(rows in proptest::collection::vec("[a-z0-9,;\t\"\r\n=éE+.]{0,30}", 0..20)) {
            let text = format!("code,name,parent_code\n{}", rows.join("\n"));
            if let Err(refusal) = take(&text) {
                let lines = line_at(text.as_bytes(), text.len());
                prop_assert!(refusal.row_errors().iter().all(|error| error.line <= lines));
            }
        }

        #[test]
        fn what_is_quoted_comes_back(
            names in proptest::collection::vec("[a-zA-Zé0-9][ -~é\r\n\t;]{0,20}[a-z]", 1..20),
            separator in prop_oneof![Just(","), Just(";"), Just("\t")],
            end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
        ) {
            let mut text = format!("code{separator}name{end}");
            for (index, name) in names.iter().enumerate() {
                text += &format!("K{index}{separator}{}{end}", quoted(name));
            }
            let table = take(&text).unwrap();
            prop_assert_eq!(cells(&table, "name"), names.clone());
            // The line of each row is the line where an editor finds its key.
            for (index, row) in table.rows().enumerate() {
                let at = text.find(&format!("{end}K{index}{separator}")).unwrap() + end.len();
                prop_assert_eq!(row.line(), line_at(text.as_bytes(), at));
            }
        }

        #[test]
        fn no_written_cell_runs(cell in ".{0,20}") {
            let file = write(&["a"], [vec![cell]]);
            let text = String::from_utf8(file).unwrap();
            let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
            for record in reader.records() {
                let first = record.unwrap().get(0).and_then(|cell| cell.chars().next());
                prop_assert!(!first.is_some_and(|letter| "=+-@\t\r\n".contains(letter)));
            }
        }
    }
}

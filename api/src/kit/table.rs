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
//! A refusal may quote the header, the first row or an id: show it to whoever imports, and keep it out of logs.

use std::collections::HashMap;

mod column;
mod encoding;
mod faults;
mod lines;
mod refusal;
mod rows;
mod write;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]
mod tests;

pub use column::{Column, Holds, Need};
pub use encoding::Encoding;
pub use refusal::{RowError, Stranger, TableRefusal};
pub use write::{error_file, harmless, write};

use encoding::decode;
use lines::line_at;
use rows::{Reading, separator_of};

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

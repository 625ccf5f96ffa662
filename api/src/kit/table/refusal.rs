//! What is said when a file or a row cannot be read: what is wrong, where, and what to do.

use std::fmt;

use super::encoding::Encoding;

/// At most this many faulty rows are collected; the rest is counted by nobody, the file has to be made again.
pub(super) const MAX_ROW_ERRORS: usize = 1_000;

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

/// For messages: at most 40 letters, without controls.
pub(super) fn shortened(cell: &str) -> String {
    let mut letters = cell.trim().chars().filter(|letter| !letter.is_control());
    let mut short: String = letters.by_ref().take(40).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

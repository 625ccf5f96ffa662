//! The CSV files that we hand back.

use std::borrow::Cow;

use super::refusal::RowError;

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

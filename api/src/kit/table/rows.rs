//! From text to rows: the separator, the header, the rows.

use std::collections::HashMap;
use std::io::Read;

use super::Table;
use super::column::{Column, Need};
use super::faults::Faults;
use super::lines::Lines;
use super::refusal::{TableRefusal, shortened};

/// Ends the bytes given to the CSV reader. A NUL cannot come from a file (it is refused before), so if this does
/// not arrive as a row of its own, a quote was still open.
const END_MARK: &[u8] = b"\n\0end\n";

/// Finds the separator, and says where the table starts: its first line and its text.
pub(super) fn separator_of<'t>(text: &'t str, columns: &[Column]) -> (u8, u64, &'t str) {
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
pub(super) struct Reading<'t> {
    pub(super) body: &'t str,
    pub(super) separator: u8,
    pub(super) first_line: u64,
    pub(super) columns: &'t [Column],
    pub(super) max_rows: usize,
}

impl Reading<'_> {
    pub(super) fn table(&self) -> Result<Table, TableRefusal> {
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

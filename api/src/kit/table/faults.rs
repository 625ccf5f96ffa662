//! What is wrong with single rows.

use std::collections::HashMap;

use super::column::{Column, Holds};
use super::refusal::{MAX_ROW_ERRORS, RowError, shortened};

/// Looks at rows one by one and collects what is wrong with them.
pub(super) struct Faults {
    width: usize,
    ids: Vec<(&'static str, usize, Holds)>,
    seen: HashMap<(usize, String), u64>,
    pub(super) errors: Vec<RowError>,
}

impl Faults {
    pub(super) fn new(
        columns: &[Column],
        places: &HashMap<&'static str, usize>,
        width: usize,
    ) -> Self {
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

    pub(super) fn look_at(&mut self, line: u64, cells: &csv::StringRecord) {
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

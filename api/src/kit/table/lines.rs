//! Counting lines as editors do.

/// Counts lines as editors do: CR LF, LF and CR end one each.
pub(super) struct Lines<'t> {
    pub(super) body: &'t [u8],
    pub(super) at: usize,
    pub(super) line: u64,
}

impl Lines<'_> {
    /// The line of the row that the CSV reader says starts at `byte`: blank lines still lie before it.
    pub(super) fn of_row_at(&mut self, byte: usize) -> u64 {
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

pub(super) fn line_at(bytes: &[u8], at: usize) -> u64 {
    1 + line_ends(bytes.get(..at).unwrap_or(bytes))
}

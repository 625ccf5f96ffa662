//! What an import knows about the columns of a file.

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

    pub(super) fn is_called(&self, header: &str) -> bool {
        let header = folded(header);
        folded(self.name) == header || self.aliases.iter().any(|alias| folded(alias) == header)
    }
}

/// Lower case, and nothing but letters, digits and other signs that carry meaning.
fn folded(header: &str) -> String {
    let is_spacing = |letter: char| {
        letter.is_whitespace() || letter.is_control() || "_-\u{feff}\u{200b}".contains(letter)
    };
    header.chars().filter(|letter| !is_spacing(*letter)).flat_map(char::to_lowercase).collect()
}

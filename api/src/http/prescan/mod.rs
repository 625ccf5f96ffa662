//! The pre-scan: what every GraphQL document passes before the engine sees it.
//!
//! The engine's parser descends recursively and its validators expand fragments again and again, so a document of a few
//! hundred bytes can exhaust the stack or burn seconds. This scan reads the text once, in time linear in its length,
//! with explicit stacks instead of recursion, and refuses whatever is beyond the [`Limits`]. It runs for POST, GET and
//! WebSocket alike.
//!
//! One step a file: `lexer` cuts the text into tokens and pairs the brackets, `document` reads them into a flat list of
//! selections, `measure` adds up each fragment once and then each operation, `describe` says what passed.
//!
//! Where the engine's grammar is laxer than the GraphQL specification (`mutationsignOut{...}` without a space, say)
//! the scan is strict, so that a document can never mean one thing here and another thing there.

mod describe;
mod document;
mod lexer;
mod measure;
#[cfg(test)]
mod tests;

use std::fmt;

/// How much one document may ask for. [`Limits::default`] is what the API promises in its documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Length of the query text, in bytes.
    pub text_bytes: usize,
    /// Lexical tokens in the whole document; commas, white space and comments are not tokens.
    pub tokens: usize,
    /// Nesting of brackets of any kind (`{`, `[`, `(`), counted together.
    pub nesting: usize,
    /// Operations and fragments in one document.
    pub definitions: usize,
    /// Selections (fields, spreads, inline fragments) of all operations together, fragments expanded.
    pub selections: u64,
    /// Levels of fields below the root of an operation, leaves included, fragments expanded.
    pub depth: u64,
    /// As `depth`, for operations that select only `__schema` or `__type`.
    pub introspection_depth: u64,
    /// How deep the lists of the introspection schema (`fields`, `inputFields`, `interfaces`, `possibleTypes`) may
    /// lie inside each other; `fields` never lies inside `fields`.
    pub introspection_lists: u64,
    /// Aliases of all operations together, fragments expanded.
    pub aliases: u64,
    /// Root fields of one mutation, fragments expanded.
    pub mutation_fields: u64,
    /// Directives on one selection, operation, fragment or variable.
    pub directives: usize,
    /// Static cost of one operation; [`Operation::cost`] says how it is counted.
    pub cost: u64,
    /// Objects that a connection is taken to return if it says neither `first` nor `last`.
    pub default_page: u64,
    /// Objects that a connection is taken to return if its size is a variable of unknown value.
    pub largest_page: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text_bytes: 32 * 1024,
            tokens: 4_000,
            nesting: 64,
            definitions: 100,
            selections: 500,
            depth: 12,
            introspection_depth: 20,
            introspection_lists: 2,
            aliases: 30,
            mutation_fields: 10,
            directives: 10,
            cost: 5_000,
            default_page: 25,
            largest_page: 100,
        }
    }
}

/// The two reasons for which a document is refused before the engine sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalCode {
    /// The text is not an executable GraphQL document.
    ParseFailed,
    /// The document is beyond one of the [`Limits`].
    TooComplex,
}

impl RefusalCode {
    /// The code as clients read it in `extensions.code`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::TooComplex => "QUERY_TOO_COMPLEX",
        }
    }
}

/// Why a document was refused. Neither part repeats anything from the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What a program reads.
    pub code: RefusalCode,
    /// What a developer reads: English, names the limit.
    pub message: String,
}

impl Refused {
    fn too_complex(message: impl Into<String>) -> Self {
        Self { code: RefusalCode::TooComplex, message: message.into() }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl std::error::Error for Refused {}

/// The three kinds of operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// Reads; the only kind that GET may carry.
    Query,
    /// Writes.
    Mutation,
    /// Streams.
    Subscription,
}

/// What the scan learned about one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The name, if it has one.
    pub name: Option<String>,
    /// Query, mutation or subscription.
    pub kind: OperationKind,
    /// Names (not aliases) of the root fields, fragments expanded, each once, in order of appearance.
    pub root_fields: Vec<String>,
    /// Selections, fragments expanded.
    pub selections: u64,
    /// Levels of fields, fragments expanded.
    pub depth: u64,
    /// Aliases, fragments expanded.
    pub aliases: u64,
    /// Static cost: an object 1, a scalar 0, a root field 1 more (10 in a mutation); what lies under `nodes` or
    /// `edges` times the page size, what lies under any other field with `first`, `last` or `ids` times that number;
    /// `__schema` and `__type` 100 flat.
    pub cost: u64,
    /// Which of `__schema` and `__type` are asked for: those are for signed-in callers.
    pub introspects: Introspects,
}

/// Whether an operation asks for the schema itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Introspects {
    /// No `__schema`, no `__type`.
    No,
    /// Besides other fields.
    Partly,
    /// Nothing else at the root (`__typename` aside).
    Only,
}

/// What the scan learned about a document that it let pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scanned {
    /// All operations in the order of the text; at least one.
    pub operations: Vec<Operation>,
    /// Lexical tokens in the document.
    pub tokens: usize,
}

impl Scanned {
    /// The operation that a request means: the one of that name, or the only one if no name is given.
    ///
    /// `None` if there is no such operation, or several and no name; the engine words that error.
    pub fn operation(&self, name: Option<&str>) -> Option<&Operation> {
        match (name, self.operations.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(name), all) => all.iter().find(|one| one.name.as_deref() == Some(name)),
        }
    }
}

/// Scans a document whose variables are not known: a page size given by a variable counts as the largest page.
///
/// # Errors
/// [`Refused`] if the text is no executable document or is beyond one of the limits.
pub fn scan(query: &str, limits: &Limits) -> Result<Scanned, Refused> {
    scan_with(query, limits, &|_| None)
}

/// Scans a document, asking `page_size` for the value of a variable that sets the size of a page.
///
/// `page_size` gets the name without `$` and answers the whole number behind it (for `ids` the length of the list), or
/// `None` if it is absent or of another kind, which counts as the largest page.
///
/// # Errors
/// [`Refused`] if the text is no executable document or is beyond one of the limits.
pub fn scan_with(
    query: &str,
    limits: &Limits,
    page_size: &dyn Fn(&str) -> Option<u64>,
) -> Result<Scanned, Refused> {
    let tokens = lexer::tokens(query, limits)?;
    let document = document::read(query, &tokens, limits)?;
    let operations = measure::operations(&document, limits, page_size)?;
    Ok(Scanned { operations, tokens: tokens.len() })
}

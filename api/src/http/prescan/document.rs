//! Reads tokens into a flat list of selections. Nothing here descends recursively: the open selection sets are a stack,
//! and values are stepped over from an opening bracket to its partner.

use std::{collections::HashMap, collections::HashSet, ops::Range};

use super::{
    Limits, OperationKind, Refused,
    lexer::{Kind, Token, broken},
};

/// A document as the measure needs it. Selections stand in the order of the text, parents before their children.
pub(super) struct Document<'a> {
    pub(super) selections: Vec<Selection<'a>>,
    pub(super) operations: Vec<OperationText<'a>>,
    pub(super) fragments: Vec<Range<usize>>,
    /// Index into `fragments` by name.
    pub(super) fragment_names: HashMap<&'a str, usize>,
}

/// An operation: what it is called, and where its selections are.
pub(super) struct OperationText<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) kind: OperationKind,
    pub(super) selections: Range<usize>,
}

/// One selection with the place it stands in.
pub(super) struct Selection<'a> {
    pub(super) what: What<'a>,
    /// The selection around it, `None` at the top of an operation or fragment.
    pub(super) parent: Option<usize>,
}

/// The three things that can be selected.
pub(super) enum What<'a> {
    Field { name: &'a str, alias: Option<&'a str>, page: Page<'a> },
    Spread(&'a str),
    Inline,
}

/// The page size that a field asks for by `first`, `last` or `ids`.
#[derive(Clone, Copy)]
pub(super) enum Page<'a> {
    Unsaid,
    Literal(u64),
    Variable(&'a str),
}

/// Reads a whole document.
pub(super) fn read<'a>(
    query: &'a str,
    tokens: &[Token],
    limits: &Limits,
) -> Result<Document<'a>, Refused> {
    let mut reader = Reader { query, tokens, at: 0, limits, selections: Vec::new() };
    let mut operations: Vec<OperationText<'a>> = Vec::new();
    let mut fragments = Vec::new();
    let mut fragment_names = HashMap::new();
    let mut operation_names = HashSet::new();
    while reader.at < tokens.len() {
        if operations.len() + fragments.len() >= limits.definitions {
            let message = format!(
                "the document has more than {} operations and fragments",
                limits.definitions
            );
            return Err(Refused::too_complex(message));
        }
        match reader.definition()? {
            Definition::Operation(operation) => {
                if !operation_names.insert(operation.name) {
                    return Err(reader.broken("two operations have the same name"));
                }
                operations.push(operation);
            }
            Definition::Fragment(name, selections) => {
                if fragment_names.insert(name, fragments.len()).is_some() {
                    return Err(reader.broken("two fragments have the same name"));
                }
                fragments.push(selections);
            }
        }
    }
    if operations.is_empty() {
        return Err(reader.broken("there is no operation"));
    }
    if operations.len() > 1 && operation_names.contains(&None) {
        return Err(reader.broken("an operation without a name stands beside others"));
    }
    Ok(Document { selections: reader.selections, operations, fragments, fragment_names })
}

enum Definition<'a> {
    Operation(OperationText<'a>),
    Fragment(&'a str, Range<usize>),
}

/// A selection set that is being read.
struct OpenSet {
    parent: Option<usize>,
    selections: usize,
}

struct Reader<'a, 't> {
    query: &'a str,
    tokens: &'t [Token],
    at: usize,
    limits: &'t Limits,
    selections: Vec<Selection<'a>>,
}

impl<'a> Reader<'a, '_> {
    fn definition(&mut self) -> Result<Definition<'a>, Refused> {
        if self.sees(b'{') {
            let selections = self.selection_sets()?;
            return Ok(Definition::Operation(OperationText {
                name: None,
                kind: OperationKind::Query,
                selections,
            }));
        }
        match self.name()? {
            "query" => self.operation(OperationKind::Query),
            "mutation" => self.operation(OperationKind::Mutation),
            "subscription" => self.operation(OperationKind::Subscription),
            "fragment" => self.fragment(),
            _ => Err(self.broken("an operation or a fragment was expected")),
        }
    }

    fn operation(&mut self, kind: OperationKind) -> Result<Definition<'a>, Refused> {
        let name = if self.peek() == Some(Kind::Name) { Some(self.name()?) } else { None };
        self.variables()?;
        self.directives()?;
        let selections = self.selection_sets()?;
        Ok(Definition::Operation(OperationText { name, kind, selections }))
    }

    fn fragment(&mut self) -> Result<Definition<'a>, Refused> {
        let name = self.name()?;
        if name == "on" || self.name()? != "on" {
            return Err(self.broken("a fragment needs a name and a type"));
        }
        self.type_name()?;
        self.directives()?;
        Ok(Definition::Fragment(name, self.selection_sets()?))
    }

    /// The type after `on`. The engine takes `on` for a name if a comment follows it directly; we refuse to guess.
    fn type_name(&mut self) -> Result<(), Refused> {
        let gap = self.tokens.get(self.at.wrapping_sub(1)).zip(self.tokens.get(self.at));
        let between =
            gap.and_then(|(on, name)| self.query.get(on.end..name.start)).unwrap_or_default();
        if between.contains('#') {
            return Err(self.broken("a comment stands between `on` and its type"));
        }
        self.name().map(|_| ())
    }

    /// A selection set with everything inside it.
    fn selection_sets(&mut self) -> Result<Range<usize>, Refused> {
        let begin = self.selections.len();
        self.expect(b'{')?;
        let mut open = vec![OpenSet { parent: None, selections: 0 }];
        while let Some(set) = open.last_mut() {
            if self.take(b'}') {
                if set.selections == 0 {
                    return Err(self.broken("a selection is empty"));
                }
                open.pop();
                continue;
            }
            set.selections += 1;
            let parent = set.parent;
            let what = self.selection()?;
            let opens = !matches!(what, What::Spread(_)) && self.take(b'{');
            self.selections.push(Selection { what, parent });
            if opens {
                open.push(OpenSet { parent: Some(self.selections.len() - 1), selections: 0 });
            }
        }
        Ok(begin..self.selections.len())
    }

    /// One selection up to, and without, the selection set it may have.
    fn selection(&mut self) -> Result<What<'a>, Refused> {
        if self.peek() != Some(Kind::Spread) {
            return self.field();
        }
        self.at += 1;
        if self.peek() == Some(Kind::Name) {
            let name = self.name()?;
            if name != "on" {
                self.directives()?;
                return Ok(What::Spread(name));
            }
            self.type_name()?;
        }
        self.directives()?;
        if self.sees(b'{') {
            Ok(What::Inline)
        } else {
            Err(self.broken("an inline fragment selects nothing"))
        }
    }

    fn field(&mut self) -> Result<What<'a>, Refused> {
        let first = self.name()?;
        let (alias, name) =
            if self.take(b':') { (Some(first), self.name()?) } else { (None, first) };
        let page = self.arguments()?;
        self.directives()?;
        Ok(What::Field { name, alias, page })
    }

    fn directives(&mut self) -> Result<(), Refused> {
        let mut count = 0;
        while self.take(b'@') {
            count += 1;
            self.allow_directives(count)?;
            self.name()?;
            self.arguments()?;
        }
        Ok(())
    }

    fn allow_directives(&self, count: usize) -> Result<(), Refused> {
        if count <= self.limits.directives {
            return Ok(());
        }
        Err(Refused::too_complex(format!(
            "more than {} directives stand in one place",
            self.limits.directives
        )))
    }

    /// Arguments in brackets, if there are any, and the page size that they ask for.
    fn arguments(&mut self) -> Result<Page<'a>, Refused> {
        let mut page = Page::Unsaid;
        if !self.take(b'(') {
            return Ok(page);
        }
        loop {
            let name = self.name()?;
            self.expect(b':')?;
            let value = self.value()?;
            if matches!(name, "first" | "last" | "ids") {
                page = larger(page, value);
            }
            if self.take(b')') {
                return Ok(page);
            }
        }
    }

    /// Steps over a value: a whole number and a list tell their size, a variable its name.
    fn value(&mut self) -> Result<Page<'a>, Refused> {
        let Some(token) = self.tokens.get(self.at).copied() else {
            return Err(self.broken("a value is missing"));
        };
        self.at += 1;
        match token.kind {
            Kind::Mark(b'$') => Ok(Page::Variable(self.name()?)),
            // A negative number is for the engine to refuse; more digits than fit are more than any limit.
            Kind::Int if token.text(self.query).starts_with('-') => Ok(Page::Literal(0)),
            Kind::Int => Ok(Page::Literal(token.text(self.query).parse().unwrap_or(u64::MAX))),
            Kind::Name | Kind::Float | Kind::Text => Ok(Page::Unsaid),
            Kind::Mark(b'[' | b'{') => {
                let inside = token.partner.saturating_sub(self.at);
                self.at = token.partner + 1;
                Ok(Page::Literal(inside as u64))
            }
            _ => Err(broken(self.query, token.start, "a value was expected")),
        }
    }

    /// The variables of an operation. Types and default values are the engine's business; directives are counted.
    fn variables(&mut self) -> Result<(), Refused> {
        if !self.sees(b'(') {
            return Ok(());
        }
        let close = self.tokens.get(self.at).map_or(0, |token| token.partner);
        self.at += 1;
        let mut directives = 0;
        while self.at < close {
            if self.take(b'$') {
                directives = 0;
                self.name()?;
                self.expect(b':')?;
            } else if self.take(b'@') {
                directives += 1;
                self.allow_directives(directives)?;
                self.name()?;
                self.arguments()?;
            } else {
                self.step_over();
            }
        }
        self.expect(b')')
    }

    /// Steps over one token, or over a bracket with all that is in it.
    fn step_over(&mut self) {
        match self.tokens.get(self.at) {
            Some(token) if matches!(token.kind, Kind::Mark(b'[' | b'{' | b'(')) => {
                self.at = token.partner + 1
            }
            _ => self.at += 1,
        }
    }

    fn peek(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    fn sees(&self, mark: u8) -> bool {
        self.peek() == Some(Kind::Mark(mark))
    }

    fn take(&mut self, mark: u8) -> bool {
        let found = self.sees(mark);
        if found {
            self.at += 1;
        }
        found
    }

    fn expect(&mut self, mark: u8) -> Result<(), Refused> {
        if self.take(mark) {
            Ok(())
        } else {
            Err(self.broken(&format!("`{}` was expected", char::from(mark))))
        }
    }

    fn name(&mut self) -> Result<&'a str, Refused> {
        match self.tokens.get(self.at) {
            Some(token) if token.kind == Kind::Name => {
                self.at += 1;
                Ok(token.text(self.query))
            }
            _ => Err(self.broken("a name was expected")),
        }
    }

    fn broken(&self, what: &str) -> Refused {
        let at = self.tokens.get(self.at).map_or(self.query.len(), |token| token.start);
        broken(self.query, at, what)
    }
}

/// The larger of two page sizes; a variable, whose value may be anything, beats a literal.
fn larger<'a>(one: Page<'a>, other: Page<'a>) -> Page<'a> {
    match (one, other) {
        (Page::Unsaid, page) | (page, Page::Unsaid) => page,
        (Page::Literal(one), Page::Literal(other)) => Page::Literal(one.max(other)),
        (Page::Variable(name), _) | (_, Page::Variable(name)) => Page::Variable(name),
    }
}

//! What of a thing is selected, fragments and variables resolved.

use std::collections::BTreeSet;

use async_graphql::{Context, SelectionField, Value};

/// The fields under which something is selected; several where it is selected several times.
pub struct Selection<'a>(Vec<SelectionField<'a>>);

impl<'a> Selection<'a> {
    /// What is selected of the present field.
    #[must_use]
    pub fn of(ctx: &'a Context<'_>) -> Self {
        Self(vec![ctx.field()])
    }

    /// What is selected below the fields with this name, whatever their aliases.
    #[must_use]
    pub fn below(&self, name: &str) -> Self {
        Self(self.fields().filter(|field| field.name() == name).collect())
    }

    /// What is selected of the rows of a connection, by `nodes` and by `edges`.
    #[must_use]
    pub fn nodes(&self) -> Self {
        let mut rows = self.below("nodes");
        rows.0.extend(self.below("edges").below("node").0);
        rows
    }

    /// Whether one of these is selected.
    #[must_use]
    pub fn has(&self, names: &[&str]) -> bool {
        self.fields().any(|field| names.contains(&field.name()))
    }

    /// Whether anything beside these is selected.
    #[must_use]
    pub fn has_beside(&self, names: &[&str]) -> bool {
        self.fields().any(|field| !names.contains(&field.name()))
    }

    /// Whether it is selected at all.
    #[must_use]
    pub fn is_there(&self) -> bool {
        !self.0.is_empty()
    }

    /// The arguments, where it is selected with the same ones everywhere.
    #[must_use]
    pub fn arguments(&self) -> Option<Vec<(String, Value)>> {
        let mut ways = BTreeSet::new();
        let mut arguments = None;
        for field in &self.0 {
            let given = field.arguments().ok()?;
            let given: Vec<(String, Value)> =
                given.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
            ways.insert(format!("{given:?}"));
            arguments = Some(given);
        }
        arguments.filter(|_| ways.len() == 1)
    }

    fn fields(&self) -> impl Iterator<Item = SelectionField<'a>> {
        self.0.iter().flat_map(SelectionField::selection_set).filter(is_kept)
    }
}

/// Neither skipped nor left out. (What a fragment leaves out is read in vain, not wrongly.)
fn is_kept(field: &SelectionField<'_>) -> bool {
    let Ok(directives) = field.directives() else { return true };
    directives.iter().all(|directive| {
        let condition = directive.get_argument("if");
        let holds = matches!(condition.map(|it| &it.node), Some(Value::Boolean(true)));
        match directive.name.node.as_str() {
            "skip" => !holds,
            "include" => holds,
            _ => true,
        }
    })
}

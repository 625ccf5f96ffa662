//! Says of an operation what the HTTP layer has to know.

use std::ops::Range;

use super::{
    Operation,
    document::{Document, OperationText, What},
    measure::Sum,
};

/// An operation that was allowed, with its root fields and its sum.
pub(super) fn operation(
    document: &Document<'_>,
    operation: &OperationText<'_>,
    sum: &Sum,
) -> Operation {
    Operation {
        name: operation.name.map(str::to_owned),
        kind: operation.kind,
        root_fields: root_fields(document, &operation.selections),
        selections: sum.selections,
        depth: sum.depth,
        aliases: sum.aliases,
        cost: sum.cost(operation.kind),
        introspects: sum.introspects(),
    }
}

/// Names of the fields at the root, each once, looking through inline fragments and each fragment once.
fn root_fields(document: &Document<'_>, selections: &Range<usize>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut seen = vec![false; document.fragments.len()];
    let mut pending = vec![selections.clone()];
    while let Some(range) = pending.pop() {
        let mut at_root = vec![false; range.len()];
        for index in range.clone() {
            let selection = &document.selections[index];
            if !selection.parent.is_none_or(|parent| at_root[parent - range.start]) {
                continue;
            }
            match selection.what {
                What::Field { name, .. } if !names.iter().any(|known| known == name) => {
                    names.push(name.to_owned())
                }
                What::Field { .. } => {}
                What::Inline => at_root[index - range.start] = true,
                What::Spread(name) => {
                    if let Some(&used) = document.fragment_names.get(name)
                        && !std::mem::replace(&mut seen[used], true)
                    {
                        pending.push(document.fragments[used].clone());
                    }
                }
            }
        }
    }
    names
}

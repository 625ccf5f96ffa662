//! Adds up what a document asks for: each fragment once, whatever uses it first, then each operation.

use std::ops::Range;

use super::{
    Introspects, Limits, Operation, OperationKind, Refused, describe,
    document::{Document, Page, Selection, What},
};

/// The mutations that open, prolong or end a session. One document may carry one of them, once, so that guesses at
/// passwords, PINs and codes cannot be packed.
const SESSION_MUTATIONS: [&str; 7] = [
    "signInStart",
    "signInComplete",
    "signInByPassword",
    "signInByPin",
    "signInByLink",
    "sessionRefresh",
    "signOut",
];

/// Lists of the introspection schema that lead from types to types.
const INTROSPECTION_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

/// A page of the log is short or long, but so many facts are judged for it at most.
const LOG_COST: u64 = 500;
/// What `__schema` or `__type` costs, whatever is selected in it.
const INTROSPECTION_COST: u64 = 100;

/// What a root field costs besides its content.
const fn root_cost(kind: OperationKind) -> u64 {
    match kind {
        OperationKind::Mutation => 10,
        OperationKind::Query | OperationKind::Subscription => 1,
    }
}

/// Measures all operations and holds them against the limits.
pub(super) fn operations(
    document: &Document<'_>,
    limits: &Limits,
    page_size: &dyn Fn(&str) -> Option<u64>,
) -> Result<Vec<Operation>, Refused> {
    let mut scale = Scale {
        document,
        limits,
        page_size,
        fragments: vec![Sum::default(); document.fragments.len()],
    };
    scale.weigh_fragments()?;
    let mut all = Sum::default();
    let mut operations = Vec::with_capacity(document.operations.len());
    for operation in &document.operations {
        let sum = scale.weigh(&operation.selections);
        allow(&sum, operation.kind, limits)?;
        all.selections = all.selections.saturating_add(sum.selections);
        all.aliases = all.aliases.saturating_add(sum.aliases);
        if operation.kind == OperationKind::Mutation {
            all.session_mutations = all.session_mutations.saturating_add(sum.session_mutations);
        }
        operations.push((operation, sum));
    }
    allow_together(&all, limits)?;
    Ok(operations
        .into_iter()
        .map(|(operation, sum)| describe::operation(document, operation, &sum))
        .collect())
}

/// What a set of selections amounts to, everything below it and all fragments included.
#[derive(Debug, Clone, Default)]
pub(super) struct Sum {
    pub(super) selections: u64,
    pub(super) aliases: u64,
    pub(super) depth: u64,
    /// Cost of what `nodes` and `edges` select at this level: there once for each object of the page.
    listed_cost: u64,
    /// Cost of everything else.
    plain_cost: u64,
    /// How many `nodes` and `edges` there are at this level.
    listed: u64,
    /// Fields at this level, fragments at this level expanded; and those of them that are of special interest.
    fields: u64,
    session_mutations: u64,
    introspection: u64,
    typenames: u64,
    /// Greatest nesting of introspection lists, and of `fields`, below this level.
    type_lists: u64,
    type_fields: u64,
    /// The greatest of both under any `__schema` or `__type`.
    schema_lists: u64,
    schema_fields: u64,
}

impl Sum {
    /// Adds what stands beside it in the same selection set.
    fn add(&mut self, other: &Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.depth = self.depth.max(other.depth);
        self.listed_cost = self.listed_cost.saturating_add(other.listed_cost);
        self.plain_cost = self.plain_cost.saturating_add(other.plain_cost);
        self.listed = self.listed.saturating_add(other.listed);
        self.fields = self.fields.saturating_add(other.fields);
        self.session_mutations = self.session_mutations.saturating_add(other.session_mutations);
        self.introspection = self.introspection.saturating_add(other.introspection);
        self.typenames = self.typenames.saturating_add(other.typenames);
        self.type_lists = self.type_lists.max(other.type_lists);
        self.type_fields = self.type_fields.max(other.type_fields);
        self.schema_lists = self.schema_lists.max(other.schema_lists);
        self.schema_fields = self.schema_fields.max(other.schema_fields);
    }

    pub(super) fn cost(&self, kind: OperationKind) -> u64 {
        let content = self.plain_cost.saturating_add(self.listed_cost);
        content.saturating_add(self.fields.saturating_mul(root_cost(kind)))
    }

    pub(super) fn introspects(&self) -> Introspects {
        match self.introspection {
            0 => Introspects::No,
            some if some.saturating_add(self.typenames) == self.fields => Introspects::Only,
            _ => Introspects::Partly,
        }
    }
}

struct Scale<'d> {
    document: &'d Document<'d>,
    limits: &'d Limits,
    page_size: &'d dyn Fn(&str) -> Option<u64>,
    /// The sums of the fragments that have been weighed.
    fragments: Vec<Sum>,
}

impl Scale<'_> {
    /// Weighs each fragment once, those first that use no other. What is left over uses itself.
    fn weigh_fragments(&mut self) -> Result<(), Refused> {
        let (mut waits_for, used_by) = self.uses();
        let mut ready: Vec<usize> =
            (0..waits_for.len()).filter(|&index| waits_for[index] == 0).collect();
        let mut weighed = 0;
        while let Some(index) = ready.pop() {
            weighed += 1;
            let sum = self.weigh(&self.document.fragments[index]);
            allow_fragment(&sum, self.limits)?;
            self.fragments[index] = sum;
            for &user in &used_by[index] {
                waits_for[user] -= 1;
                if waits_for[user] == 0 {
                    ready.push(user);
                }
            }
        }
        if weighed < waits_for.len() {
            return Err(Refused::too_complex("fragments spread each other in a circle"));
        }
        Ok(())
    }

    /// For each fragment: how many spreads of fragments it has, and which fragments spread it, once for each spread.
    fn uses(&self) -> (Vec<usize>, Vec<Vec<usize>>) {
        let mut waits_for = vec![0; self.document.fragments.len()];
        let mut used_by = vec![Vec::new(); self.document.fragments.len()];
        for (user, selections) in self.document.fragments.iter().enumerate() {
            for selection in &self.document.selections[selections.clone()] {
                if let Some(used) = self.spread(selection) {
                    waits_for[user] += 1;
                    used_by[used].push(user);
                }
            }
        }
        (waits_for, used_by)
    }

    /// The fragment that a selection spreads, if it is a spread of one that exists; the engine names missing ones.
    fn spread(&self, selection: &Selection<'_>) -> Option<usize> {
        match selection.what {
            What::Spread(name) => self.document.fragment_names.get(name).copied(),
            What::Field { .. } | What::Inline => None,
        }
    }

    /// Adds up one operation or fragment from its last selection to its first, so that children come before parents.
    fn weigh(&self, selections: &Range<usize>) -> Sum {
        let mut total = Sum::default();
        let mut inside = vec![Sum::default(); selections.len()];
        for index in selections.clone().rev() {
            let selection = &self.document.selections[index];
            let content = std::mem::take(&mut inside[index - selections.start]);
            let sum = match &selection.what {
                What::Field { name, alias, page } => {
                    self.field(name, *page, &content).aliased(*alias)
                }
                What::Inline => content,
                What::Spread(_) => self
                    .spread(selection)
                    .map(|used| self.fragments[used].clone())
                    .unwrap_or_default(),
            };
            let sum = Sum { selections: sum.selections.saturating_add(1), ..sum };
            match selection.parent {
                Some(parent) => inside[parent - selections.start].add(&sum),
                None => total.add(&sum),
            }
        }
        total
    }

    /// A field around its content.
    fn field(&self, name: &str, page: Page<'_>, content: &Sum) -> Sum {
        let cost = self.field_cost(name, page, content);
        let listed = matches!(name, "nodes" | "edges");
        let introspection = matches!(name, "__schema" | "__type");
        Sum {
            selections: content.selections,
            aliases: content.aliases,
            depth: content.depth.saturating_add(1),
            listed_cost: if listed { cost } else { 0 },
            plain_cost: if listed { 0 } else { cost },
            listed: u64::from(listed),
            fields: 1,
            session_mutations: u64::from(SESSION_MUTATIONS.contains(&name)),
            introspection: u64::from(introspection),
            typenames: u64::from(name == "__typename"),
            type_lists: content
                .type_lists
                .saturating_add(u64::from(INTROSPECTION_LISTS.contains(&name))),
            type_fields: content.type_fields.saturating_add(u64::from(name == "fields")),
            schema_lists: content.schema_lists.max(if introspection {
                content.type_lists
            } else {
                0
            }),
            schema_fields: content.schema_fields.max(if introspection {
                content.type_fields
            } else {
                0
            }),
        }
    }

    fn field_cost(&self, name: &str, page: Page<'_>, content: &Sum) -> u64 {
        if matches!(name, "__schema" | "__type") {
            return INTROSPECTION_COST;
        }
        let own = u64::from(content.selections > 0) + if name == "facts" { LOG_COST } else { 0 };
        let size = match page {
            Page::Literal(size) => Some(size),
            Page::Variable(name) => {
                Some((self.page_size)(name).unwrap_or(self.limits.largest_page))
            }
            Page::Unsaid => None,
        };
        if content.listed > 0 {
            let listed =
                content.listed_cost.saturating_mul(size.unwrap_or(self.limits.default_page));
            return own.saturating_add(content.plain_cost).saturating_add(listed);
        }
        // A list that is no connection: the whole content is there once for each object.
        own.saturating_add(content.plain_cost).saturating_mul(size.unwrap_or(1).max(1))
    }
}

impl Sum {
    fn aliased(mut self, alias: Option<&str>) -> Self {
        self.aliases = self.aliases.saturating_add(u64::from(alias.is_some()));
        self
    }
}

fn allow(sum: &Sum, kind: OperationKind, limits: &Limits) -> Result<(), Refused> {
    let depth = match sum.introspects() {
        Introspects::Only => limits.introspection_depth,
        Introspects::No | Introspects::Partly => limits.depth,
    };
    if sum.depth > depth {
        return Err(Refused::too_complex(format!("fields are nested deeper than {depth}")));
    }
    if sum.schema_fields > 1 {
        return Err(Refused::too_complex("introspection asks for `fields` inside `fields`"));
    }
    if sum.schema_lists > limits.introspection_lists {
        let most = limits.introspection_lists;
        return Err(Refused::too_complex(format!(
            "introspection nests lists of types deeper than {most}"
        )));
    }
    if kind == OperationKind::Mutation && sum.fields > limits.mutation_fields {
        let most = limits.mutation_fields;
        return Err(Refused::too_complex(format!("a mutation has more than {most} root fields")));
    }
    if sum.cost(kind) > limits.cost {
        return Err(Refused::too_complex(format!("the operation costs more than {}", limits.cost)));
    }
    Ok(())
}

/// Fragments that no operation uses still pass the engine's validation, so they are bounded too.
fn allow_fragment(sum: &Sum, limits: &Limits) -> Result<(), Refused> {
    if sum.depth > limits.introspection_depth {
        return Err(Refused::too_complex(format!(
            "fields are nested deeper than {}",
            limits.depth
        )));
    }
    allow_together(&Sum { session_mutations: 0, ..sum.clone() }, limits)
}

fn allow_together(all: &Sum, limits: &Limits) -> Result<(), Refused> {
    if all.selections > limits.selections {
        let most = limits.selections;
        return Err(Refused::too_complex(format!(
            "the document has more than {most} selections, fragments expanded"
        )));
    }
    if all.aliases > limits.aliases {
        let most = limits.aliases;
        return Err(Refused::too_complex(format!(
            "the document has more than {most} aliases, fragments expanded"
        )));
    }
    if all.session_mutations > 1 {
        return Err(Refused::too_complex(
            "a document may have only one mutation that signs in, refreshes or signs out",
        ));
    }
    Ok(())
}

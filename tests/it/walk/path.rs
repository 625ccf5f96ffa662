//! Documents made from what introspection tells: every field of a type, every edge from it, and all
//! fields behind that edge.
//!
//! A type that is a `Node` is a station: the walk comes back to it by its id, so behind an edge only
//! its own fields and the ids one edge further are asked for. What is no `Node` (comments, links,
//! items of plans) is asked for whole wherever it stands.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::schema::{introspected, list, text};

/// Objects of a page below the first level.
const INNER_PAGE: u64 = 4;
/// Selections of one document, below what the pre-scan allows.
const SELECTIONS: u64 = 400;
/// Cost of one document, below what the pre-scan allows.
const COST: u64 = 4_500;

/// Names of one document, below what the pre-scan allows.
const ALIASES: usize = 28;

/// An argument that must be given.
const REQUIRED: &str = "NON_NULL";

#[derive(Debug)]
pub struct Field {
    pub name: String,
    /// The named type at the end of lists and non-nulls.
    pub of: String,
    pages: bool,
    turns: bool,
    /// Arguments that must be given.
    pub required: Vec<String>,
}

#[derive(Debug, Default)]
struct Type {
    fields: Vec<Field>,
    is_station: bool,
}

/// From which end pages are read: the first ones of many things are read in one go, all others each
/// for itself, so there are two ways to the same rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    First,
    Last,
}

/// The object types and interfaces of the schema.
#[derive(Debug)]
pub struct Paths {
    end: End,
    types: BTreeMap<String, Type>,
    roots: BTreeMap<&'static str, String>,
}

/// Part of a document.
#[derive(Clone, Debug, Default)]
pub struct Part {
    pub text: String,
    selections: u64,
    cost: u64,
}

impl Part {
    fn and(&mut self, other: &Self) {
        self.text.push(' ');
        self.text.push_str(&other.text);
        self.selections += other.selections;
        self.cost += other.cost;
    }

    fn leaf(name: &str) -> Self {
        Self { text: name.to_owned(), selections: 1, cost: 0 }
    }

    /// How many objects one document may ask for with this in each.
    pub fn at_once(&self) -> usize {
        usize::try_from((COST / (1 + self.cost)).clamp(1, 100)).expect("small")
    }
}

fn named(shape: &Value) -> String {
    let inner = &shape["ofType"];
    if inner.is_object() { named(inner) } else { text(shape, "name").to_owned() }
}

fn field(it: &Value) -> Field {
    let args = list(it, "args");
    let must =
        |arg: &&Value| text(&arg["type"], "kind") == REQUIRED && arg["defaultValue"].is_null();
    Field {
        name: text(it, "name").to_owned(),
        of: named(&it["type"]),
        pages: args.iter().any(|arg| text(arg, "name") == "first"),
        turns: args.iter().any(|arg| text(arg, "name") == "last"),
        required: args.iter().filter(must).map(|arg| text(arg, "name").to_owned()).collect(),
    }
}

impl Paths {
    /// Reads the schema as it tells itself.
    pub async fn read(end: End) -> Self {
        let schema = introspected().await;
        let mut types = BTreeMap::new();
        for it in list(&schema, "types") {
            if !matches!(text(it, "kind"), "OBJECT" | "INTERFACE")
                || text(it, "name").starts_with('_')
            {
                continue;
            }
            let is_station = list(it, "interfaces").iter().any(|it| text(it, "name") == "Node");
            let fields = list(it, "fields").iter().map(field).collect();
            types.insert(text(it, "name").to_owned(), Type { fields, is_station });
        }
        // What only stations implement is one itself.
        let submission = types.get_mut("Submission").expect("the interface");
        submission.is_station = true;
        let root = |name: &str| text(&schema[name], "name").to_owned();
        let roots = BTreeMap::from([
            ("query", root("queryType")),
            ("subscription", root("subscriptionType")),
        ]);
        Self { end, types, roots }
    }

    /// Fields of a root: `query` or `subscription`.
    pub fn roots(&self, of: &str) -> &[Field] {
        &self.types[&self.roots[of]].fields
    }

    /// Whether the walk comes back to things of this type by their id.
    pub fn is_station(&self, name: &str) -> bool {
        self.types.get(name).is_some_and(|it| it.is_station)
    }

    fn is_object(&self, name: &str) -> bool {
        self.types.contains_key(name)
    }

    /// The type that a connection has pages of.
    fn paged(&self, name: &str) -> Option<&str> {
        let nodes = self.types.get(name)?.fields.iter().find(|it| it.name == "nodes")?;
        Some(&nodes.of)
    }

    /// All of a type that no argument is missing for: its own fields, and `further` edges behind
    /// each. In parts, so that each fits into a document.
    pub fn parts(&self, name: &str, further: usize) -> Vec<Part> {
        let mut above = vec![name.to_owned()];
        let members = self.members(name, (further, &mut above));
        self.gathered(name, members)
    }

    /// What every object says of itself.
    fn head(&self, name: &str) -> Part {
        let mut head = Part::leaf("__typename");
        if self.types[name].fields.iter().any(|it| it.name == "id") {
            head.and(&Part::leaf("id"));
        }
        head
    }

    fn members(&self, name: &str, (further, above): (usize, &mut Vec<String>)) -> Vec<Part> {
        let fields = self.types[name].fields.iter();
        let mut members = Vec::new();
        for field in fields.filter(|it| it.name != "id" && it.required.is_empty()) {
            if self.is_object(&field.of) {
                members.extend(self.edge(field, (further, above)));
            } else {
                members.push(Part::leaf(&field.name));
            }
        }
        members
    }

    /// An edge with what stands behind it, in as many parts as that takes.
    fn edge(&self, field: &Field, (further, above): (usize, &mut Vec<String>)) -> Vec<Part> {
        let of = self.paged(&field.of).unwrap_or(&field.of);
        let inner = self.inner(of, (further, above));
        inner.iter().map(|part| self.around(field, INNER_PAGE, part)).collect()
    }

    /// What stands behind an edge: nothing where it would only come back to itself.
    fn inner(&self, of: &str, (further, above): (usize, &mut Vec<String>)) -> Vec<Part> {
        let station = self.is_station(of);
        if station && further == 0 {
            return vec![self.head(of)];
        }
        if !station && above.iter().any(|it| it == of) {
            return Vec::new();
        }
        above.push(of.to_owned());
        let next = if station { further - 1 } else { further };
        let members = self.members(of, (next, above));
        above.pop();
        self.gathered(of, members)
    }

    /// As few parts as fit into documents.
    fn gathered(&self, name: &str, members: Vec<Part>) -> Vec<Part> {
        let mut parts = vec![self.head(name)];
        for member in members {
            let last = parts.last().expect("one at least");
            if last.selections + member.selections > SELECTIONS
                || last.cost + member.cost > COST / 8
            {
                parts.push(self.head(name));
            }
            parts.last_mut().expect("one at least").and(&member);
        }
        parts
    }

    /// A field with a page of `inner`, or with one.
    pub fn around(&self, field: &Field, page: u64, inner: &Part) -> Part {
        self.called(field, (page, ""), inner)
    }

    /// As [`Paths::around`], with arguments beside the page.
    pub fn called(&self, field: &Field, (page, said): (u64, &str), inner: &Part) -> Part {
        let side = if self.end == End::Last && field.turns { "last" } else { "first" };
        let size = if field.pages { format!("{side}: {page}") } else { String::new() };
        let args = [said.to_owned(), size].into_iter().filter(|it| !it.is_empty());
        let args = args.collect::<Vec<_>>().join(", ");
        let args = if args.is_empty() { args } else { format!("({args})") };
        let (name, text) = (&field.name, &inner.text);
        let size = if field.pages { page } else { 1 };
        let mut part = Part {
            text: format!("{name}{args} {{ {text} }}"),
            selections: 1 + inner.selections,
            cost: (1 + inner.cost) * size,
        };
        if self.paged(&field.of).is_some() {
            let counted = self.types[&field.of].fields.iter().any(|it| it.name == "totalCount");
            let total = if counted { "totalCount " } else { "" };
            part.text = format!("{name}{args} {{ {total}nodes {{ {text} }} }}");
            part.selections += 2;
            part.cost += 1;
        }
        part
    }

    /// What is asked of a root field: a long page of ids, then a short one with all that the objects
    /// say and the ids one edge further.
    pub fn of_root(&self, field: &Field, said: &str) -> Vec<Part> {
        if !self.is_object(&field.of) {
            let args = if said.is_empty() { String::new() } else { format!("({said})") };
            return vec![Part::leaf(&format!("{}{args}", field.name))];
        }
        let of = self.paged(&field.of).unwrap_or(&field.of);
        let mut asked = vec![self.called(field, (100, said), &self.head(of))];
        for part in self.parts(of, 0) {
            asked.push(self.called(field, (INNER_PAGE, said), &part));
        }
        asked
    }
}

/// As few documents as hold all of these, each under a name of its own.
pub fn documents(asked: &[Part]) -> Vec<String> {
    let mut documents = vec![Part::default()];
    let mut names = 0;
    for part in asked {
        let last = documents.last().expect("one at least");
        let full = last.selections + part.selections > SELECTIONS + 60;
        if full || last.cost + part.cost + 30 > COST || names == ALIASES {
            documents.push(Part::default());
            names = 0;
        }
        names += 1;
        let text = format!("a{names}: {}", part.text);
        documents.last_mut().expect("one at least").and(&Part { text, ..part.clone() });
    }
    documents.into_iter().map(|it| format!("{{ {} }}", it.text)).collect()
}

#[tokio::test]
async fn every_field_of_a_submission_is_asked_for() {
    let paths = Paths::read(End::First).await;
    let parts = paths.parts("Idea", 1);
    let whole: String = parts.iter().map(|it| it.text.as_str()).collect();
    for name in
        ["revisions", "twins", "plan", "trials", "outcomes", "photos", "comments", "history"]
    {
        assert!(whole.contains(&format!(" {name}")), "{name}: {whole}");
    }
    assert!(whole.contains("mergedInto { __typename id"), "{whole}");
    assert!(parts.iter().all(|it| it.selections < 480 && it.at_once() > 5), "{parts:?}");
}

//! Documents and values of every shape that the schema knows.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Seen;
use super::chance::Chance;
use crate::schema::{introspected, list, text, written};

/// How deep inputs nest before only what must be given is given.
const DEEP: usize = 5;

/// Texts that were trouble somewhere.
const TEXTS: [&str; 34] = [
    "",
    " ",
    "\t\n",
    "a",
    "The bins at ward 4 are full every Friday.",
    "Zażółć gęślą jaźń",
    "病院の待ち時間",
    "🏥👩🏽‍⚕️",
    "\u{202e}gnp.exe",
    "e\u{301}\u{301}\u{301}",
    "\0",
    "a\0b",
    "\u{1}\u{1b}[2J",
    "\u{feff}",
    "\u{200b}",
    "' OR 1=1; --",
    "\"; DROP TABLE person; --",
    "%",
    "_%\\",
    "\\",
    "*",
    "a* OR b",
    "NEAR(a b)",
    "\"unclosed",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "javascript:alert(1)",
    "https://example.org/x?y=1",
    "ana@harbour.example",
    "not@mail@",
    "EAR-1",
    "2026-02-30",
    "-0",
    "1e999",
];
const INSTANTS: [&str; 11] = [
    "2026-03-02T09:00:00Z",
    "2026-09-01T00:00:00+02:00",
    "2027-01-01T00:00:00.000001Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z",
    "-9999-01-01T00:00:00Z",
    "+12026-01-01T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-03-29T02:30:00+01:00",
    "1969-12-31T23:59:60Z",
    "yesterday",
];
const DATES: [&str; 9] = [
    "2026-03-02",
    "2026-12-24",
    "2025-09-01",
    "0001-01-01",
    "9999-12-31",
    "-9999-01-01",
    "2026-02-30",
    "2028-02-29",
    "today",
];
const NUMBERS: [i64; 15] =
    [0, 1, 2, 3, 5, 10, 24, 60, 100, 101, -1, -100, 2_147_483_647, -2_147_483_648, 2_147_483_648];

/// The schema as it tells itself.
pub struct Shapes {
    types: BTreeMap<String, Value>,
    query: String,
    mutation: String,
}

/// A document with its variables.
pub type Asked = (String, Value);

impl Shapes {
    pub async fn read() -> Self {
        let schema = introspected().await;
        let types = list(&schema, "types");
        let types = types.iter().map(|it| (text(it, "name").to_owned(), it.clone())).collect();
        let root = |name: &str| text(&schema[name], "name").to_owned();
        Self { types, query: root("queryType"), mutation: root("mutationType") }
    }

    pub fn queries(&self) -> &[Value] {
        list(&self.types[&self.query], "fields")
    }

    pub fn mutations(&self) -> &[Value] {
        list(&self.types[&self.mutation], "fields")
    }

    /// What a list can be ordered by.
    pub fn orders(&self, field: &Value) -> Vec<String> {
        let order = list(field, "args").iter().find(|it| text(it, "name") == "orderBy");
        let Some(order) = order else { return Vec::new() };
        let name = written(&order["type"]).replace(['[', ']', '!'], "");
        let by = list(&self.types[&name], "inputFields").iter();
        let by = by.filter(|it| text(it, "name") == "field").map(|it| written(&it["type"]));
        let values = by.flat_map(|it| list(&self.types[&it.replace('!', "")], "enumValues"));
        values.map(|it| text(it, "name").to_owned()).collect()
    }

    /// One field of a root with chance's arguments.
    pub fn asked(&self, (kind, field): (&str, &Value), with: (&mut Chance, &Seen)) -> Asked {
        let (chance, seen) = with;
        let (mut declared, mut given, mut variables) = (Vec::new(), Vec::new(), Map::new());
        for argument in list(field, "args") {
            let (name, shape) = (text(argument, "name"), written(&argument["type"]));
            if !shape.ends_with('!') && chance.below(3) == 0 {
                continue;
            }
            declared.push(format!("${name}: {shape}"));
            given.push(format!("{name}: ${name}"));
            variables.insert(name.to_owned(), self.argument(argument, (chance, seen)));
        }
        let in_brackets = |parts: Vec<String>| {
            if parts.is_empty() { String::new() } else { format!("({})", parts.join(", ")) }
        };
        let selection = self.selection(&field["type"], (chance, 2));
        let call = format!("{}{}", text(field, "name"), in_brackets(given));
        (format!("{kind}{} {{ {call}{selection} }}", in_brackets(declared)), json!(variables))
    }

    /// Sizes of pages are mostly sound, so that the rest is reached.
    fn argument(&self, argument: &Value, (chance, seen): (&mut Chance, &Seen)) -> Value {
        match text(argument, "name") {
            "first" if !chance.once_in(20) => json!(chance.below(12)),
            "last" | "before" if !chance.once_in(8) => Value::Null,
            "after" if !chance.once_in(8) => Value::Null,
            _ => self.value(&argument["type"], (chance, seen), 0),
        }
    }

    /// Leaves of a type, and of a few things behind it.
    pub fn selection(&self, shape: &Value, (chance, depth): (&mut Chance, usize)) -> String {
        let inner = &shape["ofType"];
        if inner.is_object() {
            return self.selection(inner, (chance, depth));
        }
        let named = &self.types[text(shape, "name")];
        if !matches!(text(named, "kind"), "OBJECT" | "INTERFACE") {
            return if text(named, "kind") == "UNION" {
                " { __typename }".into()
            } else {
                String::new()
            };
        }
        let mut parts = vec![String::from("__typename")];
        for field in list(named, "fields") {
            let must = |it: &Value| {
                text(&it["type"], "kind") == "NON_NULL" && it["defaultValue"].is_null()
            };
            if list(field, "args").iter().any(must) {
                continue;
            }
            let leaf = self.is_leaf(&field["type"]);
            let chosen = leaf || matches!(text(field, "name"), "userErrors" | "nodes" | "pageInfo");
            if chosen || (depth > 0 && chance.once_in(4)) {
                let below = self.selection(&field["type"], (chance, depth.saturating_sub(1)));
                parts.push(format!("{}{below}", text(field, "name")));
            }
        }
        format!(" {{ {} }}", parts.join(" "))
    }

    fn is_leaf(&self, shape: &Value) -> bool {
        let inner = &shape["ofType"];
        if inner.is_object() {
            return self.is_leaf(inner);
        }
        matches!(text(shape, "kind"), "SCALAR" | "ENUM")
    }

    /// A value of a type: mostly sound, sometimes not.
    fn value(&self, shape: &Value, (chance, seen): (&mut Chance, &Seen), depth: usize) -> Value {
        match text(shape, "kind") {
            "NON_NULL" if chance.once_in(200) => Value::Null,
            "NON_NULL" => match self.value(&shape["ofType"], (chance, seen), depth) {
                Value::Null => self.value(&shape["ofType"], (chance, seen), depth),
                value => value,
            },
            _ if chance.once_in(30) => Value::Null,
            "LIST" => {
                let many = if chance.once_in(40) { 120 } else { chance.below(4) };
                (0..many).map(|_| self.value(&shape["ofType"], (chance, seen), depth + 1)).collect()
            }
            _ if chance.once_in(300) => json!({"a": [1, "x"]}),
            "ENUM" => {
                let values = list(&self.types[text(shape, "name")], "enumValues");
                chance.of(values)["name"].clone()
            }
            "INPUT_OBJECT" => self.object(&self.types[text(shape, "name")], (chance, seen), depth),
            _ => scalar(text(shape, "name"), (chance, seen)),
        }
    }

    fn object(&self, named: &Value, (chance, seen): (&mut Chance, &Seen), depth: usize) -> Value {
        let fields = list(named, "inputFields");
        let mut object = Map::new();
        if text(named, "name") == "SubmissionBy" && !chance.once_in(10) {
            let field = chance.of(fields);
            let value = self.value(&field["type"], (chance, seen), depth + 1);
            return json!({ text(field, "name"): value });
        }
        let often = 1 + chance.below(5);
        for field in fields {
            let must = text(&field["type"], "kind") == "NON_NULL";
            let left_out =
                if must { chance.once_in(250) } else { depth > DEEP || !chance.once_in(often) };
            if !left_out {
                let value = self.value(&field["type"], (chance, seen), depth + 1);
                object.insert(text(field, "name").to_owned(), value);
            }
        }
        if chance.once_in(300) {
            object.insert("nobodyKnows".into(), json!(1));
        }
        Value::Object(object)
    }
}

fn scalar(name: &str, (chance, seen): (&mut Chance, &Seen)) -> Value {
    match name {
        "Int" => json!(chance.of(&NUMBERS)),
        "Float" => json!(*chance.of(&[0.0, 1.5, -2.25, 1e300, -1e-300, 12_345_678.9])),
        "Boolean" => json!(chance.once_in(2)),
        "DateTime" => json!(chance.of(&INSTANTS)),
        "Date" => json!(chance.of(&DATES)),
        "ID" => id((chance, seen)),
        _ => string(chance),
    }
}

fn id((chance, seen): (&mut Chance, &Seen)) -> Value {
    if chance.once_in(20) {
        return string(chance);
    }
    let Some(id) = seen.any(chance).map(str::to_owned) else { return string(chance) };
    if !chance.once_in(20) {
        return json!(id);
    }
    let (_, rest) = id.rsplit_once('_').unwrap_or_default();
    json!(format!("{}_{rest}", chance.of(&["sub", "person", "unit", "cause", "action", "x", ""])))
}

fn string(chance: &mut Chance) -> Value {
    let text = *chance.of(&TEXTS);
    match chance.below(30) {
        0 => json!(text.repeat(3_000)),
        1 => json!(format!("{text}{}", chance.of(&TEXTS))),
        2 => json!("x".repeat(1 + chance.below(300))),
        _ => json!(text),
    }
}

//! docs/SCHEMA-CHANGES.md: what changed from release to release, and since. Written from `api/released/` and the schema
//! that is served, so that it is whole; what is breaking is judged by somebody else's tool (tests/conformance).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use earshot::http::docs::model::{Catalogue, Kind, Member};
use serde::Deserialize;

use crate::documentation::current;

fn released() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/released")
}

/// Changes that break, and why they were made.
#[derive(Deserialize)]
struct Broken {
    why: String,
    changes: Vec<String>,
}

/// Versions with a schema, oldest first.
fn versions() -> Vec<String> {
    let files = std::fs::read_dir(released()).expect("api/released").flatten();
    let mut found: Vec<String> = files
        .filter_map(|file| {
            let name = file.file_name().into_string().ok()?;
            Some(name.strip_prefix("schema-")?.strip_suffix(".graphql")?.to_owned())
        })
        .collect();
    found.sort_by_key(|it| {
        it.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>()
    });
    found
}

/// A schema as lists of members by type, the roots among them.
struct Shape(BTreeMap<String, (&'static str, Vec<Member>)>);

impl Shape {
    fn of(sdl: &str) -> Self {
        let catalogue = Catalogue::read(sdl).expect("a schema");
        let roots = [
            ("Query", catalogue.queries),
            ("Mutation", catalogue.mutations),
            ("Subscription", catalogue.subscriptions),
        ];
        let mut types: BTreeMap<_, _> = catalogue
            .types
            .into_values()
            .map(|it| (it.name, (it.kind.word(), it.members)))
            .collect();
        types.extend(roots.map(|(name, fields)| (name.to_owned(), (Kind::Object.word(), fields))));
        Self(types)
    }

    /// Members by path: `Type.field`, and `Type.field(argument)`.
    fn members(&self) -> BTreeMap<String, &Member> {
        let mut found = BTreeMap::new();
        for (name, (_, members)) in &self.0 {
            for member in members {
                let path = format!("{name}.{}", member.name);
                for argument in &member.arguments {
                    found.insert(format!("{path}({})", argument.name), argument);
                }
                found.insert(path, member);
            }
        }
        found
    }
}

fn write_list(text: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        let _ = writeln!(text, "\n### {title}\n");
        for line in lines {
            let _ = writeln!(text, "- {line}");
        }
    }
}

/// What changed from one schema to the next.
fn changes(before: &Shape, after: &Shape, broken: &[Broken]) -> String {
    let (old, new) = (before.members(), after.members());
    let mut text = String::new();
    if !broken.is_empty() {
        text.push_str("\n### Broken, and why\n");
        for Broken { why, changes } in broken {
            let _ = write!(text, "\n{why}\n\n");
            for change in changes {
                let told = change.split_once(": ").map_or(change.as_str(), |(_, told)| told);
                let _ = writeln!(text, "- {}", told.replace('\'', "`"));
            }
        }
    }
    let deprecated = |members: &BTreeMap<String, &Member>| -> BTreeMap<String, String> {
        members
            .iter()
            .filter_map(|(path, it)| Some((path.clone(), it.deprecated.clone()?)))
            .collect()
    };
    let known = deprecated(&old);
    let newly = deprecated(&new).into_iter().filter(|(path, _)| !known.contains_key(path));
    let lines: Vec<_> = newly.map(|(path, why)| format!("`{path}`: {why}")).collect();
    write_list(&mut text, "Deprecated", &lines);

    let gone: Vec<_> = before.0.keys().filter(|it| !after.0.contains_key(*it)).collect();
    let mut lines: Vec<_> = gone.iter().map(|it| format!("`{it}`")).collect();
    let whole = |path: &str| path.split('.').next().is_some_and(|it| after.0.contains_key(it));
    lines.extend(
        old.keys().filter(|it| whole(it) && !new.contains_key(*it)).map(|it| format!("`{it}`")),
    );
    write_list(&mut text, "Removed", &lines);

    let changed = old.iter().filter_map(|(path, was)| {
        let is = new.get(path)?;
        let same = was.shape == is.shape && was.default == is.default;
        let told = |it: &Member| match &it.default {
            Some(default) => format!("`{} = {default}`", it.shape),
            None => format!("`{}`", it.shape),
        };
        (!same).then(|| format!("`{path}`: {} is now {}", told(was), told(is)))
    });
    write_list(&mut text, "Changed", &changed.collect::<Vec<_>>());
    write_list(&mut text, "New", &added(before, after, &old, &new));
    if text.is_empty() {
        text.push_str("\nNothing.\n");
    }
    text
}

/// What is there that was not: root fields, types, and members of types that were there.
fn added(
    before: &Shape,
    after: &Shape,
    old: &BTreeMap<String, &Member>,
    new: &BTreeMap<String, &Member>,
) -> Vec<String> {
    let fresh: BTreeSet<&String> = new.keys().filter(|it| !old.contains_key(*it)).collect();
    let mut members: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for path in &fresh {
        let Some((kind, rest)) = path.split_once('.') else { continue };
        // Arguments of what is new come with it.
        let argument = rest
            .split_once('(')
            .is_some_and(|(field, _)| fresh.contains(&format!("{kind}.{field}")));
        if before.0.contains_key(kind) && !argument {
            members.entry(kind).or_default().push(rest);
        }
    }
    let words =
        |words: &[&str]| words.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    let mut lines = Vec::new();
    for (root, title) in
        [("Query", "Queries"), ("Mutation", "Mutations"), ("Subscription", "Subscriptions")]
    {
        if let Some(fields) = members.remove(root) {
            lines.push(format!("{title}: {}", words(&fields)));
        }
    }
    for (kind, title) in [
        ("type", "Objects"),
        ("interface", "Interfaces"),
        ("input", "Inputs"),
        ("enum", "Enums"),
        ("scalar", "Scalars"),
    ] {
        let names: Vec<&str> = after
            .0
            .iter()
            .filter(|(name, (word, _))| *word == kind && !before.0.contains_key(*name))
            .filter(|(name, _)| !comes_along(name, after))
            .map(|(name, _)| name.as_str())
            .collect();
        if !names.is_empty() {
            lines.push(format!("{title}: {}", words(&names)));
        }
    }
    lines.extend(
        members.into_iter().map(|(kind, fields)| format!("On `{kind}`: {}", words(&fields))),
    );
    lines
}

/// Types that come with something else: what a mutation takes and answers, the pages of a list.
fn comes_along(name: &str, shape: &Shape) -> bool {
    let of_mutation = |verb: &str| {
        let field = verb[..1].to_lowercase() + &verb[1..];
        shape.0.get("Mutation").is_some_and(|(_, all)| all.iter().any(|it| it.name == field))
    };
    let ends = ["Connection", "Edge", "UserError", "ErrorCode"];
    ends.iter().any(|end| name.ends_with(end))
        || ["Input", "Payload"].iter().any(|end| name.strip_suffix(end).is_some_and(of_mutation))
}

const BEGINNING: &str = "# Changes of the schema\n\n\
<!-- Written by `EARSHOT_UPDATE=1 cargo test -p tests --test it schema_changes::` from api/released/ and the schema. -->\n\n\
What a release has stays for at least twelve months: the schema is added to. What goes is first marked as deprecated, with its heir and \
its day. Where something had to be broken all the same, it stands here with its reason, and a check fails on what is not listed \
(`api/released/`). Enums may get new words at any time: treat one that you do not know as such. Types \
that come with something new, as the input and the payload of a mutation and the pages of a list, are not listed.\n";

#[test]
fn the_changes_are_those_of_the_schema() {
    let text = std::fs::read_to_string(released().join("breaking.json")).expect("breaking.json");
    let broken: BTreeMap<String, Vec<Broken>> = serde_json::from_str(&text).expect("its form");
    let versions = versions();
    assert!(!versions.is_empty() && broken.keys().eq(versions.iter().collect::<BTreeSet<_>>()));
    let read = |version: &String| {
        let path = released().join(format!("schema-{version}.graphql"));
        std::fs::read_to_string(path).expect("a released schema")
    };
    let mut sections = Vec::new();
    for (index, version) in versions.iter().enumerate() {
        let (title, after) = match versions.get(index + 1) {
            Some(next) => (format!("\n## {next}\n"), read(next)),
            None => (format!("\n## Since {version}\n"), earshot::graphql::schema::build().sdl()),
        };
        let told = changes(&Shape::of(&read(version)), &Shape::of(&after), &broken[version]);
        sections.push(title + &told);
    }
    // The newest first.
    sections.reverse();
    let first = format!("\n## {}\n\nThe first release.\n", versions[0]);
    current("docs/SCHEMA-CHANGES.md", &format!("{BEGINNING}{}{first}", sections.concat()));
}

#[test]
fn every_kind_of_change_is_told() {
    let before = "type Query { a: Int b(x: Int): Int } enum E { ONE TWO } input I { a: Int! = 1 } type Gone { a: Int }";
    let after = "type Query { a: Int! b(x: Int, y: Int): Int @deprecated(reason: \"Use c.\") c(z: Int): Int } \
                 enum E { ONE THREE } input I { a: Int } scalar S";
    let broken = [Broken {
        why: String::from("For a reason."),
        changes: vec![String::from("E.TWO: 'TWO' went")],
    }];
    let told = changes(&Shape::of(before), &Shape::of(after), &broken);
    assert_eq!(
        told,
        "\n### Broken, and why\n\nFor a reason.\n\n- `TWO` went\n\
         \n### Deprecated\n\n- `Query.b`: Use c.\n\
         \n### Removed\n\n- `Gone`\n- `E.TWO`\n\
         \n### Changed\n\n- `I.a`: `Int! = 1` is now `Int`\n- `Query.a`: `Int` is now `Int!`\n\
         \n### New\n\n- Queries: `b(y)`, `c`\n- Scalars: `S`\n- On `E`: `THREE`\n"
    );
}

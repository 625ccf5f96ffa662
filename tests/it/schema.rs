//! The shape of the API: what is committed is what is served, everything is described, and every
//! mutation has the one form (docs/API-DESIGN.md).

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

/// Scalars beside those of GraphQL itself. No JSON, no epoch numbers.
const OWN_SCALARS: [&str; 2] = ["Date", "DateTime"];
const BUILT_IN: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

const INTROSPECTION: &str = "{ __schema {
  queryType { name } mutationType { name } subscriptionType { name }
  types { kind name description
    fields(includeDeprecated: true) { name description isDeprecated deprecationReason
      type { ...shape } args { name description defaultValue type { ...shape } } }
    inputFields { name description type { ...shape } }
    enumValues(includeDeprecated: true) { name description }
    interfaces { name } }
} }
fragment shape on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The served schema as its own introspection tells it.
pub async fn introspected() -> Value {
    let response = earshot::graphql::schema::build().execute(INTROSPECTION).await;
    assert!(response.errors.is_empty(), "introspection works: {:?}", response.errors);
    serde_json::to_value(&response).expect("JSON")["data"]["__schema"].take()
}

/// Members of a list that may be null.
pub fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// A string member.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// A type in the notation of the schema language, for instance `[ID!]!`.
pub fn written(shape: &Value) -> String {
    match text(shape, "kind") {
        "NON_NULL" => format!("{}!", written(&shape["ofType"])),
        "LIST" => format!("[{}]", written(&shape["ofType"])),
        _ => text(shape, "name").to_owned(),
    }
}

/// The type with this name.
pub fn type_named<'a>(schema: &'a Value, name: &str) -> &'a Value {
    list(schema, "types").iter().find(|it| text(it, "name") == name).unwrap_or(&Value::Null)
}

/// The fields of a root type, empty when the schema has no such root.
pub fn root_fields<'a>(schema: &'a Value, root: &str) -> &'a [Value] {
    list(type_named(schema, text(&schema[root], "name")), "fields")
}

fn own_types(schema: &Value) -> impl Iterator<Item = &Value> {
    list(schema, "types").iter().filter(|it| {
        let name = text(it, "name");
        !name.starts_with("__") && !BUILT_IN.contains(&name)
    })
}

fn none_of(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}\n  {}\n", breaches.join("\n  "));
}

#[test]
fn the_committed_schema_is_the_served_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../api/schema.graphql");
    let served = earshot::graphql::schema::build().sdl().trim_end().to_owned() + "\n";
    if std::env::var_os("EARSHOT_UPDATE").is_some() {
        std::fs::write(&path, &served).expect("api/schema.graphql can be written");
        return;
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let difference = committed.lines().zip(served.lines()).enumerate().find(|(_, (a, b))| a != b);
    let place = difference.map_or_else(
        || {
            format!(
                "{} lines are committed, {} served",
                committed.lines().count(),
                served.lines().count()
            )
        },
        |(number, (a, b))| format!("line {}: committed `{a}`, served `{b}`", number + 1),
    );
    assert!(
        committed == served,
        "api/schema.graphql is not what the server serves ({place}).\n\
         If the change is wanted: EARSHOT_UPDATE=1 cargo test -p tests schema::, then commit the file."
    );
}

#[tokio::test]
async fn everything_is_described() {
    let schema = introspected().await;
    let mut bare = Vec::new();
    let mut look = |path: String, thing: &Value| {
        if text(thing, "description").trim().len() < 3 {
            bare.push(path);
        }
    };
    for kind in own_types(&schema) {
        let name = text(kind, "name");
        // The engine merges the roots; their fields speak for themselves.
        if !["Query", "Mutation", "Subscription"].contains(&name) {
            look(name.to_owned(), kind);
        }
        for part in ["fields", "inputFields", "enumValues"] {
            for field in list(kind, part) {
                let path = format!("{name}.{}", text(field, "name"));
                for argument in list(field, "args") {
                    look(format!("{path}({})", text(argument, "name")), argument);
                }
                look(path, field);
            }
        }
    }
    none_of("Say what it is, in its doc comment:", &bare);
}

#[tokio::test]
async fn a_mutation_takes_one_input_and_answers_a_payload() {
    let schema = introspected().await;
    let mutations = root_fields(&schema, "mutationType");
    assert!(!mutations.is_empty(), "there are mutations");
    let breaches: Vec<_> = mutations
        .iter()
        .flat_map(|it| {
            form_of(&schema, it).into_iter().map(move |why| format!("{}: {why}", text(it, "name")))
        })
        .collect();
    none_of("A mutation is `nounVerb(input: NounVerbInput!): NounVerbPayload`:", &breaches);
}

/// What is wrong with one mutation.
fn form_of(schema: &Value, mutation: &Value) -> Vec<String> {
    let name = text(mutation, "name");
    let proper = name[..1].to_uppercase() + &name[1..];
    let mut wrong = Vec::new();
    let arguments: Vec<String> = list(mutation, "args")
        .iter()
        .map(|it| format!("{}: {}", text(it, "name"), written(&it["type"])))
        .collect();
    if arguments != [format!("input: {proper}Input!")] {
        wrong.push(format!("takes ({}), not (input: {proper}Input!)", arguments.join(", ")));
    }
    let answer = written(&mutation["type"]);
    if answer != format!("{proper}Payload") {
        wrong.push(format!("answers {answer}, not the nullable {proper}Payload"));
    }
    let payload = type_named(schema, answer.trim_end_matches('!'));
    let errors = list(payload, "fields").iter().find(|it| text(it, "name") == "userErrors");
    let Some(errors) = errors else {
        wrong.push("its payload has no userErrors".to_owned());
        return wrong;
    };
    let kind = written(&errors["type"]);
    let area = kind.strip_prefix('[').and_then(|it| it.strip_suffix("UserError!]!"));
    if area.is_none() {
        wrong.push(format!("userErrors is {kind}, not [...UserError!]!"));
    }
    for field in list(payload, "fields").iter().filter(|it| text(it, "name") != "userErrors") {
        if written(&field["type"]).ends_with('!') {
            wrong.push(format!(
                "{} is there even when it was refused: make it nullable",
                text(field, "name")
            ));
        }
    }
    wrong.extend(code_list(schema, mutation, kind.trim_matches(['[', ']', '!'])));
    wrong
}

/// The description of a mutation lists codes, and only such as its user error can carry.
fn code_list(schema: &Value, mutation: &Value, error: &str) -> Option<String> {
    let field =
        list(type_named(schema, error), "fields").iter().find(|it| text(it, "name") == "code")?;
    let kind = written(&field["type"]);
    let codes: BTreeSet<&str> = list(type_named(schema, kind.trim_end_matches('!')), "enumValues")
        .iter()
        .map(|it| text(it, "name"))
        .collect();
    let told: BTreeSet<&str> = text(mutation, "description")
        .split(|it: char| !(it.is_ascii_uppercase() || it == '_'))
        .filter(|word| codes.contains(word))
        .collect();
    let says_none = text(mutation, "description").contains("No codes.");
    (told.is_empty() != says_none).then(|| {
        format!("its description must list its codes (of {codes:?}), or say \"No codes.\"")
    })
}

#[tokio::test]
async fn user_errors_name_field_code_and_message() {
    let schema = introspected().await;
    let mut breaches = Vec::new();
    for error in own_types(&schema).filter(|it| text(it, "name").ends_with("UserError")) {
        let name = text(error, "name");
        let fields: Vec<String> = list(error, "fields")
            .iter()
            .map(|it| format!("{}: {}", text(it, "name"), written(&it["type"])))
            .collect();
        let code = format!("code: {}ErrorCode!", name.trim_end_matches("UserError"));
        for wanted in ["field: [String!]!", code.as_str(), "message: String!"] {
            if !fields.iter().any(|it| it == wanted) {
                breaches.push(format!("{name} has {fields:?} and not `{wanted}`"));
            }
        }
    }
    none_of("One form of user error in every area:", &breaches);
}

/// The log is read forwards and never counted: it has no end to begin from. tests/it/pulled.rs holds it
/// to a contract of its own.
pub const FORWARDS_ONLY: [&str; 1] = ["FactConnection"];

#[tokio::test]
async fn a_list_is_a_relay_connection() {
    let schema = introspected().await;
    let mut breaches = Vec::new();
    for kind in own_types(&schema) {
        let name = text(kind, "name");
        if name.ends_with("Connection") && !FORWARDS_ONLY.contains(&name) {
            let fields: BTreeSet<&str> =
                list(kind, "fields").iter().map(|it| text(it, "name")).collect();
            for wanted in ["edges", "nodes", "pageInfo", "totalCount", "totalCountIsExact"] {
                if !fields.contains(wanted) {
                    breaches.push(format!("{name} lacks {wanted}"));
                }
            }
        }
        for field in
            list(kind, "fields").iter().filter(|it| written(&it["type"]).contains("Connection"))
        {
            if FORWARDS_ONLY.contains(&written(&field["type"]).trim_end_matches('!')) {
                continue;
            }
            let arguments: BTreeSet<&str> =
                list(field, "args").iter().map(|it| text(it, "name")).collect();
            for wanted in ["first", "after", "last", "before"] {
                if !arguments.contains(wanted) {
                    breaches.push(format!(
                        "{name}.{} lacks the argument {wanted}",
                        text(field, "name")
                    ));
                }
            }
        }
    }
    none_of("first, after, last, before; edges, nodes, pageInfo, totalCount:", &breaches);
}

#[tokio::test]
async fn there_is_no_scalar_that_hides_a_shape() {
    let schema = introspected().await;
    let foreign: Vec<String> = own_types(&schema)
        .filter(|it| text(it, "kind") == "SCALAR" && !OWN_SCALARS.contains(&text(it, "name")))
        .map(|it| text(it, "name").to_owned())
        .collect();
    none_of("Scalars are those of GraphQL, Date and DateTime:", &foreign);
}

/// What is deprecated, and since which day: clients have twelve months from then on.
const DEPRECATED: [(&str, &str); 2] = [
    ("Mutation.notificationPreferenceSet", "2026-11-22"),
    ("Query.notificationPreferences", "2026-11-22"),
];

/// The same day of the next year, as it sorts.
fn a_year_after(day: &str) -> String {
    let (year, rest) = day.split_at(4);
    format!("{}{rest}", year.parse::<u32>().expect("a year") + 1)
}

#[tokio::test]
async fn a_deprecation_leaves_clients_a_year() {
    let schema = introspected().await;
    let mut found = BTreeSet::new();
    let mut breaches = Vec::new();
    for kind in own_types(&schema) {
        let members = list(kind, "fields").iter().chain(list(kind, "enumValues"));
        for member in members.filter(|it| it["isDeprecated"] == true) {
            let name = format!("{}.{}", text(kind, "name"), text(member, "name"));
            let reason = text(member, "deprecationReason");
            let removal = reason.split("Removal on ").nth(1).unwrap_or_default();
            let since =
                DEPRECATED.iter().find(|(known, _)| *known == name).map(|(_, since)| *since);
            match since {
                None => breaches.push(format!("{name}: say in DEPRECATED since when")),
                Some(since) if removal.trim_end_matches('.') < a_year_after(since).as_str() => {
                    breaches.push(format!("{name}: since {since}, and gone on {removal}"));
                }
                Some(_) => {}
            }
            found.insert(name);
        }
    }
    let idle = DEPRECATED.iter().filter(|(name, _)| !found.contains(*name));
    breaches.extend(idle.map(|(name, _)| format!("{name} is not deprecated any more")));
    none_of("A year from the deprecation to the removal:", &breaches);
}

#[tokio::test]
async fn a_deprecation_names_its_heir_and_its_day() {
    let schema = introspected().await;
    let mut breaches = Vec::new();
    for kind in own_types(&schema) {
        for field in list(kind, "fields").iter().filter(|it| it["isDeprecated"] == true) {
            let reason = text(field, "deprecationReason");
            if !reason.starts_with("Use ") || !reason.contains("Removal on 20") {
                breaches.push(format!(
                    "{}.{}: `{reason}`",
                    text(kind, "name"),
                    text(field, "name")
                ));
            }
        }
    }
    none_of("\"Use X. Removal on YYYY-MM-DD.\":", &breaches);
}

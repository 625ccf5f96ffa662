//! Cursors that nobody gave out: real ones of every list, taken apart and put together wrongly.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::chance::Chance;
use super::shapes::Shapes;
use super::{Field, on_the_demo};
use crate::kit::app::On;
use crate::kit::client::Client;
use crate::schema::{list, text};

/// A list of the root that needs no argument, with the order it is asked in.
struct Listed {
    name: String,
    orders: Vec<String>,
}

fn listed(shapes: &Shapes) -> Vec<Listed> {
    let pages = |it: &&Value| {
        let args = list(it, "args");
        ["after", "before"].iter().all(|it| args.iter().any(|arg| text(arg, "name") == *it))
            && !args.iter().any(|arg| {
                text(&arg["type"], "kind") == "NON_NULL" && arg["defaultValue"].is_null()
            })
    };
    let named =
        |it: &Value| Listed { name: text(it, "name").to_owned(), orders: shapes.orders(it) };
    shapes.queries().iter().filter(pages).map(named).collect()
}

impl Listed {
    fn document(&self, (chance, way): (&mut Chance, &str)) -> String {
        let order = if self.orders.is_empty() || chance.once_in(3) {
            String::new()
        } else {
            let way = chance.of(&["ASC", "DESC"]);
            format!("orderBy: [{{field: {}, direction: {way}}}], ", chance.of(&self.orders))
        };
        let size = if way == "after" { "first" } else { "last" };
        format!(
            "query($c: String) {{ {}({order}{size}: 3, {way}: $c) {{ edges {{ cursor }} pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }}",
            self.name
        )
    }
}

/// A value in a key's place.
fn key(chance: &mut Chance, was: &Value) -> Value {
    let text = *chance.of(&["", "\0", "a\0b", "\u{202e}", "%", "' OR 1=1", "zzzz", "🏥"]);
    match chance.below(8) {
        0 => json!(text),
        1 => json!(i64::MAX),
        2 => json!(i64::MIN),
        3 => json!(1.5),
        4 => json!("00000000-0000-0000-0000-000000000000"),
        5 => Value::Null,
        6 if was.is_i64() => json!(was.as_i64().unwrap_or(0).wrapping_add(1)),
        6 => json!(text.repeat(500)),
        _ => was.clone(),
    }
}

fn spoilt(chance: &mut Chance, cursor: &str) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap_or_default();
    let Ok(Value::Array(mut parts)) = serde_json::from_slice::<Value>(&bytes) else {
        return format!("{cursor}x");
    };
    match chance.below(7) {
        0 => return cursor.chars().rev().collect(),
        1 => return cursor[..chance.below(cursor.len())].to_owned(),
        2 => parts[0] = key(chance, &json!(1)),
        3 => parts[1] = key(chance, &json!("digest")),
        _ => {
            if let Some(Value::Array(keys)) = parts.get_mut(2) {
                for it in keys.iter_mut() {
                    *it = key(chance, it);
                }
                if chance.once_in(10) {
                    keys.push(json!(1));
                }
            }
        }
    }
    URL_SAFE_NO_PAD.encode(json!(parts).to_string())
}

async fn one(field: &mut Field<'_>, (client, it): (&Client, &Listed), chance: &mut Chance) {
    let way = *chance.of(&["after", "before"]);
    let document = it.document((chance, way));
    let answer = field.send(client, (&document, json!({ "c": null }))).await;
    let cursors = list(&answer["data"][&it.name], "edges");
    let Some(cursor) = cursors.first().and_then(|edge| edge["cursor"].as_str()) else { return };
    for _ in 0..6 {
        let cursor = spoilt(chance, cursor);
        let answer = field.send(client, (&document, json!({ "c": cursor }))).await;
        // Either a place in the list, or a refusal that names the argument.
        if let Some(errors) = answer["errors"].as_array() {
            assert_eq!(errors[0]["extensions"]["code"], "BAD_REQUEST", "{document} {cursor}");
            let said = text(&errors[0], "message");
            assert!(said.contains(way), "{document} {cursor}: {said}");
        }
    }
}

fn cursors(on: On) {
    on_the_demo("cursors", (on, 1), async |field, mut chance| {
        let shapes = Shapes::read().await;
        let lists = listed(&shapes);
        assert!(lists.len() > 10, "there are lists: {}", lists.len());
        let rounds = if super::set("EARSHOT_FUZZ_SECONDS").is_some() { 20 } else { 2 };
        for _ in 0..rounds {
            for it in &lists {
                let client = field.somebody(&mut chance);
                one(field, (&client, it), &mut chance).await;
            }
        }
    });
}

#[test]
fn cursors_on_sqlite() {
    cursors(On::Sqlite);
}

#[test]
fn cursors_on_postgres() {
    cursors(On::Postgres);
}

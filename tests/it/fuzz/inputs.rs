//! Every query and every mutation with chance's inputs, filters and orders among them.

use serde_json::Value;

use super::chance::Chance;
use super::shapes::Shapes;
use super::{Field, on_the_demo};
use crate::kit::app::On;
use crate::schema::{list, text};

/// Documents of one round in the suite, and when it goes on for long.
fn documents() -> usize {
    if super::set("EARSHOT_FUZZ_SECONDS").is_some() { 1_500 } else { 150 }
}

/// So much to begin with that there are ids of many kinds.
async fn look_around(field: &mut Field<'_>, shapes: &Shapes) {
    let mut chance = Chance::new(0);
    let clients = field.clients.clone();
    for query in shapes.queries() {
        for client in clients.iter().rev().take(3) {
            let (document, variables) =
                shapes.asked(("query", query), (&mut chance, &super::Seen::default()));
            field.send(client, (&document, variables)).await;
        }
    }
}

async fn round(field: &mut Field<'_>, mut chance: Chance, (kind, fields): (&str, &[&Value])) {
    let shapes = Shapes::read().await;
    look_around(field, &shapes).await;
    for _ in 0..documents() {
        let asked = shapes.asked((kind, *chance.of(fields)), (&mut chance, &field.seen));
        let client = field.somebody(&mut chance);
        field.send(&client, (&asked.0, asked.1)).await;
    }
}

fn filters(on: On) {
    on_the_demo("filters", (on, 1), async |field, chance| {
        let shapes = Shapes::read().await;
        let lists: Vec<&Value> = shapes
            .queries()
            .iter()
            .filter(|it| list(it, "args").iter().any(|arg| text(arg, "name") == "filter"))
            .collect();
        round(field, chance, ("query", &lists)).await;
    });
}

fn queries(on: On) {
    on_the_demo("queries", (on, 1), async |field, chance| {
        let shapes = Shapes::read().await;
        round(field, chance, ("query", &shapes.queries().iter().collect::<Vec<_>>())).await;
    });
}

fn mutations(on: On) {
    on_the_demo("mutations", (on, 1), async |field, chance| {
        let shapes = Shapes::read().await;
        round(field, chance, ("mutation", &shapes.mutations().iter().collect::<Vec<_>>())).await;
    });
}

#[test]
fn filters_on_sqlite() {
    filters(On::Sqlite);
}

#[test]
fn filters_on_postgres() {
    filters(On::Postgres);
}

#[test]
fn queries_on_sqlite() {
    queries(On::Sqlite);
}

#[test]
fn queries_on_postgres() {
    queries(On::Postgres);
}

#[test]
fn mutations_on_sqlite() {
    mutations(On::Sqlite);
}

#[test]
fn mutations_on_postgres() {
    mutations(On::Postgres);
}

//! What an earlier release left behind: its schema, with rows as it wrote them.

use std::fmt::Write as _;

use earshot::db::connect::Place;
use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend};
use serde::Deserialize;
use serde_json::Value;

/// Rows of the demo of release 1 (45 submissions with all around them), one table a line, parents
/// before children.
const SPINE: &str = include_str!("../../fixtures/released_1_spine.jsonl");

/// Rows of one table.
#[derive(Deserialize)]
pub struct Rows {
    pub table: String,
    columns: Vec<String>,
    /// `uuid` or `value`, for each column.
    kinds: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

/// All that the release wrote.
pub fn spine() -> Vec<Rows> {
    SPINE.lines().map(|line| serde_json::from_str(line).expect("a line of rows")).collect()
}

/// Makes the schema of release 1 in an empty place and fills it.
pub async fn write(place: &Place) {
    let database = match place {
        Place::Sqlite(file) => connect(&format!("sqlite://{}?mode=rwc", file.display())).await,
        Place::Postgres(url) => connect(url).await,
    };
    Migrator::up(&database, Some(1)).await.expect("the schema of release 1");
    for rows in spine() {
        let sql = insert(database.get_database_backend(), &rows);
        database.execute_unprepared(&sql).await.unwrap_or_else(|error| {
            panic!("{}: {error}", rows.table);
        });
    }
    database.execute_unprepared(counters(database.get_database_backend())).await.expect("counters");
    database.close().await.expect("closed");
}

async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(url).await.expect("the database opens")
}

fn insert(backend: DbBackend, rows: &Rows) -> String {
    let mut sql = format!("INSERT INTO {} ({}) VALUES ", rows.table, rows.columns.join(", "));
    for (number, row) in rows.rows.iter().enumerate() {
        let cells: Vec<String> =
            row.iter().zip(&rows.kinds).map(|(cell, kind)| literal(backend, cell, kind)).collect();
        let comma = if number == 0 { "" } else { ", " };
        write!(sql, "{comma}({})", cells.join(", ")).expect("a string grows");
    }
    sql
}

fn literal(backend: DbBackend, cell: &Value, kind: &str) -> String {
    match (cell, kind) {
        (Value::Null, _) => String::from("NULL"),
        (Value::String(hex), "uuid") if backend == DbBackend::Sqlite => format!("x'{hex}'"),
        (Value::String(text), _) => format!("'{}'", text.replace('\'', "''")),
        (number, _) => number.to_string(),
    }
}

/// Where the release had counted to.
const fn counters(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => {
            "UPDATE counter SET value = 1000 WHERE name = 'submission_reference';
             UPDATE reader_cursor SET seq = (SELECT max(seq) FROM fact)"
        }
        _ => {
            "SELECT setval('fact_seq', (SELECT max(seq) FROM fact)), setval('submission_reference', 1000);
             UPDATE reader_cursor SET seq = (SELECT max(seq) FROM fact)"
        }
    }
}

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

/// What release 3 wrote beside those: items, figures, offers, and choices for kinds of events, of which
/// one stands against another of the same topic. `{n}` in a value is an id of its own; the selects take
/// what release 1 left. How many rows stand in front.
const IMPLEMENTATION: [(&str, i64, &str); 13] = [
    ("action_plan", 1, "SELECT {1}, {idea}, NULL, NULL, {lead}, 1795307505093755"),
    (
        "action_item",
        3,
        "SELECT {11}, {1}, 1, 'Order hooks', NULL, {author}, NULL, '2026-11-24', 'OPEN', 1795424460000000, NULL, {lead}, 1795307505093755, 1795307505093755, 1
         UNION ALL SELECT {12}, {1}, 2, 'Put them up', NULL, {author}, NULL, '2026-12-24', 'IN_PROGRESS', NULL, NULL, {lead}, 1795307505093755, 1795307505093755, 2
         UNION ALL SELECT {13}, {1}, 3, 'Choose hooks', 'PLAN', NULL, NULL, NULL, 'DONE', NULL, 1795307505093755, {lead}, 1795307505093755, 1795307505093755, 3",
    ),
    ("action_check", 1, "SELECT {21}, {12}, 1, 'Rooms 1 to 4', {author}, 1795307505093755"),
    ("action_wait", 1, "SELECT {12}, {11}"),
    ("help", 1, "SELECT {idea}, {lead}, 'OFFERED', NULL, 1795307505093755, NULL"),
    (
        "trial",
        1,
        "SELECT {31}, {idea}, 1, 'Fewer coats on the floor', 'Count at noon', '2026-11-02', NULL, NULL, NULL, 'RUNNING', {lead}, 1795307505093755, NULL, NULL, 1",
    ),
    (
        "adoption",
        2,
        "SELECT {41}, {idea}, (SELECT id FROM org_unit WHERE code = 'AB'), 'OFFERED', 'Four hooks a door.', NULL, {lead}, 1795307505093755, NULL, NULL, NULL, NULL, 1
         UNION ALL SELECT {42}, {idea}, (SELECT id FROM org_unit WHERE kind = 'SITE' AND code <> 'AB' ORDER BY code LIMIT 1), 'ADOPTED', NULL, NULL, {lead}, 1795307505093755, {lead}, 1795307505093755, {lead}, 1795307505093755, 3",
    ),
    (
        "outcome",
        2,
        "SELECT {51}, {idea}, NULL, 'SAFETY', 'Falls over coats', 'falls a month', 'LOWER', {lead}, 1795307505093755, 1, NULL
         UNION ALL SELECT {52}, {idea}, NULL, 'SAFETY', 'Falls over coats', 'falls a month', 'LOWER', {lead}, 1795307505093755, 1, {42}",
    ),
    (
        "outcome_figure",
        3,
        "SELECT {61}, {51}, 'TARGET', 1, 10000, '2026-11-02', NULL, NULL, {lead}, 1795307505093755
         UNION ALL SELECT {62}, {51}, 'ACTUAL', 2, 0, '2026-11-16', 'The book of falls', NULL, {lead}, 1795307505093755
         UNION ALL SELECT {63}, {52}, 'ACTUAL', 1, 20000, '2026-11-16', 'The book of falls', NULL, {lead}, 1795307505093755",
    ),
    ("outcome_confirmation", 1, "SELECT {62}, {author}, 1795307505093755"),
    (
        "notification",
        1,
        "SELECT {71}, {author}, NULL, 'ACTION_REMINDER', 3, NULL, NULL, 1795307505093755, NULL, {11}, NULL",
    ),
    (
        "preference",
        3,
        "SELECT person_id, 'ACTION_REMINDER', 'OFF' FROM preference WHERE kind = 'ESCALATED'
         UNION ALL SELECT {author}, 'ACTION_REMINDER', 'IMMEDIATE'
         UNION ALL SELECT {lead}, 'ADOPTION_OFFERED', 'OFF'",
    ),
    ("timed_work", 1, "SELECT 'REMIND', {12}, 'once', 1795307505093755"),
];

/// How many rows of each table release 3 wrote.
pub fn implementation() -> impl Iterator<Item = (&'static str, i64)> {
    IMPLEMENTATION.into_iter().map(|(table, rows, _)| (table, rows))
}

/// How the upgrade goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// From the beginning to the end.
    AtOnce,
    /// The last change breaks off at its last statement, and the start after that begins it again.
    CutOff,
}

/// Makes the schema of release 1 in an empty place and fills it; then that of release 3.
pub async fn write(place: &Place, upgrade: Upgrade) {
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
    Migrator::up(&database, Some(2)).await.expect("the schema of release 3");
    for (table, rows, select) in IMPLEMENTATION {
        let mut all = 0;
        for one in named(database.get_database_backend(), select).split("UNION ALL") {
            let written = database.execute_unprepared(&format!("INSERT INTO {table} {one}")).await;
            all += written.unwrap_or_else(|error| panic!("{table}: {error}")).rows_affected();
        }
        assert_eq!(i64::try_from(all).expect("few"), rows, "{table}");
    }
    if upgrade == Upgrade::CutOff {
        cut_off(&database).await;
    }
    database.close().await.expect("closed");
}

/// Lets the last change fail at its last statement: an index of that name is there. Nothing of the change
/// stays, and nothing of what was there is lost.
async fn cut_off(database: &DatabaseConnection) {
    let run = async |sql: &str| database.execute_unprepared(sql).await;
    run("CREATE INDEX digest_line_mail ON setting (key)").await.expect("in the way");
    let applied = async || Migrator::get_applied_migrations(database).await.expect("changes").len();
    let before = applied().await;
    Migrator::up(database, None).await.expect_err("broken off");
    assert_eq!(applied().await, before);
    for table in ["announcement", "hearing", "digest_line", "cause_resolution"] {
        let sql = format!("SELECT count(*) FROM {table}");
        run(&sql).await.expect_err(&format!("{table} is there, of a change that broke off"));
    }
    run("SELECT email FROM preference").await.expect("what the change takes away");
    run("DROP INDEX digest_line_mail").await.expect("out of the way");
}

/// The values of a select, as one database writes them.
fn named(backend: DbBackend, select: &str) -> String {
    let uuid = |hex: &str| match backend {
        DbBackend::Sqlite => format!("x'{hex}'"),
        _ => format!("CAST('{hex}' AS UUID)"),
    };
    let idea = "(SELECT id FROM submission WHERE kind = 'IDEA' AND phase = 'IN_PROGRESS')";
    let author = idea.replace("SELECT id", "SELECT author_id");
    let lead = "(SELECT person_id FROM role_grant WHERE role = 'REVIEWER' ORDER BY id LIMIT 1)";
    let mut sql =
        select.replace("{idea}", idea).replace("{author}", &author).replace("{lead}", lead);
    for number in 1..100 {
        sql = sql.replace(
            &format!("{{{number}}}"),
            &uuid(&format!("0199f4bac5c5700080000000000000{number:02}")),
        );
    }
    sql
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

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

/// What release 2 wrote beside those: hours, clocks, who is away and whose turn it is, rules, replies,
/// views, and what reviewers did to single submissions.
const TRIAGE: [(&str, i64, &str); 16] = [
    (
        "calendar",
        1,
        "SELECT {80}, {top}, NULL, '[{\"weekday\":\"MONDAY\",\"opens\":480,\"closes\":960},{\"weekday\":\"TUESDAY\",\"opens\":480,\"closes\":960}]', '[]', 1795307505093755, 1795307505093755, 2",
    ),
    (
        "clock",
        3,
        "SELECT {idea}, 'PROMISED', 1, 'RUNNING', 1795307505093755, 1795392000000000, NULL, '2026-11-22', 0, 0, 1795307505093755, NULL, NULL, NULL, NULL, NULL, 'OPEN', NULL
         UNION ALL SELECT {seen}, 'FIRST_RESPONSE', 1, 'RUNNING', 1794700800000000, 1794844800000000, 2, NULL, 57600000000, 0, 1794700800000000, NULL, NULL, NULL, NULL, NULL, 'OPEN', NULL
         UNION ALL SELECT {seen}, 'DECISION', 1, 'PAUSED', 1794700800000000, 1796000000000000, 10, NULL, 288000000000, 3600000000, 1795307505093755, 284400000000, NULL, NULL, NULL, NULL, 'OPEN', NULL",
    ),
    ("escalated", 1, "SELECT {lead}, '2026-11-20', {seen}, 1795307505093755"),
    (
        "absence",
        1,
        "SELECT {86}, {author}, '2026-11-20', '2026-12-04', {lead}, {author}, NULL, 1795307505093755, 1",
    ),
    (
        "rota",
        1,
        "SELECT {87}, {top}, 'TURNS', '2026-11-16', 1795307505093755, 1795307505093755, 1",
    ),
    ("rota_place", 1, "SELECT {87}, 1, {lead}"),
    ("load_limit", 1, "SELECT {lead}, 12, 1795307505093755"),
    (
        "moderation",
        1,
        "SELECT {88}, {seen}, 'LOCKED', 'OTHER', 'Enough was said.', {lead}, 1795307505093755, NULL, NULL",
    ),
    ("redaction", 1, "SELECT {89}, {seen}, 'PERSONAL_DATA', NULL, {lead}, 1795307505093755"),
    (
        "queue_view",
        1,
        "SELECT {90}, {lead}, 'Ideas first', 'ideas first', 'PRIVATE', NULL, '{\"kind\":{\"in\":[\"IDEA\"]}}', 'OLDEST', 1, 1795307505093755, 1795307505093755, 1",
    ),
    ("queue_view_default", 1, "SELECT {lead}, {90}"),
    (
        "reply_template",
        1,
        "SELECT {91}, 'Thanks', 'thanks', 'ACCEPTED', NULL, {lead}, NULL, 1795307505093755, 1795307505093755, 1",
    ),
    (
        "reply_text",
        2,
        "SELECT {91}, 'en', 'Thank you, {name}.' UNION ALL SELECT {91}, 'es', 'Gracias, {name}.'",
    ),
    (
        "routing_rule",
        1,
        "SELECT {92}, 'Telephones', 'telephones', 1, 'OFF', NULL, {top}, '[\"telephone\"]', 'ANY', NULL, NULL, NULL, NULL, {lead}, '[\"calls\"]', {lead}, NULL, 1795307505093755, 1795307505093755, 3",
    ),
    (
        "cause_alias",
        1,
        "SELECT {cause}, 'the line is always busy', 'The line is always busy', NULL, 1795307505093755",
    ),
    (
        "cause_edge",
        1,
        "SELECT {cause}, (SELECT id FROM root_cause WHERE name = 'People wait longer than we told them'), 'Who cannot call comes late.', {lead}, 1795307505093755",
    ),
];

/// What release 2 wrote into columns of rows that were there before.
const TRIAGED: [&str; 2] = [
    "UPDATE submission SET promised_on = '2026-11-22', owner_id = {lead}, due_at = 1795392000000000 WHERE id = {idea}",
    "UPDATE submission SET locked_at = 1795307505093755, due_at = 1794844800000000, snoozed_until = 1795400000000000 WHERE id = {seen}",
];

/// What release 4 wrote beside all that: what was told to units, what waits for a digest, a cause that was
/// put right with whom it told, a question that nobody answered, what was seen.
const CLOSING: [(&str, i64, &str); 13] = [
    (
        "announcement",
        1,
        "SELECT {81}, 'PUBLISHED', {cause}, {lead}, 1795307505093755, 1795307505093755, {lead}, 1795307505093755, NULL, NULL, 200, NULL, 1795307505093755, 2",
    ),
    (
        "announcement_text",
        2,
        "SELECT {81}, 'en', 'Two start at eight', 'The telephones are answered.' UNION ALL SELECT {81}, 'es', 'Empiezan dos', 'Se contesta.'",
    ),
    ("announcement_unit", 1, "SELECT {81}, {top}"),
    ("announcement_submission", 1, "SELECT {81}, {idea}"),
    (
        "notification",
        1,
        "SELECT {82}, {author}, NULL, 'ANNOUNCEMENT', 5, NULL, NULL, 1795307505093755, NULL, NULL, NULL, {81}",
    ),
    ("hearing", 1, "SELECT {lead}, 'ANNOUNCEMENTS', 'EMAIL', 'WEEKLY'"),
    ("digest_line", 1, "SELECT {82}, {author}, 1795424460000000, NULL"),
    (
        "cause_resolution",
        1,
        "SELECT {83}, {cause}, 'DECIDED', 'STAY', 'NOW', 1, 1, 1, {lead}, 1795307505093755, 1795307505093755, 1795307505093755, NULL, NULL",
    ),
    ("resolved_cause", 1, "SELECT {83}, {cause}, 'CONFIRMED'"),
    ("resolution_text", 1, "SELECT {83}, 'en', '{name}, {reference} is put right.'"),
    (
        "resolution_item",
        1,
        "SELECT {83}, submission_id, 'MOVED', NULL, id FROM decision WHERE id = {decision}",
    ),
    (
        "sustain_question",
        1,
        "SELECT {84}, {idea}, 1790000000000000, 1795184000000000, NULL, NULL, NULL, 1795307505093755, NULL",
    ),
    (
        "decision_seen",
        1,
        "SELECT decision.id, submission.author_id, 1795307505093755 FROM decision JOIN submission ON submission.id = decision.submission_id WHERE decision.id = {decision}",
    ),
];

/// What release 4 wrote into columns of rows that were there before.
const CLOSED: [&str; 1] = ["UPDATE root_cause SET status = 'RESOLVED' WHERE id = {cause}"];

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

/// How many rows of each table releases 2 and 3 wrote, and release 4 where it did.
pub fn beside(upgrade: Upgrade) -> impl Iterator<Item = (&'static str, i64)> {
    let closing = CLOSING.iter().filter(move |_| upgrade == Upgrade::FromFour);
    TRIAGE.iter().chain(&IMPLEMENTATION).chain(closing).map(|(table, rows, _)| (*table, *rows))
}

/// How the upgrade goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// From release 3 to the end.
    AtOnce,
    /// From release 4 to the end.
    FromFour,
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
    Migrator::up(&database, Some(1)).await.expect("the schema of release 2");
    add(&database, &TRIAGE, &TRIAGED).await;
    Migrator::up(&database, Some(1)).await.expect("the schema of release 3");
    add(&database, &IMPLEMENTATION, &[]).await;
    if upgrade == Upgrade::FromFour {
        Migrator::up(&database, Some(1)).await.expect("the schema of release 4");
        add(&database, &CLOSING, &CLOSED).await;
    }
    if upgrade == Upgrade::CutOff {
        cut_off(&database).await;
    }
    database.close().await.expect("closed");
}

/// Rows of tables, then changes of rows that were there before.
async fn add(database: &DatabaseConnection, tables: &[(&str, i64, &str)], changes: &[&str]) {
    let backend = database.get_database_backend();
    for (table, rows, select) in tables {
        let mut all = 0;
        for one in named(backend, select).split("UNION ALL") {
            let written = database.execute_unprepared(&format!("INSERT INTO {table} {one}")).await;
            all += written.unwrap_or_else(|error| panic!("{table}: {error}")).rows_affected();
        }
        assert_eq!(i64::try_from(all).expect("few"), *rows, "{table}");
    }
    for change in changes {
        let done = database.execute_unprepared(&named(backend, change)).await;
        assert_eq!(done.expect(change).rows_affected(), 1, "{change}");
    }
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
    let top = "(SELECT id FROM org_unit WHERE parent_id IS NULL)";
    let seen = "(SELECT id FROM submission WHERE kind = 'OBSERVATION' AND phase = 'SUBMITTED' ORDER BY reference LIMIT 1)";
    let cause = "(SELECT id FROM root_cause WHERE name = 'It is hard to get through to us')";
    let decision = "(SELECT id FROM decision WHERE state = 'ANNOUNCED' AND letter = 'R' AND to_phase = 'ACCEPTED' ORDER BY id LIMIT 1)";
    let mut sql = select.to_owned();
    for (name, value) in [
        ("{idea}", idea),
        ("{author}", &author),
        ("{lead}", lead),
        ("{top}", top),
        ("{seen}", seen),
        ("{cause}", cause),
        ("{decision}", decision),
    ] {
        sql = sql.replace(name, value);
    }
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

//! Each released schema upgrades with its data: nothing is lost, and work goes on.

use std::collections::BTreeMap;

use entity::instant::{Instant, MINUTE};
use migration::MigratorTrait as _;
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use crate::kit::app::{On, TestApp, run_released};
use crate::kit::released::{self, Upgrade};

/// After the last thing that the release wrote: 2026-11-23T09:00:00Z, a Monday.
const AFTERWARDS: Instant = Instant(1_795_424_400_000_000);

/// How many rows a table has.
async fn count(app: &TestApp, table: &str) -> i64 {
    let db = app.system().db();
    let sql = format!("SELECT count(*) AS n FROM {table}");
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    row.expect("a look").expect("a row").try_get("", "n").expect("a number")
}

fn written() -> BTreeMap<String, i64> {
    let mut tables = BTreeMap::new();
    for rows in released::spine() {
        *tables.entry(rows.table).or_insert(0) += i64::try_from(rows.rows.len()).expect("few");
    }
    for (table, rows) in released::implementation() {
        *tables.entry(table.to_owned()).or_insert(0) += rows;
    }
    tables
}

async fn nothing_is_lost(app: &TestApp) {
    // What was chosen for kinds of events is chosen for their topics now.
    for (table, rows) in written().into_iter().filter(|(table, _)| table != "preference") {
        let now = count(app, &table).await;
        assert!(now >= rows, "{table}: {rows} rows before the upgrade, {now} after");
        let may_grow = ["fact", "notification", "setting", "reader_cursor", "timed_work"];
        assert!(now == rows || may_grow.contains(&table.as_str()), "{table} grew to {now}");
    }
    let db = app.system().db();
    let sql = "SELECT count(*) AS n FROM submission WHERE reach < 1 OR reach < vote_count";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
    let wrong: i64 = row.unwrap().unwrap().try_get("", "n").unwrap();
    assert_eq!(wrong, 0, "submissions without the people behind them");
}

/// Choices for kinds became choices for topics: where kinds of one topic differed, off won.
async fn choices_are_kept(app: &TestApp) {
    use sea_orm::EntityTrait as _;
    let rows = entity::notify::hearing::Entity::find().all(&app.system().db()).await;
    let mut kept: Vec<String> = rows
        .expect("choices")
        .iter()
        .map(|row| format!("{} {} {}", row.topic, row.channel, row.delivery))
        .collect();
    kept.sort();
    let work = ["WORK EMAIL IMMEDIATE", "WORK EMAIL OFF", "WORK EMAIL OFF"];
    assert_eq!(kept, [&["COMMENTS EMAIL OFF", "FOLLOWED EMAIL OFF"][..], &work].concat());
}

/// Somebody of the released organisation who reviews everything.
async fn head(app: &TestApp) -> crate::kit::client::Client {
    use sea_orm::EntityTrait as _;
    let db = app.system().db();
    let grants = entity::identity::grant::Entity::find().all(&db).await.expect("grants");
    let units = entity::identity::unit::Entity::find().all(&db).await.expect("units");
    let top = units.iter().find(|unit| unit.parent_id.is_none()).expect("a top").id;
    let held = grants.iter().find(|grant| {
        grant.role == entity::identity::values::Role::Reviewer && grant.unit_id == top
    });
    app.sign_in(held.and_then(|grant| grant.person_id).expect("a head of the CX team")).await
}

async fn work_goes_on(app: &TestApp) {
    let head = head(app).await;
    let data =
        head.ask("{ triageQueue(first: 50) { nodes { id reference text } } }", json!({})).await;
    let queue = data["triageQueue"]["nodes"].as_array().expect("a queue");
    assert!(!queue.is_empty(), "{data}");
    let moved = head
        .done(
            "submissionMove",
            "mutation($in: SubmissionMoveInput!) { submissionMove(input: $in) { submission { phase } userErrors { field code message } } }",
            json!({"in": {"id": queue[0]["id"], "to": "ACCEPTED", "message": "Yes, we want to do this."}}),
        )
        .await;
    assert_eq!(moved["submission"]["phase"], "ACCEPTED");
    app.pass(2 * MINUTE).await;
    let told: Value = head
        .ask(
            "query($id: ID!) { submission(by: {id: $id}) { shownPhase } }",
            json!({"id": queue[0]["id"]}),
        )
        .await;
    assert_eq!(told["submission"]["shownPhase"], "ACCEPTED");
}

/// What was written before there was an index is found once the worker has been round.
async fn old_words_are_found(app: &TestApp) {
    app.settle().await;
    let head = head(app).await;
    let query =
        "query($t: String) { submissions(first: 100, filter: {text: $t}) { nodes { id text } } }";
    let all = head.ask("{ submissions(first: 1) { nodes { id text } } }", json!({})).await;
    let old = &all["submissions"]["nodes"][0];
    let words = old["text"].as_str().expect("words");
    let some: String = words.chars().take(100).collect();
    let some = some.rsplit_once(' ').map_or(some.as_str(), |(whole, _)| whole);
    let found = head.ask(query, json!({"t": some})).await;
    let found = found["submissions"]["nodes"].as_array().expect("nodes").clone();
    assert!(found.iter().any(|it| it["id"] == old["id"]), "{some:?} is not found");
}

/// What release 3 left is worked on: the plan is there with its figures, the offer can be answered, and
/// who has an item is reminded of it, by what they chose.
async fn plans_go_on(app: &TestApp) {
    let head = head(app).await;
    let query = "{ submissions(first: 5, filter: {phase: {in: [IN_PROGRESS]}}) { nodes {
        plan { progress { done total } items { title status checklist { text } waitsFor } }
        trials { guess state } outcomes { title isConfirmed target { value } actual { value } }
        adoptions { state outcomes { actual { value } } } } } }";
    let seen = head.ask(query, json!({})).await["submissions"]["nodes"].clone();
    let idea = seen.as_array().expect("nodes").iter().find(|it| !it["plan"].is_null());
    let idea = idea.unwrap_or_else(|| panic!("no plan: {seen}"));
    assert_eq!(idea["plan"]["progress"], json!({"done": 1, "total": 3}), "{idea}");
    assert_eq!(idea["plan"]["items"][1]["checklist"], json!([{"text": "Rooms 1 to 4"}]), "{idea}");
    assert_eq!(idea["trials"], json!([{"guess": "Fewer coats on the floor", "state": "RUNNING"}]));
    let outcome = &idea["outcomes"][0];
    assert_eq!(
        (&outcome["isConfirmed"], &outcome["target"]["value"], &outcome["actual"]["value"]),
        (&json!(true), &json!(1.0), &json!(0.0)),
        "{idea}"
    );
    let states: Vec<&Value> = idea["adoptions"].as_array().expect("offers").iter().collect();
    assert_eq!(states.len(), 2, "{idea}");
    // Its day is tomorrow, and its reminder due in a minute.
    let reminders = "notification WHERE kind = 'ACTION_REMINDER'";
    let before = count(app, reminders).await;
    app.pass(2 * MINUTE).await;
    assert_eq!(count(app, reminders).await, before + 1);
}

async fn story(app: &TestApp) {
    nothing_is_lost(app).await;
    choices_are_kept(app).await;
    old_words_are_found(app).await;
    plans_go_on(app).await;
    work_goes_on(app).await;
}

mod releases_open_with_all_their_rows {
    use super::*;

    #[test]
    fn sqlite() {
        run_released(On::Sqlite, (Upgrade::AtOnce, AFTERWARDS), story);
    }

    #[test]
    fn postgres() {
        run_released(On::Postgres, (Upgrade::AtOnce, AFTERWARDS), story);
    }
}

mod a_change_that_was_cut_off_begins_again {
    use super::*;

    #[test]
    fn sqlite() {
        run_released(On::Sqlite, (Upgrade::CutOff, AFTERWARDS), story);
    }

    #[test]
    fn postgres() {
        run_released(On::Postgres, (Upgrade::CutOff, AFTERWARDS), story);
    }
}

#[test]
fn every_released_change_is_known() {
    let names = migration::known();
    assert_eq!(names[0], "m20261121_000001_spine");
    assert_eq!(names.len(), migration::Migrator::migrations().len());
}

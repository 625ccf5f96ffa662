//! The screens of the demo, counted anew by a script of its own (tests/recount) that knows the rules of
//! the product and none of the code.

use std::collections::BTreeMap;
use std::process::Command;

use earshot::db::connect::Counter;
use earshot::demo;
use entity::identity::person;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _, Statement,
};
use serde_json::{Value, json};

use crate::kit::app::TestApp;
use crate::kit::client::Client;
use crate::on_both;

/// What the script reads.
const TABLES: [&str; 14] = [
    "org_unit",
    "unit_closure",
    "person",
    "role_grant",
    "submission",
    "decision",
    "vote",
    "comment",
    "cause_link",
    "root_cause",
    "queue_view",
    "cause_resolution",
    "resolved_cause",
    "resolution_item",
];

/// A nurse, a colleague with mail, two reviewers of a region, one of all, a manager, an executive, the
/// administrator, somebody who reads Spanish.
const PEOPLE: [&str; 9] =
    ["LK1103", "LK1104", "LK1024", "LK1023", "LK1021", "LK1033", "LK1001", "LK1008", "LK1047"];

impl TestApp {
    async fn rows(&self, table: &str) -> Vec<Value> {
        let reader = self.database().read(&Counter::default());
        let backend = reader.get_database_backend();
        let ask = async |sql: String| {
            reader
                .query_all_raw(Statement::from_string(backend, sql))
                .await
                .expect("a look at a table")
        };
        let sql = match backend {
            DbBackend::Sqlite => {
                let columns = ask(format!("PRAGMA table_info(\"{table}\")")).await;
                let pairs = columns.iter().map(|row| {
                    let name: String = row.try_get("", "name").expect("a column");
                    format!("'{name}', CASE typeof(\"{name}\") WHEN 'blob' THEN lower(hex(\"{name}\")) ELSE \"{name}\" END")
                });
                format!(
                    "SELECT json_object({}) AS row FROM \"{table}\"",
                    pairs.collect::<Vec<_>>().join(", ")
                )
            }
            _ => format!("SELECT row_to_json(t)::text AS row FROM \"{table}\" t"),
        };
        let read = |row: &sea_orm::QueryResult| {
            let text: String = row.try_get("", "row").expect("a row");
            serde_json::from_str(&text).expect("JSON")
        };
        ask(sql).await.iter().map(read).collect()
    }

    /// What the script says. It needs Python: without, the figures of the demo would pass unlooked at.
    async fn recount(&self) -> Value {
        let mut tables = BTreeMap::new();
        for table in TABLES {
            tables.insert(table, self.rows(table).await);
        }
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("rows.json");
        std::fs::write(&file, json!(tables).to_string()).expect("written");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/recount/recount.py");
        let now = self.house.clock.now().micros().to_string();
        let mut call = Command::new("python3");
        call.arg(script).arg(&file).args(["--now", &now]).args(PEOPLE);
        let output = call.output().unwrap_or_else(|error| {
            panic!("the recount of the demo needs python3, and does not run: {error}. Install it.")
        });
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    pub async fn as_staff(&self, code: &str) -> Client {
        let scope = self.system();
        let found = person::Entity::find().filter(person::Column::StaffCode.eq(code));
        let person = found.one(&scope.db()).await.expect("a look").expect(code);
        self.sign_in(person.id).await
    }
}

/// All nodes of a list, page after page: `list` is its name with its arguments but for the page's.
async fn all(client: &Client, list: &str, selection: &str) -> Vec<Value> {
    let (mut nodes, mut after) = (Vec::new(), Value::Null);
    loop {
        let field = list.split('(').next().expect("a name");
        let with = if list.contains('(') {
            list.replacen('(', "(first: 100, after: $after, ", 1)
        } else {
            format!("{list}(first: 100, after: $after)")
        };
        let query = format!(
            "query($after: String) {{ {with} {{ nodes {{ {selection} }} totalCount pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let page = client.ask(&query, json!({ "after": after })).await[field].clone();
        nodes.extend(page["nodes"].as_array().expect("nodes").clone());
        if page["pageInfo"]["hasNextPage"] != true {
            assert_eq!(page["totalCount"], nodes.len(), "{list}");
            return nodes;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// What differs between the application and the recount.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn same(&mut self, found: &Value, counted: &Value, what: impl std::fmt::Display) {
        if found != counted {
            self.0.push(format!("{what}: shown {found}, counted {counted}"));
        }
    }
}

fn column(rows: &[Value], name: &str) -> Vec<Value> {
    rows.iter().map(|row| row[name].clone()).collect()
}

fn sorted(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by_key(Value::to_string);
    values
}

async fn feed_and_detail(client: &Client, (who, counted): (&str, &Value), wrong: &mut Wrong) {
    let ideas = all(client, "ideas", "reference phase shownPhase voteCount commentCount").await;
    wrong.same(&json!(column(&ideas, "reference")), &counted["feed"], format!("the feed of {who}"));
    for idea in &ideas {
        let reference = idea["reference"].as_str().expect("a reference");
        let Some(expected) = counted["detail"].get(reference) else { continue };
        for (name, value) in expected.as_object().expect("figures") {
            wrong.same(&idea[name], value, format!("{name} of {reference} for {who}"));
        }
        let one = "query($by: SubmissionBy!) { submission(by: $by) { reference phase shownPhase voteCount commentCount } }";
        if reference.ends_with('7') {
            let found = client.ask(one, json!({"by": {"reference": reference}})).await;
            wrong.same(&found["submission"], idea, format!("{reference} alone for {who}"));
        }
    }
}

async fn queue(client: &Client, (who, counted): (&str, &Value), wrong: &mut Wrong) {
    let Some(expected) = counted.get("queue") else { return };
    for (order, expected) in expected.as_object().expect("orders") {
        let list = format!("triageQueue(orderBy: {order})");
        let found = all(client, &list, "reference").await;
        let found = json!(column(&found, "reference"));
        wrong.same(&found, expected, format!("the queue of {who} by {order}"));
    }
    for view in all(client, "triageViews", "name count").await {
        let name = view["name"].as_str().expect("a name");
        wrong.same(&view["count"], &counted["views"][name], format!("the view {name} of {who}"));
    }
    for cause in all(client, "causes", "name reach submissionCount").await {
        let name = cause["name"].as_str().expect("a name");
        let figures = json!([cause["reach"], cause["submissionCount"]]);
        wrong.same(&figures, &counted["causes"][name], format!("{name} for {who}"));
    }
}

async fn pareto(client: &Client, (who, counted): (&str, &Value), wrong: &mut Wrong) {
    let Some(expected) = counted.get("pareto") else { return };
    let mut parents: BTreeMap<String, Value> = BTreeMap::from([(String::new(), Value::Null)]);
    for cause in all(client, "causes", "id name").await {
        parents.insert(cause["name"].as_str().expect("a name").to_owned(), cause["id"].clone());
    }
    let query = "query($p: ID, $m: CauseMeasure!) { causePareto(parentId: $p, measure: $m) { sum bars { value cause { name } } } }";
    for (measure, of) in expected.as_object().expect("measures") {
        for (parent, expected) in of.as_object().expect("parents") {
            let Some(id) = parents.get(parent) else { continue };
            let found =
                client.ask(query, json!({"p": id, "m": measure})).await["causePareto"].clone();
            let bars = found["bars"].as_array().expect("bars").iter();
            let bars: Vec<Value> =
                bars.map(|bar| json!([bar["value"], bar["cause"]["name"]])).collect();
            let falls = bars.windows(2).all(|two| two[0][0].as_i64() >= two[1][0].as_i64());
            assert!(falls, "{bars:?}");
            let expected_bars = expected["bars"].as_array().expect("bars").clone();
            let what = format!("{measure} under {parent} for {who}");
            wrong.same(&json!(sorted(bars)), &json!(sorted(expected_bars)), &what);
            wrong.same(&found["sum"], &expected["sum"], &what);
        }
    }
}

async fn clocks(client: &Client, (who, counted): (&str, &Value), wrong: &mut Wrong) {
    if let Some(expected) = counted.get("breaches") {
        let mut found = Vec::new();
        for kind in ["FIRST_RESPONSE", "DECISION", "PROMISED"] {
            let list = format!("clockBreaches(filter: {{kinds: [{kind}]}})");
            let late = all(client, &list, "reference").await;
            found.extend(late.iter().map(|it| json!([it["reference"], kind])));
        }
        let expected = expected.as_array().expect("breaches").clone();
        let what = format!("what waits too long, for {who}");
        wrong.same(&json!(sorted(found)), &json!(sorted(expected)), what);
    }
    for (unit, expected) in counted.get("coverage").and_then(Value::as_object).into_iter().flatten()
    {
        let ask = "query($c: String) { unit(code: $c) { id } }";
        let id = client.ask(ask, json!({ "c": unit })).await["unit"]["id"].clone();
        let query = "query($u: ID!) { responseCoverage(unitId: $u, from: \"2025-12-02\", to: \"2026-03-02\") { submissions answered answeredInTime overdue } }";
        let found = client.ask(query, json!({ "u": id })).await["responseCoverage"].clone();
        wrong.same(&found, expected, format!("answers in {unit} for {who}"));
    }
}

async fn wall_and_person(client: &Client, (who, counted): (&str, &Value), wrong: &mut Wrong) {
    for (site, expected) in counted["wall"].as_object().expect("sites") {
        let id =
            client.ask("query($c: String) { unit(code: $c) { id } }", json!({ "c": site })).await;
        let query = "query($u: ID) { whatChangedHere(unitId: $u) { ideas(first: 100) { nodes { reference } } causes { name } } }";
        let found =
            client.ask(query, json!({"u": id["unit"]["id"]})).await["whatChangedHere"].clone();
        let ideas = found["ideas"]["nodes"].as_array().expect("ideas").clone();
        let ideas = json!(column(&ideas, "reference"));
        wrong.same(&ideas, &expected["ideas"], format!("what changed in {site} for {who}"));
        let causes = column(found["causes"].as_array().expect("causes"), "name");
        wrong.same(
            &json!(causes),
            &expected["causes"],
            format!("causes resolved in {site} for {who}"),
        );
    }
    let query =
        "{ viewer { whatCameOfIt { sent waiting underWay done declined takenBack agreed } } }";
    let found = client.ask(query, json!({})).await["viewer"]["whatCameOfIt"].clone();
    wrong.same(&found, &counted["whatCameOfIt"], format!("what came of it for {who}"));
}

on_both! {
    async fn every_screen_of_the_demo_is_what_a_recount_says(app) {
        app.vacate().await;
        demo::ensure(&app.system()).await.expect("loaded");
        let counted = app.recount().await;
        let mut wrong = Wrong::default();
        for who in PEOPLE {
            let client = app.as_staff(who).await;
            let counted = (who, &counted[who]);
            feed_and_detail(&client, counted, &mut wrong).await;
            queue(&client, counted, &mut wrong).await;
            pareto(&client, counted, &mut wrong).await;
            clocks(&client, counted, &mut wrong).await;
            wall_and_person(&client, counted, &mut wrong).await;
        }
        assert!(wrong.0.is_empty(), "{} differences:\n{}", wrong.0.len(), wrong.0.join("\n"));
    }
}

//! What the counts of causes cost at a year of 60,000 submissions, on both databases (docs/adr/0012).
//! Prints times, and each as a multiple of the time that one page of kept counts takes in the same
//! run: compare those. Asserts no time.
//!
//! `cargo bench -p tests --bench causes`
// A benchmark stands on the kit of the tests.
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::type_complexity
)]

#[path = "../it/kit/mod.rs"]
mod kit;

use std::time::Instant as Stopwatch;

use entity::triage::cause;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};
use serde_json::json;

use crate::kit::app::{On, TestApp, run};

const SUBMISSIONS: u32 = 60_000;
const PEOPLE: u32 = 5_000;
const CAUSES: u32 = 200;

/// The columns of a table but those that are given, for copies of one row.
async fn others(app: &TestApp, table: &str, given: &[&str]) -> String {
    let db = app.system().db();
    let sql = match db.get_database_backend() {
        DbBackend::Sqlite => format!("SELECT name AS n FROM pragma_table_info('{table}')"),
        _ => format!(
            "SELECT column_name AS n FROM information_schema.columns WHERE table_name = '{table}'"
        ),
    };
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), sql))
        .await
        .expect("columns");
    let names = rows.iter().map(|row| row.try_get::<String>("", "n").expect("a name"));
    names.filter(|name| !given.contains(&name.as_str())).collect::<Vec<_>>().join(", ")
}

async fn write(app: &TestApp, statements: &[String]) {
    let scope = app.system();
    let tx = scope.begin().await.expect("a transaction");
    for sql in statements {
        let statement = Statement::from_string(tx.get_database_backend(), sql.clone());
        tx.execute_raw(statement).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    tx.commit(()).await.expect("written");
}

/// A year of a company of 5,000 people: every submission with one author and up to three voters,
/// linked to a cause, every fifth to two; 10 causes at the top and 19 below each.
async fn furnish(app: &TestApp, seed: &str) {
    let postgres = app.on == On::Postgres;
    let id = if postgres { "gen_random_uuid()" } else { "randomblob(16)" };
    let numbers = |most: u32| {
        format!(
            "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {most})"
        )
    };
    let people = others(app, "person", &["id", "email", "email_key", "staff_code"]).await;
    let sent = others(app, "submission", &["id", "reference", "author_id", "created_at"]).await;
    let causes = others(app, "root_cause", &["id", "name", "name_key", "parent_id"]).await;
    let base = format!("FROM submission WHERE reference = '{seed}'");
    let table = |name: &str, of: &str| {
        format!("CREATE TABLE {name} AS SELECT ROW_NUMBER() OVER (ORDER BY id) AS rn, id FROM {of}")
    };
    write(app, &[
        format!("INSERT INTO person (id, staff_code, {people}) {} SELECT {id}, 'P' || n, {people} FROM numbers, (SELECT * FROM person LIMIT 1) one", numbers(PEOPLE)),
        table("people_n", "person"),
        format!("INSERT INTO root_cause (id, name, name_key, {causes}) {} SELECT {id}, 'Cause ' || n, 'cause ' || n, {causes} FROM numbers, (SELECT * FROM root_cause LIMIT 1) one", numbers(CAUSES)),
        table("causes_n", "root_cause"),
        "CREATE INDEX causes_n_rn ON causes_n (rn)".into(),
        "CREATE INDEX people_n_rn ON people_n (rn)".into(),
        "UPDATE root_cause SET parent_id = (SELECT top.id FROM causes_n me JOIN causes_n top ON top.rn = 1 + me.rn % 10 WHERE me.id = root_cause.id) WHERE id IN (SELECT id FROM causes_n WHERE rn > 10)".into(),
        format!("CREATE TABLE sent_n AS {} SELECT n AS rn, {id} AS id FROM numbers", numbers(SUBMISSIONS)),
        format!("INSERT INTO submission (id, reference, author_id, created_at, {sent}) SELECT sent_n.id, 'BIG-' || sent_n.rn, people_n.id, one.created_at + sent_n.rn, {sent} FROM sent_n JOIN people_n ON people_n.rn = 1 + (CAST(sent_n.rn AS BIGINT) * 7919) % {PEOPLE}, (SELECT created_at, {sent} {base}) one"),
        format!("INSERT INTO vote (submission_id, person_id, created_at) SELECT sent_n.id, people_n.id, 0 FROM sent_n CROSS JOIN (SELECT 1 AS k UNION ALL SELECT 2 UNION ALL SELECT 3) votes JOIN people_n ON people_n.rn = 1 + (CAST(sent_n.rn AS BIGINT) * 31 + k * 977) % {PEOPLE}"),
        format!("INSERT INTO cause_link (id, submission_id, cause_id, source, created_at) SELECT {id}, sent_n.id, causes_n.id, 'PERSON', (SELECT created_at {base}) FROM sent_n JOIN causes_n ON causes_n.rn = 11 + (sent_n.rn * 13) % 190"),
        format!("INSERT INTO cause_link (id, submission_id, cause_id, source, created_at) SELECT {id}, sent_n.id, causes_n.id, 'PERSON', (SELECT created_at {base}) FROM sent_n JOIN causes_n ON causes_n.rn = 1 + sent_n.rn % 10 WHERE sent_n.rn % 5 = 0"),
    ]).await;
    write(app, &["ANALYZE".into()]).await;
}

/// What was measured, in its order.
#[derive(Default)]
struct Sheet(std::cell::RefCell<Vec<(String, f64)>>);

impl Sheet {
    async fn timed<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        let watch = Stopwatch::now();
        let done = work.await;
        let took = watch.elapsed().as_secs_f64() * 1_000.0;
        self.0.borrow_mut().push((what.to_owned(), took));
        done
    }

    fn print(&self) {
        let sheet = self.0.borrow();
        let base = sheet.iter().find(|(what, _)| what == BASE).map_or(1.0, |(_, took)| *took);
        for (what, took) in sheet.iter() {
            println!("{what}: {took:.1} ms, {:.1} x", took / base);
        }
    }
}

/// What everything is compared with.
const BASE: &str = "25 causes by reach";

async fn measure(app: &TestApp) {
    let o = &app.organisation;
    let (nurse, head) = (app.sign_in(o.nurse).await, app.sign_in(o.head).await);
    let send = "mutation($in: SubmissionSendInput!) { submissionSend(input: $in) { submission { id reference } userErrors { code } } }";
    let made = nurse
        .done("submissionSend", send, json!({"in": {"text": "The lift is slow.", "kind": "IDEA"}}))
        .await;
    let create = "mutation { causeCreate(input: {name: \"First of all\", category: PROCESS}) { cause { id } userErrors { code } } }";
    head.done("causeCreate", create, json!({})).await;
    furnish(app, made["submission"]["reference"].as_str().expect("a reference")).await;
    println!("--- {:?}", app.on);
    let sheet = Sheet::default();
    let scope = app.system();
    let tx = scope.begin().await.expect("a transaction");
    sheet
        .timed("everything counted anew", earshot::reach::service::rebuild(&tx))
        .await
        .expect("counted");
    tx.commit(()).await.expect("written");
    let rows = cause::Entity::find().all(&scope.db()).await.expect("causes");
    let top = rows
        .iter()
        .filter(|row| row.parent_id.is_none())
        .max_by_key(|row| row.reach)
        .expect("a top");
    let below = rows.iter().find(|row| row.parent_id == Some(top.id)).expect("one below");
    println!("the largest: {} people, {} submissions", top.reach, top.submission_count);

    let id = made["submission"]["id"].clone();
    let link = "mutation($in: CauseLinkInput!) { causeLink(input: $in) { userErrors { code } } }";
    let input =
        json!({"in": {"submissionId": id, "causeIds": [below.id.to_string()], "announce": "NOW"}});
    sheet.timed("link", head.done("causeLink", link, input)).await;
    let colleague = app.sign_in(o.colleague).await;
    for (what, name) in [("vote", "submissionVote"), ("unvote", "submissionUnvote")] {
        let query = format!(
            "mutation($id: ID!) {{ {name}(input: {{submissionId: $id}}) {{ userErrors {{ code }} }} }}"
        );
        sheet.timed(what, colleague.done(name, &query, json!({"id": id}))).await;
    }
    let list = "{ causes(first: 25, orderBy: REACH) { nodes { name reach submissionCount } } }";
    sheet.timed(BASE, head.ask(list, json!({}))).await;
    sheet.timed("the same for an employee", nurse.ask(list, json!({}))).await;
    sheet.timed("with sites", head.ask(&list.replace("reach", "reach siteCount"), json!({}))).await;
    let trend = "query($id: ID!) { cause(id: $id) { trend(weeks: 52) { links } } }";
    sheet.timed("a trend of 52 weeks", head.ask(trend, json!({"id": top.id.to_string()}))).await;
    let pareto = "query($f: SubmissionFilter) { causePareto(measure: REACH, filter: $f) { sum withoutCause bars { value share } } }";
    sheet.timed("Pareto of the top", head.ask(pareto, json!({}))).await;
    sheet
        .timed(
            "Pareto of one site",
            head.ask(pareto, json!({"f": {"unit": {"inSubtree": o.harbour.to_string()}}})),
        )
        .await;
    sheet
        .timed(
            "Pareto of one unit elsewhere",
            head.ask(pareto, json!({"f": {"unit": {"inSubtree": o.hill.to_string()}}})),
        )
        .await;
    sheet
        .timed("Pareto of the ideas", head.ask(pareto, json!({"f": {"kind": {"in": ["IDEA"]}}})))
        .await;
    let nested = "{ causes(first: 10, orderBy: REACH) { nodes { children(first: 5) { nodes { name } } submissions(first: 5) { nodes { id } } } } }";
    sheet.timed("10 causes with children and submissions", head.ask(nested, json!({}))).await;
    let turn =
        "mutation($in: CauseUpdateInput!) { causeUpdate(input: $in) { userErrors { code } } }";
    let moved = json!({"in": {"id": below.id.to_string(), "parentId": null}});
    sheet.timed("a cause moved to the top", head.done("causeUpdate", turn, moved)).await;
    sheet.print();
}

fn main() {
    for on in [On::Sqlite, On::Postgres] {
        run(on, async |app| measure(app).await);
    }
}

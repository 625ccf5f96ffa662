//! The queue over 60,000 submissions and 300 units: a fixed number of statements, plans that use
//! indexes, and pages that neither repeat nor lose a row while others are sent.
//!
//! EARSHOT_FIGURES=1 prints how long the first page takes in each order, with the indexes of the open
//! queue and without them (docs/adr/0013).

use std::collections::BTreeSet;
use std::time::Instant as Watch;

use earshot::kit::actor::{Actor, Held};
use earshot::kit::page::{PageArgs, statement_of};
use earshot::kit::scope::{Scope, Tx};
use earshot::triage::queue::filter::{Reading, keyset};
use earshot::triage::queue::graphql::stored;
use earshot::triage::queue::query;
use entity::id::UnitId;
use entity::identity::values::{Role, UnitKind};
use entity::identity::{unit, unit_closure};
use entity::instant::{DAY, MINUTE};
use entity::triage::values::QueueOrder;
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, Statement};
use serde_json::{Value, json};

use crate::kit::app::{On, START, TestApp};
use crate::kit::client::Client;
use crate::on_both;

const SITES: usize = 10;
const TEAMS: usize = 30;
const SUBMISSIONS: usize = 60_000;
const ORDERS: [&str; 5] = ["DUE", "SEVERITY", "REACH", "OLDEST", "NEWEST"];

/// What the queue is filled with, by id.
pub(super) struct Filled {
    pub(super) sites: Vec<UnitId>,
    status: String,
    touchpoint: String,
}

pub(super) async fn run(tx: &Tx, sql: &str) {
    if tx.get_database_backend() == DbBackend::Postgres {
        // Filling is no request: on a busy machine it takes longer than one may.
        tx.execute_unprepared("SET LOCAL statement_timeout = 0").await.expect("a setting");
    }
    tx.execute_unprepared(sql).await.unwrap_or_else(|error| panic!("{error}: {sql}"));
}

fn bulk_unit(app: &TestApp, name: String, (kind, parent): (UnitKind, UnitId)) -> unit::ActiveModel {
    let id = UnitId(app.system().fresh_id());
    unit::ActiveModel {
        id: Set(id),
        parent_id: Set(Some(parent)),
        kind: Set(kind),
        code: Set(Some(name.to_uppercase())),
        name: Set(name),
        site_id: Set(id),
        zone: Set(None),
        active_from: Set(None),
        active_to: Set(None),
        created_at: Set(START),
        version: Set(1),
    }
}

/// Ten sites in the north with thirty teams each.
async fn units(app: &TestApp, tx: &Tx) -> Vec<UnitId> {
    let org = &app.organisation;
    let (mut rows, mut lines, mut sites) = (Vec::new(), Vec::new(), Vec::new());
    for site in 0..SITES {
        let row = bulk_unit(app, format!("bulk-site-{site}"), (UnitKind::Site, org.north));
        let id = row.id.clone().unwrap();
        sites.push(id);
        rows.push(row);
        lines.push(vec![org.root, org.north, id]);
        for team in 0..TEAMS {
            let name = format!("bulk-team-{site}-{team:02}");
            let row = bulk_unit(app, name, (UnitKind::Team, id));
            lines.push(vec![org.root, org.north, id, row.id.clone().unwrap()]);
            rows.push(row);
        }
    }
    let closure = lines.iter().flat_map(|line| {
        let descendant = *line.last().unwrap();
        line.iter().rev().zip(0..).map(move |(ancestor, depth)| unit_closure::ActiveModel {
            ancestor: Set(*ancestor),
            descendant: Set(descendant),
            depth: Set(depth),
        })
    });
    unit::Entity::insert_many(rows).exec_without_returning(tx).await.expect("units");
    unit_closure::Entity::insert_many(closure).exec_without_returning(tx).await.expect("lines");
    sites
}

async fn submissions(app: &TestApp, tx: &Tx) {
    let (fresh, start) = (fresh(app.on), START.micros());
    let id = |id: uuid::Uuid| match app.on {
        On::Sqlite => format!("X'{}'", id.simple()),
        On::Postgres => format!("'{id}'::uuid"),
    };
    let (author, assignee) =
        (id(app.organisation.colleague.0), id(app.organisation.second_reviewer.0));
    run(tx, &format!(
        "INSERT INTO submission (id, reference, kind, phase, shown_phase, status_id, shown_status_id, phase_stack,
            author_id, unit_id, program_id, channel, severity, audience, assignee_id, text_id, language, vote_count,
            comment_count, photo_count, entered_at, reach, due_at, snoozed_until, created_at, updated_at, version)
        WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {SUBMISSIONS} - 1),
        u (k, id) AS (SELECT row_number() OVER (ORDER BY code) - 1, id FROM org_unit WHERE code LIKE 'BULK-TEAM-%'),
        p (k, phase, status) AS (
            SELECT column1, column2, (SELECT id FROM status WHERE phase = column2 ORDER BY position, id LIMIT 1)
            FROM (VALUES (0, 'SUBMITTED'), (1, 'UNDER_REVIEW'), (2, 'NEEDS_INFO'), (3, 'DEFERRED'), (4, 'ACCEPTED'),
                (5, 'PLANNED'), (6, 'IN_PROGRESS'), (7, 'IMPLEMENTED'), (8, 'DECLINED'), (9, 'SUSTAINED')) AS phases)
        SELECT {fresh}, 'EAR-' || (1000000 + i), CASE i % 4 WHEN 0 THEN 'IDEA' ELSE 'OBSERVATION' END, p.phase, p.phase,
            p.status, p.status, '', {author}, u.id, (SELECT id FROM program LIMIT 1),
            CASE i % 5 WHEN 0 THEN 'HUDDLE' ELSE 'WEB' END,
            CASE i % 7 WHEN 0 THEN 'CRITICAL' WHEN 1 THEN 'HIGH' WHEN 2 THEN 'MEDIUM' WHEN 3 THEN 'LOW' END, 'EVERYONE',
            CASE WHEN i % 13 = 0 THEN {assignee} END, {fresh},
            CASE i % 3 WHEN 0 THEN 'en' WHEN 1 THEN 'es' END, (i / 10) % 1000, 0, CASE WHEN i % 9 = 0 THEN 1 ELSE 0 END,
            {start}, 1 + i % 50,
            CASE WHEN i % 3 = 0 THEN {start} + CAST((i % 5000) - 2500 AS BIGINT) * {MINUTE} END,
            CASE WHEN (i / 10) % 40 = 0 THEN {start} + {DAY} END,
            {start} - CAST(i / 2 AS BIGINT) * 1000000000, {start}, 1
        FROM n JOIN u ON u.k = (i / 10) % 300 JOIN p ON p.k = i % 10"
    )).await;
    run(
        tx,
        "INSERT INTO submission_text (id, submission_id, revision, title, body, created_at)
        SELECT text_id, id, 1, 'Row ' || reference, 'The lift is out.', created_at FROM submission",
    )
    .await;
    run(
        tx,
        "INSERT INTO search_document (submission_id, words)
        SELECT id, 'is lift out row the w' || vote_count FROM submission",
    )
    .await;
    run(
        tx,
        "INSERT INTO submission_tag (submission_id, tag)
        SELECT id, 'lift' FROM submission WHERE vote_count % 50 = 0",
    )
    .await;
}

pub(super) fn fresh(on: On) -> &'static str {
    match on {
        On::Sqlite => "randomblob(16)",
        On::Postgres => "gen_random_uuid()",
    }
}

async fn named(client: &Client, mutation: &str, input: Value, noun: &str) -> String {
    let proper = mutation[..1].to_uppercase() + &mutation[1..];
    let query = format!(
        "mutation($i: {proper}Input!) {{ {mutation}(input: $i) {{ {noun} {{ id }} userErrors {{ message }} }} }}"
    );
    let made = client.done(mutation, &query, json!({"i": input})).await;
    made[noun]["id"].as_str().expect("an id").to_owned()
}

pub(super) async fn fill(app: &TestApp, head: &Client) -> Filled {
    let journey = named(head, "journeyCreate", json!({"name": "Home"}), "journey").await;
    let touchpoint = json!({"journeyId": journey, "name": "Gate"});
    let touchpoint = named(head, "touchpointCreate", touchpoint, "touchpoint").await;
    let cause = json!({"name": "Old pipes", "category": "PLACE"});
    named(head, "causeCreate", cause, "cause").await;
    let tx = app.system().begin().await.expect("a transaction");
    let sites = units(app, &tx).await;
    submissions(app, &tx).await;
    run(&tx, "UPDATE submission SET touchpoint_id = (SELECT id FROM touchpoint LIMIT 1) WHERE vote_count % 20 = 0").await;
    run(&tx, &format!(
        "INSERT INTO cause_link (id, submission_id, cause_id, source, created_at)
        SELECT {}, id, (SELECT id FROM root_cause LIMIT 1), 'PERSON', created_at FROM submission WHERE vote_count % 30 = 0",
        fresh(app.on)
    )).await;
    run(&tx, "INSERT INTO clock (submission_id, kind, round, state, started_at, due_at, target_days, target, spent,
            counted_from, paused_remaining, met)
        SELECT id, 'DECISION', 1, 'PAUSED', created_at, created_at + 1000000000, 10, 1000000000, 0, created_at, 1000, 'OPEN'
        FROM submission WHERE phase IN ('NEEDS_INFO', 'DEFERRED') AND due_at IS NULL").await;
    if app.on == On::Postgres {
        run(&tx, "ANALYZE").await;
    }
    tx.commit(()).await.expect("a commit");
    let statuses = head.ask("{ statuses(phases: [ACCEPTED]) { id } }", json!({})).await;
    let status = statuses["statuses"][0]["id"].as_str().expect("a label").to_owned();
    Filled { sites, status, touchpoint }
}

/// Filters with whether they leave few enough rows that no plan may read the whole table.
fn filters(app: &TestApp, filled: &Filled) -> Vec<Value> {
    let org = &app.organisation;
    vec![
        json!({}),
        json!({"kind": {"in": ["IDEA"]}}),
        json!({"phase": {"in": ["NEEDS_INFO"]}}),
        json!({"status": {"in": [filled.status]}}),
        json!({"unit": {"inSubtree": filled.sites[3].to_string()}}),
        json!({"touchpoint": {"in": [filled.touchpoint]}}),
        json!({"channel": {"in": ["HUDDLE"]}}),
        json!({"assignee": {"in": [org.second_reviewer.to_string()]}}),
        json!({"assignee": {"isNull": true}}),
        json!({"severity": {"in": ["CRITICAL"]}}),
        json!({"tag": {"in": ["lift"]}}),
        json!({"cause": {"isNull": true}}),
        json!({"cause": {"isNull": false}}),
        json!({"text": "w77"}),
        json!({"text": "lif"}),
        json!({"age": {"olderThanDays": 300}}),
        json!({"clock": {"in": ["BREACHED"]}}),
        json!({"clock": {"in": ["DUE_SOON"]}}),
        json!({"clock": {"in": ["PAUSED"]}}),
        json!({"hasPhoto": true}),
        json!({"language": {"in": ["es"]}}),
        json!({"snoozed": true}),
        json!({"and": [{"unit": {"inSubtree": filled.sites[1].to_string()}}, {"or": [{"severity": {"in": ["CRITICAL"]}}, {"text": "w31"}]}, {"not": {"hasPhoto": true}}]}),
    ]
}

const PAGE: &str = "query($f: QueueFilter, $o: QueueOrder, $n: Int, $a: String) {
    triageQueue(first: $n, after: $a, filter: $f, orderBy: $o) {
        nodes { id reference title unit { name } author { name } } pageInfo { hasNextPage endCursor } } }";

async fn statements_do_not_depend_on_the_page(head: &Client, filters: &[Value]) {
    let mut seen = BTreeSet::new();
    for (index, filter) in filters.iter().enumerate() {
        for (turn, order) in ORDERS.into_iter().enumerate() {
            // Every filter in every order; every length for every filter and for every order.
            let lengths: &[i32] = if turn == index % 5 { &[5, 20, 100] } else { &[20] };
            for length in lengths {
                let asked = json!({"f": filter, "o": order, "n": length});
                let answer = head.counted(PAGE, asked, &mut seen).await;
                let found = answer.data()["triageQueue"]["nodes"].as_array().expect("nodes").len();
                assert!(found > 0, "{filter} finds something");
            }
        }
    }
    assert_eq!(
        seen.len(),
        1,
        "one number of statements for every filter, order and length: {seen:?}"
    );
}

/// The head as somebody whose rights are those of this test.
pub(super) fn scope_of_head(app: &TestApp) -> Scope {
    let org = &app.organisation;
    let grants = vec![Held { role: Role::Reviewer, unit: org.root }];
    let actor = Actor { grants, ..Actor::of_person(org.head, org.root, org.root) };
    Scope::new(app.house.clone(), actor)
}

fn first_page(
    scope: &Scope,
    backend: DbBackend,
    (filter, order): (&Value, QueueOrder),
) -> Statement {
    let filter = stored::read(&filter.to_string()).expect("a filter");
    let reading = Reading { actor: &scope.actor, now: scope.now };
    let select = query::part(reading, &filter);
    let args = PageArgs { first: Some(20), ..PageArgs::default() };
    statement_of(backend, select, &keyset(order), &args).expect("a statement")
}

pub(super) async fn plan(tx: &Tx, statement: &Statement) -> Vec<String> {
    let (word, column) = match tx.get_database_backend() {
        DbBackend::Postgres => ("EXPLAIN", 0),
        _ => ("EXPLAIN QUERY PLAN", 3),
    };
    let explain = Statement { sql: format!("{word} {}", statement.sql), ..statement.clone() };
    let rows = tx.query_all_raw(explain).await.expect("a plan");
    rows.iter().map(|row| row.try_get_by_index(column).expect("a line")).collect()
}

/// Reading the whole table: PostgreSQL says `Seq Scan`; SQLite says `SCAN` also of one that goes
/// along an index, which is what an ordered page of the open queue does until it is full.
pub(super) fn reads_all(line: &str) -> bool {
    let line = line.trim();
    line.contains("Seq Scan on submission ")
        || line.contains("Seq Scan on submission\n")
        || (line.starts_with("SCAN submission") && !line.contains("USING INDEX submission_open_"))
}

async fn plans_use_indexes(app: &TestApp, filters: &[Value]) {
    let scope = scope_of_head(app);
    let tx = app.system().begin().await.expect("a transaction");
    let backend = tx.get_database_backend();
    let mut breaches = Vec::new();
    for filter in filters {
        for order in QueueOrder::ALL {
            let statement = first_page(&scope, backend, (filter, order));
            assert!(
                statement.sql.ends_with(" LIMIT 21"),
                "LIMIT is never bound: {}",
                statement.sql
            );
            let plan = plan(&tx, &statement).await;
            if std::env::var_os("EARSHOT_FIGURES").is_some() {
                println!("{:?} {order} {filter}\n    {}", app.on, plan.join("\n    "));
            }
            if plan.iter().any(|line| reads_all(line)) {
                breaches.push(format!("{order} {filter}\n    {}", plan.join("\n    ")));
            }
        }
    }
    assert!(breaches.is_empty(), "the whole table is read:\n{}", breaches.join("\n"));
}

/// Turns the pages of one site in every order while its teams go on sending.
async fn pages_are_stable(app: &TestApp, (head, filled): (&Client, &Filled)) {
    let filter = json!({"unit": {"inSubtree": filled.sites[5].to_string()}, "severity": {"in": ["CRITICAL", "LOW"]}});
    let before = ids_of(app, head, (&filter, "OLDEST")).await;
    assert!(before.len() > 200, "long enough: {}", before.len());
    for order in ORDERS {
        let (mut seen, mut after, mut page) = (Vec::new(), Value::Null, 0);
        loop {
            let asked = json!({"f": filter, "o": order, "n": 40, "a": after});
            let data = head.ask(PAGE, asked).await;
            let queue = &data["triageQueue"];
            seen.extend(ids(queue));
            if queue["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = queue["pageInfo"]["endCursor"].clone();
            page += 1;
            copy_some(app, (order, page)).await;
        }
        let distinct: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "{order}: no row twice");
        let lost: Vec<_> = before.iter().filter(|id| !distinct.contains(id)).collect();
        assert!(lost.is_empty(), "{order}: none lost: {lost:?}");
    }
}

fn ids(queue: &Value) -> Vec<String> {
    let nodes = queue["nodes"].as_array().expect("nodes");
    nodes.iter().map(|it| it["id"].as_str().expect("an id").to_owned()).collect()
}

async fn ids_of(_app: &TestApp, head: &Client, (filter, order): (&Value, &str)) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), Value::Null);
    loop {
        let data = head.ask(PAGE, json!({"f": filter, "o": order, "n": 100, "a": after})).await;
        all.extend(ids(&data["triageQueue"]));
        if data["triageQueue"]["pageInfo"]["hasNextPage"] == false {
            return all;
        }
        after = data["triageQueue"]["pageInfo"]["endCursor"].clone();
    }
}

/// Twenty more like those that are there, in all places of every order.
async fn copy_some(app: &TestApp, (order, page): (&str, usize)) {
    let tx = app.system().begin().await.expect("a transaction");
    let copied = tx.get_database_backend();
    let columns = "kind, phase, shown_phase, status_id, shown_status_id, phase_stack, author_id, unit_id, program_id, channel,
        severity, audience, assignee_id, text_id, language, vote_count, comment_count, photo_count, entered_at, reach, due_at,
        snoozed_until, created_at, updated_at, version";
    let sql = format!(
        "INSERT INTO submission (id, reference, {columns}) SELECT {}, reference || '-{order}-{page}', {columns} FROM submission
        WHERE phase IN ('SUBMITTED', 'UNDER_REVIEW') AND reference LIKE 'EAR-10____{}' AND severity IS NOT NULL LIMIT 40",
        fresh(app.on),
        page % 10
    );
    tx.execute_raw(Statement::from_string(copied, sql)).await.expect("copies");
    tx.commit(()).await.expect("a commit");
}

/// The least of nine first pages in each order, with the partial indexes and without.
async fn figures(app: &TestApp) {
    let scope = scope_of_head(app);
    for state in ["with", "without"] {
        let tx = app.system().begin().await.expect("a transaction");
        let backend = tx.get_database_backend();
        if state == "without" {
            for index in ["age", "due", "severity"] {
                run(&tx, &format!("DROP INDEX submission_open_{index}")).await;
            }
        }
        for order in QueueOrder::ALL {
            let statement = first_page(&scope, backend, (&json!({}), order));
            let mut least = u128::MAX;
            for _ in 0..9 {
                let watch = Watch::now();
                tx.query_all_raw(statement.clone()).await.expect("rows");
                least = least.min(watch.elapsed().as_micros());
            }
            println!("{:?} {order} {state} the indexes of the open queue: {least} us", app.on);
        }
    }
}

on_both! {
    async fn sixty_thousand_submissions_are_a_queue(app) {
        let head = app.sign_in(app.organisation.head).await;
        let watch = Watch::now();
        let filled = fill(app, &head).await;
        println!("{:?}: filled in {:?}", app.on, watch.elapsed());
        let filters = filters(app, &filled);
        plans_use_indexes(app, &filters).await;
        statements_do_not_depend_on_the_page(&head, &filters).await;
        pages_are_stable(app, (&head, &filled)).await;
        if std::env::var_os("EARSHOT_FIGURES").is_some() {
            figures(app).await;
        }
    }
}

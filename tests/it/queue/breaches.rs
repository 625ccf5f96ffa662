//! What waits too long, and how many were answered, over 60,000 submissions and 300 units: a fixed
//! number of statements, plans that use indexes, pages that neither repeat nor lose a row.

use std::collections::BTreeSet;

use earshot::kit::page::{PageArgs, statement_of};
use earshot::submissions::overdue::{OverdueFilter, longest_waiting, selected};
use entity::clocks::values::ClockKind;
use entity::id::UnitId;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

use super::at_scale::{fill, fresh, plan, reads_all, run, scope_of_head};
use crate::kit::app::{On, START, TestApp};
use crate::kit::client::Client;
use crate::on_both;

const PAGE: &str = "query($n: Int, $a: String, $f: ClockBreachFilter) {
    clockBreaches(first: $n, after: $a, filter: $f) {
        nodes { id reference title clocks { kind breached remaining } unit { name } }
        pageInfo { hasNextPage endCursor } } }";

/// A clock for each submission: running to its due time where it has one, else answered.
async fn clocks(app: &TestApp) {
    let tx = app.system().begin().await.expect("a transaction");
    run(
        &tx,
        "INSERT INTO clock (submission_id, kind, round, state, started_at, due_at, target_days, target, spent,
            counted_from, stopped_at, took, met)
        SELECT id, 'FIRST_RESPONSE', 1, CASE WHEN due_at IS NULL THEN 'STOPPED' ELSE 'RUNNING' END, created_at,
            coalesce(due_at, created_at + 1000000000), 2, 1000000000, 0, created_at,
            CASE WHEN due_at IS NULL THEN created_at + 1000000 END, CASE WHEN due_at IS NULL THEN 1000000 END,
            CASE WHEN due_at IS NULL THEN 'MET' ELSE 'OPEN' END
        FROM submission",
    )
    .await;
    if app.on == On::Postgres {
        run(&tx, "ANALYZE").await;
    }
    tx.commit(()).await.expect("a commit");
}

async fn plans_use_indexes(app: &TestApp, site: UnitId) {
    let scope = scope_of_head(app);
    let tx = app.system().begin().await.expect("a transaction");
    let kinds = vec![ClockKind::FirstResponse];
    for filter in [
        OverdueFilter::default(),
        OverdueFilter { unit: Some(site), ..OverdueFilter::default() },
        OverdueFilter { kinds: kinds.clone(), ..OverdueFilter::default() },
        OverdueFilter { unit: Some(site), kinds },
    ] {
        let args = PageArgs { first: Some(20), ..PageArgs::default() };
        let select = selected(&scope, &filter);
        let backend = tx.get_database_backend();
        let asked = statement_of(backend, select, &longest_waiting(), &args).expect("a statement");
        let plan = plan(&tx, &asked).await;
        if std::env::var_os("EARSHOT_FIGURES").is_some() {
            println!("{:?} {filter:?}\n    {}", app.on, plan.join("\n    "));
        }
        let all =
            plan.iter().any(|line| reads_all(line) && !line.contains("USING INDEX submission_due"));
        assert!(!all, "{filter:?} reads the whole table:\n{}", plan.join("\n"));
    }
}

async fn statements_do_not_depend_on_the_page(head: &Client, site: UnitId) {
    let mut seen = BTreeSet::new();
    for length in [5, 20, 100] {
        for filter in
            [json!({}), json!({"unitId": site.to_string()}), json!({"kinds": ["FIRST_RESPONSE"]})]
        {
            let answer = head.counted(PAGE, json!({"n": length, "f": filter}), &mut seen).await;
            let found = answer.data()["clockBreaches"]["nodes"].as_array().expect("nodes").len();
            assert_eq!(i32::try_from(found).expect("few"), length, "{filter}");
        }
    }
    assert_eq!(seen.len(), 1, "one number of statements: {seen:?}");
}

async fn coverage_is_counted_in_few_statements(head: &Client, units: [UnitId; 2]) {
    let query = "query($u: ID!, $from: Date!) { responseCoverage(unitId: $u, from: $from, to: \"2026-03-02\") {
        submissions answered answeredInTime overdue medianMinutes } }";
    let mut seen = BTreeSet::new();
    for unit in units {
        for from in ["2025-03-02", "2026-02-01"] {
            let asked = json!({"u": unit.to_string(), "from": from});
            let answer = head.counted(query, asked, &mut seen).await;
            assert!(answer.data()["responseCoverage"]["submissions"].as_u64() > Some(100));
        }
    }
    assert_eq!(seen.len(), 1, "one number of statements: {seen:?}");
}

/// Turns the pages of one site while its teams go on sending what is late already.
async fn pages_are_stable(app: &TestApp, (head, site): (&Client, UnitId)) {
    let filter = json!({"unitId": site.to_string()});
    let before = all_pages(app, head, (&filter, None)).await;
    assert!(before.len() > 200, "long enough: {}", before.len());
    let during = all_pages(app, head, (&filter, Some("late"))).await;
    let distinct: BTreeSet<&String> = during.iter().collect();
    assert_eq!(distinct.len(), during.len(), "no row twice");
    let lost: Vec<_> = before.iter().filter(|id| !distinct.contains(id)).collect();
    assert!(lost.is_empty(), "none lost: {lost:?}");
}

async fn all_pages(
    app: &TestApp,
    head: &Client,
    (filter, adding): (&Value, Option<&str>),
) -> Vec<String> {
    let (mut all, mut after) = (Vec::new(), Value::Null);
    for page in 0.. {
        let data = head.ask(PAGE, json!({"n": 100, "a": after, "f": filter})).await;
        let list = &data["clockBreaches"];
        let nodes = list["nodes"].as_array().expect("nodes");
        all.extend(nodes.iter().map(|it| it["id"].as_str().expect("an id").to_owned()));
        if list["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = list["pageInfo"]["endCursor"].clone();
        if let Some(name) = adding {
            more(app, &format!("{name}-{page}")).await;
        }
    }
    all
}

/// More in all units, late like those that are there.
async fn more(app: &TestApp, name: &str) {
    let tx = app.system().begin().await.expect("a transaction");
    let columns = "kind, phase, shown_phase, status_id, shown_status_id, phase_stack, author_id, unit_id, program_id, channel,
        severity, audience, text_id, vote_count, comment_count, photo_count, entered_at, reach, due_at, created_at, updated_at, version";
    let sql = format!(
        "INSERT INTO submission (id, reference, {columns}) SELECT {}, reference || '-{name}', {columns} FROM submission
        WHERE due_at < {} AND reference LIKE 'EAR-10____5' LIMIT 1000",
        fresh(app.on),
        START.micros()
    );
    tx.execute_raw(Statement::from_string(tx.get_database_backend(), sql)).await.expect("copies");
    tx.commit(()).await.expect("a commit");
}

on_both! {
    async fn sixty_thousand_clocks_are_a_list(app) {
        let head = app.sign_in(app.organisation.head).await;
        let filled = fill(app, &head).await;
        clocks(app).await;
        let site = filled.sites[4];
        plans_use_indexes(app, site).await;
        statements_do_not_depend_on_the_page(&head, site).await;
        coverage_is_counted_in_few_statements(&head, [site, app.organisation.root]).await;
        pages_are_stable(app, (&head, site)).await;
    }
}

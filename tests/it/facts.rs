//! The fact log: one order, no gap, whoever writes while it is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use earshot::kit::fact::{self, FactReader, NewFact, Stated};
use earshot::kit::scope::Scope;
use futures_util::future::join_all;
use serde_json::json;
use uuid::Uuid;

use crate::kit::app::{On, TestApp, run};
use crate::on_both;
use crate::telling::send_idea;

const CLIENTS: usize = 16;
const EACH: usize = 25;

/// Reads until it is told that nothing more comes, and returns the numbers in the order it saw them.
async fn poll(scope: Scope, from: i64, done: Arc<AtomicBool>) -> Vec<i64> {
    let mut reader = FactReader::after(from);
    let mut seen = Vec::new();
    loop {
        let last_look = done.load(Ordering::SeqCst);
        let facts = reader.next(&scope.db(), 50).await.expect("the log is read");
        seen.extend(facts.iter().map(|fact| fact.seq));
        if facts.is_empty() && last_look && !reader.waits_for_gap() {
            return seen;
        }
        if facts.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

on_both! {
    async fn four_hundred_submits_from_sixteen_clients_lose_nothing(app) {
        let o = &app.organisation;
        let people = [o.nurse, o.colleague, o.cook, o.chemist];
        let mut clients = Vec::new();
        for person in people {
            clients.push(app.sign_in(person).await);
        }
        let from = fact::head(&app.system().db()).await.expect("a head");
        let done = Arc::new(AtomicBool::new(false));
        let polling = tokio::spawn(poll(app.system(), from, done.clone()));
        let sending = (0..CLIENTS).map(|number| {
            let client = clients[number % clients.len()].clone();
            tokio::spawn(async move {
                for each in 0..EACH {
                    send_idea(&client, &format!("Idea {each} of client {number}")).await;
                }
            })
        });
        for sent in join_all(sending).await {
            sent.expect("400 submits without a failure");
        }
        done.store(true, Ordering::SeqCst);
        let seen = polling.await.expect("the reader reads");

        let mut whole = FactReader::after(from);
        let all = whole.next(&app.system().db(), 10_000).await.expect("the log is read");
        let all: Vec<i64> = all.iter().map(|fact| fact.seq).collect();
        assert_eq!(seen, all, "the reader saw another log than there is");
        let sent = seen.len();
        assert!(sent >= CLIENTS * EACH, "{sent} facts of {} submits", CLIENTS * EACH);
        let count = clients[0].ask("{ ideas { totalCount } }", json!({})).await;
        assert!(count["ideas"]["totalCount"].as_u64().unwrap() >= 100, "{count}");
    }
}

async fn state(app: &TestApp, kind: &'static str) {
    let scope = app.system();
    let mut tx = scope.begin().await.expect("a transaction");
    tx.state(NewFact::new(kind, ("test", Uuid::nil()), &json!({})));
    tx.commit(()).await.expect("committed");
}

async fn kinds(reader: &mut FactReader, app: &TestApp) -> Vec<String> {
    let facts = reader.next(&app.system().db(), 100).await.expect("the log is read");
    facts.into_iter().map(|fact| fact.kind).collect()
}

/// On PostgreSQL numbers are drawn before others commit: a reader waits for the one that is under
/// way, and passes the one that never comes.
#[test]
fn a_reader_waits_for_a_number_that_is_under_way() {
    run(On::Postgres, async |app: &TestApp| {
        let from = fact::head(&app.system().db()).await.expect("a head");
        let mut reader = FactReader::after(from);
        let scope = app.system();
        let stated = Stated { by: scope.actor.principal, by_id: None, at: scope.now };
        let slow = [NewFact::new("slow.one", ("test", Uuid::nil()), &json!({}))];

        let open = scope.begin().await.expect("a transaction");
        fact::write(&open, &slow, stated).await.expect("written, not committed");
        state(app, "quick.one").await;
        for _ in 0..5 {
            assert!(kinds(&mut reader, app).await.is_empty(), "a number under way was passed");
            assert!(reader.waits_for_gap());
        }
        open.commit(()).await.expect("committed");
        assert_eq!(kinds(&mut reader, app).await, ["slow.one", "quick.one"]);

        let lost = scope.begin().await.expect("a transaction");
        fact::write(&lost, &slow, stated).await.expect("written, not committed");
        state(app, "quick.two").await;
        assert!(kinds(&mut reader, app).await.is_empty());
        drop(lost);
        // The rollback goes its way when the connection comes back to the pool.
        for _ in 0..500 {
            let found = kinds(&mut reader, app).await;
            if !found.is_empty() {
                assert_eq!(found, ["quick.two"]);
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("a number that never comes was waited for");
    });
}

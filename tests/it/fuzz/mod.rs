//! What nobody thought of: chance makes texts, ids, cursors, filters and whole inputs, and no answer
//! may be a fault of ours. A seed makes the same run again.
//!
//! Each target does a few rounds in the suite. `EARSHOT_FUZZ_SECONDS=600 cargo test -p tests --test it
//! -- fuzz:: --test-threads=1 --nocapture` goes on for ten minutes each and says how many rounds it
//! took; `EARSHOT_FUZZ_SEED` begins with another seed.

mod chance;
mod cursors;
mod inputs;
mod shapes;
mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use earshot::demo;
use serde_json::{Value, json};

use self::chance::Chance;
use crate::kit::app::{On, TestApp, run};
use crate::kit::client::Client;

/// Longer than any answer of the demo takes in a debug build on a busy machine.
const ENDLESS: Duration = Duration::from_secs(30);

/// People of the demo that ask: staff of two sites, team leads, reviewers, a manager, the
/// administrator, the auditor, the moderator.
const STAFF: [&str; 9] =
    ["LK1103", "LK1104", "LK1024", "LK1023", "LK1021", "LK1033", "LK1001", "LK1008", "LK1047"];

/// Codes of top-level errors that are the asker's (docs/API-DESIGN.md).
const CODES: [&str; 8] = [
    "BAD_REQUEST",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "QUERY_TOO_COMPLEX",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "NOT_FOUND",
    "RESYNC_REQUIRED",
];

/// A number from the environment.
fn set(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Calls `round` with one seed after the other: `few` times, or as long as was asked for.
fn rounds(target: &str, few: u64, mut round: impl FnMut(u64)) {
    let first = set("EARSHOT_FUZZ_SEED").unwrap_or(1);
    let (begun, long) = (Instant::now(), set("EARSHOT_FUZZ_SECONDS").map(Duration::from_secs));
    let mut done = 0;
    while long.map_or(done < few, |long| begun.elapsed() < long) {
        round(first + done);
        done += 1;
    }
    println!("fuzz {target}: {done} rounds in {} s, first seed {first}", begun.elapsed().as_secs());
}

/// Ids and cursors that answers have shown, by prefix.
#[derive(Default)]
pub struct Seen {
    ids: BTreeMap<String, Vec<String>>,
    known: BTreeSet<String>,
}

/// Ids kept for a prefix.
const KEPT: usize = 200;

impl Seen {
    fn read(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.id(text),
            Value::Array(all) => all.iter().for_each(|it| self.read(it)),
            Value::Object(fields) => fields.values().for_each(|it| self.read(it)),
            _ => {}
        }
    }

    fn id(&mut self, text: &str) {
        let Some((prefix, rest)) = text.rsplit_once('_') else { return };
        if entity::id::decode(rest).is_none() || !self.known.insert(text.to_owned()) {
            return;
        }
        let ids = self.ids.entry(prefix.to_owned()).or_default();
        if ids.len() < KEPT {
            ids.push(text.to_owned());
        }
    }

    /// An id of any kind, each kind as often.
    fn any(&self, chance: &mut Chance) -> Option<&str> {
        let kinds: Vec<&Vec<String>> = self.ids.values().collect();
        if kinds.is_empty() {
            return None;
        }
        let ids = chance.of(&kinds).as_slice();
        let id: &String = chance.of(ids);
        Some(id)
    }
}

/// The demo, with somebody who asks and what was seen of it.
struct Field<'a> {
    app: &'a TestApp,
    clients: Vec<Client>,
    seen: Seen,
    seed: u64,
}

impl<'a> Field<'a> {
    async fn of(app: &'a TestApp, seed: u64) -> Self {
        app.vacate().await;
        demo::ensure(&app.system()).await.expect("the demo loads");
        app.settle().await;
        let mut clients = Vec::new();
        for code in STAFF {
            clients.push(app.as_staff(code).await);
        }
        Self { app, clients, seen: Seen::default(), seed }
    }

    fn somebody(&self, chance: &mut Chance) -> Client {
        if chance.once_in(25) {
            return self.app.anybody();
        }
        chance.of(&self.clients).clone()
    }

    /// Sends one document. Whatever it is, the answer is no fault, and comes.
    async fn send(&mut self, client: &Client, (document, variables): (&str, Value)) -> Value {
        let begun = Instant::now();
        let answer = client.send(document, variables.clone()).await;
        let said = || format!("seed {}: {document}\n{variables}\n{}", self.seed, answer.body);
        assert!(answer.status < 500, "{} for {}", answer.status, said());
        let errors = answer.body["errors"].as_array().cloned().unwrap_or_default();
        for error in &errors {
            let code = error["extensions"]["code"].as_str().unwrap_or("none");
            assert!(CODES.contains(&code), "{}", said());
        }
        assert!(begun.elapsed() < ENDLESS, "{:?} for {}", begun.elapsed(), said());
        self.seen.read(&answer.body["data"]);
        answer.body
    }
}

/// Runs rounds of a target on the demo of one database.
fn on_the_demo(target: &str, (on, few): (On, u64), round: impl AsyncFn(&mut Field<'_>, Chance)) {
    rounds(&format!("{target} on {on:?}"), few, |seed| {
        run(on, async |app: &TestApp| {
            let mut field = Field::of(app, seed).await;
            round(&mut field, Chance::new(seed)).await;
            // What was made is in order: the workers can do all of it.
            app.settle().await;
            let alive = app.anybody().send("{__typename}", json!({})).await;
            assert_eq!(alive.status, 200, "seed {seed}");
        });
    });
}

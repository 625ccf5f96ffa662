//! One client who goes wherever the schema leads, and remembers what it met.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::path::{Field, Paths, documents};
use super::rows::marks_in;
use crate::kit::client::Client;

/// How often the walk goes on from what it met; each time leads two edges further, so that every
/// chain of four edges from a root lies within.
const ROUNDS: usize = 5;

/// What no document of the walk may be answered with: then the walk itself is wrong.
const OWN_FAULTS: [&str; 4] =
    ["QUERY_TOO_COMPLEX", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "INTERNAL"];

/// A whole answer. A machine that is busy is asked again; what is wrong with the document is told.
pub async fn answered(client: &Client, document: &str) -> Value {
    for _ in 0..20 {
        let answer = client.send(document, json!({})).await.body;
        let errors = answer["errors"].as_array().into_iter().flatten();
        let codes: Vec<&str> =
            errors.map(|it| it["extensions"]["code"].as_str().unwrap_or("INTERNAL")).collect();
        assert!(
            !codes.iter().any(|it| OWN_FAULTS.contains(it)),
            "{}: {document}",
            answer["errors"]
        );
        if !codes.contains(&"UNAVAILABLE") {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    panic!("never answered: {document}");
}

/// What somebody met.
#[derive(Default)]
pub struct Met {
    /// Ids of things, by the name of their type.
    pub things: BTreeMap<String, BTreeSet<String>>,
    /// Marked words.
    pub marks: BTreeSet<String>,
    /// Decided and announced phase of submissions.
    pub phases: BTreeMap<String, (String, String)>,
    /// Signed addresses.
    pub addresses: BTreeSet<String>,
}

impl Met {
    /// Everything in an answer.
    pub fn take(&mut self, answer: &Value) {
        self.marks.extend(marks_in(&answer.to_string()).into_iter().map(str::to_owned));
        self.look(answer);
    }

    fn look(&mut self, at: &Value) {
        match at {
            Value::Array(members) => members.iter().for_each(|it| self.look(it)),
            Value::Object(members) => {
                self.thing(at);
                members.values().for_each(|it| self.look(it));
            }
            _ => {}
        }
    }

    fn thing(&mut self, it: &Value) {
        let text = |name: &str| it[name].as_str();
        if let (Some(of), Some(id)) = (text("__typename"), text("id")) {
            self.things.entry(of.to_owned()).or_default().insert(id.to_owned());
            if let (Some(phase), Some(shown)) = (text("phase"), text("shownPhase")) {
                self.phases.insert(id.to_owned(), (phase.to_owned(), shown.to_owned()));
            }
        }
        if let (Some("Fact"), Some(subject)) = (text("__typename"), text("subjectId")) {
            let (of, _) = subject.split_once('_').expect("an id");
            let facts = self.things.entry(format!("Fact of {of}")).or_default();
            facts.insert(subject.to_owned());
        }
        if let Some(url) = text("url").filter(|it| it.contains("/files/")) {
            self.addresses.insert(url.to_owned());
        }
    }

    /// All that goes by one of these names of types.
    pub fn of(&self, types: &[&str]) -> BTreeSet<String> {
        types.iter().filter_map(|it| self.things.get(*it)).flatten().cloned().collect()
    }
}

/// The way of one client.
pub struct Tour<'a> {
    pub paths: &'a Paths,
    /// The same, read from the other end.
    pub back: &'a Paths,
    pub client: &'a Client,
    pub met: Met,
}

impl Tour<'_> {
    async fn ask(&mut self, document: &str) {
        let answer = answered(self.client, document).await;
        self.met.take(&answer);
    }

    /// From every root field on, until nothing new is met.
    pub async fn walk(&mut self, said: &dyn Fn(&Field) -> Vec<String>) {
        let mut asked = Vec::new();
        for field in self.paths.roots("query") {
            // The walk itself goes by these.
            if !matches!(field.name.as_str(), "node" | "nodes") {
                let ways = said(field);
                asked.extend(ways.iter().flat_map(|said| self.paths.of_root(field, said)));
            }
        }
        for document in documents(&asked) {
            self.ask(&document).await;
        }
        let mut seen = BTreeSet::new();
        for _ in 0..ROUNDS {
            let new = self.stations(&mut seen);
            if new.is_empty() {
                return;
            }
            for (of, ids) in new {
                self.visit(&of, &ids).await;
            }
        }
    }

    /// Stations that were met and not visited yet.
    fn stations(&self, seen: &mut BTreeSet<String>) -> BTreeMap<String, Vec<String>> {
        let mut new = BTreeMap::new();
        for (of, ids) in self.met.things.iter().filter(|it| self.paths.is_station(it.0)) {
            let ids: Vec<String> =
                ids.iter().filter(|id| seen.insert((*id).clone())).cloned().collect();
            if !ids.is_empty() {
                new.insert(of.clone(), ids);
            }
        }
        new
    }

    async fn visit(&mut self, of: &str, ids: &[String]) {
        let far = self.paths.parts(of, 1);
        let back = self.back.parts(of, 0);
        for part in far.iter().chain(&back) {
            for some in ids.chunks(part.at_once()) {
                let ids = json!(some);
                let document =
                    format!("{{ nodes(ids: {ids}) {{ ... on {of} {{ {} }} }} }}", part.text);
                self.ask(&document).await;
            }
        }
    }
}

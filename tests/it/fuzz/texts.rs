//! Texts: the pre-scan and the ids, in this process, and what the engine makes of what passes.

use earshot::http::prescan::{Limits, scan};
use entity::id::{CauseId, PersonId, SubmissionId, TypedId, UnitId, decode, encode};
use serde_json::json;
use uuid::Uuid;

use super::chance::Chance;
use super::rounds;
use crate::kit::app::{On, TestApp, run};

/// What documents are made of, and what is put where it does not belong.
const SHREDS: [&str; 62] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "=",
    "$",
    "@",
    "|",
    "&",
    "...",
    ",",
    "#",
    "\n",
    "\r",
    "\"",
    "\"\"\"",
    "\\",
    "\\u",
    "\\uD800",
    "query",
    "mutation",
    "subscription",
    "fragment",
    "on",
    "true",
    "null",
    "-1",
    "1e400",
    "99999999999999999999",
    "0.0",
    "-",
    "first",
    "last",
    "ids",
    "after",
    "nodes",
    "edges",
    "node",
    "pageInfo",
    "totalCount",
    "ideas",
    "submission(by:{id:$a})",
    "ideas(first:9){nodes{id}}",
    "__typename",
    "__schema",
    "__type(name:\"Idea\")",
    "types",
    "fields",
    "ofType",
    "...F",
    "fragment F on Idea{id ...F}",
    "@include(if:$a)",
    "@skip(if:true)",
    "$a:[Int!]=[1]",
    "signOut(input:{}){signedOut}",
    "\u{feff}",
    "é\u{301}\u{202e}",
    "\0",
];

/// Good documents, to be spoilt.
const GOOD: [&str; 5] = [
    include_str!("../../../api/src/http/prescan/introspection.graphql"),
    "query A($n:Int=5,$a:String){ideas(first:$n,after:$a,filter:{phase:{in:[SUBMITTED]}}){nodes{id title author{name}} pageInfo{hasNextPage endCursor} totalCount}}",
    "mutation M($i:IdeaSubmitInput!){ideaSubmit(input:$i){idea{id} userErrors{field code message}}}",
    "{a:viewer{...P} b:viewer{...P}} fragment P on Viewer{person{...Q}} fragment Q on Person{id name}",
    "subscription S($c:String){submissionChanged(after:$c){cursor at kind}}",
];

fn shreds(chance: &mut Chance) -> String {
    let glue = *chance.of(&["", " "]);
    let parts: Vec<&str> = (0..chance.below(300)).map(|_| *chance.of(&SHREDS)).collect();
    parts.join(glue)
}

/// A good document with a few bytes gone, doubled, changed or put in.
fn spoilt(chance: &mut Chance) -> String {
    let mut bytes = chance.of(&GOOD).as_bytes().to_vec();
    for _ in 0..=chance.below(12) {
        let at = chance.below(bytes.len().max(1)).min(bytes.len());
        match chance.below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.splice(at..at, chance.of(&SHREDS).bytes())),
            2 => drop(bytes.splice(at..at, [u8::try_from(chance.below(256)).unwrap_or(0)])),
            3 => {
                let end = (at + chance.below(40)).min(bytes.len());
                let piece = bytes[at..end].to_vec();
                let times = chance.below(60);
                bytes.splice(at..at, piece.repeat(times));
            }
            _ => {
                let end = (at + chance.below(9)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Fragments that spread each other as chance has it, around in circles too.
fn fragments(chance: &mut Chance) -> String {
    let count = 1 + chance.below(40);
    let mut text = String::from("{...F0}");
    for number in 0..count {
        text.push_str(&format!(" fragment F{number} on Query{{__typename"));
        for _ in 0..chance.below(4) {
            let (open, close) = *chance.of(&[("", ""), ("viewer{", "}"), ("x:", "")]);
            let other = chance.below(count + 1);
            text.push_str(&match open {
                "x:" => format!(" x{other}:__typename"),
                _ => format!(" {open}...F{other}{close}"),
            });
        }
        text.push('}');
    }
    text
}

fn document(chance: &mut Chance) -> String {
    match chance.below(3) {
        0 => shreds(chance),
        1 => spoilt(chance),
        _ => fragments(chance),
    }
}

#[test]
fn prescan_takes_any_text() {
    let limits = Limits::default();
    rounds("pre-scan", 3_000, |seed| {
        let text = document(&mut Chance::new(seed));
        let Ok(scanned) = scan(&text, &limits) else { return };
        for operation in scanned.operations {
            let within = operation.selections <= limits.selections
                && operation.aliases <= limits.aliases
                && operation.cost <= limits.cost;
            assert!(within, "seed {seed}: {text}");
        }
    });
}

#[test]
fn the_engine_takes_what_the_prescan_lets_pass() {
    run(On::Sqlite, async |app: &TestApp| {
        let nurse = app.sign_in(app.organisation.nurse).await;
        let limits = Limits::default();
        let (mut seed, mut passed) = (super::set("EARSHOT_FUZZ_SEED").unwrap_or(1), 0);
        let begun = std::time::Instant::now();
        let long = super::set("EARSHOT_FUZZ_SECONDS").map(std::time::Duration::from_secs);
        while long.map_or(passed < 200, |long| begun.elapsed() < long) {
            seed += 1;
            let text = document(&mut Chance::new(seed));
            if scan(&text, &limits).is_err() {
                continue;
            }
            passed += 1;
            let answer = nurse.send(&text, json!({"a": null, "n": 3})).await;
            assert!(answer.status < 500, "seed {seed}: {text}\n{}", answer.body);
        }
        println!("fuzz engine: {passed} documents passed the pre-scan, up to seed {seed}");
    });
}

fn told<T: TypedId>(text: &str, seed: u64) {
    if let Ok(id) = T::parse(text) {
        let again = format!("{}_{}", T::PREFIX, encode(id.uuid()));
        assert_eq!(again, text, "seed {seed}: one thing has one id");
    }
}

#[test]
fn ids_take_any_text() {
    rounds("ids", 20_000, |seed| {
        let chance = &mut Chance::new(seed);
        let uuid = Uuid::from_u64_pair(chance.bits(), chance.bits());
        assert_eq!(decode(&encode(uuid)), Some(uuid), "seed {seed}");
        let prefix = *chance.of(&["sub", "person", "unit", "cause", "", "_", "subx", "SUB"]);
        let mut text: Vec<char> = format!("{prefix}_{}", encode(uuid)).chars().collect();
        for _ in 0..chance.below(4) {
            let at = chance.below(text.len());
            match chance.below(3) {
                0 => drop(text.remove(at)),
                1 => text.insert(at, *chance.of(&['0', 'i', 'l', 'O', '_', 'é', '\0', 'Z', '8'])),
                _ => text[at] = *chance.of(&['u', '7', '8', 'A', '\u{202e}', 'ß', ' ']),
            }
        }
        let text: String = text.into_iter().collect();
        told::<SubmissionId>(&text, seed);
        told::<PersonId>(&text, seed);
        told::<UnitId>(&text, seed);
        told::<CauseId>(&text, seed);
    });
}

//! docs/EVENTS.md is a promise: every kind of fact that the code states stands there, no other does, and
//! the data of a fact has the members that its row names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use earshot::db::connect::Counter;
use earshot::demo;
use earshot::integrations::feed::kinds::KINDS;
use entity::facts::fact;
use sea_orm::EntityTrait as _;

use crate::on_both;

/// Kinds of jobs, which are spelt alike and are no facts.
const JOBS: [&str; 3] = ["cause.carry", "cause.close", "cause.tell_resolved"];

/// Kinds with their members, as the page tells them; none where it says them in words below the table.
fn promised() -> BTreeMap<String, Option<BTreeSet<String>>> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/EVENTS.md");
    let page = std::fs::read_to_string(page).expect("the page");
    let mut kinds = BTreeMap::new();
    for row in page.lines().filter(|line| line.starts_with("| `") && line.contains('.')) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        if cells.len() < 7 {
            continue;
        }
        for kind in cells[1].split('`').filter(|part| part.contains('.')) {
            kinds.insert(kind.to_owned(), members(cells[5]));
        }
    }
    kinds
}

fn members(cell: &str) -> Option<BTreeSet<String>> {
    if cell.contains("see below") {
        return None;
    }
    let mut depth = 0_i32;
    let bare = cell.chars().filter(|sign| {
        depth += i32::from(*sign == '(');
        let outside = depth == 0;
        depth -= i32::from(*sign == ')');
        outside
    });
    let bare: String = bare.collect();
    let names = bare.split(',').map(|name| name.trim().trim_end_matches('?').to_owned());
    Some(names.filter(|name| !name.is_empty()).collect())
}

/// Every text of the sources that looks like a kind: `noun.what_happened`, of a noun that the page knows.
fn stated(promised: &BTreeMap<String, Option<BTreeSet<String>>>) -> BTreeSet<String> {
    let nouns: BTreeSet<&str> = promised.keys().filter_map(|kind| kind.split('.').next()).collect();
    let mut found = BTreeSet::new();
    let mut folders =
        vec![Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../api/src")).to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.ends_with("integrations/feed/kinds.rs") {
                // It names all of them and states none; it is held against the page below.
            } else if path.extension().is_some_and(|it| it == "rs") {
                let text = std::fs::read_to_string(path).expect("a source");
                let texts = text
                    .split("#[cfg(test)]")
                    .next()
                    .unwrap_or_default()
                    .split('"')
                    .skip(1)
                    .step_by(2);
                found.extend(texts.filter(|it| is_kind(it, &nouns)).map(str::to_owned));
            }
        }
    }
    found
}

fn is_kind(text: &str, nouns: &BTreeSet<&str>) -> bool {
    let word = |part: &str| {
        !part.is_empty() && part.chars().all(|it| it.is_ascii_lowercase() || it == '_')
    };
    text.split_once('.')
        .is_some_and(|(noun, what)| nouns.contains(noun) && word(what) && !JOBS.contains(&text))
}

#[test]
fn every_fact_that_is_stated_stands_on_the_page_and_no_other() {
    let promised = promised();
    assert!(promised.len() > 100, "{} kinds", promised.len());
    let stated = stated(&promised);
    let missing: Vec<&String> =
        stated.iter().filter(|kind| !promised.contains_key(*kind)).collect();
    assert!(missing.is_empty(), "not in docs/EVENTS.md: {missing:?}");
    let idle: Vec<&String> = promised.keys().filter(|kind| !stated.contains(*kind)).collect();
    assert!(idle.is_empty(), "in docs/EVENTS.md, and nothing states it: {idle:?}");
}

/// What is told outside knows every kind and every member that the page promises, and no other.
#[test]
fn the_pull_feed_knows_what_the_page_promises() {
    let promised = promised();
    let known: BTreeMap<&str, BTreeSet<String>> = KINDS
        .iter()
        .map(|(kind, members)| {
            (*kind, members.iter().map(|(name, _)| (*name).to_owned()).collect())
        })
        .collect();
    let names: BTreeSet<&str> = promised.keys().map(String::as_str).collect();
    assert_eq!(known.keys().copied().collect::<BTreeSet<_>>(), names);
    for (kind, members) in &promised {
        let Some(members) = members else { continue };
        assert_eq!(&known[kind.as_str()], members, "{kind}");
    }
}

on_both! {
    async fn facts_say_what_the_page_says(app) {
        app.vacate().await;
        demo::ensure(&app.system()).await.expect("loaded");
        let promised = promised();
        let reader = app.database().read(&Counter::default());
        let facts = fact::Entity::find().all(&reader).await.expect("a log");
        let mut wrong = BTreeSet::new();
        for fact in facts {
            let Some(Some(names)) = promised.get(&fact.kind) else { continue };
            let data: serde_json::Value = serde_json::from_str(&fact.data).expect("JSON");
            let said: BTreeSet<String> = data.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
            let unknown: Vec<&String> = said.difference(names).filter(|name| *name != "rule").collect();
            if !unknown.is_empty() {
                wrong.insert(format!("{}: {unknown:?}", fact.kind));
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}

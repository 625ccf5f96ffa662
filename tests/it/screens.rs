//! The screens: how many statements each takes, whatever its length, and that what was read ahead is
//! what batches would have read. Their documents stand in `screens/`.

use earshot::kit::scope::LookAhead;
use serde_json::{Value, json};

use crate::authz::integration;
use crate::edges::{plain, ways};
use crate::kit::app::TestApp;
use crate::kit::client::{Answer, Client};
use crate::on_both;
use crate::schema::introspected;
use crate::walk::world::World;

mod figures;

const FEED: &str = include_str!("screens/feed.graphql");
const QUEUE: &str = include_str!("screens/queue.graphql");
const DETAIL: &str = include_str!("screens/detail.graphql");
const SIZES: [i32; 3] = [5, 20, 100];

/// Who asks: every position, people of other sites, and integrations with all rights and with few.
const PEOPLE: [&str; 12] = [
    "nurse",
    "colleague",
    "cook",
    "chemist",
    "reviewer",
    "head",
    "it_reviewer",
    "manager",
    "executive",
    "moderator",
    "auditor",
    "two_hats",
];

/// Every phase: nobody's list is short for what it filters.
const PHASES: [&str; 12] = [
    "SUBMITTED",
    "UNDER_REVIEW",
    "NEEDS_INFO",
    "DEFERRED",
    "ACCEPTED",
    "PLANNED",
    "IN_PROGRESS",
    "IMPLEMENTED",
    "SUSTAINED",
    "DECLINED",
    "MERGED",
    "WITHDRAWN",
];

async fn askers(app: &TestApp, world: &World<'_>) -> Vec<(String, Client)> {
    let admin = app.sign_in(app.organisation.admin).await;
    let mut askers = Vec::new();
    for name in PEOPLE {
        askers.push((name.to_owned(), app.sign_in(world.people[name]).await));
    }
    for (name, scopes) in
        [("content", json!(["CONTENT"])), ("personal", json!(["CONTENT", "PERSONAL"]))]
    {
        let client = integration(app, &admin, name, scopes).await.2;
        askers.push((name.to_owned(), client));
    }
    askers
}

/// The same question with and without looking ahead: answers with the same bytes.
async fn both_ways(
    app: &TestApp,
    client: &Client,
    (query, variables): (&str, Value),
) -> (Answer, Answer) {
    let ahead = client.send(query, variables.clone()).await;
    app.house.look_ahead.set(LookAhead::Off);
    let plain = client.send(query, variables).await;
    app.house.look_ahead.set(LookAhead::On);
    (ahead, plain)
}

fn same(what: &str, ahead: &Answer, plain: &Answer) {
    assert_eq!(ahead.status, plain.status, "{what}");
    // Every error has a trace of its own.
    let mut bodies = [ahead.body.clone(), plain.body.clone()];
    for body in &mut bodies {
        for error in body["errors"].as_array_mut().into_iter().flatten() {
            error["extensions"]["traceId"] = Value::Null;
        }
    }
    let [ahead, plain] = bodies.map(|body| body.to_string());
    if ahead != plain {
        let at = ahead.bytes().zip(plain.bytes()).take_while(|(a, b)| a == b).count();
        let from = at.saturating_sub(200);
        let part = |text: &str| text.chars().skip(from).take(500).collect::<String>();
        panic!("{what}:\nread ahead: {}\nby batches: {}", part(&ahead), part(&plain));
    }
}

fn rows(answer: &Answer, list: &str) -> usize {
    let list = &answer.body["data"][list];
    let of = |name: &str| list[name].as_array().map_or(0, Vec::len);
    of("nodes").max(of("edges"))
}

on_both! {
    async fn the_feed_takes_one_statement_beside_who_asks(app) {
        let world = World::make(app).await;
        let mut longest = 0;
        for (name, client) in askers(app, &world).await {
            for first in SIZES {
                let asked = json!({"first": first, "phases": PHASES});
                let (ahead, plain) = both_ways(app, &client, (FEED, asked)).await;
                same(&format!("feed of {first} for {name}"), &ahead, &plain);
                assert_eq!(ahead.statements, 2, "feed of {first} for {name}: {}", ahead.body);
                longest = longest.max(rows(&ahead, "ideas"));
                println!("{:?} feed of {first} for {name}: {} rows, {} statements, {} without", app.on, rows(&ahead, "ideas"), ahead.statements, plain.statements);
                // The next page goes on where the first one ends.
                let after = &ahead.body["data"]["ideas"]["pageInfo"]["endCursor"];
                let asked = json!({"first": first, "phases": PHASES, "after": after});
                let (ahead, plain) = both_ways(app, &client, (FEED, asked)).await;
                same(&format!("second page of {first} for {name}"), &ahead, &plain);
                assert_eq!(ahead.statements, 2, "second page of {first} for {name}");
            }
        }
        assert!(longest > 20, "{longest} rows are too few to tell anything");
    }

    async fn the_queue_takes_one_statement_beside_who_asks(app) {
        let world = World::make(app).await;
        let mut longest = 0;
        for (name, client) in askers(app, &world).await {
            for (first, order) in SIZES.into_iter().zip(["DUE", "SEVERITY", "NEWEST"]) {
                let asked = json!({"first": first, "order": order});
                let (ahead, plain) = both_ways(app, &client, (QUEUE, asked)).await;
                let what = format!("queue of {first} for {name}");
                same(&what, &ahead, &plain);
                let length = rows(&ahead, "triageQueue");
                println!("{:?} {what}: {length} rows, {} statements, {} without", app.on, ahead.statements, plain.statements);
                assert!(ahead.statements == 2 || (length == 0 && ahead.statements < 2), "{what}: {} statements", ahead.statements);
                longest = longest.max(length);
            }
        }
        assert!(longest > 20, "{longest} rows are too few to tell anything");
    }

    async fn the_page_of_one_takes_two_statements_beside_who_asks(app) {
        let world = World::make(app).await;
        let mut rich = 0;
        for (name, client) in askers(app, &world).await {
            for (at, id) in world.submissions().into_iter().enumerate() {
                // Whoever sees most asks for every length, the others for one of each.
                let one = &SIZES[at % SIZES.len()..][..1];
                for first in if name == "head" { &SIZES[..] } else { one } {
                    let asked = json!({"id": id, "comments": first, "entries": first});
                    let (ahead, plain) = both_ways(app, &client, (DETAIL, asked)).await;
                    let what = format!("page of {id} with {first} for {name}");
                    same(&what, &ahead, &plain);
                    assert!(ahead.body["errors"].is_null(), "{what}: {}", ahead.body);
                    // What is not there for somebody is not looked into.
                    let there = !ahead.body["data"]["submission"].is_null();
                    assert_eq!(ahead.statements, if there { 3 } else { 2 }, "{what}: {} without", plain.statements);
                    rich = rich.max(plain.statements);
                }
            }
        }
        assert!(rich > 12, "{rich} statements by batches: there was little to read");
    }

    async fn every_edge_of_a_list_is_the_same_with_and_without_looking_ahead(app) {
        let world = World::make(app).await;
        let schema = introspected().await;
        let mut compared = 0;
        for name in ["nurse", "head", "manager"] {
            let client = app.sign_in(world.people[name]).await;
            for field in plain(&schema, "Submission") {
                for edge in ways(&schema, &field) {
                    let query = format!("{{ submissions(first: 100) {{ nodes {{ {edge} }} totalCount }} }}");
                    let (ahead, read) = both_ways(app, &client, (&query, json!({}))).await;
                    if read.code() == "QUERY_TOO_COMPLEX" {
                        continue;
                    }
                    same(&format!("{edge} for {name}"), &ahead, &read);
                    compared += 1;
                    break;
                }
            }
        }
        assert!(compared > 150, "{compared} edges");
    }

    async fn what_is_asked_in_several_ways_is_the_same(app) {
        let world = World::make(app).await;
        let client = app.sign_in(world.people["head"]).await;
        for query in [
            "{ a: ideas(first: 3) { nodes { title unit { name } } } b: ideas(first: 7, orderBy: [{field: VOTES, direction: ASC}]) { edges { node { author { name } } } } }",
            "{ ideas(last: 4) { nodes { reference tags } pageInfo { hasNextPage hasPreviousPage } totalCount totalCountIsExact } }",
            "query($not: Boolean = false) { submissions(first: 9) { nodes { id title @include(if: $not) causes @skip(if: $not) { cause { name } } } } }",
            "{ submissions(first: 9) { nodes { ... on Idea { title } ... { one: causes { note } two: causes { cause { name owner { name } parent { name } } } } } } }",
            "{ submissions(first: 0) { nodes { title } pageInfo { hasNextPage endCursor } } }",
            "{ submissions(first: 101) { nodes { title } } }",
            "{ submissions(first: 2, after: \"nothing\") { nodes { title } } }",
            "{ submissions(first: 9) { nodes { one: comments(first: 1) { nodes { text author { name } } } two: comments(last: 2) { nodes { text mentions { name } } totalCount } } } }",
            "{ mySubmissions { nodes { text ... on Idea { revisions { text } } } } observations(first: 3) { nodes { who: author { home: homeUnit { name } } } } }",
        ] {
            let (ahead, read) = both_ways(app, &client, (query, json!({}))).await;
            same(query, &ahead, &read);
            assert!(ahead.status == 200 || query.contains("nothing") || query.contains("101"), "{query}: {}", ahead.body);
        }
        for id in world.submissions() {
            for below in [
                "one: comments(first: 1) { nodes { text author { name } } } two: comments(last: 2) { nodes { text } totalCount }",
                "comments(last: 2) { nodes { text author { name } mentions { name } } pageInfo { hasPreviousPage } } history(last: 3) { totalCount nodes { message actor { name } statusFrom { label } byRule } }",
                "comments(first: 101) { nodes { text } } history(first: 2) { edges { cursor node { kind message } } }",
                "comments(first: 1, last: 1) { nodes { text } } title",
                "history { nodes { decision { message decidedBy { name } } } } plan { items { title } }",
            ] {
                let query = format!("{{ submission(by: {{id: \"{id}\"}}) {{ {below} }} }}");
                let (ahead, read) = both_ways(app, &client, (&query, json!({}))).await;
                same(&query, &ahead, &read);
            }
        }
    }
}

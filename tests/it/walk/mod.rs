//! A walk from every position over everything that the schema offers, held against a rule that was
//! written from docs/PRODUCT.md and knows nothing of the server.
//!
//! [`world`] makes a world through the API, with a marked word in every text. [`rows`] reads it raw.
//! [`rule`] says who may meet what. [`path`] makes documents from introspection, [`tour`] sends them,
//! [`judge`] compares. [`doors`] asks at the ways that take an id, a filter or a search, [`streams`]
//! listens.

mod doors;
mod judge;
mod path;
mod rows;
mod rule;
mod streams;
mod tour;
pub mod world;

use entity::id::TypedId as _;
use futures_util::future::join_all;
use serde_json::json;

use self::judge::{bare, named};
use self::path::{End, Field, Paths};
use self::rows::Rows;
use self::rule::Asker;
use self::tour::{Met, Tour};
use self::world::World;
use crate::kit::app::{On, TestApp};
use crate::kit::client::Client;
use crate::on_both;

/// Who asks at every door: every role, and some that cross.
const WALKERS: [&str; 17] = [
    "nurse",
    "colleague",
    "cook",
    "chemist",
    "reviewer",
    "second_reviewer",
    "south_reviewer",
    "head",
    "it_reviewer",
    "manager",
    "hill_manager",
    "executive",
    "moderator",
    "auditor",
    "admin",
    "two_hats",
    "it_manager",
];

/// Whose whole way is left out: it is as long as that of the one beside, and the machine is small.
/// On PostgreSQL one of each role goes, for what the other dialect says otherwise.
fn walks(walker: &Walker, on: On) -> bool {
    match on {
        On::Sqlite => !matches!(walker.name, "second_reviewer" | "hill_manager"),
        On::Postgres => {
            matches!(
                walker.name,
                "nurse" | "cook" | "reviewer" | "it_reviewer" | "manager" | "executive" | "Reader"
            )
        }
    }
}

/// One who walks.
struct Walker {
    name: &'static str,
    who: Asker,
    client: Client,
}

async fn walkers(world: &World<'_>, app: &TestApp) -> Vec<Walker> {
    let mut walkers = Vec::new();
    for name in WALKERS {
        let id = world.people[name];
        walkers.push(Walker { name, who: Asker::Person(id.uuid()), client: app.sign_in(id).await });
    }
    let admin = app.sign_in(app.organisation.admin).await;
    for (name, scopes) in
        [("Reader", json!(["CONTENT", "FACTS"])), ("Sender", json!(["SUBMIT", "PERSONAL"]))]
    {
        let (service, _, client) = crate::authz::integration(app, &admin, name, scopes).await;
        let id = bare(&service);
        let who = if name == "Reader" { Asker::Reader(id) } else { Asker::Sender(id) };
        walkers.push(Walker { name, who, client });
    }
    walkers
}

/// What the fields of the root are called with, where they need something: several times where it
/// makes a difference.
fn said(field: &Field, (world, who): (&World<'_>, Asker)) -> Vec<String> {
    let unit = world.unit();
    let preview = |name: &&str| {
        let id = world.id(name);
        format!("input: {{submissionId: \"{id}\", to: DECLINED, reason: \"COST\", text: \"No.\"}}")
    };
    match field.name.as_str() {
        "unit" => vec![format!("id: \"{unit}\"")],
        "businessHours" => vec![format!("unitId: \"{unit}\"")],
        "responseCoverage" => {
            vec![format!("unitId: \"{unit}\", from: \"2026-02-01\", to: \"2026-03-05\"")]
        }
        "personWork" => {
            let me = who.person().unwrap_or_else(|| world.people["nurse"].uuid());
            vec![format!("personId: \"{}\"", named("person", me))]
        }
        "submission" => vec![format!("by: {{id: \"{}\"}}", world.id("kitchen idea"))],
        "actionItem" => vec![format!("by: {{id: \"{}\"}}", world.id("item of the ward"))],
        "facts" => [
            "",
            "kinds: [\"submission.announced\", \"cause.updated\", \"outcome.confirmed\"]",
            "kinds: [\"submission.decided\", \"cause.linked\", \"plan.item_added\", \"link.set\"]",
            "kinds: [\"token.created\", \"service.created\", \"announcement.published\"]",
        ]
        .map(String::from)
        .to_vec(),
        "announcementReach" => vec![format!("id: \"{}\"", world.id("news"))],
        "causeResolvePreview" => ["cause of six", "cause of a held resolving"]
            .map(|name| format!("input: {{id: \"{}\", ideas: UNDER_WAY}}", world.id(name)))
            .to_vec(),
        "causeResolution" => ["resolving", "held resolving"]
            .map(|name| format!("id: \"{}\"", world.id(name)))
            .to_vec(),
        "sustainQuestions" => vec![String::from("list: TO_ANSWER"), String::from("list: FLAGGED")],
        "peopleWithoutChannel" => vec![format!("unitId: \"{}\"", world.site())],
        "whatChangedHere" => vec![String::new(), format!("unitId: \"{}\"", world.site())],
        "cause" => vec![format!("id: \"{}\"", world.id("cause of four"))],
        "similarSubmissions" => ["IDEA", "OBSERVATION"]
            .map(|kind| format!("text: \"Hooks on the doors of the changing rooms\", kind: {kind}"))
            .to_vec(),
        "causePareto" => {
            let under = world.id("cause of the lab");
            vec![
                String::from("measure: REACH"),
                format!("measure: SUBMISSIONS, parentId: \"{under}\""),
            ]
        }
        "replyPreview" => {
            ["kitchen idea", "CX only idea", "about the manager", "kitchen observation"]
                .iter()
                .map(preview)
                .collect()
        }
        "routingPreview" => vec![String::from("input: {conditions: {words: [\"hooks\"]}}")],
        "triageQueue" => [
            "",
            "filter: {phase: {in: [ACCEPTED, DECLINED, MERGED, NEEDS_INFO, WITHDRAWN, SUBMITTED]}}",
            "filter: {text: \"hooks\"}, orderBy: REACH",
            "filter: {snoozed: true}",
            "filter: {not: {cause: {isNull: true}}, phase: {in: [ACCEPTED, SUBMITTED]}}",
        ]
        .map(String::from)
        .to_vec(),
        name => {
            assert!(field.required.is_empty(), "say what {name} is to be called with: {field:?}");
            vec![String::new()]
        }
    }
}

async fn tour(world: &World<'_>, (paths, back): (&Paths, &Paths), walker: &Walker) -> Met {
    let mut tour = Tour { paths, back, client: &walker.client, met: Met::default() };
    tour.walk(&|field| said(field, (world, walker.who))).await;
    tour.met
}

/// Fails with all that was found, not with the first of it.
fn none_of(what: &str, wrong: Vec<String>) {
    let count = wrong.len();
    let shown: Vec<String> = wrong.into_iter().take(60).collect();
    assert!(shown.is_empty(), "{what}: {count} complaints\n{}", shown.join("\n"));
}

fn of_each(walkers: &[Walker], wrong: Vec<Vec<String>>) -> Vec<String> {
    let named = walkers.iter().zip(wrong);
    named
        .flat_map(|(it, wrong)| wrong.into_iter().map(|said| format!("{}: {said}", it.name)))
        .collect()
}

on_both! {
    async fn nobody_meets_more_or_less_than_the_rule_says(app) {
        let world = World::make(app).await;
        let (paths, back) = (Paths::read(End::First).await, Paths::read(End::Last).await);
        let walkers = walkers(&world, app).await;
        let rows = Rows::read(app).await;
        world.is_worth_walking(&rows);
        let walking: Vec<&Walker> = walkers.iter().filter(|it| walks(it, app.on)).collect();
        let met = join_all(walking.iter().map(|it| tour(&world, (&paths, &back), it))).await;
        for of in ["Fact of sub", "Fact of cause", "ExternalLink", "Adoption", "CauseResolution", "SustainQuestion", "SheetAnswer", "Outcome"] {
            assert!(met.iter().any(|it| it.things.contains_key(of)), "nobody met {of}");
        }
        let mut wrong = Vec::new();
        for (walker, met) in walking.iter().zip(&met) {
            let judged = [rows.forbidden(walker.who, met), rows.missing(walker.who, met)].concat();
            wrong.extend(judged.into_iter().map(|it| format!("{}: {it}", walker.name)));
        }
        let head = walkers.iter().find(|it| it.name == "head").expect("the head walks");
        let cursors = doors::Cursors::of(head, world.id("ward idea")).await;
        let asked = walkers.iter().map(|it| doors::ask(&rows, &cursors, it));
        wrong.extend(of_each(&walkers, join_all(asked).await));
        wrong.extend(streams::mails(app, &rows));
        wrong.extend(streams::listen(app, &world, (&paths, &walkers)).await);
        wrong.extend(streams::photos(app, &world, (&walkers, &met)).await);
        none_of("the walk", wrong);
    }
}
